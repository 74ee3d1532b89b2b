// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Moves a device from one driver to another. With device_dax, programs can map the file of
 * the device. With kmem, the device is system RAM.
 *
 * A device that is in use is not changed. Its use is checked before its driver is
 * unbound, and again after that, because other programs may begin to use it meanwhile.
 * After any failure the device gets its previous driver back. Neither a signal nor a
 * deadline ends that restoration.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int record_step(struct daxplug_change *c, enum daxplug_step step, int err)
{
	if (err && !c->step)
		c->step = step;
	return err;
}

static void keep_first_user(const struct daxplug_user *user, void *data)
{
	struct daxplug_change *c = data;

	if (c->holder.pid)
		return;
	c->holder.pid = user->pid;
	strncpy(c->holder.name, user->name, sizeof(c->holder.name) - 1);
}

/* Refuse the move if a process uses the device, or if that cannot be found out. */
static int check_users(struct daxplug_change *c)
{
	int n = daxplug_device_each_user(c->dev, keep_first_user, c);

	return record_step(c, DAXPLUG_STEP_USERS, n > 0 ? -EBUSY : n);
}

static int check_unplugged(struct daxplug_change *c)
{
	enum daxplug_state state;
	int err = daxplug_device_get_state(c->dev, &state);

	if (!err && state != DAXPLUG_STATE_UNPLUGGED)
		err = -EBUSY;
	return record_step(c, DAXPLUG_STEP_STATE, err);
}

/*
 * With kmem, blocks that are offline are not in use. Without kmem, blocks that are offline are
 * orphaned, so a device without kmem must have the state "unplugged".
 */
static int check_not_in_use(struct daxplug_change *c, enum daxplug_mode is)
{
	enum daxplug_state state;

	if (is == DAXPLUG_MODE_SYSTEM_RAM &&
	    !daxplug_device_get_state(c->dev, &state) &&
	    state == DAXPLUG_STATE_OFFLINE)
		return 0;
	return check_unplugged(c);
}

/*
 * When a stock driver older than Linux 7.3 is unbound, it crashes the kernel if a block is
 * missing or orphaned.
 */
static int check_unbind(struct daxplug_change *c)
{
	struct dp_blocks blocks;
	enum dp_mode mode;
	int err = dp_get_mode(c->dev, &mode);

	if (!err && mode != MODE_BLOCKS)
		return 0;
	if (!err)
		err = dp_blocks_load(c->dev, &blocks);
	if (err)
		return record_step(c, DAXPLUG_STEP_STATE, err);
	err = dp_may_unbind(c->dev, &blocks);
	dp_blocks_free(&blocks);
	return record_step(c, DAXPLUG_STEP_UNBIND, err);
}

/* Check whether kmem can bind the device. */
static int check_kmem_may_bind(struct daxplug_change *c)
{
	uint64_t usable;
	int err = dp_check_overlap(c->dev);

	if (err)
		return record_step(c, DAXPLUG_STEP_OVERLAP, err < 0 ? err : -EBUSY);
	err = dp_may_bind(c->dev);
	if (err)
		return record_step(c, err == -EBUSY ? DAXPLUG_STEP_LEFT_BEHIND : DAXPLUG_STEP_BIND,
				   err);
	if (!daxplug_device_get_usable(c->dev, &usable) && !usable)
		return record_step(c, DAXPLUG_STEP_SIZE, -EINVAL);
	if (c->dev->target_node < 0)
		return record_step(c, DAXPLUG_STEP_NODE, -EINVAL);
	return 0;
}

/*
 * Check whether device_dax can bind the device. Without memory for its page structures
 * the kernel fails to bind it. At least up to 6.12, the kernel then does not free the page
 * structures that it has already allocated. They stay allocated until the next reboot.
 */
static int check_devdax_may_bind(struct daxplug_change *c)
{
	uint64_t needed, available;
	int err;

	/* If the device has blocks, their page structures are freed before the bind. */
	if (c->before != DAXPLUG_STATE_UNPLUGGED)
		return 0;
	err = dp_space_for_devdax(c->dev, &needed, &available);
	if (dp_keep_shortage(err))
		return record_step(c, DAXPLUG_STEP_STATE, err);
	if (err || needed <= available)
		return 0;
	c->needed = needed;
	c->available = available;
	return record_step(c, DAXPLUG_STEP_BIND, -ENOMEM);
}

