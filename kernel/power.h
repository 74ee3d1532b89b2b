/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prevents plugs while the system hibernates and in a kdump kernel, and prevents
 * hibernation while devices are plugged.
 *
 * The kernel that restores a hibernation image does not have the memory that a driver
 * added. If the image contains pages of that memory, that kernel has no place for them and
 * drops the image (unpack_orig_pfns() in kernel/power/snapshot.c, 6.12), so the session is
 * lost.
 * Hibernation is therefore refused while a device has blocks, and no plug begins while
 * the system hibernates. Suspend to RAM and suspend to idle keep the memory and need no
 * check.
 */
#ifndef DAXPLUG_KERNEL_POWER_H
#define DAXPLUG_KERNEL_POWER_H

#include <linux/types.h>

struct kmem_memory;

/**
 * power_init() - register the power management notifier
 *
 * Return: 0 or a negative errno.
 */
int power_init(void);

/** power_exit() - unregister the power management notifier */
void power_exit(void);

/**
 * power_count_memory() - add to the number of devices that have blocks
 * @more: 1 if a device is about to have blocks; -1 if it has none any more
 *
 * Context: may sleep; takes power_lock.
 */
void power_count_memory(int more);

/**
 * power_check_plug() - check whether a plug may begin, and log why not
 * @mem: the memory, which power_count_memory() has counted
 *
 * Context: may sleep; takes power_lock.
 * Return: 0; -EBUSY while the system hibernates; -EOPNOTSUPP in a kdump kernel.
 */
int power_check_plug(const struct kmem_memory *mem);

/**
 * power_is_kdump() - check whether this kernel writes the dump of a crashed one
 *
 * The device's memory may be part of that dump.
 */
bool power_is_kdump(void);

#endif
