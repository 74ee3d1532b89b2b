// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A change from its beginning to its end, whatever the backend: locked, bound
 * if need be, carried out, and looked at. What the caller is told is what is
 * seen afterwards, not what was answered.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

static void look_after(struct daxplug_change *c)
{
	c->after_err = daxplug_device_get_state(c->dev, &c->after);
}

/* A device that was just bound has a starting state that nobody asked for. */
static int start_from_unplugged(struct daxplug_change *c,
				enum daxplug_state want)
{
	enum daxplug_state now;
	int err = daxplug_device_get_state(c->dev, &now);

	if (err || now == DAXPLUG_STATE_UNPLUGGED || now == want)
		return err;
	return dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
}

static int carry_out(struct daxplug_change *c, enum dp_mode mode,
		     enum daxplug_state want, bool bound)
{
	int err;

	c->backend = daxplug_device_get_backend(c->dev);
	if (mode == MODE_BLOCKS)
		return dp_byblock_change(c, want);
	err = bound ? start_from_unplugged(c, want) : 0;
	return err ? err : dp_attribute_change(c, want);
}

/* It had no driver, and has none again, unless that would lose memory. */
static void unbind_again(struct daxplug_change *c)
{
	enum daxplug_state now;

	if (!daxplug_device_get_state(c->dev, &now) &&
	    (now == DAXPLUG_STATE_UNPLUGGED || now == DAXPLUG_STATE_OFFLINE))
		dp_unbind(c->dev);
}

/* It could not be repaired in this zone, and it is not because somebody ended it. */
static bool may_replug_after(const struct daxplug_change *c)
{
	enum daxplug_state now;
	enum dp_mode mode = dp_mode(c->dev);

	return c->plug && c->replug && !c->stop &&
	       c->before == DAXPLUG_STATE_INCONSISTENT &&
	       (mode == MODE_MODULE || mode == MODE_NATIVE || mode == MODE_BLOCKS) &&
	       !daxplug_device_get_state(c->dev, &now) &&
	       now == DAXPLUG_STATE_INCONSISTENT;
}

static int bind_and_carry_out(struct daxplug_change *c, enum dp_mode mode,
			      enum daxplug_state want)
{
	int err;

	if (mode != MODE_UNBOUND)
		return carry_out(c, mode, want, false);
	err = dp_bind(c, c->dev);
	mode = dp_mode(c->dev);
	if (mode == MODE_UNBOUND || mode == MODE_GONE || mode == MODE_FOREIGN) {
		/* Or not even that was permitted: "open". */
		if (!c->step)
			c->step = "bind";
		return err ? err : -ENODEV;
	}
	/* Killed on its way, it may be bound all the same. */
	if (!err)
		err = carry_out(c, mode, want, true);
	if (err)
		unbind_again(c);
	return err;
}

/* Of an inconsistent device the state alone does not tell. */
static bool same_blocks(const struct daxplug_change *c,
			const struct daxplug_blocks *was)
{
	struct daxplug_blocks b;

	return c->before != DAXPLUG_STATE_INCONSISTENT || !was->total ||
	       daxplug_device_get_blocks(c->dev, &b) ||
	       !memcmp(was, &b, sizeof(b));
}

/* So that no driver that comes later is made to let go of it. */
static void note_if_left_behind(const struct daxplug_device *dev, int lock)
{
	enum daxplug_state now;

	if (lock >= 0 && dp_mode(dev) == MODE_UNBOUND &&
	    !daxplug_device_get_state(dev, &now) &&
	    now != DAXPLUG_STATE_UNPLUGGED)
		dp_note_left_behind(dev);
}

/* The lock is held, or not needed. */
static int locked_change(struct daxplug_change *c, enum dp_mode mode,
			 enum daxplug_state want, int lock)
{
	struct dp_request r = { .want = want, .replug = c->replug };
	struct daxplug_blocks was = { .total = 0 };
	enum daxplug_state asked;
	bool so, refused, replug;
	int err;

