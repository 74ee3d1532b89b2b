/* SPDX-License-Identifier: GPL-2.0-only
 *
 * How a transaction is ended that would not end by itself: the task that asked for it, the thread that
 * runs it, the tick, an unbind, a signal that somebody sends the thread, and a switch of a block that
 * goes on until a signal comes (a page is held, or another task keeps the hotplug lock).
 *
 * A transaction is short here: one switch on the way forward, one in the undo. Two follow each other,
 * so that what is left of the first can hurt the second, and the removal at the unbind is a third.
 * Time is a choice: the tick may find at any time that a limit has passed, if that limit is set.
 *
 * The model ends by itself, so it may have no cycle, and no state without a way on before the end.
 *
 * Configurations: STALL (stall_ms is not 0), DEADLINE (timeout_ms is not 0), FAULT_*.
 */

#define NONE 0
#define EINTR 1
#define ENODEV 2
#define ETIMEDOUT 3
#define EAGAIN 4
#define EACCES 5	/* another driver's veto, or anything else */

/* struct kmem_limit. All by limit_lock, so each atomic step below is one hold of it. */
bit running, undo, trying;
byte err, try_err;
bit tick_queued, tick_works;

bit queued;		/* SIGINT is in the thread's queue */
bit flag;		/* TIF_SIGPENDING of the thread */
bit unbinding;		/* kmem_memory.unbinding */

/* struct kmem_thread, and struct job */
bit work, done, stop, interruptible;

/* The circumstances of the running switch. */
bit held;		/* it does not end by itself: a held page, the hotplug lock */
bit contended;		/* the hotplug lock is taken when it is tried for */

/* What only the properties look at. */
bit freed;		/* the memory is gone */
bit inside;		/* the thread is in a transaction */
bit told;		/* the writer has a signal */
bit reason;		/* somebody wanted the running transaction to end */
bit stranger;		/* somebody has sent the thread a signal */
byte again;		/* tries that were ended in this switch to let others have the lock */
byte idle;		/* ticks at which the time limit had not passed */
bit writer_gone, all_gone;

/* C: kernel/limit.c: send_signal */
#define SEND_SIGNAL queued = 1; flag = 1
/* flush_signals(current) */
#define FLUSH queued = 0; flag = 0

/* C: kernel/limit.c: end_transaction */
#define MAY_END (running && !undo && err == NONE)
inline end_transaction(why) {
	assert(!freed);
	if
	:: MAY_END -> err = why; reason = 1; SEND_SIGNAL
	:: else
	fi
}

/* C: kernel/limit.c: limit_interrupt */
inline limit_interrupt(why) { atomic { end_transaction(why) } }

/* C: kernel/limit.c: limit_begin */
inline limit_begin() {
	atomic {
		FLUSH;
		running = 1; undo = 0; err = NONE; trying = 0;
		tick_queued = 1
	}
}

/* C: kernel/limit.c: limit_begin_undo */
inline limit_begin_undo() {
	atomic {
		FLUSH;
#ifndef FAULT_UNDO_NOT_APART
		undo = 1
#endif
	}
}

/*
 * C: kernel/limit.c: limit_end
 * cancel_delayed_work_sync() waits for a tick that runs.
 */
inline limit_end() {
	atomic { running = 0; err = NONE };
#ifndef FAULT_TICK_NOT_CANCELLED
	atomic { !tick_works -> tick_queued = 0 };
#endif
	atomic { FLUSH }
}

/* C: kernel/limit.c: limit_reached */
inline limit_reached(e) {
	atomic { e = (err != NONE -> err : ((!undo && flag) -> EINTR : NONE)) }
}

/*
 * C: kernel/limit.c: limit_try_begin
 * C: kernel/limit.c: limit_begin_switch
 */
inline limit_try_begin() { atomic { trying = 1; try_err = NONE } }

