// SPDX-License-Identifier: GPL-2.0-only
/*
 * The conditions that end a transaction, and the periodic work that checks them; see
 * limit.h.
 */
#include <linux/cpuset.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "block_table.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "memory.h"
#include "migration.h"
#include "pages.h"
#include "params.h"
#include "thread.h"

/* Protects limit_list and the limit of every kmem_memory, except timeout_ms and stall_ms. */
static DEFINE_SPINLOCK(limit_lock);
static LIST_HEAD(limit_list);

/* With WQ_MEM_RECLAIM, because the checks must run when memory is short. */
static struct workqueue_struct *limit_queue;

#define DEFAULT_STALL_MS	20000

/* Interval between two checks of a running transaction, in jiffies. */
#define CHECK_INTERVAL		(HZ / 10)

/*
 * The interval while the module keeps the device's free pages allocated (hold.c), in jiffies. It is
 * short, because the module must soon allocate the pages that other tasks have freed.
 */
#define CHECK_INTERVAL_WHILE_HOLDING	max(HZ / 100, 1)

/* Interval between two counts of the used pages of a block that goes offline, in jiffies. */
#define COUNT_INTERVAL		(HZ / 4)

/*
 * How long one try may hold the hotplug lock while no page leaves the block, in jiffies.
 * Then the try is ended, other tasks may take the lock, and the next try begins.
 */
#define TRY_TIME		(3 * HZ / 4)

/*
 * The smallest number of migrated pages that counts as progress when memory is short. Memory is
 * short if the pages that an unplug has still to migrate do not fit into other memory. In this
 * state the kernel reclaims memory for every page that it migrates, and so does every other task
 * that allocates. An unplug that migrates fewer pages than this in stall_ms would keep the machine
 * in this state for very long, so it is ended. With the default stall_ms, an unplug is ended if it
 * migrates less than 4 MiB in 20 s (205 KiB per second).
 */
#define LEAST_PAGES_WITHOUT_ROOM	(SZ_4M / PAGE_SIZE)

/* How long an undo may go on without progress, in addition to stall_ms, in jiffies. */
#define UNDO_GRACE		(4 * HZ)

/*
 * How long each switch of an undo may go on without progress, in jiffies, when the undo has
 * used up its time. If stall_ms is less, that applies.
 */
#define UNDO_LEAST		((unsigned long)HZ)

/* How long the OOM killer is held off while an unplug that was ended is undone, in jiffies. */
#define OOM_GRACE		(5 * HZ)

/*
 * Wake the thread with SIGINT. The caller holds limit_lock, so that limit_try_end()
 * sees the signal and its reason together.
 */
static void send_signal(struct kmem_memory *mem)
{
	thread_signal(mem);
}

/* End the transaction if one runs and is not being ended yet. Caller holds limit_lock. */
static void end_transaction(struct kmem_memory *mem, int err)
{
	if (!mem->limit.running || mem->limit.undo || mem->limit.err)
		return;
	mem->limit.err = err;
	send_signal(mem);
}

/*
 * Return: how long the running switch may go on without progress, in jiffies; 0 if there is
 * no limit. Caller holds limit_lock.
 */
static unsigned long stall_time(const struct kmem_limit *limit)
{
	unsigned long stall = msecs_to_jiffies(READ_ONCE(limit->stall_ms));

	if (!stall || !READ_ONCE(end_stalled_offline))
		return 0;
	/* In an undo, a switch gets no more time than is left, but at least UNDO_LEAST. */
	if (limit->undo)
		stall = min(stall, max(limit->undo_left, UNDO_LEAST));
	return max(stall, 1UL);
}

/*
 * End the running try if there was no progress for too long. Caller holds limit_lock.
 *
 * TRY_TIME begins when the kernel begins to migrate pages. Before that it isolates the
 * block and calls the notifiers, which may take longer than TRY_TIME. If a try were ended
 * then, and each later one as well, no page would ever be migrated.
 */
static void check_try(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;
	unsigned long stall = stall_time(limit), since;

	if (!limit->trying || !stall)
		return;
	if (!limit->moving && limit->end_pfn > limit->pfn && guard_notifiers_accepted(mem)) {
		limit->moving = true;
		limit->try_began = jiffies;
	}
	since = max_t(long, 0, (long)(jiffies - limit->progress));
	if (since >= stall)
		limit->try_err = -ETIMEDOUT;
	else if (!limit->try_err && limit->moving &&
		 time_after_eq(jiffies, limit->try_began + TRY_TIME) &&
		 since >= TRY_TIME)
		limit->try_err = -EAGAIN;
	if (limit->try_err)
		send_signal(mem);
}

/*
 * Return: how many pages must have left the block to count as progress, if @used pages
 * are left. Caller holds limit_lock.
 */
