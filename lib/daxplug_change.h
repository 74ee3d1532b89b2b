/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that changes devices and watches them change.
 * Included by daxplug.h, whose conventions hold here too.
 */
/* Before the guard: that includes this one where it has its place. */
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
	DAXPLUG_OUTCOME_NOTHING,	/* it was in that state already */
	DAXPLUG_OUTCOME_DONE,		/* it is now */
	DAXPLUG_OUTCOME_UNDONE,		/* refused or undone: as before */
	DAXPLUG_OUTCOME_INCONSISTENT,	/* neither, or it cannot be told */
};

/* Which time limit ended a change. More may be added. */
enum daxplug_limit {
	DAXPLUG_LIMIT_NONE,	/* none, or it is not known which */
	DAXPLUG_LIMIT_DEADLINE,	/* daxplug_change_set_deadline() */
	DAXPLUG_LIMIT_TIMEOUT,	/* the device's, daxplug_device_get_timeout() */
	DAXPLUG_LIMIT_STALL,	/* no progress for daxplug_device_get_stall() */
};

/* In which step a change failed. More may be added. */
enum daxplug_step {
	DAXPLUG_STEP_NONE,	/* in none, or it is not known */
	DAXPLUG_STEP_OPEN,	/* nothing has been tried: it is not permitted */
	DAXPLUG_STEP_LOCK,	/* nor has it: the lock could not be had */
	DAXPLUG_STEP_DRIVER,	/* of a mode: another driver has the device */
	DAXPLUG_STEP_STATE,	/* of a mode: it is not unplugged */
	DAXPLUG_STEP_USERS,	/* of a mode: a process uses it */
	DAXPLUG_STEP_OVERLAP,	/* of a mode: its addresses are another device's */
	DAXPLUG_STEP_LEFT_BEHIND, /* of a mode: memory of it has no driver */
	DAXPLUG_STEP_SIZE,	/* no whole memory block fits */
	DAXPLUG_STEP_BIND,	/* a driver takes the device */
	DAXPLUG_STEP_UNBIND,	/* a driver lets go of it */
	DAXPLUG_STEP_RESERVE,	/* a range is claimed */
	DAXPLUG_STEP_ADD,	/* the blocks of a range are made */
	DAXPLUG_STEP_ONLINE,	/* a block comes online */
	DAXPLUG_STEP_CHECK,	/* a block stays as it was made */
	DAXPLUG_STEP_ROOM,	/* what is in use fits elsewhere */
	DAXPLUG_STEP_ASK,	/* a block would go offline */
	DAXPLUG_STEP_OFFLINE,	/* a block goes offline */
	DAXPLUG_STEP_REMOVE,	/* the blocks of a range are removed */
	DAXPLUG_STEP_RELEASE,	/* a range is given back */
	DAXPLUG_STEP_FOREIGN,	/* a block was added by another driver */
	DAXPLUG_STEP_UNPLUG,	/* of a replug, as a whole */
	DAXPLUG_STEP_PLUG,	/* of a replug, as a whole */
	DAXPLUG_STEP_NODE,	/* the kernel knows no NUMA node for its addresses */
	DAXPLUG_STEP_MEMMAP,	/* its page structures cannot be where they are to be */
	DAXPLUG_STEP_CONSENT,	/* the program was asked and said no */
};

/* How much a reason of a preflight weighs. */
enum daxplug_level {
	DAXPLUG_LEVEL_NOTE,	/* worth knowing, or it cannot be known */
	DAXPLUG_LEVEL_MAY_FAIL,	/* seen now; if it stays so, the change fails */
	DAXPLUG_LEVEL_FAILS,	/* the change would fail */
};

enum daxplug_event {
	DAXPLUG_EVENT_ADDED,	/* the device has come */
	DAXPLUG_EVENT_REMOVED,	/* it has gone */
	DAXPLUG_EVENT_CHANGED,	/* its state is another */
	DAXPLUG_EVENT_PRESENT,	/* it was there when the watch began */
};

/*
 * One change of state, or a device that was present, which has the same state before and
 * after. More members may come at the end.
 */
