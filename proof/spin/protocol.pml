/* SPDX-License-Identifier: GPL-2.0-only
 *
 * One device of two ranges of two blocks, and the steps of its transactions. Every step can fail.
 * Other tasks can interfere: another writer of single blocks, a second driver that adds memory in the
 * device's ranges, and a user who changes the guard mode.
 *
 * Every comment "C: FILE: FUNCTION" names the function that the lines below it describe.
 * proof/spin/names.sh checks that the function still exists. doc/proof.md lists what is left out.
 *
 * Configurations (cpp):
 *   RACER    another task writes any word to memoryN/state of any block
 *   GUARD=n  the guard mode: 0 off, 1 transition, 2 always
 *   TWO_WORDS  only "unplugged" and "online_movable" are written to `state`
 *   ORDERED  an unplug takes the blocks in the order of their numbers, not in any order
 *   SWITCHES=n  the other task switches a block at most n times in one transaction
 *   USER     a user writes "off" and "transition" to plug/guard at any time; the other task
 *            onlines blocks in ZONE_MOVABLE only
 *   FOREIGN  another driver adds, switches and removes the blocks of the second range
 *   HOSTED   blocks hold their own page structures: one call adds or removes one block
 *   FIRSTNODE  the device's node has no other memory, see pick_first_movable_block()
 *   FAULT_*  one mechanism is removed; proof/spin/run lists them
 */

#define NB 4
#define NR 2
#define RANGE(b) ((b) / 2)

/* enum block_state. C: engine/state.c: block_has_type */
#define ABSENT  0
#define OFFLINE 1
#define KERNEL  2
#define MOVABLE 3
#define ONLINE(s) ((s) >= KERNEL)

/* enum online_type. For T_ONLINE the kernel selects the zone. */
#define T_NONE    0
#define T_OFFLINE 1
#define T_KERNEL  2
#define T_MOVABLE 3
#define T_ONLINE  4
#define BLOCK_IS(s, t) (((t) == T_ONLINE && ONLINE(s)) || ((t) < T_ONLINE && (s) == (t)))

/* enum device_state */
#define S_UNPLUGGED 0
#define S_OFFLINE   1
#define S_KERNEL    2
#define S_MOVABLE   3
#define S_ONLINE    4
#define S_INCONSISTENT 5

#define GUARD_OFF 0
#define GUARD_TRANSITION 1
#define GUARD_ALWAYS 2

#define DONE 0
#define UNDONE 1
#define INCONSISTENT 2

#define NOBODY 0
#define THREAD 1
#define OTHER  2

byte blk[NB];		/* the actual state of each block, in the kernel */
byte st[NB];		/* kmem_table.state: the state that the guard has recorded */
byte hotplug = NOBODY;	/* the task that holds the kernel's device_hotplug_lock */
byte owner = NOBODY;	/* kmem_guard.owner */
bit veto_onlines;	/* kmem_guard.veto_onlines */
#ifndef GUARD
#define GUARD GUARD_TRANSITION
#endif
byte mode = GUARD;
local byte requested = T_NONE;
local bit reserved[NR];
#ifndef FOREIGN
local
#endif
bit present[NR];
local byte was[NB];
local bit was_reserved[NR];
local bit was_present[NR];
local bit offline_failed[NR];
bit foreign;		/* the blocks of range 1 belong to another driver */

/* Variables that only the properties use. */
bit inside;		/* a transaction runs */
bit touched[NB];	/* another task has switched the block since the transaction last read it */

#ifdef SWITCHES
byte switches;		/* switches by the other task in this transaction */
#define MAY_SWITCH (owner == NOBODY || switches < SWITCHES)
#define COUNT_SWITCH if :: owner == THREAD -> switches++ :: else fi
#else
#define MAY_SWITCH true
#define COUNT_SWITCH skip
#endif
byte rb, rt;		/* the block and the new state of a switch by the other task */

/*
 * C: engine/state.c: state_from_blocks
 * C: kernel/block_table.c: table_device_state
 */
#define COUNT(s) ((st[0] == (s)) + (st[1] == (s)) + (st[2] == (s)) + (st[3] == (s)))
inline table_device_state(out) {
	d_step {
		if
		:: COUNT(ABSENT) == NB -> out = S_UNPLUGGED
		:: COUNT(ABSENT) < NB && COUNT(ABSENT) > 0 -> out = S_INCONSISTENT
		:: COUNT(OFFLINE) == NB -> out = S_OFFLINE
		:: COUNT(ABSENT) == 0 && COUNT(OFFLINE) > 0 && COUNT(OFFLINE) < NB -> out = S_INCONSISTENT
		:: COUNT(ABSENT) + COUNT(OFFLINE) == 0 ->
			if
			:: requested == T_ONLINE -> out = S_ONLINE
			:: requested != T_ONLINE && COUNT(KERNEL) == NB -> out = S_KERNEL
			:: requested != T_ONLINE && COUNT(MOVABLE) == NB -> out = S_MOVABLE
			:: else -> out = S_INCONSISTENT
			fi
		fi
	}
}

