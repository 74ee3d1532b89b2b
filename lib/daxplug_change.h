/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that changes devices and reports changes of their states.
 * daxplug.h includes this header, and its conventions apply here, too.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_CHANGE_H
#define DAXPLUG_CHANGE_H

#ifdef __cplusplus
extern "C" {
#endif

struct daxplug_change;
struct daxplug_preflight;
struct daxplug_watch;

/* How a change ended. */
enum daxplug_outcome {
	DAXPLUG_OUTCOME_NOTHING,	/* the device was in that state already */
	DAXPLUG_OUTCOME_DONE,		/* the device is in that state now */
	DAXPLUG_OUTCOME_UNDONE,		/* refused or undone; nothing has changed */
	DAXPLUG_OUTCOME_INCONSISTENT,	/* not done and not undone, or unknown */
};

/* Which time limit ended a change. More may be added. */
enum daxplug_limit {
	DAXPLUG_LIMIT_NONE,	/* none, or unknown */
	DAXPLUG_LIMIT_DEADLINE,	/* daxplug_change_set_deadline() */
	DAXPLUG_LIMIT_TIMEOUT,	/* the device's, daxplug_device_get_timeout() */
	DAXPLUG_LIMIT_STALL,	/* no progress for daxplug_device_get_stall() */
};

/* The failed step. Only daxplug_device_set_mode() has those with "mode:". More may be added. */
enum daxplug_step {
	DAXPLUG_STEP_NONE,	/* none, or unknown */
	DAXPLUG_STEP_OPEN,	/* a file could not be opened for a write */
	DAXPLUG_STEP_LOCK,	/* a lock was not taken; see daxplug_change_get_begun() */
	DAXPLUG_STEP_DRIVER,	/* mode: another driver is bound */
	DAXPLUG_STEP_STATE,	/* a state or setting cannot be read; mode: it is not unplugged */
	DAXPLUG_STEP_USERS,	/* mode: a process uses the device */
	DAXPLUG_STEP_OVERLAP,	/* mode: another device has its addresses */
	DAXPLUG_STEP_LEFT_BEHIND, /* mode: the device has orphaned blocks */
	DAXPLUG_STEP_SIZE,	/* no whole memory block fits into the device */
	DAXPLUG_STEP_BIND,	/* bind the device to a driver */
	DAXPLUG_STEP_UNBIND,	/* unbind the device */
	DAXPLUG_STEP_RESERVE,	/* reserve a range */
	DAXPLUG_STEP_ADD,	/* create the blocks of a range */
	DAXPLUG_STEP_ONLINE,	/* bring a block online */
	DAXPLUG_STEP_CHECK,	/* check the state of a block */
	DAXPLUG_STEP_ROOM,	/* check whether used pages fit elsewhere */
	DAXPLUG_STEP_ASK,	/* dry run of the offline of a block */
	DAXPLUG_STEP_OFFLINE,	/* take a block offline */
	DAXPLUG_STEP_REMOVE,	/* remove the blocks of a range */
	DAXPLUG_STEP_RELEASE,	/* release a range */
	DAXPLUG_STEP_FOREIGN,	/* another driver has added a block */
	DAXPLUG_STEP_UNPLUG,	/* the whole unplug of a replug */
	DAXPLUG_STEP_PLUG,	/* the whole plug of a replug */
	DAXPLUG_STEP_NODE,	/* the kernel knows no NUMA node for its addresses */
	DAXPLUG_STEP_MEMMAP,	/* page structures cannot be where requested */
	DAXPLUG_STEP_CONSENT,	/* the program did not agree */
};

/* The severity of a reason in a preflight. */
enum daxplug_level {
	DAXPLUG_LEVEL_NOTE,	/* for information, or something is unknown */
	DAXPLUG_LEVEL_MAY_FAIL,	/* may fail, if this reason still exists at the change */
	DAXPLUG_LEVEL_FAILS,	/* the change would fail */
};

enum daxplug_event {
	DAXPLUG_EVENT_ADDED,	/* a device was added */
	DAXPLUG_EVENT_REMOVED,	/* a device was removed */
	DAXPLUG_EVENT_CHANGED,	/* the state of a device has changed */
	DAXPLUG_EVENT_PRESENT,	/* the device existed when the watch began */
};

/*
 * One change of state. For a device that was present, the states before and after are
 * the same. More members may be added at the end.
 */
struct daxplug_watch_event {
	enum daxplug_event type;
	struct daxplug_device *dev;
	enum daxplug_state before;	/* unplugged for an added device */
	enum daxplug_state after;	/* unplugged for a removed device */
};

/*
 * The progress of a change. The library fills the structure. If the library switches single blocks,
 * @done counts only blocks that this change has switched. While daxplug's module makes a change
 * wait for another one, @waiting is 0. More members may be added at the end.
 */
struct daxplug_progress {
	unsigned int done;	/* plug: blocks that are online; unplug: blocks that are not */
	unsigned int total;	/* number of blocks */
	uint64_t pages;		/* pages migrated meanwhile, on the whole machine */
	unsigned int elapsed_ms;
	unsigned int left_ms;	/* estimated; UINT_MAX if unknown */
	int undoing;		/* the change has failed and is being undone */
	int waiting;		/* waits for a lock that another change has */
	int holder;		/* the process that it waits for; 0 if unknown */
	const char *holder_name; /* its command; "" if unknown */
};

/*
 * Called about ten times a second, and after a signal while a call waits. Return: 0 to
 * go on; any other value ends the change, which is then undone.
 */
typedef int (*daxplug_progress_fn)(const struct daxplug_progress *progress,
				   void *data);

/**
 * daxplug_change_new() - create the structure for the options and the result of changes
 * @out: receives the structure; free it with daxplug_change_free()
 *
 * The structure may be used for several changes, one after the other. The getters
 * describe the last one.
 *
 * Return: 0; -ENOMEM; -EMFILE or -ENFILE if no file descriptor is left.
 * Threads: any.
 */
int daxplug_change_new(struct daxplug_change **out);

/**
 * daxplug_change_free() - free the structure, after ending its change
 * @change: the change, or NULL
 *
 * A running change of daxplug_change_start() is ended, and undone unless it is complete
 * by then. This function waits for that. A program that must not wait calls
 * daxplug_change_cancel() first, and this function when daxplug_change_dispatch() has
 * reported the end. The functions that the library calls for this change, such as the
 * progress function, must not call daxplug_change_free().
 *
 * Threads: one at a time per change.
 */
void daxplug_change_free(struct daxplug_change *change);

/**
 * daxplug_change_set_deadline() - set how long a change may take
 * @change: the change
 * @ms: milliseconds from the beginning of each change; 0 for no limit
 *
 * A change that takes longer is undone and fails with -ETIMEDOUT. The undo has no deadline, but if
 * the library undoes the change, it ends each of its writes to a state file after 60 seconds. If
 * the device is bound to daxplug's module, the device's own limits apply, too; see
 * daxplug_device_get_timeout() and daxplug_device_get_stall().
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_deadline(struct daxplug_change *change,
				 unsigned int ms);

/**
 * daxplug_change_set_progress() - set the function that gets the progress of a change
 * @change: the change
 * @fn: called in the thread that waits for the change or that dispatches it; NULL for
 *	none. If it returns another value than 0, the change is undone and fails with
 *	-EINTR.
 * @data: passed to @fn
 *
 * While a call waits, @fn is also called when a signal was handled, and its result
 * decides whether the change ends. Without @fn, a handled signal ends the change.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_progress(struct daxplug_change *change,
				 daxplug_progress_fn fn, void *data);

/**
 * daxplug_change_cancel() - end a running change
 * @change: the change
 *
 * The change is undone, unless it is complete by then, and the call that plugs or
 * unplugs returns -EINTR. The progress function is not asked. If no change is running,
 * the next one with @change ends before it begins anything. A cancel does not end an undo.
 *
 * In a child process this function does nothing to a change of the parent.
 *
 * Threads: any, even while another thread plugs or unplugs with @change, and any signal
 * handler. Not after daxplug_change_free().
 */
void daxplug_change_cancel(struct daxplug_change *change);

/**
 * daxplug_change_get_begun() - check whether the last change has begun to change the device
 * @change: the change
 *
 * If not, the change has changed no memory block and no driver of a device. It may have changed and
 * restored a setting, for example that of daxplug_change_set_memmap().
 *
 * Return: 1 or 0.
 * Threads: one at a time per change.
 */
int daxplug_change_get_begun(const struct daxplug_change *change);

/**
 * daxplug_change_get_holder() - get the process that the last change waited for
 * @change: the change
 * @pid: receives the process that held the lock, on success only
 * @name: receives its command; "?" replaces unprintable characters
 *
 * If the change ended while it waited for another change (step "lock"), that process does
 * the other change. After daxplug_device_set_mode() and daxplug_device_check_mode() with
 * the step "users", the process uses the device's file.
 *
 * Return: 0; -ENOENT if there is no such process, or it is unknown.
 * Threads: one at a time per change.
 */
int daxplug_change_get_holder(const struct daxplug_change *change, int *pid,
			      const char **name);

/**
 * daxplug_change_set_replug() - allow an unplug before a plug
 * @change: the change
 * @replug: not 0: allow it; 0, the default: a plug that needs an unplug first fails
 *	with -EBUSY
 *
 * A device must be unplugged first if it is plugged into another zone, if it is
 * inconsistent and cannot be repaired in the requested zone, or if its memory has page
 * structures elsewhere than daxplug_change_set_memmap() requests.
 *
 * If the plug fails after the unplug, the device gets its previous state back; see
 * daxplug_change_get_restored(). The state of an inconsistent device cannot be
 * restored, so the device stays unplugged. A device in DAXPLUG_STATE_OFFLINE needs no
 * permission, because none of its memory is in use. daxplug_device_repair() never
 * unplugs.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_replug(struct daxplug_change *change, int replug);

/**
 * daxplug_change_set_memmap() - set where page structures are after a plug
 * @change: the change
 * @memmap: DAXPLUG_MEMMAP_DEFAULT, the default: as in the device's setting. Any other
 *	value becomes the setting (daxplug_device_set_memmap()) if the plug succeeds.
 *
 * If @memmap is not possible, the plug is refused in the step "memmap", and not done in
 * another way. The error is -EOPNOTSUPP if the kernel or the driver does not support
 * @memmap. It is -EBUSY if the device's memory exists with page structures elsewhere.
 * Then the device must be unplugged first, which daxplug_change_set_replug() allows; a
 * device that is offline needs no permission. daxplug_device_repair() and
 * daxplug_device_unplug() ignore @memmap.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_memmap(struct daxplug_change *change,
			       enum daxplug_memmap memmap);

/**
 * daxplug_change_get_restored() - check whether a device was unplugged and restored
 * @change: the change
 *
 * Return: 1 if the last change unplugged the device, could not plug it, and restored
 * its previous state; else 0.
 * Threads: one at a time per change.
 */
int daxplug_change_get_restored(const struct daxplug_change *change);

/**
 * daxplug_change_get_outcome() - get how the last change ended
 * @change: the change
 *
 * Return: the outcome.
 * Threads: one at a time per change.
 */
enum daxplug_outcome
daxplug_change_get_outcome(const struct daxplug_change *change);

/**
 * daxplug_change_get_backend() - get the backend of the last change
 * @change: the change
 *
 * Return: the backend.
 * Threads: one at a time per change.
 */
enum daxplug_backend
daxplug_change_get_backend(const struct daxplug_change *change);

/**
 * daxplug_change_get_before() - get the state before the change
 * @change: the change
 * @state: receives the state, on success only
 *
 * Return: 0, or the error of reading the state.
 * Threads: one at a time per change.
 */
int daxplug_change_get_before(const struct daxplug_change *change,
			      enum daxplug_state *state);

/**
 * daxplug_change_get_after() - get the state after the change
 * @change: the change
 * @state: receives the state, on success only
 *
 * Return: 0, or the error of reading the state.
 * Threads: one at a time per change.
 */
int daxplug_change_get_after(const struct daxplug_change *change,
			     enum daxplug_state *state);

/**
 * daxplug_change_get_failed_step() - get the step that failed
 * @change: the change
 *
 * Return: the step; DAXPLUG_STEP_NONE if none failed or it is unknown.
 * Threads: one at a time per change.
 */
enum daxplug_step
daxplug_change_get_failed_step(const struct daxplug_change *change);

/**
 * daxplug_change_get_step() - get the name of the step that failed
 * @change: the change
 *
 * Return: the name of daxplug_step_name(), such as "online"; NULL if none failed or it is unknown.
 * Threads: one at a time per change.
 */
const char *daxplug_change_get_step(const struct daxplug_change *change);

/**
 * daxplug_change_get_block() - get the memory block at which the change failed
 * @change: the change
 * @block: receives its number, N of memoryN, on success only
 *
 * Return: 0; -ENOENT if none failed or it is unknown.
 * Threads: one at a time per change.
 */
int daxplug_change_get_block(const struct daxplug_change *change,
			     uint64_t *block);

/**
 * daxplug_change_get_stuck() - get a memory block that was not restored
 * @change: the change
 * @block: receives its number, on success only
 *
 * Return: 0; -ENOENT if there is none or it is unknown.
 * Threads: one at a time per change.
 */
int daxplug_change_get_stuck(const struct daxplug_change *change,
			     uint64_t *block);

/**
 * daxplug_change_get_limit() - get the time limit that ended the change
 * @change: the change
 *
 * Return: the limit, if the change failed with -ETIMEDOUT; DAXPLUG_LIMIT_NONE if no limit
 * ended it, or if it is unknown which one did.
 * Threads: one at a time per change.
 */
enum daxplug_limit
daxplug_change_get_limit(const struct daxplug_change *change);

/**
 * daxplug_change_get_space() - get the memory that page structures needed
 * @change: the change
 * @needed: receives the bytes that they need, on success only
 * @available: receives the bytes that were available, on success only
 *
 * The numbers are known after a change to DAXPLUG_MODE_DEVDAX, or a plug by daxplug's module, that
 * was refused with -ENOMEM because too little memory was available. After a plug they are unknown
 * if the caller may not read the kernel log.
 *
 * Return: 0; -ENOENT if it failed for another reason or the numbers are unknown.
 * Threads: one at a time per change.
 */
int daxplug_change_get_space(const struct daxplug_change *change,
			     uint64_t *needed, uint64_t *available);

/**
 * daxplug_device_preflight() - find out what would prevent a change (live)
 * @dev: the device
 * @want: DAXPLUG_STATE_UNPLUGGED, or the state of a zone: daxplug_zone_state()
 * @change: the options of the change, or NULL
 * @quick: not 0: do not ask the driver for the pages that cannot be migrated, because
 *	that can take seconds
 * @out: receives the findings; free them with daxplug_preflight_free()
 *
 * Changes nothing. The change itself follows the same rules. So if a reason has
 * DAXPLUG_LEVEL_FAILS, the change fails with the same errno, unless something changes in between.
 * If there is no reason, the change may still fail, because a driver or the kernel may refuse it.
 * If the change needs something that cannot be found out, such as the state of the device, that is
 * a DAXPLUG_LEVEL_FAILS. Most other things that cannot be found out are a DAXPLUG_LEVEL_NOTE.
 *
 * Return: 0, also if the change would fail; -EINVAL for a state that cannot be requested; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_preflight(const struct daxplug_device *dev,
			     enum daxplug_state want,
			     const struct daxplug_change *change, int quick,
			     struct daxplug_preflight **out);

/**
 * daxplug_preflight_free() - free the findings
 * @preflight: the findings, or NULL
 *
 * Threads: one at a time per preflight.
 */
void daxplug_preflight_free(struct daxplug_preflight *preflight);

/**
 * daxplug_preflight_get_before() - get the state of the device
 * @preflight: the findings
 * @state: receives the state, on success only
 *
 * If it is the requested state, the change has nothing to do.
 *
 * Return: 0, or the error of reading the state.
 * Threads: any.
 */
int daxplug_preflight_get_before(const struct daxplug_preflight *preflight,
				 enum daxplug_state *state);

/**
 * daxplug_preflight_get_reasons() - get the number of reasons
 * @preflight: the findings
 *
 * Return: the number; 0 if there is none.
 * Threads: any.
 */
unsigned int
daxplug_preflight_get_reasons(const struct daxplug_preflight *preflight);

/**
 * daxplug_preflight_get_level() - get the severity of a reason
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * Return: the level.
 * Threads: any.
 */
enum daxplug_level
daxplug_preflight_get_level(const struct daxplug_preflight *preflight,
			    unsigned int index);

/**
 * daxplug_preflight_get_errno() - get the errno with which the change would fail
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * Return: a negative errno; 0 for a note.
 * Threads: any.
 */
int daxplug_preflight_get_errno(const struct daxplug_preflight *preflight,
				unsigned int index);

/**
 * daxplug_preflight_get_word() - get a reason as a word, for programs
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * The words are: "gone", "driver" (another driver is bound), "no-blocks" (the kernel has no memory
 * blocks), "state" (it cannot be read), "overlap", "no-kmem" (not loaded), "left-behind" (orphaned
 * blocks), "unbind" (the kernel's driver would crash), "size" (no whole memory block), "node" (no
 * NUMA node is known), "zone" (plugged into another zone), "permission", "space" (for page
 * structures), "memmap" (page structures cannot be where requested), "room" (for used pages),
 * "room-unknown", "kernel-zone", "hugetlb", "blocker" (one page), "blockers", "ends" (parts of the
 * device fill no memory block), "zone-movable" (the change succeeds but leaves the kernel too
 * little memory: daxplug_get_zone_sizes()). More may be added.
 *
 * Return: the word; NULL if @index is too large.
 * Threads: any.
 */
const char *
daxplug_preflight_get_word(const struct daxplug_preflight *preflight,
			   unsigned int index);

/**
 * daxplug_preflight_get_text() - get a reason as a sentence, for people
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * Return: the sentence, without a full stop; NULL if @index is too large.
 * Threads: any.
 */
const char *
daxplug_preflight_get_text(const struct daxplug_preflight *preflight,
			   unsigned int index);

/**
 * daxplug_preflight_get_worst() - check whether the change would fail
 * @preflight: the findings
 * @index: receives the first of the most severe reasons; not written if there is none, or
 *	if all reasons are notes
 *
 * Return: 0 if nothing is known that would prevent the change; else the negative errno
 * with which it would fail.
 * Threads: any.
 */
int daxplug_preflight_get_worst(const struct daxplug_preflight *preflight,
				unsigned int *index);

/**
 * daxplug_preflight_get_used() - get how much memory an unplug would have to migrate
 * @preflight: the findings
 * @bytes: receives the bytes in use, on success only
 *
 * An upper bound, because the kernel drops a part of the page cache instead of migrating it.
 *
 * Return: 0; -EOPNOTSUPP if it is unknown or was not checked.
 * Threads: any.
 */
int daxplug_preflight_get_used(const struct daxplug_preflight *preflight,
			       uint64_t *bytes);

/**
 * daxplug_preflight_get_room() - get how much other memory an unplug could migrate to
 * @preflight: the findings
 * @bytes: receives the approximate bytes, swap space included, on success only
 *
 * Return: 0; -EOPNOTSUPP if it is unknown or was not checked.
 * Threads: any.
 */
int daxplug_preflight_get_room(const struct daxplug_preflight *preflight,
			       uint64_t *bytes);

/**
 * daxplug_device_plug() - plug a whole device as system RAM (live)
 * @dev: the device
 * @zone: the memory zone
 * @change: options and result, or NULL
 *
 * Afterwards every block of every range is online in @zone, or nothing has changed, or the outcome
 * is DAXPLUG_OUTCOME_INCONSISTENT. A device without a driver is bound to kmem first. If the plug
 * fails and the device is then unplugged or offline, it is unbound again. If all blocks exist and
 * are offline, DAXPLUG_BACKEND_BLOCKS brings them online, unless their page structures must be
 * elsewhere. The other backends unplug such a device first, and then plug it. After a failure the
 * device is offline again. An inconsistent device is repaired if @zone is the one into which it was
 * last plugged. For a device that is plugged into another zone, see daxplug_change_set_replug().
 *
 * Signals are blocked in the calling thread, except while it waits.
 *
 * Return: 0 if the device is plugged, even if another program did it; -EINVAL for an unknown @zone,
 * or for a device without a whole memory block (step "size") or a NUMA node (step "node");
 * -EOPNOTSUPP if another driver is bound, or kmem is not loaded; -ENODEV if the device was removed,
 * one of its memory blocks is missing, or its driver was unbound or did not bind it; -EACCES,
 * -EPERM or -EROFS if not permitted; -EINTR if a signal or the progress function ended the plug;
 * -ETIMEDOUT after the deadline; -EALREADY if a change with @change is running; -EAGAIN if no
 * thread can be created; -EBUSY if the device is plugged into another zone, its addresses are in
 * use or a block was vetoed; -ENOMEM; or the negative errno of the step that failed.
 * Threads: any. Only one change of a device runs at a time; others wait.
 */
int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone, struct daxplug_change *change);

