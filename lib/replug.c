// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Moves a device from one state with memory blocks to another: unplugs it, then plugs
 * it.
 *
 * Neither the module nor the driver of Linux 7.3 brings an "offline" device online directly, or
 * changes one online state to another. They return EBUSY. If the plug fails, the device gets its
 * previous state back. Neither a signal nor a deadline ends that restoration.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

/*
 * Bring an unplugged device to "offline". That word cannot be written, because it is only an
 * initial state. So the driver is unbound and bound again. dp_bind() sets auto_online_blocks to
 * offline. The module's parameter "policy" can have an entry for the device, which has precedence
 * over auto_online_blocks. So this function sets that entry to offline, too, and restores it
 * afterwards. The device is unplugged, so the unbind removes no memory.
 */
int dp_rebind_offline(struct daxplug_change *c)
{
	struct dp_settings s = { 0 };
	enum daxplug_state now;
	enum dp_mode mode;
	bool borrowed;
	char word[ATTR_MAX];
	int err;

	err = daxplug_device_get_state(c->dev, &now);
	if (!err && now != DAXPLUG_STATE_UNPLUGGED)
		err = -EBUSY;
	if (err)
		return err;
	/* This function is part of an undo, in which the state is more important than a setting. */
	err = dp_settings_save(c->dev, &s);
	if (err)
		dp_log(c, DAXPLUG_LOG_WARNING, "a setting in plug/ is lost: it cannot be read: %s",
		       strerror(-err));
	err = dp_initial_state_borrow(c, word, sizeof(word));
	borrowed = !err;
	if (borrowed)
		dp_log(c, DAXPLUG_LOG_INFO, "plug/policy is offline while kmem is bound");
	else if (err == -ENOENT)
		err = 0;
	/* The device has no driver if an undo of memmap_on_memory has failed. */
	if (!err && dp_read_mode(c->dev) != MODE_UNBOUND)
		err = dp_unbind(c->dev);
	if (!err)
		err = dp_bind(c, c->dev);
	if (!err)
		err = dp_wait_settled_mode(c, &mode);
	if (borrowed)
		dp_initial_state_give_back(c, word);
	dp_settings_restore(c, &s);
	dp_log(c, DAXPLUG_LOG_INFO, "the settings in plug/ have been put back");
	return err;
}

/* Do the unplug or the plug, with the backend that the device has now. */
static int change_with_backend(struct daxplug_change *c, enum daxplug_state from,
			       enum daxplug_state to)
{
	enum daxplug_state before = c->before;
	enum dp_mode mode;
	int err = dp_get_mode(c->dev, &mode);

	c->plug = to != DAXPLUG_STATE_UNPLUGGED;
	if (err)
		return err;
	c->before = from;
	c->next_ms = 0;
	if (mode == MODE_MODULE || mode == MODE_NATIVE)
		err = dp_attribute_change(c, to);
	else
		err = dp_byblock_change(c, to);
	c->before = before;
	return err;
}

/*
 * Restore the previous state, and read the state to see whether that has succeeded. The
 * first error stays the one that is reported.
 */
static void restore_state_before(struct daxplug_change *c)
{
	struct daxplug_change failed = *c;
	enum daxplug_state now;

	c->undoing = true;
	if (c->lock >= 0)
		dp_save_requested_state(c->dev, c->before);
	dp_memmap_undo(c);
	if (c->before == DAXPLUG_STATE_OFFLINE)
		dp_rebind_offline(c);
	else if (c->before != DAXPLUG_STATE_INCONSISTENT)
		change_with_backend(c, DAXPLUG_STATE_UNPLUGGED, c->before);
	c->restored = !daxplug_device_get_state(c->dev, &now) &&
		      now == c->before;
	if (c->restored || failed.stuck != DAXPLUG_NO_BLOCK)
		c->stuck = failed.stuck;
	c->step = failed.step;
	c->block = failed.block;
	c->limit = failed.limit;
	c->needed = failed.needed;
	c->available = failed.available;
}

int dp_replug(struct daxplug_change *c, enum daxplug_state want)
{
	int err = change_with_backend(c, c->before, DAXPLUG_STATE_UNPLUGGED);

	c->plug = true;
	/* Even after an error it may be unplugged, for example if the write was killed. */
	if (!dp_is_unplugged(c->dev)) {
		if (!c->step)
			c->step = DAXPLUG_STEP_UNPLUG;
		return err ? err : -EBUSY;
	}
	c->step = DAXPLUG_STEP_NONE;
	c->block = DAXPLUG_NO_BLOCK;
	c->stuck = DAXPLUG_NO_BLOCK;
	c->undoing = false;
	if (c->lock >= 0)
		dp_save_requested_state(c->dev, want);
	err = dp_check_stop(c);
	if (!err)
		err = dp_memmap_choose(c, c->memmap);
	if (!err)
		err = change_with_backend(c, DAXPLUG_STATE_UNPLUGGED, want);
	if (err && dp_is_unplugged(c->dev)) {
		if (!c->step)
			c->step = DAXPLUG_STEP_PLUG;
		restore_state_before(c);
		c->plug = true;
	}
	return err;
}
