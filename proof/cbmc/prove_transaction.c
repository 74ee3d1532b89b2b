// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Proof of engine/transaction.c. Each op may do anything that struct engine_ops allows. Then
 * the result that the engine returns describes the actual state of the device.
 *
 * The first state, the effect of each op and its errno are nondeterministic. These macros set
 * the rest, because a solver takes too long for devices of all shapes in one run:
 *   UNPLUG      1: engine_unplug(), 0: engine_plug() with every online type
 *   COUNTS      the number of blocks in each range, for example 3,3,3. RANGES is the number of
 *               ranges, BLOCKS the number of blocks in the largest. Every range but the first
 *               may be a piece that continues the range before it
 *   OTHERS      1: before each op, other controllers may switch a block, and other drivers may
 *               add or remove a block in a range that is not present
 *   PARTIAL     1: blocks of a range may be missing at the beginning. An add or a removal that
 *               fails may leave some of the blocks, also in an undo
 *   MEASURE     1: the op measure is set. ROOM 1: check_space is set. ASK 1: dry_run is set
 *   FILL        1: while an op runs, the engine's list must have the pages that were measured
 *   ORDERS      for example {0,1,2},{2,1,0}: an unplug takes the blocks in one of these orders.
 *               The choice is nondeterministic. Without ORDERS, engine/order.c sorts the blocks
 *   REACH       an end: asserts that no transaction ends so. This must fail, which shows that
 *               the end can be reached
 */
#include "proof.h"

#ifndef PARTIAL
#define PARTIAL 0
#endif

#include "transaction.c"
#include "state.c"
#ifdef ORDERS
#define order_for_unplug exact_order_for_unplug
#include "order.c"
#undef order_for_unplug
#else
#include "order.c"
#endif

#define ALL_BLOCKS (RANGES * BLOCKS)

/* The actual state of the device. The reservation of a range is recorded at its first piece. */
struct truth {
	enum block_state block[ALL_BLOCKS];
	_Bool reserved[RANGES];
	_Bool present[RANGES];
};

static const unsigned int counts[RANGES] = { COUNTS };
static struct truth now, start;
static struct engine_range ranges[RANGES];
static unsigned char was[ALL_BLOCKS];
static unsigned int order[ALL_BLOCKS];
static struct block_fill fill[ALL_BLOCKS];
static struct block_fill measured[ALL_BLOCKS];
static unsigned int nr_ranges, nr_blocks;

/*
 * With ORDERS, a transaction is not interrupted before the blocks are sorted, so that the order
 * is a constant for the solver. The proofs without ORDERS cover such an interruption, because
 * nothing depends on the order before the blocks are sorted.
 */
#ifdef ORDERS
static _Bool may_interrupt;
#else
static const _Bool may_interrupt = 1;
#endif
static _Bool is_asked;		/* check_interrupted() was called, and no step has followed */
static _Bool in_undo, is_undone;
static _Bool forward;		/* outside the undo, a step has changed a block or a range */
static int first_err;		/* the errno of the step that failed, not of the undo */
static enum engine_step first_step;
static unsigned int first_block;
static _Bool is_unreported;	/* an undo step failed, and report_stuck() was not called */
static unsigned int nr_checked;
static int undo_err;
static enum engine_step undo_step;
static unsigned int undo_block_nr;
static unsigned int nr_undo_errs;

static _Bool online(enum block_state state)
{
	return state == BLOCK_KERNEL || state == BLOCK_MOVABLE;
}

static _Bool has_type(enum block_state state, enum online_type type)
{
	switch (type) {
	case TYPE_OFFLINE:
		return state == BLOCK_OFFLINE;
	case TYPE_ONLINE:
		return online(state);
	case TYPE_ONLINE_KERNEL:
		return state == BLOCK_KERNEL;
	default:
		return state == BLOCK_MOVABLE;
	}
}

static unsigned int range_at(unsigned int block)
{
	unsigned int r = 0, i;

	for (i = 1; i < RANGES; i++)
		if (i < nr_ranges && ranges[i].first <= block)
			r = i;
	return r;
}

