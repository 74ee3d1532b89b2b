/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of one dax device, shared by every room of the module.
 *
 * It is made when a device is bound and lives as long as a block of it does:
 * past an unbind, if something is online then, and into the next bind.
 *
 * Lock order, outermost first:
 *   the dax device's lock or the file's active reference
 *   kmem_memory.lock    one transaction at a time
 *   kmem_memory.presence  the blocks' page structures stay
 *   the kernel's device_hotplug_lock, mem_hotplug_lock, notifier chain
 *   guard_lock          (guard.c) what each block is, and who may switch it
 *   limit_lock          (limit.c) which unplugs run, and why they are to end
 */
#ifndef DAXPLUG_KERNEL_MEMORY_H
#define DAXPLUG_KERNEL_MEMORY_H

#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "transaction.h"

struct memory_dev_type;
struct blockers;

/**
 * enum guard_mode - who else may switch the blocks of a device
 * @GUARD_OFF: everybody
 * @GUARD_TRANSITION: nobody while a plug or unplug of it runs
 * @GUARD_ALWAYS: nobody
 */
enum guard_mode {
	GUARD_OFF,
	GUARD_TRANSITION,
	GUARD_ALWAYS
};

/**
 * struct kmem_stats - what has happened to a device since its memory was made
 * @plugs: plugs and repairs that reached their goal
 * @unplugs: unplugs that did
 * @refusals: writes that the table of states does not allow
 * @undos: plugs and unplugs that were undone
 * @failed_undos: those that could not be, not wholly
 * @pages_moved: pages that the kernel migrated, anywhere, while unplugs ran
 */
struct kmem_stats {
	unsigned long plugs;
	unsigned long unplugs;
	unsigned long refusals;
	unsigned long undos;
	unsigned long failed_undos;
	unsigned long pages_moved;
};

/**
 * struct kmem_limit - how long a running unplug may go on; see limit.h
 * @ms: time limit in milliseconds, 0 for none; may be set at any time
 * @node: in the list of running unplugs; by limit.c's lock, as is all below
 * @task: the task that runs it
 * @err: why it is to end, 0 while it is not
 * @end: when its time is over, in jiffies, 0 for never
 * @patience: when it is to come back, likewise
 * @since: when memory ran out, in jiffies
 * @tick: looks at the time now and then
 */
struct kmem_limit {
	unsigned int ms;
	struct list_head node;
	struct task_struct *task;
	int err;
	unsigned long end;
	unsigned long patience;
	unsigned long since;
	struct delayed_work tick;
};

/**
 * struct kmem_answer - what other listeners say to the running unplug
 * @known: they have been asked
 * @block: the block that one of them refuses; the number of blocks if none does
 * @err: with what errno
 * @who: the listener
 */
struct kmem_answer {
	bool known;
	unsigned int block;
	int err;
	notifier_fn_t who;
};

/**
 * struct kmem_memory - the memory of one dax device
 * @lock: one transaction at a time; protects @dev, @engine, @res, @blocks,
 *	@reported, @pinned, @stats, @leaving, @spare and @answer
 * @dev: the dax device while bound, else NULL
 * @name: its name, which its resources borrow
 * @nid: node of the memory
 * @mgid: its memory group
 * @tier: the memory type that its node was given
 * @flags: how its ranges are added
 * @engine: the transaction's view; @ranges are fixed once made
 * @res: the reserved resource of each range
 * @blocks: a reference to each block's device while it exists
 * @reported: the state that listeners were last told
 * @pinned: a reference on this module is held, because blocks exist
 * @stats: what has happened to it
 * @leaving: pages that the running unplug has to find a place for
 * @spare: free pages of the device, which are no such place
 * @answer: what other listeners say to it
 * @presence: read to look at the pages of blocks, written to make blocks come
 *	or go
 * @limit: what ends an unplug that would not end
 * @blockers: what stood in the way of the last unplug; has its own lock
 * @report: tells listeners of changes that others made
 * @node: in the guard's list; by guard_lock, as is all that follows
 * @state: what each block is, enum block_state
 * @count: blocks by state
 * @requested: the online type last asked for
 * @guard: who else may switch blocks
 * @vetoes: switches by others that were refused
 * @owner: the task that a running transaction switches blocks with
 * @hold_offline: @owner is adding blocks, which the kernel's auto-online
 *	policy must leave alone
 * @asking: @owner asks whether a block would go offline, and no more
 * @begun: the block that @owner takes offline could be isolated
 * @agreed: and no other listener refuses it
 */
struct kmem_memory {
	struct mutex lock;
	struct device *dev;
	const char *name;
	int nid;
	int mgid;
	struct memory_dev_type *tier;
	mhp_t flags;
	struct engine engine;
	struct resource **res;
	struct device **blocks;
	enum device_state reported;
	bool pinned;
	struct kmem_stats stats;
	unsigned long leaving;
	unsigned long spare;
	struct kmem_answer answer;
	struct rw_semaphore presence;
	struct kmem_limit limit;
	struct blockers *blockers;
	struct work_struct report;

	struct list_head node;
	u8 *state;
	unsigned int count[BLOCK_STATES];
	enum online_type requested;
	enum guard_mode guard;
	unsigned long vetoes;
	struct task_struct *owner;
	bool hold_offline;
	bool asking;
	bool begun;
	bool agreed;
};

#endif
