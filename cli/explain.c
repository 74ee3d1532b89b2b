// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns an error into a message: the device, the block, the reason, the state of the device now,
 * and what to do next.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* The meaning of an errno. If text is NULL, explain_reason() handles the errno on its own. */
struct errno_text {
	int err;
	const char *name;
	const char *text;
	const char *next;
};

static const struct errno_text errno_texts[] = {
	{ EBUSY, "EBUSY", NULL, NULL },
	{ EINTR, "EINTR", "interrupted", NULL },
	{ ECANCELED, "ECANCELED", NULL, NULL },
	{ ETIMEDOUT, "ETIMEDOUT", NULL, NULL },
	{ EACCES, "EACCES", "no permission to change its state", "run it as root" },
	{ EPERM, "EPERM", "no permission to change its state",
	  "run it as root; if root gets this error, see dmesg" },
	{ EROFS, "EROFS", "sysfs is mounted read-only here",
	  "run it outside the container, or where sysfs is writable" },
	{ ENOMEM, "ENOMEM", "the kernel has too little memory for its own data about the device",
	  "free some memory and try again" },
	{ EAGAIN, "EAGAIN", "another process is changing memory", "try again" },
	{ EEXIST, "EEXIST", "its range is already system RAM",
	  "/proc/iomem shows what uses the range" },
	{ EINVAL, "EINVAL",
	  "the driver refused the request: the device contains no complete memory block, or the "
	  "zone does not exist",
	  "see dmesg for the reason" },
	{ EOPNOTSUPP, "EOPNOTSUPP", "its driver does not support this",
	  "see dmesg for the reason" },
	{ ENOSYS, "ENOSYS", "this kernel does not support this",
	  "see dmesg for the reason" },
	{ ENODEV, "ENODEV", "its driver was unbound", "see daxplug list" },
	{ EIO, "EIO", "the kernel did not accept the complete request",
	  "see dmesg for the reason" },
};

/* Advice for orphaned blocks. */
#define ADOPT_ADVICE                                                                               \
	"daxplug's kmem module adopts it (rmmod kmem; modprobe kmem); otherwise only a "           \
	"reboot helps"

static const struct errno_text *find_errno_text(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errno_texts); i++) {
		if (errno_texts[i].err == -err)
			return &errno_texts[i];
	}
	return NULL;
}

__attribute__((format(printf, 2, 3)))
static void append_reason(struct change_report *v, const char *format, ...)
{
	size_t have = strlen(v->reason);
	va_list args;

	va_start(args, format);
	vsnprintf(v->reason + have, sizeof(v->reason) - have, format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3)))
static void set_advice(struct change_report *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->next, sizeof(v->next), format, args);
	va_end(args);
}

int print_scan_error(int err)
{
	if (err == -ENOMEM) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	fprintf(stderr, "daxplug: cannot read the DAX devices in sysfs: %s\n",
		err == -ENOENT ? "no sysfs is mounted" : strerror(-err));
	return EXIT_NOT_SUPPORTED;
}

/*
 * Was the write refused for lack of permission? A veto of a memory notifier can have the same
 * errno, so check the step, too.
 */
static bool is_not_permitted(const struct daxplug_change *c, int err)
{
	const char *step = daxplug_change_get_step(c);

	return err == -EROFS ||
	       ((err == -EACCES || err == -EPERM) && step &&
		(!strcmp(step, "open") || !strcmp(step, "lock")));
}

static int get_exit_code(const struct daxplug_change *c, int err)
{
	switch (-err) {
	case ETIMEDOUT:
		return EXIT_TIMED_OUT;
	case EOPNOTSUPP:
	case ENOSYS:
		return EXIT_NOT_SUPPORTED;
	default:
		return is_not_permitted(c, err) ? EXIT_NOT_SUPPORTED : EXIT_REFUSED;
	}
}

/* Another driver has the device. The user must unbind that driver first. */
static void explain_other_driver(struct change_report *v, const struct daxplug_device *dev)
{
	const char *driver = daxplug_device_get_driver(dev);

	v->code = EXIT_NOT_SUPPORTED;
	if (!driver || !strcmp(driver, "kmem")) {
		append_reason(v,
			      "this kernel has no memory blocks, or another driver has just been "
			      "bound to the device");
		return;
	}
	append_reason(v, "it is bound to the driver %s, not to kmem", driver);
	set_advice(v, "if no program uses it: daxplug mode %s system-ram", v->name);
}

