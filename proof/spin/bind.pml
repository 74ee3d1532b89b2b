/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Ownership of the memory: two dax devices with the same addresses, bound and unbound at any time,
 * memory that the stock driver left there, another writer of blocks, hibernation, and the unload of
 * the module.
 *
 * A device has one block here, and a transaction is one step or a failure. The steps of a transaction
 * are in protocol.pml. This model checks from when to when a struct kmem_memory exists, and which
 * device it belongs to.
 *
 * Configurations: STOCK (the stock driver has left a block there), NO_POWER (the system does not
 * hibernate), FAULT_* (one mechanism is removed; proof/spin/run lists them).
 */

#define NONE 255
#define NR_MEM 2	/* the allocation of a third one at the same time fails */

#define ABSENT 0
#define OFFLINE 1
#define ONLINE 2

byte blk = ABSENT;	/* the block at the addresses of both devices */
bit stock;		/* the stock driver has added the block, and is unloaded */

/* struct kmem_memory, one for each device that is bound or has been unbound with memory online */
typedef memory {
	bit used;		/* allocated and not freed */
	bit watched;		/* in the block table, between table_watch() and table_unwatch() */
	byte dev;		/* kmem_memory.dev, NONE if NULL */
	bit present;		/* the block belongs to it */
	bit pinned;
	bit busy;		/* kmem_memory.lock */
	bit report;		/* kmem_report.work is queued */
	bit unbinding
};
memory mem[NR_MEM];

byte drvdata[2] = NONE;	/* dev_get_drvdata() */
bit bound[2];		/* the device is bound, and its files exist */
bit binding[2];		/* the driver core holds the device's lock for a bind or an unbind */
bit bind_lock;
byte pins;		/* references on the module */
bit going;		/* the unload has begun: try_module_get() fails */
bit unloaded;
bit writing[2];	/* a task is in a write to a file of the device */

/* kernel/power.c, protected by power_lock */
byte devices_with_blocks;
bit hibernating, image;

#define USED(m) assert(mem[m].used)

/*
 * C: kernel/plug.c: get_module_ref
 * C: kernel/power.c: power_count_memory
 */
inline pin(m, ok) {
	if
	:: mem[m].pinned -> ok = 1
	:: atomic {
		!mem[m].pinned && !going -> mem[m].pinned = 1; pins++; ok = 1
#ifndef FAULT_NOT_COUNTED
		; devices_with_blocks++
#endif
	   }
	:: !mem[m].pinned && going ->
#ifdef FAULT_NO_PIN_NEEDED
		ok = 1
#else
		ok = 0
#endif
	fi
}

/* C: kernel/plug.c: put_module_ref_if_unused */
inline unpin(m) {
	atomic {
		if
		:: mem[m].pinned && !mem[m].present ->
			mem[m].pinned = 0; pins--
#ifndef FAULT_NOT_COUNTED
			; devices_with_blocks--
#endif
		:: else
		fi
	}
}

/*
 * C: kernel/plug.c: transact
 * C: kernel/plug.c: check_transaction
 * C: kernel/plug.c: check_foreign
 * C: kernel/power.c: power_check_plug
 */
inline transact_plug(m, ok) {
	USED(m);
#ifdef FAULT_POWER_ASKED_FIRST
	if
	:: hibernating -> ok = 0
	:: !hibernating -> ok = 1
	fi;
	if
	:: ok -> pin(m, ok)
	:: else
	fi;
#else
	pin(m, ok);
	if
	:: ok && hibernating -> ok = 0
	:: else
	fi;
#endif
	if
	:: ok ->
		atomic {
			if
			:: blk == ABSENT || mem[m].present ->
				/* No block is added while an image is written, or after the unload. */
				assert(!image);
				assert(!unloaded);
				blk = ONLINE; mem[m].present = 1
			:: true		/* undone, or refused because of another driver's block */
			:: blk == ABSENT -> blk = OFFLINE; mem[m].present = 1	/* the undo failed */
			fi
		}
	:: else
	fi;
	unpin(m)
}

inline transact_unplug(m) {
	USED(m);
	atomic {
		if
		:: mem[m].present -> blk = ABSENT; stock = 0; mem[m].present = 0
		:: true		/* undone */
		fi
	};
	unpin(m)
}

#define LOCK(m) atomic { USED(m); !mem[m].busy -> mem[m].busy = 1 }
#define UNLOCK(m) atomic { USED(m); mem[m].busy = 0 }

/* C: kernel/plug.c: plug_request */
inline plug_request(m) {
	LOCK(m);
	if
	:: mem[m].unbinding -> skip
	:: !mem[m].unbinding -> transact_plug(m, ok)
	:: !mem[m].unbinding && mem[m].present -> transact_unplug(m)
	fi;
	UNLOCK(m)
}

