// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Single transactions, written out: which steps they take, in which order, and what
 * comes of one thing that goes wrong.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "trial.h"

/* Blocks 0, 1 | 2, 3. */
static void two_by_two(struct model *m)
{
	static const unsigned int count[] = { 2, 2 };

	model_init(m, 2, count, 0);
}

static void test_check_catches_outsider(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .type = TYPE_ONLINE_MOVABLE };

	(void)state;
	two_by_two(&m);
	t.start = m.now;
	/* 2 reserved, 2 added; block 0 is online with the step of number 4, 1 with 7. */
	m.outsider = (struct outsider){ 5, 0, BLOCK_OFFLINE };
	run(&t);
	must(&m, m.result.end == END_UNDONE);
	must(&m, m.result.step == STEP_CHECK && m.result.block == 0);
	must(&m, m.result.err == ERR_CHECK(0));

	m.outsider = (struct outsider){ 7, 1, BLOCK_KERNEL };
	run(&t);
	must(&m, m.result.end == END_UNDONE);
	must(&m, m.result.step == STEP_CHECK && m.result.block == 1);
	must(&m, m.result.err == ERR_CHECK(1));
}

static void test_remove_meets_outsider(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	t.start = start_pattern(&m, 0);
	/* After the last of 4 blocks went offline the first comes back. */
	m.outsider = (struct outsider){ 3, 0, BLOCK_KERNEL };
	run(&t);
	must(&m, m.result.end == END_UNDONE);
	must(&m, m.result.step == STEP_REMOVE && m.result.block == 0);
	must(&m, m.result.err == ERR_RACE(0));
	must(&m, m.now.block[0] == BLOCK_MOVABLE);
}

/* What others switched before its turn came is looked at, not remembered. */
static void test_unplug_meets_outsider(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	t.start = start_all(&m, BLOCK_MOVABLE);
	m.outsider = (struct outsider){ 0, 3, BLOCK_OFFLINE };
	run(&t);
	check_goal(&m);
	must(&m, !model_calls(&m, STEP_OFFLINE, 3));

	t.start.block[3] = BLOCK_OFFLINE;
	m.outsider = (struct outsider){ 0, 3, BLOCK_KERNEL };
	run(&t);
	check_goal(&m);
	must(&m, model_calls(&m, STEP_OFFLINE, 3) == 1);
}

static void test_undo_meets_outsider(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	t.start = start_all(&m, BLOCK_MOVABLE);
	/* Block 2 fails; block 1 goes back first, then someone takes it. */
	m.fault[m.nr_faults++] = 2;
	m.outsider = (struct outsider){ 4, 1, BLOCK_OFFLINE };
	run(&t);
	must(&m, m.result.end == END_INCONSISTENT && m.result.stuck == 1);
	must(&m, m.result.step == STEP_OFFLINE && m.result.block == 2);
	must(&m, m.result.err == ERR_FAULT(2));
	check_recovers(&m);
}

/* Another driver's block in a range that is not there is not switched, forward or back. */
static void test_foreign_block_is_left_alone(void **state)
{
	struct model m;
	unsigned int fails;

	(void)state;
	for (fails = 0; fails < 2; fails++) {
		two_by_two(&m);
		model_all(&m, BLOCK_MOVABLE);
		model_absent(&m, 1, false);
		m.now.block[2] = BLOCK_OFFLINE;
		m.outsider = (struct outsider){ 0, 2, BLOCK_MOVABLE };
		if (fails)
			m.fault[m.nr_faults++] = 1;
		model_unplug(&m);
		must(&m, m.result.end == (fails ? END_INCONSISTENT : END_DONE));
		must(&m, !model_calls(&m, STEP_OFFLINE, 2));
		must(&m, m.now.block[2] == BLOCK_MOVABLE);
	}
}

