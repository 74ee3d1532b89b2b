// SPDX-License-Identifier: GPL-2.0-only
/* daxplug doctor: runs the checks and prints their findings. It changes nothing. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/*
 * Report a check that was not completed, because memory or descriptors have run out. Its findings
 * may be missing.
 */
static void end_check(struct findings *f, const char *check)
{
	int err = take_shortage();

	if (!err)
		return;
	fprintf(stderr, "daxplug: the check of %s was not completed: %s\n", check, strerror(-err));
	f->incomplete = true;
}

static void check_kernel(struct findings *f, struct daxplug_ctx *ctx)
{
	struct utsname name;

	if (uname(&name))
		return;
	add_finding(f, FOUND_KERNEL_RELEASE, LEVEL_OK, "kernel", "%s", name.release);
	if (geteuid() != 0) {
		add_finding(f, FOUND_NOT_ROOT, LEVEL_NOTE, "doctor",
			    "not run as root, so much cannot be read");
		add_advice(f, "run it as root");
	}
	check_driver(f, ctx);
	end_check(f, "the driver");
	check_module_file(f, name.release);
	end_check(f, "the module's file");
	check_cxl(f, ctx, name.release);
	end_check(f, "CXL memory");
	check_zones(f);
	end_check(f, "the zones");
	/*
	 * Without a device there is no plug or unplug that could make a crash kernel's list of
	 * memory wrong.
	 */
	if (daxplug_device_get_first(ctx))
		check_crash_kernel(f, ctx);
	end_check(f, "the crash kernel");
}

static void add_no_devices(struct findings *f)
{
	add_finding(f, FOUND_NO_DEVICES, LEVEL_NOTE, "devices", "there are no DAX devices");
	add_advice(f, "a CXL card needs a region (cxl list -R) and Linux 6.3 or later, "
		      "persistent memory a namespace of mode devdax (ndctl list)");
}

int run_doctor(struct daxplug_ctx *ctx, const struct options *o)
{
	struct findings f = { .list = NULL };
	struct selection s;
	unsigned int i;
	bool online = false;
	int code;

	select_devices(ctx, o, &s);
	code = s.code;
	check_kernel(&f, ctx);
	check_controllers(&f);
	end_check(&f, "other programs that switch memory blocks");
	check_units(&f, &s, check_policy(&f, ctx, &s));
	end_check(&f, "the policy and its units");
	check_left_auto_online(&f, ctx);
	/*
	 * After a failed scan the list is empty, too, but that does not mean that there are no
	 * devices.
	 */
	if (s.scanned && !daxplug_device_get_first(ctx))
		add_no_devices(&f);
	for (i = 0; i < s.nr; i++) {
		/*
		 * Another device has the same addresses and is bound. The blocks belong to that
		 * device, which is checked on its own.
		 */
		if (check_overlap(&f, s.dev[i])) {
			end_check(&f, daxplug_device_get_name(s.dev[i]));
			continue;
		}
		if (check_state(&f, s.dev[i]) && !check_plug(&f, s.dev[i]))
			add_advice(&f, "daxplug plug %s makes it system RAM",
				   daxplug_device_get_name(s.dev[i]));
		check_memmap(&f, s.dev[i]);
		online |= check_usage(&f, s.dev[i]);
		end_check(&f, daxplug_device_get_name(s.dev[i]));
	}
	if (online)
		check_pinned_memory(&f);
	end_check(&f, "pinned memory");
	if (f.incomplete)
		code = more_severe_exit_code(code, EXIT_TROUBLE);
	if (f.failed) {
		char why[160];

		fprintf(stderr, "daxplug: %s: findings are missing\n",
			describe_failure(&f, why, sizeof(why)));
		code = more_severe_exit_code(code, EXIT_TROUBLE);
	}
	code = more_severe_exit_code(code, print_findings(&f, o));
	free_findings(&f);
	selection_free(&s);
	return code;
}