/*
 * The block has changed. A report is queued for the memory that is watched at these addresses.
 * C: kernel/block_table.c: table_find
 * C: kernel/guard.c: report_change
 */
inline report_change() {
	d_step {
		if
		:: mem[0].watched -> mem[0].report = 1
		:: !mem[0].watched && mem[1].watched -> mem[1].report = 1
		:: else
		fi
	}
}

/* C: kernel/driver.c: memory_alloc */
inline memory_alloc(m) {
	atomic {
		if
		:: !mem[0].used -> m = 0
		:: mem[0].used && !mem[1].used -> m = 1
		:: else -> m = NONE
		fi;
		if
		:: m != NONE -> mem[m].used = 1; mem[m].dev = NONE
		:: else
		fi
	}
}

/* C: kernel/driver.c: memory_free */
inline memory_free(m) {
	atomic {
		USED(m);
		/* No device, list or work refers to the memory, and it has no block. */
		assert(!mem[m].watched && !mem[m].present && !mem[m].pinned && !mem[m].busy);
		assert(!mem[m].report);
		assert(drvdata[0] != m && drvdata[1] != m);
		mem[m].used = 0; mem[m].unbinding = 0; mem[m].dev = NONE
	}
}

/* C: kernel/block_table.c: table_find_overlap */
#define OVERLAP(m) (mem[1 - (m)].used && mem[1 - (m)].watched)

/*
 * C: kernel/driver.c: claim_addresses
 * C: kernel/driver.c: give_memory_back
 * C: kernel/driver.c: memory_register
 * C: kernel/block_table.c: table_watch
 * C: kernel/guard.c: guard_note_device_bound
 */
#ifdef FAULT_NO_BIND_LOCK
#define BIND_LOCK skip
#define BIND_UNLOCK skip
#else
#define BIND_LOCK atomic { !bind_lock -> bind_lock = 1 }
#define BIND_UNLOCK bind_lock = 0
#endif
inline claim_addresses(d, m, err) {
	BIND_LOCK;
	if
	:: !OVERLAP(m) ->
		mem[m].dev = d;
		if
		:: atomic { true ->
			mem[m].watched = 1;
			/* No address belongs to two memories. */
			assert(!mem[1 - m].watched)
		   };
			err = 0
		:: mem[m].dev = NONE; err = 2		/* no memory for the group */
		fi
#ifdef FAULT_TAKES_WHAT_IS_BOUND
	:: OVERLAP(m) ->
#else
	:: OVERLAP(m) && mem[1 - m].dev == NONE ->
#endif
		LOCK(1 - m);
		mem[1 - m].dev = d;
		mem[1 - m].unbinding = 0;
		UNLOCK(1 - m);
		drvdata[d] = 1 - m;
		err = 1
	:: OVERLAP(m) && mem[1 - m].dev != NONE -> err = 2
	fi;
	BIND_UNLOCK
}

/*
 * C: kernel/plug.c: plug_adopt
 * C: kernel/adopt.c: adopt_range
 */
inline plug_adopt(m, ok) {
	LOCK(m);
	ok = 0;
	if
	:: blk != ABSENT ->
		pin(m, ok);
		atomic {
			if
			:: ok && stock && blk != ABSENT && !mem[1 - m].present -> mem[m].present = 1
			:: else -> ok = 0
			fi
		};
		unpin(m)
	:: else
	fi;
	UNLOCK(m)
}

/* C: kernel/plug.c: plug_start */
inline plug_start(m, ok) {
	LOCK(m);
	if
	:: transact_plug(m, ok)
	:: true			/* the policy is "unplugged" */
	fi;
	UNLOCK(m)
}

/*
 * C: kernel/driver.c: end_memory
 * C: kernel/plug.c: plug_stop
 * C: kernel/driver.c: memory_unregister
 * C: kernel/block_table.c: table_unwatch
 * C: kernel/driver.c: log_memory_kept
 * C: kernel/guard.c: guard_is_device_removed
 */
inline end_memory(d, m, ok) {
	drvdata[d] = NONE;
	BIND_LOCK;
	LOCK(m);
	if
	:: mem[m].present && blk != ONLINE -> transact_unplug(m)
	:: else
	fi;
	ok = !mem[m].present;
	mem[m].dev = NONE;
	UNLOCK(m);
	if
	:: ok ->
#ifdef FAULT_REPORT_CANCELLED_FIRST
		atomic { !mem[m].busy -> mem[m].report = 0 };
		mem[m].watched = 0
#else
		mem[m].watched = 0;
		/* cancel_work_sync() waits while report_work() runs. */
		atomic { !mem[m].busy -> mem[m].report = 0 }
#endif
	:: else
	fi;
#ifdef FAULT_TOLD_AFTER_UNLOCK	/* a fault of the driver that this model found */
	BIND_UNLOCK;
	if
	:: ok -> memory_free(m)
	:: !ok -> USED(m)
	fi
#else
	if
	:: !ok -> USED(m)		/* log_memory_kept() reads the memory */
	:: else
	fi;
	BIND_UNLOCK;
	if
	:: ok -> memory_free(m)
	:: else
	fi
#endif
}

