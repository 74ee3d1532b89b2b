// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prevents a plug of a range. A write of an address to the parameter `region` claims 2 MiB from
 * that address on. If the range is not reserved yet, its reservation then fails. If the range is
 * already reserved, the claim is inside the reservation, and the memory cannot be added. A write
 * of 0 releases the claim.
 */
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/mutex.h>

#define CLAIM_SIZE	(2UL << 20)

static DEFINE_MUTEX(claim_lock);	/* protects region */
static unsigned long region;

static int region_set(const char *val, const struct kernel_param *kp)
{
	unsigned long start;
	int err = kstrtoul(val, 0, &start);

	if (err)
		return err;
	mutex_lock(&claim_lock);
	if (region)
		release_mem_region(region, CLAIM_SIZE);
	region = 0;
	if (start && !request_mem_region(start, CLAIM_SIZE, "claim"))
		err = -EBUSY;
	else
		region = start;
	mutex_unlock(&claim_lock);
	return err;
}

static const struct kernel_param_ops region_ops = {
	.set = region_set,
	.get = param_get_ulong,
};
module_param_cb(region, &region_ops, &region, 0644);

static int __init claim_init(void)
{
	return 0;
}

static void __exit claim_exit(void)
{
	if (region)
		release_mem_region(region, CLAIM_SIZE);
}

module_init(claim_init);
module_exit(claim_exit);
MODULE_DESCRIPTION("daxplug test: get in the way of a range");
MODULE_LICENSE("GPL");
