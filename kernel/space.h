/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether memory is free for the pages that an unplug migrates and for the page
 * structures that a plug needs. All numbers are in pages, unless a function says bytes.
 *
 * Context: any.
 */
#ifndef DAXPLUG_KERNEL_SPACE_H
#define DAXPLUG_KERNEL_SPACE_H

#include <linux/types.h>

/**
 * space_anywhere() - estimate the largest number of pages that could be made free
 *
 * Sums up free pages, cached file pages, reclaimable kernel caches, swap space, and an
 * allowance for free pages that the kernel's counters miss. The sum is an upper estimate.
 * Only the allocations show whether the pages can really be had.
 */
unsigned long space_anywhere(void);

/**
 * space_fits_now() - check whether the rest of an unplug fits into other memory now
 * @to_migrate: pages that must be migrated
 * @free: free pages of the device, to which these pages cannot be migrated
 *
 * Counts only free pages, inactive file pages and free swap space. space_anywhere() counts
 * more.
 */
bool space_fits_now(unsigned long to_migrate, unsigned long free);

/**
 * space_fits_unmovable() - check for free memory of a node outside ZONE_MOVABLE
 * @nid: the node
 * @pages: number of pages that must fit
 *
 * Leaves a margin for other tasks that need memory meanwhile.
 */
bool space_fits_unmovable(int nid, unsigned long pages);

/**
 * space_for_kernel() - compute how much memory the kernel's own data can use now
 *
 * Counts, outside ZONE_MOVABLE and on all nodes, the free pages above the high
 * watermarks, and half of the cached file pages and reclaimable kernel caches.
 * Return: the size in bytes.
 */
u64 space_for_kernel(void);

#endif
