/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block table: the actual state of each memory block of every device. The state is correct
 * whichever task adds the block, removes it, or sets it online or offline.
 *
 * A struct kmem_memory (called "memory" here) enters the table when its device is bound. If
 * no block of the memory remains when the device is unbound, the memory leaves the table,
 * else it stays. While it is in the table, it is "watched": guard.c updates the table in its
 * notifiers. This file only stores and reads the table.
 *
 * Locks: table_lock, a spinlock, protects the table. This header has two parts. The
 * functions of the first part take table_lock themselves, except table_alloc(),
 * table_free(), table_begin_scan(), table_end_scan(), table_wait_for_scans(),
 * table_block_state(), table_memmap_pages() and table_requested_type(), which do not need
 * it. The caller of a function of the second part holds table_lock.
 * Context: any task context.
 */
#ifndef DAXPLUG_KERNEL_BLOCK_TABLE_H
#define DAXPLUG_KERNEL_BLOCK_TABLE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "state.h"

struct device;
struct kmem_memory;

/**
 * struct kmem_table - the blocks of one device
 * @node: entry in the list of all memories in the table
 * @state: the state of each block, as enum block_state
 * @blocks: for each block, a reference to its device while the block exists
 * @memmap_pages: number of pages at the beginning of each block that hold its page
 *	structures
 * @count: number of blocks in each state
 * @requested: the online type last requested
 *
 * table_lock protects all members. An element of @state, and @memmap_pages, may be read
 * without this lock. Only a transaction of the device writes @requested, so a task that
 * holds kmem_memory.lock may read @requested without table_lock.
 */
struct kmem_table {
	struct list_head node;
	u8 *state;
	struct device **blocks;
	unsigned long memmap_pages;
	unsigned int count[BLOCK_STATES];
	enum online_type requested;
};

/*
 * Protects the list of memories and, in every memory in it, struct kmem_table and
 * struct kmem_guard.
 *
 * A memory notifier runs under the kernel's hotplug locks, and a transaction takes
 * those locks while it holds kmem_memory.lock. The notifiers must therefore never wait
 * for kmem_memory.lock. They take only locks that come after the hotplug locks in the lock
 * order (memory.h), such as this one.
 */
extern spinlock_t table_lock;

/**
 * table_alloc() - allocate the table of a new memory, with all blocks absent
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; table_free() must be called in both cases.
 */
int table_alloc(struct kmem_memory *mem);

/** table_free() - free what table_alloc() allocated */
void table_free(struct kmem_memory *mem);

/**
 * table_watch() - enter @mem into the table, so that the guard records the states of its
 * blocks
 *
 * This function does not search for blocks that exist already. The table has them as absent
 * until table_find_blocks() is called.
 */
void table_watch(struct kmem_memory *mem);

/** table_unwatch() - remove @mem from the table and drop the references to its blocks */
void table_unwatch(struct kmem_memory *mem);

/**
 * table_find_overlap() - find a watched memory whose ranges overlap those of @new
 * @new: the memory of a device that is being bound; not watched yet
 * @same: set to true if the memory found has exactly the ranges and the node of @new,
 *	else to false
 *
 * The caller holds bind_lock, so that the memory found is not freed.
 * Return: the memory found; NULL if there is none, with @same unchanged.
 */
struct kmem_memory *table_find_overlap(const struct kmem_memory *new, bool *same);

/**
 * table_find_blocks() - find the blocks of @mem that exist already
 *
 * Walks over all memory blocks of the machine once, and again if a block was removed
 * meanwhile. The page structures of each block give its state.
 * Context: may sleep.
 */
void table_find_blocks(struct kmem_memory *mem);

/**
 * table_get_device() - get the device of a block
 *
 * Return: the device, with a reference that the caller must drop; NULL if the block
 * does not exist.
 */
struct device *table_get_device(struct kmem_memory *mem, unsigned int block);

/**
 * table_begin_scan() - begin to read the page structures of a block
 * @mem: the memory
 * @block: the block
 *
 * The kernel invalidates the page structures of a block when an offline of the block ends.
 * This function prevents that: no offline of any block of the machine can end until
 * table_end_scan() is called. Such an offline waits with the hotplug lock held. The caller
 * therefore scans at most one block before it calls table_end_scan().
 * Context: may sleep; takes scan_lock for reading and keeps it if the result is true.
 * Return: true if the block is online; the caller must then call table_end_scan(). Else
 * false.
 */
