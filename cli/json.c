// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON output, as doc/json.md describes it. While "schema" is 1, keys are never removed and never
 * change their meaning. New keys may be added.
 */
#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

#define SCHEMA 1

static void json_add(struct json_object *o, const char *key,
		     struct json_object *value)
{
	json_object_object_add(o, key, value);
}

void json_string(struct json_object *o, const char *key, const char *value)
{
	json_add(o, key, value ? json_object_new_string(value) : NULL);
}

/* Add a number as a string, because many readers have no 64-bit integers. */
static void add_hex(struct json_object *o, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	json_string(o, key, text);
}

struct json_object *json_new(const char *command)
{
	struct json_object *root = json_object_new_object();

	json_add(root, "schema", json_object_new_int(SCHEMA));
	json_string(root, "version", daxplug_version());
	json_string(root, "command", command);
	return root;
}

struct json_object *json_array(struct json_object *root, const char *name)
{
	struct json_object *array = json_object_new_array();

	json_add(root, name, array);
	return array;
}

int json_print(struct json_object *root, bool one_line)
{
	int flags = one_line ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY;

	puts(json_object_to_json_string_ext(root, flags |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return finish_output();
}

static void add_memdevs(struct json_object *o, const struct daxplug_device *dev)
{
	struct json_object *array = json_array(o, "memdevs");
	const char *name;
	uint64_t serial;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		struct json_object *memdev;

		memdev = NULL;
		if (!daxplug_device_get_memdev(dev, i, &name, &serial)) {
			memdev = json_object_new_object();
			json_string(memdev, "name", name);
			add_hex(memdev, "serial", serial);
		}
		json_object_array_add(array, memdev);
	}
}

static void add_ranges(struct json_object *o, const struct daxplug_device *dev)
{
	struct json_object *array = json_array(o, "ranges");
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_ranges(dev); i++) {
		struct json_object *range;

		range = NULL;
		if (!daxplug_device_get_range(dev, i, &start, &end)) {
			range = json_object_new_object();
			add_hex(range, "start", start);
			add_hex(range, "end", end);
			json_add(range, "address", json_object_new_uint64(start));
			json_add(range, "size", json_object_new_uint64(end - start + 1));
		}
		json_object_array_add(array, range);
	}
}

static void add_blocks(struct json_object *o, const struct daxplug_device *dev)
{
	struct json_object *blocks = NULL;
	struct daxplug_blocks b;

	if (!daxplug_device_get_blocks(dev, &b)) {
		blocks = json_object_new_object();
		json_add(blocks, "total", json_object_new_int64(b.total));
		json_add(blocks, "absent", json_object_new_int64(b.absent));
		json_add(blocks, "offline", json_object_new_int64(b.offline));
		json_add(blocks, "kernel", json_object_new_int64(b.kernel));
		json_add(blocks, "movable", json_object_new_int64(b.movable));
	}
	json_add(o, "blocks", blocks);
}

static void add_stats(struct json_object *o, const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS];
	struct json_object *stats = NULL;

	if (!daxplug_device_get_stats(dev, values, DAXPLUG_STATS)) {
		unsigned int i;

		stats = json_object_new_object();
		for (i = 0; i < DAXPLUG_STATS; i++)
			json_add(stats, daxplug_stat_name((enum daxplug_stat)i),
				 json_object_new_uint64(values[i]));
	}
	json_add(o, "stats", stats);
}

static void add_settings(struct json_object *o, const struct daxplug_device *dev)
{
	enum daxplug_memmap memmap;
	enum daxplug_guard guard;
	uint64_t ms, bytes;

	json_string(o, "guard", daxplug_device_get_guard(dev, &guard) ?
		    NULL : daxplug_guard_name(guard));
	json_add(o, "timeout_ms", daxplug_device_get_timeout(dev, &ms) ?
		 NULL : json_object_new_uint64(ms));
	json_add(o, "stall_ms", daxplug_device_get_stall(dev, &ms) ?
		 NULL : json_object_new_uint64(ms));
	json_string(o, "memmap_on_memory", daxplug_device_get_memmap(dev, &memmap) ?
		    NULL : daxplug_memmap_name(memmap));
	json_add(o, "memmap_bytes", daxplug_device_get_memmap_size(dev, &bytes) ?
		 NULL : json_object_new_uint64(bytes));
}