static unsigned long least_progress(const struct kmem_memory *mem, unsigned int block,
				    unsigned long used)
{
	if (mem->limit.undo || migration_block_fits_now(mem, &mem->engine.fill[block], used))
		return 1;
	return LEAST_PAGES_WITHOUT_ROOM;
}

/*
 * Count the used pages of the block, unless the block is offline already. Other tasks
 * may allocate pages in the block meanwhile, so the number can also rise. The switch makes
 * progress only when the number falls below limit->fewest by at least least_progress().
 */
static void count_pages(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;
	unsigned long pfn, end_pfn, used;
	unsigned int tries, block;
	bool due;

	spin_lock(&limit_lock);
	tries = limit->tries;
	pfn = limit->pfn;
	end_pfn = limit->end_pfn;
	due = limit->trying && end_pfn > pfn &&
	      time_after_eq(jiffies, limit->counted + COUNT_INTERVAL);
	spin_unlock(&limit_lock);

	if (!due)
		return;
	block = engine_block_at(&mem->engine, PFN_PHYS(pfn));
	if (!table_begin_scan(mem, block))
		return;
	used = pages_count_used(pfn, end_pfn);
	table_end_scan();

	spin_lock(&limit_lock);
	if (limit->tries == tries && limit->trying) {
		limit->counted = jiffies;
		if (used + least_progress(mem, block, used) <= limit->fewest) {
			limit->fewest = used;
			limit->progress = jiffies;
		}
	}
	spin_unlock(&limit_lock);
}

static void check_limits(struct work_struct *work)
{
	struct kmem_memory *mem = container_of(to_delayed_work(work),
					       struct kmem_memory, limit.check_work);
	struct kmem_limit *limit = &mem->limit;
	bool holds;

	thread_begin_coverage(mem);
	count_pages(mem);
	holds = hold_refill(mem);

	spin_lock(&limit_lock);
	if (limit->running) {
		if (limit->deadline && time_after_eq(jiffies, limit->deadline))
			end_transaction(mem, -ETIMEDOUT);
		check_try(mem);
		queue_delayed_work(limit_queue, &limit->check_work,
				   holds ? CHECK_INTERVAL_WHILE_HOLDING : CHECK_INTERVAL);
	}
	spin_unlock(&limit_lock);
	thread_end_coverage();
}

/*
 * Check whether there is a node on which the task that runs out of memory may not allocate. The
 * device's node does not count, unless it is the only one. If there is such a node, it may still
 * have free memory, and the OOM killer should deal with the task. For a task with the policy
 * MPOL_BIND the result is true, even if that policy allows all nodes.
 */
static bool is_confined(const struct kmem_memory *mem)
{
	nodemask_t nodes = node_states[N_MEMORY];
#ifdef CONFIG_NUMA
	const struct mempolicy *policy = current->mempolicy;

	if (policy && policy->mode == MPOL_BIND)
		return true;
#endif
	if (nodes_weight(nodes) > 1)
		node_clear(mem->nid, nodes);
	return !nodes_subset(nodes, cpuset_current_mems_allowed);
}

/* Check whether the task that runs out of memory may allocate on the device's node. */
static bool may_use_node(const struct kmem_memory *mem)
{
#ifdef CONFIG_NUMA
	const struct mempolicy *policy = current->mempolicy;

	if (policy && policy->mode == MPOL_BIND && !node_isset(mem->nid, policy->nodes))
		return false;
#endif
	return node_isset(mem->nid, cpuset_current_mems_allowed);
}

/*
 * OOM notifier: the kernel calls it before it kills a process. If the pages that an
 * unplug has still to migrate no longer fit elsewhere, this unplug has made memory
 * short. It is ended, and the memory that it has taken offline comes back.
 */
static int oom_event(struct notifier_block *nb, unsigned long unused,
		     void *data)
{
	unsigned long *freed = data;
	struct kmem_memory *mem;

	spin_lock(&limit_lock);
	list_for_each_entry(mem, &limit_list, limit.node) {
		struct kmem_limit *limit = &mem->limit;

		if (may_use_node(mem))
			*freed += hold_free_some(mem);
		if (!READ_ONCE(end_unplug_on_oom) || is_confined(mem))
			continue;
		if (limit->err != -ENOMEM) {
			if (limit->undo || limit->err ||
			    migration_fits_now(mem))
				continue;
			limit->oom_since = jiffies;
			end_transaction(mem, -ENOMEM);
		}
		/* A number other than 0 makes the kernel try the allocation again. */
		*freed += time_before(jiffies, limit->oom_since + OOM_GRACE);
	}
	spin_unlock(&limit_lock);
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = oom_event,
};

int limit_init(void)
{
	int err;

	limit_queue = alloc_workqueue("kmem_limit", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!limit_queue)
		return -ENOMEM;
	err = compat_register_oom_notifier(&oom_notifier);
	if (err)
		destroy_workqueue(limit_queue);
	return err;
}

