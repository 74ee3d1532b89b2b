/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the free pages of a device allocated while the device is unplugged, so that the
 * kernel demotes no page to it meanwhile.
 *
 * An unplug migrates pages to other nodes. If little memory is free there, kswapd
 * demotes other pages to the next lower tier, which may be the device itself: into the
 * blocks that are still online. Each of these pages has then to be migrated again.
 *
 * hold_begin(), hold_fill(), hold_give_back() and hold_end() are called by the
 * transaction's thread, hold_refill() by its tick, the others by anybody.
 */
#ifndef DAXPLUG_KERNEL_HOLD_H
#define DAXPLUG_KERNEL_HOLD_H

#include "memory.h"

/** hold_setup() - set up a new memory, with nothing held */
void hold_setup(struct kmem_memory *mem);

/**
 * hold_begin() - an unplug begins
 * @mem: its memory
 *
 * Return: has the kernel demoted pages since it booted, so that hold_fill() will hold
 * the device's free pages? The caller takes blocks without used pages offline first,
 * because the kernel clears what it allocates.
 */
bool hold_begin(struct kmem_memory *mem);

/** hold_fill() - hold the device's free pages, as far as they can be had at once */
void hold_fill(struct kmem_memory *mem);

/**
 * hold_refill() - hold what others have freed in the device since hold_fill()
 * @mem: its memory
 *
 * A block takes long to go offline. Meanwhile processes end, and NUMA balancing promotes
 * pages. Nothing is held in the block that is going offline.
 * Return: is anything to be held now? Then it is to be called again soon.
 */
bool hold_refill(struct kmem_memory *mem);

/**
 * hold_give_back() - free what is held of one block
 * @mem: its memory
 * @block: the block. If it is isolated, its pages stay isolated.
 */
void hold_give_back(struct kmem_memory *mem, unsigned int block);

/** hold_end() - free all that is held; the unplug has ended or is being undone */
void hold_end(struct kmem_memory *mem);

/**
 * hold_relieve() - memory has run out: free some of what is held, and hold no more
 *
 * The caller holds limit_lock, so the transaction does not end meanwhile.
 * Return: how many pages were freed.
 */
unsigned long hold_relieve(struct kmem_memory *mem);

/**
 * hold_owns() - is a page the first of a chunk that is held for some device?
 * @page: a page with references; it may change its owner meanwhile
 * @nr: set to the number of pages of the chunk
 */
bool hold_owns(struct page *page, unsigned long *nr);

#endif
