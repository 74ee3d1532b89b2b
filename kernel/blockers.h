/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records what prevented the last unplug and finds what would prevent the next:
 * plug/blockers.
 */
#ifndef DAXPLUG_KERNEL_BLOCKERS_H
#define DAXPLUG_KERNEL_BLOCKERS_H

#include <linux/types.h>

struct kmem_memory;

/** blockers_alloc() - allocate the record of a device. Return: NULL without memory. */
struct blockers *blockers_alloc(void);

/**
 * blockers_begin() - mark the record as old, because a transaction begins
 *
 * The old record is dropped when the transaction records its first blocker, or by
 * blockers_forget().
 */
void blockers_begin(struct kmem_memory *mem);

/**
 * blockers_note() - record why a block did not go offline
 * @mem: its memory; the caller runs its transaction
 * @block: the block, which still exists
 * @err: the errno of the kernel
 *
 * Reads the block's page structures to find the pages that prevent it, and logs the
 * first.
 * Context: may sleep.
 */
void blockers_note(struct kmem_memory *mem, unsigned int block, int err);

/**
 * blockers_note_room() - record that other memory is too small for the used pages
 * @mem: its memory; the caller runs its transaction
 * @leaving: pages that must be migrated
 * @room: pages that could be made free in other memory
 */
void blockers_note_room(struct kmem_memory *mem, unsigned long leaving,
			unsigned long room);

/** blockers_forget() - drop the record, because a plug or unplug succeeded */
void blockers_forget(struct kmem_memory *mem);

/**
 * blockers_show() - print the text of plug/blockers
 * @mem: its memory
 * @buf: one page
 *
 * Prints first the record, then the pages found now in blocks that are online. Does not
 * wait for a transaction. Reads page structures for SHOW_TIME (four seconds) at most.
 * Context: may sleep.
 * Return: length of the text in bytes; -EINTR if a signal arrived meanwhile.
 */
ssize_t blockers_show(struct kmem_memory *mem, char *buf);

#endif
