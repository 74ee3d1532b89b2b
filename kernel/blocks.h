/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory blocks as devices: finding them, switching them, looking at them.
 *
 * The kernel exports none of this. A block's device is reached through the
 * memory bus, the bus through the set that every device hangs in, and the
 * switch is the store function of the block's public `state` attribute.
 */
#ifndef DAXPLUG_KERNEL_BLOCKS_H
#define DAXPLUG_KERNEL_BLOCKS_H

#include <linux/device.h>

#include "state.h"

/**
 * blocks_init() - find the memory bus
 *
 * Return: 0, or -ENODEV on a kernel that has no memory blocks.
 */
int blocks_init(void);

/** blocks_exit() - nobody switches a block any more */
void blocks_exit(void);

/**
 * blocks_find() - take a reference to each block of a range
 * @start: first byte of the range
 * @count: its length in blocks
 * @blocks: where to put them
 *
 * One walk over all memory blocks of the machine. May sleep.
 * Return: 0, or -ENODEV and no reference taken when a block is missing.
 */
int blocks_find(u64 start, unsigned int count, struct device **blocks);

/** blocks_put() - give the references back and clear them */
void blocks_put(unsigned int count, struct device **blocks);

/**
 * block_switch() - switch one block as a write to its `state` file would
 * @block: the block
 * @type: where to; the zone is the one asked for, whatever the policy says
 *
 * May sleep, takes the hotplug lock, waits for it if it must.
 * Return: 0; -EINTR when a signal is pending; or what the kernel answers.
 */
int block_switch(struct device *block, enum online_type type);

/**
 * block_look() - what a block is, by its pages rather than by our books
 * @block: the block; must exist
 */
enum block_state block_look(struct device *block);

/**
 * blocks_policy() - the system's auto-online policy
 *
 * Return: TYPE_OFFLINE to TYPE_ONLINE_MOVABLE.
 */
enum online_type blocks_policy(void);

#endif
