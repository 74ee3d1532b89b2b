// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules with "required": a device must match the rule now, or within the time that the rule
 * gives.
 */
#include <stdlib.h>

#include "cli.h"
#include "events.h"
#include "report.h"
#include "required.h"
#include "system.h"

/* Does the rule require a device, and is there none? */
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

/* Call after daxplug_scan() and policy_read_cards(). */
bool required_has_no_device(const struct daxplug_policy *policy,
			    const struct daxplug_rule *rule, struct daxplug_ctx *ctx)
{
	unsigned int ms;

	return has_no_device(policy, rule, ctx, &ms);
}

/*
 * Call after daxplug_scan() and policy_read_cards(). Return: an array with one entry for each rule
 * of the policy, in the policy's order, which says whether the rule requires a device and has none.
 * The caller frees it. NULL if out of memory.
 */
bool *required_list_rules(const struct daxplug_policy *policy, struct daxplug_ctx *ctx)
{
	const struct daxplug_rule *rule;
	bool *awaited;
	size_t nr = 0;

	daxplug_policy_foreach_rule(policy, rule)
		nr++;
	awaited = calloc(nr + 1, sizeof(*awaited));
	nr = 0;
	daxplug_policy_foreach_rule(policy, rule) {
		if (awaited)
			awaited[nr++] = required_has_no_device(policy, rule, ctx);
	}
	return awaited;
}

/*
 * Call after daxplug_scan() and policy_read_cards(). @begin_ms is the start of the wait, a time
 * of get_monotonic_ms(). Return: may a required device still appear? If so, @until_ms receives the
 * time at which the first of the rules' time limits ends.
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
 * @waited_ms is the time that was waited, 0 if not at all. Report in @array, or on standard error
 * if it is NULL. Return: the number of rules that lack a required device.
 */
unsigned int required_report_missing(const struct daxplug_policy *policy,
				     struct daxplug_ctx *ctx, uint64_t waited_ms,
				     struct json_object *array)
{
	const struct daxplug_rule *rule;
	unsigned int ms, n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		char text[128] = "required, but no device matches it";

		if (!has_no_device(policy, rule, ctx, &ms))
			continue;
		n++;
		if (waited_ms)
			snprintf(text, sizeof(text),
				 "required, but no device matched it within %u.%03u s",
				 ms / 1000, ms % 1000);
		report_rule_problem(array, rule, text);
	}
	return n;
}
