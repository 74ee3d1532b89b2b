// SPDX-License-Identifier: GPL-2.0-only
/* The memory notifiers and the notifier of the memory bus; see guard.h. */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "block_table.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "memory.h"
#include "notifiers.h"
#include "params.h"
#include "poison.h"
#include "report.h"

/* High, so that a veto comes before another notifier begins to prepare for the switch. */
#define GUARD_PRIORITY	1000

/* Schedule a report of a change that no transaction has made. Caller holds table_lock. */
static void report_change(struct kmem_memory *mem)
{
	if (!mem->guard.owner)
		report_schedule(mem, table_device_state_locked(mem));
}

/* Decide whether to veto a switch by the current task. Caller holds table_lock. */
static bool is_vetoed(const struct kmem_guard *guard, bool online)
{
	if (guard->owner == current)
		return online && guard->veto_onlines;
	if (guard->owner)
		return guard->mode != GUARD_OFF;
	/* Without a device nobody can unplug the blocks or change the guard mode. */
	return guard->mode == GUARD_ALWAYS && !guard->device_removed;
}

static struct notifier_block guard_last_notifier;

/*
 * The time when a task without a transaction last began or ended a switch of any memory block
 * of the machine, in jiffies. A switch that was vetoed counts, too. This time is written with
 * table_lock held; guard_others_switched_recently() reads it without the lock.
 */
static unsigned long others_switched;

/* After a switch by another task, more such switches are expected for this time, in jiffies. */
#define OTHERS_GO_ON	(10 * HZ)

/* Get the page frames of the whole block that contains the byte at @addr. */
static void get_block_frames(u64 addr, unsigned long *pfn, unsigned long *end)
{
	unsigned long pages = PHYS_PFN(memory_block_size_bytes());

	*pfn = PHYS_PFN(addr) / pages * pages;
	*end = *pfn + pages;
}

/*
 * Record the bad pages of a block that has gone offline. They must be recorded now,
 * because the kernel's marks are lost when the block comes online again or is removed.
 * The caller is a notifier, so the hotplug locks are held and the block exists.
 */
static void record_poison(u64 addr)
{
	unsigned long pfn, end;
	struct kmem_memory *mem;
	unsigned int block;

	if (!table_may_have_poison_at(addr))
		return;
	get_block_frames(addr, &pfn, &end);
	if (poison_record(pfn, end) >= 0)
		return;
	pr_err("kmem: memory%llu: no memory to remember its bad pages\n",
	       addr / memory_block_size_bytes());
	spin_lock(&table_lock);
	mem = table_find(addr, &block);
	if (mem)
		poison_set_lost(mem);
	spin_unlock(&table_lock);
}

static void retire_poison_later(u64 addr)
{
	unsigned long pfn, end;

	get_block_frames(addr, &pfn, &end);
	poison_retire_later(pfn, end);
}

static int guard_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	const struct memory_notify *arg = data;
	u64 addr = PFN_PHYS(arg->start_pfn);
	struct kmem_guard *guard;
	struct kmem_memory *mem;
	enum memory_event event = compat_memory_event(action);
	bool outsider = false;
	bool vetoed = false;
	bool query = false;
	bool goes = false;
	unsigned int block;

	if (event == EVENT_OFFLINE)
		record_poison(addr);

	spin_lock(&table_lock);
	mem = table_find(addr, &block);
	if (event != EVENT_OTHER && !(mem && mem->guard.owner == current))
		WRITE_ONCE(others_switched, jiffies);
	if (mem) {
		guard = &mem->guard;
		outsider = guard->owner != current;
		switch (event) {
		case EVENT_GOING_ONLINE:
			vetoed = is_vetoed(guard, true);
			break;
		case EVENT_GOING_OFFLINE:
			vetoed = is_vetoed(guard, false);
			if (!outsider)
				WRITE_ONCE(guard->begun, true);
			query = !outsider && guard->dry_run;
			goes = !outsider && !guard->dry_run;
			break;
		case EVENT_ONLINE:
			table_set_online(mem, block, arg->start_pfn);
			break;
		case EVENT_OFFLINE:
			table_set_offline(mem, block);
			break;
		case EVENT_OTHER:
			break;
		}
		guard->vetoes += vetoed && outsider;
		report_change(mem);
	}
	spin_unlock(&table_lock);

	if (event == EVENT_OFFLINE)
		table_wait_for_scans();
	if (vetoed && outsider)
		pr_notice_ratelimited(
			"kmem: memory%llu: kept as it is: %s[%d] may not switch it now\n",
			addr / memory_block_size_bytes(), current->comm,
			task_pid_nr(current));
	/*
	 * The block is isolated, so no other task can allocate the pages that are freed
	 * here.
	 */
	if (goes)
		hold_free_block(mem, block);
	if (event == EVENT_ONLINE && outsider)
		retire_poison_later(addr);
	/*
	 * mem->lock protects the results that notifiers_query() writes. This code runs in the
	 * thread of @mem, and the task that waits for the thread holds that lock.
	 */
	if (query && notifiers_has_more(mem) && READ_ONCE(ask_other_notifiers))
		notifiers_query(mem, nb, &guard_last_notifier, arg);
	return vetoed ? notifier_from_errno(-EBUSY) : NOTIFY_OK;
}

static struct notifier_block guard_notifier = {
	.notifier_call = guard_event,
	.priority = GUARD_PRIORITY,
};

/*
 * The guard's second notifier runs last. If the kernel calls it, the kernel has isolated
 * the block and no other notifier has vetoed the offline. A dry run ends here, before the
 * first page is migrated.
 */