static int check_rights(struct daxplug_change *c, enum daxplug_mode is,
			enum daxplug_mode want)
{
	int err = dp_may_write_driver(c->dev, want, "bind");

	if (err == -EOPNOTSUPP)
		return record_step(c, DAXPLUG_STEP_BIND, err);
	if (!err && is != DAXPLUG_MODE_NONE)
		err = dp_may_write_driver(c->dev, is, "unbind");
	return record_step(c, DAXPLUG_STEP_OPEN, err);
}

/* Check what prevents the move, as far as that can be known before. Changes nothing. */
static int check_move(struct daxplug_change *c, enum daxplug_mode is, enum daxplug_mode want)
{
	int err;

	if (is == DAXPLUG_MODE_OTHER)
		return record_step(c, DAXPLUG_STEP_DRIVER, -EOPNOTSUPP);
	err = check_rights(c, is, want);
	if (!err && want == DAXPLUG_MODE_DEVDAX) {
		err = check_not_in_use(c, is);
		if (!err)
			err = check_unbind(c);
		if (!err)
			err = check_devdax_may_bind(c);
	} else if (!err) {
		err = check_users(c);
		if (!err)
			err = check_kmem_may_bind(c);
	}
	return err;
}

/*
 * Remove the blocks. Before an unbind they are offline. After a failed move they may be online. A
 * driver that cannot change a whole device removes them when it is unbound.
 */
static int remove_blocks(struct daxplug_change *c)
{
	enum dp_mode mode;
	int err = dp_get_mode(c->dev, &mode);

	if (err || (mode != MODE_MODULE && mode != MODE_NATIVE))
		return record_step(c, DAXPLUG_STEP_STATE, err);
	c->plug = false;
	return dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
}

static int leave_driver(struct daxplug_change *c, enum daxplug_mode is)
{
	int err;

	/* After a signal or the deadline, nothing is begun any more. */
	err = dp_check_stop(c);
	if (err || is == DAXPLUG_MODE_NONE)
		return err;
	c->begun = true;
	if (is == DAXPLUG_MODE_SYSTEM_RAM && c->before == DAXPLUG_STATE_OFFLINE) {
		err = remove_blocks(c);
		if (!err)
			err = dp_check_stop(c);
		if (err)
			return err;
	}
	err = is == DAXPLUG_MODE_DEVDAX ? dp_unbind_devdax(c, c->dev) :
	      dp_unbind(c->dev);
	return record_step(c, DAXPLUG_STEP_UNBIND, err);
}

/* Memory that another program plugged meanwhile has no driver now, so it is orphaned. */
static int check_after_unbind(struct daxplug_change *c, enum daxplug_mode want)
{
	int err;

	if (want == DAXPLUG_MODE_SYSTEM_RAM)
		return check_users(c);
	err = check_unplugged(c);
	if (err == -EBUSY)
		dp_note_orphaned_blocks(c->dev);
	return err;
}

static int bind_driver(struct daxplug_change *c, enum daxplug_mode want)
{
	enum dp_mode mode;
	int err;

	if (want == DAXPLUG_MODE_DEVDAX)
		return record_step(c, DAXPLUG_STEP_BIND, dp_bind_devdax(c, c->dev));
	err = dp_bind(c, c->dev);
	if (!err)
		err = dp_wait_settled_mode(c, &mode);
	return record_step(c, DAXPLUG_STEP_BIND, err);
}

/*
 * The driver has put the device into its initial state when it was bound again. Restore the state
 * that the device had before the move.
 */
static void restore_state(struct daxplug_change *c)
{
	if (c->before == DAXPLUG_STATE_UNPLUGGED && !dp_is_unplugged(c->dev))
		remove_blocks(c);
	else if (c->before == DAXPLUG_STATE_OFFLINE && dp_is_unplugged(c->dev))
		dp_rebind_offline(c);
}

