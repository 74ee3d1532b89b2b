/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free memory of a device, held while it is unplugged.
 *
 * A page that leaves a block needs a place. On a node of its own a device's
 * pages go to other nodes; on a node that it shares, the nearest place is the
 * next block of the same device, and the page would be moved again. So its
 * free memory is allocated, and handed back block by block.
 */
#ifndef DAXPLUG_KERNEL_HOLD_H
#define DAXPLUG_KERNEL_HOLD_H

#include "memory.h"

/**
 * hold_take() - take what is free in the device's movable online blocks
 * @mem: its memory; the caller runs its transaction
 *
 * Without reclaim, down to the zone's low watermark and no further, and only
 * where pages would otherwise land in the device. Ends early, with what it has,
 * when the transaction is to end.
 */
void hold_take(struct kmem_memory *mem);

/** hold_give() - hand back what is held of one block */
void hold_give(struct kmem_memory *mem, unsigned int block);

/** hold_give_all() - hand back everything */
void hold_give_all(struct kmem_memory *mem);

/**
 * hold_let_go() - the same in two steps, for who may not free pages yet
 * @mem: its memory
 * @chunks: where what was held is moved to, for hold_free()
 *
 * Does not sleep. The holder, if it is taking still, takes no more.
 */
void hold_let_go(struct kmem_memory *mem, struct list_head *chunks);

/** hold_free() - free chunks that were let go. Return: pages. */
unsigned long hold_free(struct list_head *chunks);

#endif