static void test_left_alone(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .type = TYPE_ONLINE_KERNEL };
	unsigned int b;

	(void)state;
	two_by_two(&m);
	start_all(&m, BLOCK_KERNEL);
	m.now.block[1] = BLOCK_OFFLINE;
	m.now.block[2] = BLOCK_MOVABLE;
	t.start = m.now;
	run(&t);
	check_goal(&m);
	for (b = 0; b < 4; b++) {
		must(&m, model_calls(&m, STEP_OFFLINE, b) == (b == 2));
		must(&m, model_calls(&m, STEP_ONLINE, b) == (b == 1 || b == 2));
		must(&m, model_calls(&m, STEP_CHECK, b) == 1);
		must(&m, !model_calls(&m, STEP_ADD, b));
	}
	must(&m, m.call[0].step == STEP_OFFLINE && m.call[0].block == 2);
	must(&m, m.call[1].step == STEP_ONLINE && m.call[1].block == 2);
	must(&m, m.call[2].step == STEP_ONLINE && m.call[2].block == 1);

	/* Online is online: a block in either zone is as asked. */
	t.type = TYPE_ONLINE;
	run(&t);
	check_goal(&m);
	must(&m, !model_calls(&m, STEP_OFFLINE, 2));
	must(&m, !model_calls(&m, STEP_ONLINE, 2));
}

/* The impossible one is asked first, and a refusal is the end. */
static void test_ask_fails(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	m.fill[2].fixed = 1;
	t.start = start_all(&m, BLOCK_MOVABLE);
	m.never_offline = 2;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 2);
	must(&m, m.result.step == STEP_ASK && m.result.block == 2);
	must(&m, m.result.err == ERR_STUBBORN(2));

	/* The last that is asked: the fullest. */
	m.never_offline = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 5);
	must(&m, m.result.step == STEP_ASK && m.result.block == 0);

	/* And none is where there is no room for them all. */
	m.fault[m.nr_faults++] = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 1);
	must(&m, m.result.step == STEP_ROOM && m.result.err == ERR_FAULT(0));
}

/* Of an empty device nothing is asked. */
static void test_empty_is_not_asked(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };
	unsigned int b;

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	for (b = 0; b < m.nr_blocks; b++)
		m.fill[b].used = 0;
	t.start = start_all(&m, BLOCK_MOVABLE);
	run(&t);
	check_goal(&m);
	for (b = 0; b < m.nr_blocks; b++) {
		must(&m, !model_calls(&m, STEP_ASK, b));
		must(&m, m.call[b].step == STEP_OFFLINE &&
		     m.call[b].block == (b + 1) % m.nr_blocks);
	}

	/* One a little in use: all are asked, and it is the last to go. */
	m.fill[0].used = 1;
	run(&t);
	check_goal(&m);
	must(&m, m.call[0].step == STEP_ROOM && m.call[0].block == 0);
	must(&m, m.call[4].step == STEP_ASK && m.call[4].block == 0);
	must(&m, m.call[8].step == STEP_OFFLINE && m.call[8].block == 0);
	for (b = 0; b < m.nr_blocks; b++)
		must(&m, model_calls(&m, STEP_ASK, b) == 1);
}

/* The range that was there is the second; the second block goes last. */
static void test_undo_goes_backwards(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .type = TYPE_ONLINE_KERNEL };
	static const struct call undo[] = {
		{ STEP_OFFLINE, 1, TYPE_NONE, 0, true, BLOCK_KERNEL },
		{ STEP_OFFLINE, 3, TYPE_NONE, 0, true, BLOCK_KERNEL },
		{ STEP_ONLINE, 3, TYPE_ONLINE_MOVABLE, 0, true, BLOCK_OFFLINE },
		{ STEP_OFFLINE, 2, TYPE_NONE, 0, true, BLOCK_KERNEL },
		{ STEP_OFFLINE, 0, TYPE_NONE, 0, true, BLOCK_KERNEL },
		{ STEP_REMOVE, 0, TYPE_NONE, 0, true, BLOCK_OFFLINE },
		{ STEP_RELEASE, 0, TYPE_NONE, 0, true, BLOCK_ABSENT },
	};
	unsigned int i;

	(void)state;
	two_by_two(&m);
	start_all(&m, BLOCK_MOVABLE);
	m.now.block[2] = BLOCK_OFFLINE;
	model_absent(&m, 0, false);
	t.start = m.now;
	/* reserve, add, 0, 2, 3 off, 3 on, 1, then the first check */
	m.fault[m.nr_faults++] = 7;
	run(&t);
	must(&m, m.result.end == END_UNDONE);
	must(&m, m.result.step == STEP_CHECK && m.result.block == 0);
	must(&m, m.nr_calls == 8 + NR(undo));
	for (i = 0; i < NR(undo); i++) {
		must(&m, same_step(&m.call[8 + i], &undo[i]));
		must(&m, m.call[8 + i].before == undo[i].before);
	}
}

