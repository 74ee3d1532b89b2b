// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"

static const char letter[] = ".okm";

static void show_blocks(const struct model *m, const char *name,
			const struct truth *truth)
{
	unsigned int r, b;

	print_error("%s:", name);
	for (r = 0; r < m->nr_ranges; r++) {
		print_error(" %c[", m->continues[r] ? '+' :
				    truth->reserved[r] ? 'R' : '-');
		for (b = 0; b < m->count[r]; b++)
			print_error("%c",
				    letter[truth->block[m->first[r] + b]]);
		print_error("]");
	}
	print_error("\n");
}

void model_broken(const struct model *m, const char *what, const char *file,
		  int line)
{
	unsigned int i;

	print_error("%s, type %s, interrupt at %d, outsider after %d: "
		    "block %u to %d\n", m->unplug ? "unplug" : "plug",
		    type_name(m->type), (int)m->interrupt_at,
		    (int)m->outsider.after, m->outsider.block,
		    (int)m->outsider.to);
	show_blocks(m, "start", &m->start);
	for (i = 0; i < m->nr_calls; i++)
		print_error("%4u %s%s %u %s: %d\n", i,
			    m->call[i].undo ? "  undo: " : "",
			    engine_step_name(m->call[i].step),
			    m->call[i].block, type_name(m->call[i].type),
			    m->call[i].err);
	show_blocks(m, "now", &m->now);
	print_error("end %d err %d step %d block %u stuck %u\n",
		    (int)m->result.end, m->result.err, (int)m->result.step,
		    m->result.block, m->result.stuck);
	print_error("does not hold: %s\n", what);
	_fail(file, line);
}

unsigned int model_range_of(const struct model *m, unsigned int block)
{
	unsigned int r = 0;

	while (block >= m->first[r] + m->count[r])
		r++;
	return r;
}

unsigned int model_first_piece(const struct model *m, unsigned int range)
{
	while (m->continues[range])
		range--;
	return range;
}

/* True if any piece of this range is present. */
static bool is_any_piece_present(const struct model *m, unsigned int range)
{
	unsigned int first = model_first_piece(m, range), r;

	for (r = 0; r < m->nr_ranges; r++)
		if (m->now.present[r] && model_first_piece(m, r) == first)
			return true;
	return false;
}

/*
 * The order that engine/order.h documents, worked out without the engine. The groups are:
 * blocks that may be vetoed, blocks without used pages, other blocks, blocks with bad
 * pages. In each group, a block with fewer used pages is earlier. Of blocks with the same
 * number of used pages, the one with the lower block number is earlier, but block 0 is the
 * last.
 */
unsigned long model_place(const struct block_fill *fill, unsigned int block)
{
	unsigned long turn = 2;

	if (!fill->used)
		turn = 1;
	if (fill->unmovable + fill->referenced > 0)
		turn = 0;
	if (fill->poisoned)
		turn = 3;
	return (turn << 28) + fill->used * 256UL + (block ? block : 255);
}

/* Records a step, and sets its errno if the plan says that it fails. */
static struct call *begin_step(struct model *m, enum engine_step step,
			       unsigned int block, enum online_type type)
{
	struct call *c = &m->call[m->nr_calls];
	unsigned int i;

	must(m, m->nr_calls < MODEL_TRACE);
	*c = (struct call){
		.step = step,
		.block = block,
		.type = type,
		.undo = m->in_undo,
		.before = m->now.block[block],
	};
	for (i = 0; i < m->nr_faults; i++)
		if (m->fault[i] == m->nr_calls)
			c->err = ERR_FAULT(m->nr_calls);
	m->nr_calls++;

	/* After the first failure, the engine may only call steps of the undo. */
	must(m, m->in_undo || !m->failed);
	return c;
}

/* Ends a step. If the plan says that the outsider acts after this step, it acts now. */
static int end_step(struct model *m, const struct call *c)
{
	const struct outsider *o = &m->outsider;

	if (c->err && !m->in_undo)
		m->failed = true;
	m->asked = false;
	if (o->after == (unsigned int)(c - m->call) &&
	    m->now.block[o->block] != BLOCK_ABSENT)
		m->now.block[o->block] = o->to;
	return c->err;
}

/*
 * Says whether the step changes the model. If the state of the block does not permit the
 * step, the step fails. Then an outsider must have changed that state. If there is no
 * outsider, the engine has a fault, and the test fails.
 */
static bool is_possible(struct model *m, struct call *c, bool possible)
{
	if (c->err)
		return false;
	if (possible)
		return true;
	must(m, m->outsider.after != NEVER);
	c->err = ERR_RACE(c->block);
	return false;
}

