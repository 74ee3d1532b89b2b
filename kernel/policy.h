/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that a device takes when it is bound.
 *
 * A list of entries NAME:STATE gives the state for a device, or for an origin (cxl, hmem or
 * pmem). The entry of the device decides. If there is none, the entry of its origin decides. If
 * there is none either, the system's auto-online policy decides, as with the stock driver. That
 * policy also applies if the STATE of the entry is "default". So an entry "default" of a device
 * has precedence over the entry of its origin.
 *
 * All devices share one list. The module parameter `policy` reads and
 * replaces the whole list. A write to a device's file plug/policy sets the entry of that
 * device. A read of the file shows the state in that entry. If the device has no entry, the
 * file shows the state in the entry of the origin.
 * Context: any task context; all functions may sleep.
 */
#ifndef DAXPLUG_KERNEL_POLICY_H
#define DAXPLUG_KERNEL_POLICY_H

#include <linux/device.h>

#include "state.h"

/**
 * policy_start() - get the initial state of a device
 * @dev: the DAX device
 *
 * Return: TYPE_NONE for unplugged, TYPE_OFFLINE or an online type.
 */
enum online_type policy_start(struct device *dev);

/**
 * policy_show() - get the state in the entry of a device, else of its origin, as a word
 * @dev: the DAX device
 *
 * Return: the word; "default" if neither has an entry.
 */
const char *policy_show(struct device *dev);

/**
 * policy_set() - set the entry of a device
 * @dev: the DAX device
 * @word: default, offline, unplugged or an online type
 * @len: its length in bytes; one trailing newline is allowed
 *
 * Return: 0; -EINVAL for another word or a device name that is too long; -ENOSPC if the
 * list is full.
 */
int policy_set(struct device *dev, const char *word, size_t len);

#endif
