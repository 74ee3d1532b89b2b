/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When no memory may be plugged: while the system hibernates, and in a kdump kernel.
 *
 * The kernel that restores a hibernation image has none of the memory that a driver
 * added: it finds pages of the image without a place, and gives the image up
 * (unpack_orig_pfns() in kernel/power/snapshot.c, 6.12). The session is lost then. So
 * hibernation is refused while a device has blocks, and no plug begins while the system
 * hibernates. Suspend to RAM and to idle keep the memory and need nothing.
 */
#ifndef DAXPLUG_KERNEL_POWER_H
#define DAXPLUG_KERNEL_POWER_H

#include "memory.h"

/**
 * power_init() - refuse hibernation from now on while there is memory to lose
 *
 * Return: 0 or an errno.
 */
int power_init(void);

/**
 * power_exit() - do not any more
 */
void power_exit(void);

/**
 * power_count_memory() - a device is about to have blocks, or has none any more
 * @more: 1 or -1
 *
 * Sleeps for a moment.
 */
void power_count_memory(int more);

/**
 * power_check_plug() - may a plug begin?
 * @mem: the memory, which has been counted
 *
 * Return: 0; -EBUSY while the system hibernates, -EOPNOTSUPP in a kdump kernel, with a
 * line in the log.
 */
int power_check_plug(const struct kmem_memory *mem);

/**
 * power_is_kdump() - is this the kernel that writes the dump of a crashed one?
 *
 * What is in the device's memory may be part of that dump.
 */
bool power_is_kdump(void);

#endif
