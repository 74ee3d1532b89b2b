// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Proof of engine/order.c for COUNT blocks with any numbers of pages. The result contains
 * each block once, in the documented order. With SHUFFLED=1 the list may be in any order
 * before. With SHUFFLED=0 it is sorted by block number before.
 *
 * With SMALL=1 the numbers of used pages are at most 7, unmovable and poisoned are 0 or 1, and
 * the other numbers are 0. That is enough. The code compares numbers of used pages only with
 * each other and with 0, and it tests only whether unmovable, referenced and poisoned are 0.
 * referenced has the same effect as unmovable.
 */
#include "proof.h"

#include "order.c"

static unsigned int order[COUNT];
static struct block_fill fill[COUNT];

/*
 * The group of a block. Groups with smaller numbers come first: blocks without used pages if
 * @empty_first, blocks that may be vetoed, other blocks without used pages, other blocks, and
 * blocks with bad pages.
 */
static unsigned int turn_of(unsigned int b, _Bool empty_first)
{
	if (fill[b].poisoned)
		return 4;
	if (fill[b].unmovable || fill[b].referenced)
		return 1;
	if (fill[b].used)
		return 3;
	return empty_first ? 0 : 2;
}

/*
 * True if block a comes before block b. In a group, blocks with fewer used pages come first.
 * Equal blocks come in the order of their numbers, except that block 0 is the last of them.
 */
static _Bool is_first(unsigned int a, unsigned int b, _Bool empty_first)
{
	unsigned int turn_a = turn_of(a, empty_first), turn_b = turn_of(b, empty_first);

	if (turn_a != turn_b)
		return turn_a < turn_b;
	if (fill[a].used != fill[b].used)
		return fill[a].used < fill[b].used;
	return b == 0 || (a != 0 && a < b);
}

_Static_assert(!SMALL || COUNT <= 7, "COUNT values of used pages fit into 3 bits");

static void start(_Bool shuffled)
{
	_Bool seen[COUNT] = { 0 };
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		order[i] = shuffled ? nondet_uint() : i;
		__CPROVER_assume(order[i] < COUNT && !seen[order[i]]);
		seen[order[i]] = 1;
	}
}

static void check_each_once(void)
{
	unsigned int i, b, n;

	for (b = 0; b < COUNT; b++) {
		for (i = 0, n = 0; i < COUNT; i++)
			n += order[i] == b;
		assert(n == 1);
	}
}

int main(void)
{
	_Bool empty_first = nondet_bool();
	unsigned int i, a, b;

	for (i = 0; i < COUNT; i++) {
		fill[i].used = SMALL ? nondet_uint() & 7 : nondet_uint();
		fill[i].unmovable = SMALL ? nondet_bool() : nondet_uint();
		fill[i].referenced = SMALL ? 0 : nondet_uint();
		fill[i].to_migrate = SMALL ? 0 : nondet_uint();
		fill[i].free = SMALL ? 0 : nondet_uint();
		fill[i].poisoned = SMALL ? nondet_bool() : nondet_uint();
	}
	start(SHUFFLED);
	order_for_unplug(order, fill, COUNT, empty_first);
	check_each_once();
	for (i = 0; i + 1 < COUNT; i++) {
		a = order[i];
		b = order[i + 1];
		assert(is_first(a, b, empty_first));
	}

	start(0);
	order_for_plug(order, COUNT);
	check_each_once();
	assert(order[COUNT - 1] == (COUNT < 3 ? COUNT - 1 : 1));
	for (i = 0; i + 2 < COUNT; i++)
		assert(order[i] < order[i + 1]);
	return 0;
}
