// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors in words: which device, the reason, what is true now, what to do next.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What a write to state means by an errno; NULL: strerror() will do. */
struct reason {
	int err;
	const char *name;
	const char *plug;
	const char *unplug;
	const char *next;
};

static const struct reason reasons[] = {
	{ EBUSY, "EBUSY", "its range is taken, or a block refused to come online",
	  "a block refused to go offline", NULL },
	{ EINTR, "EINTR", "interrupted", "interrupted", NULL },
	{ ETIMEDOUT, "ETIMEDOUT", "the time limit passed",
	  "the time limit passed",
	  "find what holds the memory, or allow more time" },
	{ EACCES, "EACCES", "you may not change its state",
	  "you may not change its state", "run it as root" },
	{ EPERM, "EPERM", "you may not change its state",
	  "you may not change its state",
	  "run it as root; see dmesg if it says so to root" },
	{ EROFS, "EROFS", "sysfs is mounted read-only here",
	  "sysfs is mounted read-only here",
	  "run it outside the container, or where sysfs is writable" },
	{ ENOMEM, "ENOMEM", "the kernel has no memory for the bookkeeping of it",
	  "the kernel has no memory for the bookkeeping of it",
	  "free some memory and try again" },
	{ EAGAIN, "EAGAIN", "memory is being changed by someone else",
	  "memory is being changed by someone else", "try again" },
	{ EEXIST, "EEXIST", "its range is system RAM already",
	  "its range is system RAM already",
	  "see /proc/iomem for who has it" },
	{ EINVAL, "EINVAL",
	  "the driver does not take it: no whole memory block in it, or no such zone",
	  "the driver does not take it", "see dmesg for the reason" },
	{ EOPNOTSUPP, "EOPNOTSUPP", "its driver cannot do that",
	  "its driver cannot do that", "see dmesg for the reason" },
	{ ENOSYS, "ENOSYS", "this kernel cannot do that",
	  "this kernel cannot do that", "see dmesg for the reason" },
	{ ENODEV, "ENODEV", "its driver let go of it",
	  "its driver let go of it", "see daxplug list" },
	{ EIO, "EIO", "the kernel did not take the whole request",
	  "the kernel did not take the whole request",
	  "see dmesg for the reason" },
};

static const struct reason *find_reason(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].err == -err)
			return &reasons[i];
	}
	return NULL;
}

static int exit_code_of(int err)
{
	switch (-err) {
	case ETIMEDOUT:
		return EXIT_TIMED_OUT;
	case EACCES:
	case EPERM:
	case EROFS:
	case EOPNOTSUPP:
	case ENOSYS:
		return EXIT_NOT_SUPPORTED;
	default:
		return EXIT_REFUSED;
	}
}

static const char *not_done(const struct change *c)
{
	return c->plug ? "not plugged" : "not unplugged";
}

