/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands in the way of an unplug: plug/blockers. */
#ifndef DAXPLUG_KERNEL_BLOCKERS_H
#define DAXPLUG_KERNEL_BLOCKERS_H

#include "memory.h"

/** blockers_alloc() - room for what is noted. Return: NULL without memory. */
struct blockers *blockers_alloc(void);

/**
 * blockers_begin() - a transaction begins
 *
 * What was noted before is forgotten when the first block is noted, or by
 * blockers_forget().
 */
void blockers_begin(struct kmem_memory *mem);

/**
 * blockers_note() - a block did not go offline
 * @mem: its memory; the caller runs its transaction
 * @block: the block, still there
 * @err: the kernel's answer
 *
 * Looks at the block's pages for the reason, and logs the first page that it finds.
 * May sleep.
 */
void blockers_note(struct kmem_memory *mem, unsigned int block, int err);

/**
 * blockers_note_room() - there is no room for what is in use
 * @mem: its memory; the caller runs its transaction
 * @leaving: pages that must find a place
 * @room: pages that could be had elsewhere
 */
void blockers_note_room(struct kmem_memory *mem, unsigned long leaving,
			unsigned long room);

/** blockers_forget() - a plug or unplug reached its goal */
void blockers_forget(struct kmem_memory *mem);

/**
 * blockers_show() - the text of plug/blockers
 * @mem: its memory
 * @buf: one page
 *
 * First what was noted, then what can be seen now, in blocks that are online. Never
 * waits for a transaction. Looks at pages for a few seconds
 * at most.
 * Return: its length in bytes, or -EINTR when a signal came meanwhile.
 */
ssize_t blockers_show(struct kmem_memory *mem, char *buf);

#endif
