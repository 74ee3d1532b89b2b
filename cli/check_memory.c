// SPDX-License-Identifier: GPL-2.0-only
/* The memory of the machine: zones, page structures and memory tiers. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/* Is there too little memory outside ZONE_MOVABLE for the kernel's own data? */
void check_zones(struct findings *f)
{
	char all[32], rest[32];
	uint64_t movable, kernel;
	bool too_much;

	if (daxplug_get_zone_sizes(&movable, &kernel))
		return;
	too_much = movable / DAXPLUG_MOVABLE_RATIO > kernel;
	add_finding(f, FOUND_ZONE_MOVABLE, too_much ? LEVEL_WARNING : LEVEL_OK, "memory",
		    "%s in ZONE_MOVABLE, %s for the kernel's own data: %s than %d:1",
		    format_size(movable, all, sizeof(all)), format_size(kernel, rest, sizeof(rest)),
		    too_much ? "more" : "not more", DAXPLUG_MOVABLE_RATIO);
	if (too_much)
		add_advice(f,
			   "the kernel may run out of memory while much is free: plug some of it "
			   "with --zone=kernel, but then an unplug may be refused");
}

/* Size of struct page on all supported kernels, in bytes. */
#define PAGE_STRUCTURE 64

/*
 * Report how much memory the page structures of a device take and where they are. The preflight
 * reports everything that prevents memmap_on_memory=yes. Of these reasons this check reports only
 * the module parameter, because an operator can change it.
 */
void check_memmap(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	uint64_t bytes, usable, page = (uint64_t)sysconf(_SC_PAGESIZE);
	char path[PATH_MAX], word[8], size[32], cost[32];
	enum daxplug_mode mode;

	if (!daxplug_device_get_memmap_size(dev, &bytes) && bytes) {
		add_finding(f, FOUND_MEMMAP, LEVEL_OK, name,
			    "%s of it hold its page structures, which take no other memory",
			    format_size(bytes, size, sizeof(size)));
		return;
	}
	if (daxplug_device_get_mode(dev, &mode) || mode == DAXPLUG_MODE_DEVDAX ||
	    mode == DAXPLUG_MODE_OTHER || daxplug_device_get_usable(dev, &usable) || !usable ||
	    !read_first_line(
		    format_system_path(path,
				       "/sys/module/memory_hotplug/parameters/memmap_on_memory"),
		    word, sizeof(word)) ||
	    strcmp(word, "N") != 0)
		return;
	add_finding(f, FOUND_MEMMAP, LEVEL_NOTE, name,
		    "plugged, its %s take %s of other memory for page structures, %d bytes for "
		    "each page: the kernel's parameter memory_hotplug.memmap_on_memory is off",
		    format_size(usable, size, sizeof(size)),
		    format_size(usable / page * PAGE_STRUCTURE, cost, sizeof(cost)),
		    PAGE_STRUCTURE);
	add_advice(f, "to have them in the device itself: memory_hotplug.memmap_on_memory=1 on the "
		      "kernel's command line, then daxplug plug --memmap-on-memory=yes %s", name);
}

/* Return the first of @nodes that has processors, or -1. */
static int find_node_with_processors(const struct node_list *nodes, const struct node_list *cpus)
{
	unsigned int i;

	for (i = 0; i < NODES_MAX; i++) {
		if (is_node_in_list(cpus->text, i) && is_node_in_list(nodes->text, i))
			return (int)i;
	}
	return -1;
}

/* The caller has checked that the device is online. */
void check_tier(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	int node = daxplug_device_get_target_node(dev), other;
	struct node_list nodes, cpus;
	uint64_t tier;

	if (!read_tier(node, &tier, &nodes))
		return;
	read_nodes("has_cpu", &cpus);
	other = find_node_with_processors(&nodes, &cpus);
	if (other < 0 || is_node_in_list(cpus.text, (unsigned int)node))
		add_finding(f, FOUND_MEMORY_TIER, LEVEL_OK, name,
			    "node %d is in memory tier %" PRIu64, node, tier);
	else
		add_finding(f, FOUND_MEMORY_TIER, LEVEL_NOTE, name,
			    "node %d is in memory tier %" PRIu64 ", as is node %d, which has "
			    "processors: the kernel treats them as equally fast, and demotes no "
			    "cold pages to the device", node, tier, other);
}
