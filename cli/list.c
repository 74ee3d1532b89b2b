// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug list: a table for people.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *format_size(uint64_t bytes, char *buf, size_t len)
{
	static const char * const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	double value = (double)bytes;
	size_t i = 0;

	if (bytes == DAXPLUG_SIZE_UNKNOWN) {
		snprintf(buf, len, "?");
		return buf;
	}
	/* What would be printed as 1024.0 is 1.0 of the next unit. */
	for (; value >= 1023.95 && i + 1 < ARRAY_SIZE(units); i++)
		value /= 1024;
	snprintf(buf, len, "%.*f %s", i ? 1 : 0, value, units[i]);
	return buf;
}

static const char *format_node(int node, char *buf, size_t len)
{
	if (node < 0)
		return "-";
	snprintf(buf, len, "%d", node);
	return buf;
}

static const char *format_state(const struct daxplug_device *dev)
{
	enum daxplug_state state;

	switch (daxplug_device_get_state(dev, &state)) {
	case 0:
		return daxplug_state_name(state);
	case -EOPNOTSUPP:
		return "-";
	default:
		return "?";
	}
}

static void print_device(const struct daxplug_device *dev)
{
	const char *driver = daxplug_device_get_driver(dev);
	char size[32], node[16];

	printf("%-10s %10s %4s %6u %-10s %s\n", daxplug_device_get_name(dev),
	       format_size(daxplug_device_get_size(dev), size, sizeof(size)),
	       format_node(daxplug_device_get_target_node(dev), node,
			   sizeof(node)),
	       daxplug_device_get_ranges(dev), driver ? driver : "-",
	       format_state(dev));
}

int run_list(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;
	int err = daxplug_scan(ctx);

	if (err)
		return explain_scan(err);
	if (!daxplug_device_get_first(ctx)) {
		fprintf(stderr, "daxplug: there are no DAX devices\n");
		return EXIT_DONE;
	}
	printf("%-10s %10s %4s %6s %-10s %s\n", "DEVICE", "SIZE", "NODE",
	       "RANGES", "DRIVER", "STATE");
	daxplug_device_foreach(ctx, dev)
		print_device(dev);
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "daxplug: cannot write output: %s\n", strerror(errno));
	return EXIT_TROUBLE;
}