/* The state of the device cannot be read, so nothing was tried. */
static void explain_state(struct change_report *v, const struct daxplug_device *dev,
			  int err)
{
	if (err == -ENODEV) {
		v->code = EXIT_NO_DEVICE;
		append_reason(v, "the device does not exist any more");
		set_advice(v, "daxplug list shows the devices that exist");
	} else if (err == -EOPNOTSUPP) {
		explain_other_driver(v, dev);
	} else if (err == -ENOMEM) {
		v->code = EXIT_TROUBLE;
		append_reason(v, "out of memory");
	} else {
		v->code = EXIT_NOT_SUPPORTED;
		append_reason(v, "its state cannot be read: %s", err == -EPROTO ?
			      "the kernel reports a state that this version of daxplug does not "
			      "know" :
			      strerror(-err));
		if (err == -EACCES || err == -EPERM)
			set_advice(v, "run it as root");
		else
			set_advice(v, "see daxplug doctor %s", v->name);
	}
}

/* The library could not start the change, so nothing was tried. */
static void explain_not_started(struct change_report *v)
{
	v->code = EXIT_TROUBLE;
	if (v->err == -ENOMEM) {
		append_reason(v, "out of memory");
		return;
	}
	append_reason(v, "the thread that does the change cannot be created: %s; nothing was begun",
		      strerror(-v->err));
	set_advice(v, "allow more processes (TasksMax= of the unit, ulimit -u) or memory (ulimit "
		      "-v), then try again");
}

/* Name the block and what was tried: "memory34 refused to go offline". */
static bool explain_step(struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);
	unsigned long long n;
	uint64_t block;

	if (step && !strcmp(step, "bind")) {
		append_reason(v, "the driver kmem refused the device");
		return true;
	}
	if (step && !strcmp(step, "unbind")) {
		if (v->err != -ENODEV && v->err != -EBUSY)
			return false;
		append_reason(v, "%s, and the stock driver would crash the kernel when it is "
				 "unbound",
			      v->err == -ENODEV ? "some of its blocks are missing" :
			      "some of its memory was without a driver before");
		return true;
	}
	if (step && !strcmp(step, "unplug")) {
		append_reason(v, "it must be unplugged first, and a block refused to go offline");
		return true;
	}
	if (!step || daxplug_change_get_block(c, &block))
		return false;
	n = (unsigned long long)block;
	if (v->err == -ENODEV && strcmp(step, "add") != 0)
		append_reason(v, "memory%llu is missing", n);
	else if (!strcmp(step, "offline") || !strcmp(step, "ask"))
		append_reason(v, "memory%llu refused to go offline", n);
	else if (!strcmp(step, "online"))
		append_reason(v, "memory%llu refused to come online", n);
	else if (!strcmp(step, "foreign"))
		append_reason(v, "memory%llu belongs to another driver", n);
	else if (!strcmp(step, "check"))
		append_reason(v, "memory%llu was not in the requested state at the final check", n);
	else if (!strcmp(step, "add") && v->err == -ENODEV)
		append_reason(v, "a block of the range from memory%llu on is missing", n);
	else if (!strcmp(step, "remove"))
		append_reason(v, "the range of memory%llu could not be removed", n);
	else
		append_reason(v, "the range of memory%llu is taken", n);
	return true;
}

/* Does the device have blocks but no driver? The stock driver must not be bound to it then. */
static bool has_orphaned_blocks(const struct daxplug_change *c,
				enum daxplug_state before)
{
	const char *step = daxplug_change_get_step(c);

	return step && !strcmp(step, "bind") &&
	       before != DAXPLUG_STATE_UNPLUGGED;
}

/* Is the device in another online state than requested, and was a replug not allowed? */
static bool is_in_other_online_state(const struct change_report *v,
				     const struct daxplug_change *c,
				     enum daxplug_state before)
{
	return v->plug && before != DAXPLUG_STATE_UNPLUGGED &&
	       before != DAXPLUG_STATE_OFFLINE &&
	       before != DAXPLUG_STATE_INCONSISTENT &&
	       !daxplug_change_get_step(c);
}

