/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides where the page structures of a device's memory are: in other memory, or in
 * the memory itself, at the beginning of each block (MHP_MEMMAP_ON_MEMORY).
 */
#ifndef DAXPLUG_KERNEL_MEMMAP_H
#define DAXPLUG_KERNEL_MEMMAP_H

#include <linux/types.h>

struct kmem_memory;

/**
 * enum memmap_choice - whether the memory holds its own page structures
 * @MEMMAP_DEFAULT: yes if the DAX device requests it and the kernel supports it
 * @MEMMAP_NO: no
 * @MEMMAP_YES: yes; if the kernel does not support it, a plug fails
 */
enum memmap_choice {
	MEMMAP_DEFAULT,
	MEMMAP_NO,
	MEMMAP_YES
};

/** memmap_choice_initial() - get the choice for devices that are bound from now on */
enum memmap_choice memmap_choice_initial(void);

/** memmap_choice_name() - get the name of a choice, as in plug/memmap_on_memory */
const char *memmap_choice_name(enum memmap_choice choice);

/**
 * memmap_set_choice() - set the choice for the next plug
 * @mem: the memory
 * @word: a name of memmap_choice_name(), with or without a newline
 *
 * Context: may sleep; waits for a running plug or unplug; takes @mem->lock.
 * Return: 0; -EINVAL if @word is no such name; -EBUSY if a block exists and the choice
 * would change; -ENODEV if the device is being unbound; -EINTR if a signal arrived.
 */
int memmap_set_choice(struct kmem_memory *mem, const char *word);

/**
 * memmap_check() - check whether the kernel supports the choice, and log why not
 * @mem: the memory; the caller holds its lock
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int memmap_check(const struct kmem_memory *mem);

/**
 * memmap_begin() - decide how the transaction that begins adds memory
 * @mem: the memory; the caller holds its lock
 *
 * Sets @mem->self_hosted. If blocks exist, memory is added in the same way as these
 * blocks, so that an undo restores it correctly. Else the user's choice decides.
 */
void memmap_begin(struct kmem_memory *mem);

/**
 * memmap_log_refused() - log that the kernel refused to add memory with its own page
 * structures
 */
void memmap_log_refused(const struct kmem_memory *mem);

#endif
