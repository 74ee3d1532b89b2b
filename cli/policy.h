/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the command adds to the library's functions for the policy. policy.c prints errors and looks
 * up CXL memory devices (cards) by serial number. policy_state.c compares a device with the state
 * that the policy requests.
 */
#ifndef POLICY_H
#define POLICY_H

#include <daxplug_policy.h>
#include <stdbool.h>
#include <stddef.h>

struct daxplug_policy *policy_new(void);
int policy_read(struct daxplug_policy *policy, const char *dir);
int policy_load_cards(struct daxplug_policy *policy, struct daxplug_ctx *ctx);
int policy_read_cards(struct daxplug_policy *policy, struct daxplug_ctx *ctx);
struct daxplug_policy *policy_read_quietly(struct daxplug_ctx *ctx);
const char *get_rule_path(const struct daxplug_rule *rule);
bool has_serial_number(const struct daxplug_device *dev, uint64_t serial);
bool is_serial_usable(const struct daxplug_policy *policy, uint64_t serial,
		      char *why, size_t len);
bool has_number_in_name(const char *pattern);

/* policy_state.c */
const struct daxplug_rule *policy_get_wanted_state(const struct daxplug_policy *policy,
						   const struct daxplug_device *dev,
						   enum daxplug_state *want);
bool policy_is_state_met(enum daxplug_state is, enum daxplug_state want);
int policy_has_wanted_state(const struct daxplug_device *dev, enum daxplug_state want);
enum daxplug_memmap policy_get_memmap(const struct daxplug_rule *rule);
bool policy_memmap_differs(const struct daxplug_device *dev, enum daxplug_memmap want);

#endif /* POLICY_H */
