/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that another driver, such as the kernel's own kmem, has added and left. */
#ifndef DAXPLUG_KERNEL_ADOPT_H
#define DAXPLUG_KERNEL_ADOPT_H

#include "memory.h"

/**
 * adopt_range() - take a range over that is system RAM already
 * @mem: the memory; its lock is held, and guard_scan() has found its blocks
 * @range: the range, or the first piece of it
 *
 * Takes it with all pieces, if every block of it is there and the range is exactly one
 * System RAM resource below a reservation of its own. May sleep.
 * Return: true when it was taken over.
 */
bool adopt_range(struct kmem_memory *mem, unsigned int range);

#endif
