/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports changes of a device's state: wakes poll() on `state` and `hotplug` and sends a
 * uevent. A transaction is reported at its end, if the state is not the one reported last.
 * Several quick changes by other tasks may be reported as one. They are not reported if the
 * state is again the one reported last.
 */
#ifndef DAXPLUG_KERNEL_REPORT_H
#define DAXPLUG_KERNEL_REPORT_H

#include <linux/workqueue.h>

#include "state.h"

struct kmem_memory;

/**
 * struct kmem_report - what was reported last
 * @state: the state at the last report. If no device was bound at that time, no uevent was
 *	sent. kmem_memory.lock protects this member; report_schedule() reads it without the
 *	lock.
 * @work: work that reports changes made by other tasks
 */
struct kmem_report {
	enum device_state state;
	struct work_struct work;
};

/** report_setup() - initialize a new memory, which is unplugged */
void report_setup(struct kmem_memory *mem);

/**
 * report_stop() - wait until no report is running or scheduled
 *
 * Context: may sleep. @mem is no longer in the block table. The caller does not hold
 * @mem->lock.
 */
void report_stop(struct kmem_memory *mem);

/**
 * report_schedule() - report later, in a work item, unless the last report was of @state
 * @mem: the memory
 * @state: its state now
 *
 * Context: any; for callers that must not take @mem->lock.
 */
void report_schedule(struct kmem_memory *mem, enum device_state state);

/**
 * report_state_change() - report the state now, unless the last report was of this state
 *
 * Context: may sleep; the caller holds @mem->lock.
 */
void report_state_change(struct kmem_memory *mem);

#endif