/*
 * C: kernel/driver.c: kmem_bind
 * C: kernel/driver.c: kmem_unbind
 * C: kernel/driver.c: unbind_event
 * C: kernel/plug.c: plug_interrupt
 *
 * The driver core holds the device's lock during a bind and during an unbind. It creates the files
 * after the bind. Before the unbind it removes them and waits for the tasks that use them.
 */
proctype device(byte d) {
	byte m, err;
	bit ok;

end_device:
	do
	:: atomic { !bound[d] && !going && !unloaded -> binding[d] = 1 };
		memory_alloc(m);
		if
		:: m != NONE -> claim_addresses(d, m, err)
		:: m == NONE -> err = 3
		fi;
		if
		:: err == 3		/* no memory */
		:: err == 0 ->
			drvdata[d] = m;
			plug_adopt(m, ok);
			if
			:: !ok ->
				plug_start(m, ok);
				if
				:: bound[d] = 1
				:: !mem[m].present -> end_memory(d, m, ok)	/* the block could not be added */
				fi
			:: else -> bound[d] = 1
			fi
		:: err == 1 -> memory_free(m); bound[d] = 1
		:: err == 2 -> memory_free(m)
		fi;
		atomic { m = 0; err = 0; ok = 0; binding[d] = 0 }
	:: atomic { bound[d] -> binding[d] = 1; m = drvdata[d]; assert(m != NONE) };
		if
		:: going || true ->
			USED(m);
			mem[m].unbinding = 1;
			/* The files are removed after the last write has ended. */
			atomic { !writing[d] -> bound[d] = 0 };
			end_memory(d, m, ok)
		fi;
		atomic { m = 0; ok = 0; binding[d] = 0 }
	od
}



proctype writer(byte d) {
	byte m;
	bit ok;

end_writer:
	do
	:: atomic { bound[d] && !writing[d] -> writing[d] = 1; m = drvdata[d]; assert(m != NONE) };
		plug_request(m);
		atomic { writing[d] = 0; m = 0; ok = 0 }
	od
}

/*
 * Another task switches the block.
 * C: kernel/guard.c: guard_event
 */
active proctype other() {
end_other:
	do
	:: atomic { blk == OFFLINE -> blk = ONLINE; report_change() }
	:: atomic { blk == ONLINE -> blk = OFFLINE; report_change() }
	od
}

/*
 * C: kernel/report.c: report_work
 * C: kernel/report.c: report_state_change
 */
active proctype worker() {
	byte m;

end_worker:
	do
	:: atomic { mem[0].report && !mem[0].busy -> mem[0].report = 0; USED(0); mem[0].busy = 1; m = 0 };
		UNLOCK(m); m = 0
	:: atomic { mem[1].report && !mem[1].busy -> mem[1].report = 0; USED(1); mem[1].busy = 1; m = 1 };
		UNLOCK(m); m = 0
	od
}

#ifndef NO_POWER
/*
 * The system hibernates at any time, unless power_event() refuses it.
 * C: kernel/power.c: power_event
 */
active proctype power() {
end_power:
	do
	:: atomic { !hibernating -> hibernating = !devices_with_blocks };
		if
		:: hibernating ->
			/*
			 * The image is written. It contains no memory that this module has added. Memory
			 * that the stock driver has left is not counted until it is adopted. It can be
			 * adopted even now, because plug_adopt() does not call power_check_plug(). That is
			 * harmless, because this memory was already present.
			 */
			atomic { assert((!mem[0].present && !mem[1].present) || stock); image = 1 };
			image = 0;
			hibernating = 0
		:: else
		fi
	od
}
#endif

/*
 * rmmod. It begins only while there is no module reference. Then the driver core unbinds every device.
 * C: kernel/driver.c: kmem_exit
 */
active proctype unloader() {
end_unloader:
	atomic { pins == 0 -> going = 1 };
	/* In kmem_exit(), dax_driver_unregister() returns when no device is bound or being bound. */
	atomic {
		!bound[0] && !bound[1] && !binding[0] && !binding[1] -> unloaded = 1;
		/* After the unload nothing is left: no memory, no block of this module, no count. */
		assert(!mem[0].used && !mem[1].used);
		assert(blk == ABSENT || stock);
		assert(devices_with_blocks == 0 && pins == 0)
	}
}

init {
	atomic {
		mem[0].dev = NONE; mem[1].dev = NONE;
#ifdef STOCK
		blk = ONLINE; stock = 1;
#endif
		run device(0); run device(1); run writer(0); run writer(1)
	}
}