/* C: kernel/limit.c: limit_try_end */
inline limit_try_end(e) {
	atomic {
		trying = 0;
		e = (undo -> NONE : err);
		if
		:: e == NONE && try_err != NONE ->
			e = try_err;
#ifndef FAULT_TRY_KEEPS_SIGNAL
			FLUSH
#endif
		:: else
		fi;
		if
		:: e == NONE && !undo && flag -> e = EINTR
		:: else
		fi;
		if
		:: undo && flag ->
			FLUSH;
#ifndef FAULT_STRANGER_ENDS_UNDO
			if
			:: e == NONE -> e = EAGAIN
			:: else
			fi
#endif
		:: else
		fi
	}
}

/*
 * One write to memoryN/state by the thread. It ends by itself, or only with a signal. If the lock is
 * taken, the kernel sets the flag of a pending signal and wants the system call restarted. The flag is
 * cleared, unless a signal is really there.
 * C: kernel/blocks.c: block_switch
 * C: kernel/blocks.c: clear_restart_flag
 * C: kernel/blocks.c: wait_for_turn
 * C: kernel/steps.c: switch_once
 */
inline switch_once(ret) {
	do
	:: atomic { contended -> contended = 0; flag = 1 };
#ifdef FAULT_FLAG_CLEARED_BLINDLY
		atomic { flag = 0 }
#else
		atomic { flag = queued }		/* recalc_sigpending() by siglock */
#endif
	:: atomic { !contended && !held -> ret = NONE; break }
	:: atomic { !contended && !held -> ret = EACCES; break }
	:: atomic { !contended && flag -> ret = EINTR; break }
	od
}

/*
 * C: kernel/steps.c: switch_block
 * C: kernel/steps.c: wait_for_hotplug_lock
 * C: kernel/locked_pages.c: locked_pages_wait
 * C: kernel/steps.c: remove_blocks
 */
inline switch_block(ret) {
	atomic {
		again = 0;
		if
		:: held = 0
		:: held = 1
		fi
	};
	do
	:: limit_try_begin();
		atomic {
			if
			:: contended = 0
			:: contended = 1
			fi
		};
		switch_once(ret);
		limit_try_end(why);
		if
		:: ret == EINTR && why == EAGAIN -> skip
		:: else -> break
		fi
	od;
	atomic {
		if
		:: ret == EINTR && why != NONE -> ret = why
		:: else
		fi;
		why = NONE; held = 0
	}
}

/*
 * C: kernel/thread.c: thread_main
 * C: kernel/plug.c: run_transaction
 * C: kernel/steps.c: op_check_interrupted
 * C: kernel/steps.c: op_undo
 */
active proctype thread() {
	byte ret, why;

	do
	:: atomic { work -> inside = 1 };
		assert(!freed);
		limit_begin();
#ifndef FAULT_UNBIND_BEFORE_IS_LOST
		if
		:: interruptible && unbinding -> limit_interrupt(ENODEV)
		:: else
		fi;
#endif
		limit_reached(ret);
		if
		:: ret == NONE -> switch_block(ret)
		:: else
		fi;
		/* Nothing ends a transaction unless somebody wants that, or a limit has passed. */
		assert(ret == NONE || ret == EACCES || reason || stranger);
		if
		:: ret != NONE ->
			limit_begin_undo();
			switch_block(ret);
			/* No signal, no unbind and no limit for the whole ends a step of the undo. */
#ifdef STALL
			assert(ret == NONE || ret == EACCES || ret == ETIMEDOUT)
#else
			assert(ret == NONE || ret == EACCES)
#endif
		:: else
		fi;
		limit_end();
		atomic {
			ret = NONE; inside = 0; reason = 0; stranger = 0;
			again = 0; idle = 0; try_err = NONE
		};
#ifdef FAULT_WORK_CLEARED_LATE
		done = 1;
		work = 0
#else
		work = 0;
		done = 1
#endif
	:: atomic { stop && !work -> break }
	od
}