static int model_reserve(void *ctx, unsigned int range)
{
	struct model *m = ctx;
	struct call *c;

	must(m, range < m->nr_ranges);
	must(m, !m->continues[range]);
	must(m, !m->now.reserved[range] && !is_any_piece_present(m, range));
	c = begin_step(m, STEP_RESERVE, m->first[range], TYPE_NONE);
	if (!c->err)
		m->now.reserved[range] = true;
	return end_step(m, c);
}

static void model_release(void *ctx, unsigned int range)
{
	struct model *m = ctx;
	struct call *c;

	must(m, range < m->nr_ranges);
	must(m, !m->continues[range]);
	must(m, m->now.reserved[range] && !is_any_piece_present(m, range));
	c = begin_step(m, STEP_RELEASE, m->first[range], TYPE_NONE);
	c->err = 0;
	m->now.reserved[range] = false;
	end_step(m, c);
}

static int model_add(void *ctx, unsigned int range)
{
	struct model *m = ctx;
	struct call *c;

	must(m, range < m->nr_ranges);
	must(m, m->now.reserved[model_first_piece(m, range)]);
	must(m, !m->now.present[range]);
	must(m, m->in_undo || m->asked);
	c = begin_step(m, STEP_ADD, m->first[range], TYPE_NONE);
	if (!c->err) {
		bool lost = range == m->lost_add && !m->in_undo;
		unsigned int b;

		m->now.present[range] = true;
		for (b = 0; b < m->count[range]; b++)
			if (!lost || m->first[range] + b < m->lost_block)
				m->now.block[m->first[range] + b] = BLOCK_OFFLINE;
		/* Blocks exist although the add fails, so set @present as engine_ops demands. */
		m->ranges[range].present = lost;
		if (lost)
			c->err = ERR_LOST(range);
	}
	return end_step(m, c);
}

static int model_remove(void *ctx, unsigned int range)
{
	struct model *m = ctx;
	bool all_offline = true;
	struct call *c;
	unsigned int b;

	must(m, range < m->nr_ranges);
	must(m, m->now.reserved[model_first_piece(m, range)]);
	must(m, m->now.present[range]);
	for (b = 0; b < m->count[range]; b++)
		if (m->now.block[m->first[range] + b] != BLOCK_OFFLINE && range != m->lost_add)
			all_offline = false;

	c = begin_step(m, STEP_REMOVE, m->first[range], TYPE_NONE);
	if (is_possible(m, c, all_offline)) {
		m->now.present[range] = false;
		for (b = 0; b < m->count[range]; b++)
			m->now.block[m->first[range] + b] = BLOCK_ABSENT;
	}
	return end_step(m, c);
}

/*
 * The zone of a block that comes online with this type. For TYPE_ONLINE, odd blocks come
 * into ZONE_MOVABLE and even blocks into a kernel zone.
 */
static enum block_state zone_for_type(unsigned int block, enum online_type type)
{
	if (type == TYPE_ONLINE)
		return block % 2 ? BLOCK_MOVABLE : BLOCK_KERNEL;
	return type == TYPE_ONLINE_KERNEL ? BLOCK_KERNEL : BLOCK_MOVABLE;
}

static int model_online(void *ctx, unsigned int block, enum online_type type)
{
	struct model *m = ctx;
	struct call *c;

	must(m, block < m->nr_blocks);
	must(m, type == TYPE_ONLINE || type == TYPE_ONLINE_KERNEL ||
		type == TYPE_ONLINE_MOVABLE);
	must(m, m->now.block[block] != BLOCK_ABSENT);
	must(m, m->in_undo || m->asked);
	c = begin_step(m, STEP_ONLINE, block, type);
	if (!c->err && m->never_online == block)
		c->err = ERR_STUBBORN(block);
	if (is_possible(m, c, m->now.block[block] == BLOCK_OFFLINE))
		m->now.block[block] = zone_for_type(block, type);
	return end_step(m, c);
}

/* While a step of an unplug runs, the engine's array has the measured pages of the block. */
static void check_fill(const struct model *m, unsigned int block)
{
	must(m, !m->unplug || !m->has_fill ||
			!memcmp(&m->fill_room[block], &m->measured[block],
				sizeof(m->measured[block])));
}

