// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds the rule of the policy for a device: the first one that matches. */
#include <fnmatch.h>
#include <string.h>

#include "internal.h"
#include "policy_internal.h"

/* The arguments of one match. */
struct query {
	const struct daxplug_policy *policy;
	const struct daxplug_rule *rule;
	const struct daxplug_device *dev;
};

static enum daxplug_match yes_or_no(bool yes)
{
	return yes ? DAXPLUG_MATCH_YES : DAXPLUG_MATCH_NO;
}

static bool in_words(const struct dp_words *list, const char *word, int flags)
{
	size_t i;

	for (i = 0; word && i < list->count; i++) {
		if (!fnmatch(list->word[i], word, flags))
			return true;
	}
	return !list->count;
}

static bool in_spans(const struct dp_spans *list, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (from >= list->span[i].from && to <= list->span[i].to)
			return true;
	}
	return !list->count;
}

static enum daxplug_match match_device(const struct query *q)
{
	size_t i;

	for (i = 0; i < q->rule->words[KEY_DEVICE].count; i++) {
		if (!strcmp(q->rule->words[KEY_DEVICE].word[i], "all"))
			return DAXPLUG_MATCH_YES;
	}
	return yes_or_no(in_words(&q->rule->words[KEY_DEVICE], q->dev->name, 0));
}

static enum daxplug_match match_region(const struct query *q)
{
	return yes_or_no(in_words(&q->rule->words[KEY_REGION], q->dev->region, 0));
}

static enum daxplug_match match_uuid(const struct query *q)
{
	return yes_or_no(in_words(&q->rule->words[KEY_UUID], q->dev->uuid, FNM_CASEFOLD));
}

static enum daxplug_match match_origin(const struct query *q)
{
	return yes_or_no(in_words(&q->rule->words[KEY_ORIGIN],
			      daxplug_origin_name(q->dev->origin), 0));
}

static enum daxplug_match match_node(const struct query *q)
{
	uint64_t node = (uint64_t)q->dev->target_node;

	if (!q->rule->spans[KEY_NODE].count)
		return DAXPLUG_MATCH_YES;
	return yes_or_no(q->dev->target_node >= 0 &&
			 in_spans(&q->rule->spans[KEY_NODE], node, node));
}

static enum daxplug_match match_size(const struct query *q)
{
	if (q->rule->spans[KEY_SIZE].count && q->dev->size == DAXPLUG_SIZE_UNKNOWN)
		return DAXPLUG_MATCH_UNKNOWN;
	return yes_or_no(in_spans(&q->rule->spans[KEY_SIZE], q->dev->size, q->dev->size));
}

/* One matching memory device is enough, because an interleaved region has several. */
static enum daxplug_match match_serial(const struct query *q)
{
	enum daxplug_match match = DAXPLUG_MATCH_NO;
	unsigned int i;

	if (!q->rule->spans[KEY_SERIAL].count)
		return DAXPLUG_MATCH_YES;
	for (i = 0; i < q->dev->nr_memdevs; i++) {
		uint64_t serial;

		if (daxplug_device_get_memdev(q->dev, i, NULL, &serial)) {
			if (match == DAXPLUG_MATCH_NO)
				match = DAXPLUG_MATCH_UNKNOWN;
		} else if (in_spans(&q->rule->spans[KEY_SERIAL], serial, serial)) {
			if (!daxplug_policy_check_serial(q->policy, serial, NULL, NULL))
				return DAXPLUG_MATCH_YES;
			match = DAXPLUG_MATCH_SERIAL;
		}
	}
	return match;
}

/* The whole device must be inside the ranges of the rule. */
static enum daxplug_match match_range(const struct query *q)
{
	uint64_t start, end;
	unsigned int i;

	if (!q->rule->spans[KEY_RANGE].count)
		return DAXPLUG_MATCH_YES;
	for (i = 0; i < q->dev->nr_ranges; i++) {
		if (daxplug_device_get_range(q->dev, i, &start, &end))
			return DAXPLUG_MATCH_UNKNOWN;
		if (!in_spans(&q->rule->spans[KEY_RANGE], start, end))
			return DAXPLUG_MATCH_NO;
	}
	return yes_or_no(q->dev->nr_ranges > 0);
}

/*
 * In the order in which the keys are compared. The range is the last one, because its
 * comparison reads sysfs.
 */
static const struct {
	const char *key;
	enum daxplug_match (*match)(const struct query *q);
} keys[] = {
	{ "device", match_device },
	{ "region", match_region },
	{ "uuid", match_uuid },
	{ "origin", match_origin },
	{ "node", match_node },
	{ "size", match_size },
	{ "serial", match_serial },
	{ "range", match_range },
};

/*
 * A broken rule still matches its devices, because the rules behind it were not meant for
 * them. If the error is in a key that matches devices, it is unknown which devices these
 * are. Then the rule matches none.
 */
static bool may_match(const struct daxplug_rule *rule)
{
	if (rule->is_default || rule->bad_match)
		return false;
	return !rule->broken || dp_rule_has_matcher(rule);
}

enum daxplug_match daxplug_policy_match(const struct daxplug_policy *policy,
					const struct daxplug_rule *rule,
					const struct daxplug_device *dev,
					const char **key)
{
	const struct query q = { .policy = policy, .rule = rule, .dev = dev };
	size_t i;

	if (key)
		*key = NULL;
	if (!may_match(rule))
		return DAXPLUG_MATCH_NO_RULE;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		enum daxplug_match match = keys[i].match(&q);

		if (match == DAXPLUG_MATCH_YES)
			continue;
		if (key)
			*key = keys[i].key;
		return match;
	}
	return DAXPLUG_MATCH_YES;
}

const struct daxplug_rule *
daxplug_policy_get_rule(const struct daxplug_policy *policy,
			const struct daxplug_device *dev)
{
	const struct daxplug_rule *rule;

	daxplug_policy_foreach_rule(policy, rule) {
		if (daxplug_policy_match(policy, rule, dev, NULL) == DAXPLUG_MATCH_YES)
			return rule;
	}
	return NULL;
}
