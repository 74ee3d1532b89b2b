/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that a device takes when it is bound: by its name, else by its
 * origin (cxl, hmem or pmem), else as the stock driver's, which is the
 * system's auto-online policy.
 *
 * One list of NAME:STATE holds all of it. The module parameter `policy` reads
 * and replaces it whole; a device's plug/policy file reads and sets the
 * device's own entry. Any task context; may sleep.
 */
#ifndef DAXPLUG_KERNEL_POLICY_H
#define DAXPLUG_KERNEL_POLICY_H

#include <linux/device.h>

#include "state.h"

/**
 * policy_start() - the starting state of a device
 * @dev: the dax device
 *
 * Return: TYPE_NONE for unplugged, TYPE_OFFLINE or an online type.
 */
enum online_type policy_start(struct device *dev);

/**
 * policy_show() - the device's entry, or that of its origin, in a word
 * @dev: the dax device
 */
const char *policy_show(struct device *dev);

/**
 * policy_set() - set the device's own entry
 * @dev: the dax device
 * @word: default, offline, unplugged or an online type
 * @len: its length; one trailing newline is allowed
 *
 * Return: 0; -EINVAL for another word; -ENOSPC when the list is full.
 */
int policy_set(struct device *dev, const char *word, size_t len);

#endif
