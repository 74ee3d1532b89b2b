// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../engine/range.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

typedef unsigned long long address;

/* This type can hold 2^64, the first address behind the address space. */
typedef unsigned __int128 wide;

static unsigned long cases, fits;

static void check(address start, address end, address size, bool fit,
		  address first, address last)
{
	address s = start, e = end;
	bool got = range_align_to_blocks(&s, &e, size);

	cases++;
	fits += fit;
	if (!fit) {
		first = start;
		last = end;
	}
	if (got != fit || s != first || e != last)
		fail_msg("%#llx-%#llx by %#llx: "
			 "%d %#llx-%#llx, not %d %#llx-%#llx",
			 start, end, size, got, s, e, fit, first, last);
}

/* Finds the expected range by a walk over the blocks of @length bytes that begin at @base. */
static void check_by_walking(address base, unsigned int length,
			     unsigned int start, unsigned int end,
			     unsigned int size)
{
	address first = 0, last = 0;
	bool fit = false;
	unsigned int at;

	for (at = 0; at < length; at += size)
		if (at >= start && at + size - 1 <= end) {
			if (!fit)
				first = base + at;
			last = base + at + size - 1;
			fit = true;
		}
	check(base + start, base + end, size, fit, first, last);
}

static void every_range(address base)
{
	const unsigned int length = 64;
	unsigned int start, end, size;

	for (size = 1; size <= length; size *= 2)
		for (start = 0; start < length; start++)
			for (end = 0; end < length; end++)
				check_by_walking(base, length, start, end,
						 size);
}

static void test_bottom(void **state)
{
	(void)state;
	every_range(0);
}

static void test_middle(void **state)
{
	(void)state;
	every_range(1ULL << 32);
	every_range((1ULL << 63) - 64);
	every_range(1ULL << 63);
}

static void test_top(void **state)
{
	(void)state;
	every_range(ULLONG_MAX - 63);
}

/* Every block size, with all pairs of the addresses at which an overflow is most likely. */
static void test_extremes(void **state)
{
	unsigned int shift, i, j;

	(void)state;
	for (shift = 0; shift < 64; shift++) {
		const address b = 1ULL << shift;
		const address points[] = {
			0, 1, b - 1, b, b + 1, 2 * b - 1, 2 * b, 2 * b + 1,
			3 * b - 1, 3 * b, (1ULL << 63) - 1, 1ULL << 63,
			(1ULL << 63) + 1, 0 - 2 * b - 1, 0 - 2 * b,
			0 - b - 1, 0 - b, 0 - b + 1, ULLONG_MAX - 1, ULLONG_MAX
		};

		for (i = 0; i < NR(points); i++)
			for (j = 0; j < NR(points); j++) {
				address start = points[i], end = points[j];
				wide first = ((wide)start + b - 1) / b * b;
				wide after = ((wide)end + 1) / b * b;

				check(start, end, b, first < after,
				      (address)first, (address)(after - 1));
			}
	}
}

static void test_by_hand(void **state)
{
	const address mb = 1ULL << 20, block = 128 * mb;

	(void)state;
	check(0, ULLONG_MAX, 1, true, 0, ULLONG_MAX);
	check(0, ULLONG_MAX, block, true, 0, ULLONG_MAX);
	check(1, ULLONG_MAX, block, true, block, ULLONG_MAX);
	check(0, ULLONG_MAX - 1, block, true, 0, ULLONG_MAX - block);
	check(ULLONG_MAX, ULLONG_MAX, block, false, 0, 0);
	check(ULLONG_MAX, ULLONG_MAX, 1, true, ULLONG_MAX, ULLONG_MAX);
	check(ULLONG_MAX, 0, block, false, 0, 0);
	check(0, 0, 1, true, 0, 0);
	check(0, 0, block, false, 0, 0);
	check(2 * block, block - 1, block, false, 0, 0);
	check(2 * block, 2 * block - 1, block, false, 0, 0);
	check(block - mb, 3 * block + mb, block, true, block, 3 * block - 1);
	check(block + mb, 2 * block + mb, block, false, 0, 0);
	check(block, 2 * block - 1, block, true, block, 2 * block - 1);
	check(block, 2 * block - 2, block, false, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_bottom),
		cmocka_unit_test(test_middle),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_extremes),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	print_message("ranges: %lu cases, %lu of them fit\n", cases, fits);
	return failed;
}