	c->lock = lock;
	c->before_err = daxplug_device_get_state(c->dev, &c->before);
	c->after = c->before;
	c->after_err = c->before_err;
	if (c->before_err)
		return c->before_err;
	r.before = c->before;
	if (dp_is_of_another(&r, c->dev, mode)) {
		c->step = "bind";
		return -EBUSY;
	}
	if (c->before == want) {
		c->outcome = DAXPLUG_OUTCOME_NOTHING;
		return 0;
	}
	note_if_left_behind(c->dev, lock);
	if (dp_is_too_small(&r, c->dev, mode)) {
		c->step = "size";
		return -EINVAL;
	}
	/* The module says so itself, and counts it. */
	refused = mode != MODE_MODULE && !dp_is_allowed(&r, c->dev, mode);
	replug = dp_needs_replug(&r, mode);
	if (refused && !may_replug_after(c))
		return -EBUSY;
	/* First: who looks while it comes online must find what it is to be. */
	asked = dp_remembered(c->dev);
	if (lock >= 0 && c->plug && !replug)
		dp_remember(c->dev, want);
	if (c->before == DAXPLUG_STATE_INCONSISTENT)
		daxplug_device_get_blocks(c->dev, &was);
	err = replug ? dp_replug(c, want) :
	      refused ? -EBUSY : bind_and_carry_out(c, mode, want);
	if (err && may_replug_after(c)) {
		c->undoing = false;
		err = dp_replug(c, want);
	}
	look_after(c);
	so = !c->after_err && c->after == want;
	if (lock >= 0)
		dp_remember(c->dev, so ? want : asked);
	note_if_left_behind(c->dev, lock);
	if (so) {
		c->step = NULL;
		c->block = DAXPLUG_NO_BLOCK;
		c->stuck = DAXPLUG_NO_BLOCK;
		c->limit = DAXPLUG_LIMIT_NONE;
		c->outcome = DAXPLUG_OUTCOME_DONE;
		return 0;
	}
	if (!err || c->after_err || c->after != c->before ||
	    c->stuck != DAXPLUG_NO_BLOCK || !same_blocks(c, &was))
		c->outcome = DAXPLUG_OUTCOME_INCONSISTENT;
	return err ? err : -EBUSY;
}

static void begin(struct daxplug_change *c, const struct daxplug_device *dev,
		  bool plug)
{
	*c = (struct daxplug_change){
		.limit_ms = c->limit_ms,
		.progress = c->progress,
		.data = c->data,
		.cancel_fd = c->cancel_fd,
		.replug = c->replug,
		.dev = dev,
		.plug = plug,
		.lock = -1,
		.outcome = DAXPLUG_OUTCOME_UNDONE,
		.backend = daxplug_device_get_backend(dev),
		.before_err = -ENODEV,
		.after_err = -ENODEV,
		.block = DAXPLUG_NO_BLOCK,
		.stuck = DAXPLUG_NO_BLOCK,
	};
	dp_stopped(c);
}

/* Both states are what it is now, if that can be read. */
static int nothing_to_do(struct daxplug_change *c,
			 const struct daxplug_device *dev, bool plug)
{
	begin(c, dev, plug);
	look_after(c);
	c->before = c->after;
	c->before_err = c->after_err;
	return c->after_err;
}

/* The module has its files soon, or has let go of the device. */
enum dp_mode dp_settled_mode(struct daxplug_change *c)
{
	enum dp_mode mode;

	do {
		mode = dp_mode(c->dev);
	} while (mode == MODE_BINDING && !dp_tick(c));
	return mode;
}

/* A change that was killed as it bound a device, of which the system has traces. */
static int recover(struct daxplug_change *c)
{
	int lock;

	if (!dp_policy_left(c->dev->sysfs, c->dev->run))
		return 0;
	lock = dp_lock_all(c, c->dev);
	if (lock < 0)
		return c->stop;
	dp_policy_recover(c->dev);
	dp_unlock(lock);
	return 0;
}