static void add_poison(struct json_object *o, const struct daxplug_device *dev)
{
	unsigned int blocks = 0;
	int err = daxplug_device_get_poisoned(dev, &blocks), frames = err;

	/*
	 * Count the poisoned pages only if a block has some, because on 6.1 the driver reads all
	 * page structures of the device to find them.
	 */
	if (!err && blocks)
		frames = daxplug_device_each_poison(dev, NULL, NULL);
	json_add(o, "poisoned_blocks", err ? NULL : json_object_new_int64(blocks));
	json_add(o, "poisoned_pages", frames < 0 ? NULL : json_object_new_int(frames));
}

static void add_bytes(struct json_object *o, const char *key, int err,
		      uint64_t bytes)
{
	json_add(o, key, err ? NULL : json_object_new_uint64(bytes));
}

/* Get the bytes that are online. Count blocks only if the state does not already say it. */
static int online_bytes(const struct daxplug_device *dev, int state_err,
			enum daxplug_state state, uint64_t usable, uint64_t *bytes)
{
	bool is_complete = state == DAXPLUG_STATE_ONLINE ||
		     state == DAXPLUG_STATE_ONLINE_KERNEL ||
		     state == DAXPLUG_STATE_ONLINE_MOVABLE;

	if (!state_err && (state == DAXPLUG_STATE_UNPLUGGED ||
			   state == DAXPLUG_STATE_OFFLINE))
		*bytes = 0;
	else if (!state_err && is_complete && usable != DAXPLUG_SIZE_UNKNOWN)
		*bytes = usable;
	else
		return daxplug_device_get_online_size(dev, bytes);
	return 0;
}

static void add_sizes(struct json_object *o, const struct daxplug_device *dev,
		      int state_err, enum daxplug_state state)
{
	uint64_t bytes = daxplug_device_get_size(dev);
	uint64_t usable = DAXPLUG_SIZE_UNKNOWN;
	int err;

	add_bytes(o, "size", bytes == DAXPLUG_SIZE_UNKNOWN, bytes);
	err = daxplug_device_get_usable(dev, &usable);
	add_bytes(o, "usable", err, usable);
	err = online_bytes(dev, state_err, state, usable, &bytes);
	add_bytes(o, "online", err, bytes);
}

/* @policy is NULL if it cannot be read. */
static void add_wanted(struct json_object *o, const struct daxplug_device *dev,
		       const struct daxplug_policy *policy)
{
	enum daxplug_state want;
	const struct daxplug_rule *rule = policy_get_wanted_state(policy, dev, &want);

	json_string(o, "wanted", rule ? daxplug_state_name(want) : NULL);
	json_string(o, "wanted_by", rule ? daxplug_rule_get_name(rule) : NULL);
}

