/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that reads and writes the settings of a device: who may switch
 * its blocks, how long a change may take, and where its page structures are. Included by
 * daxplug.h, whose conventions hold here too.
 */
/* Before the guard: that includes this one where it has its place. */
#include "daxplug.h"

#ifndef DAXPLUG_SETTINGS_H
#define DAXPLUG_SETTINGS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * daxplug_device_get_guard() - who else may switch its blocks (live)
 * @dev: the device
 * @guard: receives it, on success only
 *
 * Return: 0; -EOPNOTSUPP for all backends but the module; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_guard(const struct daxplug_device *dev,
			     enum daxplug_guard *guard);

/**
 * daxplug_device_set_guard() - say who else may switch its blocks (live)
 * @dev: the device
 * @guard: who
 *
 * Return: 0; -EINVAL; -EOPNOTSUPP for all backends but the module; -ENODEV;
 * -EACCES, -EPERM or -EROFS when not allowed.
 * Threads: any.
 */
int daxplug_device_set_guard(const struct daxplug_device *dev,
			     enum daxplug_guard guard);

/**
 * daxplug_device_get_timeout() - the time limit the device keeps (live)
 * @dev: the device
 * @ms: receives milliseconds, 0 for no limit, on success only
 *
 * Return: 0; -EOPNOTSUPP for backends that keep none; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_timeout(const struct daxplug_device *dev, uint64_t *ms);

/**
 * daxplug_device_set_timeout() - set the time limit the device keeps (live)
 * @dev: the device
 * @ms: milliseconds; 0 is no limit
 *
 * It is for all later unplugs, whoever asks for them. For one change alone:
 * daxplug_change_set_deadline().
 *
 * Return: 0; -ERANGE for more than the driver takes; -EOPNOTSUPP for backends
 * that keep none; -ENODEV; -EACCES, -EPERM or -EROFS when not allowed.
 * Threads: any.
 */
int daxplug_device_set_timeout(const struct daxplug_device *dev, uint64_t ms);

/**
 * daxplug_device_get_stall() - how long a block may go without progress (live)
 * @dev: the device
 * @ms: receives milliseconds, 0 for no limit, on success only
 *
 * A memory block that is going offline and that no page has left for so long is
 * given up, and a wait for the kernel's memory hotplug lock as well. The change is
 * then undone and fails with -ETIMEDOUT.
 *
 * Return: 0; -EOPNOTSUPP for backends that keep none; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_stall(const struct daxplug_device *dev, uint64_t *ms);

/**
 * daxplug_device_set_stall() - set that limit (live)
 * @dev: the device
 * @ms: milliseconds; 0 is no limit
 *
 * It is for all later changes, whoever asks for them.
 *
 * Return: 0; -ERANGE for more than the driver takes; -EOPNOTSUPP for backends
 * that keep none; -ENODEV; -EACCES, -EPERM or -EROFS when not allowed.
 * Threads: any.
 */
int daxplug_device_set_stall(const struct daxplug_device *dev, uint64_t ms);

/**
 * daxplug_device_get_memmap() - the choice for its page structures (live)
 * @dev: the device
 * @memmap: receives it, on success only
 *
 * The kernel has a structure of 64 bytes for each page of memory: 1/64 of the memory
 * with pages of 4 KiB. It is in other memory, outside ZONE_MOVABLE, or in the device's
 * own, at the beginning of each block. Of daxplug's module it is the setting
 * plug/memmap_on_memory, of the kernel's drivers the device's file memmap_on_memory,
 * which Linux has from 6.9 on and which is never DAXPLUG_MEMMAP_DEFAULT.
 *
 * Return: 0; -EOPNOTSUPP where there is no such setting; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap *memmap);

/**
 * daxplug_device_set_memmap() - choose for the next plug (live)
 * @dev: the device
 * @memmap: the choice
 *
 * For one that may have to be unplugged, or bound anew, for it:
 * daxplug_change_set_memmap().
 *
 * Return: 0; -EINVAL, also for DAXPLUG_MEMMAP_DEFAULT where the driver has none; -EBUSY
 * when memory of the device exists, or when a driver of the kernel holds the device;
 * -EOPNOTSUPP where there is no such setting, or the kernel cannot do it; -ENODEV;
 * -EACCES, -EPERM or -EROFS when not allowed.
 * Threads: any.
 */
int daxplug_device_set_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap memmap);

/**
 * daxplug_device_get_memmap_size() - how much of it holds its page structures (live)
 * @dev: the device
 * @bytes: receives the bytes, on success only; 0: none of it
 *
 * Nobody else can use these bytes: the machine's memory grows by so much less. The
 * module counts them; for the kernel's drivers it is calculated from what they were
 * asked for and what the kernel can do.
 *
 * Return: 0; -EOPNOTSUPP when it is not known; -ENODEV; -EPROTO; -EACCES.
 * Threads: any.
 */
int daxplug_device_get_memmap_size(const struct daxplug_device *dev, uint64_t *bytes);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_SETTINGS_H */
