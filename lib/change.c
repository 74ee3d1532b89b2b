// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A change from its beginning to its end, with any backend: take the lock, bind the
 * device if needed, change it, and read its state. If the device has the requested state
 * afterwards, the change has succeeded, even if a step has returned an error.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

void dp_read_state_after(struct daxplug_change *c)
{
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
}

/*
 * A device that was just bound has taken its initial state. Unplug it, unless its initial
 * state is the requested state and its page structures are where c->memmap requests.
 */
static int start_from_unplugged(struct daxplug_change *c,
				enum daxplug_state want)
{
	enum daxplug_state now;
	enum dp_mode mode;
	int err = daxplug_device_get_state(c->dev, &now);

	if (err || now == DAXPLUG_STATE_UNPLUGGED)
		return err;
	err = dp_get_mode(c->dev, &mode);
	if (err)
		return err;
	if (dp_memmap_differs(c->dev, mode, c->memmap)) {
		/*
		 * The memory existed before the bind, without a driver, and it is in use. To move
		 * its page structures, it would have to be unplugged. So refuse the change.
		 */
		if (c->before != DAXPLUG_STATE_UNPLUGGED && now != DAXPLUG_STATE_OFFLINE) {
			c->step = DAXPLUG_STEP_MEMMAP;
			return -EBUSY;
		}
	} else if (now == want) {
		return 0;
	}
	return dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
}

/*
 * Set where the page structures of a plug will be. The page structures of memory that exists
 * already cannot be moved.
 */
static int choose_memmap(struct daxplug_change *c)
{
	return c->plug && dp_is_unplugged(c->dev) ? dp_memmap_choose(c, c->memmap) : 0;
}

static int carry_out(struct daxplug_change *c, enum dp_mode mode,
		     enum daxplug_state want, bool bound)
{
	int err;

	c->backend = daxplug_device_get_backend(c->dev);
	if (mode == MODE_BLOCKS)
		return dp_byblock_change(c, want);
	err = bound ? start_from_unplugged(c, want) : 0;
	if (!err)
		err = choose_memmap(c);
	return err ? err : dp_attribute_change(c, want);
}

/* Unbind a device that had no driver before, unless that would orphan memory that is online. */
static void unbind_again(struct daxplug_change *c)
{
	enum daxplug_state now;

	if (!daxplug_device_get_state(c->dev, &now) &&
	    (now == DAXPLUG_STATE_UNPLUGGED || now == DAXPLUG_STATE_OFFLINE))
		dp_unbind(c->dev);
}

static int bind_and_carry_out(struct daxplug_change *c, enum dp_mode mode,
			      enum daxplug_state want)
{
	int err, mode_err;

	if (mode != MODE_UNBOUND)
		return carry_out(c, mode, want, false);
	/* The stock drivers add the memory as soon as they are bound. */
	err = c->plug && !dp_is_module_loaded(c->dev) ? dp_memmap_choose(c, c->memmap) : 0;
	if (err)
		return err;
	err = dp_bind(c, c->dev);
	mode_err = dp_get_mode(c->dev, &mode);
	if (mode_err && !c->step)
		c->step = DAXPLUG_STEP_BIND;
	if (mode == MODE_UNBOUND || mode == MODE_GONE || mode == MODE_FOREIGN) {
		/* If dp_bind() could not take a lock or open a file, it has set the step. */
		if (!c->step)
			c->step = DAXPLUG_STEP_BIND;
		return err ? err : -ENODEV;
	}
	/* Even after an error the device may be bound. So unbind it again after any error. */
	if (!err)
		err = mode_err ? mode_err : carry_out(c, mode, want, true);
	if (err)
		unbind_again(c);
	return err;
}

/*
 * Check whether the blocks are as before the change. If the device was inconsistent, its state can
 * be the same although blocks have changed, so compare the numbers of blocks with @was. If the
 * device was not inconsistent, return true, because the caller compares the states. Also return
 * true if the numbers of blocks are not known.
 */
static bool same_blocks(const struct daxplug_change *c,
			const struct daxplug_blocks *was)
{
	struct daxplug_blocks b;

	return c->before != DAXPLUG_STATE_INCONSISTENT || !was->total ||
	       daxplug_device_get_blocks(c->dev, &b) ||
	       !memcmp(was, &b, sizeof(b));
}

/*
 * Record orphaned blocks. If a stock driver is bound to the device later, dp_may_unbind() reads
 * the record and does not let that driver be unbound.
 */
static void note_if_orphaned(const struct daxplug_device *dev, int lock)
{
	enum daxplug_state now;

	if (lock >= 0 && dp_read_mode(dev) == MODE_UNBOUND &&
	    !daxplug_device_get_state(dev, &now) && now != DAXPLUG_STATE_UNPLUGGED)
		dp_note_orphaned_blocks(dev);
}

/*
 * Check whether the device is still inconsistent, although no signal, cancel or deadline has
 * ended the change. If so, the repair was refused, for example because of the zone, and a
 * replug can help.
 */
