// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's counters of a node; see node_counters.h. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include "node_counters.h"

/*
 * Runs on each CPU with interrupts disabled. If this function interrupted a task that is just
 * changing a counter of the node on this CPU, one of the two changes could be lost. This cannot
 * happen, because the node has no online memory, and no task changes the counters of such a node.
 */
static void fold_on_this_cpu(void *data)
{
	struct pglist_data *pgdat = data;
	unsigned int item;

	for (item = 0; item < NR_VM_NODE_STAT_ITEMS; item++) {
		int diff = this_cpu_xchg(pgdat->per_cpu_nodestats->vm_node_stat_diff[item], 0);

		if (diff)
			node_page_state_add(diff, pgdat, item);
	}
}

void node_counters_fold(int nid)
{
	if (!node_state(nid, N_MEMORY))
		on_each_cpu(fold_on_this_cpu, NODE_DATA(nid), 1);
}
