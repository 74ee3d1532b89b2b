/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of daxplug doctor and daxplug health. Each reads the system (system.h) or a device
 * and adds what it finds to a list (findings.h). doctor.c and health.c choose the checks and
 * their order. No check calls these two.
 *
 * check_driver.c	the driver kmem that is loaded, and its parameters
 * check_module.c	the file of the module kmem that is installed
 * check_controllers.c	other programs and settings that switch memory blocks
 * check_cmdline.c	the kernel's command line
 * check_cxl.c		CXL memory that is not a DAX device
 * check_memory.c	zones, page structures and memory tiers
 * check_crash_kernel.c	whether a loaded crash kernel knows the memory
 * check_policy.c	errors of the policy, and devices in another state than it requests
 * check_units.c	the systemd units that apply the policy
 * check_state.c	the state of a device, and whether it can be plugged
 * check_usage.c	what prevents an unplug of a device, and which processes use it
 */
#ifndef DAXPLUG_CHECKS_H
#define DAXPLUG_CHECKS_H

#include <daxplug.h>
#include <stdbool.h>

#include "findings.h"

struct selection;

/* check_driver.c */
void check_driver(struct findings *f, struct daxplug_ctx *ctx);

/* check_module.c */
void check_module_file(struct findings *f, const char *release);

/* check_controllers.c */
void check_controllers(struct findings *f);
void check_left_auto_online(struct findings *f, struct daxplug_ctx *ctx);

/* check_cmdline.c */
void check_boot_parameters(struct findings *f);

/* check_cxl.c */
void check_cxl(struct findings *f, struct daxplug_ctx *ctx, const char *release);

/* check_memory.c */
void check_zones(struct findings *f);
void check_memmap(struct findings *f, const struct daxplug_device *dev);
void check_tier(struct findings *f, const struct daxplug_device *dev);

/* check_crash_kernel.c */
void check_crash_kernel(struct findings *f, struct daxplug_ctx *ctx);

/* check_policy.c */
bool check_policy(struct findings *f, struct daxplug_ctx *ctx, const struct selection *s);

/* check_units.c */
bool is_unit_failure(const struct finding *f);
void check_unit_properties(struct findings *f, char *text, bool has_rules);
void check_units(struct findings *f, const struct selection *s, bool has_rules);

/* check_state.c */
bool check_overlap(struct findings *f, const struct daxplug_device *dev);
bool check_state(struct findings *f, const struct daxplug_device *dev);
bool check_plug(struct findings *f, const struct daxplug_device *dev);

/* check_usage.c */
bool check_usage(struct findings *f, const struct daxplug_device *dev);
void check_poison(struct findings *f, const struct daxplug_device *dev, int seen);
void check_pinned_memory(struct findings *f);

#endif /* DAXPLUG_CHECKS_H */
