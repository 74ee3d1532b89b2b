// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's command line: parameters that affect memory hotplug and the drivers it needs. */
#include "checks.h"
#include "cli.h"
#include "system.h"

/* @driver is needed for a device to exist or to become system RAM. Is it blacklisted? */
static void check_blacklist(struct findings *f, const char *driver)
{
	static const char * const lists[] = { "module_blacklist", "modprobe.blacklist" };
	char value[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!read_boot_parameter(lists[i], driver, value, sizeof(value)))
			continue;
		add_finding(f, FOUND_BOOT_PARAMETER, LEVEL_WARNING, "command line",
			    "%s=%s keeps the driver %s from being loaded%s", lists[i], value,
			    driver, i ? " by itself" : "");
		add_advice(f, "remove %s from it, and reboot", driver);
	}
}

void check_boot_parameters(struct findings *f)
{
	static const char * const drivers[] = {
		"kmem", "device_dax", "dax_cxl", "dax_hmem", "dax_pmem", "cxl_acpi",
		"cxl_pci", "cxl_mem", "cxl_port",
	};
	char value[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		check_blacklist(f, drivers[i]);
	if (read_boot_parameter("memory_hotplug.online_policy", "auto_movable", value,
				sizeof(value)) ||
	    read_boot_parameter("memory_hotplug.online_policy", "auto-movable", value,
				sizeof(value))) {
		add_finding(f, FOUND_BOOT_PARAMETER, LEVEL_NOTE, "command line",
			    "memory_hotplug.online_policy=%s: with --zone=auto the kernel "
			    "chooses the zone "
			    "of each block by the ratio of zones", value);
		add_advice(f, "--zone=movable or --zone=kernel chooses the zone");
	}
}
