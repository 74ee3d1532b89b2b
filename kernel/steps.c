// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "blockers.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "memmap.h"
#include "pages.h"
#include "poison.h"
#include "space.h"
#include "steps.h"
#include "switches.h"

/* The name by which kexec tooling knows memory that a driver manages. */
#define RESOURCE_NAME	"System RAM (kmem)"

u64 steps_block_number(const struct kmem_memory *mem, unsigned int block)
{
	return engine_block_start(&mem->engine, block) / memory_block_size_bytes();
}

static unsigned long first_pfn(const struct kmem_memory *mem, unsigned int block)
{
	return PHYS_PFN(engine_block_start(&mem->engine, block));
}

static unsigned long end_pfn(const struct kmem_memory *mem, unsigned int block)
{
	return first_pfn(mem, block) + PHYS_PFN(memory_block_size_bytes());
}

/* The first page that is not a page structure of the block itself. */
static unsigned long first_own_pfn(const struct kmem_memory *mem, unsigned int block)
{
	return first_pfn(mem, block) + mem->memmap_pages;
}

/*
 * Whoever writes to memoryN/state tries for the hotplug lock, and sleeps 5 ms if it is
 * taken: for at most so many ticks as below. Switch upon switch, each of which takes the
 * lock again at once, would keep them out for as long as a transaction runs. So it pauses
 * twice a second, for a bit longer than they sleep. A pause costs as much as moving a
 * thousand pages: time in which pages were moved does not count as much, unless others
 * have switched blocks of late.
 */
#define PAUSE_INTERVAL	(HZ / 2)
#define PAUSE_AT_LATEST	(5 * HZ / 2)
#define OTHERS_SLEEP	(msecs_to_jiffies(5) + 1)
#define PAUSE_MORE_US	250

static void give_way(struct kmem_memory *mem)
{
	unsigned long since = mem->paused, us;

	if (time_after(mem->moved, since) && !guard_others_switch())
		since = mem->moved;
	if (time_before(jiffies, since + PAUSE_INTERVAL) &&
	    time_before(jiffies, mem->paused + PAUSE_AT_LATEST))
		return;
	us = jiffies_to_usecs(OTHERS_SLEEP) + PAUSE_MORE_US;
	usleep_range(us, us + PAUSE_MORE_US);
	mem->paused = jiffies;
}

u64 steps_reserved_size(const struct kmem_memory *mem, unsigned int range)
{
	u64 size = 0;

	do {
		size += mem->engine.ranges[range].size;
	} while (++range < mem->engine.nr_ranges && mem->engine.ranges[range].continues);
	return size;
}

static int op_reserve(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	struct resource *res;

	res = request_mem_region(r->start, steps_reserved_size(mem, range), mem->name);
	if (!res)
		return -EBUSY;
	/* Not busy: System RAM becomes a child of it. */
	res->flags = IORESOURCE_SYSTEM_RAM;
	mem->res[range] = res;
	return 0;
}

static void op_release(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;

	remove_resource(mem->res[range]);
	kfree(mem->res[range]);
	mem->res[range] = NULL;
}

/*
 * Adding and removing memory waits for the hotplug lock without a bound. So see first
 * that nobody keeps it for ever: this wait can be given up.
 */
static int wait_for_hotplug_lock(struct kmem_memory *mem)
{
	int err, why;

	do {
		limit_watch(mem, 0, 0);
		limit_try_begin(mem);
		err = blocks_wait_for_hotplug_lock();
		why = limit_try_end(mem);
	} while (err && why == -EAGAIN);
	return err ? why ?: err : 0;
}

static int remove_blocks(struct kmem_memory *mem, u64 start, u64 size)
{
	int err, why;

	err = wait_for_hotplug_lock(mem);
	if (err)
		return err;
	err = remove_memory(start, size);
	if (err != -EBUSY)
		return err;
	/* With the guard off, somebody switched a block on: both in one go. */
	limit_watch(mem, 0, 0);
	do {
		limit_try_begin(mem);
		err = offline_and_remove_memory(start, size);
		why = limit_try_end(mem);
	} while (err == -EINTR && why == -EAGAIN);
	return err == -EINTR && why ? why : err;
}

/* What can be added or removed with one call. */
static u64 call_size(const struct kmem_memory *mem, u64 size)
{
	return mem->self_hosted && compat_memmap_single_blocks() ?
		       memory_block_size_bytes() : size;
}

