// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules with "required": a device of theirs must be there, or must come within the time
 * that they say.
 */
#include "cli.h"
#include "events.h"
#include "report.h"
#include "required.h"
#include "system.h"

/* Has the rule no device, and must it have one? */
static bool has_no_device(const struct daxplug_policy *policy,
			  const struct daxplug_rule *rule, struct daxplug_ctx *ctx,
			  unsigned int *ms)
{
	struct daxplug_device *dev;

	if (daxplug_rule_is_broken(rule) || daxplug_rule_is_default(rule) ||
	    daxplug_rule_get_required(rule, ms))
		return false;
	daxplug_device_foreach(ctx, dev) {
		if (daxplug_policy_get_rule(policy, dev) == rule)
			return false;
	}
	return true;
}

/* After daxplug_scan() and policy_read_cards(). */
bool required_has_no_device(const struct daxplug_policy *policy,
			    const struct daxplug_rule *rule, struct daxplug_ctx *ctx)
{
	unsigned int ms;

	return has_no_device(policy, rule, ctx, &ms);
}

/*
 * After daxplug_scan() and policy_read_cards(). @begin_ms: when the wait has begun, by
 * get_monotonic_ms(). Return: may a device that is required still come, and in @until_ms
 * when the first of their times is over?
 */
bool required_may_still_appear(const struct daxplug_policy *policy, struct daxplug_ctx *ctx,
			       uint64_t begin_ms, uint64_t *until_ms)
{
	const struct daxplug_rule *rule;
	uint64_t now = get_monotonic_ms();
	unsigned int ms;

	*until_ms = EVENTS_NO_LIMIT;
	daxplug_policy_foreach_rule(policy, rule) {
		if (has_no_device(policy, rule, ctx, &ms) && begin_ms + ms > now &&
		    begin_ms + ms < *until_ms)
			*until_ms = begin_ms + ms;
	}
	return *until_ms != EVENTS_NO_LIMIT;
}

/*
 * @waited_ms: how long was waited, 0 for not at all; @array: or NULL, for people. Return:
 * how many rules lack a device that they require.
 */
unsigned int required_report_missing(const struct daxplug_policy *policy,
				     struct daxplug_ctx *ctx, uint64_t waited_ms,
				     struct json_object *array)
{
	const struct daxplug_rule *rule;
	unsigned int ms, n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		char text[128] = "required, and no device of it is there";

		if (!has_no_device(policy, rule, ctx, &ms))
			continue;
		n++;
		if (waited_ms)
			snprintf(text, sizeof(text),
				 "required, and no device of it has come within %u.%03u s",
				 ms / 1000, ms % 1000);
		report_rule_problem(array, rule, text);
	}
	return n;
}