/**
 * daxplug_device_unplug() - unplug a whole device (live)
 * @dev: the device
 * @change: options and result, or NULL
 *
 * Afterwards no block exists, or every block is in its previous state, or the outcome is
 * DAXPLUG_OUTCOME_INCONSISTENT. If DAXPLUG_BACKEND_BLOCKS has unplugged the device, it has no
 * driver. The unplug is refused if the unbind of the driver would crash the kernel; see daxplug(8).
 *
 * Return: as daxplug_device_plug(); -EBUSY if a block cannot go offline.
 * Threads: any. Only one change of a device runs at a time; others wait.
 */
int daxplug_device_unplug(const struct daxplug_device *dev,
			  struct daxplug_change *change);

/**
 * daxplug_device_repair() - plug an inconsistent device completely (live)
 * @dev: the device
 * @change: options and result, or NULL
 *
 * Plugs an inconsistent device into the zone into which it was last plugged. The kernel's driver
 * of Linux 7.3 shows that zone. With DAXPLUG_BACKEND_BLOCKS the library has saved it. If it is not
 * known, as with daxplug's module, the zone is taken from the blocks that are still online. The
 * module refuses any other zone than the last one with -EBUSY, and then changes no block. If it
 * refuses the zone that was taken from the blocks, the other zones are tried. A device in any
 * other state is not changed.
 *
 * Return: as daxplug_device_plug().
 * Threads: any. Only one change of a device runs at a time; others wait.
 */
