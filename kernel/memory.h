/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of one dax device, shared by every file of the module.
 *
 * It is made when a device is bound and lives as long as a block of it does:
 * past an unbind, if something is online then, and into the next bind.
 *
 * Lock order, outermost first:
 *   the dax device's lock or the file's active reference
 *   bind_lock           (driver.c) which device has which addresses
 *   kmem_memory.lock    one transaction at a time
 *   the kernel's device_hotplug_lock, mem_hotplug_lock, notifier chains
 *   scan_lock           (guard.c) online blocks' page structures stay valid
 *   guard_lock          (guard.c) what each block is, and who may switch it
 *   limit_lock          (limit.c) which transactions run, and why they are to end
 *   hold.lock           (hold.c) which free pages an unplug holds
 *   the siglock of the transaction's thread
 *
 * A transaction runs in a thread of the device (thread.h). The task that asked
 * for it holds kmem_memory.lock and waits, so the thread may use everything that
 * this lock protects.
 */
#ifndef DAXPLUG_KERNEL_MEMORY_H
#define DAXPLUG_KERNEL_MEMORY_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "transaction.h"

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
 * enum memmap_choice - does the memory hold its own page structures?
 * @MEMMAP_DEFAULT: if the dax device says so and the kernel can
 * @MEMMAP_NO: no
 * @MEMMAP_YES: yes, or it is not plugged
 */
enum memmap_choice {
	MEMMAP_DEFAULT,
	MEMMAP_NO,
	MEMMAP_YES
};

/**
 * struct kmem_stats - what has happened to a device since its memory was made
 * @plugs: plugs and repairs that reached their goal
 * @unplugs: unplugs that did
 * @refusals: writes that the table of states does not allow
 * @undos: plugs and unplugs that were undone
 * @failed_undos: those that could not be, not wholly
 * @pages_moved: pages that the kernel migrated, anywhere, while unplugs ran
 * @stalls: blocks that were given up because no page left them any more
 * @changed_ms: when the last of @plugs and @unplugs ended, CLOCK_MONOTONIC
 */
struct kmem_stats {
	unsigned long plugs;
	unsigned long unplugs;
	unsigned long refusals;
	unsigned long undos;
	unsigned long failed_undos;
	unsigned long pages_moved;
	unsigned long stalls;
	u64 changed_ms;
};

/**
 * struct kmem_thread - the thread that runs a device's transactions; see thread.h
 * @task: the thread
 * @wake: where it waits for work
 * @work: the function that it is to call; NULL while it is idle
 * @arg: the argument of @work
 * @done: completed when @work has returned
 */
struct kmem_thread {
	struct task_struct *task;
	wait_queue_head_t wake;
	void (*work)(void *arg);
	void *arg;
	struct completion done;
};

/**
 * struct kmem_limit - what ends a running transaction; see limit.h
 * @timeout_ms: limit for a whole unplug in ms, 0 for none; may be set at any time
 * @stall_ms: limit for one block that no page leaves, in ms, 0 for none; likewise
 * @node: in the list of running transactions; by limit_lock, as is all below
 * @running: a transaction runs and can be ended
 * @undo: it is being undone: only @stall_ms ends a switch
 * @err: why the transaction is to end, 0 while it is not
 * @deadline: when the whole unplug is to end, in jiffies, 0 for never
 * @trying: a switch of a block is under way
 * @moving: pages of a block are being moved in it
 * @try_err: why that switch is to end: -EAGAIN for another try, -ETIMEDOUT
 * @tries: counts the tries, so that a late tick does not end the next one
 * @pfn: first page frame of the block that is being taken offline
 * @end_pfn: page frame after its last; equal to @pfn for a switch without pages
 * @fewest: the smallest number of used pages that was seen in it
 * @progress: when that number was last reached, in jiffies
 * @try_began: when the running try began to move pages, in jiffies
 * @counted: when its pages were last counted, in jiffies
 * @undo_left: how long the rest of the undo may go on without progress, in jiffies
 * @oom_since: when memory ran out, in jiffies
 * @tick: looks at all that now and then
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
	struct delayed_work tick;
};

/**
 * struct kmem_hold - free pages of the device that an unplug holds; see hold.h
 * @lock: protects all below
 * @chunks: for each block, the first pages of the held chunks; NULL if none is held
 * @pages: how many pages are held
 * @going: the block that is going offline, of which nothing is held any more
 * @filling: free pages are to be held now
 * @closed: memory has run out, so no more are held
 */
