// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a change may do in a state, and which way it goes: the rules that the change
 * itself and the preflight share. Nothing here changes anything.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

static const enum device_state engine_states[] = {
	[DAXPLUG_STATE_UNPLUGGED] = STATE_UNPLUGGED,
	[DAXPLUG_STATE_OFFLINE] = STATE_OFFLINE,
	[DAXPLUG_STATE_ONLINE] = STATE_ONLINE,
	[DAXPLUG_STATE_ONLINE_KERNEL] = STATE_ONLINE_KERNEL,
	[DAXPLUG_STATE_ONLINE_MOVABLE] = STATE_ONLINE_MOVABLE,
	[DAXPLUG_STATE_INCONSISTENT] = STATE_INCONSISTENT,
};

static enum word word_of(enum daxplug_state want)
{
	const char *name = daxplug_state_name(want);

	return state_parse(name, strlen(name));
}

/*
 * How it was last plugged: as the driver or this library remembers it, or, where
 * others did it, as the blocks say that are still online.
 */
enum online_type dp_last_asked(const struct daxplug_device *dev)
{
	enum daxplug_state word;
	enum online_type asked;
	struct daxplug_blocks b;

	if (dp_mode(dev) != MODE_NATIVE)
		asked = dp_type_of(dp_remembered(dev));
	else
		asked = dp_native_word(dev, &word) ? TYPE_NONE : dp_type_of(word);
	if (asked == TYPE_NONE && !daxplug_device_get_blocks(dev, &b))
		asked = !b.kernel ? TYPE_ONLINE_MOVABLE :
			!b.movable ? TYPE_ONLINE_KERNEL : TYPE_ONLINE;
	return asked;
}

/*
 * Is there no direct way? From "offline" there is one block by block, and nothing is
 * in use, so nobody has to allow it. One that is inconsistent is repaired, if it can
 * be.
 */
bool dp_needs_replug(const struct dp_request *r, enum dp_mode mode)
{
	if (r->want == DAXPLUG_STATE_UNPLUGGED)
		return false;
	if (r->memmap_differs)
		return r->replug || r->before == DAXPLUG_STATE_OFFLINE;
	switch (r->before) {
	case DAXPLUG_STATE_OFFLINE:
		return mode == MODE_MODULE || mode == MODE_NATIVE;
	case DAXPLUG_STATE_ONLINE:
	case DAXPLUG_STATE_ONLINE_KERNEL:
	case DAXPLUG_STATE_ONLINE_MOVABLE:
		return r->replug && r->before != r->want && mode != MODE_UNBOUND;
	default:
		return false;
	}
}

/*
 * The table of doc/abi. The module enforces it and knows what was last asked for; of
 * that, an inconsistent device needs the truth. Without a driver, what is offline was
 * left behind: dp_may_bind() has the rules for that.
 */
bool dp_is_allowed(const struct dp_request *r, const struct daxplug_device *dev,
		   enum dp_mode mode)
{
	if (r->memmap_differs && !dp_needs_replug(r, mode))
		return false;
	if (dp_needs_replug(r, mode) ||
	    (mode == MODE_MODULE && r->before == DAXPLUG_STATE_INCONSISTENT) ||
	    r->before == DAXPLUG_STATE_OFFLINE)
		return true;
	return state_todo(engine_states[r->before], dp_last_asked(dev),
			  word_of(r->want)) != TODO_REFUSE;
}

/*
 * Without a driver, while another device over the same addresses has one: blocks
 * that are there are that device's, and no driver binds this one as well.
 */
bool dp_is_of_another(const struct dp_request *r, const struct daxplug_device *dev,
		      enum dp_mode mode)
{
	return mode == MODE_UNBOUND &&
	       (r->want != DAXPLUG_STATE_UNPLUGGED ||
		r->before != DAXPLUG_STATE_UNPLUGGED) &&
	       dp_overlaps(dev);
}

/* Not one memory block fits. A device that a driver has bound whole has some. */
bool dp_is_too_small(const struct dp_request *r, const struct daxplug_device *dev,
		     enum dp_mode mode)
{
	uint64_t usable;

	return r->want != DAXPLUG_STATE_UNPLUGGED &&
	       (mode == MODE_UNBOUND || mode == MODE_BLOCKS) &&
	       !daxplug_device_get_usable(dev, &usable) && !usable;
}

/*
 * No driver takes a device whose node the kernel does not know: the firmware's tables
 * (SRAT, CFMWS) do not have its addresses, or NUMA is off. It has no file target_node
 * then (dev_dax_visible() in drivers/dax/bus.c).
 */
bool dp_is_without_node(const struct dp_request *r, const struct daxplug_device *dev,
			enum dp_mode mode)
{
	return r->want != DAXPLUG_STATE_UNPLUGGED && mode == MODE_UNBOUND &&
	       dev->target_node < 0;
}

static struct dp_plan refuse(enum daxplug_step step, int err)
{
	return (struct dp_plan){ .way = WAY_REFUSED, .step = step, .err = err };
}

/* The device is locked, or need not be. */
struct dp_plan dp_plan_change(const struct dp_request *r,
			      const struct daxplug_device *dev, enum dp_mode mode)
{
	struct dp_plan plan = { .way = WAY_DIRECT };

	if (dp_is_of_another(r, dev, mode)) {
		plan = refuse(DAXPLUG_STEP_BIND, -EBUSY);
		plan.is_of_another = true;
		return plan;
	}
	if (r->before == r->want && !r->memmap_differs)
		return (struct dp_plan){ .way = WAY_NONE };
	if (dp_is_too_small(r, dev, mode))
		return refuse(DAXPLUG_STEP_SIZE, -EINVAL);
	if (dp_is_without_node(r, dev, mode))
		return refuse(DAXPLUG_STEP_NODE, -EINVAL);
	if (dp_memmap_obstacle(dev, mode, r->memmap))
		return refuse(DAXPLUG_STEP_MEMMAP, -EOPNOTSUPP);
	if (r->memmap_differs && !dp_needs_replug(r, mode))
		return refuse(DAXPLUG_STEP_MEMMAP, -EBUSY);
	plan.may_replug = r->replug && r->want != DAXPLUG_STATE_UNPLUGGED &&
			  r->before == DAXPLUG_STATE_INCONSISTENT &&
			  dp_may_replug_in(mode);
	if (dp_needs_replug(r, mode)) {
		plan.way = WAY_REPLUG;
	} else if (mode != MODE_MODULE && !dp_is_allowed(r, dev, mode)) {
		/* The module says so itself, and counts it. */
		if (!plan.may_replug)
			return refuse(DAXPLUG_STEP_NONE, -EBUSY);
		plan.way = WAY_REPLUG;
	}
	return plan;
}
