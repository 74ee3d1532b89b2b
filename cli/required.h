/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of the policy with "required": the rule must be the one that decides for at least one
 * device (required.c). A device for which another rule decides does not count.
 */
#ifndef DAXPLUG_REQUIRED_H
#define DAXPLUG_REQUIRED_H

#include <stdint.h>

#include "policy.h"

struct json_object;

bool required_has_no_device(const struct daxplug_policy *policy,
			    const struct daxplug_rule *rule, struct daxplug_ctx *ctx);
bool *required_list_rules(const struct daxplug_policy *policy, struct daxplug_ctx *ctx);
bool required_may_still_appear(const struct daxplug_policy *policy, struct daxplug_ctx *ctx,
			       uint64_t begin_ms, uint64_t *until_ms);
unsigned int required_report_missing(const struct daxplug_policy *policy,
				     struct daxplug_ctx *ctx, uint64_t waited_ms,
				     struct json_object *array);

#endif /* DAXPLUG_REQUIRED_H */
