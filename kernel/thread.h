/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that runs a device's transactions, "kmem/dax0.0".
 *
 * It belongs to no user. So no cpuset, memory policy or cgroup of the task that
 * asked for a transaction narrows where pages can go, a signal to whoever binds
 * a device does not matter, and a switch that does not end is ended by a real
 * signal to this thread: limit.c sends SIGINT, which the thread allows and
 * which is flushed when the switch has returned.
 */
#ifndef DAXPLUG_KERNEL_THREAD_H
#define DAXPLUG_KERNEL_THREAD_H

#include "memory.h"

/**
 * thread_start() - create the thread of @mem, whose name must be set
 *
 * Return: 0; -ENOMEM; -EINTR when the calling task was killed.
 */
int thread_start(struct kmem_memory *mem);

/** thread_stop() - end it, if it was created; no transaction runs any more */
void thread_stop(struct kmem_memory *mem);

/**
 * thread_run() - call a function in the thread and wait for its end
 * @mem: the memory; the caller holds its lock
 * @work: the function
 * @arg: its argument
 * @interruptible: a signal of the calling task ends the transaction: it is
 *	passed on by limit_interrupt(), and the wait goes on until @work returns
 *
 * Sleeps as long as @work runs.
 */
void thread_run(struct kmem_memory *mem, void (*work)(void *arg), void *arg,
		bool interruptible);

#endif
