// SPDX-License-Identifier: GPL-2.0-only
/* The steps of a transaction: add, remove, online, offline, dry run and checks; see steps.h. */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "block_table.h"
#include "blockers.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "locked_pages.h"
#include "memmap.h"
#include "memory.h"
#include "migration.h"
#include "node_counters.h"
#include "notifiers.h"
#include "pages.h"
#include "params.h"
#include "pause.h"
#include "poison.h"
#include "space.h"
#include "stats.h"
#include "steps.h"

/* The resource name by which kexec tools recognize memory that a driver manages. */
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

/* Get the block's first page frame after its own page structures. */
static unsigned long first_own_pfn(const struct kmem_memory *mem, unsigned int block)
{
	return first_pfn(mem, block) + table_memmap_pages(mem);
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
	/* Not busy, so that System RAM can become a child resource. */
	res->flags = IORESOURCE_SYSTEM_RAM;
	mem->steps.res[range] = res;
	return 0;
}

static void op_release(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;

	remove_resource(mem->steps.res[range]);
	kfree(mem->steps.res[range]);
	mem->steps.res[range] = NULL;
}

/*
 * The kernel's functions that add and remove memory wait for the hotplug lock, and no signal ends
 * that wait. Another task might never release the lock. So this function waits for the lock before
 * the kernel's function is called, and limit.c can end this wait.
 */
