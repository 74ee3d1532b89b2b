/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page structures of a block: how many pages are in use, and which of them cannot
 * be migrated.
 *
 * The page structures are read without a lock, so a page may be something else by the
 * time the result is used. The results are good enough to choose an order, to print a
 * message, and to compare sums with free memory. The kind of a single page must not be the
 * reason to refuse an unplug.
 * Context: the caller is between table_begin_scan() and table_end_scan(), so that the
 * page structures stay valid.
 */
#ifndef DAXPLUG_KERNEL_PAGES_H
#define DAXPLUG_KERNEL_PAGES_H

#include <linux/mmzone.h>
#include <linux/types.h>

#include "order.h"

/**
 * enum page_kind - what a page means for an unplug
 * @KIND_FREE: free, need not be migrated
 * @KIND_MOVABLE: can probably be migrated
 * @KIND_LOCKED: locked or under writeback, mostly because a device or a server has
 *	still to read or write its contents
 * @KIND_HELD: has more references than its known users account for
 * @KIND_PINNED: pinned for DMA
 * @KIND_HUGE: a huge page larger than any chunk of the page allocator; it can be
 *	migrated only to an unused huge page of the same size
 * @KIND_SLAB: holds small objects of the kernel
 * @KIND_TABLE: a page table
 * @KIND_RESERVED: reserved at boot or by a driver
 * @KIND_KERNEL: other memory of the kernel
 * @KIND_POISONED: has a memory error and is out of use
 */
enum page_kind {
	KIND_FREE,
	KIND_MOVABLE,
	KIND_LOCKED,
	KIND_HELD,
	KIND_PINNED,
	KIND_HUGE,
	KIND_SLAB,
	KIND_TABLE,
	KIND_RESERVED,
	KIND_KERNEL,
	KIND_POISONED
};

/**
 * pages_measure() - count the pages of a block by what an unplug must do with them
 * @pfn: first page frame after the block's own page structures
 * @end: page frame after the block's last
 * @fill: the counts are added to this structure
 *
 * Context: may sleep between pages.
 */
void pages_measure(unsigned long pfn, unsigned long end, struct block_fill *fill);

/**
 * pages_count_used() - count the pages of a block that have still to leave it
 * @pfn: first page frame
 * @end: page frame after the last
 *
 * Context: may sleep between pages.
 */
unsigned long pages_count_used(unsigned long pfn, unsigned long end);

/**
 * pages_find_locked() - find a page that is locked or under writeback
 * @pfn: first page frame, in a block that is online
 * @end: page frame after the last
 *
 * Context: may sleep.
 * Return: its page frame; @end if there is none.
 */
unsigned long pages_find_locked(unsigned long pfn, unsigned long end);

/**
 * pages_find_unmovable() - find the next page that can probably not be migrated or has a
 * memory error
 * @pfn: first page frame to check; set to the page frame found
 * @end: page frame after the last
 * @after: set to the page frame after the page found, or after the whole huge page
 *
 * Context: may sleep.
 * Return: the kind of the page; KIND_FREE if there is none.
 */
enum page_kind pages_find_unmovable(unsigned long *pfn, unsigned long end,
				    unsigned long *after);

/** pages_kind_name() - get the name of a kind, as in plug/blockers */
const char *pages_kind_name(enum page_kind kind);

/**
 * pages_describe_owner() - describe the owner of a page, if that is cheap to find
 * @pfn: the page
 * @buf: buffer for the text
 * @size: size of @buf in bytes
 *
 * The text names the file whose contents the page holds, or says that it is a process's
 * own memory; else it is "-". Takes a reference to the page for a moment. Tries to lock
 * the page but does not wait for the lock, and does not sleep while it holds it.
 */
void pages_describe_owner(unsigned long pfn, char *buf, size_t size);

#endif
