// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How much of a device can be system RAM, how much is, and how much is in use.
 *
 * Only whole memory blocks can be plugged. engine/range.c shrinks each range to whole
 * blocks, for the module and for the library. The used memory is known only if all
 * memory of the node belongs to the device, because the kernel counts used pages by
 * node and not by block.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

int daxplug_device_get_block_size(const struct daxplug_device *dev,
				  uint64_t *bytes)
{
	return dp_block_size(dev, bytes);
}

/*
 * Get the usable size from the module's counts, because only root may read the addresses of the
 * device's ranges.
 */
static int usable_by_counts(const struct daxplug_device *dev, uint64_t *bytes)
{
	struct daxplug_blocks counts;
	uint64_t size;
	int err = daxplug_device_get_blocks(dev, &counts);

	if (!err)
		err = dp_block_size(dev, &size);
	if (!err)
		*bytes = counts.total * size;
	return err;
}

int daxplug_device_get_usable(const struct daxplug_device *dev,
			      uint64_t *bytes)
{
	struct dp_blocks blocks;
	int err;

	if (!dp_device_exists(dev))
		return -ENODEV;
	err = dp_blocks_load(dev, &blocks);
	if (err == -EACCES && dp_read_mode(dev) == MODE_MODULE)
		return usable_by_counts(dev, bytes);
	if (err)
		return err;
	*bytes = blocks.nr * blocks.size;
	dp_blocks_free(&blocks);
	return 0;
}

int daxplug_device_get_online_size(const struct daxplug_device *dev,
				   uint64_t *bytes)
{
	struct daxplug_blocks counts;
	uint64_t size;
	int err = daxplug_device_get_blocks(dev, &counts);

	/* If another driver is bound, no part of the device is system RAM. */
	if (err == -EOPNOTSUPP && dp_read_mode(dev) == MODE_FOREIGN) {
		*bytes = 0;
		return 0;
	}
	if (!err)
		err = dp_block_size(dev, &size);
	if (!err)
		*bytes = ((uint64_t)counts.kernel + counts.movable) * size;
	return err;
}

int dp_node_dir(const struct daxplug_device *dev, char *dir, size_t len)
{
	int n;

	if (dev->target_node < 0)
		return -EOPNOTSUPP;
	n = snprintf(dir, len, "%s/devices/system/node/node%d", dev->sysfs,
		     dev->target_node);
	return n > 0 && (size_t)n < len ? 0 : -ENAMETOOLONG;
}

/* Find the number of kB after a word such as "MemUsed:" in a text of the kernel. */
bool dp_find_kb(const char *text, const char *word, uint64_t *kb)
{
	const char *at = strstr(text, word);
	char *end;

	if (!at)
		return false;
	errno = 0;
	*kb = strtoull(at + strlen(word), &end, 10);
	return !errno && end != at + strlen(word) && *kb <= UINT64_MAX / 1024;
}

static bool is_of_device(const struct dp_blocks *b, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < b->nr_ranges; i++) {
		uint64_t first = b->ranges[i].start / b->size;

		if (number >= first && number - first < b->ranges[i].count)
			return true;
	}
	return false;
}

/* Return: 1 if the block is offline, 0 if not or if it was removed, or a negative errno. */
static int is_offline(const struct dp_blocks *b, const char *block)
{
	char path[ATTR_MAX + 32], word[ATTR_MAX];
	int err;

	snprintf(path, sizeof(path), "%.32s/state", block);
	err = dp_read_text_at(b->dir, path, word, sizeof(word));
	if (err)
		return err == -ENOENT || err == -ENODEV ? 0 : err;
	return type_parse(word, strlen(word)) == TYPE_OFFLINE;
}

/*
 * Check whether every online block of the node belongs to the device. The node's
 * directory has a link for each of its blocks. Return: 1 if so, 0 if not, or a negative
 * errno.
 */
static int node_has_only(const struct daxplug_device *dev, const char *node)
{
	const struct dirent *e;
	struct dp_blocks b;
	int linked = 0, all = 1, n = 0;
	uint64_t number;
	DIR *dir;
	int err = dp_blocks_load(dev, &b);

	if (err)
		return err;
	dir = opendir(node);
	if (!dir) {
		err = -errno;
		dp_blocks_free(&b);
		return err;
	}
	while (all > 0 && (n = dp_next_entry(dir, &e)) > 0) {
		if (strncmp(e->d_name, "memory", 6) != 0 ||
		    !dp_parse_u64(e->d_name + 6, &number))
			continue;
		linked++;
		all = is_of_device(&b, number) ? 1 : is_offline(&b, e->d_name);
	}
	closedir(dir);
	dp_blocks_free(&b);
	if (n < 0)
		return n;
	return linked ? all : -ENOENT;
}

int daxplug_device_get_used(const struct daxplug_device *dev, uint64_t *bytes)
{
	char dir[PATH_MAX], text[TEXT_MAX];
	uint64_t online, total, used;
	int err = daxplug_device_get_online_size(dev, &online);

	if (err)
		return err;
	if (!online) {
		*bytes = 0;
		return 0;
	}
	err = dp_node_dir(dev, dir, sizeof(dir));
	if (!err)
		err = dp_read_text(dir, "meminfo", text, sizeof(text));
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	if (!dp_find_kb(text, "MemTotal:", &total) ||
	    !dp_find_kb(text, "MemUsed:", &used))
		return -EPROTO;
	/*
	 * If the node has more memory than the device's online blocks, it has other
	 * memory, too. If it does not have more, it may still have other memory, because
	 * MemTotal leaves out some of the memory. So node_has_only() checks each block.
	 */
	if (total * 1024 > online)
		return -EOPNOTSUPP;
	err = node_has_only(dev, dir);
	if (err <= 0)
		return err && err != -ENOENT ? err : -EOPNOTSUPP;
	*bytes = used * 1024;
	return 0;
}
