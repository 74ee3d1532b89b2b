// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Checks whether memory is available for a change: for the page structures of a plug,
 * and for the pages that an unplug migrates. These are estimates, from files of the
 * kernel. For a plug they are computed as in the module (kernel/space.c,
 * kernel/steps.c), but without the margin that the module adds if a block has several
 * sections (steps_space_needed()).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* Read a file in /proc. The caller frees the text. $DAXPLUG_ROOT is for tests. */
static char *read_proc(const char *table)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");
	size_t size = 1U << 20;
	char *text = malloc(size);
	char dir[PATH_MAX];

	if (!text || dp_join_path(dir, sizeof(dir), root ? root : "", "proc") ||
	    dp_read_text(dir, table, text, size)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Count the pages on all nodes that the kernel's own data can use. */
static bool pages_for_kernel(uint64_t *pages)
{
	struct dp_zones zones;
	uint64_t slab = 0;
	char *vmstat;

	if (!dp_zones_read(&zones))
		return false;
	vmstat = read_proc("vmstat");
	if (vmstat)
		dp_find_count(vmstat, "nr_slab_reclaimable", &slab);
	*pages = zones.available + slab / 2;
	free(vmstat);
	return true;
}

/*
 * Compute the bytes that a plug needs, and the bytes that are available for it. Return:
 * false if unknown.
 */
bool dp_space_for_plug(const struct daxplug_device *dev, enum daxplug_memmap memmap,
		       uint64_t *needed, uint64_t *available)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), usable, block, pages;

	if (daxplug_device_get_usable(dev, &usable) || dp_block_size(dev, &block) ||
	    !pages_for_kernel(&pages))
		return false;
	*needed = usable / page * PAGE_STRUCTURE;
	if (dp_memmap_is_own(dev, memmap))
		*needed = 0;
	*needed += *needed / 64 + usable / block * 8192;
	*available = pages * page;
	return true;
}

/*
 * Compute the bytes that device_dax needs at least at bind, and the bytes that are
 * available for it. device_dax keeps two pages of page structures for each unit of its
 * alignment (2 MiB or 1 GiB), because all further ones would have the same contents
 * (Documentation/mm/vmemmap_dedup.rst, section Device DAX). Return: false if unknown.
 */
bool dp_space_for_devdax(const struct daxplug_device *dev, uint64_t *needed,
			 uint64_t *available)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), align, all, pages;

	if (dev->size == DAXPLUG_SIZE_UNKNOWN ||
	    dp_read_u64(dev->path, "align", &align) || !align ||
	    !pages_for_kernel(&pages))
		return false;
	all = dev->size / page * PAGE_STRUCTURE;
	*needed = dev->size / align * (2 * page);
	if (*needed > all)
		*needed = all;
	*available = pages * page;
	return true;
}

/*
 * Compute the bytes outside the device's node that can take its used pages. Return:
 * false if unknown.
 */
bool dp_space_elsewhere(const struct daxplug_device *dev, uint64_t *bytes)
{
	uint64_t available, swap = 0, node_free = 0;
	char dir[PATH_MAX], text[TEXT_MAX];
	char *meminfo = read_proc("meminfo");
	bool found = meminfo && dp_find_kb(meminfo, "MemAvailable:", &available);

	if (found)
		dp_find_kb(meminfo, "SwapFree:", &swap);
	free(meminfo);
	if (!found || dp_node_dir(dev, dir, sizeof(dir)) ||
	    dp_read_text(dir, "meminfo", text, sizeof(text)) ||
	    !dp_find_kb(text, "MemFree:", &node_free))
		return false;
	*bytes = ((available > node_free ? available - node_free : 0) + swap) * 1024;
	return true;
}
