// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides which devices may be plugged into ZONE_MOVABLE under the policy's limit movable_max.
 *
 * The decision for a device must not depend on which devices the user has named. So all devices
 * take part, in an order that stays the same until the next boot:
 *
 * 1. Devices that are plugged count as they are. None is unplugged so that another can be plugged.
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
	int err;		/* its state or a size cannot be read; then the sizes are 0 */
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

static int read_sizes(const struct daxplug_device *dev, enum daxplug_state is, struct wish *wish)
{
	struct daxplug_blocks b = { 0 };
	uint64_t size = 0, usable;
	int err = daxplug_device_get_usable(dev, &usable);

	if (!err && is != DAXPLUG_STATE_UNPLUGGED)
		err = daxplug_device_get_blocks(dev, &b);
	if (!err && is != DAXPLUG_STATE_UNPLUGGED)
		err = daxplug_device_get_block_size(dev, &size);
	if (err)
		return err;
	wish->usable = usable;
	wish->movable = b.movable * size;
	wish->kernel = b.kernel * size;
	return 0;
}

/* Return: does the state differ from the requested one, or can it not be read? */
static bool make_wish(const struct daxplug_policy *policy,
		      const struct daxplug_device *dev, struct wish *wish)
{
	const struct daxplug_rule *rule = policy_get_wanted_state(policy, dev, &wish->want);
	enum daxplug_state is;
	uint64_t end;

	if (!rule)
		return false;
	wish->err = daxplug_device_get_state(dev, &is);
	if (!wish->err && policy_is_state_met(is, wish->want))
		return false;
	if (!wish->err)
		wish->err = read_sizes(dev, is, wish);
	/* A device that was removed meanwhile takes no part. Its plug fails with that reason. */
	if (wish->err == -ENODEV)
		return false;
	wish->dev = dev;
	wish->rule = get_rule_index(policy, rule);
	if (daxplug_device_get_range(dev, 0, &wish->start, &end))
		wish->start = UINT64_MAX;
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

/*
 * Compute the size of ZONE_MOVABLE after this change alone, and the limit for it. Both are 0 if the
 * change adds nothing to ZONE_MOVABLE. Return: 0, or a negative errno if the sizes of the zones
 * cannot be read.
 */
static int compute_limit_now(const struct wish *wish, const struct daxplug_policy *policy,
			     uint64_t *would_be, uint64_t *limit)
{
	uint64_t movable, kernel;
	int err;

	*would_be = 0;
	*limit = 0;
	if (!goes_to_movable(wish->want))
		return 0;
	err = daxplug_get_zone_sizes(&movable, &kernel);
	if (err)
		return err;
	daxplug_policy_get_movable_max(policy, subtract(kernel, wish->kernel), limit);
	*would_be = subtract(movable, wish->movable) + wish->usable;
	return 0;
}

static const struct wish *find_wish(const struct movable_plan *plan,
				    const struct daxplug_device *dev)
{
	size_t i;

	for (i = 0; i < plan->nr; i++)
		if (plan->wish[i].dev == dev)
			return &plan->wish[i];
	return NULL;
}

/*
 * If @now is set, the device is about to be plugged. The plan assumes that all changes before this
 * plug succeed. Some may have failed, so check the limit against the current sizes, too. @rule
 * receives the section whose limit prevents the plug, and @why the reason. @rule receives NULL if
 * the device may be plugged. Return: 0, or a negative errno if the size of a zone or of the device
 * is not known.
 */
int movable_plan_find_limit(const struct movable_plan *plan, const struct daxplug_policy *policy,
			    const struct daxplug_device *dev, bool now,
			    const struct daxplug_rule **rule, char *why, size_t len)
{
	const struct wish *w = find_wish(plan, dev);
	uint64_t would_be, limit;
	char size[32], most[32];
	int err;

	*rule = NULL;
	if (w && w->err && goes_to_movable(w->want))
		return w->err;
	if (!w || (!w->is_refused && !now))
		return 0;
	would_be = w->would_be;
	limit = w->limit;
	err = w->is_refused ? 0 : compute_limit_now(w, policy, &would_be, &limit);
	if (err || would_be <= limit)
		return err;
	snprintf(why, len, "movable_max allows %s in ZONE_MOVABLE, and with it there would be %s",
		 format_size(limit, most, sizeof(most)), format_size(would_be, size, sizeof(size)));
	*rule = plan->rule;
	return 0;
}