static int held_change(struct daxplug_change *c, int state)
{
	enum daxplug_state want = (enum daxplug_state)state;
	const struct daxplug_device *dev = c->dev;
	enum dp_mode mode = dp_settled_mode(c);
	int lock = -1, err;

	if (mode == MODE_GONE)
		return c->before_err;
	c->before_err = mode == MODE_FOREIGN ? -EOPNOTSUPP :
			daxplug_device_get_state(dev, &c->before);
	if (c->before_err)
		return c->before_err;
	err = recover(c);
	if (err) {
		c->step = "lock";
		look_after(c);
		return err;
	}
	/* The module sees to it itself, without a file that is root's. */
	if (mode != MODE_MODULE && c->before != want) {
		lock = dp_lock(c, dev);
		if (lock < 0) {
			c->step = "lock";
			look_after(c);
			return lock;
		}
		mode = dp_settled_mode(c);
	}
	if (mode == MODE_BINDING)
		look_after(c);
	err = mode == MODE_BINDING ? c->stop : locked_change(c, mode, want, lock);
	if (lock >= 0)
		dp_unlock(lock);
	return err;
}

/* It was for this change, or came too late for it. */
static void forget_cancel(const struct daxplug_change *c)
{
	uint64_t times;

	if (c->cancel_fd >= 0 && read(c->cancel_fd, &times, sizeof(times)) < 0)
		return;
}

/*
 * @change may be NULL; @fn carries it out. Signals wait for dp_wait(), but those that
 * a fault of our own raises.
 */
int dp_run_change(const struct daxplug_device *dev, struct daxplug_change *change,
		  bool plug, int (*fn)(struct daxplug_change *c, int want), int want)
{
	static const int faults[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP
	};
	struct daxplug_change mine = { .cancel_fd = -1 };
	struct daxplug_change *c = change ? change : &mine;
	int err, cancel_state;
	sigset_t held;
	size_t i;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	begin(c, dev, plug);
	sigfillset(&held);
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(&held, faults[i]);
	pthread_sigmask(SIG_BLOCK, &held, &c->mask);
	err = fn(c, want);
	if (err == -ETIMEDOUT && c->stop == -ETIMEDOUT)
		c->limit = DAXPLUG_LIMIT_DEADLINE;
	dp_helper_end(c);
	forget_cancel(c);
	pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
	pthread_setcancelstate(cancel_state, NULL);
	return err;
}

static int change_to(const struct daxplug_device *dev, enum daxplug_state want,
		     struct daxplug_change *change)
{
	return dp_run_change(dev, change, want != DAXPLUG_STATE_UNPLUGGED,
			     held_change, (int)want);
}

int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone, struct daxplug_change *change)
{
	enum daxplug_state want;
	int err = daxplug_zone_state(zone, &want);

	if (!err)
		return change_to(dev, want, change);
	if (change)
		nothing_to_do(change, dev, true);
	return err;
}

int daxplug_device_unplug(const struct daxplug_device *dev,
			  struct daxplug_change *change)
{
	return change_to(dev, DAXPLUG_STATE_UNPLUGGED, change);
}

static enum daxplug_zone zone_to_repair(const struct daxplug_device *dev)
{
	switch (dp_last_asked(dev)) {
	case TYPE_ONLINE:
		return DAXPLUG_ZONE_AUTO;
	case TYPE_ONLINE_KERNEL:
		return DAXPLUG_ZONE_KERNEL;
	default:
		return DAXPLUG_ZONE_MOVABLE;
	}
}

int daxplug_device_repair(const struct daxplug_device *dev,
			  struct daxplug_change *change)
{
	enum daxplug_zone zone = zone_to_repair(dev);
	struct daxplug_change mine = { .cancel_fd = -1 };
	struct daxplug_change *c = change ? change : &mine;
	enum daxplug_state state = DAXPLUG_STATE_INCONSISTENT;
	int err;

