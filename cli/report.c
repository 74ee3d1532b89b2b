// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the policy has no effect: rules that match no device, serial numbers
 * that are not those of one card, wishes that cannot be met.
 */
#include <errno.h>
#include <json.h>

#include "cli.h"
#include "report.h"

/* "[name]: text", for people or in @array. */
static void tell(struct json_object *array, const struct rule *rule,
		 const char *text)
{
	struct json_object *o;

	if (!array) {
		fprintf(stderr, "daxplug: %s:%u: [%s]: %s\n", rule->file,
			rule->line, rule->name, text);
		return;
	}
	o = json_object_new_object();
	json_rule(o, rule);
	json_string(o, "reason", text);
	json_object_array_add(array, o);
}

void json_rule(struct json_object *o, const struct rule *rule)
{
	json_string(o, "rule", rule ? rule->name : NULL);
	json_string(o, "file", rule ? rule->file : NULL);
	json_object_object_add(o, "line", rule ?
			       json_object_new_int64(rule->line) : NULL);
}

static unsigned int report_serials(const struct policy *policy,
				   const struct rule *rule,
				   struct json_object *array, bool say)
{
	char why[256], text[300];
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < rule->serial.count; i++) {
		if (serial_is_usable(&policy->cards, rule->serial.span[i].from,
				     why, sizeof(why)))
			continue;
		snprintf(text, sizeof(text), "%s: it matches nothing", why);
		if (say || array)
			tell(array, rule, text);
		n++;
	}
	return n;
}

static void report_names(const struct rule *rule, struct json_object *array)
{
	char text[300];
	size_t i;

	for (i = 0; i < rule->device.count; i++) {
		if (!names_a_device(rule->device.word[i]))
			continue;
		snprintf(text, sizeof(text),
			 "%.100s may be another device after the next boot; "
			 "write serial, uuid, range or size",
			 rule->device.word[i]);
		tell(array, rule, text);
	}
}

/*
 * After policy_assign() also serial numbers that two cards have.
 * Return: how many serial numbers match nothing.
 */
unsigned int report_warnings(const struct policy *policy,
			     struct json_object *array, bool say)
{
	const struct rule *rule;
	unsigned int n = 0;

	for (rule = policy->rules; rule; rule = rule->next) {
		if (rule->broken)
			continue;
		n += report_serials(policy, rule, array, say);
		if (say || array)
			report_names(rule, array);
	}
	return n;
}

/* After policy_assign(). Return: how many rules match no device. */
unsigned int report_unmatched(const struct policy *policy,
			      struct json_object *array, bool say)
{
	const struct rule *rule;
	unsigned int n = 0;

	for (rule = policy->rules; rule; rule = rule->next) {
		if (rule->broken || rule->is_default || rule->matched)
			continue;
		if (say || array)
			tell(array, rule, "matches no device");
		n++;
	}
	return n;
}

/* Why the guard that @rule wants cannot be had; NULL: it can, or none is wanted. */
static const char *why_no_guard(const struct rule *rule,
				const struct daxplug_device *dev)
{
	enum daxplug_backend backend = daxplug_device_get_backend(dev);
	enum daxplug_guard guard;

	/* Where there is none everybody may switch blocks: that is off. */
	if (!rule->has_guard || rule->guard == DAXPLUG_GUARD_OFF ||
	    daxplug_device_get_guard(dev, &guard) != -EOPNOTSUPP)
		return NULL;
	if (backend == DAXPLUG_BACKEND_NONE)
		return rule->has_state ? NULL : "the device is not bound to kmem";
	return backend == DAXPLUG_BACKEND_MODULE ?
	       "this version of the module has no guard" :
	       "only daxplug's kmem module has a guard";
}

/* Return: is there something that cannot be had? */
bool report_unmet(const struct rule *rule, const struct daxplug_device *dev,
		  struct json_object *array, bool say)
{
	const char *name = daxplug_device_get_name(dev);
	const char *why = why_no_guard(rule, dev);
	const char *want = daxplug_guard_name(rule->guard);

	if (!why)
		return false;
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
			name, want, why, rule->name, rule->file, rule->line);
	}
	return true;
}
