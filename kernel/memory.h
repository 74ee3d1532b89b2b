/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of one DAX device: the structures that all files of the module share.
 *
 * A struct kmem_memory is created when a device is bound. It is freed at unbind, unless
 * blocks of the device remain, because one is online or could not be removed. Then it is
 * kept without a device, and the next bind of the same device takes it back.
 *
 * Lock order, outermost first:
 *   the DAX device's lock, or the active reference of the sysfs file
 *   bind_lock           (driver.c) which device has which addresses
 *   kmem_memory.lock    one transaction at a time on a device
 *   retire_lock         (poison.c) allows one block with bad frames at a time to come online
 *   the kernel's device_hotplug_lock, mem_hotplug_lock and notifier chains
 *   scan_lock           (block_table.c) keeps the page structures of online blocks valid
 *   table_lock          (block_table.c) the state of each block, and who may switch it
 *   limit_lock          (limit.c) which transactions run, and why they must end
 *   hold.lock           (hold.c) which free pages an unplug holds
 *   the siglock of the transaction's thread
 * table_lock and limit_lock are never taken inside each other.
 *
 * Five more locks are not in this list: tiers_lock (tiers.c), policy_lock (policy.c),
 * power_lock (power.c), kmem_blockers.lock (blockers.c) and the lock inside the xarray
 * bad_frames (poison.c). A task that holds one of them takes no other lock of this module.
 *
 * A transaction runs in the thread of its device (thread.h). The task that requested
 * the transaction holds kmem_memory.lock and waits for the thread. The thread may
 * therefore use everything that this lock protects.
 */
#ifndef DAXPLUG_KERNEL_MEMORY_H
#define DAXPLUG_KERNEL_MEMORY_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "block_table.h"
#include "blockers.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "memmap.h"
#include "migration.h"
#include "notifiers.h"
#include "pause.h"
#include "plug.h"
#include "poison.h"
#include "report.h"
#include "state.h"
#include "stats.h"
#include "steps.h"
#include "thread.h"
#include "transaction.h"

/**
 * struct kmem_memory - the memory of one DAX device
 * @lock: serializes the transactions of the device; protects @dev and @engine, and those
 *	members of the structures below whose comments say so
 * @dev: the DAX device while it is bound, else NULL; written under bind_lock as well,
 *	so either lock is enough to read it
 * @unbinding: the device is being unbound; written under the device's lock, read
 *	without a lock
 * @name: name of the device; the reserved resources use this string
 * @nid: node of the memory
 * @mgid: memory group of the memory
 * @engine: the engine's data for this device; the layout of its ranges never changes
 * @thread: the thread that runs the transactions
 * @table: the state of each block
 * @guard: which tasks may switch the blocks
 * @report: the state that was reported last
 * @plug: what plug.c knows of the memory
 * @steps: the reserved resources
 * @memmap: where the page structures are
 * @migration: what the running unplug has still to migrate
 * @notifiers: results of the other memory notifiers in the running unplug
 * @pause: when the running transaction paused
 * @limit: the conditions that end a running transaction
 * @hold: free pages that the running unplug has allocated
 * @poison: what is known of the bad page frames
 * @blockers: why blocks did not go offline
 * @stats: counters for plug/stats
 *
 * The header of each file defines the structure that belongs to the file, and only that
 * file uses its members. All files use the members from @lock to @engine.
 */
struct kmem_memory {
	struct mutex lock;
	struct device *dev;
	bool unbinding;
	const char *name;
	int nid;
	int mgid;
	struct engine engine;

	struct kmem_thread thread;
	struct kmem_table table;
	struct kmem_guard guard;
	struct kmem_report report;
	struct kmem_plug plug;
	struct kmem_steps steps;
	struct kmem_memmap memmap;
	struct kmem_migration migration;
	struct kmem_notifiers notifiers;
	struct kmem_pause pause;
	struct kmem_limit limit;
	struct kmem_hold hold;
	struct kmem_poison poison;
	struct kmem_blockers blockers;
	struct kmem_stats stats;
};

#endif
