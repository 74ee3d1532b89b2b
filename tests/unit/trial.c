// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* Transactions that are run on the model, and the checks after each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "trial.h"

const enum online_type all_types[NR_TYPES] = {
	TYPE_OFFLINE, TYPE_ONLINE, TYPE_ONLINE_KERNEL, TYPE_ONLINE_MOVABLE
};

const enum block_state all_states[3] = {
	BLOCK_OFFLINE, BLOCK_KERNEL, BLOCK_MOVABLE
};

unsigned long cases, undone, inconsistent;

/* The expected steps and states. They are worked out here, without the engine. */

static bool is_online(enum block_state state)
{
	return state == BLOCK_KERNEL || state == BLOCK_MOVABLE;
}

static bool has_type(enum block_state state, enum online_type type)
{
	switch (type) {
	case TYPE_OFFLINE:
		return state == BLOCK_OFFLINE;
	case TYPE_ONLINE:
		return is_online(state);
	case TYPE_ONLINE_KERNEL:
		return state == BLOCK_KERNEL;
	default:
		return state == BLOCK_MOVABLE;
	}
}

static enum online_type type_to_restore(enum block_state state)
{
	return state == BLOCK_KERNEL ? TYPE_ONLINE_KERNEL : TYPE_ONLINE_MOVABLE;
}

static void add_expected(struct call *list, unsigned int *nr, enum engine_step step,
			 unsigned int block, enum online_type type)
{
	list[*nr] = (struct call){ .step = step, .block = block, .type = type };
	++*nr;
}

unsigned int expect_plug(const struct trial *t, struct call *list)
{
	const struct model *m = t->m;
	unsigned int i, nr = 0;

	for (i = 0; i < m->nr_ranges; i++)
		if (!t->start.reserved[i] && !m->continues[i])
			add_expected(list, &nr, STEP_RESERVE, m->first[i], TYPE_NONE);
	for (i = 0; i < m->nr_ranges; i++)
		if (!t->start.present[i])
			add_expected(list, &nr, STEP_ADD, m->first[i], TYPE_NONE);
	for (i = 0; i < m->nr_blocks; i++) {
		/* The second block comes last, as order_for_plug() documents. */
		unsigned int b = !i || m->nr_blocks < 3 ? i :
				 i < m->nr_blocks - 1 ? i + 1 : 1;
		enum block_state state = t->start.block[b];

		if (has_type(state, t->type))
			continue;
		if (is_online(state))
			add_expected(list, &nr, STEP_OFFLINE, b, TYPE_NONE);
		if (t->type != TYPE_OFFLINE)
			add_expected(list, &nr, STEP_ONLINE, b, t->type);
	}
	for (i = 0; i < m->nr_blocks; i++)
		add_expected(list, &nr, STEP_CHECK, i, t->type);
	return nr;
}

static struct block_fill fill_of(const struct trial *t, unsigned int block)
{
	if (!t->m->has_fill || !is_online(t->start.block[block]))
		return (struct block_fill){ 0 };
	return t->m->fill[block];
}

static unsigned long place_of(const struct trial *t, unsigned int block)
{
	struct block_fill fill = fill_of(t, block);

	/* Blocks that are not measured are taken in the order of their numbers. */
	if (!t->m->has_fill)
		return block;
	return model_place(&fill, block);
}

static void expect_order(const struct trial *t, unsigned int *order)
{
	unsigned int i, j, nr = t->m->nr_blocks;

	for (i = 0; i < nr; i++) {
		unsigned int place = 0;

		for (j = 0; j < nr; j++)
			place += place_of(t, j) < place_of(t, i);
		order[place] = i;
	}
}