struct daxplug_watch_event {
	enum daxplug_event type;
	struct daxplug_device *dev;
	enum daxplug_state before;	/* unplugged, when it has been added */
	enum daxplug_state after;	/* unplugged, when it has been removed */
};

/*
 * How far a change has come. The library fills it: more members may come at the
 * end.
 */
struct daxplug_progress {
	unsigned int done;	/* blocks that are as wanted */
	unsigned int total;	/* blocks in all */
	uint64_t pages;		/* pages moved meanwhile, in the whole system */
	unsigned int elapsed_ms;
	unsigned int left_ms;	/* at this pace; UINT_MAX when not known */
	int undoing;		/* it has failed and is being undone */
	int waiting;		/* for another change to end: nothing was begun */
	int holder;		/* the process that it waits for; 0: not known */
	const char *holder_name; /* its command, or "" */
};

/*
 * Called about ten times a second, and after a signal if a call waits; not 0: give up,
 * and undo.
 */
typedef int (*daxplug_progress_fn)(const struct daxplug_progress *progress,
				   void *data);

/**
 * daxplug_change_new() - make the options and the result of a change
 * @out: receives it, to be freed by daxplug_change_free()
 *
 * One may serve for several changes, one after the other; what the getters say
 * is about the last one.
 *
 * Return: 0; -ENOMEM; -EMFILE or -ENFILE when no file descriptor is left.
 * Threads: any.
 */
int daxplug_change_new(struct daxplug_change **out);

/**
 * daxplug_change_free() - free it
 * @change: the change, or NULL
 *
 * One that daxplug_change_start() has begun is given up, and undone if it has not been
 * carried out by then. This call waits for that. Who must not wait calls
 * daxplug_change_cancel(), and this when daxplug_change_dispatch() has said that it
 * has ended. It is not for a function that the library calls with this change.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_free(struct daxplug_change *change);

/**
 * daxplug_change_set_deadline() - how long a change may take
 * @change: the change
 * @ms: milliseconds from the beginning of each change; 0 is no limit
 *
 * One that takes longer is undone: -ETIMEDOUT. The deadline is not for the undo.
 * daxplug's module ends a change besides when one of the device's own limits is
 * reached: daxplug_device_get_timeout(), daxplug_device_get_stall().
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_deadline(struct daxplug_change *change,
				 unsigned int ms);

/**
 * daxplug_change_set_progress() - be told how far it has come
 * @change: the change
 * @fn: called in the thread that asked for the change, or that dispatches it, or
 *	NULL; if it does not return 0, the change is given up and undone: -EINTR
 * @data: handed to @fn
 *
 * While a call waits, it is also called when a signal has been handled: then what
 * decides is what it returns. Without it, a handled signal ends the change.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_progress(struct daxplug_change *change,
				 daxplug_progress_fn fn, void *data);

/**
 * daxplug_change_cancel() - give a change up
 * @change: the change
 *
 * As a handled signal ends one: it is undone, unless it has been carried out by
 * then, and the call that plugs or unplugs returns -EINTR; the progress function
 * is not asked. If none is running, the next one with @change is given up before
 * it begins. An undo is not given up.
 *
 * In a child of the process it does nothing to a change of the parent's.
 *
 * Threads: any, also while another plugs or unplugs with @change; and any signal
 * handler. Not after daxplug_change_free().
 */
void daxplug_change_cancel(struct daxplug_change *change);

/**
 * daxplug_change_get_begun() - has the last change tried anything?
 * @change: the change
 *
 * One that failed or was ended before has neither changed nor undone anything.
 *
 * Return: 1, or 0.
 * Threads: one at a time per change.
 */
int daxplug_change_get_begun(const struct daxplug_change *change);

/**
 * daxplug_change_get_holder() - whom the last change waited for to its end
 * @change: the change
 * @pid: receives the process that had the lock, on success only
 * @name: receives its command, as the kernel has it; what is not printable is "?"
 *
 * For a change that was ended while it waited for another one: step "lock".
 *
 * Return: 0; -ENOENT when it did not wait, or it is not known.
 * Threads: one at a time per change.
 */
int daxplug_change_get_holder(const struct daxplug_change *change, int *pid,
			      const char **name);

