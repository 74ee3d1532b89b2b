// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a device is as its rule of the policy wants it.
 */
#include <errno.h>

#include "cli.h"
#include "policy.h"

/*
 * @policy: or NULL. Return: the rule that wants a state of @dev, and that state in @want;
 * NULL: no state is wanted of it.
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

/* What another driver holds is no system RAM. */
bool policy_is_state_met(enum daxplug_state is, enum daxplug_state want)
{
	return is == want ||
	       (is == DAXPLUG_STATE_OTHER_DRIVER && want == DAXPLUG_STATE_UNPLUGGED);
}

/*
 * Has the device that state? As daxplug apply decides it: what another driver has is no
 * system RAM, and so it is as good as unplugged.
 * Return: 1 yes, 0 no, or a negative errno.
 */
int policy_has_wanted_state(const struct daxplug_device *dev, enum daxplug_state want)
{
	enum daxplug_state is;
	int err = daxplug_device_get_state(dev, &is);

	if (err == -EOPNOTSUPP)
		return policy_is_state_met(DAXPLUG_STATE_OTHER_DRIVER, want);
	return err ? err : policy_is_state_met(is, want);
}
