/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other listeners on the kernel's memory notifier chain: what would they
 * say if the blocks of a device went offline?
 */
#ifndef DAXPLUG_KERNEL_LISTENERS_H
#define DAXPLUG_KERNEL_LISTENERS_H

#include <linux/notifier.h>

#include "memory.h"

/** listeners_forget() - nobody has been asked about @mem. By kmem_memory.lock. */
void listeners_forget(struct kmem_memory *mem);

/**
 * listeners_ask() - ask about the blocks of a device that are online
 * @mem: the device's memory, in a transaction of the current task
 * @first: ask those behind this one in the chain
 * @last: and before this one
 * @like: the event that @first was called with, MEM_GOING_OFFLINE of a block
 *	of @mem. The others get the same for their own blocks, and the
 *	cancellation after it, as the kernel does when one of them refuses.
 *
 * Asks from @mem->answer.next on, for a fifth of a second or until a signal comes,
 * and moves that number on. The answer is in @mem->answer; the first refusal ends the
 * asking. Called from @first's own callback: the chain is locked, nobody joins or
 * leaves it, and memory hotplug is too. kmem_memory.lock is held for the current
 * task. May sleep.
 */
void listeners_ask(struct kmem_memory *mem, struct notifier_block *first,
		   struct notifier_block *last, const struct memory_notify *like);

#endif
