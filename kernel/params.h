/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameters that each switch off one part of the module, so that an operator
 * can avoid a part that causes trouble and keep the rest.
 *
 * All are true by default and can be changed at any time in
 * /sys/module/kmem/parameters/. Each part reads its parameter when it begins. The
 * descriptions are in params.c.
 */
#ifndef DAXPLUG_KERNEL_PARAMS_H
#define DAXPLUG_KERNEL_PARAMS_H

#include <linux/types.h>

extern bool check_space_before_plug;
extern bool dry_run_before_unplug;
extern bool ask_other_notifiers;
extern bool steer_pages_away;
extern bool keep_demotion_out;
extern bool end_unplug_on_oom;
extern bool end_stalled_offline;
extern bool retire_poisoned_pages;

#endif