int daxplug_device_repair(const struct daxplug_device *dev,
			  struct daxplug_change *change);

/**
 * daxplug_device_set_mode() - move a device to another driver (live)
 * @dev: the device
 * @mode: DAXPLUG_MODE_DEVDAX or DAXPLUG_MODE_SYSTEM_RAM
 * @change: options and result, or NULL
 *
 * DAXPLUG_MODE_SYSTEM_RAM binds the device to kmem, as daxplug_device_plug() does. This
 * function brings no memory online, but the module's policy for the device may do so.
 * DAXPLUG_MODE_DEVDAX binds the device to device_dax.
 *
 * A device that is in use is not changed. A change to DAXPLUG_MODE_DEVDAX is refused unless the
 * device is unplugged, or is bound to kmem and offline. A change to DAXPLUG_MODE_SYSTEM_RAM is
 * refused if a process has the file of the device open or mapped (daxplug_device_each_user()). The
 * same is checked again after the driver was unbound. After any failure the device gets its
 * previous driver back, and it is unplugged or offline again if it was before. If that fails, too,
 * the outcome is DAXPLUG_OUTCOME_INCONSISTENT, and daxplug_device_get_mode() returns the current
 * driver. Neither a signal nor the deadline ends that restoration.
 *
 * The step that failed can be: "driver" (it is bound to a third driver), "state" (it is not
 * unplugged, or its state or a setting cannot be read), "users" (a process uses the device's file),
 * "overlap" (with a device that is bound to kmem), "left-behind" (orphaned blocks), "size", "node",
 * "bind" (-EOPNOTSUPP means that the driver is not loaded), "unbind", "open", "lock". If the blocks
 * of an offline device cannot be removed, the step is that of the failed unplug, such as "remove",
 * or it is unknown. In the step "users", -EBUSY means that daxplug_change_get_holder() returns such
 * a process. With any other errno it is not known whether a process uses the file.
 *
 * Return: 0 if the device has that driver; -EINVAL for another mode; -EBUSY if it is in use, or a
 * driver did not bind it; -EOPNOTSUPP; -ENODEV as for daxplug_device_plug(); -EACCES, -EPERM or
 * -EROFS if not permitted; -EINTR; -ETIMEDOUT; or the negative errno of the step.
 * Threads: any. Only one change of a device runs at a time; others wait.
 */
