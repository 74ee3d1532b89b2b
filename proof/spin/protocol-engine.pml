/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Included by protocol.pml: the order of the steps, and the undo, as in engine/transaction.c.
 */

/* ---- the engine */

/* C: engine/transaction.c: may_offline */
#ifdef FAULT_FOREIGN_IGNORED
#define MAY_OFFLINE(b) (ONLINE(st[b]))
#else
#define MAY_OFFLINE(b) (present[RANGE(b)] && ONLINE(st[b]))
#endif

/* C: engine/transaction.c: save_previous_state */
inline remember() {
	i = 0;
	do
	:: i < NB ->
		atomic { was[i] = st[i]; touched[i] = 0; i++ }
	:: i == NB -> break
	od;
	atomic {
		was_reserved[0] = reserved[0]; was_reserved[1] = reserved[1];
		was_present[0] = present[0]; was_present[1] = present[1]
	}
}

/* C: engine/transaction.c: add_ranges */
inline add_ranges() {
	i = 0; e = 0;
	do
	:: e == 0 && i < NR && !reserved[i] ->
		op_reserve(i);
		if
		:: e == 0 -> reserved[i] = 1; i++
		:: else
		fi
	:: e == 0 && i < NR && reserved[i] -> i++
	:: e || i == NR -> break
	od;
	i = 0;
	do
	:: e == 0 && i < NR && !present[i] ->
		op_check_interrupted();
		if
		:: e == 0 -> op_add(i)
		:: else
		fi;
		if
		:: e == 0 -> i++
		:: else
		fi
	:: e == 0 && i < NR && present[i] -> i++
	:: e || i == NR -> break
	od
}

/*
 * C: engine/order.c: order_for_plug
 * The second block comes last.
 */
#define PLUG_ORDER(n) (((n) == 0) -> 0 : (((n) == 3) -> 1 : (n) + 1))

/*
 * C: engine/transaction.c: run_plug
 * C: engine/transaction.c: switch_block
 */
inline plug(t) {
	add_ranges();
	i = 0;
	do
	:: e == 0 && i < NB ->
		b = PLUG_ORDER(i);
		now = st[b];		/* C: kernel/steps.c: op_read_state */
		if
		:: BLOCK_IS(now, t) -> skip
		:: else ->
			if
			:: ONLINE(now) ->
				op_check_interrupted();
				if
				:: e == 0 -> op_offline(b)
				:: else
				fi
			:: else
			fi;
			if
			:: e == 0 && t != T_OFFLINE ->
				op_check_interrupted();
				if
				:: e == 0 -> op_online(b, t)
				:: else
				fi
			:: else
			fi
		fi;
		i++
	:: e || i == NB -> break
	od;
	now = 0;
	i = 0;
	do
	:: e == 0 && i < NB -> op_check(i, t); i++
	:: e || i == NB -> break
	od
}

/*
 * The steps before the first block is switched are one step here, because they change nothing and any of
 * them can fail. The blocks are taken offline in any order.
 * C: engine/transaction.c: measure_and_sort_blocks
 * C: engine/transaction.c: check_space
 * C: engine/transaction.c: dry_run_blocks
 * C: engine/transaction.c: run_unplug
 */
inline unplug() {
	op_check_interrupted();
	b = 0;			/* one bit for each block that has been handled */
	do
	:: e == 0 && b != 15 ->
		if
		:: !(b & 1) -> i = 0
#ifdef ORDERED
		:: b == 1 -> i = 1
		:: b == 3 -> i = 2
		:: b == 7 -> i = 3
#else
		:: !(b & 2) -> i = 1
		:: !(b & 4) -> i = 2
		:: !(b & 8) -> i = 3
#endif
		fi;
		b = b | (1 << i);
		if
		:: MAY_OFFLINE(i) ->
			op_check_interrupted();
			if
			:: e == 0 -> op_offline(i)
			:: else
			fi
		:: else
		fi
	:: e || b == 15 -> break
	od;
	b = 0;
	i = NR;
	do
	:: e == 0 && i > 0 && present[i - 1] ->
		op_remove((i - 1));
		if
		:: e == 0 -> present[i - 1] = 0; i--
		:: else
		fi
	:: e == 0 && i > 0 && !present[i - 1] -> i--
	:: e || i == 0 -> break
	od;
	if
	:: e == 0 ->
		i = NR;
		do
		:: i > 0 && reserved[i - 1] -> op_release((i - 1)); i--
		:: i > 0 && !reserved[i - 1] -> i--
		:: i == 0 -> break
		od
	:: else
	fi
}

