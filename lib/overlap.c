// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds another device with the same addresses. The kernel can create two such devices:
 * one for soft-reserved memory, and one for a CXL region that is found later. Sysfs
 * shows the blocks at these addresses, but not to which device they belong.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* Return: 1 if both devices have an address in common, 0 if not, or a negative errno. */
static int share_address(const struct daxplug_device *a, const struct daxplug_device *b)
{
	uint64_t start, end, from, to;
	unsigned int i, j;
	int err = 0;

	for (i = 0; i < a->nr_ranges && !err; i++) {
		err = daxplug_device_get_range(a, i, &start, &end);
		for (j = 0; j < b->nr_ranges && !err; j++) {
			err = daxplug_device_get_range(b, j, &from, &to);
			if (!err && start <= to && from <= end)
				return 1;
		}
	}
	return err;
}

static int find_overlap(struct daxplug_ctx *ctx, const struct daxplug_device *dev,
			struct daxplug_device **other)
{
	struct daxplug_device *d;
	int err = daxplug_scan(ctx);

	if (err)
		return err;
	daxplug_device_foreach(ctx, d) {
		if (!d->driver || strcmp(d->driver, "kmem") != 0 ||
		    !strcmp(d->name, dev->name))
			continue;
		err = share_address(d, dev);
		if (err == 1) {
			*other = daxplug_device_ref(d);
			return 0;
		}
		/* A device that is removed meanwhile does not overlap. */
		if (err && err != -ENODEV)
			return err;
	}
	return dp_device_exists(dev) ? -ENOENT : -ENODEV;
}

int daxplug_device_get_overlap(const struct daxplug_device *dev,
			       struct daxplug_device **other)
{
	struct daxplug_ctx *ctx;
	int err = dp_context_of(dev, &ctx);

	if (err)
		return err;
	err = find_overlap(ctx, dev, other);
	daxplug_unref(ctx);
	return err;
}

/*
 * Return: 1 if another device that is bound to kmem has an address of @dev; 0 if not; or a negative
 * errno if memory or descriptors have run out. After any other error the result is 0, for example
 * if the caller may not read the addresses. Such a caller may not bind a device, either.
 */
int dp_check_overlap(const struct daxplug_device *dev)
{
	struct daxplug_device *other;
	int err = daxplug_device_get_overlap(dev, &other);

	if (err)
		return dp_keep_shortage(err);
	daxplug_device_unref(other);
	return 1;
}