/* The first piece of a range. The reservation of the range is recorded there. */
static unsigned int first_piece(unsigned int range)
{
	unsigned int first = 0, i;

	for (i = 1; i < RANGES; i++)
		if (i <= range && !ranges[i].continues)
			first = i;
	return first;
}

/* True if any piece of this range is present. */
static _Bool any_piece(unsigned int range)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++)
		if (i < nr_ranges && now.present[i] && first_piece(i) == first_piece(range))
			return 1;
	return 0;
}

static enum block_state any_state(_Bool absent)
{
	unsigned int state = nondet_uint();

	__CPROVER_assume(state < BLOCK_STATES && (absent || state != BLOCK_ABSENT));
	return (enum block_state)state;
}

/*
 * Other controllers may switch a block of a range that is present at any time. Other drivers may
 * add, switch or remove blocks in a range that is not present.
 */
static void others(void)
{
#if OTHERS
	unsigned int block = nondet_uint();

	__CPROVER_assume(block < nr_blocks);
	if (nondet_bool())
		now.block[block] = any_state(!now.present[range_at(block)]);
#endif
}

/* Begins a step, and asserts that the engine may call it now. Returns any errno, or 0. */
static int begin_step(enum engine_step step, unsigned int block, _Bool may_fail)
{
	int err = nondet_int();

	others();
	assert(block < nr_blocks);
	assert(!is_undone);
	assert(in_undo || !first_err);
	assert(!is_unreported);
	__CPROVER_assume(err <= 0 && err >= -4095 && (may_fail || !err));
	if (!in_undo && (step == STEP_ADD || step == STEP_ASK || step == STEP_ONLINE ||
			 step == STEP_OFFLINE))
		assert(is_asked);
	if (in_undo)
		assert(step != STEP_CHECK && step != STEP_ROOM && step != STEP_ASK &&
		       step != STEP_RESERVE);
	is_asked = 0;
	if (!in_undo && step != STEP_ROOM && step != STEP_ASK && step != STEP_CHECK && !err)
		forward = 1;
	return err;
}

static int end_step(enum engine_step step, unsigned int block, int err)
{
	if (!err)
		return 0;
	if (in_undo) {
		is_unreported = 1;
		undo_err = err;
		undo_step = step;
		undo_block_nr = block;
		nr_undo_errs++;
	} else {
		first_err = err;
		first_step = step;
		first_block = block;
	}
	return err;
}

static int op_reserve(void *ctx, unsigned int range)
{
	int err;

	assert(range < nr_ranges && !ranges[range].continues);
	assert(!now.reserved[range] && !any_piece(range));
	err = begin_step(STEP_RESERVE, ranges[range].first, 1);
	if (!err)
		now.reserved[range] = 1;
	return end_step(STEP_RESERVE, ranges[range].first, err);
}

static void op_release(void *ctx, unsigned int range)
{
	assert(range < nr_ranges && !ranges[range].continues);
	assert(now.reserved[range] && !any_piece(range));
	begin_step(STEP_RELEASE, ranges[range].first, 0);
	now.reserved[range] = 0;
}

/*
 * The add fails if another driver has added one of the blocks. If the op can neither add all
 * blocks nor remove those that it has added, it fails and sets @present of the range.
 */
static int op_add(void *ctx, unsigned int range)
{
	unsigned int b, upto, first;
	int err;

	assert(range < nr_ranges);
	assert(now.reserved[first_piece(range)]);
	assert(!now.present[range]);
	first = ranges[range].first;
	err = begin_step(STEP_ADD, first, 1);
	for (b = 0; b < BLOCKS; b++)
		if (b < ranges[range].count && now.block[first + b] != BLOCK_ABSENT)
			__CPROVER_assume(err);
	upto = err ? 0 : ranges[range].count;
	if (err && (PARTIAL || !in_undo) && nondet_bool()) {
		upto = nondet_uint();
		__CPROVER_assume(upto <= ranges[range].count);
		now.present[range] = 1;
		ranges[range].present = 1;
	}
	for (b = 0; b < BLOCKS; b++)
		if (b < upto)
			now.block[first + b] = BLOCK_OFFLINE;
	if (!err)
		now.present[range] = 1;
	return end_step(STEP_ADD, first, err);
}

