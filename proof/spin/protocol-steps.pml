/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Included by protocol.pml: the steps of a transaction, as in kernel/steps.c.
 */

/* ---- the steps of the thread; e is 0, or 1 for any errno */

/*
 * One switch of a block. The kernel holds the hotplug lock from the first notifier to the last, so the
 * switch is one step for all tasks that need this lock. A veto, an unmovable page, a signal and a limit
 * all end it with "e = 1". That is possible at any time, also before the task has the lock. limit.pml
 * has the signals and limits, and shows that the switch ends.
 * C: kernel/blocks.c: block_switch
 * C: kernel/steps.c: switch_once
 * C: kernel/steps.c: switch_block
 */
inline switch_once(b, t) {
	atomic {
		if
		:: hotplug == NOBODY ->
			e = 1;
			if
			:: t == T_OFFLINE && ONLINE(blk[b]) ->
				assert(!(RANGE(b) == 1 && foreign));
				blk[b] = OFFLINE; GUARD_EVENT(b)
			:: t >= T_KERNEL && blk[b] == OFFLINE && !veto_onlines ->
				assert(!(RANGE(b) == 1 && foreign));
				if
				:: t != T_MOVABLE -> blk[b] = KERNEL
				:: t != T_KERNEL -> blk[b] = MOVABLE
				fi;
				GUARD_EVENT(b)
			:: true
			fi
		:: true -> e = 1
		fi;
		/* If the block already has the requested state, another writer set it first. */
		if
		:: BLOCK_IS(st[b], t) -> e = 0
		:: else
		fi
	}
}

/*
 * C: kernel/steps.c: add_once
 * The kernel's auto-online policy runs in this task, before the hotplug lock is free again.
 */
inline add_once(from, count) {
	guard_hold(true);
	atomic {
		if
		:: hotplug == NOBODY && blk[from] == ABSENT && (count == 1 || blk[from + 1] == ABSENT) ->
			blk[from] = OFFLINE; BUS_EVENT(from);
			if
			:: count == 2 -> blk[from + 1] = OFFLINE; BUS_EVENT(from + 1)
			:: else
			fi;
			if	/* auto_online_blocks=online_kernel */
			:: !veto_onlines -> blk[from] = KERNEL; GUARD_EVENT(from)
			:: true
			fi;
			/* No block is online in a zone that was not requested. */
			assert(blk[from] == OFFLINE);
			e = 0
		:: true -> e = 1
		fi
	}
	guard_hold(false)
}

/* C: kernel/guard.c: guard_set_veto_onlines */
inline guard_hold(h) {
#ifndef FAULT_NO_HOLD_OFFLINE
	veto_onlines = h
#else
	skip
#endif
}

/*
 * C: kernel/steps.c: remove_blocks
 * If another task has brought a block online while the guard is off, the second try takes the blocks
 * offline and removes them.
 */
inline remove_blocks(from, count) {
	atomic {
		if
		:: hotplug == NOBODY ->
			assert(!(RANGE(from) == 1 && foreign));
			e = 0;
			if
			:: ONLINE(blk[from]) || (count == 2 && ONLINE(blk[from + 1])) ->
				if
#ifndef FAULT_NO_SECOND_TRY
				:: blk[from] = OFFLINE; GUARD_EVENT(from);
					if
					:: count == 2 -> blk[from + 1] = OFFLINE; GUARD_EVENT(from + 1)
					:: else
					fi
#endif
				:: e = 1
				fi
			:: else
			fi;
			if
			:: e == 0 ->
				blk[from] = ABSENT; BUS_EVENT(from);
				if
				:: count == 2 -> blk[from + 1] = ABSENT; BUS_EVENT(from + 1)
				:: else
				fi
			:: else
			fi
		:: true -> e = 1
		fi
	}
}

/* C: kernel/steps.c: op_reserve */
inline op_reserve(r) {
	if
	:: e = 0
	:: e = 1
	fi
}

/* C: kernel/steps.c: op_release */
inline op_release(r) {
	assert(reserved[r]);
	assert(present[r] == 0);
	reserved[r] = 0
}

