/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit movable_max of the policy: how much memory of the machine may be in
 * ZONE_MOVABLE, and which devices may still be plugged there (movable.c).
 */
#ifndef DAXPLUG_MOVABLE_H
#define DAXPLUG_MOVABLE_H

#include "policy.h"

struct movable_plan;

int movable_plan_new(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
		     struct movable_plan **out);
void movable_plan_free(struct movable_plan *plan);
int movable_plan_find_limit(const struct movable_plan *plan, const struct daxplug_policy *policy,
			    const struct daxplug_device *dev, bool now,
			    const struct daxplug_rule **rule, char *why, size_t len);
bool movable_wants_zone(const struct daxplug_policy *policy,
			const struct daxplug_device *dev);

#endif /* DAXPLUG_MOVABLE_H */
