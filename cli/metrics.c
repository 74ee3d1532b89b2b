// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug list --metrics: the text format of Prometheus, for node_exporter's
 * textfile collector. All samples of a metric stand together, as it wants it.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP daxplug_%s %s\n# TYPE daxplug_%s %s\n", name, help, name,
	       type);
}

/* A label's value: backslash, quote and newline are escaped. */
static void label(const char *key, const char *value, bool first)
{
	printf("%s%s=\"", first ? "" : ",", key);
	for (; value && *value; value++) {
		if (*value == '\n')
			printf("\\n");
		else if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else
			putchar(*value);
	}
	putchar('"');
}

static void begin(const char *name, const struct daxplug_device *dev)
{
	printf("daxplug_%s{", name);
	label("device", daxplug_device_get_name(dev), true);
}

static void info(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;

	head("device_info", "gauge", "What a DAX device is; always 1.");
	daxplug_device_foreach(ctx, dev) {
		begin("device_info", dev);
		label("driver", daxplug_device_get_driver(dev), false);
		label("backend", daxplug_backend_name(
			      daxplug_device_get_backend(dev)), false);
		label("origin", daxplug_origin_name(
			      daxplug_device_get_origin(dev)), false);
		label("region", daxplug_device_get_region(dev), false);
		printf("} 1\n");
	}
}

static void bytes(struct daxplug_ctx *ctx, const char *name, const char *help,
		  int (*get)(const struct daxplug_device *dev, uint64_t *bytes))
{
	struct daxplug_device *dev;
	uint64_t value;

	head(name, "gauge", help);
	daxplug_device_foreach(ctx, dev) {
		if (get(dev, &value))
			continue;
		begin(name, dev);
		printf("} %" PRIu64 "\n", value);
	}
}

static void sizes(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;

	head("device_size_bytes", "gauge", "Size of a DAX device.");
	daxplug_device_foreach(ctx, dev) {
		uint64_t size;

		size = daxplug_device_get_size(dev);
		if (size == DAXPLUG_SIZE_UNKNOWN)
			continue;
		begin("device_size_bytes", dev);
		printf("} %" PRIu64 "\n", size);
	}
	bytes(ctx, "device_usable_bytes",
	      "Size of the whole memory blocks of a DAX device, which can be plugged.",
	      daxplug_device_get_usable);
	bytes(ctx, "device_online_bytes",
	      "Size of the memory blocks of a DAX device that are online.",
	      daxplug_device_get_online_size);
	bytes(ctx, "device_used_bytes",
	      "Bytes of a DAX device in use; absent if its node has other memory.",
	      daxplug_device_get_used);
	head("device_node", "gauge", "NUMA node that its memory is plugged into.");
	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_target_node(dev) < 0)
			continue;
		begin("device_node", dev);
		printf("} %d\n", daxplug_device_get_target_node(dev));
	}
}

static void states(struct daxplug_ctx *ctx)
{
	static const enum daxplug_state all[] = {
		DAXPLUG_STATE_UNPLUGGED, DAXPLUG_STATE_OFFLINE,
		DAXPLUG_STATE_ONLINE, DAXPLUG_STATE_ONLINE_KERNEL,
		DAXPLUG_STATE_ONLINE_MOVABLE, DAXPLUG_STATE_INCONSISTENT,
	};
	struct daxplug_device *dev;
	size_t i;

	head("device_state", "gauge",
	     "1 for the state that a DAX device is in, 0 for the others.");
	daxplug_device_foreach(ctx, dev) {
		const char *state = state_word(dev);

		for (i = 0; i < ARRAY_SIZE(all) && strlen(state) > 1; i++) {
			begin("device_state", dev);
			label("state", daxplug_state_name(all[i]), false);
			printf("} %d\n",
			       !strcmp(state, daxplug_state_name(all[i])));
		}
	}
}

static void block(const struct daxplug_device *dev, const char *zone,
		  unsigned int count)
{
	begin("device_blocks", dev);
	label("zone", zone, false);
	printf("} %u\n", count);
}

static void blocks(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;
	struct daxplug_blocks b;

	head("device_blocks", "gauge",
	     "Memory blocks of a DAX device, by where they are.");
	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_blocks(dev, &b))
			continue;
		block(dev, "absent", b.absent);
		block(dev, "offline", b.offline);
		block(dev, "kernel", b.kernel);
		block(dev, "movable", b.movable);
	}
}

static void poison(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;
	unsigned int count;

	head("device_poisoned_blocks", "gauge",
	     "Memory blocks of a DAX device with poisoned pages.");
	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_poisoned(dev, &count))
			continue;
		begin("device_poisoned_blocks", dev);
		printf("} %u\n", count);
	}
}

static void counters(struct daxplug_ctx *ctx)
{
	static const char * const help[DAXPLUG_STATS] = {
		[DAXPLUG_STAT_PLUGS] = "Plugs and repairs that succeeded.",
		[DAXPLUG_STAT_UNPLUGS] = "Unplugs that succeeded.",
		[DAXPLUG_STAT_REFUSALS] = "Requests refused in the state it was in.",
		[DAXPLUG_STAT_UNDOS] = "Plugs and unplugs that failed and were undone.",
		[DAXPLUG_STAT_FAILED_UNDOS] = "Those that could not be undone.",
		[DAXPLUG_STAT_VETOES] = "Switches of single blocks refused to others.",
		[DAXPLUG_STAT_PAGES_MOVED] = "Pages moved by unplugs.",
		[DAXPLUG_STAT_STALLS] = "Blocks given up because no page left them.",
	};
	uint64_t values[DAXPLUG_STATS];
	struct daxplug_device *dev;
	char name[64];
	unsigned int i;

	for (i = 0; i < DAXPLUG_STATS; i++) {
		snprintf(name, sizeof(name), "device_%s_total",
			 daxplug_stat_name((enum daxplug_stat)i));
		head(name, "counter", help[i]);
		daxplug_device_foreach(ctx, dev) {
			if (daxplug_device_get_stats(dev, values, DAXPLUG_STATS))
				continue;
			begin(name, dev);
			printf("} %" PRIu64 "\n", values[i]);
		}
	}
}

int run_metrics(struct daxplug_ctx *ctx)
{
	info(ctx);
	sizes(ctx);
	states(ctx);
	blocks(ctx);
	poison(ctx);
	counters(ctx);
	return finish_output();
}
