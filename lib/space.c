// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Computes the memory that the page structures need for a plug or for a bind to device_dax, and the
 * memory that is available for them. For an unplug, it computes only the memory that is available
 * for the pages to be migrated. These are estimates, from files of the kernel. For a plug they are
 * computed as in the module (kernel/space.c, kernel/steps.c), but without the margin that the
 * module adds if a block has several sections (steps_space_needed()).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* Read a file in /proc. The caller frees the text, if @err is 0. $DAXPLUG_ROOT is for tests. */
static char *read_proc(const char *table, int *err)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");
	size_t size = 1U << 20;
	char *text = malloc(size);
	char dir[PATH_MAX];

	*err = text ? dp_join_path(dir, sizeof(dir), root ? root : "", "proc") : -ENOMEM;
	if (!*err)
		*err = dp_read_text(dir, table, text, size);
	if (!*err)
		return text;
	free(text);
	return NULL;
}

/* Count the pages on all nodes that the kernel's own data can use. Return: 0 or an errno < 0. */
static int pages_for_kernel(uint64_t *pages)
{
	struct dp_zones zones;
	uint64_t slab = 0;
	char *vmstat;
	int err = dp_zones_read(&zones), unread;

	if (err)
		return err;
	/* Without this file the estimate is lower. */
	vmstat = read_proc("vmstat", &unread);
	if (vmstat)
		dp_find_count(vmstat, "nr_slab_reclaimable", &slab);
	*pages = zones.available + slab / 2;
	free(vmstat);
	return 0;
}

/*
 * Compute the bytes that a plug needs, and the bytes that are available for it. Return: 0;
 * or a negative errno if unknown, such as -EOPNOTSUPP if the kernel does not show it.
 */
int dp_space_for_plug(const struct daxplug_device *dev, enum daxplug_memmap memmap,
		      uint64_t *needed, uint64_t *available)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), usable, block, pages;
	int err;

	err = daxplug_device_get_usable(dev, &usable);
	if (!err)
		err = dp_block_size(dev, &block);
	if (!err)
		err = pages_for_kernel(&pages);
	if (err)
		return err;
	*needed = usable / page * PAGE_STRUCTURE;
	if (dp_memmap_is_own(dev, memmap))
		*needed = 0;
	*needed += *needed / 64 + usable / block * 8192;
	*available = pages * page;
	return 0;
}

/*
 * Compute the smallest number of bytes that a bind to device_dax needs, and the number of bytes
 * that are available for it. device_dax keeps two pages of page structures for each unit of its
 * alignment (2 MiB or 1 GiB), because all further ones would have the same contents
 * (Documentation/mm/vmemmap_dedup.rst, section Device DAX). Return: as dp_space_for_plug().
 */
int dp_space_for_devdax(const struct daxplug_device *dev, uint64_t *needed,
			uint64_t *available)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), align, all, pages;
	int err;

	if (dev->size == DAXPLUG_SIZE_UNKNOWN)
		return -EOPNOTSUPP;
	err = dp_read_u64(dev->path, "align", &align);
	if (!err)
		err = align ? pages_for_kernel(&pages) : -EPROTO;
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	all = dev->size / page * PAGE_STRUCTURE;
	*needed = dev->size / align * (2 * page);
	if (*needed > all)
		*needed = all;
	*available = pages * page;
	return 0;
}

/*
 * Compute how many bytes outside the device's node are available for the pages that are in
 * use on the device. Return: as dp_space_for_plug().
 */
int dp_space_elsewhere(const struct daxplug_device *dev, uint64_t *bytes)
{
	uint64_t available, swap = 0, node_free = 0;
	char dir[PATH_MAX], text[TEXT_MAX];
	int err;
	char *meminfo = read_proc("meminfo", &err);

	if (err)
		return err;
	if (!dp_find_kb(meminfo, "MemAvailable:", &available))
		err = -EPROTO;
	dp_find_kb(meminfo, "SwapFree:", &swap);
	free(meminfo);
	if (!err)
		err = dp_node_dir(dev, dir, sizeof(dir));
	if (!err)
		err = dp_read_text(dir, "meminfo", text, sizeof(text));
	if (!err && !dp_find_kb(text, "MemFree:", &node_free))
		err = -EPROTO;
	if (err)
		return err;
	*bytes = ((available > node_free ? available - node_free : 0) + swap) * 1024;
	return 0;
}