/* Another device with the same addresses is bound to kmem. */
static bool explain_overlap(struct change_report *v, const struct daxplug_device *dev,
			    const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);
	struct daxplug_device *other;
	const char *name;

	if (v->err != -EBUSY || !step || strcmp(step, "bind") != 0 ||
	    daxplug_device_get_overlap(dev, &other))
		return false;
	name = daxplug_device_get_name(other);
	append_reason(v, "its addresses are those of %s, which is bound to kmem", name);
	set_advice(v, "use %s for this memory", name);
	daxplug_device_unref(other);
	return true;
}

static void explain_busy(struct change_report *v, const struct daxplug_change *c,
			 enum daxplug_state before)
{
	if (has_orphaned_blocks(c, before))
		append_reason(v, "some of its memory has no driver");
	else if (is_in_other_online_state(v, c, before))
		append_reason(v, "it is already plugged in another way");
	else if (v->plug && before == DAXPLUG_STATE_INCONSISTENT &&
		 !daxplug_change_get_step(c))
		append_reason(v,
			      "it was last plugged in another way, or a block refused to change");
	else if (!explain_step(v, c))
		append_reason(v, "%s", v->plug ?
			      "its range is taken, or a block refused to come online" :
			      "a block refused to go offline");
}

/* Is there too little free memory elsewhere for the pages of the device? */
static bool does_not_fit_elsewhere(const struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);

	return v->err == -ENOMEM && step && !strcmp(step, "room");
}

static bool is_too_small(const struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);

	return v->err == -EINVAL && step && !strcmp(step, "size");
}

/* Do the firmware's tables not contain the addresses of the device? */
static bool is_without_node(const struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);

	return v->err == -EINVAL && step && !strcmp(step, "node");
}

/* Is there too little free memory for the page structures of the device? */
static bool lacks_space_for_memmap(const struct daxplug_change *c)
{
	uint64_t needed, available;

	return !daxplug_change_get_space(c, &needed, &available);
}

static void explain_space(struct change_report *v, const struct daxplug_change *c)
{
	uint64_t needed = 0, available = 0;
	char need[32], have[32];

	daxplug_change_get_space(c, &needed, &available);
	append_reason(v, "its page structures need %s, and %s are available for them",
		      format_size(needed, need, sizeof(need)),
		      format_size(available, have, sizeof(have)));
}

/*
 * Find the cause of a stall. Return: true if no page could be migrated out of a block; false if the
 * kernel's hotplug lock could not be taken.
 */
static bool is_stalled_on_block(const struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);

	return step ? !strcmp(step, "offline") || !strcmp(step, "unplug") :
		      !v->plug;
}

static void explain_stall(struct change_report *v, const struct daxplug_device *dev,
			  const struct daxplug_change *c)
{
	uint64_t block, ms;

	if (!is_stalled_on_block(v, c))
		append_reason(v, "the kernel's memory hotplug made no progress");
	else if (daxplug_change_get_block(c, &block))
		append_reason(v, "no page was migrated out of one of its blocks");
	else
		append_reason(v, "no page was migrated out of memory%" PRIu64, block);
	append_reason(v, " for as long as plug/stall_ms allows");
	if (!daxplug_device_get_stall(dev, &ms))
		append_reason(v, ", %" PRIu64 " ms", ms);
}

static void explain_limit(struct change_report *v, const struct daxplug_device *dev,
			  const struct daxplug_change *c)
{
	switch (daxplug_change_get_limit(c)) {
	case DAXPLUG_LIMIT_STALL:
		explain_stall(v, dev, c);
		break;
	case DAXPLUG_LIMIT_TIMEOUT:
		append_reason(v, "the device's time limit, plug/timeout_ms, passed");
		break;
	default:
		append_reason(v, "the time limit passed");
		break;
	}
}

/* Did the change end before it began, so that there is nothing to undo? */
static bool has_not_begun(const struct change_report *v, const struct daxplug_change *c)
{
	return (v->err == -EINTR || v->err == -ETIMEDOUT) &&
	       !daxplug_change_get_begun(c);
}

static void explain_wait(struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c), *name;
	int pid;

	if (!step || strcmp(step, "lock") != 0)
		return;
	if (daxplug_change_get_holder(c, &pid, &name))
		append_reason(v, " while it waited for another process to end its change");
	else
		append_reason(v, " while it waited for %s (process %d) to end its change",
			      name, pid);
}

