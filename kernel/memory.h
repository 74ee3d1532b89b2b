/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of one DAX device: the structures that all files of the module share.
 *
 * A struct kmem_memory is created when a device is bound. It is freed at unbind, unless
 * blocks of the device remain because one is online. Then it is kept without a device,
 * and the next bind of the same device takes it back.
 *
 * Lock order, outermost first:
 *   the DAX device's lock, or the active reference of the sysfs file
 *   bind_lock           (driver.c) which device has which addresses
 *   kmem_memory.lock    one transaction at a time on a device
 *   the kernel's device_hotplug_lock, mem_hotplug_lock and notifier chains
 *   scan_lock           (guard.c) keeps the page structures of online blocks valid
 *   guard_lock          (guard.c) the state of each block, and who may switch it
 *   limit_lock          (limit.c) which transactions run, and why they must end
 *   hold.lock           (hold.c) which free pages an unplug holds
 *   the siglock of the transaction's thread
 * guard_lock and limit_lock are never taken inside each other.
 *
 * A transaction runs in the thread of its device (thread.h). The task that requested
 * the transaction holds kmem_memory.lock and waits for the thread. The thread may
 * therefore use everything that this lock protects.
 */
#ifndef DAXPLUG_KERNEL_MEMORY_H
#define DAXPLUG_KERNEL_MEMORY_H

#include <linux/completion.h>
#include <linux/kcov.h>
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
 * enum guard_mode - which tasks may switch single blocks of a device
 * @GUARD_OFF: any task, at any time
 * @GUARD_TRANSITION: other tasks only while no plug or unplug of the device runs
 * @GUARD_ALWAYS: only the device's own transactions
 */
enum guard_mode {
	GUARD_OFF,
	GUARD_TRANSITION,
	GUARD_ALWAYS
};

/**
 * enum memmap_choice - whether the memory holds its own page structures
 * @MEMMAP_DEFAULT: yes if the DAX device requests it and the kernel supports it
 * @MEMMAP_NO: no
 * @MEMMAP_YES: yes; if the kernel does not support it, a plug fails
 */
enum memmap_choice {
	MEMMAP_DEFAULT,
	MEMMAP_NO,
	MEMMAP_YES
};

/**
 * struct kmem_stats - counters of a device since its struct kmem_memory was created
 * @plugs: plugs and repairs that succeeded
 * @unplugs: unplugs that succeeded
 * @refusals: writes that the transition table of doc/abi does not allow
 * @undos: plugs and unplugs that failed and were undone completely
 * @failed_undos: plugs and unplugs that failed and were not undone completely
 * @pages_moved: pages that the kernel migrated while unplugs ran, on the whole machine
 * @stalls: offlines that were ended because no page left the block any more
 * @changed_ms: end of the last successful plug or unplug, in ms of CLOCK_MONOTONIC
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
 * @wake: where the thread waits for work
 * @work: the function that the thread is to call; NULL while the thread is idle
 * @arg: the argument of @work
 * @kcov: KCOV handle of the task that requested @work, to which its coverage is added;
 *	empty if no coverage is collected
 * @done: completed when @work has returned
 */
struct kmem_thread {
	struct task_struct *task;
	wait_queue_head_t wake;
	void (*work)(void *arg);
	void *arg;
	typeof(kcov_common_handle()) kcov;
	struct completion done;
};

