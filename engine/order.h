/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* In which order the blocks of a device are taken. */
#ifndef DAXPLUG_ENGINE_ORDER_H
#define DAXPLUG_ENGINE_ORDER_H

#include "plain.h"

/**
 * struct block_fill - what has to leave a block before it can go offline, in pages
 * @used: pages in use
 * @fixed: those of them that look as if they could not be moved
 * @held: those of them that somebody holds a reference to, who may keep it
 * @leaving: those of them that need a place elsewhere
 * @spare: free pages
 * @poisoned: pages that are out of use because their memory is bad
 */
struct block_fill {
	unsigned int used;
	unsigned int fixed;
	unsigned int held;
	unsigned int leaving;
	unsigned int spare;
	unsigned int poisoned;
};

/**
 * order_blocks() - sort blocks into the order in which an unplug takes them
 * @order: the blocks' numbers, each once, in any order
 * @fill: how full each block is, by its number
 * @count: how many blocks
 * @empty_first: blocks without used pages come before all others
 *
 * Those that may be refused first, because of a page that is fixed or held, so that
 * a refusal comes before the work. Then empty ones: nothing is copied for them, and
 * nothing can be copied to them once they are offline. Then the others, emptiest
 * first. Those with bad pages last, whatever else is in them: such a block does not
 * come back online as it was, so nothing else may be left that can fail. Equals in
 * the order of their numbers, but the first block of the device after its equals: after
 * each block that goes offline the kernel looks through the zone from its beginning to
 * the first hole, as for order_for_plug(). While the first block stands and the second
 * one has gone, the hole is near.
 */
void order_blocks(unsigned int *order, const struct block_fill *fill,
		  unsigned int count, _Bool empty_first);

/**
 * order_for_plug() - put the second block last
 * @order: the blocks' numbers, each once, rising
 * @count: how many blocks
 *
 * After each block that goes online the kernel looks through the zone from its
 * beginning, to see whether it is without holes (set_zone_contiguous()). With
 * a hole behind the first block it sees at once; without, a plug of n blocks
 * looks at n * n / 2 of them.
 */
void order_for_plug(unsigned int *order, unsigned int count);

#endif
