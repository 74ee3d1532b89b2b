/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a bound device shows in /sys; each file is described in doc/abi/.
 * The driver core makes the files after the bind and takes them away, with
 * every read and write in them finished, before the unbind.
 */
#ifndef DAXPLUG_KERNEL_ATTRS_H
#define DAXPLUG_KERNEL_ATTRS_H

#include <linux/sysfs.h>

extern const struct attribute_group *kmem_attr_groups[];

#endif
