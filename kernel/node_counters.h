/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's counters of a node, which must be exact when the node's memory is removed.
 *
 * Each CPU collects small changes of these counters and adds them to the node's counters
 * later. A node without memory is set offline, and the kernel adds no changes to the
 * counters of an offline node. When the node comes back, kernels before 6.12.117 discard
 * the changes that are left (free_area_init_core_hotplug() in mm/mm_init.c, 6.12.95). So
 * the counters become wrong for ever. For example, pages that were migrated long ago still
 * count as isolated. The kernel's thread kcompactd waits while the number of isolated
 * pages is greater than half the number of pages on the node's LRU lists
 * (too_many_isolated() in mm/compaction.c). If the last block of the node goes offline
 * meanwhile, the LRU lists are empty, and kcompactd waits for ever. The offline waits for
 * kcompactd, with the hotplug lock held, and no signal ends it.
 */
#ifndef DAXPLUG_KERNEL_NODE_COUNTERS_H
#define DAXPLUG_KERNEL_NODE_COUNTERS_H

/**
 * node_counters_fold() - add the changes that the CPUs have collected to a node's counters
 * @nid: the node
 *
 * Does nothing while the node has online memory, because the node then stays online and
 * the kernel adds the changes itself.
 *
 * Context: may sleep; interrupts all CPUs and waits until each has added its changes.
 */
void node_counters_fold(int nid);

#endif
