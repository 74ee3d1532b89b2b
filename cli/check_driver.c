// SPDX-License-Identifier: GPL-2.0-only
/* The driver kmem that is loaded, and which of its parts are switched off. */
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/* All devices that are bound to kmem have the same backend, which is that of the loaded driver. */
static bool has_device_with_backend(struct daxplug_ctx *ctx, enum daxplug_backend backend)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_backend(dev) == backend)
			return true;
	}
	return false;
}

/* Report each function of the module that an operator has switched off by a parameter. */
static void check_module_parameters(struct findings *f)
{
	static const char * const parameters[] = {
		"check_space_before_plug", "dry_run_before_unplug",
		"ask_other_notifiers", "steer_pages_away", "keep_demotion_out", "end_unplug_on_oom",
		"end_stalled_offline", "retire_poisoned_pages",
	};
	char path[PATH_MAX], word[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		format_system_path(path, "/sys/module/kmem/parameters/%s", parameters[i]);
		if (!read_first_line(path, word, sizeof(word)) || strcmp(word, "N") != 0)
			continue;
		add_finding(f, FOUND_KMEM_PARAMETER, LEVEL_NOTE, "driver",
			    "the module parameter %s is off", parameters[i]);
		add_advice(f, "to switch it on: echo Y >%s", path);
	}
}

void check_driver(struct findings *f, struct daxplug_ctx *ctx)
{
	char path[PATH_MAX], version[64] = "";

	read_first_line(format_system_path(path, "/sys/module/kmem/version"), version,
			sizeof(version));
	if (access(format_system_path(path, "/sys/module/kmem"), F_OK)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_PROBLEM, "driver",
			    "the driver kmem is not loaded");
		add_advice(f, "modprobe kmem");
	} else if (!access(format_system_path(path, "/sys/module/kmem/parameters/policy"),
			   F_OK)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_OK, "driver",
			    "the daxplug kmem module%s%s%s is loaded", *version ? ", version " : "",
			    version, *version ? "," : "");
		if (*version && strcmp(version, daxplug_version()) != 0)
			add_finding(f, FOUND_KMEM_VERSION, LEVEL_NOTE, "driver",
				    "this daxplug is version %s", daxplug_version());
		check_module_parameters(f);
	} else if (has_device_with_backend(ctx, DAXPLUG_BACKEND_NATIVE)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_NOTE, "driver",
			    "the stock kmem of Linux 7.3 or later is loaded: its state does not "
			    "show blocks that failed or that other programs have switched, so "
			    "daxplug reads each block");
		add_advice(f,
			   "daxplug's kmem module shows the actual state: package daxplug-dkms, "
			   "or doc/install.md");
	} else if (!has_device_with_backend(ctx, DAXPLUG_BACKEND_BLOCKS)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_NOTE, "driver",
			    "the stock kmem is loaded; no device is bound to it, so it is not "
			    "known whether it has the attribute state");
	} else {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_WARNING, "driver",
			    "the stock kmem is loaded, which has single blocks only: other "
			    "programs can disturb a plug or unplug, and after an unbind at the "
			    "wrong time memory is lost until a reboot");
		add_advice(f,
			   "install daxplug's kmem module: package daxplug-dkms, or "
			   "doc/install.md");
	}
}
