/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that runs a device's transactions, for example "kmem/dax0.0".
 *
 * The thread belongs to no user. So the cpuset, memory policy and cgroup of the task that
 * requested a transaction do not restrict the nodes to which pages can be migrated. A signal
 * to the task that binds a device does not interrupt the transaction of the bind.
 *
 * To end a switch that would not end by itself, limit.c sends SIGINT to this thread. The
 * thread allows this signal, and limit.c flushes it when the switch has returned.
 */
#ifndef DAXPLUG_KERNEL_THREAD_H
#define DAXPLUG_KERNEL_THREAD_H

#include <linux/completion.h>
#include <linux/kcov.h>
#include <linux/types.h>
#include <linux/wait.h>

struct kmem_memory;
struct task_struct;

/**
 * struct kmem_thread - the thread that runs a device's transactions
 * @task: the thread
 * @wake: where the thread waits for work
 * @work: the function that the thread is to call; NULL while the thread is idle
 * @arg: the argument of @work
 * @kcov: KCOV handle of the task that requested @work; the coverage of @work is added to
 *	that of this task; empty if no coverage is collected
 * @done: completed when @work has returned
 *
 * kmem_memory.lock protects @arg, @kcov and the use of @done. The thread may read @arg and
 * @kcov while @work is set. Only thread_run() sets @work, with the lock held, and only the
 * thread clears it. @task does not change while the device is in use.
 */
struct kmem_thread {
	struct task_struct *task;
	wait_queue_head_t wake;
	void (*work)(void *arg);
	void *arg;
	typeof(kcov_common_handle()) kcov;
	struct completion done;
};

/**
 * thread_start() - create the thread of @mem, whose name must be set
 *
 * Context: may sleep.
 * Return: 0; -EINTR if the calling task was killed; or another negative errno of
 * kthread_create(), for example -ENOMEM.
 */
int thread_start(struct kmem_memory *mem);

/** thread_stop() - stop the thread, if it was created; no transaction may run any more */
void thread_stop(struct kmem_memory *mem);

/**
 * thread_run() - call a function in the thread and wait until it returns
 * @mem: the memory; the caller holds its lock
 * @work: the function
 * @arg: its argument
 * @interrupt: called with -EINTR, again and again, if the calling task gets a signal;
 *	this function still waits until @work returns. NULL if signals have no effect.
 *
 * Context: sleeps as long as @work runs.
 */
void thread_run(struct kmem_memory *mem, void (*work)(void *arg), void *arg,
		void (*interrupt)(struct kmem_memory *mem, int err));

/**
 * thread_signal() - send SIGINT to the thread
 *
 * Context: any; the thread has been started.
 */
void thread_signal(struct kmem_memory *mem);

/**
 * thread_begin_coverage() - add the coverage of the current task to that of the task that
 * waits in thread_run()
 *
 * Context: a work item that runs only while a task waits in thread_run() for @mem.
 */
void thread_begin_coverage(struct kmem_memory *mem);

/** thread_end_coverage() - end what thread_begin_coverage() began */
void thread_end_coverage(void);

#endif
