// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a second DAX device over addresses that already belong to a device, as if another driver
 * had found the same memory. A write of "START SIZE NODE" to the parameter `make` registers one
 * more platform device, and dax_hmem makes a DAX device of its addresses. A write of "0" removes
 * all devices that were made in this way.
 */
#include <linux/ioport.h>
#include <linux/memregion.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>

#include "testing.h"

#define TWINS	4

static DEFINE_MUTEX(twin_lock);	/* protects twin and nr_twins */
static struct platform_device *twin[TWINS];
static int nr_twins;

/*
 * Before 6.2 dax_hmem reads the addresses from a resource of the platform device. On later kernels
 * the platform device has no resource, so a driver can claim the addresses. To make this possible
 * before 6.2, too, the kernel adds the device's resource below the resource `apart`, which is not
 * in /proc/iomem.
 */
static struct resource apart = {
	.name = "twin",
	.end = (resource_size_t)-1,
	.flags = IORESOURCE_MEM,
};

static void remove_twins(void)
{
	while (nr_twins > 0) {
		struct platform_device *dev = twin[--nr_twins];
		int id = dev->id;

		platform_device_unregister(dev);
		memregion_free(id);
	}
}

static int make_twin(u64 start, u64 size, int node)
{
	int id = memregion_alloc(GFP_KERNEL);

	if (id < 0)
		return id;
	twin[nr_twins] = compat_register_hmem(id, start, size, node, &apart);
	if (IS_ERR(twin[nr_twins])) {
		memregion_free(id);
		return PTR_ERR(twin[nr_twins]);
	}
	nr_twins++;
	return 0;
}

static int make_set(const char *val, const struct kernel_param *kp)
{
	unsigned long long start, size;
	int node, err = -EINVAL;

	mutex_lock(&twin_lock);
	if (sscanf(val, "%lli %lli %d", &start, &size, &node) == 3)
		err = nr_twins < TWINS ? make_twin(start, size, node) : -ENOSPC;
	else if (sysfs_streq(val, "0"))
		remove_twins(), err = 0;
	mutex_unlock(&twin_lock);
	return err;
}

static const struct kernel_param_ops make_ops = {
	.set = make_set,
};
module_param_cb(make, &make_ops, NULL, 0200);
MODULE_PARM_DESC(make, "START SIZE NODE: make a device; 0: remove all");

static int __init twin_init(void)
{
	return 0;
}

static void __exit twin_exit(void)
{
	remove_twins();
}

module_init(twin_init);
module_exit(twin_exit);
MODULE_DESCRIPTION("daxplug test: a second dax device over the same addresses");
MODULE_LICENSE("GPL");
