// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides which devices may be plugged into ZONE_MOVABLE under the policy's limit movable_max.
 *
 * The decision for a device must not depend on which devices the user has named. So all devices
 * take part, in an order that stays the same until the next boot:
 *
 * 1. Devices that are plugged count as they are. They are not unplugged.
 * 2. Devices that are to be unplugged or plugged into another zone count as if that were done.
 * 3. Devices that are to be plugged into ZONE_MOVABLE follow in the order of their rules, then of
 *    their addresses. Each is allowed if the limit still holds with it, and skipped otherwise.
 *
 * A device whose plug fails keeps its share, because the plug may be repeated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "movable.h"

/* A device that is not in the state that the policy requests. Sizes are in bytes. */
struct wish {
	const struct daxplug_device *dev;
	enum daxplug_state want;
	unsigned int rule;	/* index of its rule in the policy */
	uint64_t start;		/* its first address, or UINT64_MAX if it cannot be read */
	uint64_t movable, kernel, usable;
	bool is_refused;
	uint64_t would_be, limit;
};

struct movable_plan {
	const struct daxplug_rule *rule;	/* the section that has the limit */
	struct wish *wish;
	size_t nr;
};

/* If the kernel may choose the zone, it may choose ZONE_MOVABLE. */
static bool goes_to_movable(enum daxplug_state want)
{
	return want == DAXPLUG_STATE_ONLINE_MOVABLE || want == DAXPLUG_STATE_ONLINE;
}

bool movable_wants_zone(const struct daxplug_policy *policy,
			const struct daxplug_device *dev)
{
	enum daxplug_state want;

	return policy_get_wanted_state(policy, dev, &want) && goes_to_movable(want);
}

static unsigned int get_rule_index(const struct daxplug_policy *policy,
				   const struct daxplug_rule *rule)
{
	const struct daxplug_rule *other;
	unsigned int nr = 0;

	daxplug_policy_foreach_rule(policy, other) {
		if (other == rule)
			break;
		nr++;
	}
	return nr;
}

/* Return: does the state differ from the requested one, and is the size of the device known? */
static bool make_wish(const struct daxplug_policy *policy,
		      const struct daxplug_device *dev, struct wish *wish)
{
	const struct daxplug_rule *rule = policy_get_wanted_state(policy, dev, &wish->want);
	struct daxplug_blocks b = { 0 };
	enum daxplug_state is;
	uint64_t size = 0, end;

	if (!rule || daxplug_device_get_state(dev, &is) || policy_is_state_met(is, wish->want) ||
	    daxplug_device_get_usable(dev, &wish->usable))
		return false;
	if (is != DAXPLUG_STATE_UNPLUGGED &&
	    (daxplug_device_get_blocks(dev, &b) || daxplug_device_get_block_size(dev, &size)))
		return false;
	wish->dev = dev;
	wish->rule = get_rule_index(policy, rule);
	if (daxplug_device_get_range(dev, 0, &wish->start, &end))
		wish->start = UINT64_MAX;
	wish->movable = b.movable * size;
	wish->kernel = b.kernel * size;
	return true;
}

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;
	bool x_movable = goes_to_movable(x->want), y_movable = goes_to_movable(y->want);

	if (x_movable != y_movable)
		return x_movable ? 1 : -1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strverscmp(daxplug_device_get_name(x->dev), daxplug_device_get_name(y->dev));
}

static uint64_t subtract(uint64_t all, uint64_t part)
{
	return all > part ? all - part : 0;
}

/* Decide in order. Each change that is allowed counts for those after it. */
static void decide_all(struct movable_plan *plan, const struct daxplug_policy *policy,
		       uint64_t movable, uint64_t kernel)
{
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		struct wish *w = &plan->wish[i];
		uint64_t in_movable = subtract(movable, w->movable);
		uint64_t in_kernel = subtract(kernel, w->kernel);

		if (goes_to_movable(w->want)) {
			in_movable += w->usable;
			daxplug_policy_get_movable_max(policy, in_kernel, &w->limit);
			w->would_be = in_movable;
			w->is_refused = in_movable > w->limit;
		} else if (w->want == DAXPLUG_STATE_ONLINE_KERNEL) {
			in_kernel += w->usable;
		}
		if (!w->is_refused) {
			movable = in_movable;
			kernel = in_kernel;
		}
	}
}

/*
 * Call after daxplug_scan() and policy_read_cards(). @out receives the plan, or NULL if the
 * policy has no limit. Return: 0; -ENOMEM; -EOPNOTSUPP if the sizes of the zones are not known.
 */
int movable_plan_new(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
		     struct movable_plan **out)
{
	struct daxplug_device *dev;
	struct movable_plan *plan;
	uint64_t movable, kernel, max;
	size_t nr = 0;
	int err;

	*out = NULL;
	if (!daxplug_policy_get_movable_max(policy, 0, &max))
		return 0;
	err = daxplug_get_zone_sizes(&movable, &kernel);
	if (err)
		return err;
	daxplug_device_foreach(ctx, dev)
		nr++;
	plan = calloc(1, sizeof(*plan));
	if (plan)
		plan->wish = calloc(nr + 1, sizeof(*plan->wish));
	if (!plan || !plan->wish) {
		free(plan);
		return -ENOMEM;
	}
	plan->rule = daxplug_policy_get_movable_max(policy, kernel, &max);
	daxplug_device_foreach(ctx, dev) {
		if (plan->nr < nr && make_wish(policy, dev, &plan->wish[plan->nr]))
			plan->nr++;
	}
	qsort(plan->wish, plan->nr, sizeof(*plan->wish), compare_wishes);
	decide_all(plan, policy, movable, kernel);
	*out = plan;
	return 0;
}

void movable_plan_free(struct movable_plan *plan)
{
	if (plan)
		free(plan->wish);
	free(plan);
}

/* Would this change alone exceed the limit? */
static bool exceeds_limit_now(const struct wish *wish, const struct daxplug_policy *policy,
			      uint64_t *would_be, uint64_t *limit)
{
	uint64_t movable, kernel;

	if (!goes_to_movable(wish->want) || daxplug_get_zone_sizes(&movable, &kernel))
		return false;
	daxplug_policy_get_movable_max(policy, subtract(kernel, wish->kernel), limit);
	*would_be = subtract(movable, wish->movable) + wish->usable;
	return *would_be > *limit;
}

/*
 * If @now is set, the device is about to be plugged. The plan assumes that all changes before this
 * plug succeed. Some may have failed, so check the limit against the current sizes, too. Return:
 * the section whose limit prevents the plug, with the reason in @why; NULL if the device may be
 * plugged.
 */
const struct daxplug_rule *movable_plan_find_limit(const struct movable_plan *plan,
						   const struct daxplug_policy *policy,
						   const struct daxplug_device *dev,
						   bool now, char *why, size_t len)
{
	char size[32], limit[32];
	size_t i;

	for (i = 0; i < plan->nr; i++) {
		const struct wish *w = &plan->wish[i];
		uint64_t would_be = w->would_be, most = w->limit;

		if (w->dev != dev ||
		    (!w->is_refused && (!now || !exceeds_limit_now(w, policy, &would_be, &most))))
			continue;
		snprintf(why, len, "movable_max allows %s in ZONE_MOVABLE, and with it there "
			 "would be %s",
			 format_size(most, limit, sizeof(limit)),
			 format_size(would_be, size, sizeof(size)));
		return plan->rule;
	}
	return NULL;
}