static int guard_last_event(struct notifier_block *nb, unsigned long action,
			    void *data)
{
	const struct memory_notify *arg = data;
	struct kmem_memory *mem;
	bool stop = false;
	unsigned int block;

	if (compat_memory_event(action) != EVENT_GOING_OFFLINE)
		return NOTIFY_OK;
	spin_lock(&table_lock);
	mem = table_find(PFN_PHYS(arg->start_pfn), &block);
	if (mem && mem->guard.owner == current) {
		WRITE_ONCE(mem->guard.accepted, true);
		stop = mem->guard.dry_run;
	}
	spin_unlock(&table_lock);
	return stop ? notifier_from_errno(-ECANCELED) : NOTIFY_OK;
}

static struct notifier_block guard_last_notifier = {
	.notifier_call = guard_last_event,
	.priority = INT_MIN,
};

/* Notifier of the memory bus; the kernel calls it with the hotplug lock held. */
static int guard_bus_event(struct notifier_block *nb, unsigned long action,
			   void *data)
{
	struct kmem_memory *mem;

	if (action != BUS_NOTIFY_ADD_DEVICE && action != BUS_NOTIFY_DEL_DEVICE &&
	    action != BUS_NOTIFY_REMOVED_DEVICE)
		return NOTIFY_OK;

	spin_lock(&table_lock);
	mem = table_bus_event(action, data);
	if (mem)
		report_change(mem);
	spin_unlock(&table_lock);
	return NOTIFY_OK;
}

static struct notifier_block guard_bus_notifier = {
	.notifier_call = guard_bus_event,
};

int guard_init(void)
{
	int err;

	others_switched = jiffies - OTHERS_GO_ON;
	err = blocks_register_notifier(&guard_bus_notifier);
	if (err)
		return err;
	err = register_memory_notifier(&guard_notifier);
	if (err)
		goto out_bus;
	err = register_memory_notifier(&guard_last_notifier);
	if (err)
		goto out_first;
	return 0;

out_first:
	unregister_memory_notifier(&guard_notifier);
out_bus:
	blocks_unregister_notifier(&guard_bus_notifier);
	return err;
}

void guard_exit(void)
{
	blocks_unregister_notifier(&guard_bus_notifier);
	unregister_memory_notifier(&guard_last_notifier);
	unregister_memory_notifier(&guard_notifier);
}

void guard_setup(struct kmem_memory *mem)
{
	mem->guard.mode = GUARD_TRANSITION;
}

void guard_set_owner(struct kmem_memory *mem, struct task_struct *task)
{
	spin_lock(&table_lock);
	mem->guard.owner = task;
	spin_unlock(&table_lock);
}

void guard_set_veto_onlines(struct kmem_memory *mem, bool veto)
{
	spin_lock(&table_lock);
	mem->guard.veto_onlines = veto;
	spin_unlock(&table_lock);
}

void guard_begin_offline(struct kmem_memory *mem, bool dry_run)
{
	spin_lock(&table_lock);
	mem->guard.dry_run = dry_run;
	WRITE_ONCE(mem->guard.begun, false);
	WRITE_ONCE(mem->guard.accepted, false);
	spin_unlock(&table_lock);
}

bool guard_notifiers_accepted(struct kmem_memory *mem)
{
	return READ_ONCE(mem->guard.accepted);
}

bool guard_notifier_vetoed(struct kmem_memory *mem)
{
	return READ_ONCE(mem->guard.begun) && !READ_ONCE(mem->guard.accepted);
}

bool guard_others_switched_recently(void)
{
	return time_before(jiffies, READ_ONCE(others_switched) + OTHERS_GO_ON);
}

unsigned long guard_get_vetoes(struct kmem_memory *mem)
{
	unsigned long vetoes;

	spin_lock(&table_lock);
	vetoes = mem->guard.vetoes;
	spin_unlock(&table_lock);
	return vetoes;
}

const char *guard_mode_name(enum guard_mode mode)
{
	static const char *const names[] = {
		[GUARD_OFF] = "off",
		[GUARD_TRANSITION] = "transition",
		[GUARD_ALWAYS] = "always",
	};

	return names[mode];
}

enum guard_mode guard_get_mode(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->guard.mode);
}

void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode)
{
	spin_lock(&table_lock);
	WRITE_ONCE(mem->guard.mode, mode);	/* guard_get_mode() takes no lock */
	spin_unlock(&table_lock);
}

static bool has_addresses(const struct kmem_memory *mem, const struct range *addresses)
{
	const struct engine_range *r = mem->engine.ranges;

	for (; r < mem->engine.ranges + mem->engine.nr_ranges; r++)
		if (r->start <= addresses->end && addresses->start < r->start + r->size)
			return true;
	return false;
}

void guard_note_device_removal(const struct device *dev, const struct range *addresses)
{
	const struct device *owner;
	struct kmem_memory *mem;

	spin_lock(&table_lock);
	for (mem = table_next(NULL); mem; mem = table_next(mem)) {
		owner = READ_ONCE(mem->dev);
		if (owner == dev || (!owner && has_addresses(mem, addresses)))
			WRITE_ONCE(mem->guard.device_removed, true);
	}
	spin_unlock(&table_lock);
}

void guard_note_device_bound(struct kmem_memory *mem)
{
	spin_lock(&table_lock);
	WRITE_ONCE(mem->guard.device_removed, false);
	spin_unlock(&table_lock);
}

bool guard_is_device_removed(struct kmem_memory *mem)
{
	return READ_ONCE(mem->guard.device_removed);
}
