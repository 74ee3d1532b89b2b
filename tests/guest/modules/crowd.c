// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds `count` devices to the kernel's list of all devices, so that a search in the list takes
 * longer.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static unsigned int count = 5000;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "how many");

static struct platform_device **crowd;

static void dismiss(unsigned int here)
{
	while (here-- > 0)
		platform_device_unregister(crowd[here]);
	kvfree(crowd);
}

static int __init crowd_init(void)
{
	struct platform_device *dev;
	unsigned int i;

	crowd = kvcalloc(count, sizeof(struct platform_device *), GFP_KERNEL);
	if (!crowd)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		dev = platform_device_register_simple("daxplug-crowd", (int)i, NULL, 0);
		if (IS_ERR(dev)) {
			dismiss(i);
			return PTR_ERR(dev);
		}
		crowd[i] = dev;
	}
	return 0;
}

static void __exit crowd_exit(void)
{
	dismiss(count);
}

module_init(crowd_init);
module_exit(crowd_exit);
MODULE_DESCRIPTION("daxplug test: many other devices");
MODULE_LICENSE("GPL");