/* Explain why the device's lock could not be taken, if missing permissions are not the reason. */
static bool explain_lock(struct change_report *v, const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);

	if (!step || strcmp(step, "lock") != 0 || v->err == -EINTR ||
	    v->err == -ETIMEDOUT || geteuid() != 0)
		return false;
	append_reason(v, "its lock in /run/daxplug cannot be taken: %s", v->err == -EPERM ?
		      "the directory belongs to another user" : strerror(-v->err));
	set_advice(v, "make sure that /run/daxplug is a directory of root, or remove it");
	return true;
}

/* The page structures cannot be placed as requested. The preflight knows the reason. */
static bool explain_memmap(struct change_report *v, const struct daxplug_device *dev,
			   const struct daxplug_change *c)
{
	const char *step = daxplug_change_get_step(c);
	struct daxplug_preflight *p;
	bool found = false;

	if (!step || strcmp(step, "memmap") != 0 || v->err == -EINTR || v->err == -ETIMEDOUT)
		return false;
	if (!daxplug_device_preflight(dev, v->want, c, true, &p)) {
		for (unsigned int i = 0; !found && i < daxplug_preflight_get_reasons(p); i++) {
			found = !strcmp(daxplug_preflight_get_word(p, i), "memmap");
			if (found)
				append_reason(v, "%s", daxplug_preflight_get_text(p, i));
		}
		daxplug_preflight_free(p);
	}
	if (!found)
		append_reason(v, "memmap_on_memory cannot be set%s",
			      daxplug_change_get_backend(c) != DAXPLUG_BACKEND_NATIVE ? "" :
			      ", for which the driver kmem is unbound and bound again");
	if (found && v->err == -EBUSY)
		set_advice(v, "daxplug plug --replug --memmap-on-memory=... %s unplugs it first",
			   v->name);
	else
		set_advice(v, "daxplug doctor %s; or omit --memmap-on-memory, or the key of the "
			      "policy", v->name);
	return true;
}

/* A hook of the administrator refused the change. */
static bool explain_hook(struct change_report *v, const struct daxplug_change *c)
{
	if (daxplug_change_get_failed_step(c) != DAXPLUG_STEP_CONSENT)
		return false;
	append_reason(v, "hook %s", v->refusal && *v->refusal ? v->refusal : strerror(-v->err));
	set_advice(v, "see daxplug-hooks(7)");
	return true;
}

static void explain_reason(struct change_report *v, const struct daxplug_device *dev,
			   const struct daxplug_change *c,
			   enum daxplug_state before)
{
	const struct errno_text *r = find_errno_text(v->err);
	bool denied = v->err == -EACCES || v->err == -EPERM;
	uint64_t block;

	if (explain_hook(v, c) || explain_overlap(v, dev, c) || explain_lock(v, c) ||
	    explain_memmap(v, dev, c))
		;
	else if (v->err == -EBUSY)
		explain_busy(v, c, before);
	else if (lacks_space_for_memmap(c))
		explain_space(v, c);
	else if (does_not_fit_elsewhere(v, c))
		append_reason(v, "its used memory does not fit elsewhere");
	else if (is_too_small(v, c))
		append_reason(v, "no memory block fits into it");
	else if (is_without_node(v, c))
		append_reason(v, "%s", NO_NODE);
	else if (v->err == -ENODEV && explain_step(v, c))
		;
	else if (denied && !is_not_permitted(c, v->err)) {
		if (!explain_step(v, c))
			append_reason(v, "another driver refused");
	} else {
		if (v->err == -ETIMEDOUT)
			explain_limit(v, dev, c);
		else
			append_reason(v, "%s", r ? r->text : strerror(-v->err));
		if (!daxplug_change_get_block(c, &block) &&
		    daxplug_change_get_limit(c) != DAXPLUG_LIMIT_STALL)
			append_reason(v, " at memory%llu", (unsigned long long)block);
		if (has_not_begun(v, c))
			explain_wait(v, c);
		else if ((v->err == -EINTR || v->err == -ETIMEDOUT) &&
			 daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_UNDONE)
			append_reason(v, ": undone");
	}
	if (r)
		append_reason(v, " (%s)", r->name);
	else
		append_reason(v, " (errno %d)", -v->err);
}

/* Choose the advice after a refusal. */
static void choose_advice(struct change_report *v, const struct daxplug_change *c,
			  enum daxplug_state before)
{
	const struct errno_text *r = find_errno_text(v->err);
	const char *step = daxplug_change_get_step(c);

