/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory tiers: one memory type per abstract distance, shared by all devices,
 * so that the kernel knows which memory is faster and may demote pages to the
 * slower one.
 */
#ifndef DAXPLUG_KERNEL_TIERS_H
#define DAXPLUG_KERNEL_TIERS_H

/**
 * tiers_join() - give a node the memory type of its distance, for one more device
 * @nid: the node
 *
 * The distance is what the platform says when the node's first device comes, else
 * five times that of DRAM, as the stock driver has it. A node that has a type of the
 * kernel's own keeps it. May sleep.
 * Return: 0 or -ENOMEM.
 */
int tiers_join(int nid);

/** tiers_leave() - undo one tiers_join() that returned 0 */
void tiers_leave(int nid);

/** tiers_exit() - free the types; no node uses one any more */
void tiers_exit(void);

#endif
