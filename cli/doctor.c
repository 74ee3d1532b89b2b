// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug doctor: which driver and backend is at work, what is wrong with a
 * device, what to do next. It changes nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"

/* One device is enough to tell which driver it is. */
static bool has_device_with_backend(struct daxplug_ctx *ctx, enum daxplug_backend backend)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_backend(dev) == backend)
			return true;
	}
	return false;
}

/* A part of the module that an operator has switched off. */
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

static void check_driver(struct findings *f, struct daxplug_ctx *ctx)
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
			    "daxplug's own kmem%s%s: whole devices, truthful and guarded",
			    *version ? ", version " : "", version);
		if (*version && strcmp(version, daxplug_version()) != 0)
			add_finding(f, FOUND_KMEM_VERSION, LEVEL_NOTE, "driver",
				    "this daxplug is version %s", daxplug_version());
		check_module_parameters(f);
	} else if (has_device_with_backend(ctx, DAXPLUG_BACKEND_NATIVE)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_NOTE, "driver",
			    "the kernel's own kmem, with whole devices: it does not notice blocks "
			    "that refuse or that others switch, so daxplug looks at each");
		add_advice(f,
			   "daxplug's kmem module does: package daxplug-dkms, or doc/install.md");
	} else if (!has_device_with_backend(ctx, DAXPLUG_BACKEND_BLOCKS)) {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_NOTE, "driver",
			    "the kernel's own kmem; with no device bound to it it cannot be told "
			    "whether it knows whole devices");
	} else {
		add_finding(f, FOUND_KMEM_DRIVER, LEVEL_WARNING, "driver",
			    "the kernel's own kmem, which knows single blocks only: others can "
			    "disturb a plug or unplug, and an unbind at the wrong moment strands "
			    "memory until a reboot");
		add_advice(
			f,
			"install daxplug's kmem module: package daxplug-dkms, or doc/install.md");
	}
}

static void check_kernel(struct findings *f, struct daxplug_ctx *ctx)
{
	struct utsname name;

	if (uname(&name))
		return;
	add_finding(f, FOUND_KERNEL_RELEASE, LEVEL_OK, "kernel", "%s", name.release);
	if (geteuid() != 0) {
		add_finding(f, FOUND_NOT_ROOT, LEVEL_NOTE, "doctor",
			    "not run as root: much cannot be seen");
		add_advice(f, "run it as root");
	}
	check_driver(f, ctx);
	check_module_file(f, name.release);
	check_cxl(f, ctx, name.release);
	check_zones(f);
	/* Its list of memory changes with devices only. */
	if (daxplug_device_get_first(ctx))
		check_crash_kernel(f, ctx);
}

/* It is for all memory, not daxplug's alone. */
static void check_left_auto_online(struct findings *f, struct daxplug_ctx *ctx)
{
	const char *word;

	if (daxplug_get_left_auto_online(ctx, &word))
		return;
	add_finding(
		f, FOUND_AUTO_ONLINE, LEVEL_WARNING, "auto_online_blocks",
		"a daxplug that was killed as it bound a device has left it at offline; it was %s",
		word);
	add_advice(f, "the next plug or unplug puts it back, or: "
		      "echo %s >/sys/devices/system/memory/auto_online_blocks", word);
}

static void add_no_devices(struct findings *f)
{
	add_finding(f, FOUND_NO_DEVICES, LEVEL_NOTE, "devices", "there are no DAX devices");
	add_advice(f, "a CXL card needs a region (cxl list -R) and Linux 6.3 or later, "
		      "persistent memory a namespace of mode devdax (ndctl list)");
}

/*
 * Memory, but no driver that could take it out again. Daxplug's module adopts it when the
 * device is bound, and cannot be unloaded while it knows of such memory.
 */
static void add_orphan_advice(struct findings *f, const char *name)
{
	char path[PATH_MAX];

	if (!access(format_system_path(path, "/sys/module/kmem/parameters/policy"), F_OK))
		add_advice(f, "bind the device again: daxplug mode %s system-ram; daxplug's kmem "
			      "module, which is loaded, takes the memory over", name);
	else
		add_advice(f, "memory was left behind without a driver: load daxplug's kmem "
			      "module (rmmod kmem; modprobe kmem), which takes it over, or reboot");
}

/*
 * The zone that an inconsistent device was most likely last plugged into. No file
 * of the driver says it. Blocks in two zones can only have been left to the kernel,
 * unless somebody else switched some.
 */
static const char *guess_zone(const struct daxplug_blocks *b)
{
	if (!b->kernel)
		return "movable";
	return b->movable ? "auto" : "kernel";
}

static void add_repair_advice(struct findings *f, const char *name,
			      const struct daxplug_blocks *b)
{
	add_advice(f,
		   "repair it: daxplug plug %s --zone=%s, or with another zone if that one is "
		   "refused, which changes nothing; what is online stays in use, so neither unbind "
		   "it nor reboot, and see doc/troubleshoot.md; or take it out: daxplug unplug %s",
		   name, guess_zone(b), name);
}

static void add_inconsistent(struct findings *f,
			     const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_blocks b = { .total = 0 };

	if (daxplug_device_get_blocks(dev, &b))
		add_finding(f, FOUND_INCONSISTENT, LEVEL_PROBLEM, name, "inconsistent");
	else
		add_finding(
			f, FOUND_INCONSISTENT, LEVEL_PROBLEM, name,
			"inconsistent: of %u blocks %u are movable, %u kernel, %u offline, "
			"%u absent",
			b.total, b.movable, b.kernel, b.offline, b.absent);
	if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		add_orphan_advice(f, name);
	else if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_BLOCKS && b.absent)
		add_advice(f, "the kernel's own driver would crash in letting go of what is "
			      "missing: leave it bound, and do not unload kmem, until a reboot");
	else
		add_repair_advice(f, name, &b);
}

