/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ends a transaction that would not end by itself: a signal to the task that
 * asked for it, an unbind, the time limit of the device, a block that no page
 * leaves any more, and memory that runs out for the whole machine.
 *
 * The kernel's offline of a block gives up only for a signal. So the thread that
 * runs the transaction is sent a real one, SIGINT, which it allows and flushes.
 *
 * limit_begin(), limit_undo(), limit_end() and the functions for one switch are
 * called by that thread, the others by anybody.
 */
#ifndef DAXPLUG_KERNEL_LIMIT_H
#define DAXPLUG_KERNEL_LIMIT_H

#include "memory.h"

/** limit_init() - make what every limit needs. Return: 0 or an errno. */
int limit_init(void);

/** limit_exit() - free it; no transaction runs any more */
void limit_exit(void);

/** limit_setup() - set up a new memory, with the default limits */
void limit_setup(struct kmem_memory *mem);

/**
 * limit_begin() - begin a transaction
 * @mem: its memory
 * @unplug: the time limit for the whole applies, and running out of memory ends it
 */
void limit_begin(struct kmem_memory *mem, bool unplug);

/**
 * limit_undo() - the undo begins
 *
 * What ended the transaction is over, and from now on only stalled switches end.
 * All of them together may spend stall_ms and four seconds without progress.
 */
void limit_undo(struct kmem_memory *mem);

/** limit_end() - the transaction has ended; nothing ends it any more */
void limit_end(struct kmem_memory *mem);

/**
 * limit_interrupt() - end the running transaction, if one runs and is not undone
 * @mem: its memory
 * @err: the errno that its write is to return
 */
void limit_interrupt(struct kmem_memory *mem, int err);

/**
 * limit_reached() - shall the running transaction end?
 *
 * Return: 0; -ETIMEDOUT, -ENOMEM, -ENODEV or -EINTR.
 */
int limit_reached(struct kmem_memory *mem);

/**
 * limit_watch() - the thread is about to switch a block, in one or more tries
 * @mem: its memory
 * @pfn: first page frame whose pages must leave
 * @end_pfn: page frame after the last; @pfn for a switch that no page delays
 */
void limit_watch(struct kmem_memory *mem, unsigned long pfn,
		 unsigned long end_pfn);

/** limit_try_begin() - one try of the switch begins */
void limit_try_begin(struct kmem_memory *mem);

/**
 * limit_try_end() - the try has returned
 *
 * Flushes the signal that ended it, unless the transaction is to end.
 * Return: 0; -EAGAIN if it was ended only to let others have the hotplug lock;
 * -ETIMEDOUT if nothing has happened for too long; limit_reached() otherwise.
 */
int limit_try_end(struct kmem_memory *mem);

/** limit_half_stalled() - has half the time passed that a stall takes? */
bool limit_half_stalled(struct kmem_memory *mem);

/**
 * limit_undo_exhausted() - has an undo used up its time without progress?
 *
 * If so, blocks that cannot go offline at once are not to be tried.
 */
bool limit_undo_exhausted(struct kmem_memory *mem);

#endif
