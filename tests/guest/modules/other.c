// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another driver that adds memory. A write of "START SIZE NODE" to the parameter `add` adds SIZE
 * bytes from START on to the node, as offline memory blocks. A write of "START SIZE" to the
 * parameter `remove` removes these blocks if they are offline.
 */
#include <linux/memory_hotplug.h>
#include <linux/module.h>

static int add_set(const char *val, const struct kernel_param *kp)
{
	unsigned long long start, size;
	int node;

	if (sscanf(val, "%lli %lli %d", &start, &size, &node) != 3)
		return -EINVAL;
	return add_memory_driver_managed(node, start, size, "System RAM (other)",
					 MHP_NONE);
}

static int remove_set(const char *val, const struct kernel_param *kp)
{
	unsigned long long start, size;

	if (sscanf(val, "%lli %lli", &start, &size) != 2)
		return -EINVAL;
	return remove_memory(start, size);
}

static const struct kernel_param_ops add_ops = { .set = add_set };
module_param_cb(add, &add_ops, NULL, 0200);
MODULE_PARM_DESC(add, "START SIZE NODE: memory to add");

static const struct kernel_param_ops remove_ops = { .set = remove_set };
module_param_cb(remove, &remove_ops, NULL, 0200);
MODULE_PARM_DESC(remove, "START SIZE: memory to remove");

static int __init other_init(void)
{
	return 0;
}

static void __exit other_exit(void)
{
}

module_init(other_init);
module_exit(other_exit);
MODULE_DESCRIPTION("daxplug test: another driver that adds memory");
MODULE_LICENSE("GPL");
