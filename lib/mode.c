// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From one driver to another: device_dax, whose file programs map, or kmem, which
 * makes the device system RAM.
 *
 * A device that is in use is left alone. It is looked at before its driver lets go of
 * it, and once more afterwards, because others do not wait for the library. Whatever
 * fails, the device is brought back to the driver that it had. No signal and no
 * deadline ends the way back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static int fail(struct daxplug_change *c, enum daxplug_step step, int err)
{
	if (err && !c->step)
		c->step = step;
	return err;
}

static void keep_first(const struct daxplug_user *user, void *data)
{
	struct daxplug_change *c = data;

	if (c->holder.pid)
		return;
	c->holder.pid = user->pid;
	strncpy(c->holder.name, user->name, sizeof(c->holder.name) - 1);
}

/* Who cannot see whether it is used takes it to be used. */
static int check_users(struct daxplug_change *c)
{
	int n = daxplug_device_each_user(c->dev, keep_first, c);

	return fail(c, DAXPLUG_STEP_USERS, n > 0 ? -EBUSY : n);
}

static int check_unplugged(struct daxplug_change *c)
{
	enum daxplug_state state;
	int err = daxplug_device_get_state(c->dev, &state);

	if (!err && state != DAXPLUG_STATE_UNPLUGGED)
		err = -EBUSY;
	return fail(c, DAXPLUG_STEP_STATE, err);
}

/* Nobody uses blocks that are offline. Those that no driver has were left behind. */
static int check_not_in_use(struct daxplug_change *c, enum daxplug_mode is)
{
	enum daxplug_state state;

	if (is == DAXPLUG_MODE_SYSTEM_RAM &&
	    !daxplug_device_get_state(c->dev, &state) &&
	    state == DAXPLUG_STATE_OFFLINE)
		return 0;
	return check_unplugged(c);
}

/* The kernel's older driver would crash in letting go of what is not all there. */
static int check_unbind(struct daxplug_change *c)
{
	struct dp_blocks blocks;
	int err;

	if (dp_mode(c->dev) != MODE_BLOCKS)
		return 0;
	err = dp_blocks_load(c->dev, &blocks);
	if (err)
		return fail(c, DAXPLUG_STEP_STATE, err);
	err = dp_may_unbind(c->dev, &blocks);
	dp_blocks_free(&blocks);
	return fail(c, DAXPLUG_STEP_UNBIND, err);
}

/* Would kmem take it? */
static int check_memory(struct daxplug_change *c)
{
	uint64_t usable;
	int err;

	if (dp_overlaps(c->dev))
		return fail(c, DAXPLUG_STEP_OVERLAP, -EBUSY);
	err = dp_may_bind(c->dev);
	if (err)
		return fail(c, err == -EBUSY ? DAXPLUG_STEP_LEFT_BEHIND : DAXPLUG_STEP_BIND, err);
	if (!daxplug_device_get_usable(c->dev, &usable) && !usable)
		return fail(c, DAXPLUG_STEP_SIZE, -EINVAL);
	if (c->dev->target_node < 0)
		return fail(c, DAXPLUG_STEP_NODE, -EINVAL);
	return 0;
}

/*
 * Would device_dax take it? Without memory for its page structures the kernel does not
 * bind it, and up to 6.12 at least it loses what it had taken for them until reboot.
 */
static int check_space(struct daxplug_change *c)
{
	uint64_t needed, available;

	/* The page structures of blocks that are offline are given back before. */
	if (c->before != DAXPLUG_STATE_UNPLUGGED ||
	    !dp_space_for_devdax(c->dev, &needed, &available) || needed <= available)
		return 0;
	c->needed = needed;
	c->available = available;
	return fail(c, DAXPLUG_STEP_BIND, -ENOMEM);
}

static int check_rights(struct daxplug_change *c, enum daxplug_mode is,
			enum daxplug_mode want)
{
	int err = dp_may_write_driver(c->dev, want, "bind");