/**
 * struct kmem_limit - the conditions that end a running transaction; see limit.h
 * @timeout_ms: limit for a whole unplug in ms, 0 for none; may be set at any time
 * @stall_ms: limit for one block that no page leaves, in ms, 0 for none; may be set at
 *	any time
 * @node: entry in the list of running unplugs; limit_lock protects this member and all
 *	members below
 * @running: a transaction runs and can be ended
 * @undo: the transaction is being undone, so only @stall_ms ends a switch
 * @err: why the transaction must end, as a negative errno; 0 if it may go on
 * @deadline: when the whole unplug must end, in jiffies; 0 for never
 * @trying: a switch of a block is in progress
 * @moving: the running switch has begun to migrate pages
 * @try_err: why the running switch must end: -EAGAIN to try once more, or -ETIMEDOUT
 * @tries: incremented when a try begins and when it ends, so that a page count of one
 *	try is not used for another
 * @pfn: first page frame of the block that is being taken offline
 * @end_pfn: the page frame after its last; equal to @pfn for a switch that migrates no
 *	pages
 * @fewest: the number of used pages in the block at the last progress
 * @progress: when the last progress was made, in jiffies
 * @try_began: when the running try began to migrate pages, in jiffies
 * @counted: when the block's pages were last counted, in jiffies
 * @undo_left: how long the rest of the undo may go on without progress, in jiffies
 * @oom_since: when the machine ran out of memory, in jiffies
 * @tick: periodic work that checks these limits while a transaction runs
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
 * struct kmem_hold - free pages of the device that an unplug has allocated; see hold.h
 * @lock: protects all members below
 * @chunks: for each block, a list of the first pages of the held chunks; NULL if no
 *	page is held
 * @pages: number of pages held
 * @going: the block that is going offline; no page of it is held any more
 * @filling: hold_refill() must go on allocating free pages
 * @closed: the machine has run out of memory, so no further pages are held
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
 * struct kmem_memory - the memory of one DAX device
 * @lock: serializes the transactions of the device; protects @dev, @engine, @res,
 *	@reported, @pinned, @stats, @leaving, @spare, @answer, @paused, @moved, @memmap
 *	and @self_hosted. The OOM notifier reads @leaving and @spare without this lock.
 * @dev: the DAX device while it is bound, else NULL; written under bind_lock as well,
 *	so either lock is enough to read it
 * @name: name of the device; the reserved resources use this string
 * @nid: node of the memory
 * @mgid: memory group of the memory
 * @wants_memmap: the DAX device requests that its memory holds its own page structures
 * @memmap: the user's choice for that
 * @self_hosted: memory that the running transaction adds holds its own page structures
 * @thread: the thread that runs the transactions
 * @engine: the engine's data for this device; the layout of its ranges never changes
 * @res: the reserved resource of each range; NULL for a piece that continues a range
 * @reported: the state that the last uevent reported
 * @pinned: this module holds a reference to itself, because blocks exist
 * @stats: counters for plug/stats
 * @leaving: pages that the running unplug has still to migrate to other memory
 * @spare: free pages of the device; the unplug cannot migrate pages to them
 * @answer: results of the other memory notifiers in the running unplug
 * @paused: when the running transaction last let other tasks take the hotplug lock, in
 *	jiffies
 * @moved: when the running transaction last took a block with used pages offline, in
 *	jiffies
 * @limit: the conditions that end a running transaction
 * @hold: free pages that the running unplug has allocated; has its own lock
 * @blockers: what prevented the last unplug; has its own lock
 * @report: work that reports changes made by other tasks
 * @node: entry in the guard's list; guard_lock protects this member and those below,
 *	except @unbinding
 * @state: the state of each block, as enum block_state
 * @blocks: for each block, a reference to its device while the block exists
 * @memmap_pages: number of pages at the beginning of each block that hold its page
 *	structures
 * @count: number of blocks in each state
 * @requested: the online type last requested
 * @guard: which other tasks may switch blocks
 * @vetoes: number of switches by other tasks that the guard vetoed
 * @owner: the task that switches blocks for the running transaction; NULL if none runs
 * @hold_offline: @owner is adding blocks, and the kernel's auto-online policy must not
 *	bring them online
 * @asking: the offline that @owner has begun is a dry run
 * @begun: the kernel could isolate the block that @owner takes offline
 * @agreed: no memory notifier vetoed that offline
 * @poison_lost: a bad page frame could not be recorded, because an allocation failed
 * @device_gone: the DAX device is being removed or has been removed, so no file is left
 *	in which @guard could be changed
 * @unbinding: the device is being unbound; written under the device's lock, read
 *	without a lock
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
