/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages as they lie in a block: how full it is, and what in it may not move.
 *
 * Read from the page structures without a lock, so a page may be something
 * else by the time it is told: good for an order and for a message, never for
 * a refusal. The page structures must stay valid meanwhile: the caller holds
 * guard_begin_scan().
 */
#ifndef DAXPLUG_KERNEL_PAGES_H
#define DAXPLUG_KERNEL_PAGES_H

#include <linux/log2.h>
#include <linux/mmzone.h>
#include <linux/types.h>

#include "order.h"

/** PAGES_TOP_ORDER - the largest chunk that the page allocator gives, as an order */
#define PAGES_TOP_ORDER ((unsigned int)ilog2(MAX_ORDER_NR_PAGES))

/**
 * enum page_kind - what a page is to an unplug
 * @KIND_FREE: nothing to move
 * @KIND_MOVABLE: can be moved, as far as can be seen
 * @KIND_LOCKED: locked or being written, mostly because a device or a server is to
 *	deliver or to take what is in it
 * @KIND_HELD: somebody holds references that the kernel cannot account for
 * @KIND_PINNED: pinned for DMA
 * @KIND_HUGE: a huge page for which the page allocator has no other: it can be moved
 *	only to an unused one of its size
 * @KIND_SLAB: the kernel's small objects
 * @KIND_TABLE: a page table
 * @KIND_RESERVED: reserved, at boot or by a driver
 * @KIND_KERNEL: the kernel's otherwise
 * @KIND_POISONED: the memory behind it is bad, and it is out of use
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
 * pages_measure() - how full a block is
 * @pfn: its first page frame behind its own page structures
 * @end: the page frame after its last
 * @fill: the answer, added to what is in it
 *
 * May sleep between pages.
 */
void pages_measure(unsigned long pfn, unsigned long end, struct block_fill *fill);

/**
 * pages_count_used() - how many pages of a block have still to leave it
 * @pfn: first page frame to look at
 * @end: the page frame after the last
 *
 * May sleep between pages.
 */
unsigned long pages_count_used(unsigned long pfn, unsigned long end);

/**
 * pages_find_locked() - find a page that is locked or being written
 * @pfn: where to begin, in a block that is online
 * @end: the page frame after the last
 *
 * Context: may sleep; between guard_begin_scan() and guard_end_scan().
 * Return: its page frame, @end if there is none.
 */
unsigned long pages_find_locked(unsigned long pfn, unsigned long end);

/**
 * pages_find_fixed() - the next page that looks as if it could not be moved
 * @pfn: where to look from; on return, the page found
 * @end: where to stop, page frame after the last
 * @after: the page frame after what was found, huge pages as a whole
 *
 * Return: its kind, or KIND_FREE when there is none.
 */
enum page_kind pages_find_fixed(unsigned long *pfn, unsigned long end,
				unsigned long *after);

/** pages_kind_name() - a kind in a word */
const char *pages_kind_name(enum page_kind kind);

/**
 * pages_owner() - in whose hands a page is, as far as it is cheaply had
 * @pfn: the page
 * @buf: for the text
 * @size: of @buf, in bytes
 *
 * The file whose content it holds, or that it is a process's own. Takes a
 * reference to the page for a moment, tries its lock and does not wait for it, and
 * does not sleep while it holds that lock.
 */
void pages_owner(unsigned long pfn, char *buf, size_t size);

#endif