/* Restore the previous driver. The first error stays the one that is reported. */
static void restore_driver(struct daxplug_change *c, enum daxplug_mode to,
			   const struct dp_settings *settings)
{
	struct dp_holder holder = c->holder;
	enum daxplug_step step = c->step;
	bool empty = dp_is_unplugged(c->dev);
	enum daxplug_mode now;

	c->undoing = true;
	if (to != DAXPLUG_MODE_NONE && !daxplug_device_get_mode(c->dev, &now) &&
	    now == DAXPLUG_MODE_NONE) {
		bind_driver(c, to);
		if (to == DAXPLUG_MODE_SYSTEM_RAM) {
			dp_settings_restore(c, settings);
			dp_log(c, DAXPLUG_LOG_INFO, "the settings in plug/ have been put back");
		}
	}
	/*
	 * Do not change the state if the device had blocks at the beginning of this function.
	 * These blocks were not removed, or another program has plugged the device meanwhile.
	 */
	if (to == DAXPLUG_MODE_SYSTEM_RAM && empty)
		restore_state(c);
	c->holder = holder;
	c->step = step;
	c->block = DAXPLUG_NO_BLOCK;
	c->stuck = DAXPLUG_NO_BLOCK;
}

/*
 * With device_dax, it is sufficient to compare the drivers. With another driver or none, the
 * blocks can have changed, so compare the states, too.
 */
static bool is_as_before(const struct daxplug_change *c, enum daxplug_mode was,
			 enum daxplug_mode now)
{
	return now == was && (was == DAXPLUG_MODE_DEVDAX ||
			      (c->after_err == c->before_err &&
			       (c->after_err || c->after == c->before)));
}

/* The caller holds the lock of the device. */
static int move_under_lock(struct daxplug_change *c, enum daxplug_mode is, enum daxplug_mode want,
			   struct dp_settings *settings)
{
	enum daxplug_mode now;
	int err = check_move(c, is, want);

	if (err)
		return err;
	err = record_step(c, DAXPLUG_STEP_STATE, dp_settings_save(c->dev, settings));
	if (err)
		return err;
	err = leave_driver(c, is);
	if (!err)
		err = check_after_unbind(c, want);
	if (!err)
		err = bind_driver(c, want);
	if (!daxplug_device_get_mode(c->dev, &now) && now == want) {
		/* The bind may have succeeded although the write to "bind" returned an error. */
		c->step = DAXPLUG_STEP_NONE;
		c->outcome = DAXPLUG_OUTCOME_DONE;
		return 0;
	}
	err = err ? err : record_step(c, DAXPLUG_STEP_BIND, -EBUSY);
	restore_driver(c, is, settings);
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
	if (daxplug_device_get_mode(c->dev, &now) || !is_as_before(c, is, now))
		c->outcome = DAXPLUG_OUTCOME_INCONSISTENT;
	return err;
}

/*
 * Return: 1 if the device does not have the requested driver yet; 0 if it has; or a
 * negative errno.
 */
static int read_mode(struct daxplug_change *c, enum daxplug_mode want, enum daxplug_mode *is)
{
	enum dp_mode mode;
	int err = dp_wait_settled_mode(c, &mode);

	if (mode == MODE_BINDING)
		return record_step(c, DAXPLUG_STEP_LOCK, c->stop);
	if (!err)
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

	err = read_mode(c, want, &is);
	if (err <= 0)
		return err;
	/*
	 * Check the permissions before the lock, so that a user without them gets a
	 * clear error.
	 */
	err = is == DAXPLUG_MODE_OTHER ? check_move(c, is, want) : check_rights(c, is, want);
	if (err)
		return err;
	settings = calloc(1, sizeof(*settings));
	if (!settings)
		return -ENOMEM;
	lock = dp_lock(c, c->dev);
	err = lock < 0 ? record_step(c, DAXPLUG_STEP_LOCK, lock) : read_mode(c, want, &is);
	if (err > 0)
		err = move_under_lock(c, is, want, settings);
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
	if (lock >= 0)
		dp_unlock(lock);
	free(settings);
	return err;
}

int dp_check_mode(struct daxplug_change *c, int mode)
{
	enum daxplug_mode want = (enum daxplug_mode)mode, is = DAXPLUG_MODE_NONE;
	int err = read_mode(c, want, &is);

	return err > 0 ? check_move(c, is, want) : err;
}