static int add_once(struct kmem_memory *mem, u64 start, u64 size)
{
	mhp_t flags = MHP_NID_IS_MGID | MHP_MERGE_RESOURCE;
	int err = wait_for_hotplug_lock(mem);

	if (err)
		return err;
	if (mem->self_hosted)
		flags |= MHP_MEMMAP_ON_MEMORY;
	guard_hold_offline(mem, true);
	err = compat_add_memory(mem->mgid, start, size, RESOURCE_NAME, flags,
				TYPE_OFFLINE);
	guard_hold_offline(mem, false);
	/* Nothing else is wrong with what it is given. */
	if (err == -EINVAL && mem->self_hosted && compat_memmap_single_blocks()) {
		memmap_log_refused(mem);
		err = -EOPNOTSUPP;
	}
	return err;
}

static bool is_present(struct kmem_memory *mem, unsigned int block)
{
	return guard_block(mem, block) != BLOCK_ABSENT;
}

u64 steps_space_needed(const struct kmem_memory *mem, u64 size)
{
	u64 block = memory_block_size_bytes(), structures = 0, more, margin = 0;

	if (!mem->self_hosted)
		structures = size / PAGE_SIZE * sizeof(struct page);
	/* Page tables for the page structures, and a device with its files for each block. */
	more = structures / 64 + size / block * SZ_8K;
	/*
	 * The call that adds a block of several sections must not fail in the middle (see
	 * add_size()). While it runs, another process may take as much memory as a block needs.
	 */
	if (structures && PHYS_PFN(block) > PAGES_PER_SECTION)
		margin = block / PAGE_SIZE * sizeof(struct page);
	return structures + more + margin;
}

/*
 * What is added with one call. When memory runs out within a call, the kernel leaves the
 * sections that it has made by then (__add_pages()), and their addresses cannot be added
 * again until the next boot: EEXIST. A call for one block leaves nothing where a block is a
 * section, and little elsewhere; and before each call it is seen whether the rest still fits.
 */
static u64 add_size(const struct kmem_memory *mem, u64 size)
{
	return READ_ONCE(check_space_before_plug) ? memory_block_size_bytes() :
						    call_size(mem, size);
}

/*
 * If it fails, what has been added of it stays: the engine's undo removes it, with the
 * interruption over that may have been why.
 */