static int op_remove(void *ctx, unsigned int range)
{
	unsigned int b, first;
	int err;

	assert(range < nr_ranges);
	assert(now.reserved[first_piece(range)]);
	assert(now.present[range]);
	first = ranges[range].first;
#if !OTHERS
	/* The engine must not remove a range while it knows that a block is online. */
	for (b = 0; b < BLOCKS; b++)
		if (b < ranges[range].count)
			assert(!online(now.block[first + b]));
#endif
	err = begin_step(STEP_REMOVE, first, 1);
	for (b = 0; b < BLOCKS; b++)
		if (b < ranges[range].count && online(now.block[first + b]))
			__CPROVER_assume(err);
	if (!err)
		now.present[range] = 0;
	for (b = 0; b < BLOCKS; b++)
		if (b < ranges[range].count && (!err || (PARTIAL && nondet_bool())))
			now.block[first + b] = BLOCK_ABSENT;
	return end_step(STEP_REMOVE, first, err);
}

static int op_online(void *ctx, unsigned int block, enum online_type type)
{
	enum block_state state = nondet_bool() ? BLOCK_KERNEL : BLOCK_MOVABLE;
	int err;

	assert(block < nr_blocks);
	assert(type == TYPE_ONLINE || type == TYPE_ONLINE_KERNEL || type == TYPE_ONLINE_MOVABLE);
	assert(now.present[range_at(block)]);
#if !OTHERS
	/* A repair also calls the op for a missing block, so that the result has the op's errno. */
	assert(now.block[block] == BLOCK_OFFLINE ||
	       (PARTIAL && !in_undo && now.block[block] == BLOCK_ABSENT));
#endif
	err = begin_step(STEP_ONLINE, block, 1);
	if (now.block[block] == BLOCK_ABSENT)
		__CPROVER_assume(err);
	__CPROVER_assume(has_type(state, type));
	if (!err && now.block[block] == BLOCK_OFFLINE)
		now.block[block] = state;
	return end_step(STEP_ONLINE, block, err);
}

/* True if the engine's list has the numbers of pages that op_measure() has returned. */
static _Bool is_as_measured(unsigned int block)
{
	return fill[block].used == measured[block].used &&
	       fill[block].unmovable == measured[block].unmovable &&
	       fill[block].referenced == measured[block].referenced &&
	       fill[block].to_migrate == measured[block].to_migrate &&
	       fill[block].free == measured[block].free &&
	       fill[block].poisoned == measured[block].poisoned;
}

static struct engine_ops ops;

static int op_offline(void *ctx, unsigned int block)
{
	int err;

	assert(block < nr_blocks);
	assert(now.present[range_at(block)]);
#if !OTHERS
	assert(online(now.block[block]));
#endif
	/* The steps of an unplug may read the numbers of pages from the engine's list. */
	assert(!FILL || in_undo || is_as_measured(block));
	err = begin_step(STEP_OFFLINE, block, 1);
	if (now.block[block] == BLOCK_ABSENT)
		__CPROVER_assume(err);
	if (!err)
		now.block[block] = BLOCK_OFFLINE;
	return end_step(STEP_OFFLINE, block, err);
}

static enum block_state op_read_state(void *ctx, unsigned int block)
{
	assert(block < nr_blocks);
	return now.block[block];
}

static int op_check(void *ctx, unsigned int block, enum online_type type)
{
	int err = begin_step(STEP_CHECK, block, 1);

	if (!has_type(now.block[block], type))
		__CPROVER_assume(err);
	nr_checked++;
	return end_step(STEP_CHECK, block, err);
}

static void op_measure(void *ctx, unsigned int block, struct block_fill *to)
{
	assert(block < nr_blocks && to == &fill[block]);
	assert(is_asked && !in_undo && !first_err && !forward);
	assert(now.present[range_at(block)] && online(now.block[block]));
	assert(!to->used && !to->unmovable && !to->referenced);
	assert(!to->to_migrate && !to->free && !to->poisoned);
	is_asked = 0;
	to->used = nondet_uint();
	to->unmovable = nondet_uint();
	to->referenced = nondet_uint();
	to->to_migrate = nondet_uint();
	to->free = nondet_uint();
	to->poisoned = nondet_uint();
	measured[block] = *to;
}

