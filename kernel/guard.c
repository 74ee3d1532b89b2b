// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory notifiers, the notifier of the memory bus, and the state that they keep
 * for each block; see guard.h.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "listeners.h"
#include "memory.h"
#include "poison.h"
#include "switches.h"

/*
 * Protects guard_list and, in every kmem_memory in it, the members that memory.h names
 * for it.
 *
 * A memory notifier runs under the kernel's hotplug locks, and a transaction takes
 * those locks while it holds kmem_memory.lock. The notifiers must therefore never wait
 * for kmem_memory.lock; they take only this lock.
 */
static DEFINE_SPINLOCK(guard_lock);
static LIST_HEAD(guard_list);

/*
 * Held for reading while the page structures of an online block are read. When a block
 * has gone offline, the kernel invalidates its page structures
 * (remove_pfn_range_from_zone()) right after it has called the notifiers. On that event
 * guard_event() takes the lock for writing and releases it at once, and so waits for
 * all readers. The lock is taken inside the hotplug locks, and no hotplug lock is taken
 * inside it.
 */
static DECLARE_RWSEM(scan_lock);

/* High, so that a veto comes before another notifier begins to prepare for the switch. */
#define GUARD_PRIORITY	1000

static struct kmem_memory *find_block(u64 addr, unsigned int *block)
{
	struct kmem_memory *mem;

	list_for_each_entry(mem, &guard_list, node) {
		*block = engine_block_at(&mem->engine, addr);
		if (*block < mem->engine.nr_blocks)
			return mem;
	}
	return NULL;
}

static void set_block(struct kmem_memory *mem, unsigned int block,
		      enum block_state state)
{
	mem->count[mem->state[block]]--;
	mem->state[block] = state;
	mem->count[state]++;
}

/* Schedule a report of a change that no transaction has made. Caller holds guard_lock. */
static void report_change(struct kmem_memory *mem)
{
	if (!mem->owner &&
	    state_from_blocks(mem->count, mem->requested) != READ_ONCE(mem->reported))
		schedule_work(&mem->report);
}

static enum block_state state_of_page(unsigned long pfn)
{
	return page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE ? BLOCK_MOVABLE :
								BLOCK_KERNEL;
}

static bool may_have_poison(struct kmem_memory *mem, unsigned int block)
{
	return mem->blocks[block] && block_may_have_poison(mem->blocks[block]);
}

static bool refuses(const struct kmem_memory *mem, bool online)
{
	if (mem->owner == current)
		return online && mem->hold_offline;
	if (mem->owner)
		return mem->guard != GUARD_OFF;
	/* Without a device nobody can unplug the blocks or change the guard mode. */
	return mem->guard == GUARD_ALWAYS && !mem->device_gone;
}

static struct notifier_block guard_last_notifier;

/*
 * When a task without a transaction last switched a block of any memory, in jiffies.
 * Protected by guard_lock.
 */
static unsigned long others_switched;

/* How long after a switch other tasks are expected to switch more blocks, in jiffies. */
#define OTHERS_GO_ON	(10 * HZ)

/* Get the page frames of the whole block that contains the byte at @addr. */
static void frames_of_block(u64 addr, unsigned long *pfn, unsigned long *end)
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
static void note_poison(u64 addr)
{
	unsigned long pfn, end;
	struct kmem_memory *mem;
	unsigned int block;

	spin_lock(&guard_lock);
	mem = find_block(addr, &block);
	if (mem && !may_have_poison(mem, block))
		mem = NULL;
	spin_unlock(&guard_lock);
	if (!mem)
		return;
	frames_of_block(addr, &pfn, &end);
	if (poison_note(pfn, end) >= 0)
		return;
	pr_err("kmem: memory%llu: no memory to remember its bad pages\n",
	       addr / memory_block_size_bytes());
	spin_lock(&guard_lock);
	mem = find_block(addr, &block);
	if (mem)
		mem->poison_lost = true;
	spin_unlock(&guard_lock);
}

static void retire_poison(u64 addr)
{
	unsigned long pfn, end;

	frames_of_block(addr, &pfn, &end);
	poison_retire_later(pfn, end);
}

