// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* The order of the steps, and the undo; see transaction.h. */
#include "transaction.h"

static const char *const step_names[] = {
	[STEP_NONE] = "nothing",
	[STEP_RESERVE] = "reserve",
	[STEP_ADD] = "add",
	[STEP_ONLINE] = "online",
	[STEP_CHECK] = "check",
	[STEP_ROOM] = "room",
	[STEP_ASK] = "ask",
	[STEP_OFFLINE] = "offline",
	[STEP_REMOVE] = "remove",
	[STEP_RELEASE] = "release",
};

const char *engine_step_name(enum engine_step step)
{
	return step_names[step];
}

/*
 * Find the range of a block by a binary search, because a large device is cut into hundreds
 * of pieces, each with a struct engine_range. These are sorted by their blocks.
 */
static struct engine_range *find_range_of_block(const struct engine *e, unsigned int block)
{
	unsigned int low = 0, high = e->nr_ranges;

	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;
		if (e->ranges[middle].first <= block)
			low = middle;
		else
			high = middle;
	}
	return &e->ranges[low];
}

unsigned long long engine_block_start(const struct engine *e, unsigned int block)
{
	const struct engine_range *r = find_range_of_block(e, block);

	return r->start + (block - r->first) * (r->size / r->count);
}

unsigned int engine_block_at(const struct engine *e, unsigned long long addr)
{
	const struct engine_range *r;

	for (r = e->ranges; r < e->ranges + e->nr_ranges; r++)
		if (addr >= r->start && addr - r->start < r->size)
			return r->first + (unsigned int)
			       ((addr - r->start) / (r->size / r->count));
	return e->nr_blocks;
}

/* The argument of undo_all(). */
struct undo {
	struct engine *engine;
	struct engine_result *result;
};

static enum block_state read_block_state(struct engine *e, unsigned int block)
{
	return e->ops->read_state(e->ctx, block);
}

static _Bool is_online(enum block_state state)
{
	return state == BLOCK_KERNEL || state == BLOCK_MOVABLE;
}

/*
 * Check whether a block is online and may be taken offline. If a block is online although
 * its range is not present, another driver has added the block since the transaction began.
 * Such a block is not switched.
 */
static _Bool may_offline(struct engine *e, unsigned int block)
{
	return find_range_of_block(e, block)->present && is_online(read_block_state(e, block));
}

/* Save the state to which an undo returns. */
static void save_previous_state(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < e->nr_ranges; i++) {
		e->ranges[i].was_reserved = e->ranges[i].reserved;
		e->ranges[i].was_present = e->ranges[i].present;
	}
	for (i = 0; i < e->nr_blocks; i++) {
		e->was[i] = (unsigned char)read_block_state(e, i);
		e->order[i] = i;
	}
}

static int record_failure(struct engine_result *result, enum engine_step step, unsigned int block,
			  int err)
{
	result->err = err;
	result->step = step;
	result->block = block;
	return err;
}

/* Switch one block, unless the transaction must end. Not used in an undo. */
static int switch_block(struct engine *e, struct engine_result *result,
			unsigned int block, enum online_type type)
{
	enum engine_step step = type == TYPE_OFFLINE ? STEP_OFFLINE : STEP_ONLINE;
	int err = e->ops->check_interrupted(e->ctx);

	if (!err)
		err = step == STEP_OFFLINE ? e->ops->offline(e->ctx, block) :
					     e->ops->online(e->ctx, block, type);
	return err ? record_failure(result, step, block, err) : 0;
}

static int add_ranges(struct engine *e, struct engine_result *result)
{
	struct engine_range *r;
	unsigned int i;
	int err;

	for (i = 0; i < e->nr_ranges; i++) {
		r = &e->ranges[i];
		if (r->reserved || r->continues)
			continue;
		err = e->ops->reserve(e->ctx, i);
		if (err)
			return record_failure(result, STEP_RESERVE, r->first, err);
		r->reserved = true;
	}

	for (i = 0; i < e->nr_ranges; i++) {
		r = &e->ranges[i];
		if (r->present)
			continue;
		err = e->ops->check_interrupted(e->ctx);
		if (!err)
			err = e->ops->add(e->ctx, i);
		if (err)
			return record_failure(result, STEP_ADD, r->first, err);
		r->present = true;
	}
	return 0;
}

