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

/**
 * struct kmem_memmap - where the page structures of one device's memory are
 * @wanted: the DAX device requests that its memory holds its own page structures
 * @choice: the user's choice for that
 * @self_hosted: memory that the running transaction adds holds its own page structures
 *
 * @wanted never changes. kmem_memory.lock protects the others; memmap_get_choice() reads
 * @choice without it.
 */
struct kmem_memmap {
	bool wanted;
	enum memmap_choice choice;
	bool self_hosted;
};

/**
 * memmap_setup() - initialize a new memory, with the choice of the module parameter
 * @mem: the memory
 * @wanted: the DAX device requests that its memory holds its own page structures
 */
void memmap_setup(struct kmem_memory *mem, bool wanted);

/** memmap_get_choice() - get the choice for the next plug */
enum memmap_choice memmap_get_choice(const struct kmem_memory *mem);

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
 * Before Linux 6.8 only the size of the page structures can be checked. If the kernel refuses
 * the choice, the step that adds memory then fails with -EOPNOTSUPP.
 * Return: 0 or -EOPNOTSUPP.
 */
int memmap_check(const struct kmem_memory *mem);

/**
 * memmap_begin() - decide whether memory that the transaction adds holds its own page
 * structures
 * @mem: the memory; the caller holds its lock
 *
 * memmap_is_self_hosted() returns the result. If blocks exist, memory is added in the same
 * way as these blocks, so that an undo restores it correctly. Else the user's choice
 * decides.
 */
void memmap_begin(struct kmem_memory *mem);

/**
 * memmap_is_self_hosted() - check whether added memory holds its own page structures
 *
 * Context: the caller holds @mem->lock, or is a transaction of @mem.
 * Return: what memmap_begin() has decided for the running transaction.
 */
bool memmap_is_self_hosted(const struct kmem_memory *mem);

/**
 * memmap_is_required() - check whether a plug must fail if memory cannot hold its own page
 * structures
 *
 * Context: the caller holds @mem->lock, or is a transaction of @mem.
 */
bool memmap_is_required(const struct kmem_memory *mem);

/**
 * memmap_log_refused() - log that the kernel refused to add memory with its own page
 * structures
 */
void memmap_log_refused(const struct kmem_memory *mem);

#endif
