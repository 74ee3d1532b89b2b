/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the page structures of a device's memory are: in other memory, or in the
 * memory itself, at the beginning of each block (MHP_MEMMAP_ON_MEMORY).
 */
#ifndef DAXPLUG_KERNEL_MEMMAP_H
#define DAXPLUG_KERNEL_MEMMAP_H

#include "memory.h"

/** memmap_choice_initial() - the choice of a device that is bound from now on */
enum memmap_choice memmap_choice_initial(void);

/** memmap_choice_name() - a choice in a word */
const char *memmap_choice_name(enum memmap_choice choice);

/**
 * memmap_set_choice() - choose for the next plug
 * @mem: the memory
 * @word: what memmap_choice_name() says, with a newline after it or none
 *
 * May sleep, and waits for a plug or unplug to end.
 * Return: 0; -EINVAL for another word; -EBUSY if a block exists and the choice is not
 * the one before; -ENODEV if the device is being unbound; -EINTR.
 */
int memmap_set_choice(struct kmem_memory *mem, const char *word);

/**
 * memmap_check() - does the kernel do what was chosen?
 * @mem: the memory; the caller holds its lock
 *
 * Logs why not. Return: 0 or -EOPNOTSUPP.
 */
int memmap_check(const struct kmem_memory *mem);

/**
 * memmap_begin() - decide how memory is added in the transaction that begins
 * @mem: the memory; the caller holds its lock
 *
 * Sets @mem->self_hosted. Blocks that exist decide, so that an undo adds memory again
 * as it was; without a block it is what was chosen.
 */
void memmap_begin(struct kmem_memory *mem);

/** memmap_log_refused() - log that the kernel refuses such memory when it is added */
void memmap_log_refused(const struct kmem_memory *mem);

#endif