static int op_add(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	struct engine_range *r = &mem->engine.ranges[range];
	u64 piece = add_size(mem, r->size), added;
	unsigned int block;
	int err;

	give_way(mem);
	for (added = 0; added < r->size; added += piece) {
		/* Others may have taken it meanwhile. */
		if (READ_ONCE(check_space_before_plug) &&
		    steps_space_needed(mem, r->size - added) > space_for_kernel())
			return -ENOMEM;
		err = add_once(mem, r->start + added, piece);
		if (err)
			return err;
		/* Also if it fails later: blocks of it are there. */
		r->present = true;
	}
	for (block = r->first; block < r->first + r->count; block++)
		if (!is_present(mem, block))
			return -ENODEV;
	/* A kernel that cannot do it adds the memory all the same. */
	if (!guard_note_memmap(mem, r->first) && mem->self_hosted &&
	    mem->memmap == MEMMAP_YES) {
		memmap_log_refused(mem);
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * A range of which blocks have been removed when another could not be is neither there
 * nor not, and the engine knows only that. So bring back what was there.
 */
static void bring_back(struct kmem_memory *mem, const struct engine_range *r)
{
	unsigned int block;
	bool begun = false;

	for (block = r->first; block < r->first + r->count; block++) {
		if (is_present(mem, block) || mem->engine.was[block] == BLOCK_ABSENT)
			continue;
		/* Only here: each time, the undo gets all of its time anew. */
		if (!begun)
			limit_undo(mem);
		begun = true;
		add_once(mem, engine_block_start(&mem->engine, block),
			 memory_block_size_bytes());
	}
}

/* What exists of a range: a block of it may have gone, see renew_block(). */
static int op_remove(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	unsigned int block = r->first, end = r->first + r->count, first;
	bool one_by_one = call_size(mem, r->size) < r->size;
	int err;

	give_way(mem);
	while (block < end) {
		first = block++;
		if (!is_present(mem, first))
			continue;
		while (!one_by_one && block < end && is_present(mem, block))
			block++;
		err = remove_blocks(mem, engine_block_start(&mem->engine, first),
				    (u64)(block - first) * memory_block_size_bytes());
		if (err) {
			bring_back(mem, r);
			return err;
		}
	}
	return 0;
}

static enum block_state op_look(void *ctx, unsigned int block)
{
	return guard_block(ctx, block);
}

/*
 * One switch of a block, as a write to its file would do it. If the block already has
 * the requested state, another writer set it first: that is success.
 */
static int switch_once(struct kmem_memory *mem, unsigned int block,
		       enum online_type type)
{
	struct device *dev = guard_get_device(mem, block);
	int err;

	if (!dev)
		return -ENODEV;
	err = block_switch(dev, type);
	put_device(dev);
	return block_is(guard_block(mem, block), type) ? 0 : err;
}

/*
 * The kernel chooses where pages go that leave a block. With memory on several nodes
 * it takes the others. On the only one it takes the nearest place, which is the next
 * block of the same device, and has to move the page again. So, where there is room
 * outside ZONE_MOVABLE, the thread allocates there and nowhere else: the scope is the
 * one made for pages that are to be pinned. If no page leaves the block for half the
 * time that a stall takes, the choice is the kernel's again.
 */
static bool may_steer(struct kmem_memory *mem, unsigned int block)
{
	unsigned int used = mem->engine.fill[block].used;

	return READ_ONCE(steer_pages_away) && used &&
	       num_node_state(N_MEMORY) == 1 &&
	       guard_block(mem, block) == BLOCK_MOVABLE &&
	       space_fits_unmovable(mem->nid, used) && !limit_half_stalled(mem);
}

/* The first locked page of a block from @pfn on, or the block's end. */
static unsigned long find_locked(struct kmem_memory *mem, unsigned int block,
				 unsigned long pfn)
{
	unsigned long found = end_pfn(mem, block);

	if (guard_begin_scan(mem, block)) {
		found = pages_find_locked(pfn, found);
		guard_end_scan();
	}
	return found;
}

/* How long it takes until a page that was locked is looked at again. */
#define LOCKED_PAUSE_MS	20

/*
 * The kernel waits for a locked page that it is to move, with all hotplug locks, and no
 * signal ends that. Most are locked for microseconds. A page whose contents a server is
 * to deliver, a process of any user as with FUSE or a machine on the network, may be so
 * for ever. So wait here, where the wait has an end, until each page that is locked
 * now has been seen without. One that is locked from here on is not seen: nothing
 * outside the kernel can close that gap.
 */
static int wait_for_locked_pages(struct kmem_memory *mem, unsigned int block)
{
	unsigned long pfn = find_locked(mem, block, first_own_pfn(mem, block));
	unsigned long end = end_pfn(mem, block);
	int why;

	while (pfn < end) {
		limit_watch(mem, 0, 0);
		do {
			limit_try_begin(mem);
			while (!signal_pending(current) && find_locked(mem, block, pfn) == pfn)
				msleep_interruptible(LOCKED_PAUSE_MS);
			why = limit_try_end(mem);
		} while (why == -EAGAIN);
		if (why) {
			if (why == -ETIMEDOUT && !limit_reached(mem))
				mem->stats.stalls++;
			return why;
		}
		/* Not this one again: its user could lock it anew each time. */
		pfn = find_locked(mem, block, pfn + 1);
	}
	return 0;
}

/*
 * A switch of a block, in as many tries as limit.c makes of it. Return: 0; the errno of
 * the kernel; or why the switch was ended.
 */
static int switch_block(struct kmem_memory *mem, unsigned int block,
			enum online_type type)
{
	bool offline = type == TYPE_OFFLINE, steer;
	unsigned int flags = 0;
	int err, why;

	limit_watch(mem, first_own_pfn(mem, block),
		    offline ? end_pfn(mem, block) : first_own_pfn(mem, block));
	do {
		if (offline)
			guard_begin_offline(mem, false);
		give_way(mem);
		if (offline && mem->engine.fill[block].used)
			hold_fill(mem);
		steer = offline && may_steer(mem, block);
		limit_try_begin(mem);
		if (steer)
			flags = memalloc_pin_save();
		err = switch_once(mem, block, type);
		if (steer)
			memalloc_pin_restore(flags);
		why = limit_try_end(mem);
		if (offline && mem->engine.fill[block].used)
			mem->moved = jiffies;
		if (!err)
			return 0;
	} while (err == -EINTR && why == -EAGAIN);
	if (err != -EINTR || !why)
		return err;
	if (why == -ETIMEDOUT && !limit_reached(mem))
		mem->stats.stalls++;
	return why;
}

/* Tell why a block did not go offline, and keep it for plug/blockers. */
static int record_offline_failure(struct kmem_memory *mem, unsigned int block, int err)
{
	hold_give_back(mem, block);
	if (err != -EINTR && err != -ENODEV)
		blockers_note(mem, block, err);
	return err;
}

static unsigned long count_used(struct kmem_memory *mem, unsigned int block)
{
	unsigned long used = 0;

	if (guard_begin_scan(mem, block)) {
		used = pages_count_used(first_own_pfn(mem, block), end_pfn(mem, block));
		guard_end_scan();
	}
	return used;
}

static int offline_block(struct kmem_memory *mem, unsigned int block)
{
	int err;

	/* What was said of the block before is not said of this one. */
	guard_begin_offline(mem, false);
	if (limit_undo_exhausted(mem) && count_used(mem, block))
		return record_offline_failure(mem, block, -ETIMEDOUT);

	err = wait_for_locked_pages(mem, block);
	if (!err)
		err = switch_block(mem, block, TYPE_OFFLINE);
	if (err)
		return record_offline_failure(mem, block, err);
	return READ_ONCE(mem->poison_lost) ? -ENOMEM : 0;
}

static int op_offline(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	const struct block_fill *fill = &mem->engine.fill[block];
	int err = offline_block(mem, block);

	if (!err) {
		WRITE_ONCE(mem->leaving, mem->leaving - min_t(unsigned long, mem->leaving,
							      fill->leaving));
		WRITE_ONCE(mem->spare, mem->spare - min_t(unsigned long, mem->spare,
							  fill->spare));
	}
	return err;
}

/*
 * A block in which the kernel counts bad pages does not come online (-EHWPOISON, since
 * 6.2), and before that the kernel would count them twice. A block that is added anew
 * has no such count.
 */
static int renew_block(struct kmem_memory *mem, unsigned int block)
{
	u64 start = engine_block_start(&mem->engine, block);
	int err = 0;

	if (is_present(mem, block))
		err = remove_blocks(mem, start, memory_block_size_bytes());
	return err ?: add_once(mem, start, memory_block_size_bytes());
}

static int online_block(struct kmem_memory *mem, unsigned int block,
			enum online_type type)
{
	unsigned long pfn = first_pfn(mem, block), end = end_pfn(mem, block);
	bool poisoned = READ_ONCE(retire_poisoned_pages) && poison_count(pfn, end);
	int err = 0;

	if (!is_present(mem, block) ||
	    (poisoned && guard_may_have_poison(mem, block)))
		err = renew_block(mem, block);
	if (err)
		return err;
	if (!poisoned)
		return switch_block(mem, block, type);

	/* The hook for pages waits for whoever changes memory, too. */
	err = wait_for_hotplug_lock(mem);
	if (err)
		return err;
	poison_retire_begin(pfn, end);
	err = switch_block(mem, block, type);
	poison_retire_end(mem);
	return err;
}

/*
 * The first memory of a node wakes the node's own threads, kswapd and
 * kcompactd. Newer kernels put their stacks and all into that memory, where
 * they stay as long as it does: were it not movable, no unplug could ever
 * succeed. So another block goes first, movable, until @block is there.
 * Return: that block, offline; or @block where there is no need or no other.
 */
static unsigned int pick_first_movable_block(struct kmem_memory *mem,
					     unsigned int block,
					     enum online_type type)
{
	unsigned int i;

	if ((type != TYPE_ONLINE && type != TYPE_ONLINE_KERNEL) ||
	    node_state(mem->nid, N_MEMORY))
		return block;
	for (i = 0; i < mem->engine.nr_blocks; i++)
		if (i != block && guard_block(mem, i) == BLOCK_OFFLINE)
			return i;
	return block;
}

static int op_online(void *ctx, unsigned int block, enum online_type type)
{
	struct kmem_memory *mem = ctx;
	unsigned int other = pick_first_movable_block(mem, block, type);
	int err, back;

	if (other == block || online_block(mem, other, TYPE_ONLINE_MOVABLE))
		return online_block(mem, block, type);
	err = online_block(mem, block, type);
	back = offline_block(mem, other);
	return err ?: back;
}

static void op_measure(void *ctx, unsigned int block, struct block_fill *fill)
{
	struct kmem_memory *mem = ctx;
	unsigned long end = end_pfn(mem, block);
	int poisoned;

	if (!guard_begin_scan(mem, block))
		return;
	pages_measure(first_own_pfn(mem, block), end, fill);
	if (fill->poisoned || guard_kernel_counts_poison(mem, block)) {
		poisoned = poison_note(first_pfn(mem, block), end);
		fill->poisoned = max_t(int, fill->poisoned, poisoned);
	}
	guard_end_scan();
	WRITE_ONCE(mem->leaving, mem->leaving + fill->leaving);
	WRITE_ONCE(mem->spare, mem->spare + fill->spare);
}

/*
 * The kernel would move pages until everything is full, and then try for ever,
 * with the rest of the machine out of memory: what can be had at most decides.
 */
static int op_room(void *ctx)
{
	struct kmem_memory *mem = ctx;
	unsigned long room = space_anywhere();

	if (mem->leaving + mem->spare <= room)
		return 0;
	blockers_note_room(mem, mem->leaving, room > mem->spare ? room - mem->spare : 0);
	return -ENOMEM;
}

/* One offline that stops where pages would begin to be moved. */
static int stop_short_offline(struct kmem_memory *mem, unsigned int block)
{
	int err, why;

	guard_begin_offline(mem, true);
	limit_watch(mem, 0, 0);
	limit_try_begin(mem);
	err = switch_once(mem, block, TYPE_OFFLINE);
	why = limit_try_end(mem);
	return err == -EINTR && why ? why : err;
}

/*
 * A dry run: the kernel's own offline as far as to where it would begin to move pages.
 * A block that cannot be isolated though nothing is seen that would not move gets a
 * second chance: what was in the way was on its way from one owner to the next.
 */
static int dry_run_offline(struct kmem_memory *mem, unsigned int block)
{
	bool agreed = false;
	int tries, err = 0;

	give_way(mem);
	for (tries = 0; tries < 2; tries++) {
		err = stop_short_offline(mem, block);
		agreed = !err || guard_agreed(mem);
		if (agreed || err != -EBUSY || guard_refused(mem) ||
		    mem->engine.fill[block].fixed)
			break;
	}
	if (!agreed)
		err = record_offline_failure(mem, block, err);
	else
		err = 0;
	guard_begin_offline(mem, false);
	return err;
}

/*
 * The first dry runs go through to the other notifiers, which are asked about as many
 * blocks as time allows with each. After that the kernel is asked about a block only if
 * there is something in it that looks as if it could not be moved: to isolate a
 * block costs as much as moving a hundred pages, or many more where its free
 * memory is in pieces.
 */
static int op_ask(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	int err;

	if (!READ_ONCE(dry_run_before_unplug))
		return 0;
	if (mem->answer.next < mem->engine.nr_blocks || mem->engine.fill[block].fixed) {
		err = dry_run_offline(mem, block);
		if (err)
			return err;
	}
	if (mem->answer.block != block)
		return 0;
	return record_offline_failure(mem, block, mem->answer.err);
}

static int op_check(void *ctx, unsigned int block, enum online_type type)
{
	struct kmem_memory *mem = ctx;
	struct device *dev = guard_get_device(mem, block);
	enum block_state state = dev ? block_look(dev) : BLOCK_ABSENT;

	put_device(dev);
	return block_is(state, type) && state == guard_block(mem, block) ?
		       0 : -EBUSY;
}

static int op_interrupted(void *ctx)
{
	return limit_reached(ctx);
}

static void op_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	limit_undo(ctx);
	hold_end(ctx);
	fn(arg);
}

static void op_stuck(void *ctx, enum engine_step step, unsigned int block,
		     int err)
{
	struct kmem_memory *mem = ctx;

	pr_err("kmem: %s: undo: %s of memory%llu failed: %pe\n", mem->name,
	       engine_step_name(step), steps_block_number(mem, block), ERR_PTR(err));
}

static const struct engine_ops kernel_ops = {
	.reserve = op_reserve,
	.release = op_release,
	.add = op_add,
	.remove = op_remove,
	.online = op_online,
	.offline = op_offline,
	.look = op_look,
	.check = op_check,
	.measure = op_measure,
	.room = op_room,
	.ask = op_ask,
	.interrupted = op_interrupted,
	.undo = op_undo,
	.stuck = op_stuck,
};

void steps_attach(struct kmem_memory *mem)
{
	mem->engine.ops = &kernel_ops;
	mem->engine.ctx = mem;
}
