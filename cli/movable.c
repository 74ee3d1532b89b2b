// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices the limit movable_max of the policy lets into ZONE_MOVABLE.
 *
 * The answer for a device does not depend on who asks, nor on which devices are asked
 * about: all devices that there are take part, in an order that stays the same over a
 * boot. What is plugged already counts as it is, and is not taken out again. Then come
 * the wishes for other zones and for "unplugged", as if they were met. Then those for
 * ZONE_MOVABLE, in the order of their rules, then of their addresses: each is let in if
 * the limit still holds with it, and is passed over if not. One that fails keeps its
 * place: it may be tried again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "movable.h"

/* A device that is not yet as wanted. Bytes; those in a zone now, and all of it. */
struct wish {
	const struct daxplug_device *dev;
	enum daxplug_state want;
	unsigned int rule;	/* the how manieth in the policy */
	uint64_t start;		/* its first address; UINT64_MAX: may not be read */
	uint64_t movable, kernel, usable;
	bool is_refused;
	uint64_t would_be, limit;
};

struct movable_plan {
	const struct daxplug_rule *rule;	/* the section with the limit */
	struct wish *wish;
	size_t nr;
};

/* Where the kernel may choose the zone, it may choose that one. */
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

/* Return: is it other than wanted, and is known how large it is? */
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

/* As if each wish that is let in were met, one after the other. */
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
 * After daxplug_scan() and policy_read_cards(). @out receives the plan, or NULL when the
 * policy has no limit. Return: 0; -ENOMEM; -EOPNOTSUPP when the sizes of the zones are
 * not known.
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

/* Would the limit be exceeded if only this wish were met? */
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
 * @now: the device is to be plugged at once; then the limit must hold also if wishes
 * before it have not been met. Return: the section whose limit keeps @dev out, and why in
 * @why; NULL when it may be plugged as wanted.
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