	err = daxplug_device_get_state(dev, &state);
	if (!err && state == DAXPLUG_STATE_INCONSISTENT) {
		bool replug = c->replug;

		/* What is still online stays in use. */
		c->replug = false;
		err = daxplug_device_plug(dev, zone, c);
		/* Blocks in one zone may have been asked for as "online". */
		if (err == -EBUSY && zone != DAXPLUG_ZONE_AUTO && !c->step &&
		    c->outcome == DAXPLUG_OUTCOME_UNDONE)
			err = daxplug_device_plug(dev, DAXPLUG_ZONE_AUTO, c);
		c->replug = replug;
		return err;
	}
	err = nothing_to_do(c, dev, true);
	if (!err)
		c->outcome = DAXPLUG_OUTCOME_NOTHING;
	return err;
}

int daxplug_change_new(struct daxplug_change **out)
{
	struct daxplug_change *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->cancel_fd < 0) {
		int err;

		err = -errno;
		free(c);
		return err;
	}
	c->outcome = DAXPLUG_OUTCOME_UNDONE;
	c->before_err = -ENODEV;
	c->after_err = -ENODEV;
	c->block = DAXPLUG_NO_BLOCK;
	c->stuck = DAXPLUG_NO_BLOCK;
	*out = c;
	return 0;
}

void daxplug_change_free(struct daxplug_change *change)
{
	if (!change)
		return;
	close(change->cancel_fd);
	free(change);
}

void daxplug_change_set_deadline(struct daxplug_change *change,
				 unsigned int ms)
{
	change->limit_ms = ms;
}

void daxplug_change_set_progress(struct daxplug_change *change,
				 daxplug_progress_fn fn, void *data)
{
	change->progress = fn;
	change->data = data;
}

void daxplug_change_set_replug(struct daxplug_change *change, int replug)
{
	change->replug = replug;
}

int daxplug_change_get_restored(const struct daxplug_change *change)
{
	return change->restored;
}

enum daxplug_outcome
daxplug_change_get_outcome(const struct daxplug_change *change)
{
	return change->outcome;
}

enum daxplug_backend
daxplug_change_get_backend(const struct daxplug_change *change)
{
	return change->backend;
}

int daxplug_change_get_before(const struct daxplug_change *change,
			      enum daxplug_state *state)
{
	if (!change->before_err)
		*state = change->before;
	return change->before_err;
}

int daxplug_change_get_after(const struct daxplug_change *change,
			     enum daxplug_state *state)
{
	if (!change->after_err)
		*state = change->after;
	return change->after_err;
}

const char *daxplug_change_get_step(const struct daxplug_change *change)
{
	return change->step;
}

static int get_block(uint64_t number, uint64_t *block)
{
	if (number == DAXPLUG_NO_BLOCK)
		return -ENOENT;
	*block = number;
	return 0;
}

int daxplug_change_get_block(const struct daxplug_change *change,
			     uint64_t *block)
{
	return get_block(change->block, block);
}

int daxplug_change_get_stuck(const struct daxplug_change *change,
			     uint64_t *block)
{
	return get_block(change->stuck, block);
}

int daxplug_change_get_begun(const struct daxplug_change *change)
{
	return change->begun;
}

int daxplug_change_get_holder(const struct daxplug_change *change, int *pid,
			      const char **name)
{
	if (!change->holder.pid)
		return -ENOENT;
	*pid = change->holder.pid;
	*name = change->holder.name;
	return 0;
}

enum daxplug_limit
daxplug_change_get_limit(const struct daxplug_change *change)
{
	return change->limit;
}

int daxplug_change_get_space(const struct daxplug_change *change,
			     uint64_t *needed, uint64_t *available)
{
	if (!change->needed)
		return -ENOENT;
	*needed = change->needed;
	*available = change->available;
	return 0;
}