unsigned int expect_unplug(const struct trial *t, struct call *list)
{
	const struct model *m = t->m;
	unsigned int order[MODEL_BLOCKS] = { 0 };
	unsigned int i, nr = 0;

	expect_order(t, order);
	for (i = m->nr_blocks; !nr && i-- > 0;)
		if (fill_of(t, order[i]).used)
			add_expected(list, &nr, STEP_ROOM, order[i], TYPE_NONE);
	for (i = 0; nr && i < m->nr_blocks; i++)
		if (fill_of(t, order[i]).unmovable)
			add_expected(list, &nr, STEP_ASK, order[i], TYPE_NONE);
	for (i = 0; nr && i < m->nr_blocks; i++)
		if (is_online(t->start.block[order[i]]) && !fill_of(t, order[i]).unmovable)
			add_expected(list, &nr, STEP_ASK, order[i], TYPE_NONE);
	for (i = 0; i < m->nr_blocks; i++)
		if (is_online(t->start.block[order[i]]))
			add_expected(list, &nr, STEP_OFFLINE, order[i], TYPE_NONE);
	for (i = m->nr_ranges; i-- > 0;)
		if (t->start.present[i])
			add_expected(list, &nr, STEP_REMOVE, m->first[i], TYPE_NONE);
	for (i = m->nr_ranges; i-- > 0;)
		if (t->start.reserved[i])
			add_expected(list, &nr, STEP_RELEASE, m->first[i], TYPE_NONE);
	return nr;
}

unsigned int expect_asks(const struct trial *t, const struct call *steps,
			 unsigned int nr_steps, struct call *list)
{
	unsigned int i, nr = 0;

	for (i = 0; t->unplug && t->m->has_fill && i < t->m->nr_blocks; i++)
		if (is_online(t->start.block[i]))
			add_expected(list, &nr, STEP_ROOM, i, TYPE_NONE);
	for (i = 0; i < nr_steps; i++)
		if (steps[i].step == STEP_ADD || steps[i].step == STEP_ASK ||
		    steps[i].step == STEP_ONLINE || steps[i].step == STEP_OFFLINE)
			add_expected(list, &nr, steps[i].step, steps[i].block, TYPE_NONE);
	return nr;
}

/*
 * Lists the expected steps of an undo in which nothing fails: for each step that succeeded,
 * in reverse order, the step that undoes it.
 */
static unsigned int expect_undo(const struct model *m, struct call *list)
{
	unsigned int i = 0, nr = 0;

	while (i < m->nr_calls && !m->call[i].undo)
		i++;
	while (i-- > 0) {
		const struct call *c = &m->call[i];

		if (c->err)
			continue;
		if (c->step == STEP_RESERVE)
			add_expected(list, &nr, STEP_RELEASE, c->block, TYPE_NONE);
		else if (c->step == STEP_ADD)
			add_expected(list, &nr, STEP_REMOVE, c->block, TYPE_NONE);
		else if (c->step == STEP_REMOVE)
			add_expected(list, &nr, STEP_ADD, c->block, TYPE_NONE);
		else if (c->step == STEP_ONLINE)
			add_expected(list, &nr, STEP_OFFLINE, c->block, TYPE_NONE);
		else if (c->step == STEP_OFFLINE)
			add_expected(list, &nr, STEP_ONLINE, c->block,
				     type_to_restore(c->before));
	}
	return nr;
}

bool same_step(const struct call *a, const struct call *b)
{
	return a->step == b->step && a->block == b->block && a->type == b->type;
}

static bool same_truth(const struct model *m, const struct truth *a,
		       const struct truth *b)
{
	unsigned int i;

	for (i = 0; i < m->nr_blocks; i++)
		if (a->block[i] != b->block[i])
			return false;
	for (i = 0; i < m->nr_ranges; i++)
		if (a->reserved[i] != b->reserved[i] ||
		    a->present[i] != b->present[i])
			return false;
	return true;
}

/*
 * The expected state after an undo in which some steps failed. It is the state before the
 * transaction, except for the changes that these steps should have undone.
 */
static struct truth expect_after_undo(const struct model *m)
{
	struct truth want = m->start;
	unsigned int i, b, r;

	for (i = 0; i < m->nr_calls; i++) {
		const struct call *c = &m->call[i];

		if (!c->undo || !c->err)
			continue;
		r = model_range_of(m, c->block);
		for (b = m->first[r]; b < m->first[r] + m->count[r]; b++)
			if (!m->start.present[r] &&
			    !(is_online(want.block[b]) && want.present[r]))
				want.block[b] = BLOCK_OFFLINE;
			else if (c->step == STEP_ADD)
				want.block[b] = BLOCK_ABSENT;
		want.present[r] = c->step != STEP_ADD;
		want.reserved[model_first_piece(m, r)] = true;
		if (c->step == STEP_OFFLINE)
			want.block[c->block] = c->before;
		else if (c->step == STEP_ONLINE)
			want.block[c->block] = BLOCK_OFFLINE;
	}
	return want;
}

