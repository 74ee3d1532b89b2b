// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rule of the policy is for a device: the first that matches it.
 */
#include <string.h>

#include "policy.h"

static bool in_words(const char *list, const char *word)
{
	if (!list)
		return true;
	while (word && *list) {
		size_t len;

		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if (len && len == strlen(word) && !strncmp(list, word, len))
			return true;
		list += len;
	}
	return false;
}

static bool in_numbers(const struct numbers *list, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < list->count; i++) {
		if (list->value[i] == number)
			return true;
	}
	return false;
}

/* One of its memory devices is enough: an interleaved region has several. */
bool has_serial(const struct daxplug_device *dev, const struct numbers *list)
{
	uint64_t serial;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (!daxplug_device_get_memdev(dev, i, NULL, &serial) &&
		    in_numbers(list, serial))
			return true;
	}
	return false;
}

/* All of the device lies in there. */
static bool within(const struct daxplug_device *dev, const uint64_t range[2])
{
	unsigned int i, n = daxplug_device_get_ranges(dev);
	uint64_t start, end;

	for (i = 0; i < n; i++) {
		if (daxplug_device_get_range(dev, i, &start, &end) ||
		    start < range[0] || end > range[1])
			return false;
	}
	return n > 0;
}

static bool matches(const struct rule *rule, const struct daxplug_device *dev)
{
	uint64_t size = daxplug_device_get_size(dev);
	int node = daxplug_device_get_target_node(dev);

	if (!in_words(rule->device, daxplug_device_get_name(dev)) &&
	    strcmp(rule->device, "all") != 0)
		return false;
	if (!in_words(rule->region, daxplug_device_get_region(dev)) ||
	    !in_words(rule->uuid, daxplug_device_get_uuid(dev)) ||
	    !in_words(rule->origin, daxplug_origin_name(
			      daxplug_device_get_origin(dev))))
		return false;
	if (rule->serial.count && !has_serial(dev, &rule->serial))
		return false;
	if (rule->node.count &&
	    (node < 0 || !in_numbers(&rule->node, (uint64_t)node)))
		return false;
	if (rule->has_size && (size == DAXPLUG_SIZE_UNKNOWN ||
			       size < rule->size[0] || size > rule->size[1]))
		return false;
	return !rule->has_range || within(dev, rule->range);
}

/*
 * A broken rule keeps its devices from the rules behind it, which were not
 * meant for them, unless nobody can say which devices are its own.
 */
const struct rule *rule_for(const struct policy *policy,
			    const struct daxplug_device *dev)
{
	const struct rule *rule;

	for (rule = policy->rules; rule; rule = rule->next) {
		if (rule->bad_match)
			continue;
		if (rule->broken && !rule->device && !rule->region &&
		    !rule->uuid && !rule->origin && !rule->serial.count &&
		    !rule->node.count && !rule->has_range && !rule->has_size)
			continue;
		if (matches(rule, dev))
			return rule;
	}
	return NULL;
}
