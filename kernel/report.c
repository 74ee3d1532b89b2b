// SPDX-License-Identifier: GPL-2.0-only
/* Reports changes of a device's state by poll() and uevents; see report.h. */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "block_table.h"
#include "memory.h"
#include "report.h"

void report_state_change(struct kmem_memory *mem)
{
	enum device_state now = table_device_state(mem);
	struct kmem_report *report = &mem->report;
	char state[32], prev[32];
	char *env[] = { state, prev, NULL };

	lockdep_assert_held(&mem->lock);
	if (now == report->state)
		return;

	scnprintf(state, sizeof(state), "DAX_STATE=%s", state_name(now));
	scnprintf(prev, sizeof(prev), "DAX_STATE_PREV=%s", state_name(report->state));
	WRITE_ONCE(report->state, now);
	if (!mem->dev)
		return;
	sysfs_notify(&mem->dev->kobj, NULL, "state");
	sysfs_notify(&mem->dev->kobj, NULL, "hotplug");
	kobject_uevent_env(&mem->dev->kobj, KOBJ_CHANGE, env);
}

static void report_work(struct work_struct *work)
{
	struct kmem_memory *mem = container_of(work, struct kmem_memory, report.work);

	/*
	 * This worker gets no signal, so the call always takes the lock. It sleeps
	 * interruptibly only so that the kernel does not report a long wait as a hung
	 * task.
	 */
	if (mutex_lock_interruptible(&mem->lock))
		return;
	report_state_change(mem);
	mutex_unlock(&mem->lock);
}

void report_setup(struct kmem_memory *mem)
{
	INIT_WORK(&mem->report.work, report_work);
	mem->report.state = STATE_UNPLUGGED;
}

void report_stop(struct kmem_memory *mem)
{
	cancel_work_sync(&mem->report.work);
}

void report_schedule(struct kmem_memory *mem, enum device_state state)
{
	if (state != READ_ONCE(mem->report.state))
		schedule_work(&mem->report.work);
}
