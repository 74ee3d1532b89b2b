// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The public functions that change a device. One of them starts a change and returns;
 * the others return when the change has ended.
 */
#include <errno.h>

#include "internal.h"

/* Choose the function for an action. Return: 0; -EINVAL for an invalid action or target. */
static int plan_job(struct dp_job *job, enum daxplug_action action, int to)
{
	enum daxplug_state want = DAXPLUG_STATE_UNPLUGGED;
	int err = 0;

	job->plug = action != DAXPLUG_ACTION_UNPLUG;
	switch (action) {
	case DAXPLUG_ACTION_PLUG:
		err = daxplug_zone_state((enum daxplug_zone)to, &want);
		job->fn = dp_change_state;
		job->want = (int)want;
		return err;
	case DAXPLUG_ACTION_UNPLUG:
		job->fn = dp_change_state;
		job->want = (int)want;
		return to ? -EINVAL : 0;
	case DAXPLUG_ACTION_REPAIR:
		job->fn = dp_repair;
		return to ? -EINVAL : 0;
	case DAXPLUG_ACTION_SET_MODE:
		job->fn = dp_change_mode;
		job->want = to;
		return to != DAXPLUG_MODE_DEVDAX && to != DAXPLUG_MODE_SYSTEM_RAM ?
			-EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/*
 * Refuse a change before it starts. The result has the current state of the device as the state
 * before the change and as the state after it.
 */
static int refuse_change(struct daxplug_change *c, const struct dp_job *job, int err)
{
	int busy = c ? dp_change_claim(c) : 0;

	if (busy == -EALREADY)
		return busy;
	if (c) {
		dp_change_reset(c, job->dev, job->plug);
		dp_read_state_after(c);
		c->before = c->after;
		c->before_err = c->after_err;
		c->dev = NULL;
	}
	return busy ? busy : err;
}

int daxplug_change_start(struct daxplug_change *change, struct daxplug_device *dev,
			 enum daxplug_action action, int to)
{
	struct dp_job job = { .dev = dev, .ref = dev };
	int err = plan_job(&job, action, to);

	return err ? refuse_change(change, &job, err) : dp_change_start(change, &job);
}

static int change_and_wait(const struct daxplug_device *dev,
			   enum daxplug_action action, int to,
			   struct daxplug_change *change)
{
	struct dp_job job = { .dev = dev };
	int err = plan_job(&job, action, to);

	return err ? refuse_change(change, &job, err) : dp_change_run(change, &job);
}

int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone, struct daxplug_change *change)
{
	return change_and_wait(dev, DAXPLUG_ACTION_PLUG, (int)zone, change);
}

int daxplug_device_unplug(const struct daxplug_device *dev,
			  struct daxplug_change *change)
{
	return change_and_wait(dev, DAXPLUG_ACTION_UNPLUG, 0, change);
}

int daxplug_device_repair(const struct daxplug_device *dev,
			  struct daxplug_change *change)
{
	return change_and_wait(dev, DAXPLUG_ACTION_REPAIR, 0, change);
}

int daxplug_device_set_mode(const struct daxplug_device *dev,
			    enum daxplug_mode mode, struct daxplug_change *change)
{
	return change_and_wait(dev, DAXPLUG_ACTION_SET_MODE, (int)mode, change);
}

int daxplug_device_check_mode(const struct daxplug_device *dev,
			      enum daxplug_mode mode, struct daxplug_change *change)
{
	struct dp_job job = { .dev = dev, .fn = dp_check_mode, .want = (int)mode };

	if (mode != DAXPLUG_MODE_DEVDAX && mode != DAXPLUG_MODE_SYSTEM_RAM)
		return -EINVAL;
	job.plug = true;
	return dp_change_run(change, &job);
}
