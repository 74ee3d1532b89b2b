/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug for programs with an event loop: changes that run while the
 * program does other things. daxplug.h includes this header, and its conventions apply
 * here, too.
 *
 *	daxplug_change_start(change, dev, DAXPLUG_ACTION_PLUG, DAXPLUG_ZONE_MOVABLE);
 *	...
 *	when poll() reports that daxplug_change_get_fd(change) is readable:
 *	if (daxplug_change_dispatch(change, &result) == 1)
 *		the change has ended, with the result of daxplug_device_plug()
 *
 * A thread of the library runs the change, with the credentials, the namespaces and the
 * directories of the thread that started it. The library's thread blocks all signals
 * except those that a fault of the program raises, such as SIGSEGV. It calls the functions
 * of daxplug_change_set_consent(), and no other function of the program.
 * daxplug_change_dispatch() calls all others. Even if daxplug_change_dispatch() is never
 * called again, the change goes on until it is complete or undone, and its deadline still
 * applies.
 *
 * Several changes may run at the same time, each with its own struct daxplug_change. If
 * two of them change the same device, the second one waits for the first, as it waits
 * for a change of another process. This does not block the program.
 *
 * If the program ends meanwhile, the kernel undoes the write in progress. With
 * DAXPLUG_BACKEND_BLOCKS the device may then be inconsistent, and the next plug repairs
 * it. If a signal kills the program while auto_online_blocks is "offline", the setting stays so
 * until a later change restores it; see daxplug_get_left_auto_online(). While the setting is
 * "offline", a function that waits for the end of a change, such as daxplug_device_plug(), blocks
 * signals in its thread. It cannot block SIGKILL, and does not block those that a fault of the
 * program raises. After daxplug_change_start() the library blocks no signal in the program's
 * threads.
 *
 * After fork(2) the change belongs to the parent and goes on there. In the child
 * daxplug_change_dispatch() returns -ECHILD, daxplug_change_cancel() does nothing, and
 * daxplug_change_free() closes the descriptors of the child and frees its structure, but
 * not what the library keeps of the running change. The child may start a new change with
 * the structure. A waiting call such as daxplug_device_plug() may call a function of the
 * program. If that function calls fork(2), the waiting call returns -ECHILD in the child.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_ASYNC_H
#define DAXPLUG_ASYNC_H

#ifdef __cplusplus
extern "C" {
#endif

/* The actions of daxplug_change_start(). More may be added. */
enum daxplug_action {
	DAXPLUG_ACTION_PLUG,	/* daxplug_device_plug(); @to is an enum daxplug_zone */
	DAXPLUG_ACTION_UNPLUG,	/* daxplug_device_unplug(); @to is 0 */
	DAXPLUG_ACTION_REPAIR,	/* daxplug_device_repair(); @to is 0 */
	DAXPLUG_ACTION_SET_MODE, /* daxplug_device_set_mode(); @to is an enum daxplug_mode */
};

/**
 * daxplug_change_start() - start a change without waiting for it (live)
 * @change: options and result
 * @dev: the device; the library takes a reference for as long as it needs the device
 * @action: the action
 * @to: the zone, the mode or 0, depending on @action
 *
 * The change uses the options that @change has now. Options that are set later are for
 * the next change. Until the change has ended, the getters describe the previous
 * change. If the change does not start, the getters describe a change that has failed,
 * except after -EALREADY.
 *
 * Return: 0 if the change has started; -EINVAL for an unknown action, zone or mode;
 * -EALREADY if a change with @change is running; -ENOMEM; -EAGAIN if no thread can be
 * created; -EMFILE or -ENFILE in a child of the process that created @change.
 * Threads: one at a time per change.
 */
int daxplug_change_start(struct daxplug_change *change, struct daxplug_device *dev,
			 enum daxplug_action action, int to);

/**
 * daxplug_change_get_fd() - get the descriptor to wait for
 * @change: the change
 *
 * The descriptor is readable (POLLIN) when daxplug_change_dispatch() has something to
 * do: at the end of the change, for each log message if daxplug_set_log() was called, and
 * about ten times a second if there is a progress function. The descriptor belongs to the
 * library and stays the same until daxplug_change_free(). Use it with poll(2) or epoll(7),
 * and neither read nor close it.
 *
 * Return: the descriptor.
 * Threads: any.
 */
int daxplug_change_get_fd(const struct daxplug_change *change);

/**
 * daxplug_change_dispatch() - handle what has happened, without waiting
 * @change: the change
 * @result: receives the result of the corresponding waiting call, if the change has
 *	ended
 *
 * Calls the functions of daxplug_set_log() and daxplug_change_set_progress() in the
 * calling thread. They may call daxplug_change_cancel(), but must not call this
 * function or daxplug_change_free() with @change. Signals do not end the change.
 *
 * Return: 1 if the change has ended, and then the getters describe it; 0 if it is
 * running; -EINVAL if none was started, or its end was reported before; -EBUSY in a
 * function that this one calls, or while a waiting call is running; -ECHILD in another
 * process than the one that started it.
 * Threads: one at a time per change.
 */
int daxplug_change_dispatch(struct daxplug_change *change, int *result);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_ASYNC_H */
