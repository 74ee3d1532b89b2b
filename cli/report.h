/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports rules and settings of the policy that have no effect. Each report is printed on
 * standard error or added to a JSON array (report.c).
 */
#ifndef DAXPLUG_REPORT_H
#define DAXPLUG_REPORT_H

#include "policy.h"

struct json_object;

void json_rule(struct json_object *o, const struct daxplug_rule *rule);
void report_rule_problem(struct json_object *array, const struct daxplug_rule *rule,
			 const char *text);
unsigned int report_warnings(const struct daxplug_policy *policy,
			     struct json_object *array, bool say);
unsigned int report_unmatched(const struct daxplug_policy *policy,
			      struct daxplug_ctx *ctx, struct json_object *array,
			      bool say);
void report_movable_limit(const struct daxplug_rule *rule, const struct daxplug_rule *limit,
			  const struct daxplug_device *dev, const char *why,
			  struct json_object *array, bool say);
bool report_unmet_guard(const struct daxplug_rule *rule, const struct daxplug_device *dev,
			struct json_object *array, bool say);

#endif /* DAXPLUG_REPORT_H */
