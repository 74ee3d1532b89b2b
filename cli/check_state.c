// SPDX-License-Identifier: GPL-2.0-only
/* The state of a device, how to repair it, and whether it can be plugged. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/*
 * The device has memory blocks but no driver. daxplug's module adopts them when the device is
 * bound. It cannot be unloaded while it has adopted memory.
 */
static void add_orphan_advice(struct findings *f, const char *name)
{
	char path[PATH_MAX];

	if (!access(format_system_path(path, "/sys/module/kmem/parameters/policy"), F_OK))
		add_advice(f, "bind the device again: daxplug mode %s system-ram; daxplug's kmem "
			      "module, which is loaded, adopts the memory", name);
	else
		add_advice(f, "load daxplug's kmem module (rmmod kmem; modprobe kmem), which "
			      "adopts the memory, or reboot");
}

/*
 * Guess the zone that an inconsistent device was last plugged into. The library does not report it.
 * If there are blocks in two zones, the kernel has chosen the zones, unless another program has
 * switched some blocks.
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
		add_finding(f, FOUND_INCONSISTENT, LEVEL_PROBLEM, name,
			    "inconsistent: of %u blocks %u are movable, %u kernel, %u offline, "
			    "%u absent", b.total, b.movable, b.kernel, b.offline, b.absent);
	if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		add_orphan_advice(f, name);
	else if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_BLOCKS && b.absent)
		add_advice(f, "an unbind of the stock driver would crash the kernel, because "
			      "blocks are missing: leave it bound, and do not unload kmem, until "
			      "a reboot");
	else
		add_repair_advice(f, name, &b);
}

/*
 * Does the device have no driver because a bound device has the same addresses? Also true if this
 * is not known because memory or file descriptors ran out. If true, the caller adds no findings
 * about the device.
 */
bool check_overlap(struct findings *f, const struct daxplug_device *dev)
{
	struct daxplug_device *other;
	int err;

	if (daxplug_device_get_driver(dev))
		return false;
	err = daxplug_device_get_overlap(dev, &other);
	/* The caller must not advise a plug if this is not known. */
	if (err == -ENOMEM || err == -EMFILE || err == -ENFILE) {
		f->failed |= err == -ENOMEM;
		note_shortage(err);
		return true;
	}
	if (err)
		return false;
	add_finding(f, FOUND_OVERLAP, LEVEL_WARNING, daxplug_device_get_name(dev),
		    "its addresses are those of %s, which is bound to kmem: it cannot be bound "
		    "as well", daxplug_device_get_name(other));
	add_advice(f, "use %s for this memory", daxplug_device_get_name(other));
	daxplug_device_unref(other);
	return true;
}

/* A plug would succeed but leave too little memory for the kernel's own data. */
static void check_imbalance(struct findings *f, const char *name,
			    const struct daxplug_preflight *p)
{
	unsigned int i;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		if (strcmp(daxplug_preflight_get_word(p, i), "zone-movable") != 0)
			continue;
		add_finding(f, FOUND_ZONE_MOVABLE, LEVEL_WARNING, name, "after a plug %s",
			    daxplug_preflight_get_text(p, i));
		add_advice(f, "daxplug plug --zone=kernel %s, but then an unplug may be refused",
			   name);
	}
}

/*
 * Report what would or may make "daxplug plug" fail. Return: true if a plug would or
 * may fail, or if that is not known. Then the caller must not advise a plug.
 */
bool check_plug(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_preflight *p;
	unsigned int worst;
	bool refused;
	int err;

	err = daxplug_device_preflight(dev, DAXPLUG_STATE_ONLINE_MOVABLE, NULL, true, &p);
	if (err) {
		f->failed |= err == -ENOMEM;
		note_shortage(err);
		return true;
	}
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

/* Return: is the device unplugged or offline, without a problem, so that a plug may be advised? */
bool check_state(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	enum daxplug_backend backend = daxplug_device_get_backend(dev);
	const char *driver = daxplug_device_get_driver(dev);
	enum daxplug_state state;
	int err = daxplug_device_get_state(dev, &state);

	if (err == -EOPNOTSUPP && driver && strcmp(driver, "kmem") != 0) {
		add_finding(f, FOUND_OTHER_DRIVER, LEVEL_NOTE, name,
			    "bound to the driver %s, so it is not system RAM", driver);
		add_advice(f, "to make it system RAM, if no program uses it: daxplug mode %s "
			      "system-ram", name);
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
		add_finding(f, FOUND_ORPHANED, LEVEL_PROBLEM, name, "%s, but no driver is bound",
			    daxplug_state_name(state));
		add_orphan_advice(f, name);
	} else {
		add_finding(f, FOUND_DEVICE_STATE, LEVEL_OK, name, "%s, backend %s",
			    daxplug_state_name(state), daxplug_backend_name(backend));
		return state == DAXPLUG_STATE_UNPLUGGED || state == DAXPLUG_STATE_OFFLINE;
	}
	return false;
}
