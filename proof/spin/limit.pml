/* SPDX-License-Identifier: GPL-2.0-only
 *
 * How a transaction ends that would not end by itself. The model has the writer that requested the
 * transaction, the thread that runs it, the delayed work that checks the limits (the tick), an unbind,
 * and another task that sends a signal to the thread. A switch of a block may run until it gets a
 * signal, because a page is held or another task keeps the hotplug lock.
 *
 * A transaction is short here: one switch, and one switch in the undo. Two transactions follow each
 * other, so that the model finds anything that the first leaves behind for the second. The removal at
 * the unbind is a third. Time is nondeterministic: if a limit is set, a tick may find at any time that
 * it has passed.
 *
 * Each process of the model ends. So the model may have no cycle, and no state before the end in which
 * no process can continue.
 *
 * Configurations: STALL (stall_ms is not 0), DEADLINE (timeout_ms is not 0), FAULT_* (one mechanism is
 * removed; proof/spin/run lists them).
 */

#define NONE 0
#define EINTR 1
#define ENODEV 2
#define ETIMEDOUT 3
#define EAGAIN 4
#define EACCES 5	/* another driver's veto, or anything else */

/* struct kmem_limit. limit_lock protects all of it, so each atomic step below is one critical section. */
bit running, undo, trying;
byte err, try_err;
bit tick_queued, tick_works;

bit queued;		/* SIGINT is in the thread's queue */
bit flag;		/* TIF_SIGPENDING of the thread */
bit unbinding;		/* kmem_memory.unbinding */

/* struct kmem_thread, and struct job */
bit work, done, stop, interruptible;

/* The conditions of the running switch. */
bit held;		/* the switch does not end by itself, for example because a page is held */
bit contended;		/* the switch finds the hotplug lock taken */

/* Variables that only the properties use. */
bit freed;		/* the memory is freed */
bit inside;		/* the thread is in a transaction */
bit told;		/* the writer has a signal */
bit reason;		/* there is a reason to end the running transaction */
bit stranger;		/* another task has sent the thread a signal */
byte again;		/* tries of this switch that were ended so that others get the hotplug lock */
byte idle;		/* ticks that found the time limit not passed */
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
 * One write to memoryN/state by the thread. It may end by itself, or only with a signal. If the hotplug
 * lock is taken, the kernel sets the flag of a pending signal and returns an errno that restarts the
 * system call. clear_restart_flag() clears the flag, unless a signal is queued.
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
		/* A transaction fails only for its own errno, a request to end it, a limit, or a signal. */
		assert(ret == NONE || ret == EACCES || reason || stranger);
		if
		:: ret != NONE ->
			limit_begin_undo();
			switch_block(ret);
			/* No signal, no unbind and no timeout_ms ends a step of the undo. */
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
 * The task that writes to `state`, twice. It may get a signal at any time.
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
			/* The writer repeats the call. A call that would change nothing is left out. */
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
 * Another task sends a signal to the thread, which only root can do. The signal may end a transaction,
 * but it must not end an undo.
 */
active proctype sender() {
	byte n;

	do
	:: n < 2 -> atomic { inside && !freed -> SEND_SIGNAL; stranger = 1; n++ }
	:: break
	od
}

/*
 * The unbind. First the notifier is called. Then the driver core removes the files of the device and
 * waits for the writer. Then blocks that are offline are removed, the thread ends, and the memory is
 * freed.
 * C: kernel/driver.c: unbind_event
 * C: kernel/plug.c: plug_interrupt
 * C: kernel/plug.c: plug_stop
 * C: kernel/driver.c: memory_free
 * C: kernel/thread.c: thread_stop
 */
active proctype unbinder() {
	if
	:: true			/* at any time, or after the writer has ended */
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
 * This process runs when no other process can continue. If stall_ms is set, everything has ended then.
 * Otherwise a switch that does not end by itself runs until the writer gets a signal or the device is
 * unbound. In an undo, such a switch runs for ever, as doc/abi documents.
 */
active proctype watch() {
	timeout;
#ifdef STALL
	assert(all_gone)
#else
	assert(all_gone || (held && (undo || !interruptible || (!told && !unbinding))))
#endif
}
