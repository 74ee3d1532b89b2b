/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the pages that an unplug has still to migrate, and checks whether they fit into
 * other memory. All numbers are in pages.
 *
 * Context: any task may call migration_fits_now() and migration_block_fits_now(). The
 * others are called by the transaction's thread, which may use what kmem_memory.lock
 * protects.
 */
#ifndef DAXPLUG_KERNEL_MIGRATION_H
#define DAXPLUG_KERNEL_MIGRATION_H

#include <linux/types.h>

struct block_fill;
struct kmem_memory;

/**
 * struct kmem_migration - what the running unplug has still to migrate
 * @pages_to_migrate: pages that the unplug has still to migrate to other memory
 * @free_pages: free pages of the device; the unplug cannot migrate pages to them
 *
 * kmem_memory.lock protects both. migration_fits_now() and migration_block_fits_now()
 * read them without this lock.
 */
struct kmem_migration {
	unsigned long pages_to_migrate;
	unsigned long free_pages;
};

/** migration_begin() - clear the numbers at the start of a transaction */
void migration_begin(struct kmem_memory *mem);

/** migration_add_block() - add the numbers of a block that was measured */
void migration_add_block(struct kmem_memory *mem, const struct block_fill *fill);

/** migration_remove_block() - stop counting a block, because it has gone offline */
void migration_remove_block(struct kmem_memory *mem, const struct block_fill *fill);

/**
 * migration_is_done() - check whether no page is left that needs other memory
 *
 * Pages that can be dropped, such as those of files on disks, need none.
 * Return: true also if nothing was measured, as in a plug.
 */
bool migration_is_done(const struct kmem_memory *mem);

/**
 * migration_check_space() - check whether all that must be migrated fits into other memory
 *
 * If pages do not fit, the kernel fills all memory and then retries for ever, while the
 * machine is out of memory. So this function compares the number of pages with the most
 * memory that can be made free. If that is not enough, it records the numbers for
 * plug/blockers.
 * Return: 0 or -ENOMEM.
 */
int migration_check_space(struct kmem_memory *mem);

/**
 * migration_check_block_space() - check whether what must still be migrated fits into other
 * memory, while a block is going offline
 * @mem: the memory
 * @fill: the numbers of the block, which migration_add_block() has added
 * @used: pages that are still in use in the block; the others have left it already
 * @record: record the numbers for plug/blockers if the pages do not fit
 *
 * Return: 0 or -ENOMEM.
 */
int migration_check_block_space(struct kmem_memory *mem, const struct block_fill *fill,
				unsigned long used, bool record);

/**
 * migration_fits_now() - check whether what must still be migrated fits into the memory that
 * space_fits_now() counts
 */
bool migration_fits_now(const struct kmem_memory *mem);

/**
 * migration_block_fits_now() - do migration_fits_now() while a block is going offline
 * @mem: the memory
 * @fill: the numbers of the block; the kernel has isolated it, so the kernel's counter of
 *	free pages does not include those of the block
 * @used: pages that are still in use in the block
 */
bool migration_block_fits_now(const struct kmem_memory *mem, const struct block_fill *fill,
			      unsigned long used);

#endif