/**
 * daxplug_change_set_replug() - allow an unplug on the way to a plug
 * @change: the change
 * @replug: not 0: a device that is plugged in another zone, or is inconsistent and
 *	cannot be repaired in that zone, is unplugged first; 0, the default: -EBUSY
 *
 * If the device cannot be plugged then, it is brought back to what it was: see
 * daxplug_change_get_restored(). An inconsistent one cannot be brought back, and is
 * unplugged then. A device that is DAXPLUG_STATE_OFFLINE needs no permission, because
 * nothing of it is in use. daxplug_device_repair() never unplugs.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_replug(struct daxplug_change *change, int replug);

/**
 * daxplug_change_set_memmap() - choose where the page structures of a plug are
 * @change: the change
 * @memmap: DAXPLUG_MEMMAP_DEFAULT, the default: as the device's setting has it; else
 *	that becomes the setting, daxplug_device_set_memmap(), if the plug succeeds
 *
 * If it cannot be, the plug is refused and not done in another way: step "memmap", with
 * -EOPNOTSUPP where the kernel or the driver cannot, and -EBUSY for a device whose
 * memory exists and is otherwise. That one has to be unplugged first, which
 * daxplug_change_set_replug() allows, or is offline, and then needs no permission.
 * daxplug_device_repair() and daxplug_device_unplug() ignore it.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_memmap(struct daxplug_change *change,
			       enum daxplug_memmap memmap);

/**
 * daxplug_change_get_restored() - was it unplugged and brought back?
 * @change: the change
 *
 * Return: 1 if the last change unplugged the device, could not plug it, and brought
 * it back to the state before; else 0.
 * Threads: one at a time per change.
 */
int daxplug_change_get_restored(const struct daxplug_change *change);

/**
 * daxplug_change_get_outcome() - how the last change ended
 * @change: the change
 *
 * Return: the outcome.
 * Threads: one at a time per change.
 */
enum daxplug_outcome
daxplug_change_get_outcome(const struct daxplug_change *change);

/**
 * daxplug_change_get_backend() - what carried it out
 * @change: the change
 *
 * Return: the backend.
 * Threads: one at a time per change.
 */
enum daxplug_backend
daxplug_change_get_backend(const struct daxplug_change *change);

/**
 * daxplug_change_get_before() - the state before the change
 * @change: the change
 * @state: receives it, on success only
 *
 * Return: 0, or what kept it from being read.
 * Threads: one at a time per change.
 */
int daxplug_change_get_before(const struct daxplug_change *change,
			      enum daxplug_state *state);

/**
 * daxplug_change_get_after() - the state after the change
 * @change: the change
 * @state: receives it, on success only
 *
 * Return: 0, or what kept it from being read.
 * Threads: one at a time per change.
 */
int daxplug_change_get_after(const struct daxplug_change *change,
			     enum daxplug_state *state);

/**
 * daxplug_change_get_failed_step() - the step that failed
 * @change: the change
 *
 * Return: the step; DAXPLUG_STEP_NONE when none failed or it is not known.
 * Threads: one at a time per change.
 */
enum daxplug_step
daxplug_change_get_failed_step(const struct daxplug_change *change);

/**
 * daxplug_change_get_step() - the step that failed, in a word
 * @change: the change
 *
 * Return: what daxplug_step_name() says, such as "online"; NULL when none failed or
 * it is not known.
 * Threads: one at a time per change.
 */
const char *daxplug_change_get_step(const struct daxplug_change *change);

/**
 * daxplug_change_get_block() - the memory block that it failed at
 * @change: the change
 * @block: receives its number, N of memoryN, on success only
 *
 * Return: 0; -ENOENT when none failed or it is not known.
 * Threads: one at a time per change.
 */
int daxplug_change_get_block(const struct daxplug_change *change,
			     uint64_t *block);

/**
 * daxplug_change_get_stuck() - a memory block that could not be put back
 * @change: the change
 * @block: receives its number, on success only
 *
 * Return: 0; -ENOENT when there is none or it is not known.
 * Threads: one at a time per change.
 */
int daxplug_change_get_stuck(const struct daxplug_change *change,
			     uint64_t *block);

