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
struct resource;

/**
 * struct kmem_steps - what the steps know of one memory
 * @res: the reserved resource of each range; NULL if the range is not reserved. The driver
 *	divides a large range into pieces, which are reserved together. Only the first piece
 *	has the resource. kmem_memory.lock protects the elements.
 */
struct kmem_steps {
	struct resource **res;
};

/**
 * steps_setup() - initialize a new memory, and set the steps that its engine calls
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; steps_free() must be called in both cases.
 */
int steps_setup(struct kmem_memory *mem);

/** steps_free() - free what steps_setup() allocated */
void steps_free(struct kmem_memory *mem);

/**
 * steps_set_reservation() - record a reservation that existed before the bind
 * @mem: the memory; the caller holds its lock
 * @range: the first piece of the range
 * @res: the reservation, which the unplug will release
 */
void steps_set_reservation(struct kmem_memory *mem, unsigned int range, struct resource *res);

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
 * Unless the new memory holds its own page structures, the kernel needs memory for them
 * and for their page tables. In any case it needs memory for the devices of the memory
 * blocks. If the kernel needs memory for page structures and a block has more than one
 * section, the result includes a margin of one block's page structures. The margin is needed
 * because other tasks may allocate memory while a block is added. If memory ran out between
 * two sections, the kernel would keep the first ones (add_size() in steps.c).
 *
 * Return: the number of bytes that must be free outside ZONE_MOVABLE. The caller compares it
 * with space_for_kernel().
 */
u64 steps_space_needed(const struct kmem_memory *mem, u64 size);

#endif
