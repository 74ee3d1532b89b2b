// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug list --metrics: prints metrics in the text format of Prometheus, for the textfile
 * collector of node_exporter. The format requires that all samples of a metric are together.
 * Names and units follow "Metric and label naming" of its documentation. Names of metrics are an
 * interface and never change.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "policy.h"
#include "replace.h"

struct metrics {
	FILE *out;
	struct daxplug_ctx *ctx;
	const struct daxplug_policy *policy;
};

static void print_head(const struct metrics *m, const char *name, const char *type,
		       const char *help)
{
	fprintf(m->out, "# HELP daxplug_%s %s\n# TYPE daxplug_%s %s\n", name, help, name,
		type);
}

/* Print a label. Backslash, quote and newline in its value are escaped. */
static void print_label(const struct metrics *m, const char *key, const char *value, bool first)
{
	fprintf(m->out, "%s%s=\"", first ? "" : ",", key);
	for (; value && *value; value++) {
		if (*value == '\n')
			fputs("\\n", m->out);
		else if (*value == '"' || *value == '\\')
			fprintf(m->out, "\\%c", *value);
		else
			fputc(*value, m->out);
	}
	fputc('"', m->out);
}

static void begin_sample(const struct metrics *m, const char *name,
			 const struct daxplug_device *dev)
{
	fprintf(m->out, "daxplug_%s{", name);
	print_label(m, "device", daxplug_device_get_name(dev), true);
}

static void print_sample(const struct metrics *m, const char *name,
			 const struct daxplug_device *dev, uint64_t value)
{
	begin_sample(m, name, dev);
	fprintf(m->out, "} %" PRIu64 "\n", value);
}

/* Print milliseconds as seconds, the base unit of Prometheus, without rounding through a float. */
static void print_seconds_sample(const struct metrics *m, const char *name,
				 const struct daxplug_device *dev, uint64_t ms)
{
	begin_sample(m, name, dev);
	fprintf(m->out, "} %" PRIu64 ".%03u\n", ms / 1000, (unsigned int)(ms % 1000));
}

static void print_info(const struct metrics *m)
{
	struct daxplug_device *dev;

	print_head(m, "build_info", "gauge", "The version of daxplug; always 1.");
	fputs("daxplug_build_info{", m->out);
	print_label(m, "version", daxplug_version(), true);
	fputs("} 1\n", m->out);
	print_head(m, "device_info", "gauge", "What a DAX device is; always 1.");
	daxplug_device_foreach(m->ctx, dev) {
		begin_sample(m, "device_info", dev);
		print_label(m, "driver", daxplug_device_get_driver(dev), false);
		print_label(m, "backend", daxplug_backend_name(
				    daxplug_device_get_backend(dev)), false);
		print_label(m, "origin", daxplug_origin_name(
				    daxplug_device_get_origin(dev)), false);
		print_label(m, "region", daxplug_device_get_region(dev), false);
		fputs("} 1\n", m->out);
	}
}

static void print_bytes(const struct metrics *m, const char *name, const char *help,
			int (*get)(const struct daxplug_device *dev, uint64_t *bytes))
{
	struct daxplug_device *dev;
	uint64_t value;

	print_head(m, name, "gauge", help);
	daxplug_device_foreach(m->ctx, dev) {
		if (!get(dev, &value))
			print_sample(m, name, dev, value);
	}
}

static void print_sizes(const struct metrics *m)
{
	struct daxplug_device *dev;

	print_head(m, "device_size_bytes", "gauge", "Size of a DAX device.");
	daxplug_device_foreach(m->ctx, dev) {
		if (daxplug_device_get_size(dev) != DAXPLUG_SIZE_UNKNOWN)
			print_sample(m, "device_size_bytes", dev, daxplug_device_get_size(dev));
	}
	print_bytes(m, "device_usable_bytes",
		    "Size of the whole memory blocks of a DAX device, which can be plugged.",
		    daxplug_device_get_usable);
	print_bytes(m, "device_online_bytes",
		    "Size of the memory blocks of a DAX device that are online.",
		    daxplug_device_get_online_size);
	print_bytes(m, "device_used_bytes",
		    "Bytes of a DAX device in use; absent if its node has other memory.",
		    daxplug_device_get_used);
	print_head(m, "device_node", "gauge", "NUMA node that its memory is plugged into.");
	daxplug_device_foreach(m->ctx, dev) {
		if (daxplug_device_get_target_node(dev) >= 0)
			print_sample(m, "device_node", dev,
				     (uint64_t)daxplug_device_get_target_node(dev));
	}
}