	if (v->next[0])
		return;
	if (step && !strcmp(step, "unbind"))
		set_advice(v, "leave it bound, and do not unload kmem, until a reboot");
	else if (v->err == -EBUSY && has_orphaned_blocks(c, before))
		set_advice(v, ADOPT_ADVICE);
	else if (v->err == -ENODEV &&
		 daxplug_change_get_backend(c) == DAXPLUG_BACKEND_BLOCKS)
		set_advice(v, "daxplug doctor %s", v->name);
	else if (v->err == -EBUSY && v->plug &&
		 before == DAXPLUG_STATE_INCONSISTENT && !step)
		set_advice(v,
			   "a plug into the zone that it was last plugged into repairs it; another "
			   "zone changes nothing: daxplug doctor %s",
			   v->name);
	else if (step && !strcmp(step, "foreign"))
		set_advice(v, "let the driver that added it remove it: see /proc/iomem");
	else if (v->err == -EBUSY && is_in_other_online_state(v, c, before))
		set_advice(v, "daxplug plug --replug %s unplugs it first", v->name);
	else if (v->err == -ENODEV && v->plug && before != DAXPLUG_STATE_UNPLUGGED)
		set_advice(v, "daxplug unplug %s, then plug it", v->name);
	else if (is_too_small(v, c))
		set_advice(v, "make it larger, or aligned: daxplug show %s has its addresses",
			   v->name);
	else if (is_without_node(v, c))
		set_advice(v, "%s", NO_NODE_NEXT);
	else if (lacks_space_for_memmap(c))
		set_advice(v, "free memory outside ZONE_MOVABLE, or let the device hold them "
			      "itself, with --memmap-on-memory=yes; see doc/troubleshoot.md");
	else if (does_not_fit_elsewhere(v, c))
		set_advice(v, "free memory, then try again: daxplug doctor %s says how much",
			   v->name);
	else if (daxplug_change_get_limit(c) == DAXPLUG_LIMIT_STALL && !is_stalled_on_block(v, c))
		set_advice(v, "another user of memory hotplug may hold its lock: try again, or see "
			      "daxplug doctor");
	else if (daxplug_change_get_limit(c) == DAXPLUG_LIMIT_STALL)
		set_advice(v,
			   "daxplug doctor %s names the page and its user, if it can; end that "
			   "process, then try again",
			   v->name);
	else if (v->err == -ETIMEDOUT && has_not_begun(v, c))
		set_advice(v, "try again later, or allow more time");
	else if (v->err == -EBUSY || v->err == -ETIMEDOUT ||
		 (v->err == -EACCES && !is_not_permitted(c, v->err)))
		set_advice(v, "daxplug doctor %s names what prevents it%s", v->name,
			   v->err != -ETIMEDOUT ? "; then try again" :
			   daxplug_change_get_limit(c) == DAXPLUG_LIMIT_TIMEOUT ?
			   "; or allow more time: plug/timeout_ms" : "; or allow more time");
	else if (r && r->next)
		set_advice(v, "%s", r->next);
	else if (!r)
		set_advice(v, "see dmesg for the reason");
}

static void explain_undone(struct change_report *v, const struct daxplug_device *dev,
			   const struct daxplug_change *c,
			   enum daxplug_state before)
{
	const char *step = daxplug_change_get_step(c);

	v->code = get_exit_code(c, v->err);
	if (v->err == -EOPNOTSUPP && step && !strcmp(step, "bind")) {
		append_reason(v, "no driver holds it, and the driver kmem is not loaded");
		set_advice(v, "modprobe kmem, then try again");
	} else {
		explain_reason(v, dev, c, before);
		choose_advice(v, c, before);
	}
	if (daxplug_change_get_restored(c))
		append_reason(v, "; it was unplugged for the change, and is %s again",
			      daxplug_state_name(before));
	else
		append_reason(v, "; nothing was %s, state is still %s",
			      has_not_begun(v, c) ? "begun" : "changed",
			      daxplug_state_name(before));
}

/*
 * Report a driver or a setting that the undo could not restore. To set memmap_on_memory, the kmem
 * driver of Linux 7.3 is unbound and bound again, and both steps can fail. Return: was anything
 * reported?
 */