static int model_offline(void *ctx, unsigned int block)
{
	struct model *m = ctx;
	struct call *c;

	must(m, block < m->nr_blocks);
	must(m, m->now.block[block] != BLOCK_ABSENT);
	must(m, m->in_undo || m->asked);
	if (!m->in_undo)
		check_fill(m, block);
	c = begin_step(m, STEP_OFFLINE, block, TYPE_NONE);
	if (!c->err && m->never_offline == block)
		c->err = ERR_STUBBORN(block);
	if (is_possible(m, c, m->now.block[block] != BLOCK_OFFLINE))
		m->now.block[block] = BLOCK_OFFLINE;
	return end_step(m, c);
}

static enum block_state model_read_state(void *ctx, unsigned int block)
{
	struct model *m = ctx;

	must(m, block < m->nr_blocks);
	return m->now.block[block];
}

static bool has_type(enum block_state state, enum online_type type)
{
	return (type == TYPE_OFFLINE && state == BLOCK_OFFLINE) ||
	       (type == TYPE_ONLINE && state == BLOCK_KERNEL) ||
	       (type == TYPE_ONLINE && state == BLOCK_MOVABLE) ||
	       (type == TYPE_ONLINE_KERNEL && state == BLOCK_KERNEL) ||
	       (type == TYPE_ONLINE_MOVABLE && state == BLOCK_MOVABLE);
}

static int model_check(void *ctx, unsigned int block, enum online_type type)
{
	struct model *m = ctx;
	struct call *c;

	must(m, block < m->nr_blocks);
	must(m, !m->in_undo);
	c = begin_step(m, STEP_CHECK, block, type);
	if (!c->err && !has_type(m->now.block[block], type))
		c->err = ERR_CHECK(block);
	return end_step(m, c);
}

static void model_measure(void *ctx, unsigned int block,
			  struct block_fill *fill)
{
	struct model *m = ctx;

	must(m, block < m->nr_blocks);
	must(m, !m->in_undo && !m->nr_calls && m->asked);
	must(m, m->now.block[block] == BLOCK_KERNEL ||
		m->now.block[block] == BLOCK_MOVABLE);
	must(m, !fill->used && !fill->unmovable && !fill->referenced);
	must(m, !fill->to_migrate && !fill->free && !fill->poisoned);
	m->asked = false;
	*fill = m->fill[block];
	m->measured[block] = m->fill[block];
}

static int model_check_space(void *ctx)
{
	struct model *m = ctx;
	unsigned int i, last = NEVER;

	must(m, !m->in_undo && !m->nr_calls);
	/* A failure must name a block with used pages: the last of these in the order. */
	for (i = 0; i < m->nr_blocks; i++)
		if (m->measured[i].used &&
		    (last == NEVER || model_place(&m->measured[i], i) >
				      model_place(&m->measured[last], last)))
			last = i;
	must(m, last != NEVER);
	return end_step(m, begin_step(m, STEP_ROOM, last, TYPE_NONE));
}

/*
 * The dry run of block never_offline fails if the number of the block is even. If it is odd, only
 * the offline fails.
 */
static int model_dry_run(void *ctx, unsigned int block)
{
	struct model *m = ctx;
	struct call *c;

	must(m, block < m->nr_blocks);
	must(m, !m->in_undo && m->asked);
	must(m, m->now.block[block] == BLOCK_KERNEL ||
		m->now.block[block] == BLOCK_MOVABLE);
	check_fill(m, block);
	c = begin_step(m, STEP_ASK, block, TYPE_NONE);
	if (!c->err && m->never_offline == block && block % 2 == 0)
		c->err = ERR_STUBBORN(block);
	return end_step(m, c);
}

static int model_check_interrupted(void *ctx)
{
	struct model *m = ctx;

	must(m, !m->in_undo);
	must(m, !m->failed);
	must(m, !m->asked);
	m->asked = true;
	if (m->nr_asks++ != m->interrupt_at)
		return 0;
	m->failed = true;
	return -EINTR;
}

static void model_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	struct model *m = ctx;

	must(m, m->failed && !m->in_undo && !m->nr_undos);
	m->nr_undos++;
	m->in_undo = true;
	fn(arg);
	m->in_undo = false;
}

/* The engine must report a failed step of the undo before it calls the next step. */
static void model_report_stuck(void *ctx, enum engine_step step, unsigned int block,
			       int err)
{
	struct model *m = ctx;
	const struct call *c = &m->call[m->nr_calls - 1];

	must(m, m->in_undo && m->nr_calls);
	must(m, c->undo && c->err && c->err == err);
	must(m, c->step == step && c->block == block);
	m->nr_told++;
}

