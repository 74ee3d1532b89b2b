// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that reports how fast the memory of a node is, as the CXL driver does when it has the
 * performance data. The kernel queries such drivers for the abstract distance of a node. This
 * driver returns the parameter `distance` if the query is for the node in the parameter `node`. If
 * `distance` is 0, it returns no distance. Linux 6.1 makes no such query.
 */
#include <linux/memory-tiers.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include "testing.h"

static int node = -1;
module_param(node, int, 0644);
MODULE_PARM_DESC(node, "whose distance it knows");

static int distance;
module_param(distance, int, 0644);
MODULE_PARM_DESC(distance, "the distance; 0: not known");

static int calculate(struct notifier_block *nb, unsigned long nid, void *data)
{
	int *adist = data;

	if ((int)nid != node || !distance)
		return NOTIFY_OK;
	*adist = distance;
	return NOTIFY_STOP;
}

static struct notifier_block algorithm = {
	.notifier_call = calculate,
	.priority = 1000,
};

static int __init adistance_init(void)
{
	return compat_register_adistance(&algorithm);
}

static void __exit adistance_exit(void)
{
	compat_unregister_adistance(&algorithm);
}

module_init(adistance_init);
module_exit(adistance_exit);
MODULE_DESCRIPTION("daxplug test: abstract distance of a node");
MODULE_LICENSE("GPL");
