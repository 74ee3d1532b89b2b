/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that reads and writes the settings of a device: who may switch
 * its blocks, and how long a change may take. Included by daxplug.h, whose conventions
 * hold here too.
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

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_SETTINGS_H */