/* Print a sample for each state: 1 for the state @is, 0 for the others. */
static void print_state_set(const struct metrics *m, const char *name,
			    const struct daxplug_device *dev, const char *is)
{
	static const enum daxplug_state all[] = {
		DAXPLUG_STATE_UNPLUGGED, DAXPLUG_STATE_OFFLINE,
		DAXPLUG_STATE_ONLINE, DAXPLUG_STATE_ONLINE_KERNEL,
		DAXPLUG_STATE_ONLINE_MOVABLE, DAXPLUG_STATE_INCONSISTENT,
		DAXPLUG_STATE_OTHER_DRIVER,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all) && strlen(is) > 1; i++) {
		begin_sample(m, name, dev);
		print_label(m, "state", daxplug_state_name(all[i]), false);
		fprintf(m->out, "} %d\n", !strcmp(is, daxplug_state_name(all[i])));
	}
}

static void print_states(const struct metrics *m)
{
	struct daxplug_device *dev;

	print_head(m, "device_state", "gauge",
		   "1 for the state that a DAX device is in, 0 for the others.");
	daxplug_device_foreach(m->ctx, dev) {
		print_state_set(m, "device_state", dev, read_state_string(dev));
	}
}

static void print_policy(const struct metrics *m)
{
	struct daxplug_device *dev;
	enum daxplug_state want;

	print_head(m, "policy_errors", "gauge", "Errors in the files of the policy.");
	fprintf(m->out, "daxplug_policy_errors %u\n", daxplug_policy_get_errors(m->policy));
	print_head(m, "device_wanted_state", "gauge",
		   "1 for the state that the policy wants of a DAX device, 0 for the others.");
	daxplug_device_foreach(m->ctx, dev) {
		if (policy_get_wanted_state(m->policy, dev, &want))
			print_state_set(m, "device_wanted_state", dev, daxplug_state_name(want));
	}
	print_head(m, "device_policy_mismatch", "gauge",
		   "1 if a DAX device is not in the state that the policy wants, 0 if it is.");
	daxplug_device_foreach(m->ctx, dev) {
		int has = policy_get_wanted_state(m->policy, dev, &want)
				  ? policy_has_wanted_state(dev, want)
				  : -1;

		if (has >= 0)
			print_sample(m, "device_policy_mismatch", dev, !has);
	}
}

static void print_block_count(const struct metrics *m, const struct daxplug_device *dev,
			      const char *zone, unsigned int count)
{
	begin_sample(m, "device_blocks", dev);
	print_label(m, "zone", zone, false);
	fprintf(m->out, "} %u\n", count);
}

static void print_blocks(const struct metrics *m)
{
	struct daxplug_device *dev;
	struct daxplug_blocks b;

	print_head(m, "device_blocks", "gauge",
		   "Memory blocks of a DAX device, by zone: absent, offline, kernel, movable.");
	daxplug_device_foreach(m->ctx, dev) {
		if (daxplug_device_get_blocks(dev, &b))
			continue;
		print_block_count(m, dev, "absent", b.absent);
		print_block_count(m, dev, "offline", b.offline);
		print_block_count(m, dev, "kernel", b.kernel);
		print_block_count(m, dev, "movable", b.movable);
	}
}

static void print_poison(const struct metrics *m)
{
	struct daxplug_device *dev;
	unsigned int count;

	print_head(m, "device_poisoned_blocks", "gauge",
		   "Memory blocks of a DAX device with poisoned pages.");
	daxplug_device_foreach(m->ctx, dev) {
		if (!daxplug_device_get_poisoned(dev, &count))
			print_sample(m, "device_poisoned_blocks", dev, count);
	}
	print_head(m, "device_poisoned_pages", "gauge",
		   "Poisoned pages of a DAX device that are recorded; only root can read them.");
	daxplug_device_foreach(m->ctx, dev) {
		int pages = daxplug_device_each_poison(dev, NULL, NULL);

		if (pages >= 0)
			print_sample(m, "device_poisoned_pages", dev, (uint64_t)pages);
	}
}