int daxplug_device_set_mode(const struct daxplug_device *dev,
			    enum daxplug_mode mode, struct daxplug_change *change);

/**
 * daxplug_device_check_mode() - check whether a mode would be refused (live)
 * @dev: the device
 * @mode: DAXPLUG_MODE_DEVDAX or DAXPLUG_MODE_SYSTEM_RAM
 * @change: receives the step and the process that uses the device, or NULL
 *
 * Changes nothing. A driver may still refuse the change, even if the result is 0.
 *
 * Return: 0, or the error with which daxplug_device_set_mode() would fail. An error that
 * occurs only when something is written is not found.
 * Threads: any; one at a time per change.
 */
int daxplug_device_check_mode(const struct daxplug_device *dev,
			      enum daxplug_mode mode, struct daxplug_change *change);

/**
 * daxplug_watch_new() - watch all devices for changes of state
 * @ctx: the context; needed only during this call
 * @out: receives the watch; free it with daxplug_watch_free()
 *
 * Return: 0; -ENOMEM; or the error of opening the kernel's event socket or of reading
 * the devices.
 * Threads: one at a time per context.
 */
int daxplug_watch_new(struct daxplug_ctx *ctx, struct daxplug_watch **out);

/**
 * daxplug_watch_free() - stop watching
 * @watch: the watch, or NULL
 *
 * Threads: one at a time per watch.
 */