/* C: kernel/steps.c: op_add */
inline op_add(r) {
#ifdef HOSTED
	add_once(2 * r, 1);
	if
	:: e == 0 ->
		present[r] = 1;
		add_once(2 * r + 1, 1)
	:: else
	fi;
#else
	add_once(2 * r, 2);
#endif
	if
	:: e == 0 ->
		present[r] = 1;
		if
		:: st[2 * r] == ABSENT || st[2 * r + 1] == ABSENT -> e = 1
		:: true		/* the block cannot hold its own page structures, but must */ -> e = 1
		:: else -> skip
		:: true -> skip
		fi
	:: else
	fi
}

/* C: kernel/steps.c: add_removed_blocks */
inline add_removed_blocks(r) {
#ifndef FAULT_NO_BRING_BACK
	if
	:: st[2 * r] == ABSENT && was[2 * r] != ABSENT -> add_once(2 * r, 1)
	:: else
	fi;
	if
	:: st[2 * r + 1] == ABSENT && was[2 * r + 1] != ABSENT -> add_once(2 * r + 1, 1)
	:: else
	fi;
#endif
	e = 1
}

/* C: kernel/steps.c: op_remove */
inline op_remove(r) {
	e = 0;
#ifndef HOSTED
	if
	:: st[2 * r] != ABSENT && st[2 * r + 1] != ABSENT -> remove_blocks(2 * r, 2)
	:: else ->
#endif
		if
		:: st[2 * r] != ABSENT -> remove_blocks(2 * r, 1)
		:: else
		fi;
		if
		:: e == 0 && st[2 * r + 1] != ABSENT -> remove_blocks(2 * r + 1, 1)
		:: else
		fi
#ifndef HOSTED
	fi
#endif
	;
	if
	:: e -> add_removed_blocks(r)
	:: else
	fi
}

/*
 * If a block of a present range is missing, it is added again.
 * C: kernel/steps.c: add_block_anew
 * C: kernel/steps.c: online_block
 */
inline online_block(b, t) {
	e = 0;
	if
	:: st[b] == ABSENT -> add_once(b, 1)
	:: else
	fi;
	if
	:: e == 0 -> switch_once(b, t)
	:: else
	fi
}

/*
 * C: kernel/steps.c: op_online
 * C: kernel/steps.c: pick_first_movable_block
 */
inline op_online(b, t) {
#ifdef FIRSTNODE
	byte other, back;
	other = b; back = 0;
	if
	:: (t == T_KERNEL || t == T_ONLINE) && COUNT(KERNEL) + COUNT(MOVABLE) == 0 ->
		other = 0;
		do
		:: other < NB && other != b && st[other] == OFFLINE -> break
		:: other < NB && !(other != b && st[other] == OFFLINE) -> other++
		:: other == NB -> other = b; break
		od;
		if
		:: other != b ->
			online_block(other, T_MOVABLE);
			if
			:: e -> other = b
			:: else
			fi
		:: else
		fi
	:: else
	fi;
	online_block(b, t);
	if
	:: other != b ->
		back = e;
		switch_once(other, T_OFFLINE);
		e = (back -> back : e)
	:: else
	fi;
	other = 0; back = 0
#else
	online_block(b, t)
#endif
}

/* C: kernel/steps.c: op_offline */
inline op_offline(b) {
	switch_once(b, T_OFFLINE)
}

/*
 * A signal, a time limit, an unbind or too little memory can end the transaction.
 * C: kernel/steps.c: op_check_interrupted
 * C: kernel/limit.c: limit_reached
 */
inline op_check_interrupted() {
	if
	:: e = 0
	:: e = 1
	fi
}

/*
 * C: kernel/steps.c: op_check
 * C: kernel/blocks.c: block_read_state
 */
inline op_check(b, t) {
	atomic {
#ifdef FAULT_NO_CHECK
		e = 0;
#else
		e = (BLOCK_IS(blk[b], t) && blk[b] == st[b] -> 0 : 1);
#ifdef RACER
		if	/* the other task has switched the block, and the guard has not recorded it yet */
		:: e = 1
		:: true
		fi;
#endif
#endif
		touched[b] = 0
	}
}
