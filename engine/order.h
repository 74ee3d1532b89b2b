/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* The order in which a plug or an unplug takes the blocks of a device. */
#ifndef DAXPLUG_ENGINE_ORDER_H
#define DAXPLUG_ENGINE_ORDER_H

#include "portable.h"

/**
 * struct block_fill - the pages of a block, counted by what an unplug must do with them
 * @used: pages in use
 * @unmovable: used pages that can probably not be migrated
 * @referenced: used pages to which some user holds a reference and may keep it
 * @to_migrate: used pages that need a place in other memory
 * @free: free pages
 * @poisoned: pages that are out of use because of a memory error
 */
struct block_fill {
	unsigned int used;
	unsigned int unmovable;
	unsigned int referenced;
	unsigned int to_migrate;
	unsigned int free;
	unsigned int poisoned;
};

/**
 * order_for_unplug() - sort blocks into the order in which an unplug takes them
 * @order: the numbers of the blocks, each once, in any order; sorted on return
 * @fill: the pages of each block, indexed by its number
 * @count: number of blocks
 * @empty_first: take the blocks of rule 2 below before those of rule 1
 *
 * The order has four rules:
 * 1. Blocks with an unmovable or a referenced page. Their offline may fail, so it is tried
 *    before any other work is done.
 * 2. Blocks without used pages. No page needs to be copied out of them, and no page can be
 *    copied into them once they are offline.
 * 3. The other blocks.
 * 4. Blocks with bad pages, whatever else they contain. To bring such a block back online, an
 *    undo must remove the block and add it again, which may fail (add_block_anew() in
 *    kernel/steps.c). The undo is needed if a later step fails. So these blocks are last, and
 *    as few steps as possible follow them.
 *
 * Within each rule, blocks with fewer used pages are taken first. Blocks with the same
 * number of used pages are taken in the order of their numbers, except that the first
 * block of the device is the last of them. The reason is that after each offline the
 * kernel searches the zone from the zone's beginning to the first hole, as described at
 * order_for_plug(). If the first block is taken last, the second block goes offline before it. From
 * then on each search ends right after the first block.
 *
 * Context: any; no locks.
 */
void order_for_unplug(unsigned int *order, const struct block_fill *fill, unsigned int count,
		      _Bool empty_first);

/**
 * order_for_plug() - put the second block last
 * @order: the numbers of the blocks, each once, in rising order
 * @count: number of blocks
 *
 * After each online the kernel searches the zone from its beginning for a hole
 * (set_zone_contiguous()). The search ends at the first hole. While the second block is
 * offline, that hole is right after the first block. If the blocks came online in rising
 * order, a plug of n blocks would search n * n / 2 blocks.
 *
 * Context: any; no locks.
 */
void order_for_plug(unsigned int *order, unsigned int count);

#endif
