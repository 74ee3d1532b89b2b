// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "limit.h"

/* Protects limit_list and the limit of every kmem_memory in it. */
static DEFINE_SPINLOCK(limit_lock);
static LIST_HEAD(limit_list);

/* With a rescuer: memory may be what is short. */
static struct workqueue_struct *limit_queue;

/*
 * Unless it is told otherwise an unplug ends when it has gone on for so long
 * that it cannot be but stuck: 60 seconds a GiB is 17 MiB a second.
 */
#define DEFAULT_MS		(120 * MSEC_PER_SEC)
#define DEFAULT_MS_PER_GIB	(60 * MSEC_PER_SEC)

/* How often the time is looked at. */
#define TICK			(HZ / 10)

/* How long nobody is killed for want of memory while an unplug is ending. */
#define OOM_GRACE		(10 * HZ)

static bool is_over(unsigned long end)
{
	return end && time_after_eq(jiffies, end);
}

/*
 * The signal that there is none of is set at each tick anew: whoever looks for
 * the signal behind it and finds none takes it away.
 */
static void tick(struct work_struct *work)
{
	struct kmem_memory *mem = container_of(to_delayed_work(work),
					       struct kmem_memory, limit.tick);
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	if (limit->task) {
		if (limit->err != -ENOMEM && is_over(limit->end))
			limit->err = -ETIMEDOUT;
		else if (!limit->err && is_over(limit->patience))
			limit->err = -EAGAIN;
		if (limit->err)
			set_tsk_thread_flag(limit->task, TIF_SIGPENDING);
		queue_delayed_work(limit_queue, &limit->tick, TICK);
	}
	spin_unlock(&limit_lock);
}

/*
 * Memory has run out, and a process is about to be killed for it. An unplug
 * that runs is what made it short: it ends, and what it has taken comes back.
 */
static int memory_ran_out(struct notifier_block *nb, unsigned long unused,
			  void *data)
{
	unsigned long *freed = data;
	struct kmem_memory *mem;

	spin_lock(&limit_lock);
	list_for_each_entry(mem, &limit_list, limit.node) {
		if (mem->limit.err != -ENOMEM) {
			mem->limit.err = -ENOMEM;
			mem->limit.since = jiffies;
			mod_delayed_work(limit_queue, &mem->limit.tick, 0);
		}
		*freed += time_before(jiffies, mem->limit.since + OOM_GRACE);
	}
	spin_unlock(&limit_lock);
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = memory_ran_out,
};

int limit_init(void)
{
	int err;

	limit_queue = alloc_workqueue("kmem_limit", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!limit_queue)
		return -ENOMEM;
	err = register_oom_notifier(&oom_notifier);
	if (err)
		destroy_workqueue(limit_queue);
	return err;
}

void limit_exit(void)
{
	unregister_oom_notifier(&oom_notifier);
	destroy_workqueue(limit_queue);
}

void limit_setup(struct kmem_memory *mem)
{
	u64 size = mem->engine.nr_blocks * (u64)memory_block_size_bytes();

	INIT_DELAYED_WORK(&mem->limit.tick, tick);
	mem->limit.ms = (unsigned int)min_t(u64, UINT_MAX, DEFAULT_MS +
			DEFAULT_MS_PER_GIB * DIV_ROUND_UP_ULL(size, SZ_1G));
}

/* When it is @ms milliseconds later, in jiffies; 0 stands for never. */
static unsigned long later(unsigned int ms)
{
	return ms ? (jiffies + msecs_to_jiffies(ms)) ?: 1 : 0;
}

void limit_begin(struct kmem_memory *mem)
{
	spin_lock(&limit_lock);
	mem->limit.task = current;
	mem->limit.err = 0;
	mem->limit.end = later(READ_ONCE(mem->limit.ms));
	mem->limit.patience = 0;
	list_add(&mem->limit.node, &limit_list);
	queue_delayed_work(limit_queue, &mem->limit.tick, TICK);
	spin_unlock(&limit_lock);
}

void limit_patience(struct kmem_memory *mem, unsigned int ms)
{
	spin_lock(&limit_lock);
	mem->limit.patience = later(ms);
	if (mem->limit.err == -EAGAIN)
		mem->limit.err = 0;
	spin_unlock(&limit_lock);
	recalc_sigpending();
}

void limit_end(struct kmem_memory *mem)
{
	spin_lock(&limit_lock);
	list_del(&mem->limit.node);
	mem->limit.task = NULL;
	mem->limit.err = 0;
	spin_unlock(&limit_lock);
	cancel_delayed_work_sync(&mem->limit.tick);
	recalc_sigpending();
}

int limit_reached(struct kmem_memory *mem)
{
	int err = READ_ONCE(mem->limit.err);

	return err ?: signal_pending(current) ? -EINTR : 0;
}
