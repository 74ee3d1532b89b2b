// SPDX-License-Identifier: GPL-2.0-only
/* The policy: its errors, rules without effect, and devices in another state than it requests. */
#include <errno.h>
#include <json.h>

#include "checks.h"
#include "cli.h"
#include "policy.h"
#include "report.h"

/* The number of findings of one kind that are listed. The rest is counted. */
#define SHOWN 8

struct errors {
	struct findings *f;
	unsigned int count;
};

static void add_policy_error(const struct daxplug_policy_error *error, void *data)
{
	struct errors *all = data;
	char line[16] = "";

	if (all->count++ >= SHOWN)
		return;
	if (error->line)
		snprintf(line, sizeof(line), ":%u", error->line);
	add_finding(all->f, FOUND_POLICY, LEVEL_PROBLEM, "policy", "%s%s%s%s", error->file ?
		    error->file : "", line, error->file ? ": " : "", error->text);
	add_advice(all->f, "%s", error->next ? error->next :
		   "repair it; until then its rule has no effect");
}

static unsigned int count_rules(const struct daxplug_policy *policy)
{
	const struct daxplug_rule *rule;
	unsigned int n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		n += !daxplug_rule_is_default(rule);
	}
	return n;
}

/*
 * Read the policy, add a finding for each of its errors, and count its rules. Return: false if
 * memory ran out or a directory could not be read; true otherwise, even if files have errors.
 */
static bool check_policy_files(struct findings *f, struct daxplug_policy *policy,
			       unsigned int *nr_rules)
{
	struct errors errors = { .f = f };
	size_t before = f->count;
	unsigned int rules;
	int err;

	daxplug_policy_set_error_fn(policy, add_policy_error, &errors);
	err = daxplug_policy_read(policy);
	*nr_rules = rules = count_rules(policy);
	if (err == -ENOMEM) {
		/* Memory ran out, so remove the findings. They are not errors of the policy. */
		drop_findings(f, before);
		f->failed = true;
		return false;
	}
	if (errors.count > SHOWN)
		add_finding(f, FOUND_POLICY, LEVEL_PROBLEM, "policy", "and %u more errors",
			    errors.count - SHOWN);
	else if (errors.count)
		;
	else if (rules)
		add_finding(f, FOUND_POLICY, LEVEL_OK, "policy", "%u rules, without an error",
			    rules);
	else
		add_finding(f, FOUND_POLICY, LEVEL_OK, "policy",
			    "there is no policy: devices stay as they are, or as the kernel's "
			    "settings decide");
	return !err;
}

static const char *get_json_string(struct json_object *o, const char *key)
{
	struct json_object *value;
	const char *text = json_object_object_get_ex(o, key, &value) && value ?
			   json_object_get_string(value) : NULL;

	return text ? text : "";
}

/* Add a finding for each report in @array. report.c fills such an array for apply --json, too. */
static void add_reported_rules(struct findings *f, struct json_object *array)
{
	size_t i, n = json_object_array_length(array);

	for (i = 0; i < n && i < SHOWN; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		const char *device = get_json_string(o, "name");

		/* Each report has these. If one is missing, memory ran out. */
		if (!*get_json_string(o, "file") || !*get_json_string(o, "reason")) {
			f->failed = true;
			continue;
		}
		add_finding(f, FOUND_POLICY_RULE, LEVEL_WARNING, *device ? device : "policy",
			    "%s:%s: [%s]: %s", get_json_string(o, "file"),
			    get_json_string(o, "line"), get_json_string(o, "rule"),
			    get_json_string(o, "reason"));
		add_advice(f, "daxplug apply --print shows which rule each device has");
	}
	if (n > SHOWN)
		add_finding(f, FOUND_POLICY_RULE, LEVEL_WARNING, "policy", "and %zu more",
			    n - SHOWN);
}

/* Compare the state of a device with the state that its rule requests. */
static void check_wanted_state(struct findings *f, const struct daxplug_policy *policy,
			       const struct daxplug_device *dev)
{
	const struct daxplug_rule *rule;
	enum daxplug_state want;

	if (!policy_get_wanted_state(policy, dev, &want) || policy_has_wanted_state(dev, want) != 0)
		return;
	rule = daxplug_policy_get_rule(policy, dev);
	add_finding(f, FOUND_POLICY_STATE, LEVEL_WARNING, daxplug_device_get_name(dev),
		    "%s, policy wants %s", read_state_string(dev), daxplug_state_name(want));
	add_advice(f, "daxplug apply %s, which says what prevents it; the rule is [%s] in %s:%u",
		   daxplug_device_get_name(dev), daxplug_rule_get_name(rule), get_rule_path(rule),
		   daxplug_rule_get_line(rule));
}

static void check_policy_rules(struct findings *f, struct daxplug_policy *policy,
			       struct daxplug_ctx *ctx, const struct selection *s)
{
	struct json_object *reported[3];
	struct daxplug_device *dev;
	size_t i;
	int err = daxplug_policy_read_cards(policy, ctx);

	/* Without the list of cards, it is not known whether two have the same serial number. */
	if (err) {
		f->failed = true;
		f->cards_err = err == -ENOMEM ? 0 : err;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(reported); i++)
		reported[i] = json_object_new_array();
	for (i = 0; i < s->nr; i++)
		check_wanted_state(f, policy, s->dev[i]);
	if (reported[0])
		report_unmatched(policy, ctx, reported[0], false);
	if (reported[1])
		report_warnings(policy, reported[1], false);
	daxplug_device_foreach(ctx, dev) {
		const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, dev);

		if (reported[2] && rule && !daxplug_rule_is_broken(rule))
			report_unmet_guard(rule, dev, reported[2], false);
	}
	for (i = 0; i < ARRAY_SIZE(reported); i++) {
		if (reported[i])
			add_reported_rules(f, reported[i]);
		else
			f->failed = true;
		json_object_put(reported[i]);
	}
}

/* Return: does the policy have rules? */
bool check_policy(struct findings *f, struct daxplug_ctx *ctx, const struct selection *s)
{
	struct daxplug_policy *policy;
	unsigned int rules;

	if (daxplug_policy_new(&policy)) {
		f->failed = true;
		return false;
	}
	/*
	 * If a part of the policy is missing, other rules could match a device. Without the list of
	 * devices, each rule would be reported as one that matches no device.
	 */
	if (check_policy_files(f, policy, &rules) && s->scanned)
		check_policy_rules(f, policy, ctx, s);
	daxplug_policy_free(policy);
	return rules > 0;
}