static bool is_still_inconsistent(const struct daxplug_change *c)
{
	enum daxplug_state now;

	return !c->stop && dp_may_replug_in(dp_read_mode(c->dev)) &&
	       !daxplug_device_get_state(c->dev, &now) && now == DAXPLUG_STATE_INCONSISTENT;
}

static int follow_plan(struct daxplug_change *c, const struct dp_plan *plan,
		       enum dp_mode mode, enum daxplug_state want)
{
	int err;

	if (plan->way == WAY_REPLUG)
		return dp_replug(c, want);
	/*
	 * Save the requested state first. Other programs derive the device's state from it, and
	 * they may do so while the blocks come online.
	 */
	if (c->lock >= 0 && c->plug)
		dp_save_requested_state(c->dev, want);
	err = bind_and_carry_out(c, mode, want);
	if (err && plan->may_replug && is_still_inconsistent(c)) {
		c->undoing = false;
		err = dp_replug(c, want);
	}
	return err;
}

/* Clear the errors, because the device is in the requested state in the end. */
static void clear_failure(struct daxplug_change *c)
{
	c->step = DAXPLUG_STEP_NONE;
	c->block = DAXPLUG_NO_BLOCK;
	c->stuck = DAXPLUG_NO_BLOCK;
	c->limit = DAXPLUG_LIMIT_NONE;
}

/* Follow the plan. The state that is read afterwards decides the outcome. */
static int carry_out_plan(struct daxplug_change *c, const struct dp_plan *plan,
			  enum dp_mode mode, enum daxplug_state want)
{
	struct daxplug_blocks was = { .total = 0 };
	enum daxplug_state asked;
	bool is_so;
	int err = dp_load_requested_state(c->dev, &asked);

	/*
	 * If the saved state could not be read, do not begin. A change that fails saves this state
	 * again, and would save a wrong state.
	 */
	if (err) {
		c->step = DAXPLUG_STEP_STATE;
		return err;
	}
	if (c->before == DAXPLUG_STATE_INCONSISTENT)
		daxplug_device_get_blocks(c->dev, &was);
	err = follow_plan(c, plan, mode, want);
	dp_read_state_after(c);
	if (err && !c->after_err && c->after == DAXPLUG_STATE_UNPLUGGED) {
		dp_memmap_undo(c);
		dp_read_state_after(c);
	}
	/*
	 * The purpose of a replug may be only to move the page structures. If it fails and is
	 * undone, the state is still @want. So check the place of the page structures, too.
	 */
	is_so = !c->after_err && c->after == want &&
		!(err && dp_memmap_differs(c->dev, dp_read_mode(c->dev), c->memmap));
	if (c->lock >= 0)
		dp_save_requested_state(c->dev, is_so ? want : asked);
	note_if_orphaned(c->dev, c->lock);
	if (is_so) {
		clear_failure(c);
		c->outcome = DAXPLUG_OUTCOME_DONE;
		return 0;
	}
	if (!err || c->after_err || c->after != c->before || c->memmap_changed ||
	    c->stuck != DAXPLUG_NO_BLOCK || !same_blocks(c, &was))
		c->outcome = DAXPLUG_OUTCOME_INCONSISTENT;
	return err ? err : -EBUSY;
}

/* Ask the program for its consent, then do the change. */
static int ask_and_carry_out(struct daxplug_change *c, const struct dp_plan *plan,
			     enum dp_mode mode, enum daxplug_state want)
{
	int err;

	if (!c->ask)
		return carry_out_plan(c, plan, mode, want);
	dp_log(c, DAXPLUG_LOG_DEBUG, "the program is asked");
	err = dp_ask_consent(c, want);
	if (err) {
		c->step = DAXPLUG_STEP_CONSENT;
		dp_read_state_after(c);
	} else {
		err = carry_out_plan(c, plan, mode, want);
	}
	if (c->ended)
		c->ended(c->dev, c->outcome, err, c->consent_data);
	return err;
}

/* Plan and do a change. The caller holds the lock, or none is needed. */
static int change_under_lock(struct daxplug_change *c, enum dp_mode mode, enum daxplug_state want,
			     int lock)
{
	struct dp_request r = { .want = want, .replug = c->replug };
	struct dp_plan plan;

	c->lock = lock;
	c->before_err = daxplug_device_get_state(c->dev, &c->before);
	c->after = c->before;
	c->after_err = c->before_err;
	if (c->before_err)
		return c->before_err;
	r.before = c->before;
	if (want != DAXPLUG_STATE_UNPLUGGED) {
		r.memmap = c->memmap;
		r.memmap_differs = dp_memmap_differs(c->dev, mode, c->memmap);
	}
	plan = dp_plan_change(&r, c->dev, mode);
	if (plan.way == WAY_NONE) {
		c->outcome = DAXPLUG_OUTCOME_NOTHING;
		return 0;
	}
	if (!plan.has_bound_overlap)
		note_if_orphaned(c->dev, lock);
	c->step = plan.step;
	dp_log(c, DAXPLUG_LOG_INFO, "from %s to %s%s", daxplug_state_name(c->before),
	       daxplug_state_name(want), plan.way == WAY_REFUSED ? ": refused" :
	       plan.way == WAY_REPLUG ? ", by way of an unplug" : "");
	return plan.err ? plan.err : ask_and_carry_out(c, &plan, mode, want);
}