/**
 * daxplug_change_get_limit() - the time limit that ended it
 * @change: the change
 *
 * Return: the limit, if the change failed with -ETIMEDOUT.
 * Threads: one at a time per change.
 */
enum daxplug_limit
daxplug_change_get_limit(const struct daxplug_change *change);

/**
 * daxplug_change_get_space() - the memory that page structures needed
 * @change: the change
 * @needed: receives the bytes that they take, on success only
 * @available: receives the bytes that there were for them, on success only
 *
 * For a plug, or a change to DAXPLUG_MODE_DEVDAX, that failed with -ENOMEM before
 * anything was done, because there was less than it needs.
 *
 * Return: 0; -ENOENT when that was not why it failed or it is not known.
 * Threads: one at a time per change.
 */
int daxplug_change_get_space(const struct daxplug_change *change,
			     uint64_t *needed, uint64_t *available);

/**
 * daxplug_device_preflight() - what would keep a change from success (live)
 * @dev: the device
 * @want: DAXPLUG_STATE_UNPLUGGED, or the state of a zone: daxplug_zone_state()
 * @change: the options that the change would have, or NULL
 * @quick: not 0: do not ask the driver for each page that cannot be moved, which can
 *	take it seconds
 * @out: receives the findings, to be freed by daxplug_preflight_free()
 *
 * Changes nothing. The change itself keeps to the same rules, so what is
 * DAXPLUG_LEVEL_FAILS here fails there with the same errno, unless something changes
 * in between. No finding is no promise: what cannot be known is a DAXPLUG_LEVEL_NOTE,
 * and a driver or the kernel may still refuse.
 *
 * Return: 0, also if the change would fail; -EINVAL for a state that cannot be asked
 * for; -ENOMEM.
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
 * daxplug_preflight_get_before() - the state of the device
 * @preflight: the findings
 * @state: receives it, on success only
 *
 * If it is the state that was asked for, there is nothing to do.
 *
 * Return: 0, or what kept it from being read.
 * Threads: any.
 */
int daxplug_preflight_get_before(const struct daxplug_preflight *preflight,
				 enum daxplug_state *state);

/**
 * daxplug_preflight_get_reasons() - how many reasons there are
 * @preflight: the findings
 *
 * Return: the number; 0 if nothing is known that matters.
 * Threads: any.
 */
unsigned int
daxplug_preflight_get_reasons(const struct daxplug_preflight *preflight);

/**
 * daxplug_preflight_get_level() - how much a reason weighs
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
 * daxplug_preflight_get_errno() - what the change would fail with
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * Return: a negative errno; 0 for a note.
 * Threads: any.
 */
int daxplug_preflight_get_errno(const struct daxplug_preflight *preflight,
				unsigned int index);

/**
 * daxplug_preflight_get_word() - a reason in a word, for programs
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * "gone", "driver" (another one holds it), "no-blocks" (of this kernel), "state" (it
 * cannot be read), "overlap", "no-kmem" (not loaded), "left-behind", "unbind" (the
 * kernel's driver would crash), "size" (no whole memory block), "node" (no NUMA node
 * is known for its addresses), "zone" (it is plugged otherwise), "permission",
 * "space" (for page structures), "memmap" (they cannot be where they are to be), "room"
 * (for what is in use), "room-unknown", "kernel-zone", "hugetlb", "blocker" (one page),
 * "blockers", "ends" (parts of it fill no memory block), "zone-movable" (it
 * succeeds, and leaves the kernel too little: daxplug_get_zone_sizes()).
 * More may be added.
 *
 * Return: the word; NULL when there is no such index.
 * Threads: any.
 */
const char *
daxplug_preflight_get_word(const struct daxplug_preflight *preflight,
			   unsigned int index);

/**
 * daxplug_preflight_get_text() - a reason in a sentence, for people
 * @preflight: the findings
 * @index: from 0 to daxplug_preflight_get_reasons() - 1
 *
 * Return: the sentence, without a full stop; NULL when there is no such index.
 * Threads: any.
 */
const char *
daxplug_preflight_get_text(const struct daxplug_preflight *preflight,
			   unsigned int index);

