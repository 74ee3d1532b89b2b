/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records why blocks did not go offline in a transaction, and finds what would prevent the
 * next unplug. The file plug/blockers shows both.
 *
 * Locks: kmem_blockers.lock, a spinlock, protects the record. All functions take it,
 * except blockers_setup().
 */
#ifndef DAXPLUG_KERNEL_BLOCKERS_H
#define DAXPLUG_KERNEL_BLOCKERS_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct kmem_memory;

#define BLOCKERS_MAX		16	/* largest number of reasons in a record */
#define BLOCKER_OWNER_MAX	112	/* bytes for the text of one owner, with NUL */

/**
 * struct blocker - one reason that prevents an unplug
 * @block: number N of the memory block memoryN, or NO_BLOCK
 * @pfn: the page frame, or NO_PAGE
 * @kind: name of the reason
 * @is_poisoned: the page has a memory error
 * @owner: description of the owner, or further details
 */
struct blocker {
	unsigned long block;
	unsigned long pfn;
	const char *kind;
	bool is_poisoned;
	char owner[BLOCKER_OWNER_MAX];
};

/**
 * struct kmem_blockers - the record of why blocks did not go offline
 * @lock: protects the other members
 * @count: number of entries in @recorded
 * @old: the entries are from an earlier transaction
 * @recorded: the entries
 */
struct kmem_blockers {
	spinlock_t lock;
	unsigned int count;
	bool old;
	struct blocker recorded[BLOCKERS_MAX];
};

/** blockers_setup() - initialize the record of a new memory */
void blockers_setup(struct kmem_memory *mem);

/**
 * blockers_begin() - mark the record as old, because a transaction begins
 *
 * The old record is dropped when the transaction records its first blocker, or by
 * blockers_clear().
 */
void blockers_begin(struct kmem_memory *mem);

/**
 * blockers_record() - record why a block did not go offline
 * @mem: its memory; the caller runs its transaction
 * @block: the block, which still exists
 * @err: the negative errno with which the offline failed; from the kernel, a memory notifier,
 *	limit.c or migration.c
 *
 * If a memory notifier vetoed the offline, records that. Else reads the block's page
 * structures, records the pages that cannot be migrated or have a memory error, and logs the
 * first page that prevents the offline. If no page prevents it, records "nomemory" for
 * -ENOMEM, else "unknown", with @err. Records nothing if the block is offline by now.
 * Context: may sleep.
 */
void blockers_record(struct kmem_memory *mem, unsigned int block, int err);

/**
 * blockers_record_no_space() - record that other memory is too small for the used pages
 * @mem: the memory that is unplugged; the caller runs the transaction
 * @to_migrate: pages that must be migrated
 * @available: pages that could be made free in other memory
 */
void blockers_record_no_space(struct kmem_memory *mem, unsigned long to_migrate,
			      unsigned long available);

/** blockers_clear() - drop the record, because a plug or unplug succeeded */
void blockers_clear(struct kmem_memory *mem);

/**
 * blockers_show() - print the text of plug/blockers
 * @mem: the memory of the device
 * @buf: one page
 *
 * Prints first the record. Then searches the blocks that are online, and prints each page
 * that prevents an offline or has a memory error. Does not wait for a transaction. Before each
 * of these blocks, checks whether SHOW_TIME (four seconds) has passed. If it has, or if @buf is
 * full, the search ends with the line "more".
 * Context: may sleep.
 * Return: length of the text in bytes; -EINTR if a signal arrived meanwhile.
 */
ssize_t blockers_show(struct kmem_memory *mem, char *buf);

#endif
