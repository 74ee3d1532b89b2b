// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the parser of the policy. The input is the content of a policy file. No device is
 * matched against the rules, but every rule must be complete.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool sets_something(const struct daxplug_rule *rule)
{
	if (rule->has_state || rule->has_guard || rule->has_timeout || rule->has_memmap)
		return true;
	return rule->is_default &&
	       (rule->has_required || rule->has_retry || rule->has_movable_max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct daxplug_policy *policy;
	struct daxplug_policy_file *file;
	const struct daxplug_rule *rule;
	FILE *stream;

	if (!size)
		return 0;
	stream = fmemopen((void *)data, size, "r");
	if (!stream)
		return 0;
	if (daxplug_policy_new(&policy))
		abort();
	file = dp_policy_add_file(policy, "fuzz", DAXPLUG_FILE_STATUS_READ);
	if (!file)
		abort();
	dp_config_parse(stream, file, policy);
	dp_config_finish(policy);
	daxplug_policy_foreach_rule(policy, rule) {
		/* A rule that sets nothing must be marked broken, and reported as an error. */
		if (!rule->name || !rule->line || (!rule->broken && !sets_something(rule)) ||
		    (rule->broken && !policy->errors))
			abort();
	}
	daxplug_policy_free(policy);
	fclose(stream);
	return 0;
}
