// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes soft-reserved memory on arm64, where neither the firmware nor a memmap= parameter provides
 * any. For each given range of physical memory, this module registers a platform device with a
 * NUMA node, which dax_hmem makes a DAX device. The kernel's drivers/dax/hmem does the same for
 * memory that the firmware marks as soft-reserved.
 *
 *   insmod soft_reserved.ko start=ADDRESS,... size=BYTES,... node=NODE,...
 *
 * If the kernel uses the first range as RAM, or a driver has claimed it, the load fails with EBUSY.
 * If this applies to a later range, an error is logged and the load succeeds. The module cannot be
 * unloaded.
 */
#include <linux/ioport.h>
#include <linux/memregion.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define RANGES_MAX	8

static unsigned long long start[RANGES_MAX], size[RANGES_MAX];
static int node[RANGES_MAX];
static unsigned int starts, sizes, nodes;
module_param_array(start, ullong, &starts, 0444);
module_param_array(size, ullong, &sizes, 0444);
module_param_array(node, int, &nodes, 0444);

static int __init reserve(unsigned int i)
{
	struct memregion_info info = {
		.target_node = node[i],
		.range = { .start = start[i], .end = start[i] + size[i] - 1 },
	};
	struct platform_device *pdev;
	struct resource *res;
	int id = memregion_alloc(GFP_KERNEL);

	if (id < 0)
		return id;
	res = kzalloc(sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	res->name = "Soft Reserved";
	res->start = info.range.start;
	res->end = info.range.end;
	res->flags = IORESOURCE_MEM;
	res->desc = IORES_DESC_SOFT_RESERVED;
	if (request_resource(&iomem_resource, res)) {
		kfree(res);
		return -EBUSY;
	}
	pdev = platform_device_register_data(NULL, "hmem", id, &info, sizeof(info));
	if (IS_ERR(pdev)) {
		release_resource(res);
		kfree(res);
	}
	return PTR_ERR_OR_ZERO(pdev);
}

static int __init soft_reserved_init(void)
{
	unsigned int i;
	int err;

	if (starts != sizes || starts != nodes)
		return -EINVAL;
	for (i = 0; i < starts; i++) {
		err = reserve(i);
		if (!err)
			continue;
		pr_err("soft_reserved: range at %#llx: error %d\n", start[i], err);
		/* Stay loaded, because resources of earlier ranges use this module's strings. */
		return i ? 0 : err;
	}
	return 0;
}
module_init(soft_reserved_init);

MODULE_DESCRIPTION("memory that dax_hmem takes for soft-reserved");
MODULE_LICENSE("GPL");