bool table_begin_scan(struct kmem_memory *mem, unsigned int block);

/** table_end_scan() - end the read that table_begin_scan() began; releases scan_lock */
void table_end_scan(void);

/**
 * table_wait_for_scans() - wait until all scans that have begun have ended
 *
 * Context: may sleep; takes scan_lock for writing and releases it at once.
 */
void table_wait_for_scans(void);

/**
 * table_may_have_poison() - check whether an existing block can have a bad page
 *
 * Return: true if the kernel's count of bad pages in the block is greater than 0, or if the
 * kernel does not count them. False if the kernel is built without CONFIG_MEMORY_FAILURE.
 */
bool table_may_have_poison(struct kmem_memory *mem, unsigned int block);

/**
 * table_may_have_poison_at() - do table_may_have_poison() for the block at an address
 * @addr: a physical address
 *
 * Return: what table_may_have_poison() returns; false if no watched memory has that address.
 */
bool table_may_have_poison_at(u64 addr);

/**
 * table_has_counted_poison() - check whether the kernel has counted a bad page in a block
 *
 * Return: true if the kernel's count of bad pages in the block is greater than 0; false if
 * it is 0, or if the kernel does not count them.
 */
bool table_has_counted_poison(struct kmem_memory *mem, unsigned int block);

/** table_block_state() - get the state of a block */
enum block_state table_block_state(struct kmem_memory *mem, unsigned int block);

/**
 * table_memmap_pages() - get the number of pages at the beginning of each block that
 * hold its page structures
 */
unsigned long table_memmap_pages(const struct kmem_memory *mem);

/**
 * table_read_memmap_pages() - read again how many pages of a new block hold its page
 * structures
 * @mem: the memory
 * @block: the block
 *
 * Linux 6.12.117 sets this number only after it has called the notifiers of the bus
 * (add_memory_block()). So the number in the table must be read again when the block has been
 * added.
 * Return: the number, which table_memmap_pages() returns from now on.
 */
unsigned long table_read_memmap_pages(struct kmem_memory *mem, unsigned int block);

/**
 * table_total_memmap_pages() - get the number of pages of the device that hold page
 * structures, in all blocks together
 */
unsigned long table_total_memmap_pages(struct kmem_memory *mem);

/** table_device_state() - get the state of a device, as state_from_blocks() defines it */
enum device_state table_device_state(struct kmem_memory *mem);

/**
 * table_get_counts() - get the number of blocks in each state
 * @mem: the memory
 * @count: set to the number of blocks, indexed by enum block_state
 */
void table_get_counts(struct kmem_memory *mem, unsigned int count[BLOCK_STATES]);

/** table_count_online() - count the blocks that are online */
unsigned int table_count_online(struct kmem_memory *mem);

/** table_requested_type() - get the online type last requested; caller holds @mem->lock */
enum online_type table_requested_type(const struct kmem_memory *mem);

/**
 * table_set_requested_type() - record the requested online type
 *
 * Return: the type requested before.
 */
enum online_type table_set_requested_type(struct kmem_memory *mem, enum online_type type);

/* The second part: the caller holds table_lock. */

/**
 * table_find() - find the block at an address
 * @addr: a physical address
 * @block: set to the block
 *
 * Return: the memory of the block; NULL if no watched memory has that address.
 */
struct kmem_memory *table_find(u64 addr, unsigned int *block);

/** table_next() - get the memory in the table after @mem, the first if @mem is NULL */
struct kmem_memory *table_next(struct kmem_memory *mem);

/** table_set_offline() - record that a block has gone offline */
void table_set_offline(struct kmem_memory *mem, unsigned int block);

/**
 * table_set_online() - record that a block has come online
 * @mem: the memory
 * @block: the block
 * @pfn: a page frame of the block whose page structure is valid
 */
void table_set_online(struct kmem_memory *mem, unsigned int block, unsigned long pfn);

/**
 * table_bus_event() - record that a block was added or removed
 * @action: the event of the memory bus
 * @dev: the device of the block
 *
 * Return: the memory of the block; NULL if no watched memory has it.
 */
struct kmem_memory *table_bus_event(unsigned long action, struct device *dev);

/** table_device_state_locked() - do table_device_state() with table_lock held */
enum device_state table_device_state_locked(const struct kmem_memory *mem);

#endif
