// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's command line says of memory, and of the drivers that are needed.
 */
#include <string.h>

#include "cli.h"
#include "doctor.h"

/* The kernel's own limit is half of it on x86. */
#define LINE_SIZE 4096

/* Names are the same with "-" and with "_". */
static bool has_parameter_name(const char *word, const char *name)
{
	for (; *name; word++, name++) {
		if (*word != *name && (*word != '-' || *name != '_'))
			return false;
	}
	return *word == '=';
}

/* Is @word one of a list with commas? */
static bool is_in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, word, len))
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/*
 * The last NAME=VALUE of the command line; with @word the last whose value has that word
 * in its list. What is behind "--" is for init.
 */
bool read_boot_parameter(const char *name, const char *word, char *value, size_t len)
{
	char path[PATH_MAX], line[LINE_SIZE], *at, *save = NULL;
	bool found = false;

	if (!read_first_line(format_system_path(path, "/proc/cmdline"), line, sizeof(line)))
		return false;
	for (at = strtok_r(line, " ", &save); at && strcmp(at, "--") != 0;
	     at = strtok_r(NULL, " ", &save)) {
		if (!has_parameter_name(at, name) ||
		    (word && !is_in_list(at + strlen(name) + 1, word)))
			continue;
		snprintf(value, len, "%s", at + strlen(name) + 1);
		found = true;
	}
	return found;
}

/* A driver that a device needs to be there, and to become memory. */
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
		add_advice(f, "take %s out of it, and reboot", driver);
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
		add_advice(f, "--zone=movable or --zone=kernel decides it");
	}
}