/* Checks what must hold after every transaction, whichever steps failed. */
static void check_any(const struct model *m)
{
	const struct engine_result *r = &m->result;
	bool same = same_truth(m, &m->now, &m->start);
	unsigned int i, failed = 0;

	for (i = 0; i < m->nr_ranges; i++) {
		must(m, m->ranges[i].reserved == m->now.reserved[i]);
		must(m, m->ranges[i].present == m->now.present[i]);
	}
	for (i = 0; i < m->nr_calls; i++)
		failed += m->call[i].undo && m->call[i].err;
	must(m, m->nr_told == failed);
	must(m, m->nr_undos == m->failed);

	/* If the space check or a dry run failed, no block has been changed before. */
	for (i = 0; (r->step == STEP_ROOM || r->step == STEP_ASK) &&
		    i < m->nr_calls; i++)
		must(m, m->call[i].undo || m->call[i].step == STEP_ROOM ||
				m->call[i].step == STEP_ASK);

	switch (r->end) {
	case END_DONE:
		must(m, !m->failed && !r->err && r->step == STEP_NONE);
		break;
	case END_UNDONE:
		must(m, m->failed && r->err && same);
		break;
	default:
		must(m, r->end == END_INCONSISTENT);
		must(m, m->failed && r->err && !same);
		must(m, r->stuck < m->nr_blocks);
		must(m, m->now.block[r->stuck] != m->start.block[r->stuck]);
		break;
	}
}

void check_goal(const struct model *m)
{
	unsigned int i;

	must(m, m->result.end == END_DONE);
	for (i = 0; i < m->nr_ranges; i++) {
		must(m, m->now.reserved[i] == (!m->unplug && !m->continues[i]));
		must(m, m->now.present[i] == !m->unplug);
	}
	for (i = 0; i < m->nr_blocks; i++)
		must(m, m->unplug ? m->now.block[i] == BLOCK_ABSENT :
				    has_type(m->now.block[i], m->type));
}

void run(const struct trial *t)
{
	t->m->now = t->start;
	if (t->unplug)
		model_unplug(t->m);
	else
		model_plug(t->m, t->type);
	check_any(t->m);
	cases++;
	undone += t->m->result.end == END_UNDONE;
	inconsistent += t->m->result.end == END_INCONSISTENT;
}

void check_recovers(struct model *m)
{
	struct model left = *m;

	model_calm(m);
	model_unplug(m);
	check_any(m);
	check_goal(m);
	model_plug(m, left.type == TYPE_NONE ? TYPE_ONLINE : left.type);
	check_any(m);
	check_goal(m);

	if (left.result.end == END_INCONSISTENT) {
		m->now = left.now;
		model_plug(m, TYPE_ONLINE_KERNEL);
		check_any(m);
		check_goal(m);
	}
	*m = left;
}

void check_undo(const struct model *m)
{
	struct truth want = expect_after_undo(m);
	struct call list[MODEL_TRACE];
	unsigned int nr = expect_undo(m, list);
	unsigned int i, at = 0, missed = 0;

	for (i = 0; i < m->nr_calls; i++) {
		if (!m->call[i].undo)
			continue;
		while (at < nr && !same_step(&list[at], &m->call[i])) {
			at++;
			missed++;
		}
		must(m, at < nr);
		at++;
	}
	missed += nr - at;
	must(m, m->nr_told || !missed);
	must(m, same_truth(m, &m->now, &want));
	must(m, m->nr_told || m->result.end == END_UNDONE);
}

void fill_unknown(struct model *m)
{
	m->has_fill = false;
}

void fill_falling(struct model *m)
{
	unsigned int i;

	m->has_fill = true;
	for (i = 0; i < m->nr_blocks; i++)
		m->fill[i] = (struct block_fill){ .used = m->nr_blocks - i };
}

