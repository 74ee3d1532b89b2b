/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocates the free pages of a device while an unplug of it runs, and keeps ("holds") them,
 * so that the kernel does not demote pages to the device meanwhile.
 *
 * An unplug migrates pages to other nodes. If little memory is free there, kswapd
 * demotes other pages to the next lower tier. That tier may be the device itself, and
 * then the pages go to blocks that are still online and must be migrated again.
 *
 * Context: the transaction's thread calls hold_begin(), hold_fill(), hold_free_block()
 * and hold_end(); the work item of limit.c calls hold_refill(); any task may call the
 * others.
 * Locks: kmem_hold.lock, a spinlock, taken by all functions here except hold_setup(),
 * hold_count_pages() and hold_is_held().
 */
#ifndef DAXPLUG_KERNEL_HOLD_H
#define DAXPLUG_KERNEL_HOLD_H

#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>

struct kmem_memory;
struct page;

/**
 * struct kmem_hold - free pages of the device that an unplug has allocated
 * @lock: protects all members below
 * @chunks: for each block, a list of the first pages of the held chunks; NULL while no
 *	unplug is running that may hold pages
 * @pages: number of pages held
 * @going: the block that is going offline; no page of it is held any more
 * @filling: hold_refill() must go on allocating free pages
 * @closed: the machine has run out of memory, so no further pages are held
 */
struct kmem_hold {
	spinlock_t lock;
	struct list_head *chunks;
	unsigned long pages;
	unsigned int going;
	bool filling;
	bool closed;
};

/** HOLD_TOP_ORDER - the order of the largest chunk that the page allocator gives */
#define HOLD_TOP_ORDER ((unsigned int)ilog2(MAX_ORDER_NR_PAGES))

/** hold_setup() - initialize a new memory, with no page held */
void hold_setup(struct kmem_memory *mem);

/**
 * hold_begin() - prepare to hold pages at the start of an unplug
 * @mem: its memory
 *
 * Context: may sleep.
 * Return: true if hold_fill() will hold the device's free pages, because the kernel has
 * demoted pages since it booted. Then the caller takes the blocks without used pages offline
 * first, before it calls hold_fill(), so that the pages of these blocks are not held. This
 * saves time, because with init_on_alloc the kernel clears each page that is held.
 */
bool hold_begin(struct kmem_memory *mem);

/**
 * hold_fill() - hold the free pages of the device, as far as they can be allocated
 * without reclaim
 * @mem: its memory
 *
 * Does nothing if the kernel has demoted no page since it booted, if hold_begin() has not
 * prepared to hold pages, or if hold_end() or hold_free_some() was called since. A signal
 * ends it.
 * Context: may sleep.
 */
void hold_fill(struct kmem_memory *mem);

/**
 * hold_refill() - hold the pages of the device that were freed since hold_fill()
 * @mem: its memory
 *
 * An offline of a block may take long. Meanwhile processes end and NUMA balancing
 * promotes pages, which frees pages of the device. Holds no page of the block that is
 * going offline, and at most 256 MiB in one call, so that the caller's other work is not
 * delayed.
 * Context: may sleep.
 * Return: true if hold_fill() has begun to hold pages, and neither hold_end() nor a lack of
 * memory has ended that. The caller then calls this function again soon.
 */
bool hold_refill(struct kmem_memory *mem);

/**
 * hold_free_block() - free the held pages of one block
 * @mem: its memory
 * @block: the block; if it is isolated, the freed pages stay isolated
 */
void hold_free_block(struct kmem_memory *mem, unsigned int block);

/** hold_end() - free all held pages, because the unplug has ended or is being undone */
void hold_end(struct kmem_memory *mem);

/**
 * hold_free_some() - free some of the held pages and hold no more, because memory has run
 * out
 * @mem: its memory
 *
 * Context: the caller holds limit_lock, so that the transaction does not end meanwhile.
 * Return: the number of pages freed.
 */
unsigned long hold_free_some(struct kmem_memory *mem);

/** hold_count_pages() - get the number of pages held; takes no lock */
unsigned long hold_count_pages(const struct kmem_memory *mem);

/**
 * hold_is_held() - check whether a page is the first one of a held chunk of any device
 * @page: a page whose reference count is not 0. The caller need not hold a reference, so
 *	the page may be freed and allocated again during the call.
 * @nr: set to the number of pages of the chunk if the result is true
 */
bool hold_is_held(struct page *page, unsigned long *nr);

#endif
