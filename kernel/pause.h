/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pauses a transaction now and then, so that other tasks can take the hotplug lock.
 *
 * A task that writes to memoryN/state only tries for the hotplug lock. If it is taken, the
 * task sleeps for 5 ms. A transaction that takes the lock again right after each switch
 * would lock such tasks out until it ends. So the transaction pauses twice a second, for
 * slightly longer than these tasks sleep. A pause costs as much time as migrating a
 * thousand pages. While pages are migrated and no other task has switched a block
 * recently, one pause in two and a half seconds is enough.
 *
 * Context: the transaction's thread.
 */
#ifndef DAXPLUG_KERNEL_PAUSE_H
#define DAXPLUG_KERNEL_PAUSE_H

struct kmem_memory;

/**
 * struct kmem_pause - when the running transaction paused
 * @last: when the transaction began or last paused, in jiffies
 * @migrated: when the transaction began or last tried to take a block with used pages
 *	offline, in jiffies
 *
 * kmem_memory.lock protects both.
 */
struct kmem_pause {
	unsigned long last;
	unsigned long migrated;
};

/** pause_begin() - set the time of the last pause to now, because a transaction begins */
void pause_begin(struct kmem_memory *mem);

/** pause_if_due() - pause if the last pause was long enough ago; may sleep */
void pause_if_due(struct kmem_memory *mem);

/** pause_note_migration() - record that an offline of a block with used pages was tried */
void pause_note_migration(struct kmem_memory *mem);

#endif