static int guard_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	const struct memory_notify *arg = data;
	u64 addr = PFN_PHYS(arg->start_pfn);
	struct kmem_memory *mem;
	enum memory_event event = compat_memory_event(action);
	bool outsider = false;
	bool refused = false;
	bool ask = false;
	bool goes = false;
	unsigned int block;

	if (event == EVENT_OFFLINE)
		note_poison(addr);

	spin_lock(&guard_lock);
	mem = find_block(addr, &block);
	if (event != EVENT_OTHER && !(mem && mem->owner == current))
		others_switched = jiffies;
	if (mem) {
		outsider = mem->owner != current;
		switch (event) {
		case EVENT_GOING_ONLINE:
			refused = refuses(mem, true);
			break;
		case EVENT_GOING_OFFLINE:
			refused = refuses(mem, false);
			mem->begun |= !outsider;
			ask = !outsider && mem->asking;
			goes = !outsider && !mem->asking;
			break;
		case EVENT_ONLINE:
			set_block(mem, block, state_of_page(arg->start_pfn));
			/*
			 * Linux 6.12 sets this only after it has called the notifiers
			 * of the bus.
			 */
			if (mem->blocks[block])
				mem->memmap_pages = block_memmap_pages(mem->blocks[block]);
			break;
		case EVENT_OFFLINE:
			set_block(mem, block, BLOCK_OFFLINE);
			break;
		case EVENT_OTHER:
			break;
		}
		mem->vetoes += refused && outsider;
		report_change(mem);
	}
	spin_unlock(&guard_lock);

	if (event == EVENT_OFFLINE) {
		down_write(&scan_lock);
		up_write(&scan_lock);
	}
	if (refused && outsider)
		pr_notice_ratelimited(
			"kmem: memory%llu: kept as it is: %s[%d] may not switch it now\n",
			addr / memory_block_size_bytes(), current->comm,
			task_pid_nr(current));
	/*
	 * The block is isolated, so no other task can allocate the pages that are freed
	 * here.
	 */
	if (goes)
		hold_give_back(mem, block);
	if (event == EVENT_ONLINE && outsider)
		retire_poison(addr);
	/*
	 * listeners_ask() writes @answer. The task that waits for this thread holds
	 * mem->lock, which protects it.
	 */
	if (ask && mem->answer.next < mem->engine.nr_blocks &&
	    READ_ONCE(ask_other_notifiers))
		listeners_ask(mem, nb, &guard_last_notifier, arg);
	return refused ? notifier_from_errno(-EBUSY) : NOTIFY_OK;
}

static struct notifier_block guard_notifier = {
	.notifier_call = guard_event,
	.priority = GUARD_PRIORITY,
};

/*
 * The guard's second notifier runs last. If the kernel calls it, the kernel could
 * isolate the block and no other notifier has vetoed the offline. A dry run ends here,
 * before the first page is migrated.
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
	spin_lock(&guard_lock);
	mem = find_block(PFN_PHYS(arg->start_pfn), &block);
	if (mem && mem->owner == current) {
		mem->agreed = true;
		stop = mem->asking;
	}
	spin_unlock(&guard_lock);
	return stop ? notifier_from_errno(-ECANCELED) : NOTIFY_OK;
}

static struct notifier_block guard_last_notifier = {
	.notifier_call = guard_last_event,
	.priority = INT_MIN,
};

/*
 * Number of blocks of the machine that were removed. A scan is repeated if this number
 * changes meanwhile. Protected by guard_lock.
 */
static unsigned long removals;

static void block_came(struct kmem_memory *mem, unsigned int block,
		       struct device *dev, enum block_state state)
{
	if (mem->blocks[block])
		return;
	mem->blocks[block] = get_device(dev);
	mem->memmap_pages = block_memmap_pages(dev);
	if (mem->state[block] == BLOCK_ABSENT)
		set_block(mem, block, state);
}

static void block_went(struct kmem_memory *mem, unsigned int block)
{
	/* This is not the last reference: the caller that removes the block holds one. */
	put_device(mem->blocks[block]);
	mem->blocks[block] = NULL;
	set_block(mem, block, BLOCK_ABSENT);
}