static bool explain_not_restored(struct change_report *v, const struct daxplug_device *dev,
				 const struct daxplug_change *c)
{
	bool has_lost_driver = daxplug_change_get_backend(c) == DAXPLUG_BACKEND_NATIVE &&
			       daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE;
	enum daxplug_memmap now = v->memmap;
	bool has_changed = v->has_memmap && !daxplug_device_get_memmap(dev, &now) &&
			   now != v->memmap;

	if (has_lost_driver)
		append_reason(v, ", and the driver kmem could not be bound to it again");
	if (has_changed)
		append_reason(v, ", and memmap_on_memory was %s and is now %s",
			      daxplug_memmap_name(v->memmap), daxplug_memmap_name(now));
	return has_lost_driver || has_changed;
}

static void explain_inconsistent(struct change_report *v,
				 const struct daxplug_device *dev,
				 const struct daxplug_change *c,
				 enum daxplug_state before)
{
	enum daxplug_state after;
	bool not_restored;
	uint64_t block;
	int err = daxplug_change_get_after(c, &after);

	v->code = EXIT_INCONSISTENT;
	explain_reason(v, dev, c, before);
	if (err) {
		append_reason(v, "; state was %s and cannot be read any more: %s",
			      daxplug_state_name(before),
			      err == -EOPNOTSUPP ? "another driver has it"
			      : err == -ENODEV	 ? "the device does not exist any more"
						 : strerror(-err));
		set_advice(v, "see daxplug list, and dmesg");
		return;
	}
	if (after == before)
		append_reason(v, "; state is still %s", daxplug_state_name(after));
	else
		append_reason(v, "; state was %s and is now %s", daxplug_state_name(before),
			      daxplug_state_name(after));
	not_restored = explain_not_restored(v, dev, c);
	if (after == before && !not_restored)
		append_reason(v, ", but some of its blocks have changed");
	if (!daxplug_change_get_stuck(c, &block))
		append_reason(v, ", memory%llu could not be changed back",
			      (unsigned long long)block);
	if (after == DAXPLUG_STATE_OFFLINE && before == DAXPLUG_STATE_UNPLUGGED)
		set_advice(v, "daxplug unplug %s removes its blocks, which are not in use",
			   v->name);
	else if (not_restored && v->memmap != DAXPLUG_MEMMAP_DEFAULT)
		set_advice(v, "see dmesg for the reason; daxplug plug --memmap-on-memory=%s %s "
			      "binds kmem, with the setting from before",
			   daxplug_memmap_name(v->memmap), v->name);
	else if (after == DAXPLUG_STATE_UNPLUGGED && v->plug)
		set_advice(v, "it was unplugged for the change, and could not be plugged again: "
			      "remove the reason, then daxplug plug %s", v->name);
	else if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		set_advice(v, ADOPT_ADVICE);
	else if (after == DAXPLUG_STATE_INCONSISTENT)
		set_advice(v,
			   "daxplug doctor %s says how to repair it; its memory stays in use "
			   "until then",
			   v->name);
	else
		set_advice(v,
			   "another program changes it, too: see daxplug doctor, then try again");
}

static void reset_report(struct change_report *v)
{
	v->reason[0] = '\0';
	v->next[0] = '\0';
	v->code = EXIT_DONE;
	v->step = NULL;
	v->block = DAXPLUG_NO_BLOCK;
	if (v->err)
		append_reason(v, "%s", v->plug ? "not plugged: " : "not unplugged: ");
}

void explain_unreadable_state(struct change_report *v, const struct daxplug_device *dev)
{
	reset_report(v);
	explain_state(v, dev, v->err);
}

void explain_change(struct change_report *v, const struct daxplug_device *dev,
		    const struct daxplug_change *c)
{
	enum daxplug_state before;
	int err;

	reset_report(v);
	if (!v->err)
		return;
	/* Copy the block now, because a later change with @c overwrites it. */
	v->step = daxplug_change_get_step(c);
	if (daxplug_change_get_block(c, &v->block))
		v->block = DAXPLUG_NO_BLOCK;
	err = daxplug_change_get_before(c, &before);
	/*
	 * If the library could not start the change, it has not read the state before the change,
	 * and daxplug_change_get_before() returns -ENODEV.
	 */
	if (err == -ENODEV && v->err != -ENODEV)
		explain_not_started(v);
	else if (err)
		explain_state(v, dev, err);
	else if (daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_INCONSISTENT)
		explain_inconsistent(v, dev, c, before);
	else
		explain_undone(v, dev, c, before);
}

void print_change_report(const struct change_report *v)
{
	fprintf(stderr, "daxplug: %s: %s\n", v->name, v->reason);
	if (v->next[0])
		fprintf(stderr, "daxplug: %s: next: %s\n", v->name, v->next);
}
