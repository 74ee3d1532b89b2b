/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands in the way of an unplug: plug/blockers. */
#ifndef DAXPLUG_KERNEL_BLOCKERS_H
#define DAXPLUG_KERNEL_BLOCKERS_H

#include "memory.h"

/** blockers_alloc() - room for what is noted. Return: NULL without memory. */
struct blockers *blockers_alloc(void);

/**
 * blockers_note() - a block of an unplug did not go offline
 * @mem: its memory; the caller runs its transaction
 * @block: the block, still there
 * @err: the kernel's answer
 *
 * Looks at the block's pages for the reason. What was noted before is
 * forgotten. May sleep.
 */
void blockers_note(struct kmem_memory *mem, unsigned int block, int err);

/** blockers_forget() - a plug or unplug reached its goal */
void blockers_forget(struct kmem_memory *mem);

/**
 * blockers_show() - the text of plug/blockers
 * @mem: its memory
 * @buf: one page
 *
 * First what was noted, then what can be seen now; that is left out while
 * blocks come or go. Never waits for a transaction.
 * Return: its length in bytes.
 */
ssize_t blockers_show(struct kmem_memory *mem, char *buf);

#endif