/* C: engine/transaction.c: restore_block */
inline undo_block(b) {
	now = st[b];
#ifdef FAULT_UNDO_FORGETS_ZONE
#define TYPE_OF(s) (ONLINE(s) -> T_ONLINE : s)
#else
	/* C: engine/state.c: type_restoring */
#define TYPE_OF(s) (s)
#endif
	if
	:: now == was[b] || now == ABSENT -> skip
#ifndef FAULT_FOREIGN_IGNORED
	:: !present[RANGE(b)] -> skip
#endif
	:: else ->
		e = 0;
		if
		:: ONLINE(now) ->
			op_offline(b);
			if
			:: e -> offline_failed[RANGE(b)] = 1; now = ABSENT
			:: else
			fi
		:: else
		fi;
		if
		:: now != ABSENT && ONLINE(was[b]) ->
			op_online(b, TYPE_OF(was[b]))
		:: else
		fi
	fi;
	now = 0
}

/* C: engine/transaction.c: has_present_piece */
#define IN_PART_PRESENT(r) (present[r])

/*
 * C: engine/transaction.c: undo_all
 * C: engine/transaction.c: undo_if_failed
 * C: engine/transaction.c: report_undo_failure
 * C: kernel/steps.c: op_undo
 */
inline undo() {
#ifdef FAULT_NO_UNDO
	skip;
#else
	i = 0;
	do
	:: i < NR ->
		offline_failed[i] = 0;
		if
		:: was_present[i] && !present[i] ->
			op_add(i);
			if
			:: e == 0 -> present[i] = 1
			:: else
			fi
		:: else
		fi;
		i++
	:: i == NR -> break
	od;
	i = NB;
	do
	:: i > 0 -> b = i - 1; undo_block(b); i--
	:: i == 0 -> break
	od;
	b = 0;
	i = NR;
	do
	:: i > 0 ->
		if
#ifdef FAULT_STUCK_IGNORED
		:: present[i - 1] && !was_present[i - 1] ->
#else
		:: present[i - 1] && !was_present[i - 1] && !offline_failed[i - 1] ->
#endif
			op_remove((i - 1));
			if
			:: e == 0 -> present[i - 1] = 0
			:: else
			fi
		:: else
		fi;
		i--
	:: i == 0 -> break
	od;
	i = NR;
	do
	:: i > 0 ->
		if
#ifdef FAULT_RELEASE_UNDER_BLOCKS
		:: reserved[i - 1] && !was_reserved[i - 1] ->
#else
		:: reserved[i - 1] && !was_reserved[i - 1] && !IN_PART_PRESENT(i - 1) ->
#endif
			op_release((i - 1))
		:: else
		fi;
		i--
	:: i == 0 -> break
	od;
#endif
	end = UNDONE;
	i = 0;
	do
	:: i < NB && end == UNDONE ->
		atomic {
			touched[i] = 0;
#ifndef FAULT_NO_COMPARE
			if
			:: st[i] != was[i] -> end = INCONSISTENT
			:: else
			fi;
#endif
			i++
		}
	:: i == NB || end != UNDONE -> break
	od;
	if
	:: end == UNDONE && (present[0] != was_present[0] || present[1] != was_present[1]) -> end = INCONSISTENT
	:: else
	fi;
	offline_failed[0] = 0; offline_failed[1] = 0
}
