/* SPDX-License-Identifier: GPL-2.0-only */
/* The state that a device takes when it is bound. */
#ifndef DAXPLUG_KERNEL_POLICY_H
#define DAXPLUG_KERNEL_POLICY_H

#include "state.h"

/**
 * policy_start() - the starting state of a device
 *
 * As with the stock driver: the system's auto-online policy.
 * Return: TYPE_OFFLINE or an online type.
 */
enum online_type policy_start(void);

#endif
