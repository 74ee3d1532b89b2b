/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: a memory notifier that knows the blocks of every device.
 *
 * The guard keeps the actual state of each block, whichever task adds, switches or
 * removes the block. It vetoes switches by other tasks according to the guard mode. A
 * notifier of the memory bus reports to it which blocks are added and removed.
 *
 * Locks: all functions take guard_lock, a spinlock, for a few instructions, except
 * guard_block(), guard_agreed(), guard_refused(), guard_others_switch(),
 * guard_device_gone() and guard_mode_name().
 * Context: any task context.
 */
#ifndef DAXPLUG_KERNEL_GUARD_H
#define DAXPLUG_KERNEL_GUARD_H

#include <linux/types.h>

#include "state.h"

struct device;
struct kmem_memory;
struct range;
struct task_struct;

/**
 * enum guard_mode - which tasks may switch single blocks of a device
 * @GUARD_OFF: any task, at any time
 * @GUARD_TRANSITION: other tasks only while no plug or unplug of the device runs
 * @GUARD_ALWAYS: only the device's own transactions
 */
enum guard_mode {
	GUARD_OFF,
	GUARD_TRANSITION,
	GUARD_ALWAYS
};

/**
 * guard_init() - register the notifiers of the guard
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of the registration that failed.
 */
int guard_init(void);

/** guard_exit() - unregister the notifiers of the guard */
void guard_exit(void);

/**
 * guard_watch() - watch the blocks of @mem from now on
 *
 * Blocks that exist already are not known yet; guard_scan() finds them.
 */
void guard_watch(struct kmem_memory *mem);

/** guard_unwatch() - stop watching @mem and drop the references to its blocks */
void guard_unwatch(struct kmem_memory *mem);

/**
 * guard_find_overlap() - find a watched memory that has an address of @new
 * @new: the memory of a device that is being bound; not watched yet
 * @same: set to true if the memory found has exactly the ranges and the node of @new,
 *	else to false
 *
 * The caller holds bind_lock, so that the memory found is not freed.
 * Return: the memory found; NULL if there is none, with @same unchanged.
 */
struct kmem_memory *guard_find_overlap(const struct kmem_memory *new, bool *same);

/**
 * guard_scan() - find the blocks of @mem that exist already
 *
 * Walks over all memory blocks of the machine once, and again if a block was removed
 * meanwhile. The page structures of each block give its state.
 * Context: may sleep.
 */
void guard_scan(struct kmem_memory *mem);

/**
 * guard_get_device() - get the device of a block
 *
 * Return: the device, with a reference that the caller must drop; NULL if the block
 * does not exist.
 */
struct device *guard_get_device(struct kmem_memory *mem, unsigned int block);

/**
 * guard_begin_scan() - begin to read the page structures of a block
 * @mem: the memory
 * @block: the block
 *
 * From here to guard_end_scan() every offline on the machine waits at its end with the
 * hotplug lock held, because the page structures are not valid after it. So the caller
 * scans at most one block before it calls guard_end_scan().
 * Context: may sleep; takes scan_lock for reading and keeps it if the result is true.
 * Return: true if the block is online; the caller must then call guard_end_scan(). Else
 * false.
 */
bool guard_begin_scan(struct kmem_memory *mem, unsigned int block);

/** guard_end_scan() - end the read that guard_begin_scan() began; releases scan_lock */
void guard_end_scan(void);

/**
 * guard_may_have_poison() - check whether an existing block can have a bad page
 *
 * Return: whether the kernel's count of bad pages in the block is not 0; true on a
 * kernel that does not count them.
 */
bool guard_may_have_poison(struct kmem_memory *mem, unsigned int block);

/**
 * guard_kernel_counts_poison() - check whether the kernel counts bad pages in a block
 *
 * Return: true if its count for the block is greater than 0; false on a kernel that
 * does not count bad pages.
 */
bool guard_kernel_counts_poison(struct kmem_memory *mem, unsigned int block);

/** guard_own() - set the task that switches blocks for @mem; NULL if no transaction runs */
void guard_own(struct kmem_memory *mem, struct task_struct *task);

/**
 * guard_hold_offline() - while @hold is true, veto even the owner's onlines
 *
 * The owner sets this while it adds blocks, so that the auto-online policy has no
 * effect.
 */
void guard_hold_offline(struct kmem_memory *mem, bool hold);

/**
 * guard_begin_offline() - prepare for an offline of a block by the owner
 * @mem: the memory, owned by the current task
 * @asking: the offline is a dry run: the guard vetoes it just before pages would be
 *	migrated
 */
void guard_begin_offline(struct kmem_memory *mem, bool asking);

/** guard_agreed() - check whether no notifier vetoed the offline begun last */
bool guard_agreed(struct kmem_memory *mem);

/** guard_refused() - check whether a notifier vetoed the offline begun last */
bool guard_refused(struct kmem_memory *mem);

/**
 * guard_others_switch() - check whether other tasks are switching blocks of any memory
 *
 * Other tasks are all that run no transaction.
 * Return: true if another task has begun or ended a switch in the last ten seconds.
 */
bool guard_others_switch(void);

/** guard_block() - get the state of a block */
enum block_state guard_block(struct kmem_memory *mem, unsigned int block);

/**
 * guard_note_memmap() - read how much of a new block its own page structures take
 * @mem: the memory
 * @block: the block
 *
 * Linux 6.12 sets this number only after it has called the notifiers of the bus, so it
 * must be read again when the block has been added.
 * Return: the number of pages of the block that hold its page structures.
 */
unsigned long guard_note_memmap(struct kmem_memory *mem, unsigned int block);

/**
 * guard_memmap_pages() - get the number of pages in all blocks that hold page
 * structures
 */
unsigned long guard_memmap_pages(struct kmem_memory *mem);

/** guard_state() - get the state of a device */
enum device_state guard_state(struct kmem_memory *mem);

/**
 * guard_count() - get the number of blocks in each state, and the number of vetoes
 * @mem: the memory
 * @count: set to the number of blocks, indexed by enum block_state
 *
 * Return: the number of switches by other tasks that were vetoed.
 */
unsigned long guard_count(struct kmem_memory *mem,
			  unsigned int count[BLOCK_STATES]);

/** guard_mode_name() - get the name of a guard mode, as in plug/guard */
const char *guard_mode_name(enum guard_mode mode);

/** guard_set_mode() - set which other tasks may switch blocks from now on */
void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode);

/**
 * guard_device_goes() - a DAX device is being removed from the machine
 * @dev: the device
 * @addresses: one of its ranges
 *
 * From now on other tasks may switch the blocks of the device's memory, whatever the
 * guard mode is, except while a transaction of it runs. That holds for the memory of
 * @dev, and for a memory in @addresses that was kept when its device was unbound.
 */
void guard_device_goes(const struct device *dev, const struct range *addresses);

/**
 * guard_device_is_back() - put the guard mode into force again after the device was
 * bound
 */
void guard_device_is_back(struct kmem_memory *mem);

/** guard_device_gone() - check whether the device of @mem has been removed */
bool guard_device_gone(struct kmem_memory *mem);

/** guard_online() - count the blocks that are online */
unsigned int guard_online(struct kmem_memory *mem);

/**
 * guard_request() - record the requested online type
 *
 * Return: the type requested before.
 */
enum online_type guard_request(struct kmem_memory *mem, enum online_type type);

#endif
