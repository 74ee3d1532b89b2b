// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* The order of the blocks; see order.h. */
#include "order.h"

/* The data by which blocks are compared. */
struct key {
	const struct block_fill *fill;
	_Bool empty_first;
};

static unsigned int rank_block(const struct key *key, const struct block_fill *fill)
{
	if (fill->poisoned)
		return 4;
	if (fill->unmovable || fill->referenced)
		return 1;
	if (fill->used)
		return 3;
	return key->empty_first ? 0 : 2;
}

static _Bool goes_before(const struct key *key, unsigned int a, unsigned int b)
{
	const struct block_fill *fill = key->fill;
	unsigned int rank_a = rank_block(key, &fill[a]), rank_b = rank_block(key, &fill[b]);

	if (rank_a != rank_b)
		return rank_a < rank_b;
	if (fill[a].used != fill[b].used)
		return fill[a].used < fill[b].used;
	/*
	 * Both blocks have the same rank and the same number of used pages. Then the lower block
	 * number goes first, but block 0 goes last (order.h).
	 */
	return a && (!b || a < b);
}

/*
 * Move the block at @at down the heap until both blocks below it come earlier in the order. So
 * the top of the heap is the block that is taken last.
 */
static void sink_block(unsigned int *heap, const struct key *key, unsigned int at,
		       unsigned int count)
{
	unsigned int block = heap[at], below;

	while ((below = 2 * at + 1) < count) {
		if (below + 1 < count && goes_before(key, heap[below], heap[below + 1]))
			below++;
		if (!goes_before(key, block, heap[below]))
			break;
		heap[at] = heap[below];
		at = below;
	}
	heap[at] = block;
}

/* A heapsort: it needs no further memory, and no order of the blocks makes it slow. */
void order_for_unplug(unsigned int *order, const struct block_fill *fill, unsigned int count,
		      _Bool empty_first)
{
	const struct key key = { .fill = fill, .empty_first = empty_first };
	unsigned int i;

	for (i = count / 2; i-- > 0;)
		sink_block(order, &key, i, count);
	for (i = count; i-- > 1;) {
		unsigned int last = order[i];

		order[i] = order[0];
		order[0] = last;
		sink_block(order, &key, 0, i);
	}
}

void order_for_plug(unsigned int *order, unsigned int count)
{
	unsigned int i, second;

	if (count < 3)
		return;
	second = order[1];
	for (i = 1; i < count - 1; i++)
		order[i] = order[i + 1];
	order[count - 1] = second;
}
