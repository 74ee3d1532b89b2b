/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a delay at each boundary in kmem.ko. A boundary is the place just before or just after a
 * call of one of the functions below. These take or release a lock, wake or wait for another task,
 * queue work, take or drop a reference, register a notifier, or add or remove memory. "make module
 * DELAYS=1" includes this file before each source of the module. The module's own sources do not
 * refer to it.
 *
 * Without the delay, a race window has a few instructions. With it, the window lasts microseconds
 * or milliseconds. delays.c decides how long.
 *
 * The macros below have the names of the functions that they wrap. All headers that call or
 * define such a function must therefore be included here, before the macros.
 */
#ifndef DAXPLUG_TESTS_DELAYS_H
#define DAXPLUG_TESTS_DELAYS_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/kthread.h>
#include <linux/memory.h>
#include <linux/memory-tiers.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/suspend.h>
#include <linux/swap.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/**
 * delays_here() - wait at a boundary, for a time that may be zero
 * @file: the source file, without its suffix
 * @line: the line in the file
 * @passed: counts how often this boundary was passed
 *
 * Context: any. Sleeps only where the caller may sleep.
 */
void delays_here(const char *file, unsigned int line, atomic_t *passed);

#define DELAYS_HERE() ({						\
	static atomic_t delays_passed;					\
	delays_here(KBUILD_BASENAME, __LINE__, &delays_passed);		\
})

/*
 * Put a boundary before and after a call. DELAYS_AROUND() is for a call without a result,
 * DELAYS_AROUND_VALUE() for a call with one.
 */
#define DELAYS_AROUND(call) ({						\
	DELAYS_HERE();							\
	call;								\
	DELAYS_HERE();							\
})
#define DELAYS_AROUND_VALUE(call) ({					\
	DELAYS_HERE();							\
	typeof(call) delays_value = (call);				\
	DELAYS_HERE();							\
	delays_value;							\
})

/*
 * These names are macros in some kernels (with lockdep, for example). A macro cannot use the
 * macro that it replaces, so a function calls the original.
 */
static inline void delays_mutex_lock(struct mutex *lock)
{
	mutex_lock(lock);
}

static inline int __must_check delays_mutex_lock_interruptible(struct mutex *lock)
{
	return mutex_lock_interruptible(lock);
}

static inline void delays_wake_up(struct wait_queue_head *head)
{
	wake_up(head);
}

static inline void delays_wake_up_all(struct wait_queue_head *head)
{
	wake_up_all(head);
}

#undef mutex_lock
#undef mutex_lock_interruptible
#undef wake_up
#undef wake_up_all

#define mutex_lock(l)			DELAYS_AROUND(delays_mutex_lock(l))
#define mutex_lock_interruptible(l)	DELAYS_AROUND_VALUE(delays_mutex_lock_interruptible(l))
#define mutex_unlock(l)			DELAYS_AROUND(mutex_unlock(l))
#define spin_lock(l)			DELAYS_AROUND(spin_lock(l))
#define spin_unlock(l)			DELAYS_AROUND(spin_unlock(l))
#define down_read(l)			DELAYS_AROUND(down_read(l))
#define up_read(l)			DELAYS_AROUND(up_read(l))
#define down_write(l)			DELAYS_AROUND(down_write(l))
#define up_write(l)			DELAYS_AROUND(up_write(l))

#define wake_up(h)			DELAYS_AROUND(delays_wake_up(h))
#define wake_up_all(h)			DELAYS_AROUND(delays_wake_up_all(h))
#define complete(c)			DELAYS_AROUND(complete(c))
#define wait_for_completion_interruptible(c) \
	DELAYS_AROUND_VALUE(wait_for_completion_interruptible(c))
#define wait_for_completion_timeout(c, t) \
	DELAYS_AROUND_VALUE(wait_for_completion_timeout(c, t))
#define kthread_stop(t)			DELAYS_AROUND_VALUE(kthread_stop(t))
#define send_sig(s, t, p)		DELAYS_AROUND_VALUE(send_sig(s, t, p))
#define flush_signals(t)		DELAYS_AROUND(flush_signals(t))

#define schedule_work(w)		DELAYS_AROUND_VALUE(schedule_work(w))
#define cancel_work_sync(w)		DELAYS_AROUND_VALUE(cancel_work_sync(w))
#define cancel_delayed_work_sync(w)	DELAYS_AROUND_VALUE(cancel_delayed_work_sync(w))

#define try_module_get(m)		DELAYS_AROUND_VALUE(try_module_get(m))
#define module_put(m)			DELAYS_AROUND(module_put(m))
#define get_device(d)			DELAYS_AROUND_VALUE(get_device(d))
#define put_device(d)			DELAYS_AROUND(put_device(d))

#define register_memory_notifier(n)	DELAYS_AROUND_VALUE(register_memory_notifier(n))
#define unregister_memory_notifier(n)	DELAYS_AROUND(unregister_memory_notifier(n))
#define bus_register_notifier(b, n)	DELAYS_AROUND_VALUE(bus_register_notifier(b, n))
#define bus_unregister_notifier(b, n)	DELAYS_AROUND_VALUE(bus_unregister_notifier(b, n))
#define add_memory_driver_managed(...)	DELAYS_AROUND_VALUE(add_memory_driver_managed(__VA_ARGS__))
#define __add_memory_driver_managed(...) \
	DELAYS_AROUND_VALUE(__add_memory_driver_managed(__VA_ARGS__))
#define remove_memory(...)		DELAYS_AROUND_VALUE(remove_memory(__VA_ARGS__))
#define offline_and_remove_memory(...) \
	DELAYS_AROUND_VALUE(offline_and_remove_memory(__VA_ARGS__))
#define sysfs_notify(...)		DELAYS_AROUND(sysfs_notify(__VA_ARGS__))

#endif