__attribute__((format(printf, 2, 3)))
static void say_next(const struct change *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "daxplug: %s: next: ", c->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* A file of the attribute group plug/, where the driver has it. */
static bool plug_file(const struct daxplug_device *dev, const char *file,
		      char *path, size_t len)
{
	int n = snprintf(path, len, "%s/plug/%s", daxplug_device_get_path(dev),
			 file);

	return n > 0 && (size_t)n < len && !access(path, F_OK);
}

int explain_scan(int err)
{
	if (err == -ENOMEM) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	fprintf(stderr, "daxplug: cannot read the DAX devices in sysfs: %s\n",
		err == -ENOENT ? "no sysfs is mounted" : strerror(-err));
	return EXIT_NOT_SUPPORTED;
}

int explain_lookup(const char *name, int err)
{
	if (err != -ENODEV) {
		fprintf(stderr, "daxplug: %s: cannot be read: %s\n", name,
			strerror(-err));
		return err == -ENOMEM ? EXIT_TROUBLE : EXIT_NOT_SUPPORTED;
	}
	fprintf(stderr,
		"daxplug: %s: no such device; see daxplug list for those there are\n",
		name);
	return EXIT_NO_DEVICE;
}

/* How to bring the device to a driver that has a state. */
static void say_how_to_bind(const struct change *c, const char *driver)
{
	if (!driver)
		say_next(c, "bind it to kmem: modprobe kmem; "
			    "echo %s > /sys/bus/dax/drivers/kmem/new_id",
			 c->name);
	else if (!strcmp(driver, "kmem"))
		say_next(c, "load daxplug's kmem module in its place, or boot Linux 7.3 or later");
	else
		say_next(c, "bind it to kmem: "
			    "echo %s > /sys/bus/dax/drivers/%s/unbind; modprobe kmem; "
			    "echo %s > /sys/bus/dax/drivers/kmem/new_id",
			 c->name, driver, c->name);
}

static int explain_no_attribute(const struct change *c,
				const struct daxplug_device *dev)
{
	const char *driver = daxplug_device_get_driver(dev);

	fprintf(stderr, "daxplug: %s: %s: not supported: ", c->name,
		not_done(c));
	if (!driver)
		fprintf(stderr, "no driver holds it, so it has no state\n");
	else if (!strcmp(driver, "kmem"))
		fprintf(stderr, "it is held by the kernel's own kmem driver, "
				"which has no state before Linux 7.3\n");
	else
		fprintf(stderr, "it is held by the driver %s, which has no state\n",
			driver);
	say_how_to_bind(c, driver);
	return EXIT_NOT_SUPPORTED;
}

/* Its state could not be read, and nothing has been tried. */
int explain_no_state(const struct change *c, const struct daxplug_device *dev,
		     int err)
{
	if (err == -ENODEV) {
		fprintf(stderr, "daxplug: %s: %s: the device has gone\n",
			c->name, not_done(c));
		return EXIT_NO_DEVICE;
	}
	if (err == -EOPNOTSUPP)
		return explain_no_attribute(c, dev);
	fprintf(stderr, "daxplug: %s: %s: its state cannot be read: %s\n",
		c->name, not_done(c), err == -EPROTO ?
		"a word that this daxplug does not know" : strerror(-err));
	say_next(c, "cat %s/state", daxplug_device_get_path(dev));
	return EXIT_NOT_SUPPORTED;
}

int explain_early_stop(const struct change *c, enum daxplug_state state)
{
	fprintf(stderr,
		"daxplug: %s: %s: interrupted before it began; "
		"nothing was changed, state is still %s\n",
		c->name, not_done(c), daxplug_state_name(state));
	return EXIT_REFUSED;
}

static bool plugged_otherwise(const struct change *c,
			      enum daxplug_state before)
{
	return c->plug && before != DAXPLUG_STATE_UNPLUGGED;
}

/* "daxplug: dax0.0: not unplugged: a block refused to go offline (EBUSY); " */
static void say_reason(const struct change *c, enum daxplug_state before,
		       bool undone, int err)
{
	const struct reason *r = find_reason(err);
	const char *text;

	fprintf(stderr, "daxplug: %s: %s: ", c->name, not_done(c));
	if (!r) {
		fprintf(stderr, "%s (errno %d); ", strerror(-err), -err);
		return;
	}
	text = c->plug ? r->plug : r->unplug;
	if (err == -EBUSY && plugged_otherwise(c, before))
		text = before == DAXPLUG_STATE_OFFLINE ?
			"its blocks are there, offline" :
			"it is plugged in another way";
	fprintf(stderr, "%s%s (%s); ", text,
		undone && (err == -EINTR || err == -ETIMEDOUT) ?
		": undone" : "", r->name);
}

static void say_next_after_busy(const struct change *c,
				const struct daxplug_device *dev,
				enum daxplug_state before)
{
	char path[PATH_MAX];

	if (plugged_otherwise(c, before))
		say_next(c, "daxplug unplug %s, then plug it", c->name);
	else if (!c->plug && plug_file(dev, "blockers", path, sizeof(path)))
		say_next(c, "see %s for what holds it, then try again", path);
	else
		say_next(c, "see dmesg for the block and who refused, then try again");
}

static void say_next_after(const struct change *c,
			   const struct daxplug_device *dev,
			   enum daxplug_state before, int err)
{
	const struct reason *r = find_reason(err);
	char path[PATH_MAX];

	if (err == -EBUSY)
		say_next_after_busy(c, dev, before);
	else if (err == -ETIMEDOUT &&
		 plug_file(dev, "timeout_ms", path, sizeof(path)))
		say_next(c, "%s, in %s", r->next, path);
	else if (r && r->next)
		say_next(c, "%s", r->next);
	else if (!r)
		say_next(c, "see dmesg for the reason");
}

/* The state after a failed write cannot be read: say what that may mean. */
static int explain_lost(const struct change *c,
			const struct daxplug_device *dev,
			enum daxplug_state before, int err, int read_err)
{
	/* Refused at the door: the driver or the device had left before. */
	if (err == -EOPNOTSUPP || err == -ENODEV || read_err == -ENODEV)
		return explain_no_state(c, dev, read_err);
	say_reason(c, before, false, err);
	fprintf(stderr, "its state was %s and cannot be read any more: %s\n",
		daxplug_state_name(before), strerror(-read_err));
	say_next(c, "see dmesg, and daxplug list");
	return EXIT_INCONSISTENT;
}

static int explain_inconsistent(const struct change *c,
				enum daxplug_state before)
{
	if (before == DAXPLUG_STATE_INCONSISTENT)
		fprintf(stderr, "state is inconsistent, as before\n");
	else
		fprintf(stderr, "state was %s and is now inconsistent\n",
			daxplug_state_name(before));
	say_next(c, "see dmesg for the block, then daxplug unplug %s", c->name);
	return EXIT_INCONSISTENT;
}

/* A write failed: undone, or not? */
int explain_failure(const struct change *c, const struct daxplug_device *dev,
		    enum daxplug_state before, int err)
{
	int code = exit_code_of(err), read_err;
	enum daxplug_state after;

	read_err = daxplug_device_get_state(dev, &after);
	if (read_err)
		return explain_lost(c, dev, before, err, read_err);
	say_reason(c, before, after == before, err);
	if (code != EXIT_NOT_SUPPORTED && after == DAXPLUG_STATE_INCONSISTENT)
		return explain_inconsistent(c, before);
	if (after == before) {
		fprintf(stderr, "nothing was changed, state is still %s\n",
			daxplug_state_name(after));
		say_next_after(c, dev, before, err);
		return code;
	}
	fprintf(stderr, "state was %s and is now %s: someone else changes it too\n",
		daxplug_state_name(before), daxplug_state_name(after));
	say_next(c, "see daxplug list, then try again");
	return code == EXIT_NOT_SUPPORTED ? code : EXIT_INCONSISTENT;
}

/* The kernel reported success, and the state says otherwise. */
int explain_untrue(const struct change *c, const struct daxplug_device *dev)
{
	enum daxplug_state after;
	int err = daxplug_device_get_state(dev, &after);

	fprintf(stderr,
		"daxplug: %s: the kernel reported success, but state is %s instead of %s\n",
		c->name, err ? "unreadable" : daxplug_state_name(after),
		daxplug_state_name(c->want));
	say_next(c, "see dmesg, and daxplug list, for who else changes it");
	return EXIT_INCONSISTENT;
}
