/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sysfs files of a bound device; doc/abi/ describes each file.
 *
 * The driver core creates the files after the bind. Before the unbind it removes them
 * and waits until all reads and writes of them have returned.
 */
#ifndef DAXPLUG_KERNEL_ATTRS_H
#define DAXPLUG_KERNEL_ATTRS_H

#include <linux/sysfs.h>

extern const struct attribute_group *kmem_attr_groups[];

#endif
