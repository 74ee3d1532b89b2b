/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: a memory notifier that knows the blocks of every device.
 *
 * It keeps the actual state of each block, whoever adds, switches or removes it, and
 * it refuses switches by others as the guard mode says. A notifier of the memory bus
 * tells it of blocks that come and go. All but guard_block(), guard_agreed(),
 * guard_refused(), guard_others_switch(), guard_device_gone() and guard_mode_name()
 * take guard_lock, a spinlock, for a few instructions; any task context.
 */
#ifndef DAXPLUG_KERNEL_GUARD_H
#define DAXPLUG_KERNEL_GUARD_H

#include "memory.h"

/** guard_init() - start listening. Return: 0 or what the kernel says. */
int guard_init(void);

/** guard_exit() - stop listening */
void guard_exit(void);

/**
 * guard_watch() - watch the blocks of @mem from now on
 *
 * Blocks that are there already are not known yet: guard_scan() finds them.
 */
void guard_watch(struct kmem_memory *mem);

/** guard_unwatch() - forget the blocks of @mem */
void guard_unwatch(struct kmem_memory *mem);

/**
 * guard_find_overlap() - a watched memory that has an address of @new
 * @new: the memory of a device that is being bound, not watched yet
 * @same: whether it has exactly the ranges and the node of @new
 *
 * The caller holds bind_lock, so that the memory stays.
 * Return: it, or NULL.
 */
struct kmem_memory *guard_find_overlap(const struct kmem_memory *new, bool *same);

/**
 * guard_scan() - find the blocks of @mem that are there already
 *
 * One walk over all memory blocks of the machine. Takes each block for what its
 * pages say it is. May sleep.
 */
void guard_scan(struct kmem_memory *mem);

/**
 * guard_get_device() - the device of a block
 *
 * Return: it, with a reference for the caller; NULL if the block does not exist.
 */
struct device *guard_get_device(struct kmem_memory *mem, unsigned int block);

/**
 * guard_begin_scan() - may the pages of a block be looked at?
 * @mem: the memory
 * @block: the block
 *
 * An offline of any block of the machine waits at its end for guard_end_scan(), with
 * the hotplug lock held: after that the page structures are not valid. So look at
 * one block at most. May sleep.
 * Return: true if the block is online; guard_end_scan() must follow. False if not.
 */
bool guard_begin_scan(struct kmem_memory *mem, unsigned int block);

/** guard_end_scan() - the pages are not looked at any more */
void guard_end_scan(void);

/**
 * guard_may_have_poison() - can there be a bad page in a block that exists?
 *
 * Return: what the kernel counts for the block; true where it does not count.
 */
bool guard_may_have_poison(struct kmem_memory *mem, unsigned int block);

/** guard_kernel_counts_poison() - does the kernel count bad pages in a block? */
bool guard_kernel_counts_poison(struct kmem_memory *mem, unsigned int block);

/** guard_own() - @task switches blocks for @mem; NULL: nobody any more */
void guard_own(struct kmem_memory *mem, struct task_struct *task);

/** guard_hold_offline() - refuse the owner's onlines too, while it adds */
void guard_hold_offline(struct kmem_memory *mem, bool hold);

/**
 * guard_begin_offline() - the owner is about to take a block offline
 * @mem: the memory, owned by the current task
 * @asking: it only asks whether that would be possible: the switch is let go
 *	up to where pages would be moved, and then fails
 */
void guard_begin_offline(struct kmem_memory *mem, bool asking);

/** guard_agreed() - the last offline begun so got past all other listeners */
bool guard_agreed(struct kmem_memory *mem);

/** guard_refused() - it did not: one of them refused */
bool guard_refused(struct kmem_memory *mem);

/**
 * guard_others_switch() - are others switching blocks these days, of any memory?
 *
 * Others are all who are not in a transaction. Return: true if one of them has begun or
 * ended a switch in the last ten seconds.
 */
bool guard_others_switch(void);

/** guard_block() - what a block is now */
enum block_state guard_block(struct kmem_memory *mem, unsigned int block);

/**
 * guard_note_memmap() - look whether a block that has come holds its own page structures
 * @mem: the memory
 * @block: the block
 *
 * Linux 6.12 says so only after it has told the bus of the block.
 * Return: how many pages of the block they take.
 */
unsigned long guard_note_memmap(struct kmem_memory *mem, unsigned int block);

/** guard_memmap_pages() - pages of all blocks together that hold page structures */
unsigned long guard_memmap_pages(struct kmem_memory *mem);

/** guard_state() - what a device is now */
enum device_state guard_state(struct kmem_memory *mem);

/** guard_count() - how many blocks are in each state now; also the vetoes */
unsigned long guard_count(struct kmem_memory *mem,
			  unsigned int count[BLOCK_STATES]);

/** guard_mode_name() - a mode in a word */
const char *guard_mode_name(enum guard_mode mode);

/** guard_set_mode() - who else may switch blocks from now on */
void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode);

/**
 * guard_device_goes() - a dax device is being removed from the machine
 * @dev: the device
 * @addresses: one of its ranges
 *
 * If it has a watched memory, or left one behind there when it was unbound, others may
 * switch its blocks from now on, whatever the guard mode, except while a transaction
 * of it runs.
 */
void guard_device_goes(const struct device *dev, const struct range *addresses);

/** guard_device_is_back() - a device has the memory again: its guard mode is in force */
void guard_device_is_back(struct kmem_memory *mem);

/** guard_device_gone() - has the device of @mem been removed? */
bool guard_device_gone(struct kmem_memory *mem);

/** guard_online() - how many blocks are online now */
unsigned int guard_online(struct kmem_memory *mem);

/** guard_request() - a new type is asked for. Return: the former one. */
enum online_type guard_request(struct kmem_memory *mem, enum online_type type);

#endif
