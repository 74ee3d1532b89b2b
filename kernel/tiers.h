/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory tiers: one memory type for each abstract distance, shared by all devices. The memory
 * type shows the kernel which memory is faster, so that it can demote pages from faster to
 * slower memory.
 */
#ifndef DAXPLUG_KERNEL_TIERS_H
#define DAXPLUG_KERNEL_TIERS_H

/**
 * tiers_join() - give a node the memory type of its abstract distance, for one more
 * device
 * @nid: the node
 *
 * This function gets the distance from the platform when the node's first device is bound. If
 * the platform has none, the distance is five times that of DRAM, as in the stock driver. A node
 * that already has a type of the kernel keeps that type.
 * Context: may sleep; takes tiers_lock.
 * Return: 0 or -ENOMEM.
 */
int tiers_join(int nid);

/**
 * tiers_leave() - undo one tiers_join() that returned 0
 * @nid: the node
 *
 * Context: may sleep; takes tiers_lock.
 */
void tiers_leave(int nid);

/** tiers_exit() - free the memory types; no node may use one any more */
void tiers_exit(void);

#endif
