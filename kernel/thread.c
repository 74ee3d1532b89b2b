// SPDX-License-Identifier: GPL-2.0-only
/* The thread that runs a device's transactions; see thread.h. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kcov.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "memory.h"
#include "thread.h"

static int thread_main(void *data)
{
	struct kmem_thread *thread = data;
	void (*work)(void *arg);

	/*
	 * Allow SIGINT and not SIGKILL, because kthread_create() fails while a SIGKILL is
	 * pending. The kernel could then not start kswapd of a node that gets its first
	 * memory (kswapd_run()).
	 */
	allow_signal(SIGINT);
	for (;;) {
		/* An idle wait, so that a thread without work does not count as load. */
		wait_event_idle(thread->wake, smp_load_acquire(&thread->work) ||
						      kthread_should_stop());
		work = thread->work;
		if (!work)
			return 0;
		kcov_remote_start_common(thread->kcov);
		work(thread->arg);
		kcov_remote_stop();
		thread->work = NULL;
		complete(&thread->done);
	}
}

int thread_start(struct kmem_memory *mem)
{
	struct kmem_thread *thread = &mem->thread;
	struct task_struct *task;

	init_waitqueue_head(&thread->wake);
	init_completion(&thread->done);
	task = kthread_run(thread_main, thread, "kmem/%s", mem->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	thread->task = task;
	return 0;
}

void thread_stop(struct kmem_memory *mem)
{
	if (mem->thread.task)
		kthread_stop(mem->thread.task);
	mem->thread.task = NULL;
}

void thread_signal(struct kmem_memory *mem)
{
	send_sig(SIGINT, mem->thread.task, 1);
}

void thread_begin_coverage(struct kmem_memory *mem)
{
	kcov_remote_start_common(mem->thread.kcov);
}

void thread_end_coverage(void)
{
	kcov_remote_stop();
}

/*
 * How long thread_run() sleeps at a time if @interrupt is NULL, in jiffies. It is less than two
 * minutes, because after that time the kernel by default reports a sleeping task as hung.
 */
#define WAIT_STEP	(30 * HZ)

/* Interval between two calls of the function @interrupt, in jiffies. */
#define INTERRUPT_STEP	(HZ / 20)

void thread_run(struct kmem_memory *mem, void (*work)(void *arg), void *arg,
		void (*interrupt)(struct kmem_memory *mem, int err))
{
	struct kmem_thread *thread = &mem->thread;

	lockdep_assert_held(&mem->lock);
	thread->arg = arg;
	/* The coverage of @work is added to that of the task that requested it (KCOV). */
	thread->kcov = kcov_common_handle();
	reinit_completion(&thread->done);
	/* Pairs with the load in thread_main(), so that the thread sees @arg, too. */
	smp_store_release(&thread->work, work);
	wake_up(&thread->wake);

	if (interrupt) {
		if (!wait_for_completion_interruptible(&thread->done))
			return;
		/*
		 * Repeat this, because plug.c passes limit_interrupt(), which does nothing if
		 * the thread has not called limit_begin() yet.
		 */
		do {
			interrupt(mem, -EINTR);
		} while (!wait_for_completion_timeout(&thread->done, INTERRUPT_STEP));
		return;
	}
	/*
	 * If plug/stall_ms is not 0 and the parameter end_stalled_offline is Y, every switch
	 * in the transaction and in its undo has a limit, so this wait ends. There are two
	 * exceptions, in which the kernel itself waits without a limit. First, a page may become
	 * locked after locked_pages_wait() has seen it unlocked. Second, another task may take
	 * the hotplug lock just before memory is added or removed, and never release it.
	 */
	while (!wait_for_completion_timeout(&thread->done, WAIT_STEP))
		;
}
