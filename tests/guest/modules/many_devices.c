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

static struct platform_device **devices;

static void unregister_devices(unsigned int nr)
{
	while (nr-- > 0)
		platform_device_unregister(devices[nr]);
	kvfree(devices);
}

static int __init many_devices_init(void)
{
	struct platform_device *dev;
	unsigned int i;

	devices = kvcalloc(count, sizeof(struct platform_device *), GFP_KERNEL);
	if (!devices)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		dev = platform_device_register_simple("daxplug-test", (int)i, NULL, 0);
		if (IS_ERR(dev)) {
			unregister_devices(i);
			return PTR_ERR(dev);
		}
		devices[i] = dev;
	}
	return 0;
}

static void __exit many_devices_exit(void)
{
	unregister_devices(count);
}

module_init(many_devices_init);
module_exit(many_devices_exit);
MODULE_DESCRIPTION("daxplug test: many other devices");
MODULE_LICENSE("GPL");