/* The first half of thread_run(). C: kernel/thread.c: thread_run */
inline hand_over(by_signal) {
	atomic { done = 0; interruptible = by_signal };
	work = 1
}

/*
 * The task that writes to `state`, twice. It may have a signal at any time.
 * C: kernel/plug.c: plug_request
 */
active proctype writer() {
	byte n;

	do
	:: n < 2 && !unbinding ->
		hand_over(1);
		do
		:: done -> break
		:: told ->
			limit_interrupt(EINTR);
#ifdef FAULT_TOLD_ONCE
			done -> break
#else
			/* Again and again; a time that changes nothing is left out. */
			do
			:: done -> break
			:: !done && MAY_END -> limit_interrupt(EINTR)
			od;
			break
#endif
		od;
		n++
	:: n == 2 || unbinding -> break
	od;
	writer_gone = 1
}

active proctype killer() {
	if
	:: told = 1
	:: true
	fi
}

/*
 * Somebody sends the thread a signal: root can, it is no one's business.
 */
active proctype sender() {
	byte n;

	do
	:: n < 2 -> atomic { inside && !freed -> SEND_SIGNAL; stranger = 1; n++ }
	:: break
	od
}

/*
 * The unbind: first the notifier, then the files of the device go, which waits for the writer, then
 * what is offline is removed, the thread ends and the memory is freed.
 * C: kernel/driver.c: unbind_event
 * C: kernel/plug.c: plug_interrupt
 * C: kernel/plug.c: plug_stop
 * C: kernel/driver.c: memory_free
 * C: kernel/thread.c: thread_stop
 */
active proctype unbinder() {
	if
	:: true			/* at any time, or when nobody writes */
	:: true -> writer_gone
	fi;
	unbinding = 1;
	limit_interrupt(ENODEV);
	writer_gone;
	hand_over(0);
	done;
	stop = 1;
	atomic { _nr_pr > 0 && !inside && !work -> freed = 1 };
	all_gone = 1
}

/*
 * C: kernel/limit.c: check_limits
 * C: kernel/limit.c: check_try
 * C: kernel/limit.c: count_pages
 * C: kernel/limit.c: stall_time
 * Ticks that would change nothing are left out.
 */
active proctype ticker() {
end_ticker:
	do
	:: atomic { all_gone && !tick_queued -> break }
	:: atomic { tick_queued && !running -> tick_queued = 0; tick_works = 1 };
		goto locked
#ifdef STALL
	:: atomic {
		tick_queued && running && trying && (try_err == NONE || !queued) ->
		tick_queued = 0; tick_works = 1
	   };
		goto locked
#endif
#ifdef DEADLINE
	:: atomic { tick_queued && running && !undo && err == NONE && interruptible -> tick_queued = 0; tick_works = 1 };
		goto locked
#endif
	od;
	goto out;
locked:	atomic {
		assert(!freed);
		if
		:: running ->
#ifdef DEADLINE
			if
			:: interruptible -> end_transaction(ETIMEDOUT)	/* timeout_ms has passed */
			:: idle < 2 -> idle++
			:: !interruptible
			fi;
#endif
#ifdef STALL
			if
			:: trying ->
				if
				:: try_err != ETIMEDOUT -> try_err = ETIMEDOUT; reason = 1	/* stall_ms */
				:: try_err == NONE && again < 2 -> try_err = EAGAIN; again++	/* TRY_TIME */
				:: else
				fi;
				SEND_SIGNAL
			:: else
			fi;
#endif
			tick_queued = 1
		:: else
		fi;
		tick_works = 0
	};
	goto end_ticker;
out:	skip
}

/*
 * Nothing can go on any more. Either all is over, or nobody has set a limit: a switch that does not
 * end goes on until a signal or an unbind comes, and in an undo for ever (doc/abi says so).
 */
active proctype watch() {
	timeout;
#ifdef STALL
	assert(all_gone)
#else
	assert(all_gone || (held && (undo || !interruptible || (!told && !unbinding))))
#endif
}
