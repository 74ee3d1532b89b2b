/* SPDX-License-Identifier: GPL-2.0-only */
/* The differences between the supported kernels that the test modules need. */
#ifndef DAXPLUG_KERNEL_COMPAT_TESTING_H
#define DAXPLUG_KERNEL_COMPAT_TESTING_H

#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/memory-tiers.h>
#include <linux/memregion.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/version.h>

/**
 * compat_register_adistance() - register a notifier for the abstract distances of nodes
 *
 * Return: 0; -EOPNOTSUPP before 6.7.
 */
static inline int compat_register_adistance(struct notifier_block *nb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return register_mt_adistance_algorithm(nb);
#else
	return -EOPNOTSUPP;
#endif
}

/** compat_unregister_adistance() - undo compat_register_adistance() */
static inline void compat_unregister_adistance(struct notifier_block *nb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	unregister_mt_adistance_algorithm(nb);
#endif
}

/**
 * compat_register_hmem() - register a platform device from which dax_hmem makes a DAX
 * device
 * @id: number of the platform device
 * @start: physical address of the first byte
 * @size: size in bytes
 * @node: its node
 * @parent: parent of the resource of the device; only kernels before 6.2 need it
 *
 * Return: the device, or ERR_PTR().
 */
static inline struct platform_device *compat_register_hmem(int id, u64 start, u64 size,
							   int node,
							   struct resource *parent)
{
	struct platform_device_info info = {
		.name = "hmem",
		.id = id,
	};
	struct memregion_info region = {
		.target_node = node,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
		.range = { .start = start, .end = start + size - 1 },
#endif
	};
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	struct resource res = {
		.start = start,
		.end = start + size - 1,
		.flags = IORESOURCE_MEM,
		.desc = IORES_DESC_SOFT_RESERVED,
		.parent = parent,
	};

	info.res = &res;
	info.num_res = 1;
#endif
	info.data = &region;
	info.size_data = sizeof(region);
	return platform_device_register_full(&info);
}

#endif