	if (err == -EOPNOTSUPP)
		return fail(c, DAXPLUG_STEP_BIND, err);
	if (!err && is != DAXPLUG_MODE_NONE)
		err = dp_may_write_driver(c->dev, is, "unbind");
	return fail(c, DAXPLUG_STEP_OPEN, err);
}

/* What prevents it, as far as that can be known before. Changes nothing. */
static int check(struct daxplug_change *c, enum daxplug_mode is,
		 enum daxplug_mode want)
{
	int err;

	if (is == DAXPLUG_MODE_OTHER)
		return fail(c, DAXPLUG_STEP_DRIVER, -EOPNOTSUPP);
	err = check_rights(c, is, want);
	if (!err && want == DAXPLUG_MODE_DEVDAX) {
		err = check_not_in_use(c, is);
		if (!err)
			err = check_unbind(c);
		if (!err)
			err = check_space(c);
	} else if (!err) {
		err = check_users(c);
		if (!err)
			err = check_memory(c);
	}
	return err;
}

/*
 * The blocks that are offline go. A driver that has no switch for the whole device
 * takes them away itself when it is unbound.
 */
static int take_blocks_out(struct daxplug_change *c)
{
	enum dp_mode mode = dp_mode(c->dev);

	if (mode != MODE_MODULE && mode != MODE_NATIVE)
		return 0;
	c->plug = false;
	return dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
}

static int leave(struct daxplug_change *c, enum daxplug_mode is)
{
	int err;

	/* Nothing is begun after a signal, or after the deadline. */
	err = dp_stopped(c);
	if (err || is == DAXPLUG_MODE_NONE)
		return err;
	c->begun = true;
	if (is == DAXPLUG_MODE_SYSTEM_RAM && c->before == DAXPLUG_STATE_OFFLINE) {
		err = take_blocks_out(c);
		if (!err)
			err = dp_stopped(c);
		if (err)
			return err;
	}
	err = is == DAXPLUG_MODE_DEVDAX ? dp_unbind_devdax(c, c->dev) :
	      dp_unbind(c->dev);
	return fail(c, DAXPLUG_STEP_UNBIND, err);
}

/* Somebody was quicker: memory that was plugged meanwhile has no driver now. */
static int check_again(struct daxplug_change *c, enum daxplug_mode want)
{
	int err;

	if (want == DAXPLUG_MODE_SYSTEM_RAM)
		return check_users(c);
	err = check_unplugged(c);
	if (err == -EBUSY)
		dp_note_left_behind(c->dev);
	return err;
}

static int join(struct daxplug_change *c, enum daxplug_mode want)
{
	int err;

	if (want == DAXPLUG_MODE_DEVDAX)
		return fail(c, DAXPLUG_STEP_BIND, dp_bind_devdax(c, c->dev));
	err = dp_bind(c, c->dev);
	while (!err && dp_mode(c->dev) == MODE_BINDING)
		err = dp_tick(c);
	return fail(c, DAXPLUG_STEP_BIND, err);
}

/*
 * The driver that has bound it again has given it a starting state, which need not
 * be the state that it had.
 */
static void restore_state(struct daxplug_change *c)
{
	if (c->before == DAXPLUG_STATE_UNPLUGGED && !dp_is_unplugged(c->dev))
		take_blocks_out(c);
	else if (c->before == DAXPLUG_STATE_OFFLINE && dp_is_unplugged(c->dev))
		dp_rebind_offline(c);
}