static int wait_for_hotplug_lock(struct kmem_memory *mem)
{
	int err, why;

	limit_begin_switch(mem, 0, 0);
	do {
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
	/* If the node has no online memory now, its counters must be folded (node_counters.h). */
	node_counters_fold(mem->nid);
	err = remove_memory(start, size);
	if (err != -EBUSY)
		return err;
	/*
	 * Another task may have brought a block online. So take the blocks offline and remove
	 * them in one call, in which no other task can switch them.
	 */
	limit_begin_switch(mem, 0, 0);
	do {
		limit_try_begin(mem);
		err = offline_and_remove_memory(start, size);
		why = limit_try_end(mem);
	} while (err == -EINTR && why == -EAGAIN);
	/*
	 * The counters could not be folded between the offline and the removal, because both are
	 * in one call. So fold them now. This is possible even if the node has been set offline.
	 */
	node_counters_fold(mem->nid);
	return err == -EINTR && why ? why : err;
}

/* The largest size that one call can add or remove, in bytes. */
static u64 call_size(const struct kmem_memory *mem, u64 size)
{
	return memmap_is_self_hosted(mem) && compat_memmap_single_blocks() ?
		       memory_block_size_bytes() : size;
}

static int add_once(struct kmem_memory *mem, u64 start, u64 size)
{
	mhp_t flags = MHP_NID_IS_MGID | MHP_MERGE_RESOURCE;
	int err = wait_for_hotplug_lock(mem);

	if (err)
		return err;
	if (memmap_is_self_hosted(mem))
		flags |= MHP_MEMMAP_ON_MEMORY;
	guard_set_veto_onlines(mem, true);
	err = compat_add_memory(mem->mgid, start, size, RESOURCE_NAME, flags,
				TYPE_OFFLINE);
	guard_set_veto_onlines(mem, false);
	/*
	 * On a kernel before 6.8, -EINVAL means that it refuses MHP_MEMMAP_ON_MEMORY, because all
	 * other arguments are valid.
	 */
	if (err == -EINVAL && memmap_is_self_hosted(mem) && compat_memmap_single_blocks()) {
		memmap_log_refused(mem);
		err = -EOPNOTSUPP;
	}
	return err;
}

static bool is_present(struct kmem_memory *mem, unsigned int block)
{
	return table_block_state(mem, block) != BLOCK_ABSENT;
}

u64 steps_space_needed(const struct kmem_memory *mem, u64 size)
{
	u64 block = memory_block_size_bytes(), structures = 0, more, margin = 0;

	if (!memmap_is_self_hosted(mem))
		structures = size / PAGE_SIZE * sizeof(struct page);
	/* Page tables for the page structures, and a device with its files for each block. */
	more = structures / 64 + size / block * SZ_8K;
	/*
	 * The call that adds a block of several sections must not fail in the middle (see
	 * add_size()). While the call runs, other processes may allocate memory. The margin
	 * allows them as much as one block needs.
	 */
	if (structures && PHYS_PFN(block) > PAGES_PER_SECTION)
		margin = block / PAGE_SIZE * sizeof(struct page);
	return structures + more + margin;
}

/*
 * The size that one call adds, in bytes. If memory runs out within a call, the kernel keeps the
 * sections that it has created so far (__add_pages()). These addresses cannot be added again
 * before the next boot (-EEXIST). So one call adds only one block, unless the parameter
 * check_space_before_plug is N. If a block is one section, a call that fails leaves no section
 * behind. If a block has several sections, a call that fails may leave some sections of this one
 * block behind. So op_add() checks before each call that the rest of the range still fits.
 */
static u64 add_size(const struct kmem_memory *mem, u64 size)
{
	return READ_ONCE(check_space_before_plug) ? memory_block_size_bytes() :
						    call_size(mem, size);
}

/*
 * If this fails, the blocks added so far stay. The engine's undo removes them, after
 * limit_begin_undo() has flushed the signal that may have caused the failure.
 */
static int op_add(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	struct engine_range *r = &mem->engine.ranges[range];
	u64 piece = add_size(mem, r->size), added;
	unsigned int block;
	int err;

	pause_if_due(mem);
	for (added = 0; added < r->size; added += piece) {
		/* Other tasks may have used up memory since the last block was added. */
		if (READ_ONCE(check_space_before_plug) &&
		    steps_space_needed(mem, r->size - added) > space_for_kernel())
			return -ENOMEM;
		err = add_once(mem, r->start + added, piece);
		if (err)
			return err;
		/* Set this now, so that an undo removes these blocks if a later one fails. */
		r->present = true;
	}
	for (block = r->first; block < r->first + r->count; block++)
		if (!is_present(mem, block))
			return -ENODEV;
	/*
	 * If the kernel does not support MHP_MEMMAP_ON_MEMORY, it ignores the flag and returns 0
	 * (since 6.8; for kernels before 6.8 see add_once()).
	 */
	if (!table_read_memmap_pages(mem, r->first) && memmap_is_self_hosted(mem) &&
	    memmap_is_required(mem)) {
		memmap_log_refused(mem);
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * If the removal of a range fails when some of its blocks are removed already, a part of the range
 * is left. For the engine, a range is either complete or absent. So add the removed blocks again.
 */
static void add_removed_blocks(struct kmem_memory *mem, const struct engine_range *r)
{
	unsigned int block;
	bool begun = false;

	for (block = r->first; block < r->first + r->count; block++) {
		if (is_present(mem, block) || mem->engine.was[block] == BLOCK_ABSENT)
			continue;
		/* Call this only once, because each call gives the undo its full time again. */
		if (!begun)
			limit_begin_undo(mem);
		begun = true;
		add_once(mem, engine_block_start(&mem->engine, block),
			 memory_block_size_bytes());
	}
}

/*
 * Remove the blocks of a range that exist. A block can be absent for two reasons: op_add() failed
 * before it added the block, or add_block_anew() removed the block and could not add it again.
 */
static int op_remove(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	unsigned int block = r->first, end = r->first + r->count, first;
	bool one_by_one = call_size(mem, r->size) < r->size;
	int err;

	pause_if_due(mem);
	while (block < end) {
		first = block++;
		if (!is_present(mem, first))
			continue;
		while (!one_by_one && block < end && is_present(mem, block))
			block++;
		err = remove_blocks(mem, engine_block_start(&mem->engine, first),
				    (u64)(block - first) * memory_block_size_bytes());
		if (err) {
			add_removed_blocks(mem, r);
			return err;
		}
	}
	return 0;
}

static enum block_state op_read_state(void *ctx, unsigned int block)
{
	return table_block_state(ctx, block);
}

/*
 * Switch a block once, as a write to its `state` file does. If the switch fails, but another task
 * has brought the block into the requested state, return 0, too.
 */
static int switch_once(struct kmem_memory *mem, unsigned int block,
		       enum online_type type)
{
	struct device *dev = table_get_device(mem, block);
	int err;

	if (!dev)
		return -ENODEV;
	err = block_switch(dev, type);
	put_device(dev);
	return block_has_type(table_block_state(mem, block), type) ? 0 : err;
}

/*
 * Check whether pages that leave a block should be kept out of ZONE_MOVABLE.
 *
 * The kernel chooses where these pages go. With memory on several nodes it chooses another node.
 * With only one node it chooses the nearest free page, which is in the next block of the same
 * device, so the page must be migrated again. So if this function returns true, the caller uses
 * memalloc_pin_save(): the kernel then allocates for this thread only outside ZONE_MOVABLE. This
 * needs enough free memory there. If no page leaves the block for half the stall time, the kernel
 * chooses freely again.
 */
static bool may_steer(struct kmem_memory *mem, unsigned int block)
{
	unsigned int used = mem->engine.fill[block].used;

	return READ_ONCE(steer_pages_away) && used &&
	       num_node_state(N_MEMORY) == 1 &&
	       table_block_state(mem, block) == BLOCK_MOVABLE &&
	       space_fits_unmovable(mem->nid, used) && !limit_is_half_stalled(mem);
}

static unsigned long count_used(struct kmem_memory *mem, unsigned int block)
{
	unsigned long used = 0;

	if (table_begin_scan(mem, block)) {
		used = pages_count_used(first_own_pfn(mem, block), end_pfn(mem, block));
		table_end_scan();
	}
	return used;
}

/*
 * Check before each try whether the kernel can migrate the pages of a block. If memory is short,
 * the kernel searches for free memory again and again for each page, and no signal ends that. On
 * a large machine this may go on for minutes.
 */
static int check_block_space(struct kmem_memory *mem, unsigned int block, bool first,
			     bool record)
{
	const struct block_fill *fill = &mem->engine.fill[block];

	/* No page is left that needs other memory. A plug does not count such pages. */
	if (migration_is_done(mem))
		return 0;
	return migration_check_block_space(mem, fill, first ? fill->used : count_used(mem, block),
					   record);
}

/*
 * Switch a block in several tries. Return: 0; the kernel's errno; the errno of limit.c if that
 * file ended the switch; or -ENOMEM if the pages to be migrated do not fit into other memory.
 */
static int switch_block(struct kmem_memory *mem, unsigned int block,
			enum online_type type)
{
	const struct block_fill *fill = &mem->engine.fill[block];
	bool offline = type == TYPE_OFFLINE, first = true, steer;
	unsigned int flags = 0;
	int err, why;

	limit_begin_switch(mem, first_own_pfn(mem, block),
			   offline ? end_pfn(mem, block) : first_own_pfn(mem, block));
	do {
		if (offline)
			guard_begin_offline(mem, false);
		pause_if_due(mem);
		err = offline ? check_block_space(mem, block, first, false) : 0;
		if (err)
			return err;
		first = false;
		if (offline && fill->used)
			hold_fill(mem);
		steer = offline && may_steer(mem, block);
		limit_try_begin(mem);
		if (steer)
			flags = memalloc_pin_save();
		err = switch_once(mem, block, type);
		if (steer)
			memalloc_pin_restore(flags);
		why = limit_try_end(mem);
		if (offline && fill->used)
			pause_note_migration(mem);
		if (!err)
			return 0;
	} while (err == -EINTR && why == -EAGAIN);
	if (err != -EINTR || !why)
		return err;
	if (why == -ETIMEDOUT && !limit_reached(mem))
		stats_count_stall(mem);
	return why;
}

/* Record for plug/blockers why a block did not go offline. Return: @err. */
static int record_offline_failure(struct kmem_memory *mem, unsigned int block, int err)
{
	hold_free_block(mem, block);
	if (err == -ENOMEM && check_block_space(mem, block, false, true))
		return err;
	if (err != -EINTR && err != -ENODEV)
		blockers_record(mem, block, err);
	return err;
}

static int offline_block(struct kmem_memory *mem, unsigned int block)
{
	int err;

	/* Reset the results of the previous block. record_offline_failure() may read them. */
	guard_begin_offline(mem, false);
	if (limit_is_undo_exhausted(mem) && count_used(mem, block))
		return record_offline_failure(mem, block, -ETIMEDOUT);

	err = locked_pages_wait(mem, block, first_own_pfn(mem, block), end_pfn(mem, block));
	if (!err)
		err = switch_block(mem, block, TYPE_OFFLINE);
	if (err)
		return record_offline_failure(mem, block, err);
	return poison_is_lost(mem) ? -ENOMEM : 0;
}

static int op_offline(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	int err = offline_block(mem, block);

	if (!err)
		migration_remove_block(mem, &mem->engine.fill[block]);
	return err;
}

/*
 * If the kernel counts bad pages in a block, it does not bring the block online (-EHWPOISON, since
 * 6.2). Older kernels bring it online, and count its bad pages a second time when the module
 * retires them again. A block that is added anew has no such count.
 */
static int add_block_anew(struct kmem_memory *mem, unsigned int block)
{
	u64 start = engine_block_start(&mem->engine, block);
	int err = 0;

	if (is_present(mem, block))
		err = remove_blocks(mem, start, memory_block_size_bytes());
	return err ?: add_once(mem, start, memory_block_size_bytes());
}

/*
 * Wait until no other device brings a block with bad frames online. Then set the kernel's hook for
 * pages that come online (poison.c).
 */
static int begin_retiring(struct kmem_memory *mem, unsigned long pfn, unsigned long end)
{
	int err, why;

	/*
	 * poison_retire_begin() waits for mem_hotplug_lock (set_online_page_callback()), and no
	 * signal ends that wait. A task that switches, adds or removes a block holds
	 * device_hotplug_lock and then mem_hotplug_lock. So wait for device_hotplug_lock first,
	 * because limit.c can end this wait.
	 */
	err = wait_for_hotplug_lock(mem);
	if (err)
		return err;
	limit_begin_switch(mem, 0, 0);
	do {
		limit_try_begin(mem);
		err = poison_retire_begin(pfn, end);
		why = limit_try_end(mem);
	} while (err && why == -EAGAIN);
	return err ? why ?: err : 0;
}

static int online_block(struct kmem_memory *mem, unsigned int block,
			enum online_type type)
{
	unsigned long pfn = first_pfn(mem, block), end = end_pfn(mem, block);
	bool poisoned = READ_ONCE(retire_poisoned_pages) && poison_count(pfn, end);
	int err = 0;

	if (!is_present(mem, block) ||
	    (poisoned && table_may_have_poison(mem, block)))
		err = add_block_anew(mem, block);
	if (err)
		return err;
	if (!poisoned)
		return switch_block(mem, block, type);

	err = begin_retiring(mem, pfn, end);
	if (err)
		return err;
	err = switch_block(mem, block, type);
	poison_retire_end(mem);
	return err;
}

/*
 * Choose the block to bring online first. When a node gets its first memory, the kernel starts the
 * node's kswapd and kcompactd. If that memory is not in ZONE_MOVABLE, Linux 7.3 puts the task
 * structures and stacks of these threads into it. They stay there, so no unplug could succeed. So
 * another block is online in ZONE_MOVABLE while @block comes online.
 * Return: that other block, which is offline now; @block if no other is needed or available.
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
		if (i != block && table_block_state(mem, i) == BLOCK_OFFLINE)
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

	if (!table_begin_scan(mem, block))
		return;
	pages_measure(first_own_pfn(mem, block), end, fill);
	if (fill->poisoned || table_has_counted_poison(mem, block)) {
		poisoned = poison_record(first_pfn(mem, block), end);
		fill->poisoned = max_t(int, fill->poisoned, poisoned);
	}
	table_end_scan();
	migration_add_block(mem, fill);
}

static int op_check_space(void *ctx)
{
	return migration_check_space(ctx);
}

/* Begin to take a block offline. The guard ends this just before pages would be migrated. */
static int run_dry_offline(struct kmem_memory *mem, unsigned int block)
{
	int err, why;

	guard_begin_offline(mem, true);
	limit_begin_switch(mem, 0, 0);
	limit_try_begin(mem);
	err = switch_once(mem, block, TYPE_OFFLINE);
	why = limit_try_end(mem);
	return err == -EINTR && why ? why : err;
}

/*
 * Run the kernel's own offline up to the point where it would migrate pages. If the block cannot
 * be isolated although no unmovable page was found, try once more. The reason was probably a page
 * that was just being allocated or freed.
 */
static int dry_run_offline(struct kmem_memory *mem, unsigned int block)
{
	bool agreed = false;
	int tries, err = 0;

	pause_if_due(mem);
	for (tries = 0; tries < 2; tries++) {
		err = run_dry_offline(mem, block);
		agreed = !err || guard_notifiers_accepted(mem);
		if (agreed || err != -EBUSY || guard_notifier_vetoed(mem) ||
		    mem->engine.fill[block].unmovable)
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
 * Make a dry run of a block only if it is needed, because isolating a block costs as much as
 * migrating a hundred pages, or many more if the free memory in the block is fragmented. It is
 * needed if the block seems to hold unmovable pages. It is also needed as long as the other
 * notifiers have not been queried about all blocks. They can be queried only in a dry run
 * (notifiers_query()), and each dry run queries them for as many blocks as time allows.
 */
static int op_dry_run(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	int err;

	if (!READ_ONCE(dry_run_before_unplug))
		return 0;
	if (notifiers_has_more(mem) || mem->engine.fill[block].unmovable) {
		err = dry_run_offline(mem, block);
		if (err)
			return err;
	}
	err = notifiers_find_veto(mem, block, NULL);
	return err ? record_offline_failure(mem, block, err) : 0;
}

static int op_check(void *ctx, unsigned int block, enum online_type type)
{
	struct kmem_memory *mem = ctx;
	struct device *dev = table_get_device(mem, block);
	enum block_state state = dev ? block_read_state(dev) : BLOCK_ABSENT;

	put_device(dev);
	return block_has_type(state, type) && state == table_block_state(mem, block) ?
		       0 : -EBUSY;
}

static int op_check_interrupted(void *ctx)
{
	return limit_reached(ctx);
}

static void op_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	limit_begin_undo(ctx);
	hold_end(ctx);
	fn(arg);
}

static void op_report_stuck(void *ctx, enum engine_step step, unsigned int block,
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
	.read_state = op_read_state,
	.check = op_check,
	.measure = op_measure,
	.check_space = op_check_space,
	.dry_run = op_dry_run,
	.check_interrupted = op_check_interrupted,
	.undo = op_undo,
	.report_stuck = op_report_stuck,
};

int steps_setup(struct kmem_memory *mem)
{
	mem->engine.ops = &kernel_ops;
	mem->engine.ctx = mem;
	mem->steps.res = kvcalloc(mem->engine.nr_ranges, sizeof(*mem->steps.res), GFP_KERNEL);
	return mem->steps.res ? 0 : -ENOMEM;
}

void steps_free(struct kmem_memory *mem)
{
	kvfree(mem->steps.res);
}

void steps_set_reservation(struct kmem_memory *mem, unsigned int range, struct resource *res)
{
	mem->steps.res[range] = res;
}
