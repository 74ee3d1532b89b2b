// SPDX-License-Identifier: GPL-2.0-only
/* Checks for free memory; see space.h. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "space.h"

/*
 * The counters miss some free memory, such as that on per-CPU lists. It is taken to be
 * 1/32 of all RAM.
 */
#define UNCOUNTED_RAM_DIVISOR	32

static unsigned long cached_pages(void)
{
	return global_node_page_state(NR_ACTIVE_FILE) +
	       global_node_page_state(NR_INACTIVE_FILE);
}

unsigned long space_anywhere(void)
{
	return global_zone_page_state(NR_FREE_PAGES) + cached_pages() +
	       global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) +
	       compat_swap_pages() + totalram_pages() / UNCOUNTED_RAM_DIVISOR;
}

/* Estimate the page allocator's reserve plus the pages that other tasks need meanwhile. */
static unsigned long margin_pages(void)
{
	return totalram_pages() / 128;
}

bool space_fits_now(unsigned long to_migrate, unsigned long free)
{
	unsigned long room = global_zone_page_state(NR_FREE_PAGES) +
			     global_node_page_state(NR_INACTIVE_FILE) +
			     compat_swap_pages();
	unsigned long margin = margin_pages();

	return room > free + margin && room - free - margin > to_migrate;
}

bool space_fits_unmovable(int nid, unsigned long pages)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	unsigned long room = 0, margin = 0;
	int i;

	for (i = 0; i < ZONE_MOVABLE; i++, zone++) {
		room += zone_page_state(zone, NR_FREE_PAGES);
		margin += high_wmark_pages(zone) + zone_managed_pages(zone) / 64;
	}
	return room > margin && room - margin > pages;
}

/* Count the pages that the kernel's own data can use on one node, outside ZONE_MOVABLE. */
static unsigned long node_space_for_kernel(int nid)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	unsigned long pages = 0, free, mark;
	int i;

	for (i = 0; i < ZONE_MOVABLE; i++, zone++) {
		free = zone_page_state(zone, NR_FREE_PAGES);
		mark = high_wmark_pages(zone);
		pages += free > mark ? free - mark : 0;
		pages += (zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
			  zone_page_state(zone, NR_ZONE_ACTIVE_FILE)) / 2;
	}
	return pages;
}

u64 space_for_kernel(void)
{
	unsigned long pages = global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) / 2;
	int nid;

	for_each_online_node(nid)
		pages += node_space_for_kernel(nid);
	return (u64)pages << PAGE_SHIFT;
}
