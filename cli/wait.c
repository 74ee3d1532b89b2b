// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug wait: waits until devices, or the devices of rules, are in the state that the policy
 * requests. For units and scripts that need the memory.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "events.h"
#include "policy.h"
#include "system.h"

#define WHY_MAX 512

static bool is_rule_named(const struct daxplug_policy *policy, const char *name)
{
	const struct daxplug_rule *rule;

	daxplug_policy_foreach_rule(policy, rule) {
		if (!daxplug_rule_is_default(rule) && !strcmp(daxplug_rule_get_name(rule), name))
			return true;
	}
	return false;
}

static bool is_online(enum daxplug_state state)
{
	return state == DAXPLUG_STATE_ONLINE || state == DAXPLUG_STATE_ONLINE_KERNEL ||
	       state == DAXPLUG_STATE_ONLINE_MOVABLE;
}

/*
 * Is the device in the state that the policy requests? If no rule requests a state, the device must
 * be online. If the result is false, @why is the reason.
 */
static bool is_ready(const struct daxplug_policy *policy,
		     const struct daxplug_device *dev, char *why)
{
	enum daxplug_state want = DAXPLUG_STATE_UNKNOWN, is = DAXPLUG_STATE_UNKNOWN;
	const struct daxplug_rule *rule = policy_get_wanted_state(policy, dev, &want);
	int err = daxplug_device_get_state(dev, &is);

	if (!err && (rule ? policy_is_state_met(is, want) : is_online(is)))
		return true;
	/* A device that another driver has bound has no state, and counts as unplugged. */
	if (err == -EOPNOTSUPP && rule && want == DAXPLUG_STATE_UNPLUGGED)
		return true;
	snprintf(why, WHY_MAX, "%s is %s, and %s is wanted%s%s",
		 daxplug_device_get_name(dev), get_state_string(dev, err, is),
		 rule ? daxplug_state_name(want) : "online",
		 rule ? "" : " (no rule of the policy requests a state)",
		 rule && daxplug_rule_get_retry(rule) ? "; it will be repeated" : "");
	return false;
}

/* Is the device one of those that the operand @name names? */
static bool is_named(const struct daxplug_policy *policy, const struct daxplug_device *dev,
		     const char *name, bool is_rule)
{
	const struct daxplug_rule *rule;

	if (!is_rule)
		return device_matches(dev, name);
	rule = daxplug_policy_get_rule(policy, dev);
	return rule && !strcmp(daxplug_rule_get_name(rule), name);
}

/*
 * Is @name a serial number that names no device, because it is 0 or several cards have it? Then
 * @why is the reason.
 */
static bool is_serial_unusable(const struct daxplug_policy *policy, const char *name, char *why)
{
	char text[256];
	uint64_t serial;

	if (!parse_serial_operand(name, &serial) ||
	    is_serial_usable(policy, serial, text, sizeof(text)))
		return false;
	snprintf(why, WHY_MAX, "%s: %s", name, text);
	return true;
}

/* Are there devices that the operand names, and are all of them ready? */
static bool is_operand_ready(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
			     const char *name, char *why)
{
	bool is_rule = is_rule_named(policy, name), found = false;
	struct daxplug_device *dev;

	if (!is_rule && is_serial_unusable(policy, name, why))
		return false;
	daxplug_device_foreach(ctx, dev) {
		if (!is_named(policy, dev, name, is_rule))
			continue;
		found = true;
		if (!is_ready(policy, dev, why))
			return false;
	}
	if (!found)
		snprintf(why, WHY_MAX, is_rule ? "[%s]: no device matches this rule" :
						 "%s: there is no such device", name);
	return found;
}

/* Call after daxplug_scan(). Are all named devices ready? Then @why is empty. */
static bool are_all_ready(struct daxplug_ctx *ctx, const struct options *o, char *why)
{
	struct daxplug_policy *policy = policy_read_quietly(ctx);
	bool ready = true;
	int i;

	if (!policy) {
		snprintf(why, WHY_MAX, "the policy cannot be read");
		return false;
	}
	for (i = 0; ready && i < o->nr_operands; i++)
		ready = is_operand_ready(ctx, policy, o->operands[i], why);
	daxplug_policy_free(policy);
	if (ready)
		*why = '\0';
	return ready;
}

int run_wait(struct daxplug_ctx *ctx, const struct options *o)
{
	uint64_t until_ms = o->timeout_ms ? get_monotonic_ms() + o->timeout_ms : EVENTS_NO_LIMIT;
	const struct daxplug_watch_event *event;
	struct daxplug_watch *w;
	char why[WHY_MAX] = "";
	bool ready;
	int n;

	/* Create the watch first, so that no event after this is missed. */
	n = daxplug_watch_new(ctx, &w);
	if (n) {
		fprintf(stderr, "daxplug: cannot wait: %s\n", strerror(-n));
		return EXIT_NOT_SUPPORTED;
	}
	catch_signals();
	/* Scan again after each event, because the watch has device objects of its own. */
	while (!(n = daxplug_scan(ctx)) && !are_all_ready(ctx, o, why)) {
		n = events_wait_for_change(w, until_ms);
		if (n <= 0)
			break;
		while ((n = daxplug_watch_next(w, &event)) > 0)
			;
		if (n < 0)
			break;
	}
	ready = !n && !*why;
	daxplug_watch_free(w);
	if (ready)
		return EXIT_DONE;
	if (n == -EINTR)
		return EXIT_REFUSED;
	if (n < 0)
		return print_scan_error(n);
	fprintf(stderr, "daxplug: timed out: %s\n", why);
	return EXIT_TIMED_OUT;
}
