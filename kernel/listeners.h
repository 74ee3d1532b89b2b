/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries the other memory notifiers about all blocks of a device before an unplug, to
 * learn whether one of them would veto the offline of a block.
 */
#ifndef DAXPLUG_KERNEL_LISTENERS_H
#define DAXPLUG_KERNEL_LISTENERS_H

#include <linux/notifier.h>

struct kmem_memory;
struct memory_notify;

/**
 * struct kmem_answer - results of the other memory notifiers in the running unplug
 * @next: the first block that the other notifiers have not been asked about yet
 * @block: the block that a notifier vetoed; the number of blocks if there was no veto
 * @err: the errno of that veto; 0 if there was none
 * @who: the function of the notifier that vetoed
 */
struct kmem_answer {
	unsigned int next;
	unsigned int block;
	int err;
	notifier_fn_t who;
};

/**
 * listeners_forget() - clear the results; no block of @mem has been queried
 *
 * Context: the caller holds @mem->lock.
 */
void listeners_forget(struct kmem_memory *mem);

/**
 * listeners_ask() - query the other notifiers about the online blocks of a device
 * @mem: the device's memory, in a transaction of the current task
 * @first: query the notifiers behind this one in the chain
 * @last: and before this one
 * @like: the event that @first was called with: MEM_GOING_OFFLINE for a block of @mem.
 *	The other notifiers get the same event for each further block, and then
 *	MEM_CANCEL_OFFLINE, as from the kernel after a veto.
 *
 * Begins at block @mem->answer.next and sets that number to the next block. Stops after
 * a fifth of a second, at a signal, or at the first veto. The result is in
 * @mem->answer.
 * Context: called by @first itself, so memory hotplug and the notifier chain are
 * locked. The task that waits for the transaction holds @mem->lock. May sleep.
 */
void listeners_ask(struct kmem_memory *mem, struct notifier_block *first,
		   struct notifier_block *last, const struct memory_notify *like);

#endif
