/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug for programs with a loop of their own: changes that they
 * begin and do not wait for. Included by daxplug.h, whose conventions hold here too.
 *
 *	daxplug_change_start(change, dev, DAXPLUG_ACTION_PLUG, DAXPLUG_ZONE_MOVABLE);
 *	...
 *	poll() says that daxplug_change_get_fd(change) can be read:
 *	if (daxplug_change_dispatch(change, &result) == 1)
 *		it has ended, and result is what daxplug_device_plug() would return
 *
 * A thread of the library's carries the change out, with the credentials, the
 * namespaces and the directories of the thread that began it. It blocks all signals
 * but those of faults and calls nothing of the program's: that is
 * daxplug_change_dispatch()'s. It needs nobody: a change goes on, with its deadline,
 * and ends complete or undone, also if daxplug_change_dispatch() is never called again.
 *
 * Several changes may be at work at the same time, each with a struct daxplug_change
 * of its own. Of two of one device the second waits for the first, as it does for one
 * of another process; nothing of that blocks the program.
 *
 * If the program ends meanwhile, the kernel undoes the write that is under way; with
 * DAXPLUG_BACKEND_BLOCKS the device then stays half-way, and the next plug repairs it.
 * A signal that kills it in the moment in which auto_online_blocks is "offline" leaves
 * that so, until the next change: see daxplug_get_left_auto_online(). The calls that
 * wait keep such signals out for that moment.
 *
 * After fork(2) the change stays the parent's, and goes on there. In the child
 * daxplug_change_dispatch() is -ECHILD, daxplug_change_cancel() does nothing, and
 * daxplug_change_free() frees the child's memory and descriptors. The child may begin a
 * change of its own with it. A call of the child's that waits, because it was begun by
 * the parent and fork(2) was called by a function that it calls, returns -ECHILD.
 */
/* Before the guard: that includes this one where it has its place. */
#include "daxplug.h"

#ifndef DAXPLUG_ASYNC_H
#define DAXPLUG_ASYNC_H

#ifdef __cplusplus
extern "C" {
#endif

/* What daxplug_change_start() begins. More may be added. */
enum daxplug_action {
	DAXPLUG_ACTION_PLUG,	/* daxplug_device_plug(), into an enum daxplug_zone */
	DAXPLUG_ACTION_UNPLUG,	/* daxplug_device_unplug(); 0 */
	DAXPLUG_ACTION_REPAIR,	/* daxplug_device_repair(); 0 */
	DAXPLUG_ACTION_SET_MODE, /* daxplug_device_set_mode(), to an enum daxplug_mode */
};

/**
 * daxplug_change_start() - begin a change, and do not wait for it (live)
 * @change: options and result
 * @dev: the device; the library takes a reference for as long as it needs it
 * @action: what to do
 * @to: the zone or the mode, or 0, as @action says
 *
 * The options that @change has now are those of this change; what is set later is for
 * the next one. Until it has ended the getters tell of the change before. If it does
 * not begin, they are as after a call that waits and fails.
 *
 * Return: 0, it has begun; -EINVAL for an unknown action, zone or mode; -EALREADY
 * while @change is at work; -ENOMEM; -EAGAIN when no thread can be made; -EMFILE or
 * -ENFILE in a child of the process that made @change.
 * Threads: one at a time per change.
 */
int daxplug_change_start(struct daxplug_change *change, struct daxplug_device *dev,
			 enum daxplug_action action, int to);

/**
 * daxplug_change_get_fd() - the descriptor to wait for
 * @change: the change
 *
 * It can be read (POLLIN) when daxplug_change_dispatch() has something to do: for a
 * change with a progress function about ten times a second, for each line of the log
 * if there is one (daxplug_set_log()), and at the end. It is the library's, and stays
 * the same until daxplug_change_free(): for poll(2) and epoll(7), not to be read or
 * closed.
 *
 * Return: the descriptor.
 * Threads: any.
 */
int daxplug_change_get_fd(const struct daxplug_change *change);

/**
 * daxplug_change_dispatch() - do what can be done without waiting
 * @change: the change
 * @result: receives what the call that waits would return, if the change has ended
 *
 * Calls the functions of daxplug_set_log() and daxplug_change_set_progress(), in the
 * calling thread. They may call daxplug_change_cancel(), but neither this nor
 * daxplug_change_free() with @change. Signals do not end the change.
 *
 * Return: 1, it has ended, and the getters tell of it; 0, it has not; -EINVAL when
 * none was begun, or its end was told before; -EBUSY from a function that it calls, and
 * while a call that waits is at work; -ECHILD in another process than the one that
 * began it.
 * Threads: one at a time per change.
 */
int daxplug_change_dispatch(struct daxplug_change *change, int *result);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_ASYNC_H */