void model_calm(struct model *m)
{
	m->nr_faults = 0;
	m->never_offline = NEVER;
	m->lost_add = NEVER;
	m->never_online = NEVER;
	m->interrupt_at = NEVER;
	m->outsider.after = NEVER;
}

void model_init(struct model *m, unsigned int nr_ranges,
		const unsigned int count[], unsigned int pieces)
{
	static const struct engine_ops ops = {
		.reserve = model_reserve,
		.release = model_release,
		.add = model_add,
		.remove = model_remove,
		.online = model_online,
		.offline = model_offline,
		.read_state = model_read_state,
		.check = model_check,
		.check_space = model_check_space,
		.dry_run = model_dry_run,
		.check_interrupted = model_check_interrupted,
		.undo = model_undo,
		.report_stuck = model_report_stuck,
	};
	const unsigned long long block_size = 128ULL << 20;
	unsigned long long start = 16 * block_size;
	unsigned int i;

	*m = (struct model){ .nr_ranges = nr_ranges, .ops = ops };
	for (i = 0; i < nr_ranges; i++) {
		m->first[i] = m->nr_blocks;
		m->count[i] = count[i];
		m->continues[i] = i && (pieces >> i & 1);
		/* A piece begins where the one before it ends. */
		if (!m->continues[i])
			start += block_size;
		m->ranges[i] = (struct engine_range){
			.start = start,
			.size = count[i] * block_size,
			.first = m->nr_blocks,
			.count = count[i],
			.continues = m->continues[i],
		};
		m->nr_blocks += count[i];
		start += count[i] * block_size;
	}
	m->engine = (struct engine){
		.ops = &m->ops,
		.ctx = m,
		.ranges = m->ranges,
		.nr_ranges = nr_ranges,
		.was = m->was,
		.order = m->room,
		.fill = m->fill_room,
		.nr_blocks = m->nr_blocks,
	};
	model_calm(m);
}

void model_all(struct model *m, enum block_state state)
{
	unsigned int i;

	for (i = 0; i < m->nr_blocks; i++)
		m->now.block[i] = state;
	for (i = 0; i < m->nr_ranges; i++) {
		m->now.present[i] = state != BLOCK_ABSENT;
		m->now.reserved[i] = state != BLOCK_ABSENT && !m->continues[i];
	}
}

void model_absent(struct model *m, unsigned int range, bool reserved)
{
	unsigned int b;

	m->now.present[range] = false;
	m->now.reserved[model_first_piece(m, range)] =
		reserved || is_any_piece_present(m, range);
	for (b = 0; b < m->count[range]; b++)
		m->now.block[m->first[range] + b] = BLOCK_ABSENT;
}

/*
 * Prepares a transaction. The engine's own arrays and members get wrong values, because the
 * engine must not depend on their content.
 */
static void prepare(struct model *m)
{
	const unsigned int rubbish = 0xaaaaaaaa;
	unsigned int i;

	m->start = m->now;
	m->nr_calls = 0;
	m->nr_asks = 0;
	m->asked = false;
	m->failed = false;
	m->nr_undos = 0;
	m->nr_told = 0;
	for (i = 0; i < m->nr_blocks; i++) {
		m->was[i] = 0xaa;
		m->room[i] = rubbish;
		m->fill_room[i] = (struct block_fill){
			.used = rubbish, .unmovable = rubbish, .referenced = rubbish,
			.to_migrate = rubbish, .free = rubbish, .poisoned = rubbish,
		};
		m->measured[i] = (struct block_fill){ 0 };
	}
	for (i = 0; i < m->nr_ranges; i++) {
		m->ranges[i].reserved = m->now.reserved[i];
		m->ranges[i].present = m->now.present[i];
		m->ranges[i].was_reserved = !m->now.reserved[i];
		m->ranges[i].was_present = !m->now.present[i];
	}
	m->ops.measure = m->has_fill ? model_measure : NULL;
}

struct engine_result model_plug(struct model *m, enum online_type type)
{
	prepare(m);
	m->unplug = false;
	m->type = type;
	m->result = engine_plug(&m->engine, type);
	return m->result;
}

struct engine_result model_unplug(struct model *m)
{
	prepare(m);
	m->unplug = true;
	m->type = TYPE_NONE;
	m->result = engine_unplug(&m->engine);
	return m->result;
}

unsigned int model_calls(const struct model *m, enum engine_step step,
			 unsigned int block)
{
	unsigned int i, n = 0;

	for (i = 0; i < m->nr_calls; i++)
		n += m->call[i].step == step && m->call[i].block == block;
	return n;
}
