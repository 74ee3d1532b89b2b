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

#include "hold.h"
#include "limit.h"

/* Protects limit_list and the limit of every kmem_memory in it. */
static DEFINE_SPINLOCK(limit_lock);
static LIST_HEAD(limit_list);

/* With a rescuer: memory may be what is short. */
static struct workqueue_struct *limit_queue;

/*
 * Without a limit of its own an unplug ends when it has gone on for so long
 * that it cannot be but stuck: 60 seconds a GiB is 17 MiB a second.
 */
#define DEFAULT_MS		(120 * MSEC_PER_SEC)
#define DEFAULT_MS_PER_GIB	(60 * MSEC_PER_SEC)

/* The flag may be cleared by a look that finds no signal: set it again. */
#define KNOCK			(HZ / 10)

/* How long nobody is killed for want of memory while an unplug is ending. */
#define OOM_GRACE		(10 * HZ)

static void knock(struct work_struct *work)
{
	struct kmem_memory *mem = container_of(to_delayed_work(work),
					       struct kmem_memory, limit.knock);

	spin_lock(&limit_lock);
	if (mem->limit.task) {
		if (!mem->limit.err)
			mem->limit.err = -ETIMEDOUT;
		set_tsk_thread_flag(mem->limit.task, TIF_SIGPENDING);
		queue_delayed_work(limit_queue, &mem->limit.knock, KNOCK);
	}
	spin_unlock(&limit_lock);
}

/*
 * Memory has run out, and a process is about to be killed for it. If it was an
 * unplug that took it: first what it holds, and if that was all given back
 * before, the unplug itself.
 */
static int memory_ran_out(struct notifier_block *nb, unsigned long unused,
			  void *data)
{
	unsigned long *freed = data;
	struct kmem_memory *mem;
	LIST_HEAD(chunks);

	spin_lock(&limit_lock);
	list_for_each_entry(mem, &limit_list, limit.node)
		hold_let_go(mem, &chunks);
	spin_unlock(&limit_lock);
	*freed += hold_free(&chunks);
	if (*freed)
		return NOTIFY_OK;

	spin_lock(&limit_lock);
	list_for_each_entry(mem, &limit_list, limit.node) {
		if (!mem->limit.err) {
			mem->limit.err = -ENOMEM;
			mem->limit.since = jiffies;
			mod_delayed_work(limit_queue, &mem->limit.knock, 0);
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

	INIT_DELAYED_WORK(&mem->limit.knock, knock);
	mem->limit.ms = (unsigned int)min_t(u64, UINT_MAX, DEFAULT_MS +
			DEFAULT_MS_PER_GIB * DIV_ROUND_UP_ULL(size, SZ_1G));
}

void limit_begin(struct kmem_memory *mem)
{
	unsigned int ms = READ_ONCE(mem->limit.ms);

	spin_lock(&limit_lock);
	mem->limit.task = current;
	mem->limit.err = 0;
	list_add(&mem->limit.node, &limit_list);
	spin_unlock(&limit_lock);
	if (ms)
		queue_delayed_work(limit_queue, &mem->limit.knock, msecs_to_jiffies(ms));
}

void limit_end(struct kmem_memory *mem)
{
	spin_lock(&limit_lock);
	list_del(&mem->limit.node);
	mem->limit.task = NULL;
	mem->limit.err = 0;
	spin_unlock(&limit_lock);
	cancel_delayed_work_sync(&mem->limit.knock);
	recalc_sigpending();
}

int limit_reached(struct kmem_memory *mem)
{
	int err = READ_ONCE(mem->limit.err);

	return err ?: signal_pending(current) ? -EINTR : 0;
}