struct kmem_hold {
	spinlock_t lock;
	struct list_head *chunks;
	unsigned long pages;
	unsigned int going;
	bool filling;
	bool closed;
};

/**
 * struct kmem_answer - what the other memory notifiers say to the running unplug
 * @next: the first block that they have not been asked about
 * @block: the block that one of them refuses; the number of blocks if none does
 * @err: with what errno
 * @who: the notifier
 */
struct kmem_answer {
	unsigned int next;
	unsigned int block;
	int err;
	notifier_fn_t who;
};

/**
 * struct kmem_memory - the memory of one dax device
 * @lock: one transaction at a time; protects @dev, @engine, @res, @reported,
 *	@pinned, @stats, @leaving, @spare, @answer, @paused, @moved, @memmap and
 *	@self_hosted; the OOM notifier reads @leaving and @spare without it
 * @dev: the dax device while bound, else NULL; also read under bind_lock, which is
 *	held wherever it is written
 * @name: its name, which its resources borrow
 * @nid: node of the memory
 * @mgid: its memory group
 * @wants_memmap: the dax device is one that holds its own page structures
 * @memmap: what an operator has chosen for that
 * @self_hosted: what is added in the running transaction holds them
 * @thread: runs its transactions
 * @engine: the transaction's view; @ranges are fixed once made
 * @res: the reserved resource of each range that begins a reservation
 * @reported: the state that listeners were last told
 * @pinned: a reference on this module is held, because blocks exist
 * @stats: what has happened to it
 * @leaving: pages that the running unplug has to find a place for
 * @spare: free pages of the device, which are no such place
 * @answer: what other notifiers say to it
 * @paused: when the running transaction last let others have the hotplug lock
 * @moved: when it last took a block offline that had pages in use
 * @limit: what ends a transaction that would not end
 * @hold: free pages that the running unplug keeps from others; has its own lock
 * @blockers: what stood in the way of the last unplug; has its own lock
 * @report: tells listeners of changes that others made
 * @node: in the guard's list; by guard_lock, as is all that follows
 * @state: what each block is, enum block_state
 * @blocks: a reference to each block's device while it exists
 * @memmap_pages: pages at the beginning of each block that hold its page structures
 * @count: blocks by state
 * @requested: the online type last asked for
 * @guard: who else may switch blocks
 * @vetoes: switches by others that were refused
 * @owner: the task that a running transaction switches blocks with
 * @hold_offline: @owner is adding blocks, which the kernel's auto-online
 *	policy must leave alone
 * @asking: @owner asks whether a block would go offline, and no more
 * @begun: the block that @owner takes offline could be isolated
 * @agreed: and no other notifier refuses it
 * @poison_lost: a bad page frame could not be remembered for want of memory
 * @device_gone: the dax device is being removed, or has been: nobody can reach @guard
 * @unbinding: the device is being unbound; no lock, written under the device's
 */
struct kmem_memory {
	struct mutex lock;
	struct device *dev;
	const char *name;
	int nid;
	int mgid;
	bool wants_memmap;
	enum memmap_choice memmap;
	bool self_hosted;
	struct kmem_thread thread;
	struct engine engine;
	struct resource **res;
	enum device_state reported;
	bool pinned;
	struct kmem_stats stats;
	unsigned long leaving;
	unsigned long spare;
	struct kmem_answer answer;
	unsigned long paused;
	unsigned long moved;
	struct kmem_limit limit;
	struct kmem_hold hold;
	struct blockers *blockers;
	struct work_struct report;

	struct list_head node;
	u8 *state;
	struct device **blocks;
	unsigned long memmap_pages;
	unsigned int count[BLOCK_STATES];
	enum online_type requested;
	enum guard_mode guard;
	unsigned long vetoes;
	struct task_struct *owner;
	bool hold_offline;
	bool asking;
	bool begun;
	bool agreed;
	bool poison_lost;
	bool device_gone;
	bool unbinding;
};

#endif
