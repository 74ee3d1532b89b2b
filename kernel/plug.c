// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "blockers.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "limit.h"
#include "listeners.h"
#include "pages.h"
#include "plug.h"

/* The name by which kexec tooling knows memory that a driver manages. */
#define RESOURCE_NAME	"System RAM (kmem)"

/*
 * Undos run here: a worker has no signals, so what ended the transaction
 * cannot end its undo. With a rescuer, since memory may be what is short.
 */
static struct workqueue_struct *undo_queue;

int plug_init(void)
{
	undo_queue = alloc_workqueue("kmem_undo", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return undo_queue ? 0 : -ENOMEM;
}

void plug_exit(void)
{
	destroy_workqueue(undo_queue);
}

static u64 block_number(const struct kmem_memory *mem, unsigned int block)
{
	return engine_block_start(&mem->engine, block) / memory_block_size_bytes();
}

static int op_reserve(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	struct resource *res;

	res = request_mem_region(r->start, r->size, mem->name);
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

static int take_away(struct kmem_memory *mem, const struct engine_range *r)
{
	int err;

	down_write(&mem->presence);
	err = remove_memory(r->start, r->size);
	/* Somebody was let through and switched a block on: both in one go. */
	if (err == -EBUSY)
		err = offline_and_remove_memory(r->start, r->size);
	up_write(&mem->presence);
	return err;
}

static int op_add(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	int err, left;

	/* Before they exist: whoever switches one at once is seen doing so. */
	guard_set_range(mem, range, BLOCK_OFFLINE);
	guard_hold_offline(mem, true);
	err = compat_add_memory(mem->mgid, r->start, r->size, RESOURCE_NAME,
				mem->flags, TYPE_OFFLINE);
	guard_hold_offline(mem, false);

	if (!err) {
		err = blocks_find(r->start, r->count, &mem->blocks[r->first]);
		left = err ? take_away(mem, r) : 0;
		if (left)
			pr_err("kmem: %s: %#llx: added, and cannot be removed: %pe\n",
			       mem->name, r->start, ERR_PTR(left));
	}
	if (err)
		guard_set_range(mem, range, BLOCK_ABSENT);
	return err;
}

static int op_remove(void *ctx, unsigned int range)
{
	struct kmem_memory *mem = ctx;
	const struct engine_range *r = &mem->engine.ranges[range];
	int err = take_away(mem, r);

	if (err)
		return err;

	blocks_put(r->count, &mem->blocks[r->first]);
	guard_set_range(mem, range, BLOCK_ABSENT);
	return 0;
}

static enum block_state op_look(void *ctx, unsigned int block)
{
	return guard_block(ctx, block);
}

/* An error of a block that is as asked was a race that somebody else won. */
static int switch_to(struct kmem_memory *mem, unsigned int block,
		     enum online_type type)
{
	int err = block_switch(mem->blocks[block], type);

	return block_is(guard_block(mem, block), type) ? 0 : err;
}

/*
 * The first memory of a node wakes the node's own threads, kswapd and
 * kcompactd. Newer kernels put their stacks and all into that memory, where
 * they stay as long as it does: were it not movable, no unplug could ever
 * succeed. So another block goes first, movable, until @block is there.
 * Return: that block, offline; or @block where there is no need or no other.
 */
static unsigned int node_starter(struct kmem_memory *mem, unsigned int block,
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
	unsigned int starter = node_starter(mem, block, type);
	int err, back;

	if (starter == block || switch_to(mem, starter, TYPE_ONLINE_MOVABLE))
		return switch_to(mem, block, type);
	err = switch_to(mem, block, type);
	back = switch_to(mem, starter, TYPE_OFFLINE);
	return err ?: back;
}

/* What to answer for a block that did not go offline, and to keep of it. */
static int not_offline(struct kmem_memory *mem, unsigned int block, int err)
{
	if (err == -EINTR)
		err = limit_reached(mem) ?: err;
	if (err != -EINTR)
		blockers_note(mem, block, err);
	return err;
}

/* How long a block is tried without the places that are nearest to it. */
#define PATIENCE_MS	(10 * MSEC_PER_SEC)

/*
 * Where pages go that leave a block is the kernel's choice. With memory on
 * several nodes it takes the others. On the only one it takes the nearest place,
 * which is the next block of the same device, and has to move the page again.
 * So, where there is room outside ZONE_MOVABLE, this task allocates there and
 * nowhere else: the scope is the one made for pages that are to be pinned. If
 * that does not get on, the choice is the kernel's again.
 */
static int offline_elsewhere(struct kmem_memory *mem, unsigned int block)
{
	unsigned int used = mem->engine.fill[block].used;
	unsigned int flags;
	int err;

	if (!used || num_node_state(N_MEMORY) > 1 ||
	    guard_block(mem, block) != BLOCK_MOVABLE ||
	    !pages_fit_elsewhere(mem->nid, used))
		return -EAGAIN;

	limit_patience(mem, PATIENCE_MS);
	flags = memalloc_pin_save();
	err = switch_to(mem, block, TYPE_OFFLINE);
	memalloc_pin_restore(flags);
	if (err == -EINTR && limit_reached(mem) == -EAGAIN)
		err = -EAGAIN;
	limit_patience(mem, 0);
	return err;
}

static int op_offline(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	int err;

	guard_begin_offline(mem, false);
	err = offline_elsewhere(mem, block);
	if (err == -EAGAIN)
		err = switch_to(mem, block, TYPE_OFFLINE);
	return err ? not_offline(mem, block, err) : 0;
}

static void op_measure(void *ctx, unsigned int block, struct block_fill *fill)
{
	struct kmem_memory *mem = ctx;

	mem->leaving += pages_measure(engine_block_start(&mem->engine, block), fill,
				      &mem->spare);
}

/*
 * The kernel would move pages until everything is full, and then try for ever,
 * with the rest of the machine out of memory: what can be had at most decides.
 */
static int op_room(void *ctx)
{
	struct kmem_memory *mem = ctx;
	unsigned long room = pages_room();

	if (mem->leaving + mem->spare <= room)
		return 0;
	blockers_note_room(mem, mem->leaving, room > mem->spare ? room - mem->spare : 0);
	return -ENOMEM;
}

/*
 * The kernel's own offline as far as to where it would begin to move pages. A
 * block that cannot be isolated though nothing is seen that would not move gets
 * a second chance: what was in the way was on its way from one owner to the next.
 */
static int ask_kernel(struct kmem_memory *mem, unsigned int block)
{
	bool agreed = false;
	int tries, err = 0;

	for (tries = 0; tries < 2; tries++) {
		guard_begin_offline(mem, true);
		err = switch_to(mem, block, TYPE_OFFLINE);
		agreed = !err || guard_agreed(mem);
		if (agreed || err != -EBUSY || guard_refused(mem) ||
		    mem->engine.fill[block].fixed)
			break;
	}
	if (!agreed)
		err = not_offline(mem, block, err);
	else
		err = 0;
	guard_begin_offline(mem, false);
	return err;
}

/*
 * The first question goes through to the other listeners, and they are asked
 * about all blocks with it. After that the kernel is asked about a block only if
 * there is something in it that looks as if it could not be moved: to isolate a
 * block costs as much as moving a hundred pages, or many more where its free
 * memory is in pieces.
 */
static int op_ask(void *ctx, unsigned int block)
{
	struct kmem_memory *mem = ctx;
	int err;

	if (!mem->answer.known || mem->engine.fill[block].fixed) {
		err = ask_kernel(mem, block);
		if (err)
			return err;
	}
	if (mem->answer.block != block)
		return 0;
	return not_offline(mem, block, mem->answer.err);
}

static int op_check(void *ctx, unsigned int block, enum online_type type)
{
	struct kmem_memory *mem = ctx;
	enum block_state state = block_look(mem->blocks[block]);

	return block_is(state, type) && state == guard_block(mem, block) ?
		       0 : -EBUSY;
}

static int op_interrupted(void *ctx)
{
	return limit_reached(ctx);
}

/* An undo, handed to the worker. */
struct undo_work {
	struct work_struct work;
	struct kmem_memory *mem;
	void (*fn)(void *arg);
	void *arg;
};

static void undo_worker(struct work_struct *work)
{
	struct undo_work *undo = container_of(work, struct undo_work, work);

	guard_own(undo->mem, current);
	undo->fn(undo->arg);
}

static void op_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	struct undo_work undo = { .mem = ctx, .fn = fn, .arg = arg };

	INIT_WORK_ONSTACK(&undo.work, undo_worker);
	queue_work(undo_queue, &undo.work);
	flush_work(&undo.work);
	destroy_work_on_stack(&undo.work);
	guard_own(undo.mem, current);
}

static void op_stuck(void *ctx, enum engine_step step, unsigned int block,
		     int err)
{
	struct kmem_memory *mem = ctx;

	pr_err("kmem: %s: undo: %s of memory%llu failed: %pe\n", mem->name,
	       engine_step_name(step), block_number(mem, block), ERR_PTR(err));
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

void plug_attach(struct kmem_memory *mem)
{
	mem->engine.ops = &kernel_ops;
	mem->engine.ctx = mem;
}

/* Listeners are told once per change, whoever made it. */
static void report(struct kmem_memory *mem)
{
	enum device_state now = guard_state(mem);
	char state[32], prev[32];
	char *env[] = { state, prev, NULL };

	lockdep_assert_held(&mem->lock);
	if (now == mem->reported)
		return;

	scnprintf(state, sizeof(state), "DAX_STATE=%s", state_name(now));
	scnprintf(prev, sizeof(prev), "DAX_STATE_PREV=%s",
		  state_name(mem->reported));
	WRITE_ONCE(mem->reported, now);
	if (!mem->dev)
		return;
	sysfs_notify(&mem->dev->kobj, NULL, "state");
	sysfs_notify(&mem->dev->kobj, NULL, "hotplug");
	kobject_uevent_env(&mem->dev->kobj, KOBJ_CHANGE, env);
}

void plug_report_work(struct work_struct *work)
{
	struct kmem_memory *mem = container_of(work, struct kmem_memory, report);

	mutex_lock(&mem->lock);
	report(mem);
	mutex_unlock(&mem->lock);
}

/* This module cannot go while blocks are its own. */
static bool pin(struct kmem_memory *mem)
{
	if (!mem->pinned)
		mem->pinned = try_module_get(THIS_MODULE);
	return mem->pinned;
}

static void unpin(struct kmem_memory *mem)
{
	if (mem->pinned && guard_state(mem) == STATE_UNPLUGGED) {
		mem->pinned = false;
		module_put(THIS_MODULE);
	}
}

static void tell(struct kmem_memory *mem, bool plug,
		 const struct engine_result *result)
{
	const char *what = plug ? "plug" : "unplug";

	if (result->end == END_UNDONE)
		pr_info("kmem: %s: %s undone: %s of memory%llu: %pe\n",
			mem->name, what, engine_step_name(result->step),
			block_number(mem, result->block), ERR_PTR(result->err));
	else if (result->end == END_INCONSISTENT)
		pr_err("kmem: %s: %s failed: %s of memory%llu: %pe; not undone: memory%llu\n",
		       mem->name, what, engine_step_name(result->step),
		       block_number(mem, result->block), ERR_PTR(result->err),
		       block_number(mem, result->stuck));
}

static void account(struct kmem_memory *mem, bool plug,
		    const struct engine_result *result)
{
	switch (result->end) {
	case END_DONE:
		mem->stats.plugs += plug;
		mem->stats.unplugs += !plug;
		break;
	case END_UNDONE:
		mem->stats.undos++;
		break;
	case END_INCONSISTENT:
		mem->stats.failed_undos++;
		break;
	}
}

/* One transaction. TYPE_NONE unplugs. */
static struct engine_result transact(struct kmem_memory *mem,
				     enum online_type type)
{
	enum online_type former = mem->requested;
	struct engine_result result = { .end = END_UNDONE };
	bool plug = type != TYPE_NONE;
	unsigned long moved;

	lockdep_assert_held(&mem->lock);
	/* From the start: an unload cannot begin, or has and is let through. */
	if (plug && !pin(mem)) {
		result.err = -ENODEV;
		return result;
	}

	guard_own(mem, current);
	listeners_forget(mem);
	if (plug) {
		guard_request(mem, type);
		result = engine_plug(&mem->engine, type);
	} else {
		moved = compat_pages_migrated();
		mem->leaving = 0;
		mem->spare = 0;
		limit_begin(mem);
		result = engine_unplug(&mem->engine);
		limit_end(mem);
		mem->stats.pages_moved += compat_pages_migrated() - moved;
	}

	if (result.end == END_UNDONE)
		guard_request(mem, former);
	else if (result.end == END_DONE && !plug)
		guard_request(mem, TYPE_NONE);
	guard_own(mem, NULL);

	if (result.end == END_DONE)
		blockers_forget(mem);
	unpin(mem);
	account(mem, plug, &result);
	report(mem);
	tell(mem, plug, &result);
	return result;
}

int plug_request(struct kmem_memory *mem, enum word word)
{
	int err = mutex_lock_interruptible(&mem->lock);

	if (err)
		return err;

	switch (state_todo(guard_state(mem), mem->requested, word)) {
	case TODO_NOTHING:
		break;
	case TODO_PLUG:
		err = transact(mem, word_type(word)).err;
		break;
	case TODO_UNPLUG:
		err = transact(mem, TYPE_NONE).err;
		break;
	case TODO_REFUSE:
		mem->stats.refusals++;
		err = -EBUSY;
		break;
	}
	mutex_unlock(&mem->lock);
	return err;
}

int plug_start(struct kmem_memory *mem, enum online_type type)
{
	struct engine_result result = { .end = END_DONE };

	mutex_lock(&mem->lock);
	if (type != TYPE_NONE)
		result = transact(mem, type);
	mutex_unlock(&mem->lock);

	if (result.end == END_UNDONE &&
	    (result.step == STEP_RESERVE || result.step == STEP_ADD))
		return result.err;
	return 0;
}

/*
 * The reservation around a range that is system RAM already: what is below it
 * must be the whole range as its driver added it. The memory below keeps the
 * reservation where it is, so that the pointer is good until the unplug.
 */
struct reservation {
	const struct engine_range *range;
	struct resource *res;
};

static int find_reservation(struct resource *ram, void *data)
{
	struct reservation *found = data;
	struct resource *res = ram->parent;
	u64 end = found->range->start + found->range->size - 1;

	if (ram->start == found->range->start && ram->end == end && res &&
	    res != &iomem_resource && !(res->flags & IORESOURCE_BUSY) &&
	    res->start == ram->start && res->end == end)
		found->res = res;
	return 0;
}

static bool adopt_range(struct kmem_memory *mem, unsigned int range)
{
	struct engine_range *r = &mem->engine.ranges[range];
	struct reservation found = { .range = r };

	/* Busy: the walk shall look below the reservation, not end at it. */
	walk_iomem_res_desc(IORES_DESC_NONE,
			    IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY |
			    IORESOURCE_SYSRAM_DRIVER_MANAGED,
			    r->start, r->start + r->size - 1,
			    &found, find_reservation);
	if (!found.res || blocks_find(r->start, r->count, &mem->blocks[r->first]))
		return false;
	mem->res[range] = found.res;
	r->reserved = true;
	r->present = true;
	guard_adopt(mem, range, &mem->blocks[r->first]);
	return true;
}

bool plug_adopt(struct kmem_memory *mem)
{
	bool adopted = false;
	unsigned int i;

	mutex_lock(&mem->lock);
	if (pin(mem)) {
		guard_own(mem, current);
		for (i = 0; i < mem->engine.nr_ranges; i++)
			adopted |= adopt_range(mem, i);
		guard_own(mem, NULL);
		unpin(mem);
		report(mem);
	}
	mutex_unlock(&mem->lock);
	return adopted;
}

bool plug_stop(struct kmem_memory *mem)
{
	bool gone;

	mutex_lock(&mem->lock);
	if (!guard_online(mem))
		transact(mem, TYPE_NONE);
	gone = guard_state(mem) == STATE_UNPLUGGED;
	mem->dev = NULL;
	mutex_unlock(&mem->lock);
	return gone;
}
