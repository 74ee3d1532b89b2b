// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Runs every transaction on every small device. Each step of the transaction fails in turn. For
 * each of these failures, each step of the undo fails in turn.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "trial.h"

/* The number of failures in one undo that are tried on a device of this size. */
static unsigned int depth_of(const struct model *m)
{
	if (m->nr_blocks <= 3)
		return 3;
	return m->nr_blocks <= 6 ? 2 : 1;
}

static void plug_device(struct model *m)
{
	struct trial t = { .m = m, .start = start_all(m, BLOCK_ABSENT) };
	unsigned int i;

	for (i = 0; i < NR(all_types); i++) {
		t.type = all_types[i];
		try_all(&t, depth_of(m));
	}
}

static void test_plug(void **state)
{
	(void)state;
	each_device(plug_device);
}

static void unplug_device(struct model *m)
{
	struct trial t = { .m = m, .unplug = true };
	unsigned int i;

	fill_unknown(m);
	t.start = start_all(m, BLOCK_MOVABLE);
	try_all(&t, depth_of(m));
	t.start = start_all(m, BLOCK_OFFLINE);
	try_all(&t, depth_of(m));

	fill_falling(m);
	t.start = start_all(m, BLOCK_KERNEL);
	try_all(&t, depth_of(m));

	for (i = 0; i < PATTERNS; i++) {
		fill_mixed(m, i);
		t.start = start_pattern(m, i);
		try_all(&t, 1);
	}
}

static void test_unplug(void **state)
{
	(void)state;
	each_device(unplug_device);
}

static void repair_device(struct model *m)
{
	struct trial t = { .m = m };
	unsigned int i, p;

	for (p = 0; p < PATTERNS; p++)
		for (i = 0; i < NR(all_types); i++) {
			t.start = start_pattern(m, p);
			t.type = all_types[i];
			/* Try every type on a small device, and one type on a large one. */
			if (m->nr_blocks <= 8 || i == p % NR(all_types))
				try_all(&t, 1);
		}
}

static void test_repair(void **state)
{
	(void)state;
	each_device(repair_device);
}

static void every_start(struct model *m)
{
	struct trial t = { .m = m };
	unsigned int i, n;

	if (m->nr_blocks > 4)
		return;
	for (n = 0; start_number(m, n, &t.start); n++) {
		fill_mixed(m, n);
		t.unplug = true;
		t.type = TYPE_NONE;
		try_all(&t, m->nr_blocks <= 3 ? 2 : 1);
		t.unplug = false;
		for (i = 0; i < NR(all_types); i++) {
			t.type = all_types[i];
			try_all(&t, m->nr_blocks <= 3 ? 2 : 1);
		}
	}
}

static void test_every_start(void **state)
{
	(void)state;
	each_device(every_start);
}

/* One block never goes offline, or never comes online, or both, also in the undo. */
static void try_stubborn_block(const struct trial *t)
{
	struct model *m = t->m;
	unsigned int b;
	int way;

	for (b = 0; b < m->nr_blocks; b++)
		for (way = 1; way < 4; way++) {
			const struct call *c;
			unsigned int i = 0;

			m->never_offline = way & 1 ? b : NEVER;
			m->never_online = way & 2 ? b : NEVER;
			run(t);
			while (i < m->nr_calls && !m->call[i].err)
				i++;
			if (i == m->nr_calls) {
				check_goal(m);
				continue;
			}
			c = &m->call[i];
			must(m, c->block == b);
			must(m, m->result.err == ERR_STUBBORN(b));
			must(m, m->result.block == b);
			must(m, m->result.step == c->step);
			check_undo(m);
			if (m->result.end == END_INCONSISTENT)
				must(m, m->now.block[b] != m->start.block[b]);
			check_recovers(m);
		}
	model_calm(m);
}

/* A step fails. In the undo, one block never goes offline, or never comes online. */
static void try_stubborn_in_undo(const struct trial *t)
{
	struct model *m = t->m;
	unsigned int b, i, nr;

	model_calm(m);
	run(t);
	nr = m->nr_calls;
	for (i = 0; i < nr; i++)
		for (b = 0; b < m->nr_blocks; b++) {
			/*
			 * An unplug brings blocks online only in its undo. A plug takes new blocks
			 * offline only in its undo.
			 */
			m->fault[0] = i;
			m->nr_faults = 1;
			m->never_online = NEVER;
			m->never_offline = t->unplug ? NEVER : b;
			if (t->unplug)
				m->never_online = b;
			run(t);
			if (m->result.end != END_DONE)
				check_undo(m);
			check_recovers(m);
		}
	model_calm(m);
}

static void stubborn_device(struct model *m)
{
	struct trial t = { .m = m };
	unsigned int p, i;

	fill_falling(m);
	for (p = 0; p < PATTERNS; p++)
		for (i = 0; i <= NR(all_types); i++) {
			t.start = start_pattern(m, p);
			t.unplug = i == NR(all_types);
			t.type = t.unplug ? TYPE_NONE : all_types[i];
			try_stubborn_block(&t);
			if (m->nr_blocks <= 6)
				try_stubborn_in_undo(&t);
		}
}

static void test_stubborn(void **state)
{
	unsigned long before = inconsistent;

	(void)state;
	each_device(stubborn_device);
	assert_true(inconsistent > before);
}

/*
 * An outsider acts after each step of the transaction and of its undo. It can prevent the
 * goal and the undo. So the goal is checked only after a success (and for a plug only if the
 * outsider did not act after a check), and the undo is not checked. run() checks that the
 * result describes the actual state.
 */
static void try_outsider(const struct trial *t, unsigned int nr)
{
	struct outsider *o = &t->m->outsider;
	struct model *m = t->m;
	unsigned int s;

	for (o->after = 0; o->after < nr; o->after++)
		for (o->block = 0; o->block < m->nr_blocks; o->block++)
			for (s = 0; s < NR(all_states); s++) {
				struct outsider plan = *o;

				o->to = all_states[s];
				run(t);
				if (m->result.end == END_DONE &&
				    (t->unplug ||
				     m->call[o->after].step != STEP_CHECK))
					check_goal(m);
				check_recovers(m);
				*o = plan;
			}
	o->after = NEVER;
}

static void outsider_device(struct model *m)
{
	struct trial t = { .m = m };
	unsigned int p, i, nr, k;

	if (m->nr_blocks > 4)
		return;
	for (p = 0; p <= PATTERNS; p++)
		for (i = 0; i <= NR(all_types); i++) {
			fill_mixed(m, p);
			t.start = p < PATTERNS ? start_pattern(m, p) :
						 start_all(m, BLOCK_ABSENT);
			t.unplug = i == NR(all_types);
			t.type = t.unplug ? TYPE_NONE : all_types[i];
			model_calm(m);
			run(&t);
			nr = m->nr_calls;
			try_outsider(&t, nr);
			for (k = 0; k < nr; k++) {
				m->fault[0] = k;
				m->nr_faults = 1;
				run(&t);
				try_outsider(&t, m->nr_calls);
			}
		}
}

static void test_outsider(void **state)
{
	(void)state;
	each_device(outsider_device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plug),
		cmocka_unit_test(test_unplug),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_every_start),
		cmocka_unit_test(test_stubborn),
		cmocka_unit_test(test_outsider),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	print_message("transactions: %lu cases, %lu undone, %lu inconsistent\n",
		      cases, undone, inconsistent);
	return failed;
}
