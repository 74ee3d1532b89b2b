/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries the other memory notifiers about all blocks of a device before an unplug, to
 * learn whether one of them would veto the offline of a block.
 */
#ifndef DAXPLUG_KERNEL_NOTIFIERS_H
#define DAXPLUG_KERNEL_NOTIFIERS_H

#include <linux/notifier.h>
#include <linux/types.h>

struct kmem_memory;
struct memory_notify;

/**
 * struct kmem_notifiers - results of the other memory notifiers in the running unplug
 * @next: the first block that the other notifiers have not been queried about yet
 * @block: the block that a notifier vetoed; the number of blocks if there was no veto
 * @err: the errno of that veto; 0 if there was none
 * @who: the function of the notifier that vetoed
 *
 * kmem_memory.lock protects all members.
 */
struct kmem_notifiers {
	unsigned int next;
	unsigned int block;
	int err;
	notifier_fn_t who;
};

/**
 * notifiers_reset() - clear the results; no block of @mem has been queried
 *
 * Context: the caller holds @mem->lock.
 */
void notifiers_reset(struct kmem_memory *mem);

/**
 * notifiers_query() - query the other notifiers about the online blocks of a device
 * @mem: the device's memory, in a transaction of the current task
 * @first: query the notifiers that come after this one in the chain
 * @last: query the notifiers that come before this one in the chain
 * @like: the argument of the MEM_GOING_OFFLINE with which the kernel has called @first; it
 *	describes one block of @mem
 *
 * Calls the other notifiers for each online block, first with MEM_GOING_OFFLINE and then
 * with MEM_CANCEL_OFFLINE. The kernel does the same if a notifier vetoes. The argument is a
 * copy of @like with the first page frame of that block after the block's own page structures.
 *
 * Begins at the first block that was not queried yet. Stops after a fifth of a second, at
 * a signal, or at the first veto. notifiers_find_veto() gets the result.
 * Context: called by @first itself, so memory hotplug and the notifier chain are
 * locked. The task that waits for the transaction holds @mem->lock. May sleep.
 */
void notifiers_query(struct kmem_memory *mem, struct notifier_block *first,
		     struct notifier_block *last, const struct memory_notify *like);

/**
 * notifiers_has_more() - check whether there are blocks to query about
 *
 * Context: a transaction of @mem.
 * Return: false if all blocks were queried, or one was vetoed.
 */
bool notifiers_has_more(const struct kmem_memory *mem);

/**
 * notifiers_find_veto() - get the veto that a query about a block found
 * @mem: the memory
 * @block: the block
 * @who: set to the function of the notifier if it vetoed; may be NULL
 *
 * Context: a transaction of @mem.
 * Return: the errno of the veto; 0 if @block was not vetoed.
 */
int notifiers_find_veto(const struct kmem_memory *mem, unsigned int block,
			notifier_fn_t *who);

#endif
