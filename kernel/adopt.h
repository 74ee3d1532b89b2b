/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes over memory that another driver, such as the stock kmem driver, has added and left. */
#ifndef DAXPLUG_KERNEL_ADOPT_H
#define DAXPLUG_KERNEL_ADOPT_H

#include <linux/types.h>

struct kmem_memory;

/**
 * adopt_range() - take over a range that is System RAM already
 * @mem: the memory; the caller holds its lock and has called table_find_blocks()
 * @range: the range, or the first piece of it
 *
 * Adopts the range with all its pieces. Each of its blocks must exist, and the range
 * must be exactly one System RAM resource inside a reservation of the same size.
 * Context: may sleep.
 * Return: true if the range was adopted.
 */
bool adopt_range(struct kmem_memory *mem, unsigned int range);

#endif
