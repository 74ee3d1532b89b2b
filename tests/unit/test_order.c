// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* The order of an unplug, for devices of any size, against its own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../engine/order.h"

#define MANY 1500

static unsigned int order[MANY];
static struct block_fill fill[MANY];

static uint32_t seed = 1;

static unsigned int chance(unsigned int below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static int kind(unsigned int block)
{
	return !fill[block].used ? 0 : fill[block].fixed ? 1 : 2;
}

static void check(unsigned int count)
{
	unsigned char seen[MANY] = { 0 };
	unsigned int i;

	order_blocks(order, fill, count);
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
			assert_true(a < b);
	}
}

/* @levels of fullness: the fewer, the more equals. */
static void try_sizes(unsigned int levels, unsigned int fixed_in)
{
	unsigned int count, i, j;

	for (count = 0; count <= MANY; count += count < 40 ? 1 : 73) {
		for (i = 0; i < count; i++) {
			fill[i].used = chance(levels);
			fill[i].fixed = fill[i].used && !chance(fixed_in);
			order[i] = i;
		}
		/* Whatever order they come in. */
		for (i = count; i-- > 1;) {
			unsigned int other = order[i];

			j = chance(i + 1);
			order[i] = order[j];
			order[j] = other;
		}
		check(count);
	}
}

static void test_order(void **state)
{
	(void)state;
	try_sizes(1, 2);
	try_sizes(2, 2);
	try_sizes(5, 1);
	try_sizes(32768, 10);
}

/* The two ends of what can be: sorted already, and the other way round. */
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
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