static int run_plug(struct engine *e, struct engine_result *result, enum online_type type)
{
	unsigned int i;
	int err;

	err = add_ranges(e, result);
	if (err)
		return err;

	order_for_plug(e->order, e->nr_blocks);
	for (i = 0; i < e->nr_blocks; i++) {
		unsigned int block = e->order[i];
		enum block_state now = read_block_state(e, block);

		if (block_has_type(now, type))
			continue;
		if (is_online(now))
			err = switch_block(e, result, block, TYPE_OFFLINE);
		if (!err && type != TYPE_OFFLINE)
			err = switch_block(e, result, block, type);
		if (err)
			return err;
	}

	for (i = 0; i < e->nr_blocks; i++) {
		err = e->ops->check(e->ctx, i, type);
		if (err)
			return record_failure(result, STEP_CHECK, i, err);
	}
	return 0;
}

/* Measure each block, and sort the blocks. */
static int measure_and_sort_blocks(struct engine *e, struct engine_result *result)
{
	unsigned int i;
	int err;

	for (i = 0; i < e->nr_blocks; i++) {
		e->fill[i] = (struct block_fill){ 0 };
		if (!may_offline(e, i))
			continue;
		err = e->ops->check_interrupted(e->ctx);
		if (err)
			return record_failure(result, STEP_ROOM, i, err);
		e->ops->measure(e->ctx, i, &e->fill[i]);
	}
	order_for_unplug(e->order, e->fill, e->nr_blocks, e->empty_first);
	return 0;
}

/* Find the last block in the order that has used pages. Return: nr_blocks if none has. */
static unsigned int find_last_used_block(const struct engine *e)
{
	unsigned int i;

	for (i = e->nr_blocks; i-- > 0;)
		if (e->fill[e->order[i]].used)
			return e->order[i];
	return e->nr_blocks;
}

/*
 * Check whether the used pages of all blocks together fit into other memory. The error
 * concerns no single block, but each error is reported with a block. So it is reported with
 * the last block in the order that has used pages.
 */
static int check_space(struct engine *e, struct engine_result *result)
{
	int err = e->ops->check_space ? e->ops->check_space(e->ctx) : 0;

	return err ? record_failure(result, STEP_ROOM, find_last_used_block(e), err) : 0;
}

/* Run the dry runs, first for blocks that seem to hold unmovable pages. */
static int dry_run_blocks(struct engine *e, struct engine_result *result)
{
	unsigned int pass, i, block;
	int err;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < e->nr_blocks; i++) {
			block = e->order[i];
			if ((e->fill[block].unmovable > 0) == pass ||
			    !may_offline(e, block))
				continue;
			err = e->ops->check_interrupted(e->ctx);
			if (!err)
				err = e->ops->dry_run(e->ctx, block);
			if (err)
				return record_failure(result, STEP_ASK, block, err);
		}
	}
	return 0;
}

static int run_unplug(struct engine *e, struct engine_result *result)
{
	unsigned int i;
	int err = 0;

	if (e->ops->measure)
		err = measure_and_sort_blocks(e, result);
	/*
	 * A dry run finds a veto before pages are copied. If no page is used, an offline copies
	 * nothing and finds a veto at the same cost, so dry runs are not needed.
	 */
	if (!err && e->ops->measure && find_last_used_block(e) < e->nr_blocks) {
		err = check_space(e, result);
		if (!err && e->ops->dry_run)
			err = dry_run_blocks(e, result);
	}
	if (err)
		return err;

	for (i = 0; i < e->nr_blocks; i++) {
		if (!may_offline(e, e->order[i]))
			continue;
		err = switch_block(e, result, e->order[i], TYPE_OFFLINE);
		if (err)
			return err;
	}

	/*
	 * From here on the engine no longer checks for an interruption, because an undo would
	 * take longer than the rest. But an interruption can still make ops->remove() fail, if
	 * ops->remove() has to wait.
	 */
	for (i = e->nr_ranges; i-- > 0;) {
		struct engine_range *r = &e->ranges[i];

		if (!r->present)
			continue;
		err = e->ops->remove(e->ctx, i);
		if (err)
			return record_failure(result, STEP_REMOVE, r->first, err);
		r->present = false;
	}

	for (i = e->nr_ranges; i-- > 0;) {
		if (e->ranges[i].reserved)
			e->ops->release(e->ctx, i);
		e->ranges[i].reserved = false;
	}
	return 0;
}

