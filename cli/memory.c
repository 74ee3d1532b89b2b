// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the machine: zones and memory tiers.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "doctor.h"

/* Is there too little memory that the kernel's own data can be in? */
void find_zones(struct findings *f)
{
	char all[32], rest[32];
	uint64_t movable, kernel;
	bool too_much;

	if (daxplug_get_zone_sizes(&movable, &kernel))
		return;
	too_much = movable / DAXPLUG_MOVABLE_RATIO > kernel;
	find(f, FOUND_ZONE_MOVABLE, too_much ? LEVEL_WARN : LEVEL_OK, "memory",
	     "%s in ZONE_MOVABLE, %s for the kernel's own data: %s than %d:1",
	     format_size(movable, all, sizeof(all)), format_size(kernel, rest, sizeof(rest)),
	     too_much ? "more" : "not more", DAXPLUG_MOVABLE_RATIO);
	if (too_much)
		advise(f, "the kernel may run out of memory while much is free: plug some of it "
			  "with --zone=kernel, which it may then not give back");
}

/* The first of @nodes that has processors, or -1. */
static int first_with_processors(const struct node_list *nodes, const struct node_list *cpus)
{
	unsigned int i;

	for (i = 0; i < NODES_MAX; i++) {
		if (is_in_list(cpus->text, i) && is_in_list(nodes->text, i))
			return (int)i;
	}
	return -1;
}

/* Of a device that is online. */
void find_tier(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	int node = daxplug_device_get_target_node(dev), other;
	struct node_list nodes, cpus;
	uint64_t tier;

	if (!tier_of(node, &tier, &nodes))
		return;
	read_nodes("has_cpu", &cpus);
	other = first_with_processors(&nodes, &cpus);
	if (other < 0 || is_in_list(cpus.text, (unsigned int)node))
		find(f, FOUND_MEMORY_TIER, LEVEL_OK, name, "node %d is in memory tier %" PRIu64,
		     node, tier);
	else
		find(f, FOUND_MEMORY_TIER, LEVEL_NOTE, name,
		     "node %d is in memory tier %" PRIu64 ", as is node %d, which has "
		     "processors: the "
		     "kernel takes them for equally fast, and moves no cold data to the device",
		     node, tier, other);
}
