// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug list and daxplug show: tables for people.
 */
#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

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

/* "-": it has none, "?": it cannot be told. */
const char *state_word(const struct daxplug_device *dev)
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

static const char *or_dash(const char *word)
{
	return word ? word : "-";
}

int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "daxplug: cannot write output: %s\n", strerror(errno));
	return EXIT_TROUBLE;
}

static const char *backend_word(const struct daxplug_device *dev)
{
	enum daxplug_backend backend = daxplug_device_get_backend(dev);

	return backend == DAXPLUG_BACKEND_NONE ? "-" :
						 daxplug_backend_name(backend);
}

/* Return: could its state be told? */
static bool print_device(const struct daxplug_device *dev)
{
	enum daxplug_origin origin = daxplug_device_get_origin(dev);
	const char *state = state_word(dev);
	char size[32], node[16];

	printf("%-10s %10s %4s %-6s %-10s %-7s %s\n",
	       daxplug_device_get_name(dev),
	       format_size(daxplug_device_get_size(dev), size, sizeof(size)),
	       format_node(daxplug_device_get_target_node(dev), node,
			   sizeof(node)),
	       origin == DAXPLUG_ORIGIN_UNKNOWN ? "-" :
						  daxplug_origin_name(origin),
	       or_dash(daxplug_device_get_driver(dev)), backend_word(dev),
	       state);
	return strcmp(state, "?") != 0;
}

static void print_table(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;
	bool told = true;

	if (tell_if_none(ctx))
		return;
	printf("%-10s %10s %4s %-6s %-10s %-7s %s\n", "DEVICE", "SIZE", "NODE",
	       "ORIGIN", "DRIVER", "BACKEND", "STATE");
	daxplug_device_foreach(ctx, dev)
		told &= print_device(dev);
	fflush(stdout);
	if (!told)
		fprintf(stderr, "daxplug: ?: cannot be told; %s\n", geteuid() ?
			"root may see more" : "see daxplug doctor");
}

int run_list(struct daxplug_ctx *ctx, const struct options *o)
{
	struct json_object *root, *devices;
	struct daxplug_device *dev;
	int err = daxplug_scan(ctx);

	if (err)
		return explain_scan(err);
	if (o->metrics)
		return run_metrics(ctx);
	if (!o->json) {
		print_table(ctx);
		return finish_output();
	}
	root = json_new(o->command);
	devices = json_array(root, "devices");
	daxplug_device_foreach(ctx, dev)
		json_add_device(devices, dev, false);
	return json_print(root, false);
}

static void line(const char *key, const char *value)
{
	if (value)
		printf("  %-10s %s\n", key, value);
}

static void show_memdevs(const struct daxplug_device *dev)
{
	const char *name;
	uint64_t serial;
	char text[64];
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (daxplug_device_get_memdev(dev, i, &name, &serial)) {
			line("memdev", "?");
			continue;
		}
		snprintf(text, sizeof(text), "%s, serial 0x%" PRIx64, name,
			 serial);
		line("memdev", text);
	}
}

static void show_ranges(const struct daxplug_device *dev)
{
	uint64_t start, end;
	char text[64];
	unsigned int i;

	for (i = 0; i < daxplug_device_get_ranges(dev); i++) {
		int err;

		err = daxplug_device_get_range(dev, i, &start, &end);
		if (err)
			snprintf(text, sizeof(text), "? (%s)", strerror(-err));
		else
			snprintf(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64,
				 start, end);
		line("range", text);
	}
}

static void show_blocks(const struct daxplug_device *dev)
{
	struct daxplug_blocks b;
	char text[128];

	if (daxplug_device_get_blocks(dev, &b))
		return;
	snprintf(text, sizeof(text),
		 "%u: %u movable, %u kernel, %u offline, %u absent", b.total,
		 b.movable, b.kernel, b.offline, b.absent);
	line("blocks", text);
}

/* Only of a device that has some. */
static void show_poison(const struct daxplug_device *dev)
{
	unsigned int blocks;
	char text[64];
	int frames;

	if (daxplug_device_get_poisoned(dev, &blocks) || !blocks)
		return;
	frames = daxplug_device_each_poison(dev, NULL, NULL);
	if (frames < 0)
		snprintf(text, sizeof(text), "%u blocks", blocks);
	else
		snprintf(text, sizeof(text), "%u blocks, %d pages", blocks, frames);
	line("poisoned", text);
}

static void show_time(const char *key, uint64_t ms)
{
	char text[64];

	snprintf(text, sizeof(text), ms ? "%" PRIu64 " ms" : "none", ms);
	line(key, text);
}

static void show_settings(const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS], ms;
	enum daxplug_guard guard;
	unsigned int i;

	if (!daxplug_device_get_guard(dev, &guard))
		line("guard", daxplug_guard_name(guard));
	if (!daxplug_device_get_timeout(dev, &ms))
		show_time("timeout", ms);
	if (!daxplug_device_get_stall(dev, &ms))
		show_time("stall", ms);
	if (daxplug_device_get_stats(dev, values, DAXPLUG_STATS))
		return;
	printf("  %-10s", "so far");
	for (i = 0; i < DAXPLUG_STATS; i++)
		printf("%s %s %" PRIu64, i ? "," : "",
		       daxplug_stat_name((enum daxplug_stat)i), values[i]);
	printf("\n");
}

/* Printed also if it is not known, so that nobody takes the raw size for it. */
static void show_bytes(const char *key, int err, uint64_t bytes)
{
	char size[32];

	line(key, err ? "unknown" : format_size(bytes, size, sizeof(size)));
}

static void show_sizes(const struct daxplug_device *dev)
{
	uint64_t bytes = 0;
	char size[32];
	int err;

	line("size", format_size(daxplug_device_get_size(dev), size, sizeof(size)));
	err = daxplug_device_get_usable(dev, &bytes);
	show_bytes("usable", err, bytes);
	err = daxplug_device_get_online_size(dev, &bytes);
	show_bytes("online", err, bytes);
	err = daxplug_device_get_used(dev, &bytes);
	show_bytes("used", err, bytes);
}

static void show_device(const struct daxplug_device *dev)
{
	int node = daxplug_device_get_target_node(dev);
	char number[16];

	printf("%s\n", daxplug_device_get_name(dev));
	line("state", state_word(dev));
	line("backend", backend_word(dev));
	line("driver", or_dash(daxplug_device_get_driver(dev)));
	show_sizes(dev);
	line("node", format_node(node, number, sizeof(number)));
	line("origin", daxplug_origin_name(daxplug_device_get_origin(dev)));
	line("region", daxplug_device_get_region(dev));
	line("uuid", daxplug_device_get_uuid(dev));
	show_memdevs(dev);
	show_ranges(dev);
	show_blocks(dev);
	show_poison(dev);
	show_settings(dev);
}

int run_show(struct daxplug_ctx *ctx, const struct options *o)
{
	struct selection s;
	unsigned int i;
	int code;

	select_devices(ctx, o, &s);
	code = s.code;
	if (o->json) {
		struct json_object *devices;
		struct json_object *root;

		root = json_new(o->command);
		devices = json_array(root, "devices");
		for (i = 0; i < s.nr; i++)
			json_add_device(devices, s.dev[i], true);
		code = worse(code, json_print(root, false));
	} else {
		for (i = 0; i < s.nr; i++)
			show_device(s.dev[i]);
		code = worse(code, finish_output());
	}
	selection_free(&s);
	return code;
}
