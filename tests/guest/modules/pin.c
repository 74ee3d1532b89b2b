// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that pins memory for DMA. A process writes one of its own addresses to the parameter
 * `address`. The page at that address then stays pinned until 0 is written.
 */
#include <linux/mm.h>
#include <linux/module.h>

static unsigned long address;
static struct page *page;	/* protected by the kernel's lock for parameters */

static int address_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_ulong(val, kp);

	if (err)
		return err;
	if (page)
		unpin_user_page(page);
	page = NULL;
	if (!address)
		return 0;
	/* With FOLL_LONGTERM, the kernel would first migrate the page out of ZONE_MOVABLE. */
	err = pin_user_pages_fast(address, 1, FOLL_WRITE, &page);
	if (err != 1)
		page = NULL;
	return err == 1 ? 0 : -EFAULT;
}

static const struct kernel_param_ops address_ops = {
	.set = address_set,
	.get = param_get_ulong,
};
module_param_cb(address, &address_ops, &address, 0644);
MODULE_PARM_DESC(address, "of the writing process: the page to pin; 0: none");

static int __init pin_init(void)
{
	return 0;
}

static void __exit pin_exit(void)
{
	if (page)
		unpin_user_page(page);
}

module_init(pin_init);
module_exit(pin_exit);
MODULE_DESCRIPTION("daxplug test: pin a page for DMA");
MODULE_LICENSE("GPL");