/* Blocks 0, 1 | 2 | 3: the second range is a piece of the first, the third is not. */
static void in_pieces(struct model *m)
{
	static const unsigned int count[] = { 2, 1, 1 };

	model_init(m, 3, count, 1U << 1);
}

static void must_have_called(const struct model *m, unsigned int at,
			     const struct call *steps, unsigned int nr)
{
	unsigned int i;

	must(m, m->nr_calls >= at + nr);
	for (i = 0; i < nr; i++)
		must(m, same_step(&m->call[at + i], &steps[i]));
}

/* Pieces are reserved as one, and added and removed one by one. */
static void test_pieces(void **state)
{
	static const struct call plug[] = {
		{ .step = STEP_RESERVE, .block = 0 },
		{ .step = STEP_RESERVE, .block = 3 },
		{ .step = STEP_ADD, .block = 0 },
		{ .step = STEP_ADD, .block = 2 },
		{ .step = STEP_ADD, .block = 3 },
	};
	static const struct call unplug[] = {
		{ .step = STEP_REMOVE, .block = 3 },
		{ .step = STEP_REMOVE, .block = 2 },
		{ .step = STEP_REMOVE, .block = 0 },
		{ .step = STEP_RELEASE, .block = 3 },
		{ .step = STEP_RELEASE, .block = 0 },
	};
	struct model m;
	struct trial t = { .m = &m, .type = TYPE_ONLINE };

	(void)state;
	in_pieces(&m);
	t.start = m.now;
	run(&t);
	check_goal(&m);
	must_have_called(&m, 0, plug, NR(plug));

	t.unplug = true;
	t.start = m.now;
	run(&t);
	check_goal(&m);
	must(&m, m.nr_calls == 4 + NR(unplug));
	must_have_called(&m, 4, unplug, NR(unplug));
}

/* A range stays reserved while any piece of it is there, whichever that is. */
static void test_piece_keeps_reservation(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .type = TYPE_ONLINE_KERNEL };
	unsigned int piece;

	(void)state;
	in_pieces(&m);
	t.start = m.now;
	for (piece = 0; piece < 2; piece++) {
		model_calm(&m);
		/* Block 3 does not go online. A block of the piece stays in the undo. */
		m.never_online = 3;
		m.never_offline = 2 * piece;
		run(&t);
		must(&m, m.result.end == END_INCONSISTENT);
		must(&m, m.result.stuck == 2 * piece);
		must(&m, m.now.present[piece] && !m.now.present[1 - piece]);
		must(&m, m.now.reserved[0] && !model_calls(&m, STEP_RELEASE, 0));
		must(&m, !m.now.present[2] && !m.now.reserved[2]);
		check_recovers(&m);
	}

	/* What was reserved before a plug is so after its undo. */
	model_calm(&m);
	model_all(&m, BLOCK_MOVABLE);
	model_absent(&m, 0, false);
	t.start = m.now;
	m.never_online = 1;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.result.block == 1);
	must(&m, m.now.reserved[0] && m.now.present[1]);
	must(&m, !model_calls(&m, STEP_RESERVE, 0));
}

/* Where there is no room is told at a block that is in use, not at one that is absent. */
static void test_no_room_names_used_block(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	m.fill[0].fixed = 1;
	m.fill[1].used = 0;
	model_all(&m, BLOCK_MOVABLE);
	model_absent(&m, 1, false);
	t.start = m.now;
	m.fault[m.nr_faults++] = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.result.err == ERR_FAULT(0));
	must(&m, m.result.step == STEP_ROOM && m.result.block == 0);
}