void limit_exit(void)
{
	compat_unregister_oom_notifier(&oom_notifier);
	destroy_workqueue(limit_queue);
}

unsigned int limit_get_timeout_ms(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->limit.timeout_ms);
}

void limit_set_timeout_ms(struct kmem_memory *mem, unsigned int ms)
{
	WRITE_ONCE(mem->limit.timeout_ms, ms);
}

unsigned int limit_get_stall_ms(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->limit.stall_ms);
}

void limit_set_stall_ms(struct kmem_memory *mem, unsigned int ms)
{
	WRITE_ONCE(mem->limit.stall_ms, ms);
}

void limit_setup(struct kmem_memory *mem)
{
	INIT_DELAYED_WORK(&mem->limit.check_work, check_limits);
	INIT_LIST_HEAD(&mem->limit.node);
	mem->limit.stall_ms = DEFAULT_STALL_MS;
}

/* Return: the time @ms milliseconds from now, in jiffies; 0, which means never, if @ms is 0. */
static unsigned long deadline_after(unsigned int ms)
{
	return ms ? (jiffies + msecs_to_jiffies(ms)) ?: 1 : 0;
}

void limit_begin(struct kmem_memory *mem, bool unplug)
{
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	/* Signals that were sent before do not concern this transaction. */
	flush_signals(current);
	limit->running = true;
	limit->undo = false;
	limit->err = 0;
	limit->trying = false;
	limit->deadline = unplug ? deadline_after(READ_ONCE(limit->timeout_ms)) : 0;
	if (unplug)
		list_add(&limit->node, &limit_list);
	queue_delayed_work(limit_queue, &limit->check_work, CHECK_INTERVAL);
	spin_unlock(&limit_lock);
}

void limit_begin_undo(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	flush_signals(current);
	limit->undo = true;
	limit->undo_left = msecs_to_jiffies(READ_ONCE(limit->stall_ms)) + UNDO_GRACE;
	spin_unlock(&limit_lock);
}

void limit_end(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	list_del_init(&limit->node);
	limit->running = false;
	limit->err = 0;
	spin_unlock(&limit_lock);
	cancel_delayed_work_sync(&limit->check_work);
	flush_signals(current);
}

void limit_interrupt(struct kmem_memory *mem, int err)
{
	spin_lock(&limit_lock);
	end_transaction(mem, err);
	spin_unlock(&limit_lock);
}

int limit_reached(struct kmem_memory *mem)
{
	int err;

	spin_lock(&limit_lock);
	err = mem->limit.err;
	/*
	 * If limit.c has recorded no error, a pending signal is from another task, for example
	 * from kill(1).
	 */
	if (!err && !mem->limit.undo && signal_pending(current))
		err = -EINTR;
	spin_unlock(&limit_lock);
	return err;
}

void limit_begin_switch(struct kmem_memory *mem, unsigned long pfn,
			unsigned long end_pfn)
{
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	limit->pfn = pfn;
	limit->end_pfn = end_pfn;
	limit->fewest = ULONG_MAX;
	limit->progress = jiffies;
	spin_unlock(&limit_lock);
}

void limit_try_begin(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;

	spin_lock(&limit_lock);
	limit->trying = true;
	limit->tries++;
	limit->try_err = 0;
	limit->moving = false;
	limit->counted = jiffies;
	spin_unlock(&limit_lock);
}

int limit_try_end(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;
	unsigned long since;
	int err;

	spin_lock(&limit_lock);
	limit->trying = false;
	limit->tries++;
	err = limit->undo ? 0 : limit->err;
	if (!err && limit->try_err) {
		err = limit->try_err;
		flush_signals(current);
	}
	if (!err && !limit->undo && signal_pending(current))
		err = -EINTR;
	/* A signal that limit.c did not send must not end an undo. */
	if (limit->undo && signal_pending(current)) {
		flush_signals(current);
		err = err ?: -EAGAIN;
	}
	if (err == -ETIMEDOUT && limit->undo) {
		since = jiffies - limit->progress;
		limit->undo_left -= min(since, limit->undo_left);
	}
	spin_unlock(&limit_lock);
	return err;
}

bool limit_is_half_stalled(struct kmem_memory *mem)
{
	struct kmem_limit *limit = &mem->limit;
	unsigned long stall;
	bool half;

	spin_lock(&limit_lock);
	stall = stall_time(limit) ?: msecs_to_jiffies(DEFAULT_STALL_MS);
	half = time_after_eq(jiffies, limit->progress + stall / 2);
	spin_unlock(&limit_lock);
	return half;
}

bool limit_is_undo_exhausted(struct kmem_memory *mem)
{
	bool exhausted;

	spin_lock(&limit_lock);
	exhausted = mem->limit.undo && !mem->limit.undo_left &&
		    stall_time(&mem->limit);
	spin_unlock(&limit_lock);
	return exhausted;
}
