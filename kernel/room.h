/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether the pages that an unplug has still to migrate fit into other memory.
 * Only this file changes the members @leaving and @spare of struct kmem_memory. All
 * numbers are in pages.
 *
 * Context: any task may call room_fits_now() and room_block_fits_now(). The others are
 * called by the transaction's thread, which may use what kmem_memory.lock protects.
 */
#ifndef DAXPLUG_KERNEL_ROOM_H
#define DAXPLUG_KERNEL_ROOM_H

#include <linux/types.h>

struct block_fill;
struct kmem_memory;

/** room_begin() - clear the numbers at the start of a transaction */
void room_begin(struct kmem_memory *mem);

/** room_add_block() - add the numbers of a block that was measured */
void room_add_block(struct kmem_memory *mem, const struct block_fill *fill);

/** room_remove_block() - stop counting a block, because it has gone offline */
void room_remove_block(struct kmem_memory *mem, const struct block_fill *fill);

/**
 * room_check() - check whether all that must be migrated fits into other memory
 *
 * If pages do not fit, the kernel fills all memory and then retries for ever, while the
 * machine is out of memory. So this compares with the most that can be made free at all,
 * and plug/blockers gets the numbers if it is not enough.
 * Return: 0 or -ENOMEM.
 */
int room_check(struct kmem_memory *mem);

/**
 * room_check_block() - do room_check() while a block is going offline
 * @mem: the memory
 * @fill: the numbers of the block, which room_add_block() has added
 * @used: pages that are still in use in the block
 * @note: record the numbers for plug/blockers
 *
 * Return: 0 or -ENOMEM.
 */
int room_check_block(struct kmem_memory *mem, const struct block_fill *fill,
		     unsigned long used, bool note);

/** room_fits_now() - check as room_check(), but only for memory available without delay */
bool room_fits_now(const struct kmem_memory *mem);

/**
 * room_block_fits_now() - as room_fits_now(), while a block is going offline
 * @mem: the memory
 * @fill: the block, which the kernel has isolated: its free pages are not counted as free
 * @used: pages that are still in use in the block
 */
bool room_block_fits_now(const struct kmem_memory *mem, const struct block_fill *fill,
			 unsigned long used);

#endif
