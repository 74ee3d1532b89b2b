/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory blocks: find them, read their state, and switch them.
 *
 * The kernel exports no function for this. The memory bus is found through the kset that
 * contains every device. The devices of the memory blocks are on that bus. A block is
 * switched by calling the store function of its `state` attribute, which is public.
 *
 * Context: a function without a Context line of its own does not sleep and takes no lock.
 */
#ifndef DAXPLUG_KERNEL_BLOCKS_H
#define DAXPLUG_KERNEL_BLOCKS_H

#include <linux/device.h>

#include "state.h"

/**
 * blocks_init() - find the memory bus
 *
 * Context: may sleep; called once, when the module is loaded.
 * Return: 0; -ENODEV on a kernel without memory blocks; -ENOMEM.
 */
int blocks_init(void);

/**
 * blocks_exit() - free what blocks_init() allocated; no block may be switched after
 * that
 *
 * Context: may sleep.
 */
void blocks_exit(void);

/**
 * blocks_for_each() - call a function for each memory block of the machine
 * @fn: the function; a result other than 0 ends the walk
 * @data: passed to @fn
 *
 * Context: may sleep. @fn is called without a lock held.
 */
void blocks_for_each(int (*fn)(struct device *block, void *data), void *data);

/**
 * blocks_register_notifier() - register a notifier for blocks that are added and
 * removed
 * @nb: called with BUS_NOTIFY_ADD_DEVICE before anyone can switch the new block, and
 *	with BUS_NOTIFY_REMOVED_DEVICE when nobody can switch the block any more
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of bus_register_notifier().
 */
int blocks_register_notifier(struct notifier_block *nb);

/**
 * blocks_unregister_notifier() - unregister a notifier of blocks_register_notifier()
 *
 * Context: may sleep.
 */
void blocks_unregister_notifier(struct notifier_block *nb);

/** block_start() - get the physical address of the first byte of a block */
u64 block_start(struct device *block);

/**
 * block_memmap_pages() - get the number of pages at a block's start that hold its own
 * page structures
 */
unsigned long block_memmap_pages(struct device *block);

/**
 * block_may_have_poison() - check whether a block can have a bad page
 *
 * Return: true if the kernel's count of bad pages in the block is not 0, or if the kernel
 * does not count them. False if the kernel is built without CONFIG_MEMORY_FAILURE.
 */
bool block_may_have_poison(struct device *block);

/**
 * block_has_counted_poison() - check whether the kernel has counted a bad page in a block
 *
 * Return: true if the kernel's count for the block is greater than 0; else false, also on
 * a kernel that does not count bad pages.
 */
bool block_has_counted_poison(struct device *block);

/**
 * block_switch() - switch one block, as a write to its `state` file does
 * @block: the block
 * @type: the requested type, not TYPE_NONE. TYPE_ONLINE leaves the choice of the zone to the
 *	kernel. The system's auto-online policy has no effect on a switch.
 *
 * Context: may sleep. Takes the hotplug lock and waits in line for it if it is taken.
 * Return: 0; -EINTR if a signal is pending; or the negative errno of the kernel.
 */
int block_switch(struct device *block, enum online_type type);

/**
 * blocks_wait_for_hotplug_lock() - wait until the hotplug lock is free
 *
 * Waits in line for the lock and does not keep it. In the first 100 ms a pending signal does not
 * end the wait.
 * Context: may sleep.
 * Return: 0; -EINTR if a signal is pending and the lock did not become free in the first 100 ms.
 */
int blocks_wait_for_hotplug_lock(void);

/**
 * block_read_state() - read the state of a block from its page structures
 * @block: the block; it must exist
 */
enum block_state block_read_state(struct device *block);

/**
 * blocks_online_policy() - get the system's auto-online policy
 *
 * Context: may sleep.
 * Return: TYPE_OFFLINE to TYPE_ONLINE_MOVABLE.
 */
enum online_type blocks_online_policy(void);

#endif
