/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames whose memory is bad, remembered for as long as the module is loaded.
 *
 * The kernel marks such a page in its page structure, and forgets it when the block
 * is removed: after the next plug it would hand the bad memory out again. So the
 * frames are remembered here by their numbers, whatever device has them, and when
 * their block comes online they are kept from the page allocator and reported to
 * the kernel anew (memory_failure()).
 *
 * Any task context; all may sleep.
 */
#ifndef DAXPLUG_KERNEL_POISON_H
#define DAXPLUG_KERNEL_POISON_H

#include "memory.h"

/** poison_exit() - forget everything; no device is bound any more */
void poison_exit(void);

/**
 * poison_note() - look for bad pages in a block and remember them
 * @pfn: the block's first page frame
 * @end: the page frame after its last
 *
 * The page structures must stay meanwhile. Reads each of them.
 * Return: how many there are, remembered ones included; -ENOMEM when one could not
 * be remembered.
 */
int poison_note(unsigned long pfn, unsigned long end);

/** poison_count() - how many bad frames are remembered in [@pfn, @end) */
unsigned int poison_count(unsigned long pfn, unsigned long end);

/** poison_blocks() - how many blocks of a device have a bad frame that is known */
unsigned int poison_blocks(struct kmem_memory *mem);

/** poison_forget() - forget the bad frames of a device */
void poison_forget(struct kmem_memory *mem);

/**
 * poison_show() - the text of plug/poison
 * @mem: the memory
 * @buf: one page
 *
 * Looks for new ones first, in blocks where the kernel counts some; where it does not
 * count, in all, for a few seconds.
 * Return: its length in bytes, or -EINTR when a signal came meanwhile.
 */
ssize_t poison_show(struct kmem_memory *mem, char *buf);

/**
 * poison_retire_begin() - a block with bad frames is about to come online
 * @pfn: its first page frame
 * @end: the page frame after its last
 *
 * Keeps its bad frames from the page allocator, whoever brings it online, if no
 * other driver has a use for the kernel's hook for that. One block at a time;
 * poison_retire_end() must follow.
 */
void poison_retire_begin(unsigned long pfn, unsigned long end);

/**
 * poison_retire_end() - it is online, or has failed to come online
 * @mem: its device, for the log
 *
 * Reports the bad frames to the kernel, which then counts them and does not use them.
 */
void poison_retire_end(struct kmem_memory *mem);

/**
 * poison_retire_later() - somebody else brought a block online
 * @pfn: its first page frame
 * @end: the page frame after its last
 *
 * The kernel retires its bad frames as soon as it can. May be called under the
 * hotplug locks.
 */
void poison_retire_later(unsigned long pfn, unsigned long end);

#endif
