/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of a transaction, as the engine calls them, done by this kernel. They run
 * in the thread of the device (thread.h).
 */
#ifndef DAXPLUG_KERNEL_STEPS_H
#define DAXPLUG_KERNEL_STEPS_H

#include "memory.h"

/** steps_attach() - give the engine of @mem its steps */
void steps_attach(struct kmem_memory *mem);

/** steps_block_number() - the number of a block, as in its name memoryN */
u64 steps_block_number(const struct kmem_memory *mem, unsigned int block);

/**
 * steps_reserved_size() - the bytes of a range with all pieces that continue it
 * @mem: the memory
 * @range: the first piece
 */
u64 steps_reserved_size(const struct kmem_memory *mem, unsigned int range);

/**
 * steps_page_structures() - bytes of page structures for new memory
 * @mem: the memory
 * @size: how much of it is to be added, in bytes
 *
 * Return: the bytes; 0 if the new memory holds them itself.
 */
u64 steps_page_structures(const struct kmem_memory *mem, u64 size);

/**
 * steps_fits() - can new memory be managed with what is available?
 * @mem: the memory
 * @size: how much of it is to be added, in bytes
 * @available: what the kernel's own data can have, in bytes
 */
bool steps_fits(const struct kmem_memory *mem, u64 size, u64 available);

#endif
