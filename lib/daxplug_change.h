/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that changes devices and watches them change.
 * Included by daxplug.h, whose conventions hold here too.
 */
#ifndef DAXPLUG_CHANGE_H
#define DAXPLUG_CHANGE_H

#include "daxplug.h"

#ifdef __cplusplus
extern "C" {
#endif

struct daxplug_change;
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

enum daxplug_event {
	DAXPLUG_EVENT_ADDED,	/* the device has come */
	DAXPLUG_EVENT_REMOVED,	/* it has gone */
	DAXPLUG_EVENT_CHANGED,	/* its state is another */
};

/* One change of state. More members may come at the end. */
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

/* Called about ten times a second, and after a signal; not 0: give up, and undo. */
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
 * @fn: called in the thread that asked for the change, or NULL; if it does not
 *	return 0, the change is given up and undone: -EINTR
 * @data: handed to @fn
 *
 * It is also called when a signal has been handled: then what decides is what
 * it returns. Without it, a handled signal ends the change.
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
 * daxplug_change_get_step() - the step that failed
 * @change: the change
 *
 * Return: such as "online" or "offline" (of a block), "check" (it did not stay
 * so), "ask" (it would not go offline), "room" (what is in use does not fit
 * elsewhere), "add" or "remove" (of a range), "bind" or "unbind" (of the device),
 * "open" (nothing has been tried, it is not permitted), "lock" (nor has it, since
 * the lock could not be had), "foreign" (the block was added by another driver);
 * NULL when none failed or it is not known. More may be added.
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
 * daxplug_change_get_space() - the memory that a plug's page structures needed
 * @change: the change
 * @needed: receives the bytes that they take, on success only
 * @available: receives the bytes that there were for them, on success only
 *
 * For a plug that failed with -ENOMEM before anything was done, because there was
 * less than it needs.
 *
 * Return: 0; -ENOENT when that was not why it failed or it is not known.
 * Threads: one at a time per change.
 */
int daxplug_change_get_space(const struct daxplug_change *change,
			     uint64_t *needed, uint64_t *available);

/**
 * daxplug_device_plug() - make the whole device system RAM (live)
 * @dev: the device
 * @zone: where to
 * @change: options and result, or NULL
 *
 * Afterwards every block of every range is online in @zone, or nothing has
 * changed, or the outcome is DAXPLUG_OUTCOME_INCONSISTENT. A device without a
 * driver is bound to kmem first, and unbound again if the plug fails. An
 * inconsistent one is mended if @zone is the one it was last plugged into.
 *
 * Signals are blocked in the calling thread and let in while it waits.
 *
 * Return: 0, and then it is so, whoever did it; -EINVAL for an unknown @zone; -EOPNOTSUPP when
 * another driver holds it, or kmem is not loaded; -ENODEV when it has gone;
 * -EACCES, -EPERM or -EROFS when not allowed; -EINTR when a signal or the
 * progress function ended it; -ETIMEDOUT after the deadline; -EBUSY when it is
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