/* The first error stays the one that is reported. */
static void go_back(struct daxplug_change *c, enum daxplug_mode to,
		    const struct dp_settings *settings)
{
	struct dp_holder holder = c->holder;
	enum daxplug_step step = c->step;
	bool empty = dp_is_unplugged(c->dev);
	enum daxplug_mode now;

	c->undoing = true;
	if (to != DAXPLUG_MODE_NONE && !daxplug_device_get_mode(c->dev, &now) &&
	    now == DAXPLUG_MODE_NONE) {
		join(c, to);
		if (to == DAXPLUG_MODE_SYSTEM_RAM) {
			dp_settings_restore(c->dev, settings);
			dp_log(c, DAXPLUG_LOG_INFO, "the settings in plug/ have been put back");
		}
	}
	/* If it is not empty, somebody has plugged it meanwhile: that stays. */
	if (to == DAXPLUG_MODE_SYSTEM_RAM && empty)
		restore_state(c);
	c->holder = holder;
	c->step = step;
	c->block = DAXPLUG_NO_BLOCK;
	c->stuck = DAXPLUG_NO_BLOCK;
}

/* Of a device with kmem its driver alone does not tell. */
static bool is_as_before(const struct daxplug_change *c, enum daxplug_mode was,
			 enum daxplug_mode now)
{
	return now == was && (was == DAXPLUG_MODE_DEVDAX ||
			      (c->after_err == c->before_err &&
			       (c->after_err || c->after == c->before)));
}

/* The lock is held. */
static int locked_mode(struct daxplug_change *c, enum daxplug_mode is,
		       enum daxplug_mode want, struct dp_settings *settings)
{
	enum daxplug_mode now;
	int err = check(c, is, want);

	if (err)
		return err;
	dp_settings_save(c->dev, settings);
	err = leave(c, is);
	if (!err)
		err = check_again(c, want);
	if (!err)
		err = join(c, want);
	if (!daxplug_device_get_mode(c->dev, &now) && now == want) {
		/* Killed on its way, the write has been carried out all the same. */
		c->step = DAXPLUG_STEP_NONE;
		c->outcome = DAXPLUG_OUTCOME_DONE;
		return 0;
	}
	err = err ? err : fail(c, DAXPLUG_STEP_BIND, -EBUSY);
	go_back(c, is, settings);
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
	if (daxplug_device_get_mode(c->dev, &now) || !is_as_before(c, is, now))
		c->outcome = DAXPLUG_OUTCOME_INCONSISTENT;
	return err;
}

/* Return: 1, it is not so yet; 0, it is; or a negative errno. */
static int look(struct daxplug_change *c, enum daxplug_mode want,
		enum daxplug_mode *is)
{
	int err;

	if (dp_settled_mode(c) == MODE_BINDING)
		return fail(c, DAXPLUG_STEP_LOCK, c->stop);
	err = daxplug_device_get_mode(c->dev, is);
	if (err)
		return err;
	c->before_err = daxplug_device_get_state(c->dev, &c->before);
	c->after_err = c->before_err;
	c->after = c->before;
	if (*is != want)
		return 1;
	c->outcome = DAXPLUG_OUTCOME_NOTHING;
	return 0;
}

int dp_change_mode(struct daxplug_change *c, int mode)
{
	enum daxplug_mode want = (enum daxplug_mode)mode, is = DAXPLUG_MODE_NONE;
	struct dp_settings *settings;
	int lock, err;

	err = look(c, want, &is);
	if (err <= 0)
		return err;
	/* Who may not write is told so, and not that there is no lock for him. */
	err = is == DAXPLUG_MODE_OTHER ? check(c, is, want) : check_rights(c, is, want);
	if (err)
		return err;
	settings = calloc(1, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	lock = dp_lock(c, c->dev);
	err = lock < 0 ? fail(c, DAXPLUG_STEP_LOCK, lock) : look(c, want, &is);
	if (err > 0)
		err = locked_mode(c, is, want, settings);
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
	if (lock >= 0)
		dp_unlock(lock);
	free(settings);
	return err;
}

int dp_check_mode(struct daxplug_change *c, int mode)
{
	enum daxplug_mode want = (enum daxplug_mode)mode, is = DAXPLUG_MODE_NONE;
	int err = look(c, want, &is);

	return err > 0 ? check(c, is, want) : err;
}
