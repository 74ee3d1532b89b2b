// SPDX-License-Identifier: LGPL-2.1-or-later
/* The handle of one device, with the values that are read once when the device is found. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int is_mapping(const struct dirent *e)
{
	unsigned int id;

	return dp_parse_mapping(e->d_name, &id);
}

static int compare_by_mapping_id(const struct dirent **a, const struct dirent **b)
{
	unsigned int x = 0, y = 0;

	dp_parse_mapping((*a)->d_name, &x);
	dp_parse_mapping((*b)->d_name, &y);
	return (x > y) - (x < y);
}

/*
 * Count the ranges. Their addresses are not read, because only root may read them. The
 * numbers of the mappings need not be consecutive.
 */
static int load_mappings(struct daxplug_device *dev)
{
	struct dirent **list;
	int i, n;

	n = scandirat(dev->dir, ".", &list, is_mapping, compare_by_mapping_id);
	if (n < 0)
		return -errno;
	dev->mapping_ids = calloc((size_t)n + 1, sizeof(*dev->mapping_ids));
	for (i = 0; i < n; i++) {
		if (dev->mapping_ids)
			dp_parse_mapping(list[i]->d_name, &dev->mapping_ids[i]);
		free(list[i]);
	}
	free(list);
	dev->nr_ranges = (unsigned int)n;
	return dev->mapping_ids ? 0 : -ENOMEM;
}

/*
 * If an attribute cannot be read, the member keeps the value that means "unknown". That is no
 * reason to leave out the device. But if this process has run out of memory or file descriptors,
 * return the error. If the attribute counted as unknown, a policy rule that is not meant for the
 * device could match it.
 */
static int load_attrs(struct daxplug_device *dev)
{
	int err;

	dev->size = DAXPLUG_SIZE_UNKNOWN;
	dev->target_node = -1;
	err = dp_keep_shortage(dp_read_u64_at(dev->dir, "size", &dev->size));
	if (!err)
		err = dp_keep_shortage(dp_read_u64_at(dev->dir, "align", &dev->align));
	if (!err)
		err = dp_keep_shortage(dp_read_node_at(dev->dir, "target_node",
						       &dev->target_node));
	if (err)
		return err;
	/* A device whose driver is not known must not count as one without a driver. */
	err = dp_read_link_at(dev->dir, "driver", &dev->driver);
	return err == -ENOENT ? 0 : err;
}

static struct daxplug_device *alloc_device(const char *sysfs, const char *run,
					   const char *name)
{
	struct daxplug_device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->refs = 1;
	dev->dir = -1;
	dev->name = strdup(name);
	dev->sysfs = strdup(sysfs);
	dev->run = strdup(run);
	if (asprintf(&dev->path, "%s/bus/dax/devices/%s", sysfs, name) < 0)
		dev->path = NULL;
	if (dev->name && dev->path && dev->sysfs && dev->run)
		return dev;
	return daxplug_device_unref(dev);
}

/*
 * Check whether the device still exists. A new device of the same name is another one.
 * It has another inode, because the directory of the old one is still open.
 */
bool dp_device_exists(const struct daxplug_device *dev)
{
	return !dp_check_device(dev);
}

/* Return: 0; -ENODEV if the device does not exist; or another errno if that is not known. */
int dp_check_device(const struct daxplug_device *dev)
{
	struct stat st;

	if (!stat(dev->path, &st))
		return st.st_ino == dev->inode ? 0 : -ENODEV;
	return errno == ENOENT || errno == ENOTDIR ? -ENODEV : -errno;
}

/*
 * Open the directory from which everything else about the device is read. When the
 * device is removed, nothing is found in it any more, even if a new device has the same
 * name.
 */
static int open_dir(struct daxplug_device *dev)
{
	struct stat st;

	dev->dir = dp_open_at(AT_FDCWD, dev->path, O_PATH | O_DIRECTORY);
	if (dev->dir < 0)
		return dev->dir;
	if (fstat(dev->dir, &st))
		return -errno;
	dev->inode = st.st_ino;
	return 0;
}

/*
 * Return: 0; -ENODEV if the device does not exist or was removed meanwhile; -ENOMEM; or the
 * error of reading its directory.
 */
int dp_device_load(const char *sysfs, const char *run, const char *name,
		   struct daxplug_device **out)
{
	struct daxplug_device *dev = alloc_device(sysfs, run, name);
	int err;

	if (!dev)
		return -ENOMEM;
	err = open_dir(dev);
	if (!err)
		err = load_mappings(dev);
	if (!err)
		err = load_attrs(dev);
	if (!err)
		err = dp_origin_load(dev);
	if (!err && dev->size == DAXPLUG_SIZE_UNKNOWN && !dp_device_exists(dev))
		err = -ENODEV;
	if (err) {
		daxplug_device_unref(dev);
		return err == -ENOENT ? -ENODEV : err;
	}
	*out = dev;
	return 0;
}

struct daxplug_device *daxplug_device_ref(struct daxplug_device *dev)
{
	__atomic_add_fetch(&dev->refs, 1, __ATOMIC_RELAXED);
	return dev;
}

struct daxplug_device *daxplug_device_unref(struct daxplug_device *dev)
{
	if (!dev || __atomic_sub_fetch(&dev->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	if (dev->dir >= 0)
		close(dev->dir);
	free(dev->name);
	free(dev->path);
	free(dev->sysfs);
	free(dev->run);
	free(dev->driver);
	dp_origin_free(dev);
	free(dev->mapping_ids);
	free(dev);
	return NULL;
}

const char *daxplug_device_get_name(const struct daxplug_device *dev)
{
	return dev->name;
}

const char *daxplug_device_get_path(const struct daxplug_device *dev)
{
	return dev->path;
}

const char *daxplug_device_get_driver(const struct daxplug_device *dev)
{
	return dev->driver;
}

uint64_t daxplug_device_get_size(const struct daxplug_device *dev)
{
	return dev->size;
}

uint64_t daxplug_device_get_align(const struct daxplug_device *dev)
{
	return dev->align;
}

int daxplug_device_get_target_node(const struct daxplug_device *dev)
{
	return dev->target_node;
}

unsigned int daxplug_device_get_ranges(const struct daxplug_device *dev)
{
	return dev->nr_ranges;
}

int daxplug_device_get_range(const struct daxplug_device *dev,
			     unsigned int index, uint64_t *start,
			     uint64_t *end)
{
	uint64_t first, last;
	char path[ATTR_MAX];
	int err;

	if (index >= dev->nr_ranges)
		return -EINVAL;
	snprintf(path, sizeof(path), "mapping%u/start", dev->mapping_ids[index]);
	err = dp_read_u64_at(dev->dir, path, &first);
	snprintf(path, sizeof(path), "mapping%u/end", dev->mapping_ids[index]);
	if (!err)
		err = dp_read_u64_at(dev->dir, path, &last);
	if (err)
		return err == -ENOENT ? -ENODEV : err;
	if (last < first)
		return -EPROTO;
	*start = first;
	*end = last;
	return 0;
}