static void print_last_changes(const struct metrics *m)
{
	struct daxplug_device *dev;
	struct last_change last;

	print_head(m, "device_last_transition_info", "gauge",
		   "The last change of a DAX device by daxplug since boot, and its outcome; "
		   "always 1.");
	daxplug_device_foreach(m->ctx, dev) {
		if (!last_change_read(daxplug_device_get_name(dev), &last))
			continue;
		begin_sample(m, "device_last_transition_info", dev);
		print_label(m, "to", last.to, false);
		print_label(m, "outcome", last.outcome, false);
		fputs("} 1\n", m->out);
	}
	print_head(m, "device_last_transition_success", "gauge",
		   "1 if the last change of a DAX device was done, 0 if it failed.");
	daxplug_device_foreach(m->ctx, dev) {
		if (last_change_read(daxplug_device_get_name(dev), &last))
			print_sample(m, "device_last_transition_success", dev,
				     !strcmp(last.outcome, "done"));
	}
	print_head(m, "device_last_transition_timestamp_seconds", "gauge",
		   "When the last change of a DAX device ended, in seconds since 1970.");
	daxplug_device_foreach(m->ctx, dev) {
		if (last_change_read(daxplug_device_get_name(dev), &last))
			print_seconds_sample(m, "device_last_transition_timestamp_seconds", dev,
					     last.time_ms);
	}
	print_head(m, "device_last_transition_duration_seconds", "gauge",
		   "How long the last change of a DAX device took.");
	daxplug_device_foreach(m->ctx, dev) {
		if (last_change_read(daxplug_device_get_name(dev), &last))
			print_seconds_sample(m, "device_last_transition_duration_seconds", dev,
					     last.duration_ms);
	}
}

static void print_counters(const struct metrics *m)
{
	static const char * const help[DAXPLUG_STATS] = {
		[DAXPLUG_STAT_PLUGS] = "Plugs and repairs that succeeded.",
		[DAXPLUG_STAT_UNPLUGS] = "Unplugs that succeeded.",
		[DAXPLUG_STAT_REFUSALS] = "Requests that the device's state did not allow.",
		[DAXPLUG_STAT_UNDOS] = "Plugs and unplugs that failed and were undone.",
		[DAXPLUG_STAT_FAILED_UNDOS] = "Failed plugs and unplugs that could not be undone.",
		[DAXPLUG_STAT_VETOES] = "Refused switches of single blocks by other programs.",
		[DAXPLUG_STAT_PAGES_MOVED] = "Pages moved by unplugs.",
		[DAXPLUG_STAT_STALLS] = "Blocks given up because no page was migrated out of them.",
	};
	uint64_t values[DAXPLUG_STATS];
	struct daxplug_device *dev;
	char name[64];
	unsigned int i;

	for (i = 0; i < DAXPLUG_STATS; i++) {
		snprintf(name, sizeof(name), "device_%s_total",
			 daxplug_stat_name((enum daxplug_stat)i));
		print_head(m, name, "counter", help[i]);
		daxplug_device_foreach(m->ctx, dev) {
			if (!daxplug_device_get_stats(dev, values, DAXPLUG_STATS))
				print_sample(m, name, dev, values[i]);
		}
	}
}

static void print_all(const struct metrics *m)
{
	print_info(m);
	print_sizes(m);
	print_states(m);
	print_policy(m);
	print_blocks(m);
	print_poison(m);
	print_last_changes(m);
	print_counters(m);
}

/* Errors of the policy are a metric, so they are not printed each time. */
static int read_policy(struct daxplug_ctx *ctx, const char *dir, struct daxplug_policy **policy)
{
	int code = EXIT_TROUBLE, err = daxplug_policy_new(policy);

	if (err)
		*policy = NULL;
	else
		err = dir ? daxplug_policy_read_dir(*policy, dir) : daxplug_policy_read(*policy);
	if (err == -ENOMEM)
		fprintf(stderr, "daxplug: out of memory\n");
	else
		code = policy_read_cards(*policy, ctx);
	if (code)
		daxplug_policy_free(*policy);
	return code;
}

static int write_file(const char *path, struct metrics *m)
{
	char *text = NULL;
	size_t len = 0;
	int err = 0;

	m->out = open_memstream(&text, &len);
	if (m->out) {
		print_all(m);
		err = ferror(m->out) ? -ENOMEM : 0;
	}
	if (!m->out || fclose(m->out))
		err = -ENOMEM;
	if (!err)
		err = replace_path(path, text, len);
	free(text);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "daxplug: %s not written: %s\n", path, err == -EMEDIUMTYPE ?
		"it exists and is not a regular file" : strerror(-err));
	return EXIT_TROUBLE;
}

int run_metrics(struct daxplug_ctx *ctx, const struct options *o)
{
	struct daxplug_policy *policy = NULL;
	struct metrics m = { .out = stdout, .ctx = ctx };
	int code = read_policy(ctx, o->config, &policy);

	if (code != EXIT_DONE)
		return code;
	m.policy = policy;
	if (o->write) {
		code = write_file(o->write, &m);
	} else {
		print_all(&m);
		code = finish_output();
	}
	daxplug_policy_free(policy);
	return code;
}
