// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rule of the policy is for a device: the first that matches it.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "policy.h"

static bool in_words(const struct words *list, const char *word, int flags)
{
	size_t i;

	if (!list->count)
		return true;
	for (i = 0; word && i < list->count; i++) {
		if (!fnmatch(list->word[i], word, flags))
			return true;
	}
	return false;
}

static bool is_for_all(const struct words *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!strcmp(list->word[i], "all"))
			return true;
	}
	return false;
}

static bool in_spans(const struct spans *list, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (from >= list->span[i].from && to <= list->span[i].to)
			return true;
	}
	return !list->count;
}

static bool in_serials(const struct policy *policy, const struct rule *rule,
		       const struct daxplug_device *dev)
{
	char why[256];
	size_t i;

	for (i = 0; i < rule->serial.count; i++) {
		uint64_t serial = rule->serial.span[i].from;

		if (has_serial(dev, serial) &&
		    serial_is_usable(&policy->cards, serial, why, sizeof(why)))
			return true;
	}
	return !rule->serial.count;
}

/* All of the device lies in there. */
static bool within(const struct daxplug_device *dev, const struct spans *list)
{
	unsigned int i, n = daxplug_device_get_ranges(dev);
	uint64_t start, end;

	if (!list->count)
		return true;
	for (i = 0; i < n; i++) {
		if (daxplug_device_get_range(dev, i, &start, &end) ||
		    !in_spans(list, start, end))
			return false;
	}
	return n > 0;
}

static bool matches(const struct policy *policy, const struct rule *rule,
		    const struct daxplug_device *dev)
{
	uint64_t size = daxplug_device_get_size(dev);
	int node = daxplug_device_get_target_node(dev);

	if (!in_words(&rule->device, daxplug_device_get_name(dev), 0) &&
	    !is_for_all(&rule->device))
		return false;
	if (!in_words(&rule->region, daxplug_device_get_region(dev), 0) ||
	    !in_words(&rule->uuid, daxplug_device_get_uuid(dev), FNM_CASEFOLD) ||
	    !in_words(&rule->origin, daxplug_origin_name(
			      daxplug_device_get_origin(dev)), 0))
		return false;
	if (rule->node.count &&
	    (node < 0 || !in_spans(&rule->node, (uint64_t)node, (uint64_t)node)))
		return false;
	if (rule->size.count && (size == DAXPLUG_SIZE_UNKNOWN ||
				 !in_spans(&rule->size, size, size)))
		return false;
	return in_serials(policy, rule, dev) && within(dev, &rule->range);
}

/*
 * A broken rule keeps its devices from the rules behind it, which were not
 * meant for them, unless nobody can say which devices are its own.
 */
static bool may_match(const struct rule *rule)
{
	if (rule->is_default || rule->bad_match)
		return false;
	return !rule->broken || rule->device.count || rule->region.count ||
	       rule->uuid.count || rule->origin.count || rule->serial.count ||
	       rule->node.count || rule->range.count || rule->size.count;
}

/* After policy_assign(), which knows the serial numbers that are no good. */
const struct rule *rule_for(const struct policy *policy,
			    const struct daxplug_device *dev)
{
	const struct rule *rule;

	for (rule = policy->rules; rule; rule = rule->next) {
		if (may_match(rule) && matches(policy, rule, dev))
			return rule;
	}
	return NULL;
}

/* After daxplug_scan(): counts the devices of each rule. */
void policy_assign(struct policy *policy, struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;
	struct rule *rule;

	cards_free(&policy->cards);
	cards_read(ctx, &policy->cards);
	for (rule = policy->rules; rule; rule = rule->next)
		rule->matched = rule->owned = 0;
	daxplug_device_foreach(ctx, dev) {
		bool taken = false;

		for (rule = policy->rules; rule; rule = rule->next) {
			if (!may_match(rule) || !matches(policy, rule, dev))
				continue;
			rule->matched++;
			rule->owned += !taken;
			taken = true;
		}
	}
}

/* One by its number, which another may have after the next boot. */
bool names_a_device(const char *pattern)
{
	while (*pattern && !isdigit((unsigned char)*pattern))
		pattern++;
	return *pattern;
}