/*
 * The number of used pages rises and falls from block to block, and some blocks have the same
 * number. The members to_migrate and free vary, too, because the order of the blocks must not
 * depend on them.
 */
void fill_mixed(struct model *m, unsigned int turn)
{
	static const struct block_fill kinds[] = {
		{ .used = 0 },
		{ .used = 2000, .unmovable = 1 },
		{ .used = 1000 },
		{ .used = 1000, .poisoned = 1 },
		{ .used = 3000, .referenced = 1 },
		{ .used = 0 },
		{ .used = 2000 },
		{ .used = 0, .poisoned = 9 },
		{ .used = 1000 },
		{ .used = 2000, .referenced = 5 },
		{ .used = 3000, .unmovable = 2, .referenced = 2, .poisoned = 1 },
		{ .used = 1000, .unmovable = 9 },
		{ .used = 3000 },
	};
	unsigned int i;

	m->has_fill = true;
	for (i = 0; i < m->nr_blocks; i++) {
		m->fill[i] = kinds[(i + turn) % NR(kinds)];
		m->fill[i].to_migrate = m->fill[i].used / (1 + i % 3);
		m->fill[i].free = i * 7 % 5 * 1000;
	}
}

struct truth start_all(struct model *m, enum block_state state)
{
	model_all(m, state);
	return m->now;
}

/* Makes all pieces of a range absent. */
static void absent_pieces(struct model *m, unsigned int range, bool reserved)
{
	unsigned int i, first = model_first_piece(m, range);

	for (i = 0; i < m->nr_ranges; i++)
		if (model_first_piece(m, i) == first)
			model_absent(m, i, reserved);
}

struct truth start_pattern(struct model *m, unsigned int pattern)
{
	unsigned int i, last = m->nr_ranges - 1;

	model_all(m, BLOCK_MOVABLE);
	for (i = 0; i < m->nr_blocks; i++)
		switch (pattern) {
		case 0:		/* both zones */
		case 4:
			m->now.block[i] = i % 2 ? BLOCK_KERNEL : BLOCK_MOVABLE;
			break;
		case 1:		/* some offline */
			if (i % 3 == 0)
				m->now.block[i] = BLOCK_OFFLINE;
			break;
		case 2:		/* the last block offline */
			m->now.block[i] = i == m->nr_blocks - 1 ?
						  BLOCK_OFFLINE : BLOCK_KERNEL;
			break;
		case 3:		/* blocks in each of the three states */
		case 5:
		case 6:
		case 8:
			m->now.block[i] = all_states[(i * i + i / 2) % 3];
			break;
		default:
			break;
		}

	/* In these patterns some ranges are absent, in addition. */
	if (pattern == 4)
		model_absent(m, 0, false);
	else if (pattern == 5)
		model_absent(m, last, true);
	else if (pattern == 6)
		model_absent(m, last / 2, false);
	else if (pattern == 7 && last)
		model_absent(m, 1, true);
	else if (pattern == 8)
		absent_pieces(m, 0, false);
	else if (pattern == 9)
		absent_pieces(m, last, true);
	return m->now;
}

/*
 * Each number stands for one state of the device. In it, a range is absent, absent but
 * reserved, or present with its blocks in any state. If all pieces of a range are absent, only
 * the first piece decides whether the range is reserved. So the loop runs backwards, and the
 * first piece overwrites what the other pieces have set.
 */
bool start_number(struct model *m, unsigned int number,
			 struct truth *start)
{
	unsigned int r, b;

	model_all(m, BLOCK_OFFLINE);
	for (r = m->nr_ranges; r-- > 0;) {
		unsigned int absent = m->continues[r] ? 1 : 2;
		unsigned int starts = absent, n;

		for (b = 0, n = 1; b < m->count[r]; b++)
			n *= 3;
		starts += n;
		n = number % starts;
		number /= starts;

		if (n < absent) {
			model_absent(m, r, n == 1);
			continue;
		}
		n -= absent;
		for (b = 0; b < m->count[r]; b++, n /= 3)
			m->now.block[m->first[r] + b] = all_states[n % 3];
	}
	*start = m->now;
	return number == 0;
}

