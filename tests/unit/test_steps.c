// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Single transactions: which steps they call, in which order, and how they end after one
 * fault.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "trial.h"

/* Two ranges: blocks 0 and 1, and blocks 2 and 3. */
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
	/* Steps 0 to 3 reserve and add both ranges. Step 4 onlines block 0, step 7 block 1. */
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
	/* Step 3 takes the last block offline. Then the outsider brings block 0 online. */
	m.outsider = (struct outsider){ 3, 0, BLOCK_KERNEL };
	run(&t);
	must(&m, m.result.end == END_UNDONE);
	must(&m, m.result.step == STEP_REMOVE && m.result.block == 0);
	must(&m, m.result.err == ERR_RACE(0));
	must(&m, m.now.block[0] == BLOCK_MOVABLE);
}

/* An unplug reads the state of each block right before it takes the block offline. */
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
	/*
	 * Step 2 fails: the offline of block 2. Steps 3 and 4 undo blocks 1 and 0. Then the
	 * outsider takes block 1 offline again.
	 */
	m.fault[m.nr_faults++] = 2;
	m.outsider = (struct outsider){ 4, 1, BLOCK_OFFLINE };
	run(&t);
	must(&m, m.result.end == END_INCONSISTENT && m.result.stuck == 1);
	must(&m, m.result.step == STEP_OFFLINE && m.result.block == 2);
	must(&m, m.result.err == ERR_FAULT(2));
	check_recovers(&m);
}

/*
 * A range of the device is absent, and another driver has a block there. Neither an unplug
 * nor its undo changes that block.
 */
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

	/* TYPE_ONLINE permits either zone, so no block has to change its zone. */
	t.type = TYPE_ONLINE;
	run(&t);
	check_goal(&m);
	must(&m, !model_calls(&m, STEP_OFFLINE, 2));
	must(&m, !model_calls(&m, STEP_ONLINE, 2));
}

/* The first dry run is that of the block with unmovable pages. A veto ends the unplug. */
static void test_ask_fails(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	m.fill[2].unmovable = 1;
	t.start = start_all(&m, BLOCK_MOVABLE);
	m.never_offline = 2;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 2);
	must(&m, m.result.step == STEP_ASK && m.result.block == 2);
	must(&m, m.result.err == ERR_STUBBORN(2));

	/* The last dry run is that of the block with the most used pages. */
	m.never_offline = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 5);
	must(&m, m.result.step == STEP_ASK && m.result.block == 0);

	/* There is no dry run if the used pages do not fit into other memory. */
	m.fault[m.nr_faults++] = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.nr_calls == 1);
	must(&m, m.result.step == STEP_ROOM && m.result.err == ERR_FAULT(0));
}

/* If no page of the device is in use, there is no dry run. */
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

	/* If one block has a used page, every block gets a dry run, and that block is last. */
	m.fill[0].used = 1;
	run(&t);
	check_goal(&m);
	must(&m, m.call[0].step == STEP_ROOM && m.call[0].block == 0);
	must(&m, m.call[4].step == STEP_ASK && m.call[4].block == 0);
	must(&m, m.call[8].step == STEP_OFFLINE && m.call[8].block == 0);
	for (b = 0; b < m.nr_blocks; b++)
		must(&m, model_calls(&m, STEP_ASK, b) == 1);
}

/* Before the plug only the second range is present. The plug takes block 1 last. */
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
	/*
	 * Steps 0 and 1 reserve and add the first range. Steps 2 to 6: online block 0, online 2,
	 * offline 3, online 3, online 1. Step 7 is the first check, and fails.
	 */
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

/*
 * Three ranges: blocks 0 and 1, block 2, block 3. The second is a piece that continues the
 * first. The third is separate.
 */
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

/* All pieces of a range are reserved in one step. Each is added and removed separately. */
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

/* A range stays reserved while any of its pieces is present. */
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
		/* Block 3 never comes online. In the undo, a block of the piece stays online. */
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

	/* A range that was reserved before a plug is still reserved after the undo. */
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

/* If there is not enough space, the result names a block with used pages, not an absent one. */
static void test_no_room_names_used_block(void **state)
{
	struct model m;
	struct trial t = { .m = &m, .unplug = true };

	(void)state;
	two_by_two(&m);
	fill_falling(&m);
	m.fill[0].unmovable = 1;
	m.fill[1].used = 0;
	model_all(&m, BLOCK_MOVABLE);
	model_absent(&m, 1, false);
	t.start = m.now;
	m.fault[m.nr_faults++] = 0;
	run(&t);
	must(&m, m.result.end == END_UNDONE && m.result.err == ERR_FAULT(0));
	must(&m, m.result.step == STEP_ROOM && m.result.block == 0);
}

/* If an unplug is interrupted before a block is measured, the result names that block. */
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

/* An unplug begins with a block that has a referenced page. It ends with one that has bad pages. */
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
	m.fill[0].referenced = 1;
	m.fill[1] = (struct block_fill){ .poisoned = 1 };
	t.start = start_all(&m, BLOCK_MOVABLE);
	run(&t);
	check_goal(&m);
	must_have_called(&m, 0, steps, NR(steps));
}

/*
 * An add fails after it has created blocks, of which some or none are found. The range
 * counts as present, so the undo tries to remove it. If that fails, the transaction ends
 * inconsistent. The next unplug removes the range.
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
			/* Step 4 removes that range. Step 5 removes range 0, which is complete. */
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
