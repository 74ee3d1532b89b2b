// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports parts of the policy that have no effect: rules that match no device, serial numbers
 * that do not identify one card, and settings that a device cannot have.
 */
#include <errno.h>
#include <json.h>

#include "cli.h"
#include "report.h"

/* Report "[name]: text" about a rule, in @array if it is not NULL, else on standard error. */
void report_rule_problem(struct json_object *array, const struct daxplug_rule *rule,
			 const char *text)
{
	struct json_object *o;

	if (!array) {
		fprintf(stderr, "daxplug: %s:%u: [%s]: %s\n", get_rule_path(rule),
			daxplug_rule_get_line(rule), daxplug_rule_get_name(rule), text);
		return;
	}
	o = json_object_new_object();
	json_rule(o, rule);
	json_string(o, "reason", text);
	json_object_array_add(array, o);
}

void json_rule(struct json_object *o, const struct daxplug_rule *rule)
{
	json_string(o, "rule", rule ? daxplug_rule_get_name(rule) : NULL);
	json_string(o, "file", rule ? get_rule_path(rule) : NULL);
	json_object_object_add(o, "line", rule ?
			       json_object_new_int64(daxplug_rule_get_line(rule)) : NULL);
}

static unsigned int report_serials(const struct daxplug_policy *policy,
				   const struct daxplug_rule *rule,
				   struct json_object *array, bool say)
{
	char why[256], text[300];
	unsigned int i, n = 0;
	uint64_t serial, last;

	for (i = 0; !daxplug_rule_get_numbers(rule, "serial", i, &serial, &last); i++) {
		if (is_serial_usable(policy, serial, why, sizeof(why)))
			continue;
		snprintf(text, sizeof(text), "%s: it matches nothing", why);
		if (say || array)
			report_rule_problem(array, rule, text);
		n++;
	}
	return n;
}

static void report_names(const struct daxplug_rule *rule, struct json_object *array)
{
	char text[300];
	unsigned int i;
	const char *word;

	for (i = 0; (word = daxplug_rule_get_word(rule, "device", i)); i++) {
		if (!has_number_in_name(word))
			continue;
		snprintf(text, sizeof(text),
			 "%.100s may be another device after the next boot; "
			 "write serial, uuid, range or size",
			 word);
		report_rule_problem(array, rule, text);
	}
}

/*
 * After policy_read_cards() this also reports serial numbers that two cards have. Return: the
 * number of serial numbers that match nothing.
 */
unsigned int report_warnings(const struct daxplug_policy *policy,
			     struct json_object *array, bool say)
{
	const struct daxplug_rule *rule;
	unsigned int n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		if (daxplug_rule_is_broken(rule))
			continue;
		n += report_serials(policy, rule, array, say);
		if (say || array)
			report_names(rule, array);
	}
	return n;
}

static bool matches_a_device(const struct daxplug_policy *policy,
			     const struct daxplug_rule *rule,
			     struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_policy_match(policy, rule, dev, NULL) == DAXPLUG_MATCH_YES)
			return true;
	}
	return false;
}

/* Call after policy_read_cards(). Return: the number of rules that match no device. */
unsigned int report_unmatched(const struct daxplug_policy *policy,
			      struct daxplug_ctx *ctx, struct json_object *array,
			      bool say)
{
	const struct daxplug_rule *rule;
	unsigned int n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		if (daxplug_rule_is_broken(rule) || daxplug_rule_is_default(rule) ||
		    matches_a_device(policy, rule, ctx))
			continue;
		if (say || array)
			report_rule_problem(array, rule, "matches no device");
		n++;
	}
	return n;
}

/* Return the reason why the device cannot have the guard that @rule requests, or NULL. */
static const char *explain_missing_guard(const struct daxplug_rule *rule,
					 const struct daxplug_device *dev)
{
	enum daxplug_backend backend = daxplug_device_get_backend(dev);
	enum daxplug_state state;
	enum daxplug_guard guard;

	/* Without a guard all programs may switch blocks, which is the same as "off". */
	if (daxplug_rule_get_guard(rule, &guard) || guard == DAXPLUG_GUARD_OFF ||
	    daxplug_device_get_guard(dev, &guard) != -EOPNOTSUPP)
		return NULL;
	if (backend == DAXPLUG_BACKEND_NONE)
		return daxplug_rule_get_state(rule, &state) ?
		       "the device is not bound to kmem" : NULL;
	return backend == DAXPLUG_BACKEND_MODULE ?
	       "this version of the module has no guard" :
	       "only daxplug's kmem module has a guard";
}

/*
 * Report that the device cannot have the guard that @rule requests. The report is added to @array
 * if it is not NULL, else printed if @say is set. Return: true if the device cannot have the guard.
 */
bool report_unmet_guard(const struct daxplug_rule *rule, const struct daxplug_device *dev,
			struct json_object *array, bool say)
{
	const char *name = daxplug_device_get_name(dev);
	const char *why = explain_missing_guard(rule, dev);
	enum daxplug_guard guard;
	const char *want;

	if (!why || daxplug_rule_get_guard(rule, &guard))
		return false;
	want = daxplug_guard_name(guard);
	if (array) {
		struct json_object *o = json_object_new_object();

		json_string(o, "name", name);
		json_string(o, "what", "guard");
		json_string(o, "want", want);
		json_string(o, "backend", daxplug_backend_name(
				    daxplug_device_get_backend(dev)));
		json_rule(o, rule);
		json_string(o, "reason", why);
		json_object_array_add(array, o);
	} else if (say) {
		fprintf(stderr, "daxplug: %s: no guard %s: %s [%s, %s:%u]\n",
			name, want, why, daxplug_rule_get_name(rule), get_rule_path(rule),
			daxplug_rule_get_line(rule));
	}
	return true;
}

/* Report that the limit in section @limit prevents the state that @rule requests. */
void report_movable_limit(const struct daxplug_rule *rule, const struct daxplug_rule *limit,
			  const struct daxplug_device *dev, const char *why,
			  struct json_object *array, bool say)
{
	const char *name = daxplug_device_get_name(dev), *want;
	enum daxplug_state state;
	struct json_object *o;

	if (daxplug_rule_get_state(rule, &state))
		return;
	want = daxplug_state_name(state);
	if (!array) {
		if (say)
			fprintf(stderr, "daxplug: %s: not plugged as %s: %s [%s, %s:%u]\n",
				name, want, why, daxplug_rule_get_name(limit),
				get_rule_path(limit), daxplug_rule_get_line(limit));
		return;
	}
	o = json_object_new_object();
	json_string(o, "name", name);
	json_string(o, "what", "state");
	json_string(o, "want", want);
	json_string(o, "backend", daxplug_backend_name(daxplug_device_get_backend(dev)));
	json_rule(o, rule);
	json_string(o, "reason", why);
	json_object_array_add(array, o);
}