/* Check whether a range is present, or one of the ranges that continue it. */
static _Bool has_present_piece(const struct engine *e, unsigned int range)
{
	unsigned int i = range;

	do {
		if (e->ranges[i].present)
			return true;
	} while (++i < e->nr_ranges && e->ranges[i].continues);
	return false;
}

/* Report a step of the undo that failed. The undo goes on, to restore what it can. */
static int report_undo_failure(struct engine *e, enum engine_step step, unsigned int block, int err)
{
	if (err)
		e->ops->report_stuck(e->ctx, step, block, err);
	return err;
}

/* Restore the previous state of one block. A block that does not exist cannot be restored here. */
static void restore_block(struct engine *e, unsigned int block)
{
	enum block_state was = (enum block_state)e->was[block];
	enum block_state now = read_block_state(e, block);

	/* A block in a range that is not present belongs to another driver. */
	if (now == was || now == BLOCK_ABSENT || !find_range_of_block(e, block)->present)
		return;
	if (is_online(now) &&
	    report_undo_failure(e, STEP_OFFLINE, block, e->ops->offline(e->ctx, block)))
		find_range_of_block(e, block)->offline_failed = true;
	else if (is_online(was))
		report_undo_failure(e, STEP_ONLINE, block,
				    e->ops->online(e->ctx, block, type_restoring(was)));
}

/*
 * Undo a plug or an unplug: add the ranges that it removed, switch the blocks back in the
 * reverse order, remove the ranges that it added, and release their addresses.
 */
static void undo_all(void *arg)
{
	struct undo *u = arg;
	struct engine *e = u->engine;
	struct engine_range *r;
	unsigned int i;

	for (i = 0; i < e->nr_ranges; i++) {
		r = &e->ranges[i];
		r->offline_failed = false;
		if (r->was_present && !r->present &&
		    !report_undo_failure(e, STEP_ADD, r->first, e->ops->add(e->ctx, i)))
			r->present = true;
	}

	for (i = e->nr_blocks; i-- > 0;)
		restore_block(e, e->order[i]);

	/* Remove the ranges that this transaction added. A range with an online block stays. */
	for (i = e->nr_ranges; i-- > 0;) {
		r = &e->ranges[i];
		if (r->present && !r->was_present && !r->offline_failed &&
		    !report_undo_failure(e, STEP_REMOVE, r->first, e->ops->remove(e->ctx, i)))
			r->present = false;
	}
	for (i = e->nr_ranges; i-- > 0;) {
		r = &e->ranges[i];
		if (r->reserved && !r->was_reserved && !has_present_piece(e, i)) {
			e->ops->release(e->ctx, i);
			r->reserved = false;
		}
	}

	u->result->end = END_UNDONE;
	for (i = 0; i < e->nr_blocks; i++) {
		if (read_block_state(e, i) == (enum block_state)e->was[i])
			continue;
		u->result->end = END_INCONSISTENT;
		u->result->stuck = i;
		return;
	}
	/*
	 * Compare the ranges, too. If ops->remove() has failed for a range that this
	 * transaction added, the range is not in its previous state, even if
	 * ops->read_state() reports all its blocks as absent.
	 */
	for (i = 0; i < e->nr_ranges; i++) {
		r = &e->ranges[i];
		if (r->present == r->was_present)
			continue;
		u->result->end = END_INCONSISTENT;
		u->result->stuck = r->first;
		return;
	}
}

static void undo_if_failed(struct engine *e, struct engine_result *result)
{
	struct undo u = { .engine = e, .result = result };

	if (result->err)
		e->ops->undo(e->ctx, undo_all, &u);
}

struct engine_result engine_plug(struct engine *engine, enum online_type type)
{
	struct engine_result result = { .end = END_DONE };

	save_previous_state(engine);
	run_plug(engine, &result, type);
	undo_if_failed(engine, &result);
	return result;
}

struct engine_result engine_unplug(struct engine *engine)
{
	struct engine_result result = { .end = END_DONE };

	save_previous_state(engine);
	run_unplug(engine, &result);
	undo_if_failed(engine, &result);
	return result;
}
