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
 * Return: 0; -ENODEV on a kernel that has no memory blocks; -ENOMEM.
 */
int blocks_init(void);

/** blocks_exit() - clean up; no block is switched any more */
void blocks_exit(void);

/**
 * blocks_for_each() - call a function for each memory block of the machine
 * @fn: the function; another return value than 0 ends the walk
 * @data: handed to it
 *
 * May sleep. @fn is called without a lock.
 */
void blocks_for_each(int (*fn)(struct device *block, void *data), void *data);

/**
 * blocks_register_notifier() - be told of memory blocks that come and go
 * @nb: called with BUS_NOTIFY_ADD_DEVICE before anybody can switch the block, and
 *	with BUS_NOTIFY_REMOVED_DEVICE when nobody can any more
 *
 * Return: 0 or what the kernel says.
 */
int blocks_register_notifier(struct notifier_block *nb);

/** blocks_unregister_notifier() - undo blocks_register_notifier() */
void blocks_unregister_notifier(struct notifier_block *nb);

/** block_start() - first byte of a block */
u64 block_start(struct device *block);

/** block_memmap_pages() - pages at its beginning that hold its page structures */
unsigned long block_memmap_pages(struct device *block);

/**
 * block_may_have_poison() - can there be a bad page in it?
 *
 * Return: what the kernel counts for the block; true where it does not count.
 */
bool block_may_have_poison(struct device *block);

/** block_counts_poison() - does the kernel count bad pages in it? */
bool block_counts_poison(struct device *block);

/**
 * block_switch() - switch one block as a write to its `state` file would
 * @block: the block
 * @type: where to; the zone is the one asked for, whatever the policy says
 *
 * May sleep, takes the hotplug lock, waits in line for it if it must.
 * Return: 0; -EINTR when a signal is pending; or what the kernel answers.
 */
int block_switch(struct device *block, enum online_type type);

/**
 * blocks_wait_for_hotplug_lock() - wait until the hotplug lock can be had
 *
 * Waits in line for it once, and does not keep it.
 * Return: 0; -EINTR when a signal is pending.
 */
int blocks_wait_for_hotplug_lock(void);

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