/* Without a driver, while another device over the same addresses has one. */
bool check_overlap(struct findings *f, const struct daxplug_device *dev)
{
	struct daxplug_device *other;

	if (daxplug_device_get_driver(dev) ||
	    daxplug_device_get_overlap(dev, &other))
		return false;
	add_finding(
		f, FOUND_OVERLAP, LEVEL_WARNING, daxplug_device_get_name(dev),
		"its addresses are those of %s, which is bound to kmem: it cannot be bound as well",
		daxplug_device_get_name(other));
	add_advice(f, "use %s for this memory", daxplug_device_get_name(other));
	daxplug_device_unref(other);
	return true;
}

/* A plug that succeeds, but leaves too little. */
static void check_imbalance(struct findings *f, const char *name,
			    const struct daxplug_preflight *p)
{
	unsigned int i;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		if (strcmp(daxplug_preflight_get_word(p, i), "zone-movable") != 0)
			continue;
		add_finding(f, FOUND_ZONE_MOVABLE, LEVEL_WARNING, name, "after a plug %s",
			    daxplug_preflight_get_text(p, i));
		add_advice(f, "daxplug plug --zone=kernel %s, which it may then not give back",
			   name);
	}
}

/* What "daxplug plug" would be refused for. It is not advised then. */
static bool check_plug(struct findings *f,
		       const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_preflight *p;
	unsigned int worst;
	bool refused;

	if (daxplug_device_preflight(dev, DAXPLUG_STATE_ONLINE_MOVABLE, NULL, true,
				     &p))
		return false;
	check_imbalance(f, name, p);
	refused = daxplug_preflight_get_worst(p, &worst);
	if (refused)
		add_finding(f, FOUND_PLUG, LEVEL_WARNING, name, "a plug %s be refused: %s",
			    daxplug_preflight_get_level(p, worst) == DAXPLUG_LEVEL_FAILS ?
			    "would" : "may", daxplug_preflight_get_text(p, worst));
	if (refused && !strcmp(daxplug_preflight_get_word(p, worst), "no-kmem"))
		add_advice(f, "modprobe kmem");
	if (refused && !strcmp(daxplug_preflight_get_word(p, worst), "node"))
		add_advice(f, "%s", NO_NODE_NEXT);
	daxplug_preflight_free(p);
	return refused;
}

/* Return: has it no memory online, so that a plug may be advised? */
bool check_state(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	enum daxplug_backend backend = daxplug_device_get_backend(dev);
	const char *driver = daxplug_device_get_driver(dev);
	enum daxplug_state state;
	int err = daxplug_device_get_state(dev, &state);

	if (err == -EOPNOTSUPP && driver && strcmp(driver, "kmem") != 0) {
		add_finding(f, FOUND_OTHER_DRIVER, LEVEL_NOTE, name,
			    "held by the driver %s: not system RAM", driver);
		add_advice(f, "to make it so, if nobody uses it: daxplug mode %s system-ram", name);
	} else if (err) {
		add_finding(
			f, FOUND_UNREADABLE, LEVEL_PROBLEM, name, "its state cannot be read: %s",
			err == -EOPNOTSUPP ? "this kernel has no memory blocks" : strerror(-err));
		if (err == -EACCES)
			add_advice(f, "run it as root");
	} else if (state == DAXPLUG_STATE_INCONSISTENT) {
		add_inconsistent(f, dev);
	} else if (state != DAXPLUG_STATE_UNPLUGGED &&
		   backend == DAXPLUG_BACKEND_NONE) {
		add_finding(f, FOUND_ORPHANED, LEVEL_PROBLEM, name, "%s, but no driver has it",
			    daxplug_state_name(state));
		add_orphan_advice(f, name);
	} else {
		add_finding(f, FOUND_DEVICE_STATE, LEVEL_OK, name, "%s, backend %s",
			    daxplug_state_name(state), daxplug_backend_name(backend));
		return state == DAXPLUG_STATE_UNPLUGGED || state == DAXPLUG_STATE_OFFLINE;
	}
	return false;
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
	check_policy_and_units(&f, ctx, &s);
	check_left_auto_online(&f, ctx);
	/* A scan that failed has found none either. */
	if ((code == EXIT_DONE || code == EXIT_NO_DEVICE) &&
	    !daxplug_device_get_first(ctx))
		add_no_devices(&f);
	for (i = 0; i < s.nr; i++) {
		/* Its blocks are that device's, which is looked at on its own. */
		if (check_overlap(&f, s.dev[i]))
			continue;
		if (check_state(&f, s.dev[i]) && !check_plug(&f, s.dev[i]))
			add_advice(&f, "daxplug plug %s makes it system RAM",
				   daxplug_device_get_name(s.dev[i]));
		check_memmap(&f, s.dev[i]);
		online |= check_usage(&f, s.dev[i]);
	}
	if (online)
		check_pinned_memory(&f);
	if (f.failed) {
		fprintf(stderr, "daxplug: out of memory: findings are missing\n");
		code = more_severe_exit_code(code, EXIT_TROUBLE);
	}
	code = more_severe_exit_code(code, print_findings(&f, o));
	free_findings(&f);
	selection_free(&s);
	return code;
}