static int op_check_space(void *ctx)
{
	unsigned int i, last = order[nr_blocks - 1];
	int err = begin_step(STEP_ROOM, 0, 1);

	assert(!forward);
	/* A failure must name a block with used pages: the last of these in the order. */
	for (i = 0; i < ALL_BLOCKS; i++)
		if (i < nr_blocks && measured[order[i]].used)
			last = order[i];
	assert(measured[last].used);
	return end_step(STEP_ROOM, last, err);
}

static int op_dry_run(void *ctx, unsigned int block)
{
	int err;

	assert(block < nr_blocks && !forward);
	assert(now.present[range_at(block)]);
#if !OTHERS
	assert(online(now.block[block]));
#endif
	assert(!FILL || is_as_measured(block));
	err = begin_step(STEP_ASK, block, 1);
	return end_step(STEP_ASK, block, err);
}

static int op_check_interrupted(void *ctx)
{
	int err = nondet_int();

	assert(!in_undo && !is_undone && !first_err && !is_asked);
	if (!may_interrupt) {
		is_asked = 1;
		return 0;
	}
	__CPROVER_assume(err <= 0 && err >= -4095);
	is_asked = 1;
	first_err = err;
	first_step = STEP_NONE;
	return err;
}

static void op_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	assert(first_err && !in_undo && !is_undone);
	in_undo = 1;
	fn(arg);
	in_undo = 0;
	is_undone = 1;
}

static void op_report_stuck(void *ctx, enum engine_step step, unsigned int block, int err)
{
	assert(in_undo && is_unreported);
	assert(step == undo_step && block == undo_block_nr && err == undo_err && err < 0);
	is_unreported = 0;
}

#ifdef ORDERS
/* prove_order.c proves that the list has each block once. Here it is one of the lists in ORDERS. */
static const unsigned int orders[][ALL_BLOCKS] = { ORDERS };
static unsigned int turn;

void order_for_unplug(unsigned int *list, const struct block_fill *how_full,
		  unsigned int count, _Bool empty_first)
{
	unsigned int i;

	assert(list == order && how_full == fill && count == nr_blocks);
	for (i = 0; i < ALL_BLOCKS; i++)
		list[i] = orders[turn][i];
	may_interrupt = 1;
}
#endif

/* Any device of the shape that the macros set, in any state that a transaction may leave. */
static void any_device(void)
{
	unsigned int r, b, n = 0;

	nr_ranges = RANGES;
	for (r = 0; r < RANGES; r++) {
		ranges[r].first = n;
		ranges[r].count = counts[r];
		ranges[r].continues = r && nondet_bool();
		ranges[r].reserved = nondet_bool();
		ranges[r].present = nondet_bool();
		ranges[r].was_reserved = nondet_bool();
		ranges[r].was_present = nondet_bool();
		ranges[r].offline_failed = nondet_bool();
		__CPROVER_assume(!ranges[r].continues || !ranges[r].reserved);
		__CPROVER_assume(!ranges[r].present || ranges[first_piece(r)].reserved);
		now.reserved[r] = ranges[r].reserved;
		now.present[r] = ranges[r].present;
		for (b = 0; b < BLOCKS; b++)
			if (b < ranges[r].count) {
				now.block[n + b] = BLOCK_ABSENT;
				if (now.present[r] || OTHERS)
					now.block[n + b] = any_state(PARTIAL || !now.present[r]);
			}
		n += ranges[r].count;
	}
	nr_blocks = n;
	for (b = 0; b < ALL_BLOCKS; b++) {
		was[b] = nondet_uchar();
		order[b] = nondet_uint();
		fill[b].used = nondet_uint();
	}
}

/* True if the state of a block or the presence of a range differs from the beginning. */
static _Bool has_changed(void)
{
	unsigned int i;

	for (i = 0; i < ALL_BLOCKS; i++)
		if (i < nr_blocks && now.block[i] != start.block[i])
			return 1;
	for (i = 0; i < RANGES; i++)
		if (i < nr_ranges && now.present[i] != start.present[i])
			return 1;
	return 0;
}

