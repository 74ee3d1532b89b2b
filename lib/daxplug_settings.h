/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that reads and writes the settings of a device: which other
 * programs may switch its blocks, how long a change may take, and where its page
 * structures are. daxplug.h includes this header, and its conventions apply here, too.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_SETTINGS_H
#define DAXPLUG_SETTINGS_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * daxplug_device_get_guard() - get the guard mode of a device (live)
 * @dev: the device
 * @guard: receives the setting, on success only
 *
 * The guard mode says which other programs may switch single blocks of the device.
 *
 * Return: 0; -EOPNOTSUPP for all backends except the module; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_guard(const struct daxplug_device *dev,
			     enum daxplug_guard *guard);

/**
 * daxplug_device_set_guard() - set the guard mode of a device (live)
 * @dev: the device
 * @guard: the setting
 *
 * Return: 0; -EINVAL; -EOPNOTSUPP for all backends except the module; -ENODEV; -EACCES,
 * -EPERM or -EROFS if not permitted.
 * Threads: any.
 */
int daxplug_device_set_guard(const struct daxplug_device *dev,
			     enum daxplug_guard guard);

/**
 * daxplug_device_get_timeout() - get the time limit for unplugs of a device (live)
 * @dev: the device
 * @ms: receives milliseconds, 0 for no limit, on success only
 *
 * Return: 0; -EOPNOTSUPP for backends without this limit; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_timeout(const struct daxplug_device *dev, uint64_t *ms);

/**
 * daxplug_device_set_timeout() - set the time limit for unplugs of a device (live)
 * @dev: the device
 * @ms: milliseconds; 0 for no limit
 *
 * The limit applies to all later unplugs, also by other programs. For a limit for one
 * change, see daxplug_change_set_deadline().
 *
 * Return: 0; -ERANGE if the driver does not accept so large a value; -EOPNOTSUPP for
 * backends without this limit; -ENODEV; -EACCES, -EPERM or -EROFS if not permitted.
 * Threads: any.
 */
int daxplug_device_set_timeout(const struct daxplug_device *dev, uint64_t ms);

/**
 * daxplug_device_get_stall() - get the time limit for a block without progress (live)
 * @dev: the device
 * @ms: receives milliseconds, 0 for no limit, on success only
 *
 * The change is undone and fails with -ETIMEDOUT if during this time no page leaves a block that
 * goes offline, if one page stays locked, or if the change waits for the kernel's memory hotplug
 * lock. While memory is short, at least 4 MiB must leave the block in this time. There is no limit
 * while the module's parameter end_stalled_offline is N.
 *
 * Return: 0; -EOPNOTSUPP for backends without this limit; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_stall(const struct daxplug_device *dev, uint64_t *ms);

/**
 * daxplug_device_set_stall() - set the time limit for a block without progress (live)
 * @dev: the device
 * @ms: milliseconds; 0 for no limit
 *
 * The limit applies at once, also to a change that is running, and to changes by other programs.
 *
 * Return: 0; -ERANGE if the driver does not accept so large a value; -EOPNOTSUPP for
 * backends without this limit; -ENODEV; -EACCES, -EPERM or -EROFS if not permitted.
 * Threads: any.
 */
int daxplug_device_set_stall(const struct daxplug_device *dev, uint64_t ms);

/**
 * daxplug_device_get_memmap() - get the setting for a device's page structures (live)
 * @dev: the device
 * @memmap: receives the setting, on success only
 *
 * The kernel needs a structure of 64 bytes for each page of memory. With pages of 4 KiB
 * that is 1/64 of the memory. These structures are either in other memory (outside
 * ZONE_MOVABLE), or in the device's own memory (at the beginning of each block). With
 * daxplug's module the setting is in plug/memmap_on_memory. With the kernel's drivers
 * it is in the device's file memmap_on_memory, which exists since Linux 6.9, and it is
 * never DAXPLUG_MEMMAP_DEFAULT.
 *
 * Return: 0; -EOPNOTSUPP if there is no such setting; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap *memmap);

/**
 * daxplug_device_set_memmap() - set where page structures will be (live)
 * @dev: the device
 * @memmap: the setting for the next plug
 *
 * If the device may have to be unplugged or bound again for this, use daxplug_change_set_memmap()
 * instead. Daxplug's module does not check whether the kernel supports the value. If the kernel
 * does not, the next plug fails with -EOPNOTSUPP.
 *
 * Return: 0; -EINVAL for an unknown value, or for DAXPLUG_MEMMAP_DEFAULT if the driver
 * has no default; -EBUSY if memory of the device exists, or a driver of the kernel is
 * bound to the device; -EOPNOTSUPP if there is no such setting, or the device's file
 * memmap_on_memory does not accept the value; -ENODEV; -EACCES, -EPERM or -EROFS if not permitted.
 * Threads: any.
 */
int daxplug_device_set_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap memmap);

/**
 * daxplug_device_get_memmap_size() - get the size of page structures in a device (live)
 * @dev: the device
 * @bytes: receives the bytes, on success only; 0 if they are in other memory
 *
 * These bytes cannot be used for anything else, so the machine's memory grows by so
 * much less. The module counts them. The kernel's drivers do not, so the number is
 * computed from the number of blocks, the setting, and whether the kernel can obey it.
 *
 * Return: 0; -EOPNOTSUPP if unknown; -ENODEV; -EPROTO; -EACCES.
 * Threads: any.
 */
int daxplug_device_get_memmap_size(const struct daxplug_device *dev, uint64_t *bytes);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_SETTINGS_H */
