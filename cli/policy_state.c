// SPDX-License-Identifier: GPL-2.0-only
/* Compares the state of a device with the state that its rule requests. */
#include <errno.h>

#include "policy.h"

/*
 * @policy may be NULL. Return: the rule that requests a state of @dev, and the state in @want;
 * NULL if no rule requests one.
 */
const struct daxplug_rule *policy_get_wanted_state(const struct daxplug_policy *policy,
						   const struct daxplug_device *dev,
						   enum daxplug_state *want)
{
	const struct daxplug_rule *rule = policy ? daxplug_policy_get_rule(policy, dev) : NULL;

	if (!rule || daxplug_rule_is_broken(rule) || daxplug_rule_get_state(rule, want))
		return NULL;
	return rule;
}

/* A device that another driver has bound is not system RAM, so it is as good as unplugged. */
bool policy_is_state_met(enum daxplug_state is, enum daxplug_state want)
{
	return is == want ||
	       (is == DAXPLUG_STATE_OTHER_DRIVER && want == DAXPLUG_STATE_UNPLUGGED);
}

/*
 * Is the device in this state? The states must be compared as in apply_state(), so that the
 * other commands agree with daxplug apply. Return: 1 if it is, 0 if not, or a negative errno.
 */
int policy_has_wanted_state(const struct daxplug_device *dev, enum daxplug_state want)
{
	enum daxplug_state is;
	int err = daxplug_device_get_state(dev, &is);

	if (err == -EOPNOTSUPP)
		return policy_is_state_met(DAXPLUG_STATE_OTHER_DRIVER, want);
	return err ? err : policy_is_state_met(is, want);
}

/* Return the value of memmap_on_memory that the rule requests. */
enum daxplug_memmap policy_get_memmap(const struct daxplug_rule *rule)
{
	enum daxplug_memmap memmap = DAXPLUG_MEMMAP_DEFAULT;

	return daxplug_rule_get_memmap(rule, &memmap) ? DAXPLUG_MEMMAP_DEFAULT : memmap;
}

/*
 * Does the device have memory whose page structures are in another place than @want? If this
 * cannot be read, return false.
 */
bool policy_memmap_differs(const struct daxplug_device *dev, enum daxplug_memmap want)
{
	uint64_t bytes;

	return want != DAXPLUG_MEMMAP_DEFAULT &&
	       !daxplug_device_get_memmap_size(dev, &bytes) &&
	       (bytes > 0) != (want == DAXPLUG_MEMMAP_YES);
}
