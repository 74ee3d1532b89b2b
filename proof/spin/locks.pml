/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The locks, in the order in which each function takes them. The model has two properties. No task
 * waits for ever: there is no state in which no task can continue while a task has not finished. And
 * no two tasks take two locks in different orders. An assertion at each lock checks this: the rank of
 * the lock must be higher than the rank of every lock that the task holds. The ranks are those of the
 * list at the top of kernel/memory.h.
 *
 * This model only has the locks and the tasks that take them. The work that is done under the locks is
 * in the other models.
 */

/* Outermost first. C: kernel/memory.h: kmem_memory */
#define DEVICE    0	/* the dax device's lock, which the driver core takes */
#define BIND      1	/* kernel/driver.c: bind_lock */
#define MEM       2	/* kmem_memory.lock */
#define HOTPLUG   3	/* the kernel's device_hotplug_lock and mem_hotplug_lock */
#define CHAIN     4	/* locks of the kernel's notifier chains: a switch reads, guard_init() writes */
#define SCAN      5	/* kernel/block_table.c: scan_lock */
#define GUARD     6	/* kernel/block_table.c: table_lock */
#define LIMIT     7	/* kernel/limit.c: limit_lock */
#define HOLD      8	/* kernel/hold.c: kmem_hold.lock */
#define POWER     9	/* kernel/power.c: power_lock */
#define NR       10

#define NOBODY 255

byte lock[NR] = NOBODY;		/* the process that holds the lock for writing */
byte readers[NR];
bit waits[NR];			/* a writer waits, so new readers must wait */
byte files;			/* active references to the device's files */
bit gone;			/* the device is unbound, and its files are removed */
bit work;			/* the thread has work */
bit tick_queued, tick_works;
bit report_queued, report_works;
bit signal_thread;		/* the thread must end the transaction */
bit running;
byte left = 1;			/* writes that the writer still makes; limited, so that the model ends */

/* Each process has a variable held, with one bit for the rank of each lock that it holds. */
#define ORDER(l) assert(held < (1 << (l)))

#define TAKE(l) ORDER(l); atomic { lock[l] == NOBODY && readers[l] == 0 -> lock[l] = _pid }; held = held | (1 << (l))
#define GIVE(l) atomic { assert(lock[l] == _pid); lock[l] = NOBODY }; held = held & ~(1 << (l))
/* A rw_semaphore: while a writer waits, new readers wait, too. */
#define READ(l) ORDER(l); atomic { lock[l] == NOBODY && !waits[l] -> readers[l]++ }; held = held | (1 << (l))
#define UNREAD(l) readers[l]--; held = held & ~(1 << (l))
#define WRITE_TOUCH(l) ORDER(l); waits[l] = 1; atomic { lock[l] == NOBODY && readers[l] == 0 -> waits[l] = 0 }

/* A lock that is released before the task takes another lock. To take and release it is one step. */
#define LEAF(l) ORDER(l)	/* while a task holds it, it takes no other lock, so nobody waits long */
#define TOUCH(l) ORDER(l); atomic { lock[l] == NOBODY && readers[l] == 0 }

/*
 * C: kernel/guard.c: guard_event
 * C: kernel/guard.c: guard_last_event
 * C: kernel/guard.c: record_poison
 * C: kernel/hold.c: hold_free_block
 * C: kernel/notifiers.c: notifiers_query
 * The kernel calls guard_event() while it holds the hotplug lock and the lock of the notifier chain.
 */
inline guard_event() {
	LEAF(GUARD);
#ifdef FAULT_NOTIFIER_TAKES_MEM
	TOUCH(MEM);
#endif
	atomic { report_queued = 1 };			/* schedule_work() */
	WRITE_TOUCH(SCAN);
	LEAF(HOLD)
}

/*
 * A switch of a block by any task.
 * C: kernel/blocks.c: block_switch
 */
inline block_switch() {
	TAKE(HOTPLUG);
	LEAF(CHAIN);
	guard_event();
	GIVE(HOTPLUG)
}

/*
 * A task reads page structures.
 * C: kernel/block_table.c: table_begin_scan
 * C: kernel/block_table.c: table_end_scan
 */
inline scan() {
	READ(SCAN);
	LEAF(GUARD);
#ifdef FAULT_SCANNER_TAKES_HOTPLUG
	TOUCH(HOTPLUG);
#endif
	UNREAD(SCAN)
}

/*
 * The thread of the device.
 * C: kernel/plug.c: run_transaction
 * C: kernel/limit.c: limit_begin
 * C: kernel/limit.c: limit_end
 * C: kernel/steps.c: count_used
 * C: kernel/locked_pages.c: find_locked
 * C: kernel/steps.c: add_once
 * C: kernel/steps.c: remove_blocks
 */