/**
 * daxplug_preflight_get_worst() - would the change fail?
 * @preflight: the findings
 * @index: receives the first of the reasons that weigh most, if one is more than a
 *	note
 *
 * Return: 0 if nothing is known that would prevent the change; else the errno that it
 * would fail with.
 * Threads: any.
 */
int daxplug_preflight_get_worst(const struct daxplug_preflight *preflight,
				unsigned int *index);

/**
 * daxplug_preflight_get_used() - how much an unplug would have to move
 * @preflight: the findings
 * @bytes: receives the bytes in use, on success only
 *
 * An upper bound: the kernel drops a part of the page cache instead of moving it.
 *
 * Return: 0; -EOPNOTSUPP if it is not known, or was not looked for.
 * Threads: any.
 */
int daxplug_preflight_get_used(const struct daxplug_preflight *preflight,
			       uint64_t *bytes);

/**
 * daxplug_preflight_get_room() - how much is available for it elsewhere
 * @preflight: the findings
 * @bytes: receives about as many bytes, swap included, on success only
 *
 * Return: 0; -EOPNOTSUPP if it is not known, or was not looked for.
 * Threads: any.
 */
int daxplug_preflight_get_room(const struct daxplug_preflight *preflight,
			       uint64_t *bytes);

/**
 * daxplug_device_plug() - make the whole device system RAM (live)
 * @dev: the device
 * @zone: where to
 * @change: options and result, or NULL
 *
 * Afterwards every block of every range is online in @zone, or nothing has
 * changed, or the outcome is DAXPLUG_OUTCOME_INCONSISTENT. A device without a
 * driver is bound to kmem first, and unbound again if the plug fails. One whose
 * blocks exist and are all offline is plugged from there, or is unplugged and plugged
 * where there is no direct way; if that fails, it is offline again. An inconsistent
 * one is mended if @zone is the one it was last plugged into. For one that is plugged
 * in another zone: daxplug_change_set_replug().
 *
 * Signals are blocked in the calling thread and let in while it waits.
 *
 * Return: 0, and then it is so, whoever did it; -EINVAL for an unknown @zone; -EOPNOTSUPP when
 * another driver holds it, or kmem is not loaded; -ENODEV when it has gone;
 * -EACCES, -EPERM or -EROFS when not allowed; -EINTR when a signal or the
 * progress function ended it; -ETIMEDOUT after the deadline; -EALREADY while @change is at
 * work; -EAGAIN when no thread can be made; -EBUSY when it is
 * plugged in another way, its addresses are taken or a block refused; -ENOMEM;
 * or the kernel's errno of the step that failed.
 * Threads: any; one change of a device at a time, others wait.
 */
int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone, struct daxplug_change *change);

/**
 * daxplug_device_unplug() - take the whole device out of system RAM (live)
 * @dev: the device
 * @change: options and result, or NULL
 *
 * As daxplug_device_plug(), the other way: afterwards no block is left, or
 * every block is back as it was. With DAXPLUG_BACKEND_BLOCKS the device then
 * has no driver; it is refused where the driver would crash the kernel on its
 * way out: see daxplug(8).
 *
 * Return: as daxplug_device_plug(); -EBUSY when a block cannot go offline.
 * Threads: any; one change of a device at a time, others wait.
 */
int daxplug_device_unplug(const struct daxplug_device *dev,
			  struct daxplug_change *change);

/**
 * daxplug_device_repair() - bring back what is missing (live)
 * @dev: the device
 * @change: options and result, or NULL
 *
 * Plugs an inconsistent device the way it was last plugged: as the backend
 * remembers it, or else as the blocks say that are still online. A device that
 * is in one state is left alone.
 *
 * Return: as daxplug_device_plug().
 * Threads: any; one change of a device at a time, others wait.
 */
int daxplug_device_repair(const struct daxplug_device *dev,
			  struct daxplug_change *change);