void json_add_device(struct json_object *array,
		     const struct daxplug_device *dev,
		     const struct daxplug_policy *policy, bool all)
{
	struct json_object *o = json_object_new_object();
	int node = daxplug_device_get_target_node(dev);
	enum daxplug_state state = DAXPLUG_STATE_UNKNOWN;
	int err = daxplug_device_get_state(dev, &state);
	const char *word = get_state_string(dev, err, state);

	json_string(o, "name", daxplug_device_get_name(dev));
	json_string(o, "state", strlen(word) > 1 ? word : NULL);
	add_wanted(o, dev, policy);
	json_string(o, "backend",
		    daxplug_backend_name(daxplug_device_get_backend(dev)));
	json_string(o, "driver", daxplug_device_get_driver(dev));
	add_sizes(o, dev, err, state);
	json_add(o, "node", node < 0 ? NULL : json_object_new_int(node));
	json_string(o, "origin",
		    daxplug_origin_name(daxplug_device_get_origin(dev)));
	json_string(o, "region", daxplug_device_get_region(dev));
	json_string(o, "uuid", daxplug_device_get_uuid(dev));
	add_memdevs(o, dev);
	if (all) {
		uint64_t bytes = 0;

		/* This reads every block of the node, so "daxplug list" leaves it out. */
		err = daxplug_device_get_used(dev, &bytes);
		add_bytes(o, "used", err, bytes);
		err = daxplug_device_get_block_size(dev, &bytes);
		add_bytes(o, "block_size", err, bytes);
		json_string(o, "path", daxplug_device_get_path(dev));
		json_add(o, "align",
			 json_object_new_uint64(daxplug_device_get_align(dev)));
		add_ranges(o, dev);
		add_blocks(o, dev);
		add_poison(o, dev);
		add_settings(o, dev);
		add_stats(o, dev);
	}
	json_object_array_add(array, o);
}

/* Return the outcome of a change that failed with this exit code and errno. */
const char *get_failure_string(int code, int err, const struct daxplug_change *c)
{
	switch (code) {
	case EXIT_NO_DEVICE:
		return "no_device";
	case EXIT_INCONSISTENT:
		return "inconsistent";
	case EXIT_TIMED_OUT:
		return "timed_out";
	case EXIT_NOT_SUPPORTED:
		return "not_supported";
	case EXIT_REFUSED:
		return err == -EINTR && !daxplug_change_get_begun(c) ?
		       "not_begun" : "undone";
	default:
		return "trouble";
	}
}

/* @c is NULL when nothing was tried. */
const char *get_outcome_string(const struct change_report *v,
			       const struct daxplug_change *c)
{
	if (!c)
		return "dry_run";
	if (v->code == EXIT_DONE)
		return daxplug_change_get_outcome(c) ==
		       DAXPLUG_OUTCOME_NOTHING ? "nothing" : "done";
	return get_failure_string(v->code, v->err, c);
}

static void add_block(struct json_object *o, const char *key, int err,
		      uint64_t block)
{
	json_add(o, key, err ? NULL : json_object_new_uint64(block));
}

static const char *get_limit_string(const struct daxplug_change *c)
{
	switch (daxplug_change_get_limit(c)) {
	case DAXPLUG_LIMIT_DEADLINE:
		return "timeout";
	case DAXPLUG_LIMIT_TIMEOUT:
		return "timeout_ms";
	case DAXPLUG_LIMIT_STALL:
		return "stall_ms";
	default:
		return NULL;
	}
}

static void add_holder(struct json_object *o, const struct daxplug_change *c)
{
	struct json_object *holder = NULL;
	const char *name;
	int pid;

	if (!daxplug_change_get_holder(c, &pid, &name)) {
		holder = json_object_new_object();
		json_add(holder, "pid", json_object_new_int(pid));
		json_string(holder, "name", name);
	}
	json_add(o, "waited_for", holder);
}

/* Add the error of a change or a setting, for apply. @v is NULL if nothing failed. */
void json_add_failure(struct json_object *o, const struct change_report *v)
{
	static const struct change_report none;

	if (!v)
		v = &none;
	json_add(o, "exit", json_object_new_int(v->code));
	json_add(o, "errno", json_object_new_int(-v->err));
	json_string(o, "step", v->step);
	add_block(o, "block", !v->step || v->block == DAXPLUG_NO_BLOCK, v->block);
	json_string(o, "reason", v->reason[0] ? v->reason : NULL);
	json_string(o, "next", v->next[0] ? v->next : NULL);
}