/* A device of at most this many blocks is tried with every combination of pieces. */
#define EVERY_WAY_BLOCKS 6

/*
 * Runs one case in which @step fails, too, in addition to the steps that are already in
 * m->fault. The first step in m->fault is a step of the transaction, the others are steps
 * of its undo. Then repeats the case with up to @deeper more failures in the same undo.
 */
static void fail_at(const struct trial *t, unsigned int step,
		    unsigned int deeper)
{
	struct model *m = t->m;
	const struct engine_result *r = &m->result;
	bool fallible[MODEL_TRACE] = { false };
	unsigned int i, nr, first;
	const struct call *c;

	m->fault[m->nr_faults++] = step;
	run(t);

	first = m->fault[0];
	c = &m->call[first];
	must(m, r->end != END_DONE);
	must(m, r->err == ERR_FAULT(first));
	must(m, r->step == c->step && r->block == c->block);
	must(m, m->nr_told == m->nr_faults - 1);
	check_undo(m);

	check_recovers(m);

	nr = m->nr_calls;
	for (i = step + 1; i < nr; i++)
		fallible[i] = m->call[i].step != STEP_RELEASE;
	for (i = step + 1; deeper && i < nr; i++)
		if (fallible[i])
			fail_at(t, i, deeper - 1);
	m->nr_faults--;
}

/* Interrupts a transaction. The result must name the step that was not begun. */
static void interrupt_at(const struct trial *t, unsigned int ask,
			 const struct call *next)
{
	struct model *m = t->m;

	m->interrupt_at = ask;
	run(t);
	must(m, m->result.end == END_UNDONE && m->result.err == -EINTR);
	must(m, m->result.step == next->step);
	must(m, m->result.block == next->block);
	check_undo(m);
	check_recovers(m);
	m->interrupt_at = NEVER;
}

void try_all(const struct trial *t, unsigned int depth)
{
	struct call steps[MODEL_TRACE], asks[MODEL_TRACE];
	unsigned int i, nr, nr_asks;
	struct model *m = t->m;

	model_calm(m);
	run(t);
	check_goal(m);
	nr = t->unplug ? expect_unplug(t, steps) : expect_plug(t, steps);
	must(m, m->nr_calls == nr);
	for (i = 0; i < nr; i++)
		must(m, same_step(&m->call[i], &steps[i]));
	nr_asks = expect_asks(t, steps, nr, asks);
	must(m, m->nr_asks == nr_asks);

	for (i = 0; i < nr; i++)
		if (steps[i].step != STEP_RELEASE)
			fail_at(t, i, depth);
	for (i = 0; i < nr_asks; i++)
		interrupt_at(t, i, &asks[i]);
}

/* Calls fn, and returns the number of cases that fn has run. */
static unsigned long count_cases(void (*fn)(struct model *m), struct model *m)
{
	unsigned long before = cases;

	fn(m);
	return cases - before;
}

void each_device(void (*fn)(struct model *m))
{
	unsigned long tried = 0, in_pieces = 0, before = cases;
	unsigned int nr, i, number, n, way, ways;
	unsigned int devices = 0;
	static struct model m;

	for (nr = 1; nr <= MODEL_RANGES; nr++)
		for (number = 0; number < 1U << (2 * nr); number++, devices++) {
			unsigned int count[MODEL_RANGES];

			for (i = 0, n = number; i < nr; i++, n /= 4)
				count[i] = 1 + n % 4;
			ways = 1U << (nr - 1);
			for (way = 0; way < ways; way++) {
				model_init(&m, nr, count, way << 1);
				if (way && m.nr_blocks > EVERY_WAY_BLOCKS &&
				    way != 1 + devices % (ways - 1))
					continue;
				/* fn increments the variable cases, which cppcheck does not see. */
				/* cppcheck-suppress knownConditionTrueFalse */
				if (!count_cases(fn, &m))
					continue;
				tried++;
				in_pieces += way > 0;
			}
		}
	assert_int_equal(devices, 4 + 16 + 64 + 256);
	assert_true(tried > in_pieces && in_pieces > 0);
	print_message("%lu devices, %lu of them in pieces, %lu cases\n", tried,
		      in_pieces, cases - before);
}
