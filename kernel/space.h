/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is there enough free memory: for what an unplug moves, and for the page
 * structures that a plug needs? All figures are in pages unless it says bytes.
 */
#ifndef DAXPLUG_KERNEL_SPACE_H
#define DAXPLUG_KERNEL_SPACE_H

#include <linux/types.h>

/**
 * space_anywhere() - how many pages could be had, if all were done to have them
 *
 * What is free anywhere, what is cached of files, what the kernel's caches can
 * give back, swap space, and some more for what is not counted. Rather too many:
 * whether they can really be had is found out when they are needed.
 */
unsigned long space_anywhere(void);

/**
 * space_fits_now() - does what an unplug has still to move fit elsewhere now?
 * @leaving: pages that must find a place
 * @spare: free pages of the device, which are no such place
 *
 * Counts only what can be had without delay. Any context.
 */
bool space_fits_now(unsigned long leaving, unsigned long spare);

/**
 * space_fits_unmovable() - is there room outside ZONE_MOVABLE of a node now?
 * @nid: the node
 * @pages: how many
 *
 * With a margin, so that others who need memory meanwhile have some.
 */
bool space_fits_unmovable(int nid, unsigned long pages);

/**
 * space_for_kernel() - bytes that the kernel's own data can have now
 *
 * Outside ZONE_MOVABLE, on all nodes: what is free above the high watermarks, and
 * half of what is cached of files and of what the kernel's caches can give back.
 */
u64 space_for_kernel(void);

#endif
