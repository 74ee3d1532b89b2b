/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* Defines NULL, true and false, which are all that the engine needs from a C library. */
#ifndef DAXPLUG_ENGINE_PORTABLE_H
#define DAXPLUG_ENGINE_PORTABLE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

#endif