/*
 * True if the guard refuses a switch by a task that is not the owner.
 * C: kernel/guard.c: is_vetoed
 */
#ifdef FAULT_GUARD_NEVER_REFUSES
#define REFUSES_OTHERS false
#else
#define REFUSES_OTHERS ((owner == THREAD && mode != GUARD_OFF) || (owner == NOBODY && mode == GUARD_ALWAYS))
#endif

/*
 * After a switch, guard_event() records the new state. The kernel still holds the hotplug lock.
 * C: kernel/guard.c: guard_event
 * C: kernel/block_table.c: set_block
 */
#ifdef FAULT_GUARD_IGNORES_OFFLINE
#define GUARD_EVENT(b) if :: blk[b] != OFFLINE -> st[b] = blk[b] :: else fi
#else
#define GUARD_EVENT(b) st[b] = blk[b]
#endif
/*
 * guard_bus_event() records that a block was added or removed.
 * C: kernel/guard.c: guard_bus_event
 * C: kernel/block_table.c: add_block
 * C: kernel/block_table.c: remove_block
 */
#define BUS_EVENT(b) st[b] = blk[b]

#include "protocol-steps.pml"
#include "protocol-engine.pml"

/* ---- the transaction */

#define OWN(r, b) (present[r] && blk[b] != ABSENT)

/*
 * What must hold when a transaction ends. Either all blocks have the requested state, or all have
 * their previous state, or the end is INCONSISTENT. A block that another task has switched is exempt.
 */
inline check_end(t) {
	d_step {
		i = 0;
		do
		:: i < NB ->
			if
			:: end == DONE && t != T_NONE -> assert(BLOCK_IS(st[i], t) || touched[i])
			:: end == DONE && t == T_NONE -> assert(st[i] == ABSENT || (i >= 2 && foreign))
			:: end == UNDONE -> assert(st[i] == was[i] || touched[i])
			:: else
			fi;
			touched[i] = 0;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < NR ->
			if
			:: end == DONE && t != T_NONE -> assert(reserved[i] && present[i])
			:: end == DONE && t == T_NONE -> assert(!reserved[i] && !present[i])
			:: end == UNDONE -> assert(reserved[i] == was_reserved[i] && present[i] == was_present[i])
			:: else
			fi;
			/* Blocks of the device exist only at addresses that are reserved for it. */
			assert(!present[i] || reserved[i]);
			i++
		:: else -> break
		od;
		/*
		 * A device without blocks has no reservation. Otherwise the module could be
		 * unloaded, and nothing could release the reservation after that.
		 */
		assert(present[0] || present[1] || (!reserved[0] && !reserved[1]));
		i = 0
	}
}

/*
 * C: kernel/plug.c: run_transaction
 * C: kernel/plug.c: run_plug
 * C: kernel/plug.c: run_unplug
 * C: kernel/guard.c: guard_set_owner
 * C: kernel/block_table.c: table_set_requested_type
 * C: engine/transaction.c: engine_plug
 * C: engine/transaction.c: engine_unplug
 * C: kernel/plug.c: transact
 */
inline transact(t) {
	atomic {
		inside = 1;
#ifndef FAULT_NO_OWNER
		owner = THREAD;
#endif
		former = requested;
		if
		:: t != T_NONE -> requested = t
		:: else
		fi
	}
	remember();
	end = DONE;
	if
	:: t == T_NONE -> unplug()
	:: else -> plug(t)
	fi;
	if
	:: e -> undo()
	:: else
	fi;
	e = 0;
	if
	:: end == DONE && t == T_NONE -> requested = T_NONE
	:: end == UNDONE && t != T_NONE -> requested = former
	:: else
	fi;
	atomic {
		check_end(t);
		assert(end != UNDONE || requested == former);
#ifdef SWITCHES
		switches = 0;
#endif
		owner = NOBODY; inside = 0;
		former = T_NONE; end = DONE;
		was[0] = 0; was[1] = 0; was[2] = 0; was[3] = 0;
		was_reserved[0] = 0; was_reserved[1] = 0; was_present[0] = 0; was_present[1] = 0
	}
}

/*
 * This process is the thread of a transaction and also the task that holds kmem_memory.lock and
 * waits for the thread. limit.pml has a process for each.
 * C: kernel/plug.c: plug_request
 * C: kernel/plug.c: find_todo
 * C: kernel/plug.c: check_foreign
 * C: kernel/plug.c: find_foreign_block
 * C: engine/state.c: state_todo
 * C: engine/state.c: type_from_word
 */
