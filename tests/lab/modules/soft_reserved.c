// SPDX-License-Identifier: GPL-2.0-only
/*
 * Soft-reserved memory where the firmware offers none: on arm64, whose kernel has no
 * memmap=. Each range of physical memory becomes what drivers/dax/hmem makes of memory
 * that the firmware marks: a platform device for dax_hmem, with a NUMA node.
 *
 *   insmod soft_reserved.ko start=ADDRESS,... size=BYTES,... node=NODE,...
 *
 * The kernel must not know the range as RAM, and no other driver may use it: then the
 * load fails with EBUSY. There is no unload.
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
	int id;

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
	id = memregion_alloc(GFP_KERNEL);
	if (id < 0)
		return id;
	pdev = platform_device_register_data(NULL, "hmem", id, &info, sizeof(info));
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
		if (err) {
			/* Loaded all the same: earlier ranges are in use by name. */
			pr_err("soft_reserved: %#llx is not reserved (%pe)\n", start[i], ERR_PTR(err));
			if (!i)
				return err;
			break;
		}
	}
	return 0;
}
module_init(soft_reserved_init);

MODULE_DESCRIPTION("memory that dax_hmem takes for soft-reserved");
MODULE_LICENSE("GPL");
