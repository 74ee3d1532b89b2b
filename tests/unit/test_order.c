// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* Compares order_for_unplug() with the order that engine/order.h documents, for many sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../engine/order.h"

#define MANY 1500
#define NEVER (1U << 31)

static unsigned int order[MANY];
static struct block_fill fill[MANY];

static uint32_t seed = 1;

static unsigned int pick_below(unsigned int below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static _Bool empty_first;

/*
 * The group of a block. Groups with smaller numbers come first: blocks that may be vetoed,
 * blocks without used pages, other blocks, blocks with bad pages. With empty_first, the blocks
 * without used pages come before all others.
 */
static int kind(unsigned int block)
{
	if (fill[block].poisoned)
		return 3;
	if (fill[block].unmovable || fill[block].referenced)
		return 0;
	if (fill[block].used)
		return 2;
	return empty_first ? -1 : 1;
}

static void check(unsigned int count)
{
	unsigned char seen[MANY] = { 0 };
	unsigned int i;

	order_for_unplug(order, fill, count, empty_first);
	for (i = 0; i < count; i++) {
		assert_true(order[i] < count);
		assert_false(seen[order[i]]++);
	}
	for (i = 1; i < count; i++) {
		unsigned int a = order[i - 1], b = order[i];

		assert_true(kind(a) <= kind(b));
		if (kind(a) != kind(b))
			continue;
		assert_true(fill[a].used <= fill[b].used);
		if (fill[a].used == fill[b].used)
			assert_true(a && (!b || a < b));
	}
}

/*
 * Tries devices of many sizes. The blocks have @levels different numbers of used pages, so
 * that a small number makes many blocks equal. Of the blocks with used pages, one in
 * @unmovable_in has unmovable pages and one in @referenced_in has referenced pages. Of all
 * blocks, one in @poisoned_in has bad pages.
 */
static void try_sizes(unsigned int levels, unsigned int unmovable_in,
		      unsigned int referenced_in, unsigned int poisoned_in)
{
	unsigned int count, i, j;

	for (count = 0; count <= MANY; count += count < 40 ? 1 : 73) {
		for (i = 0; i < count; i++) {
			unsigned int used = pick_below(levels);

			fill[i] = (struct block_fill){
				.used = used,
				.unmovable = used && !pick_below(unmovable_in) ?
						     1 + pick_below(used) : 0,
				.referenced = used && !pick_below(referenced_in) ?
						      1 + pick_below(used) : 0,
				.to_migrate = pick_below(used + 1),
				.free = pick_below(32768),
				.poisoned = pick_below(poisoned_in) ? 0 : 1 + pick_below(9),
			};
			order[i] = i;
		}
		/* The result must not depend on the order of the input, so shuffle it. */
		for (i = count; i-- > 1;) {
			unsigned int other = order[i];

			j = pick_below(i + 1);
			order[i] = order[j];
			order[j] = other;
		}
		check(count);
	}
}

static void test_order(void **state)
{
	(void)state;
	try_sizes(1, 2, 2, NEVER);
	try_sizes(1, 2, 2, 3);
	try_sizes(2, 2, NEVER, NEVER);
	try_sizes(2, NEVER, 2, 2);
	try_sizes(5, 1, 3, 4);
	try_sizes(5, 3, 1, 1);
	try_sizes(32768, NEVER, NEVER, NEVER);
	try_sizes(32768, 10, 5, 7);
	empty_first = 1;
	try_sizes(2, 2, 2, NEVER);
	try_sizes(5, 3, 3, 4);
	empty_first = 0;
}

/* Blocks of every kind, with the expected order worked out by hand. */
static void test_each_kind(void **state)
{
	static const struct block_fill each[] = {
		[0] = { .used = 5 },
		[1] = { .free = 9 },
		[2] = { .used = 9, .referenced = 1 },
		[3] = { .used = 3, .unmovable = 1 },
		[4] = { .poisoned = 2 },
		[5] = { .used = 1, .unmovable = 1, .referenced = 1, .poisoned = 1 },
		[6] = { .used = 2, .to_migrate = 2 },
		[7] = { .free = 1 },
		[8] = { .used = 3, .referenced = 3 },
		[9] = { .used = 9, .to_migrate = 1 },
	};
	static const unsigned int by_hand[2][10] = {
		{ 3, 8, 2, 1, 7, 6, 0, 9, 4, 5 },
		{ 1, 7, 3, 8, 2, 6, 0, 9, 4, 5 },
	};
	const unsigned int count = sizeof(by_hand[0]) / sizeof(by_hand[0][0]);
	unsigned int turn, i;

	(void)state;
	for (turn = 0; turn < 2 * count; turn++) {
		empty_first = turn >= count;
		for (i = 0; i < count; i++) {
			fill[i] = each[i];
			order[i] = (i + turn) % count;
		}
		check(count);
		for (i = 0; i < count; i++)
			assert_int_equal(order[i], by_hand[empty_first][i]);
	}
	empty_first = 0;
}

/* Input that is already sorted, and input in reverse order. */
static void test_sorted(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		order[i] = i;
		fill[i] = (struct block_fill){ .used = i + 1 };
	}
	check(MANY);
	for (i = 0; i < MANY; i++)
		fill[i].used = MANY - i;
	check(MANY);
	assert_int_equal(order[0], MANY - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
