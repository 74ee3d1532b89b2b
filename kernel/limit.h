/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends a transaction that would not end by itself. There are five reasons: a signal to
 * the task that requested it or to the thread that runs it, an unbind, the device's time
 * limit, a switch (one online or offline of a block) that makes no progress any more, and a
 * machine that runs out of memory. A page that leaves the block is progress. While memory is
 * short, one page is not enough: least_progress() says how many pages must have left the
 * block. A switch that waits for the hotplug lock makes no progress.
 *
 * The kernel's offline of a block migrates pages again and again until none is left, and
 * only a signal ends that. So limit.c sends a real signal, SIGINT, to the thread that runs
 * the transaction. The thread allows this signal, and limit.c flushes it when the switch has
 * returned.
 *
 * Context: the thread calls limit_begin(), limit_begin_undo(), limit_end(), limit_reached()
 * and the functions for one switch; any task may call the others.
 * Locks: limit_lock, a spinlock, taken by all functions here except limit_init(),
 * limit_exit(), limit_setup() and those that get or set a limit.
 */
#ifndef DAXPLUG_KERNEL_LIMIT_H
#define DAXPLUG_KERNEL_LIMIT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kmem_memory;

/**
 * struct kmem_limit - the conditions that end a running transaction
 * @timeout_ms: limit for a whole unplug in ms, 0 for none; may be set at any time
 * @stall_ms: how long one switch may go on without progress, in ms, 0 for no limit; may
 *	be set at any time
 * @node: entry in the list of running unplugs; limit_lock protects this member and all
 *	members below
 * @running: a transaction runs
 * @undo: the transaction is being undone, so only @stall_ms ends a switch
 * @err: why the transaction must end, as a negative errno; 0 if it may go on
 * @deadline: when the whole unplug must end, in jiffies; 0 for never
 * @trying: a try has begun and not ended; it switches a block, or waits for the hotplug lock,
 *	a mutex or a locked page
 * @moving: the running switch has begun to migrate pages
 * @try_err: why the running switch must end: -EAGAIN to try once more, or -ETIMEDOUT
 * @tries: incremented when a try begins and when it ends. A task that counts the block's pages
 *	reads this number before and after. If the number has changed, the result is from an
 *	earlier try, and the task drops it.
 * @pfn: first page frame that must become free in the block that is being taken offline
 * @end_pfn: the page frame after the block's last; equal to @pfn if pages that leave
 *	the block do not count as progress
 * @fewest: the number of used pages in the block at the last progress
 * @progress: when the last progress was made, in jiffies
 * @try_began: when the running try began to migrate pages, in jiffies
 * @counted: when the block's pages were last counted, in jiffies
 * @undo_left: how long the rest of the undo may go on without progress, in jiffies
 * @oom_since: when the machine ran out of memory, in jiffies
 * @check_work: periodic work that checks these limits while a transaction runs
 */
struct kmem_limit {
	unsigned int timeout_ms;
	unsigned int stall_ms;
	struct list_head node;
	bool running;
	bool undo;
	int err;
	unsigned long deadline;
	bool trying;
	bool moving;
	int try_err;
	unsigned int tries;
	unsigned long pfn;
	unsigned long end_pfn;
	unsigned long fewest;
	unsigned long progress;
	unsigned long try_began;
	unsigned long counted;
	unsigned long undo_left;
	unsigned long oom_since;
	struct delayed_work check_work;
};

/**
 * limit_init() - create the workqueue and register the OOM notifier
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int limit_init(void);

/** limit_exit() - undo limit_init(); no transaction may run any more */
void limit_exit(void);

/** limit_setup() - initialize a new memory, with the default limits */
void limit_setup(struct kmem_memory *mem);

/** limit_get_timeout_ms() - get the limit for a whole unplug, in ms; 0 for none */
unsigned int limit_get_timeout_ms(const struct kmem_memory *mem);

/** limit_set_timeout_ms() - set the limit for unplugs that begin later, in ms; 0 for none */
void limit_set_timeout_ms(struct kmem_memory *mem, unsigned int ms);

/** limit_get_stall_ms() - get the limit for a switch without progress, in ms; 0 for none */
unsigned int limit_get_stall_ms(const struct kmem_memory *mem);

/** limit_set_stall_ms() - set the limit for a switch without progress, in ms; 0 for none */
void limit_set_stall_ms(struct kmem_memory *mem, unsigned int ms);

/**
 * limit_begin() - begin to watch a transaction
 * @mem: its memory
 * @unplug: apply timeout_ms, and end the transaction if the machine runs out of memory
 */
void limit_begin(struct kmem_memory *mem, bool unplug);

/**
 * limit_begin_undo() - begin the undo of the transaction, or of a removal that has failed
 * @mem: its memory
 *
 * Flushes the signal that ended the transaction. From now on only a switch without
 * progress is ended. The switches of the undo share a budget of stall_ms plus four seconds.
 * The time without progress of each switch that was ended is taken from this budget. When
 * the budget is used up, each further switch still gets one second, or stall_ms if that is
 * less. Each call gives the full budget again.
 */
void limit_begin_undo(struct kmem_memory *mem);

/**
 * limit_end() - stop watching the transaction, which has ended
 * @mem: its memory
 *
 * Context: may sleep.
 */
void limit_end(struct kmem_memory *mem);

/**
 * limit_interrupt() - end the running transaction, unless it is being undone
 * @mem: its memory
 * @err: the negative errno with which the transaction must end
 */
void limit_interrupt(struct kmem_memory *mem, int err);

/**
 * limit_reached() - check whether the running transaction must end
 *
 * Context: the transaction's thread, because the result also depends on the signals of the
 * current task.
 * Return: 0; -ETIMEDOUT, -ENOMEM, -ENODEV or -EINTR. In an undo, the errno with which limit.c
 * ended the transaction; 0 if the transaction failed for another reason.
 */
int limit_reached(struct kmem_memory *mem);

/**
 * limit_begin_switch() - begin to watch the switch of a block, which may take several tries
 * @mem: its memory
 * @pfn: first page frame that must become free
 * @end_pfn: page frame after the last one; @pfn if pages that leave are not progress
 */
void limit_begin_switch(struct kmem_memory *mem, unsigned long pfn,
			unsigned long end_pfn);

/** limit_try_begin() - begin one try of the switch */
void limit_try_begin(struct kmem_memory *mem);

/**
 * limit_try_end() - end one try of the switch
 * @mem: its memory
 *
 * Flushes the signal that ended the try, unless the whole transaction must end.
 * Return: 0 if nothing ended the try; -EAGAIN if the caller may try again; -ETIMEDOUT if
 * there was no progress for too long; else why the transaction must end, as limit_reached()
 * returns it. There are two reasons for -EAGAIN: limit.c has ended the try so that other
 * tasks can take the hotplug lock, or a signal has ended a try of an undo.
 */
int limit_try_end(struct kmem_memory *mem);

/**
 * limit_is_half_stalled() - check whether half the stall time has passed without progress
 *
 * If a switch has no limit, the stall time is 20 seconds here.
 */
bool limit_is_half_stalled(struct kmem_memory *mem);

/**
 * limit_is_undo_exhausted() - check whether an undo has used up its time without progress
 * @mem: its memory
 *
 * If so, the caller sets a block offline only if it has no used page.
 */
bool limit_is_undo_exhausted(struct kmem_memory *mem);

#endif