/* Notifier of the memory bus; the kernel calls it with the hotplug lock held. */
static int guard_bus_event(struct notifier_block *nb, unsigned long action,
			   void *data)
{
	struct device *dev = data;
	struct kmem_memory *mem;
	unsigned int block;

	if (action != BUS_NOTIFY_ADD_DEVICE && action != BUS_NOTIFY_DEL_DEVICE &&
	    action != BUS_NOTIFY_REMOVED_DEVICE)
		return NOTIFY_OK;

	spin_lock(&guard_lock);
	if (action != BUS_NOTIFY_ADD_DEVICE)
		removals++;
	mem = find_block(block_start(dev), &block);
	if (mem && action == BUS_NOTIFY_ADD_DEVICE)
		block_came(mem, block, dev, BLOCK_OFFLINE);
	else if (mem && action == BUS_NOTIFY_REMOVED_DEVICE)
		block_went(mem, block);
	if (mem)
		report_change(mem);
	spin_unlock(&guard_lock);
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

void guard_watch(struct kmem_memory *mem)
{
	spin_lock(&guard_lock);
	list_add_tail(&mem->node, &guard_list);
	spin_unlock(&guard_lock);
}

void guard_unwatch(struct kmem_memory *mem)
{
	unsigned int block;

	spin_lock(&guard_lock);
	list_del(&mem->node);
	for (block = 0; block < mem->engine.nr_blocks; block++)
		if (mem->blocks[block])
			block_went(mem, block);
	spin_unlock(&guard_lock);
}

static bool same_ranges(const struct engine *a, const struct engine *b)
{
	unsigned int i;

	if (a->nr_ranges != b->nr_ranges)
		return false;
	for (i = 0; i < a->nr_ranges; i++)
		if (a->ranges[i].start != b->ranges[i].start ||
		    a->ranges[i].size != b->ranges[i].size)
			return false;
	return true;
}

static bool ranges_overlap(const struct engine *a, const struct engine *b)
{
	const struct engine_range *r, *q;

	for (r = a->ranges; r < a->ranges + a->nr_ranges; r++)
		for (q = b->ranges; q < b->ranges + b->nr_ranges; q++)
			if (r->start < q->start + q->size &&
			    q->start < r->start + r->size)
				return true;
	return false;
}

struct kmem_memory *guard_find_overlap(const struct kmem_memory *new, bool *same)
{
	struct kmem_memory *mem, *found = NULL;

	spin_lock(&guard_lock);
	list_for_each_entry(mem, &guard_list, node) {
		if (!ranges_overlap(&mem->engine, &new->engine))
			continue;
		found = mem;
		*same = mem->nid == new->nid && same_ranges(&mem->engine, &new->engine);
		break;
	}
	spin_unlock(&guard_lock);
	return found;
}

static int scan_block(struct device *dev, void *data)
{
	struct kmem_memory *mem = data;
	unsigned int block;

	spin_lock(&guard_lock);
	block = engine_block_at(&mem->engine, block_start(dev));
	/*
	 * The state is read and stored under one guard_lock, so an event comes before
	 * both or after both.
	 */
	if (block < mem->engine.nr_blocks)
		block_came(mem, block, dev, block_look(dev));
	spin_unlock(&guard_lock);
	return 0;
}

/* Drop the blocks that a scan has found, because a block was removed meanwhile. */
static void drop_blocks(struct kmem_memory *mem)
{
	unsigned int block;

	spin_lock(&guard_lock);
	for (block = 0; block < mem->engine.nr_blocks; block++)
		if (mem->blocks[block])
			block_went(mem, block);
	spin_unlock(&guard_lock);
}

/*
 * Number of scans before the last one. Blocks are seldom removed, so a removal during
 * each scan is not expected.
 */
#define SCANS	5

void guard_scan(struct kmem_memory *mem)
{
	unsigned long before;
	int i;

	for (i = 0; i < SCANS; i++) {
		before = READ_ONCE(removals);
		blocks_for_each(scan_block, mem);
		if (READ_ONCE(removals) == before)
			return;
		drop_blocks(mem);
	}
	blocks_for_each(scan_block, mem);
}

struct device *guard_get_device(struct kmem_memory *mem, unsigned int block)
{
	struct device *dev;

	spin_lock(&guard_lock);
	dev = get_device(mem->blocks[block]);
	spin_unlock(&guard_lock);
	return dev;
}

bool guard_begin_scan(struct kmem_memory *mem, unsigned int block)
{
	enum block_state state;

	down_read(&scan_lock);
	state = guard_block(mem, block);
	if (state == BLOCK_KERNEL || state == BLOCK_MOVABLE)
		return true;
	up_read(&scan_lock);
	return false;
}

void guard_end_scan(void)
{
	up_read(&scan_lock);
}

bool guard_may_have_poison(struct kmem_memory *mem, unsigned int block)
{
	bool may;

	spin_lock(&guard_lock);
	may = may_have_poison(mem, block);
	spin_unlock(&guard_lock);
	return may;
}

bool guard_kernel_counts_poison(struct kmem_memory *mem, unsigned int block)
{
	bool counts;

	spin_lock(&guard_lock);
	counts = mem->blocks[block] && block_counts_poison(mem->blocks[block]);
	spin_unlock(&guard_lock);
	return counts;
}

void guard_own(struct kmem_memory *mem, struct task_struct *task)
{
	spin_lock(&guard_lock);
	mem->owner = task;
	spin_unlock(&guard_lock);
}

void guard_hold_offline(struct kmem_memory *mem, bool hold)
{
	spin_lock(&guard_lock);
	mem->hold_offline = hold;
	spin_unlock(&guard_lock);
}

void guard_begin_offline(struct kmem_memory *mem, bool asking)
{
	spin_lock(&guard_lock);
	mem->asking = asking;
	mem->begun = false;
	mem->agreed = false;
	spin_unlock(&guard_lock);
}

bool guard_agreed(struct kmem_memory *mem)
{
	return READ_ONCE(mem->agreed);
}

bool guard_refused(struct kmem_memory *mem)
{
	return READ_ONCE(mem->begun) && !READ_ONCE(mem->agreed);
}

bool guard_others_switch(void)
{
	return time_before(jiffies, READ_ONCE(others_switched) + OTHERS_GO_ON);
}

enum block_state guard_block(struct kmem_memory *mem, unsigned int block)
{
	return READ_ONCE(mem->state[block]);
}

unsigned long guard_note_memmap(struct kmem_memory *mem, unsigned int block)
{
	unsigned long pages;

	spin_lock(&guard_lock);
	if (mem->blocks[block])
		mem->memmap_pages = block_memmap_pages(mem->blocks[block]);
	pages = mem->memmap_pages;
	spin_unlock(&guard_lock);
	return pages;
}

unsigned long guard_memmap_pages(struct kmem_memory *mem)
{
	unsigned long pages;

	spin_lock(&guard_lock);
	pages = mem->memmap_pages *
		(mem->engine.nr_blocks - mem->count[BLOCK_ABSENT]);
	spin_unlock(&guard_lock);
	return pages;
}

enum device_state guard_state(struct kmem_memory *mem)
{
	enum device_state state;

	spin_lock(&guard_lock);
	state = state_from_blocks(mem->count, mem->requested);
	spin_unlock(&guard_lock);
	return state;
}

unsigned long guard_count(struct kmem_memory *mem,
			  unsigned int count[BLOCK_STATES])
{
	unsigned long vetoes;

	spin_lock(&guard_lock);
	memcpy(count, mem->count, sizeof(mem->count));
	vetoes = mem->vetoes;
	spin_unlock(&guard_lock);
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

void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode)
{
	spin_lock(&guard_lock);
	mem->guard = mode;
	spin_unlock(&guard_lock);
}

static bool has_addresses(const struct kmem_memory *mem, const struct range *addresses)
{
	const struct engine_range *r = mem->engine.ranges;

	for (; r < mem->engine.ranges + mem->engine.nr_ranges; r++)
		if (r->start <= addresses->end && addresses->start < r->start + r->size)
			return true;
	return false;
}

void guard_device_goes(const struct device *dev, const struct range *addresses)
{
	const struct device *owner;
	struct kmem_memory *mem;

	spin_lock(&guard_lock);
	list_for_each_entry(mem, &guard_list, node) {
		owner = READ_ONCE(mem->dev);
		if (owner == dev || (!owner && has_addresses(mem, addresses)))
			mem->device_gone = true;
	}
	spin_unlock(&guard_lock);
}

void guard_device_is_back(struct kmem_memory *mem)
{
	spin_lock(&guard_lock);
	mem->device_gone = false;
	spin_unlock(&guard_lock);
}

bool guard_device_gone(struct kmem_memory *mem)
{
	return READ_ONCE(mem->device_gone);
}

unsigned int guard_online(struct kmem_memory *mem)
{
	unsigned int online;

	spin_lock(&guard_lock);
	online = mem->count[BLOCK_KERNEL] + mem->count[BLOCK_MOVABLE];
	spin_unlock(&guard_lock);
	return online;
}

enum online_type guard_request(struct kmem_memory *mem, enum online_type type)
{
	enum online_type former;

	spin_lock(&guard_lock);
	former = mem->requested;
	mem->requested = type;
	spin_unlock(&guard_lock);
	return former;
}
