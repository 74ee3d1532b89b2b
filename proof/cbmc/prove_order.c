// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Proof of engine/order.c for COUNT blocks of any usage: the result holds each block once,
 * in the documented order. SHUFFLED=1: whatever order the blocks had before.
 *
 * With SMALL=1 the numbers of pages are at most COUNT, and 0 or 1 where only that matters.
 * Nothing else can be told apart by code that compares them with each other and with 0.
 */
#include "proof.h"

#include "order.c"

static unsigned int order[COUNT];
static struct block_fill fill[COUNT];

/* Those with bad pages last, and before them: empty if asked for, may be refused, empty, others. */
static unsigned int turn_of(unsigned int b, _Bool empty_first)
{
	if (fill[b].poisoned)
		return 4;
	if (fill[b].fixed || fill[b].held)
		return 1;
	if (fill[b].used)
		return 3;
	return empty_first ? 0 : 2;
}

/*
 * Is block a taken before block b? In each turn the emptiest first, then the lowest, but of
 * equals the first block of the device last.
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
		fill[i].fixed = SMALL ? nondet_bool() : nondet_uint();
		fill[i].held = SMALL ? 0 : nondet_uint();
		fill[i].leaving = SMALL ? 0 : nondet_uint();
		fill[i].spare = SMALL ? 0 : nondet_uint();
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