void daxplug_watch_free(struct daxplug_watch *watch);

/**
 * daxplug_watch_get_fd() - get the descriptor to poll
 * @watch: the watch
 *
 * Return: the descriptor. When poll(2) reports POLLIN for it, call daxplug_watch_next()
 * until that returns 0. Neither read nor close the descriptor.
 * Threads: one at a time per watch.
 */
int daxplug_watch_get_fd(const struct daxplug_watch *watch);

/**
 * daxplug_watch_present() - get the next device that existed when the watch began
 * @watch: the watch
 * @event: receives a DAXPLUG_EVENT_PRESENT with the device and its state at that time;
 *	valid until the next call, the device longer with daxplug_device_ref()
 *
 * Call this function until it returns 0, before the first daxplug_watch_next(). After the
 * first daxplug_watch_next(), this function always returns 0. daxplug_watch_next() reports
 * what has changed since the watch began, so no change is lost or reported twice.
 *
 * Return: 1; 0 after the last device, with @event set to NULL.
 * Threads: one at a time per watch.
 */
int daxplug_watch_present(struct daxplug_watch *watch,
			  const struct daxplug_watch_event **event);

/**
 * daxplug_watch_next() - get the next change
 * @watch: the watch
 * @event: receives the change; it and its device are valid until the next call, the
 *	device longer with daxplug_device_ref()
 *
 * Changes in quick succession may be reported as one. A state that cannot be read is
 * DAXPLUG_STATE_UNKNOWN. A device that is bound to another driver is in
 * DAXPLUG_STATE_OTHER_DRIVER.
 *
 * Return: 1; 0 if nothing has changed, with @event set to NULL; or a negative errno.
 * Threads: one at a time per watch.
 */
int daxplug_watch_next(struct daxplug_watch *watch,
		       const struct daxplug_watch_event **event);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_CHANGE_H */