active proctype thread() {
	int held = 0;

end_thread:
	do
	:: atomic { work -> running = 1 };
		LEAF(GUARD);				/* guard_set_owner() */
		TAKE(LIMIT); tick_queued = 1; GIVE(LIMIT);
		if
		:: scan(); block_switch()		/* C: kernel/steps.c: op_offline */
		:: TAKE(HOTPLUG); LEAF(CHAIN); LEAF(GUARD); GIVE(HOTPLUG)	/* C: kernel/guard.c: guard_bus_event */
		fi;
		TAKE(LIMIT);
		running = 0;
#ifdef FAULT_TICK_CANCELLED_UNDER_LOCK
		atomic { !tick_works -> tick_queued = 0 };
		GIVE(LIMIT);
#else
		GIVE(LIMIT);
		atomic { !tick_works -> tick_queued = 0 };	/* cancel_delayed_work_sync() */
#endif
		LEAF(GUARD);
		work = 0
	od
}

/*
 * C: kernel/limit.c: check_limits
 * C: kernel/limit.c: count_pages
 * C: kernel/hold.c: hold_refill
 */
active proctype ticker() {
	int held = 0;

end_ticker:
	do
	:: atomic { tick_queued && !tick_works -> tick_queued = 0; tick_works = 1 };
		TOUCH(LIMIT);
		scan();
		LEAF(HOLD);
		TAKE(LIMIT);
		/* Here check_limits() queues the next tick. That is left out, because it changes no lock. */
		GIVE(LIMIT);
		tick_works = 0
	od
}

/*
 * Any task runs out of memory, and the kernel calls the OOM notifier.
 * C: kernel/limit.c: oom_event
 * C: kernel/hold.c: hold_free_some
 */
active proctype hungry() {
	int held = 0;

	TAKE(LIMIT);
	LEAF(HOLD);
	GIVE(LIMIT)
}

/*
 * A transaction, in the task that starts it and waits for the thread.
 * C: kernel/plug.c: transact
 * C: kernel/plug.c: get_module_ref
 * C: kernel/plug.c: put_module_ref_if_unused
 * C: kernel/report.c: report_state_change
 * C: kernel/thread.c: thread_run
 */
inline transact() {
	LEAF(POWER);
	LEAF(GUARD);
	work = 1;
	!work;
	LEAF(POWER);
	LEAF(GUARD)
}

/*
 * A write to the file `state`. The file has an active reference while the write runs.
 * C: kernel/plug.c: plug_request
 */
active proctype writer() {
	int held = 0;

	do
	:: atomic { left > 0 && !gone -> files++; left-- };
		TAKE(MEM);
		transact();
		GIVE(MEM);
		files--
	:: left == 0 || gone -> break
	od
}

/*
 * C: kernel/report.c: report_work
 */
active proctype reporter() {
	int held = 0;

end_reporter:
	do
	:: atomic { report_queued && !report_works -> report_queued = 0; report_works = 1 };
#ifdef FAULT_REPORT_TAKES_BIND
		TOUCH(BIND);
#endif
		TAKE(MEM);
		LEAF(GUARD);
		GIVE(MEM);
		report_works = 0
	od
}

/* A task that writes to memoryN/state. Only this task and the thread switch blocks. */
active proctype other() {
	int held = 0;

	block_switch()
}

/*
 * The bind, and the unbind after it.
 * C: kernel/driver.c: kmem_bind
 * C: kernel/driver.c: claim_addresses
 * C: kernel/driver.c: kmem_unbind
 * C: kernel/driver.c: end_memory
 * C: kernel/driver.c: memory_unregister
 * C: kernel/driver.c: unbind_event
 * C: kernel/plug.c: plug_stop
 * C: kernel/limit.c: limit_interrupt
 * C: kernel/guard.c: guard_note_device_removal
 */
active proctype unbinder() {
	int held = 0;

	TAKE(DEVICE);
	LEAF(GUARD);
	TOUCH(LIMIT);
	/* The driver core waits for the tasks that use the files. */
	gone = 1;
#ifdef FAULT_FILES_DRAINED_UNDER_LOCK
	TAKE(MEM);
	files == 0;
	GIVE(MEM);
#else
	files == 0;
#endif
	TAKE(BIND);
	TAKE(MEM);
	transact();
#ifdef FAULT_REPORT_CANCELLED_UNDER_LOCK
	atomic { !report_works -> report_queued = 0 };
	GIVE(MEM);
#else
	GIVE(MEM);
	LEAF(GUARD);					/* table_unwatch() */
	atomic { !report_works -> report_queued = 0 };	/* cancel_work_sync() */
#endif
	GIVE(BIND);
	GIVE(DEVICE)
}

/*
 * Another device is bound at the same time. It may get the memory that the first one has left.
 * C: kernel/driver.c: give_memory_back
 * C: kernel/plug.c: plug_adopt
 * C: kernel/block_table.c: table_find_blocks
 * C: kernel/block_table.c: table_find_overlap
 */
active proctype binder() {
	int held = 0;

	TAKE(BIND);
	LEAF(GUARD);
	TAKE(MEM);
	GIVE(MEM);
#ifdef FAULT_BIND_LOCK_LAST
	GIVE(BIND);
	TAKE(MEM);
	TAKE(BIND);
	GIVE(MEM);
#endif
	GIVE(BIND)
}

/*
 * The PM notifier, or a read of a file that reads page structures.
 * C: kernel/power.c: power_event
 * C: kernel/blockers.c: blockers_show
 */
active proctype user() {
	int held = 0;

	if
	:: LEAF(POWER)
	:: atomic { !gone -> files++ }; scan(); LEAF(GUARD); files--
	:: gone
	fi
}
