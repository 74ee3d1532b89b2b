/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory tiers: one memory type per abstract distance, shared by all devices,
 * so that the kernel knows which memory is faster and may demote pages to the
 * slower one.
 */
#ifndef DAXPLUG_KERNEL_TIERS_H
#define DAXPLUG_KERNEL_TIERS_H

struct memory_dev_type;

/**
 * tiers_join() - give a node the memory type of its distance
 * @nid: the node
 *
 * The distance is what the platform says, else five times that of DRAM, as
 * the stock driver has it. A node that has a type keeps it. May sleep.
 * Return: the type, or ERR_PTR(-ENOMEM).
 */
struct memory_dev_type *tiers_join(int nid);

/** tiers_leave() - undo one tiers_join() that returned @type */
void tiers_leave(int nid, struct memory_dev_type *type);

/** tiers_exit() - free the types; no node uses one any more */
void tiers_exit(void);

#endif