/* An unplug that is interrupted while blocks are measured names the block. */
static void test_interrupted_measure(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	start_all(&m, BLOCK_MOVABLE);
	m.now.block[1] = BLOCK_OFFLINE;
	t.start = m.now;
	m.interrupt_at = 1;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.result.err == -EINTR);
	must(&m, m.result.step == STEP_ROOM && m.result.block == 2);
	must(&m, !m.nr_calls && m.measured[0].used && !m.measured[2].used);
}

/* A block with a held page is the first to go, one with bad pages the last. */
static void test_held_first_poisoned_last(void **state)
{
	static const struct call steps[] = {
		{ .step = STEP_ROOM, .block = 2 },
		{ .step = STEP_ASK, .block = 0 },
		{ .step = STEP_ASK, .block = 3 },
		{ .step = STEP_ASK, .block = 2 },
		{ .step = STEP_ASK, .block = 1 },
		{ .step = STEP_OFFLINE, .block = 0 },
		{ .step = STEP_OFFLINE, .block = 3 },
		{ .step = STEP_OFFLINE, .block = 2 },
		{ .step = STEP_OFFLINE, .block = 1 },
	};
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	m.fill[0].held = 1;
	m.fill[1] = (struct block_fill){ .poisoned = 1 };
	t.start = start_all(&m, BLOCK_MOVABLE);
	run(&t);
	check_goal(&m);
	must_have_called(&m, 0, steps, NR(steps));
}

/*
 * A range is added, some of its blocks or none are found, and it cannot be removed. It
 * counts as there: the undo tries to remove it, and while that fails the outcome is not
 * that of a device as it was. The next transaction removes it.
 */
static void test_added_and_not_found(void **state)
{
	unsigned int lost_block, step;
	struct model m;

	(void)state;
	for (lost_block = 2; lost_block < 4; lost_block++)
		for (step = 4; step < 6; step++) {
			two_by_two(&m);
			m.lost_add = 1;
			m.lost_block = lost_block;
			m.fault[0] = step;
			m.nr_faults = 1;
			model_plug(&m, TYPE_ONLINE_MOVABLE);
			must(&m, m.result.err == ERR_LOST(1) && m.result.step == STEP_ADD);
			must(&m, model_calls(&m, STEP_REMOVE, 2) == 1);
			must(&m, m.result.end == END_INCONSISTENT);
			/* Step 4 removes that range, step 5 the one that is whole. */
			must(&m, m.result.stuck == (step == 4 ? 2U : 0U));
			must(&m, m.now.present[step == 4 ? 1 : 0]);
			must(&m, m.now.reserved[step == 4 ? 1 : 0]);

			m.nr_faults = 0;
			model_unplug(&m);
			must(&m, m.result.end == END_DONE);
			must(&m, !m.now.present[0] && !m.now.reserved[0]);
			must(&m, !m.now.present[1] && !m.now.reserved[1]);
		}
}

static void test_step_names(void **state)
{
	static const char *const names[] = {
		[STEP_NONE] = "nothing", [STEP_RESERVE] = "reserve",
		[STEP_ADD] = "add", [STEP_ONLINE] = "online",
		[STEP_CHECK] = "check", [STEP_ROOM] = "room",
		[STEP_ASK] = "ask",
		[STEP_OFFLINE] = "offline", [STEP_REMOVE] = "remove",
		[STEP_RELEASE] = "release",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < NR(names); i++)
		assert_string_equal(engine_step_name((enum engine_step)i),
				    names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step_names),
		cmocka_unit_test(test_check_catches_outsider),
		cmocka_unit_test(test_remove_meets_outsider),
		cmocka_unit_test(test_unplug_meets_outsider),
		cmocka_unit_test(test_undo_meets_outsider),
		cmocka_unit_test(test_foreign_block_is_left_alone),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_ask_fails),
		cmocka_unit_test(test_empty_is_not_asked),
		cmocka_unit_test(test_undo_goes_backwards),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_piece_keeps_reservation),
		cmocka_unit_test(test_no_room_names_used_block),
		cmocka_unit_test(test_interrupted_measure),
		cmocka_unit_test(test_held_first_poisoned_last),
		cmocka_unit_test(test_added_and_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
