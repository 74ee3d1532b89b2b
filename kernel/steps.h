/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of a transaction (struct engine_ops), implemented with the functions of the
 * kernel.
 *
 * Context: the engine calls the steps in the thread of the device (thread.h).
 */
#ifndef DAXPLUG_KERNEL_STEPS_H
#define DAXPLUG_KERNEL_STEPS_H

#include <linux/types.h>

struct kmem_memory;

/** steps_attach() - set the steps that the engine of @mem calls */
void steps_attach(struct kmem_memory *mem);

/** steps_block_number() - get the number N of a block's name memoryN */
u64 steps_block_number(const struct kmem_memory *mem, unsigned int block);

/**
 * steps_reserved_size() - get the size of a range with all pieces that continue it
 * @mem: the memory
 * @range: the first piece of the range
 *
 * Return: the size in bytes.
 */
u64 steps_reserved_size(const struct kmem_memory *mem, unsigned int range);

/**
 * steps_space_needed() - compute how much memory the kernel needs to add memory
 * @mem: the memory
 * @size: size of the memory to be added, in bytes
 *
 * The memory is needed for page structures, unless the new memory holds them itself,
 * for their page tables, and for the devices of the memory blocks. If a block has more
 * than one section, a margin for one block is added.
 *
 * Return: the size in bytes. The memory must be outside ZONE_MOVABLE, as counted by
 * space_for_kernel().
 */
u64 steps_space_needed(const struct kmem_memory *mem, u64 size);

#endif
