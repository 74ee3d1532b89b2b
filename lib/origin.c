// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds out where a device comes from, by the directories above it in sysfs.
 *
 *	.../root0/decoder0.0/region0/dax_region0/dax0.0		CXL
 *	.../ndbus0/region1/dax1.0/dax1.0			persistent memory
 *	.../hmem.0/dax0.0					soft-reserved memory
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* The largest number of targets of a region: CXL_DECODER_MAX_INTERLEAVE of Linux. */
#define TARGETS_MAX 16

static bool is_numbered(const char *name, const char *word)
{
	size_t len = strlen(word);
	unsigned int id;

	if (strncmp(name, word, len) != 0)
		return false;
	name += len;
	return dp_parse_id(&name, &id) && !*name;
}

/* Cut the last part off a path. Return: that part; NULL if there is none. */
static char *cut_last_part(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return NULL;
	*slash = '\0';
	return slash + 1;
}

static int read_uuid(struct daxplug_device *dev, const char *dir)
{
	char buf[ATTR_MAX];
	int err = dp_read(dir, "uuid", buf, sizeof(buf));

	if (err || !*buf)
		return dp_keep_shortage(err);
	dev->uuid = strdup(buf);
	return dev->uuid ? 0 : -ENOMEM;
}

/* A target is the decoder of an endpoint. The endpoint is a port of the memory device. */
static int read_memdev(const struct daxplug_device *dev, const char *decoder,
		       struct dp_memdev *memdev)
{
	char dir[PATH_MAX], path[PATH_MAX], file[sizeof("devices/") + ATTR_MAX];
	int err;

	if (strchr(decoder, '/'))
		return 0;
	snprintf(file, sizeof(file), "devices/%s", decoder);
	if (dp_join_path(dir, sizeof(dir), dev->sysfs, "bus/cxl") ||
	    dp_join_path(path, sizeof(path), dir, file))
		return 0;
	if (!realpath(path, dir))
		return dp_keep_shortage(-errno);
	if (!cut_last_part(dir) || dp_join_path(path, sizeof(path), dir, "uport"))
		return 0;
	err = dp_read_u64(path, "serial", &memdev->serial);
	if (!err)
		err = dp_read_link(dir, "uport", &memdev->name);
	return dp_keep_shortage(err);
}

static int read_memdevs(struct daxplug_device *dev, const char *region)
{
	struct dp_memdev found[TARGETS_MAX] = { 0 };
	char decoder[ATTR_MAX], file[sizeof("target") + 16];
	unsigned int n;
	int err = 0;

	for (n = 0; n < TARGETS_MAX && !err; n++) {
		snprintf(file, sizeof(file), "target%u", n);
		err = dp_read(region, file, decoder, sizeof(decoder));
		if (err || !*decoder) {
			err = dp_keep_shortage(err);
			break;
		}
		err = read_memdev(dev, decoder, &found[n]);
	}
	if (n && !err) {
		dev->memdevs = calloc(n, sizeof(*dev->memdevs));
		err = dev->memdevs ? 0 : -ENOMEM;
	}
	if (!err && n) {
		memcpy(dev->memdevs, found, n * sizeof(*found));
		dev->nr_memdevs = n;
		return 0;
	}
	while (n-- > 0)
		free(found[n].name);
	return err;
}

static int set_region(struct daxplug_device *dev, const char *name,
		      enum daxplug_origin origin)
{
	dev->region = strdup(name);
	dev->origin = origin;
	return dev->region ? 0 : -ENOMEM;
}

/* Find the origin from @path, which does not contain the device's own name. */
static int find_origin(struct daxplug_device *dev, char *path)
{
	char parent[PATH_MAX], copy[PATH_MAX];
	const char *name, *above;
	int err;

	/*
	 * cut_last_part() shortens a path. The longer paths are needed below, so keep copies.
	 */
	snprintf(parent, sizeof(parent), "%s", path);
	name = cut_last_part(path);
	if (!name)
		return 0;
	if (is_numbered(name, "hmem."))
		return set_region(dev, name, DAXPLUG_ORIGIN_HMEM);
	snprintf(copy, sizeof(copy), "%s", path);
	above = cut_last_part(copy);
	if (!above || !is_numbered(above, "region"))
		return 0;
	if (is_numbered(name, "dax_region")) {
		err = set_region(dev, above, DAXPLUG_ORIGIN_CXL);
		if (!err)
			err = read_uuid(dev, path);
		return err ? err : read_memdevs(dev, path);
	}
	err = set_region(dev, above, DAXPLUG_ORIGIN_PMEM);
	return err ? err : read_uuid(dev, parent);
}

/*
 * An attribute that cannot be read counts as missing. Return: 0, also if the origin is unknown; or
 * a negative errno if memory or descriptors have run out.
 */
int dp_origin_load(struct daxplug_device *dev)
{
	char path[PATH_MAX];

	if (!realpath(dev->path, path))
		return dp_keep_shortage(-errno);
	if (!cut_last_part(path))
		return 0;
	return find_origin(dev, path);
}

void dp_origin_free(struct daxplug_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_memdevs; i++)
		free(dev->memdevs[i].name);
	free(dev->memdevs);
	free(dev->region);
	free(dev->uuid);
}

enum daxplug_origin daxplug_device_get_origin(const struct daxplug_device *dev)
{
	return dev->origin;
}

const char *daxplug_device_get_region(const struct daxplug_device *dev)
{
	return dev->region;
}

const char *daxplug_device_get_uuid(const struct daxplug_device *dev)
{
	return dev->uuid;
}

unsigned int daxplug_device_get_memdevs(const struct daxplug_device *dev)
{
	return dev->nr_memdevs;
}

int daxplug_device_get_memdev(const struct daxplug_device *dev,
			      unsigned int index, const char **name,
			      uint64_t *serial)
{
	if (index >= dev->nr_memdevs)
		return -EINVAL;
	if (!dev->memdevs[index].name)
		return -ENOENT;
	if (name)
		*name = dev->memdevs[index].name;
	if (serial)
		*serial = dev->memdevs[index].serial;
	return 0;
}
