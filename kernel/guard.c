// SPDX-License-Identifier: GPL-2.0-only
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "listeners.h"

/*
 * Protects guard_list and the guard's part of every kmem_memory in it. The
 * notifier runs under the kernel's hotplug locks, which a transaction takes
 * while it holds kmem_memory.lock: so this lock, and never that one, is what
 * the notifier may wait for.
 */
static DEFINE_SPINLOCK(guard_lock);
static LIST_HEAD(guard_list);

/* Ask first: before any other listener has begun to prepare for the switch. */
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

static enum block_state state_of_page(unsigned long pfn)
{
	return page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE ? BLOCK_MOVABLE :
								BLOCK_KERNEL;
}

static bool refuses(const struct kmem_memory *mem, bool online)
{
	if (mem->owner == current)
		return online && mem->hold_offline;
	if (mem->guard == GUARD_TRANSITION)
		return mem->owner;
	return mem->guard == GUARD_ALWAYS;
}

static struct notifier_block guard_last_notifier;

static int guard_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	const struct memory_notify *arg = data;
	u64 addr = PFN_PHYS(arg->start_pfn);
	struct kmem_memory *mem;
	bool outsider = false;
	bool refused = false;
	bool ask = false;
	unsigned int block;

	spin_lock(&guard_lock);
	mem = find_block(addr, &block);
	if (mem) {
		outsider = mem->owner != current;
		switch (compat_memory_event(action)) {
		case EVENT_GOING_ONLINE:
			refused = refuses(mem, true);
			break;
		case EVENT_GOING_OFFLINE:
			refused = refuses(mem, false);
			mem->begun |= !outsider;
			ask = !outsider && mem->asking;
			break;
		case EVENT_ONLINE:
			set_block(mem, block, state_of_page(arg->start_pfn));
			break;
		case EVENT_OFFLINE:
			set_block(mem, block, BLOCK_OFFLINE);
			break;
		case EVENT_OTHER:
			break;
		}
		mem->vetoes += refused && outsider;
		if (!mem->owner && state_of(mem->count, mem->requested) !=
					   READ_ONCE(mem->reported))
			schedule_work(&mem->report);
	}
	spin_unlock(&guard_lock);

	if (refused && outsider)
		pr_notice_ratelimited(
			"kmem: memory%llu: kept as it is: %s[%d] may not switch it now\n",
			addr / memory_block_size_bytes(), current->comm,
			task_pid_nr(current));
	/* The current task holds the lock that @answer is protected by. */
	if (ask && !mem->answer.known)
		listeners_ask(mem, nb, &guard_last_notifier, arg);
	return refused ? notifier_from_errno(-EBUSY) : NOTIFY_OK;
}

static struct notifier_block guard_notifier = {
	.notifier_call = guard_event,
	.priority = GUARD_PRIORITY,
};

/*
 * And asked last as well: who comes here finds that the kernel could isolate the
 * block and nobody refuses. If that is all there was to know, it ends here,
 * before the first page is moved.
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

int guard_init(void)
{
	int err = register_memory_notifier(&guard_notifier);

	if (err)
		return err;
	err = register_memory_notifier(&guard_last_notifier);
	if (err)
		unregister_memory_notifier(&guard_notifier);
	return err;
}

void guard_exit(void)
{
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
	spin_lock(&guard_lock);
	list_del(&mem->node);
	spin_unlock(&guard_lock);
}

static bool same_ranges(const struct kmem_memory *mem,
			const struct engine_range *ranges, unsigned int nr)
{
	unsigned int i;

	if (mem->engine.nr_ranges != nr)
		return false;
	for (i = 0; i < nr; i++)
		if (mem->engine.ranges[i].start != ranges[i].start ||
		    mem->engine.ranges[i].size != ranges[i].size)
			return false;
	return true;
}

struct kmem_memory *guard_find(int nid, const struct engine_range *ranges,
			       unsigned int nr)
{
	struct kmem_memory *mem, *found = NULL;

	spin_lock(&guard_lock);
	list_for_each_entry(mem, &guard_list, node) {
		if (mem->nid == nid && same_ranges(mem, ranges, nr)) {
			found = mem;
			break;
		}
	}
	spin_unlock(&guard_lock);
	return found;
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

void guard_set_range(struct kmem_memory *mem, unsigned int range,
		     enum block_state state)
{
	const struct engine_range *r = &mem->engine.ranges[range];
	unsigned int i;

	spin_lock(&guard_lock);
	for (i = r->first; i < r->first + r->count; i++)
		set_block(mem, i, state);
	spin_unlock(&guard_lock);
}

void guard_adopt(struct kmem_memory *mem, unsigned int range,
		 struct device **blocks)
{
	const struct engine_range *r = &mem->engine.ranges[range];
	unsigned int i;

	/* In one piece with the look: an event comes before both or after. */
	spin_lock(&guard_lock);
	for (i = 0; i < r->count; i++)
		set_block(mem, r->first + i, block_look(blocks[i]));
	spin_unlock(&guard_lock);
}

enum block_state guard_block(struct kmem_memory *mem, unsigned int block)
{
	return READ_ONCE(mem->state[block]);
}

enum device_state guard_state(struct kmem_memory *mem)
{
	enum device_state state;

	spin_lock(&guard_lock);
	state = state_of(mem->count, mem->requested);
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