static void check_end(const struct engine_result *result, enum online_type type)
{
	unsigned int i, r;

#ifdef REACH
	assert(result->end != REACH);
	return;
#endif
	assert(!in_undo && !is_unreported);
	assert(!result->err == !first_err && is_undone == (first_err != 0));
	assert(result->err == first_err);
	assert((result->end == END_DONE) == !first_err);
	if (first_err && first_step != STEP_NONE)
		assert(result->step == first_step && result->block == first_block);
	/* The result of an interrupted transaction names the step that was not begun. */
	if (first_err && first_step == STEP_NONE)
		assert(result->step != STEP_NONE && result->block < nr_blocks);

	for (r = 0; r < RANGES; r++)
		if (r < nr_ranges) {
			assert(ranges[r].reserved == now.reserved[r]);
			assert(ranges[r].present == now.present[r]);
		}
	/* If the space check or a dry run failed, no block has been changed before. */
	if (result->step == STEP_ROOM || result->step == STEP_ASK)
		assert(!forward && !nr_undo_errs);

	if (result->end == END_DONE) {
		assert(result->step == STEP_NONE);
		assert(UNPLUG || nr_checked == nr_blocks);
		for (r = 0; r < RANGES; r++)
			if (r < nr_ranges) {
				assert(now.present[r] == !UNPLUG);
				assert(now.reserved[r] == (!UNPLUG && !ranges[r].continues));
			}
#if !OTHERS
		for (i = 0; i < ALL_BLOCKS; i++)
			if (i < nr_blocks)
				assert(UNPLUG ? now.block[i] == BLOCK_ABSENT :
						has_type(now.block[i], type));
#endif
		return;
	}

	if (result->end == END_UNDONE) {
		assert(!has_changed());
		for (r = 0; r < RANGES; r++)
			if (r < nr_ranges)
				assert(now.reserved[r] == start.reserved[r]);
		return;
	}

	assert(result->end == END_INCONSISTENT);
	assert(has_changed());
	assert(OTHERS || PARTIAL || nr_undo_errs);
	assert(result->stuck < nr_blocks);
	r = range_at(result->stuck);
	assert(now.block[result->stuck] != start.block[result->stuck] ||
	       (now.present[r] != start.present[r] && result->stuck == ranges[r].first));
}

int main(void)
{
	enum online_type type = (enum online_type)nondet_uint();
	struct engine engine = {
		.ops = &ops, .ranges = ranges, .was = was, .order = order, .fill = fill,
	};
	struct engine_result result;
	unsigned int chosen;

	ops.reserve = op_reserve;
	ops.release = op_release;
	ops.add = op_add;
	ops.remove = op_remove;
	ops.online = op_online;
	ops.offline = op_offline;
	ops.read_state = op_read_state;
	ops.check = op_check;
	ops.check_interrupted = op_check_interrupted;
	ops.undo = op_undo;
	ops.report_stuck = op_report_stuck;
	if (MEASURE)
		ops.measure = op_measure;
	if (ROOM)
		ops.check_space = op_check_space;
	if (ASK)
		ops.dry_run = op_dry_run;

	__CPROVER_assume(type == TYPE_OFFLINE || type == TYPE_ONLINE ||
			 type == TYPE_ONLINE_KERNEL || type == TYPE_ONLINE_MOVABLE);
	any_device();
	engine.nr_ranges = nr_ranges;
	engine.nr_blocks = nr_blocks;
	engine.empty_first = nondet_bool();
	start = now;

#ifdef ORDERS
	/* The index is a constant in each turn, which is much faster for the solver. */
	chosen = nondet_uint();
	for (turn = 0; turn < sizeof(orders) / sizeof(orders[0]); turn++)
		if (chosen == turn) {
			may_interrupt = 0;
			result = engine_unplug(&engine);
			check_end(&result, type);
			__CPROVER_assume(0);
		}
#else
	result = UNPLUG ? engine_unplug(&engine) : engine_plug(&engine, type);
	check_end(&result, type);
#endif
	return 0;
}
