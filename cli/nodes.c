// SPDX-License-Identifier: GPL-2.0-only
/* Reads lists of NUMA nodes and the memory tier of a node from sysfs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "system.h"

/* Numbers of memory tiers are smaller than this. */
#define TIERS_MAX 4096

/* Is the node in a list such as "0,2-3"? */
bool is_node_in_list(const char *list, unsigned int node)
{
	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (node >= first && node <= last)
			return true;
		list = end + (*end == ',');
	}
	return false;
}

/*
 * Read a list of nodes from @file in /sys/devices/system/node. If the file cannot be read, the list
 * is empty.
 */
void read_nodes(const char *file, struct node_list *nodes)
{
	char path[PATH_MAX];

	format_system_path(path, "/sys/devices/system/node/%s", file);
	if (!read_first_line(path, nodes->text, sizeof(nodes->text)))
		nodes->text[0] = '\0';
}

/* Read the memory tier of a node, and the nodes in that tier. Return: is it known? */
bool read_tier(int node, uint64_t *tier, struct node_list *nodes)
{
	static const char dir[] = "/sys/devices/virtual/memory_tiering";
	char path[PATH_MAX];
	struct node_list list;
	const struct dirent *e;
	DIR *tiers = node < 0 ? NULL : list_directory(format_system_path(path, "%s", dir));
	bool found = false;
	int err = 0;

	while (tiers && (err = read_next_entry(tiers, &e)) > 0) {
		uint64_t n;

		if (strncmp(e->d_name, "memory_tier", 11) != 0 ||
		    !parse_number(e->d_name + 11, &n) || n >= TIERS_MAX)
			continue;
		format_system_path(path, "%s/memory_tier%" PRIu64 "/nodelist", dir, n);
		if (!read_first_line(path, list.text, sizeof(list.text)) ||
		    !is_node_in_list(list.text, (unsigned int)node))
			continue;
		*tier = n;
		if (nodes)
			*nodes = list;
		found = true;
	}
	if (tiers)
		closedir(tiers);
	return found && !err;
}
