// SPDX-License-Identifier: GPL-2.0-only
/* daxplug show: prints all that is known about devices, as text or JSON. */
#include <inttypes.h>
#include <json.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

static void print_line(const char *key, const char *value)
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
			print_line("memdev", "?");
			continue;
		}
		snprintf(text, sizeof(text), "%s, serial 0x%" PRIx64, name,
			 serial);
		print_line("memdev", text);
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
		print_line("range", text);
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
	print_line("blocks", text);
}

/* Print nothing if the device has no poisoned blocks. */
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
	print_line("poisoned", text);
}

static void show_time(const char *key, uint64_t ms)
{
	char text[64];

	snprintf(text, sizeof(text), ms ? "%" PRIu64 " ms" : "none", ms);
	print_line(key, text);
}

static void show_memmap(const struct daxplug_device *dev)
{
	char word[16], text[64];
	uint64_t bytes = 0;

	if (!strcmp(format_memmap(dev, word, sizeof(word)), "-"))
		return;
	if (!daxplug_device_get_memmap_size(dev, &bytes) && bytes) {
		char size[32];

		snprintf(text, sizeof(text), "%s, %s of it", word,
			 format_size(bytes, size, sizeof(size)));
	} else {
		snprintf(text, sizeof(text), "%s", word);
	}
	print_line("memmap", text);
}

static void show_settings(const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS], ms;
	enum daxplug_guard guard;
	unsigned int i;

	if (!daxplug_device_get_guard(dev, &guard))
		print_line("guard", daxplug_guard_name(guard));
	if (!daxplug_device_get_timeout(dev, &ms))
		show_time("timeout", ms);
	if (!daxplug_device_get_stall(dev, &ms))
		show_time("stall", ms);
	show_memmap(dev);
	if (daxplug_device_get_stats(dev, values, DAXPLUG_STATS))
		return;
	printf("  %-10s", "so far");
	for (i = 0; i < DAXPLUG_STATS; i++)
		printf("%s %s %" PRIu64, i ? "," : "",
		       daxplug_stat_name((enum daxplug_stat)i), values[i]);
	printf("\n");
}

/*
 * If the value cannot be read, print "unknown". If the line were missing, a reader could take the
 * line "size" for this value.
 */
static void show_bytes(const char *key, int err, uint64_t bytes)
{
	char size[32];

	print_line(key, err ? "unknown" : format_size(bytes, size, sizeof(size)));
}

/* Print the part of the ranges that does not fill a memory block. */
static void show_unused(uint64_t all, uint64_t usable)
{
	char size[32], text[64];

	if (all == DAXPLUG_SIZE_UNKNOWN || usable >= all)
		return;
	snprintf(text, sizeof(text), "%s (%" PRIu64 " bytes)",
		 format_size(all - usable, size, sizeof(size)), all - usable);
	print_line("unusable", text);
}

static void show_sizes(const struct daxplug_device *dev)
{
	uint64_t bytes = 0, all = daxplug_device_get_size(dev);
	char size[32];
	int err;

	print_line("size", format_size(all, size, sizeof(size)));
	err = daxplug_device_get_usable(dev, &bytes);
	show_bytes("usable", err, bytes);
	if (!err)
		show_unused(all, bytes);
	err = daxplug_device_get_online_size(dev, &bytes);
	show_bytes("online", err, bytes);
	err = daxplug_device_get_used(dev, &bytes);
	show_bytes("used", err, bytes);
}

/* Print nothing if no rule requests a state. */
static void show_wanted(const struct daxplug_device *dev,
			const struct daxplug_policy *policy)
{
	enum daxplug_state want;
	const struct daxplug_rule *rule = policy_get_wanted_state(policy, dev, &want);

	if (rule)
		printf("  %-10s %s [%s, %s:%u]\n", "wanted", daxplug_state_name(want),
		       daxplug_rule_get_name(rule), get_rule_path(rule),
		       daxplug_rule_get_line(rule));
}

static void show_device(const struct daxplug_device *dev,
			const struct daxplug_policy *policy)
{
	int node = daxplug_device_get_target_node(dev);
	char number[16];

	printf("%s\n", daxplug_device_get_name(dev));
	print_line("state", read_state_string(dev));
	show_wanted(dev, policy);
	print_line("backend", get_backend_string(dev));
	print_line("driver", get_or_dash(daxplug_device_get_driver(dev)));
	show_sizes(dev);
	print_line("node", format_node(node, number, sizeof(number)));
	print_line("origin", daxplug_origin_name(daxplug_device_get_origin(dev)));
	print_line("region", daxplug_device_get_region(dev));
	print_line("uuid", daxplug_device_get_uuid(dev));
	show_memdevs(dev);
	show_ranges(dev);
	show_blocks(dev);
	show_poison(dev);
	show_settings(dev);
}

int run_show(struct daxplug_ctx *ctx, const struct options *o)
{
	struct daxplug_policy *policy;
	struct selection s;
	unsigned int i;
	int code;

	select_devices(ctx, o, &s);
	policy = policy_read_quietly(ctx);
	code = s.code;
	if (o->json) {
		struct json_object *devices;
		struct json_object *root;

		root = json_new(o->command);
		devices = json_array(root, "devices");
		for (i = 0; i < s.nr; i++)
			json_add_device(devices, s.dev[i], policy, true);
		code = more_severe_exit_code(code, json_print(root, false));
	} else {
		for (i = 0; i < s.nr; i++)
			show_device(s.dev[i], policy);
		code = more_severe_exit_code(code, finish_output());
	}
	daxplug_policy_free(policy);
	selection_free(&s);
	return code;
}