/**
 * daxplug_device_set_mode() - give the device to another driver (live)
 * @dev: the device
 * @mode: DAXPLUG_MODE_DEVDAX or DAXPLUG_MODE_SYSTEM_RAM
 * @change: options and result, or NULL
 *
 * DAXPLUG_MODE_SYSTEM_RAM binds it to kmem, as daxplug_device_plug() does, and brings
 * no memory online by itself; the module's policy for the device may.
 * DAXPLUG_MODE_DEVDAX binds it to device_dax.
 *
 * A device that is in use is left alone: it goes to device_dax only when it is
 * DAXPLUG_STATE_UNPLUGGED, and to kmem only while no process has its file open or
 * mapped (daxplug_device_each_user()). It is looked at again when its driver has let go
 * of it. If anything fails, it is brought back to the driver that it had, and
 * unplugged if it was; if that fails, too, the outcome is
 * DAXPLUG_OUTCOME_INCONSISTENT, and daxplug_device_get_mode() says where it is now.
 * Neither a signal nor the deadline ends the way back.
 *
 * What the steps mean: "driver" (one that is neither has it), "state" (it is not
 * unplugged), "users" (daxplug_change_get_holder() is one of them; with another errno
 * than -EBUSY: it cannot be seen), "overlap" (of a device that is bound to kmem),
 * "left-behind" (memory of it has no driver), "size", "node", "bind" (with -EOPNOTSUPP: the
 * driver is not loaded), "unbind", "open", "lock".
 *
 * Return: 0, and then it is so; -EINVAL for another mode; -EBUSY when it is in use, or
 * a driver did not take it; -EOPNOTSUPP; -ENODEV when it has gone; -EACCES, -EPERM or
 * -EROFS when not allowed; -EINTR; -ETIMEDOUT; or the kernel's errno of the step.
 * Threads: any; one change of a device at a time, others wait.
 */
int daxplug_device_set_mode(const struct daxplug_device *dev,
			    enum daxplug_mode mode, struct daxplug_change *change);

/**
 * daxplug_device_check_mode() - would daxplug_device_set_mode() be refused? (live)
 * @dev: the device
 * @mode: DAXPLUG_MODE_DEVDAX or DAXPLUG_MODE_SYSTEM_RAM
 * @change: receives the step, and who uses it, or NULL
 *
 * Changes nothing. No error is no promise: a driver may still refuse.
 *
 * Return: 0, or what it would fail with as far as that can be known before.
 * Threads: any; one at a time per change.
 */
int daxplug_device_check_mode(const struct daxplug_device *dev,
			      enum daxplug_mode mode, struct daxplug_change *change);

/**
 * daxplug_watch_new() - watch all devices for changes of state
 * @ctx: the context; needed only during this call
 * @out: receives the watch, to be freed by daxplug_watch_free()
 *
 * Return: 0; -ENOMEM; or what opening the kernel's event socket or reading the
 * devices failed with.
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
 * daxplug_watch_get_fd() - what to poll
 * @watch: the watch
 *
 * Return: a descriptor to poll(2) for POLLIN, then call daxplug_watch_next()
 * until it returns 0. Neither read nor close it.
 * Threads: one at a time per watch.
 */
int daxplug_watch_get_fd(const struct daxplug_watch *watch);

/**
 * daxplug_watch_present() - the next device that was there when the watch began
 * @watch: the watch
 * @event: receives the device and its state then, as DAXPLUG_EVENT_PRESENT: valid until
 *	the next call; the device longer with daxplug_device_ref()
 *
 * Call it until it returns 0, before the first daxplug_watch_next(), which ends it. What
 * daxplug_watch_next() says is what has changed since: nothing is lost in between, and
 * nothing is said twice.
 *
 * Return: 1; 0 after the last device, and @event is NULL.
 * Threads: one at a time per watch.
 */
int daxplug_watch_present(struct daxplug_watch *watch,
			  const struct daxplug_watch_event **event);

/**
 * daxplug_watch_next() - the next change
 * @watch: the watch
 * @event: receives what happened: valid, as is its device, until the next call;
 *	the device longer with daxplug_device_ref()
 *
 * Changes in quick succession may be told as one. A state that cannot be read is
 * DAXPLUG_STATE_UNKNOWN; a device that another driver holds is in
 * DAXPLUG_STATE_OTHER_DRIVER.
 *
 * Return: 1; 0 when there is nothing new, and @event is NULL; or a negative errno.
 * Threads: one at a time per watch.
 */
int daxplug_watch_next(struct daxplug_watch *watch,
		       const struct daxplug_watch_event **event);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_CHANGE_H */