active proctype writer() {
	byte word, state, now, former, end, i, b;
	bit e;

end_idle:
	do
	:: atomic {
		table_device_state(state);
		if
		:: word = T_NONE		/* "unplugged" */
		:: word = T_MOVABLE
#ifndef TWO_WORDS
		:: word = T_KERNEL
		:: word = T_ONLINE
#endif
		:: state == S_UNPLUGGED -> word = T_OFFLINE	/* C: kernel/plug.c: plug_start */
		fi;
		if
		:: word == T_NONE && state == S_UNPLUGGED && !present[0] && !present[1] -> goto next
		:: word == T_NONE && !(state == S_UNPLUGGED && !present[0] && !present[1])
		:: word != T_NONE && (state == S_UNPLUGGED || (state == S_INCONSISTENT && word == requested))
		:: else -> goto next
		fi;
		/* If another driver has a block in an absent range, the write is refused. */
		if
#ifndef FAULT_FOREIGN_IGNORED
		:: (!present[0] && (st[0] != ABSENT || st[1] != ABSENT)) ||
		   (!present[1] && (st[2] != ABSENT || st[3] != ABSENT)) -> goto next
#endif
		:: else
		fi
	   };
		transact(word);
next:		atomic { word = 0; state = 0; i = 0; b = 0; now = 0 }
	od
}

#ifdef RACER
/*
 * Another task, for example udev or daxctl, writes to memoryN/state at any time. The kernel holds the
 * hotplug lock while it calls the notifiers, switches the block, and calls the notifiers again.
 * C: kernel/guard.c: guard_event
 */
active proctype other() {
end_other:
	do
	:: atomic {
		hotplug == NOBODY && MAY_SWITCH ->
		COUNT_SWITCH;
		select(rb : 0..3);
		if
#ifndef USER
		:: blk[rb] == OFFLINE -> rt = KERNEL
#endif
		:: blk[rb] == OFFLINE -> rt = MOVABLE
		:: ONLINE(blk[rb]) -> rt = OFFLINE
		:: else -> goto none
		fi;
		if
		:: REFUSES_OTHERS -> goto none
		:: else
		fi;
		/* The guard lets other tasks switch a block only if its mode permits that. */
		assert(!inside || mode == GUARD_OFF);
		assert(mode != GUARD_ALWAYS);
#if GUARD > 0 || defined(USER)
		/*
		 * If the guard is off for the whole run, the switch and guard_event() are one
		 * step. Otherwise they are two.
		 */
		hotplug = OTHER
	   };
		atomic {
#endif
			blk[rb] = rt;
			GUARD_EVENT(rb);
			touched[rb] = 1;
			hotplug = NOBODY;
none:			rb = 0; rt = 0
		}
	od
}

#endif

#ifdef USER
/* C: kernel/guard.c: guard_set_mode */
active proctype user() {
end_user:
	do
	:: mode == GUARD_TRANSITION -> mode = GUARD_OFF
	:: mode == GUARD_OFF -> mode = GUARD_TRANSITION
	od
}
#endif

#ifdef FOREIGN
/*
 * Another driver adds memory at the addresses of the device's second range, while no blocks exist
 * there. The reservation does not prevent this, because add_memory() does not check it.
 */
active proctype driver() {
end_driver:
	do
	:: atomic {
		hotplug == NOBODY && !foreign && blk[2] == ABSENT && blk[3] == ABSENT && !present[1] ->
		foreign = 1;
		blk[2] = OFFLINE; blk[3] = OFFLINE;
		BUS_EVENT(2); BUS_EVENT(3); touched[2] = 1; touched[3] = 1
	   }
	:: atomic {
		/* The guard is also called for the blocks of another driver, and can refuse. */
		hotplug == NOBODY && foreign && blk[2] == OFFLINE && !REFUSES_OTHERS ->
		blk[2] = MOVABLE; GUARD_EVENT(2); touched[2] = 1
	   }
	:: atomic {
		hotplug == NOBODY && foreign && blk[2] == MOVABLE && !REFUSES_OTHERS ->
		blk[2] = OFFLINE; GUARD_EVENT(2); touched[2] = 1
	   }
	:: atomic {
		hotplug == NOBODY && foreign && blk[2] == OFFLINE && blk[3] == OFFLINE ->
		foreign = 0;
		blk[2] = ABSENT; blk[3] = ABSENT;
		BUS_EVENT(2); BUS_EVENT(3); touched[2] = 1; touched[3] = 1
	   }
	od
}
#endif

/*
 * The file `state` is read from the states that the guard has recorded. While no task switches a block,
 * these are the actual states.
 */
active proctype reader() {
end_reader:
	atomic {
		hotplug == NOBODY &&
		(st[0] != blk[0] || st[1] != blk[1] || st[2] != blk[2] || st[3] != blk[3]) ->
		assert(false)
	}
}