/* Restore system settings after a change that was killed while it bound a device. */
static int recover_auto_online(struct daxplug_change *c)
{
	int lock, err;

	if (!dp_auto_online_find_left(c->dev->sysfs, c->dev->run))
		return 0;
	lock = dp_lock_all(c, c->dev);
	if (lock < 0)
		return c->stop;
	err = dp_auto_online_recover(c->dev);
	/* With -ENOENT another process has restored the setting before it released the lock. */
	if (err != -ENOENT)
		dp_log(c, DAXPLUG_LOG_WARNING,
		       "a change that was killed left auto_online_blocks at offline: %s",
		       err ? dp_errno_name(err) : "put back");
	dp_unlock(lock);
	return 0;
}

int dp_change_state(struct daxplug_change *c, int state)
{
	enum daxplug_state want = (enum daxplug_state)state;
	const struct daxplug_device *dev = c->dev;
	enum dp_mode mode;
	int lock = -1, err = dp_wait_settled_mode(c, &mode);
	bool has_module;

	if (mode == MODE_GONE || mode == MODE_UNKNOWN) {
		c->before_err = err ? err : -ENODEV;
		c->after_err = c->before_err;
		return c->before_err;
	}
	c->before_err = mode == MODE_FOREIGN ? -EOPNOTSUPP :
			daxplug_device_get_state(dev, &c->before);
	if (c->before_err)
		return c->before_err;
	err = recover_auto_online(c);
	if (err) {
		c->step = DAXPLUG_STEP_LOCK;
		dp_read_state_after(c);
		return err;
	}
	/*
	 * The module itself allows only one transaction at a time, so no lock file is needed for
	 * it. But if the program has a consent function, the lock is taken for the module, too
	 * (daxplug_change_set_consent()).
	 */
	has_module = mode == MODE_MODULE;
	if ((!has_module || c->ask) &&
	    (c->before != want || (c->plug && dp_memmap_differs(dev, mode, c->memmap)))) {
		lock = dp_lock(c, dev);
		if (lock < 0) {
			c->step = DAXPLUG_STEP_LOCK;
			dp_read_state_after(c);
			return lock;
		}
		err = dp_wait_settled_mode(c, &mode);
	}
	if (mode == MODE_BINDING || mode == MODE_UNKNOWN) {
		dp_read_state_after(c);
		err = mode == MODE_BINDING ? c->stop : err;
	} else {
		err = change_under_lock(c, mode, want, has_module ? -1 : lock);
	}
	if (lock >= 0)
		dp_unlock(lock);
	return err;
}

static int plug_into_zone(struct daxplug_change *c, enum daxplug_zone zone)
{
	enum daxplug_state want;
	int err = daxplug_zone_state(zone, &want);

	return err ? err : dp_change_state(c, (int)want);
}

static enum daxplug_zone zone_to_repair(const struct daxplug_device *dev)
{
	switch (dp_get_requested_type(dev)) {
	case TYPE_ONLINE:
		return DAXPLUG_ZONE_AUTO;
	case TYPE_ONLINE_KERNEL:
		return DAXPLUG_ZONE_KERNEL;
	default:
		return DAXPLUG_ZONE_MOVABLE;
	}
}

/* Check whether the driver refused the zone of a repair, and changed no block. */
static bool is_zone_refused(const struct daxplug_change *c, int err)
{
	return err == -EBUSY && !c->step && c->outcome == DAXPLUG_OUTCOME_UNDONE;
}

int dp_repair(struct daxplug_change *c, int unused)
{
	static const enum daxplug_zone zones[] = {
		DAXPLUG_ZONE_AUTO, DAXPLUG_ZONE_MOVABLE, DAXPLUG_ZONE_KERNEL
	};
	enum daxplug_zone zone = zone_to_repair(c->dev);
	enum daxplug_state state = DAXPLUG_STATE_INCONSISTENT;
	size_t i;
	int err;

	(void)unused;
	err = daxplug_device_get_state(c->dev, &state);
	if (err || state != DAXPLUG_STATE_INCONSISTENT) {
		dp_read_state_after(c);
		c->before = c->after;
		c->before_err = c->after_err;
		if (!c->after_err)
			c->outcome = DAXPLUG_OUTCOME_NOTHING;
		return c->after_err;
	}
	/* Do not unplug the device, because the blocks that are online are in use. */
	c->replug = false;
	c->memmap = DAXPLUG_MEMMAP_DEFAULT;
	err = plug_into_zone(c, zone);
	/*
	 * zone_to_repair() may have derived the zone from the blocks that are online. They do not
	 * show whether "online" was requested, and another program may have brought some of them
	 * online in another zone. The module refuses each zone that was not requested, and then
	 * changes no block. So try the other zones, too.
	 */
	for (i = 0; i < ARRAY_SIZE(zones) && is_zone_refused(c, err); i++) {
		if (zones[i] == zone)
			continue;
		c->undoing = false;
		err = plug_into_zone(c, zones[i]);
	}
	return err;
}