/* Add a device that was not changed, because a signal ended the run before its turn. */
struct json_object *json_add_not_begun(struct json_object *array,
				       const char *name, const char *want)
{
	static const struct change_report v = {
		.err = -EINTR,
		.code = EXIT_REFUSED,
		.reason = "interrupted before its turn; nothing was changed",
	};
	struct json_object *o = json_object_new_object();

	json_string(o, "name", name);
	json_string(o, "want", want);
	json_string(o, "outcome", "not_begun");
	json_add_failure(o, &v);
	json_object_array_add(array, o);
	return o;
}

static void add_result(struct json_object *o, const struct daxplug_change *c)
{
	uint64_t block = 0, needed = 0, available = 0;
	enum daxplug_state state;
	int err;

	err = daxplug_change_get_before(c, &state);
	json_string(o, "before", err ? NULL : daxplug_state_name(state));
	err = daxplug_change_get_after(c, &state);
	json_string(o, "after", err ? NULL : daxplug_state_name(state));
	json_string(o, "backend",
		    daxplug_backend_name(daxplug_change_get_backend(c)));
	json_add(o, "begun", json_object_new_boolean(daxplug_change_get_begun(c)));
	add_holder(o, c);
	json_string(o, "step", daxplug_change_get_step(c));
	err = daxplug_change_get_block(c, &block);
	add_block(o, "block", err, block);
	err = daxplug_change_get_stuck(c, &block);
	add_block(o, "stuck", err, block);
	json_string(o, "limit", get_limit_string(c));
	err = daxplug_change_get_space(c, &needed, &available);
	json_add(o, "needed", err ? NULL : json_object_new_uint64(needed));
	json_add(o, "available", err ? NULL : json_object_new_uint64(available));
}

static const char *get_level_string(enum daxplug_level level)
{
	switch (level) {
	case DAXPLUG_LEVEL_FAILS:
		return "fails";
	case DAXPLUG_LEVEL_MAY_FAIL:
		return "may_fail";
	default:
		return "note";
	}
}

/* Add the results of a dry run. */
void json_add_preflight(struct json_object *o,
			const struct daxplug_preflight *p)
{
	struct json_object *array = json_array(o, "reasons");
	enum daxplug_state state;
	uint64_t bytes = 0;
	unsigned int i;
	int err;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		struct json_object *reason = json_object_new_object();

		json_string(reason, "level",
			    get_level_string(daxplug_preflight_get_level(p, i)));
		json_string(reason, "word", daxplug_preflight_get_word(p, i));
		json_add(reason, "errno",
			 json_object_new_int(-daxplug_preflight_get_errno(p, i)));
		json_string(reason, "text", daxplug_preflight_get_text(p, i));
		json_object_array_add(array, reason);
	}
	err = daxplug_preflight_get_before(p, &state);
	json_string(o, "before", err ? NULL : daxplug_state_name(state));
	err = daxplug_preflight_get_used(p, &bytes);
	add_bytes(o, "used", err, bytes);
	err = daxplug_preflight_get_room(p, &bytes);
	add_bytes(o, "room", err, bytes);
}

/* @c is NULL when nothing was tried. */
struct json_object *json_add_change_report(struct json_object *array,
					   const struct change_report *v,
					   const struct daxplug_change *c)
{
	struct json_object *o = json_object_new_object();

	json_string(o, "name", v->name);
	json_string(o, "want", daxplug_state_name(v->want));
	json_string(o, "outcome", get_outcome_string(v, c));
	json_add(o, "exit", json_object_new_int(v->code));
	json_add(o, "errno", json_object_new_int(-v->err));
	json_string(o, "reason", v->reason[0] ? v->reason : NULL);
	json_string(o, "next", v->next[0] ? v->next : NULL);
	add_bytes(o, "usable", v->usable == DAXPLUG_SIZE_UNKNOWN, v->usable);
	if (c)
		add_result(o, c);
	json_object_array_add(array, o);
	return o;
}
