// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules for changes, shared by the change itself and the preflight: which changes
 * are allowed in a state, and how they are done. Nothing here changes anything.
 */
#include <errno.h>

#include "internal.h"

/*
 * Find out with which online type the device was last plugged. The driver of Linux 7.3 shows the
 * type. Daxplug's module does not show it. The library saves no state when it changes a device that
 * is bound to the module. A saved state can then be older than the last plug, so it is not read.
 * In all other modes, read the saved state. If the type is not known, for example because
 * another program has plugged the device, derive it from the blocks that are still online. A saved
 * "offline" names no zone, so the type is then derived in the same way.
 */
enum online_type dp_get_requested_type(const struct daxplug_device *dev)
{
	enum online_type asked = TYPE_NONE;
	enum daxplug_state word;
	struct daxplug_blocks b;

	switch (dp_read_mode(dev)) {
	case MODE_BINDING:
	case MODE_MODULE:
		break;
	case MODE_NATIVE:
		if (!dp_read_native_state(dev, &word))
			asked = dp_type_of_state(word);
		break;
	default:
		if (!dp_load_requested_state(dev, &word))
			asked = dp_type_of_state(word);
		break;
	}
	if ((asked == TYPE_NONE || asked == TYPE_OFFLINE) && !daxplug_device_get_blocks(dev, &b))
		asked = !b.kernel ? TYPE_ONLINE_MOVABLE :
			!b.movable ? TYPE_ONLINE_KERNEL : TYPE_ONLINE;
	return asked;
}

/*
 * Check whether the change unplugs the device first. Also return false if an unplug is needed, but
 * the user has not allowed a replug. If the device is "offline", the backend of byblock.c can bring
 * its blocks online directly. The other backends unplug the device first, even if the user has not
 * allowed a replug, because no block is in use. An inconsistent device is not unplugged first,
 * because the change tries to repair it. But if the page structures must be moved, a device in any
 * state is unplugged first.
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
 * Enforce the transition table of doc/abi, because not every driver does. For an inconsistent
 * device, the table needs the online type that was last requested. If the device is bound to the
 * module, only the module knows this type. So this function allows every change of such a device,
 * and the module decides. A change of a device in the state "offline" is always allowed here. If
 * such a device has no driver, its blocks are orphaned, and dp_may_bind() decides later.
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
	return state_todo(dp_state_to_engine(r->before), dp_get_requested_type(dev),
			  word_from_state(dp_state_to_engine(r->want))) != TODO_REFUSE;
}

/*
 * Check whether the device has no driver while another device with the same addresses
 * has one. Then the existing blocks belong to that device, and no driver can bind this
 * one. Return: 1 if so, 0 if not, or a negative errno.
 */
int dp_check_bound_overlap(const struct dp_request *r, const struct daxplug_device *dev,
			   enum dp_mode mode)
{
	if (mode != MODE_UNBOUND ||
	    (r->want == DAXPLUG_STATE_UNPLUGGED && r->before == DAXPLUG_STATE_UNPLUGGED))
		return 0;
	return dp_check_overlap(dev);
}

/*
 * Check whether no whole memory block fits into the device. The module and the driver of Linux 7.3
 * do not bind such a device, so a device that is bound to one of them need not be checked.
 */
bool dp_is_too_small(const struct dp_request *r, const struct daxplug_device *dev,
		     enum dp_mode mode)
{
	uint64_t usable;

	return r->want != DAXPLUG_STATE_UNPLUGGED &&
	       (mode == MODE_UNBOUND || mode == MODE_BLOCKS) &&
	       !daxplug_device_get_usable(dev, &usable) && !usable;
}

/*
 * Check whether the kernel knows no node for the device. Then neither the stock kmem nor
 * daxplug's binds it, and it has no file target_node (dev_dax_visible() in
 * drivers/dax/bus.c). The reason is that its addresses are not in the firmware's tables
 * (SRAT, CFMWS), or that NUMA is off.
 */
bool dp_is_without_node(const struct dp_request *r, const struct daxplug_device *dev,
			enum dp_mode mode)
{
	return r->want != DAXPLUG_STATE_UNPLUGGED && mode == MODE_UNBOUND &&
	       dev->target_node < 0;
}

static struct dp_plan refuse_plan(enum daxplug_step step, int err)
{
	return (struct dp_plan){ .way = WAY_REFUSED, .step = step, .err = err };
}

/* Decide how a change is done. The caller holds the lock of the device, if one is needed. */
struct dp_plan dp_plan_change(const struct dp_request *r,
			      const struct daxplug_device *dev, enum dp_mode mode)
{
	struct dp_plan plan = { .way = WAY_DIRECT };
	int overlap = dp_check_bound_overlap(r, dev, mode);

	if (overlap < 0)
		return refuse_plan(DAXPLUG_STEP_STATE, overlap);
	if (overlap) {
		plan = refuse_plan(DAXPLUG_STEP_BIND, -EBUSY);
		plan.has_bound_overlap = true;
		return plan;
	}
	if (r->before == r->want && !r->memmap_differs)
		return (struct dp_plan){ .way = WAY_NONE };
	if (dp_is_too_small(r, dev, mode))
		return refuse_plan(DAXPLUG_STEP_SIZE, -EINVAL);
	if (dp_is_without_node(r, dev, mode))
		return refuse_plan(DAXPLUG_STEP_NODE, -EINVAL);
	if (dp_memmap_obstacle(dev, mode, r->memmap))
		return refuse_plan(DAXPLUG_STEP_MEMMAP, -EOPNOTSUPP);
	if (r->memmap_differs && !dp_needs_replug(r, mode))
		return refuse_plan(DAXPLUG_STEP_MEMMAP, -EBUSY);
	plan.may_replug = r->replug && r->want != DAXPLUG_STATE_UNPLUGGED &&
			  r->before == DAXPLUG_STATE_INCONSISTENT &&
			  dp_may_replug_in(mode);
	if (dp_needs_replug(r, mode)) {
		plan.way = WAY_REPLUG;
	} else if (mode != MODE_MODULE && !dp_is_allowed(r, dev, mode)) {
		/*
		 * A change by the module is not refused here, because the module refuses
		 * it itself and counts its refusals.
		 */
		if (!plan.may_replug)
			return refuse_plan(DAXPLUG_STEP_NONE, -EBUSY);
		plan.way = WAY_REPLUG;
	}
	return plan;
}
