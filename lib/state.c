// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The state of a device now, and its settings. These functions read sysfs at each call
 * and store nothing in the handle.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A missing attribute means that the device does not have it, or that the device is gone. */
static int explain_missing(const struct daxplug_device *dev, int err)
{
	if (err != -ENOENT)
		return err;
	return dp_device_exists(dev) ? -EOPNOTSUPP : -ENODEV;
}

/* A module parameter that only daxplug's kmem has. */
#define MODULE_PARAMETER "module/kmem/parameters/policy"

bool dp_is_module_loaded(const struct daxplug_device *dev)
{
	return dp_exists(dev->sysfs, MODULE_PARAMETER);
}

/*
 * Read the name of the driver; it is empty if the device has none. This allocates no memory,
 * because the mode of a device must be known also while memory is short.
 * Return: 0; -ENODEV if the device does not exist any more; or another negative errno.
 */
static int read_driver(const struct daxplug_device *dev, char *driver, size_t len)
{
	int err = dp_check_device(dev);

	*driver = '\0';
	if (!err)
		err = dp_read_link_into(dev->dir, "driver", driver, len);
	/* When the device is removed, its directory has no link any more. */
	return err == -ENOENT ? dp_check_device(dev) : err;
}

/* Return: the mode of a device that is bound to kmem, or a negative errno. */
static int get_kmem_mode(const struct daxplug_device *dev)
{
	int found = dp_check_exists_at(dev->dir, "state");

	if (found < 0)
		return found;
	if (!found) {
		char module[PATH_MAX];
		int err;

		err = dp_join_path(module, sizeof(module), dev->sysfs, MODULE_PARAMETER);
		found = err ? err : dp_check_exists_at(AT_FDCWD, module);
		return found < 0 ? found : found ? MODE_BINDING : MODE_BLOCKS;
	}
	found = dp_check_exists_at(dev->dir, "plug");
	if (!found)
		found = dp_check_exists_at(dev->dir, "hotplug");
	return found < 0 ? found : found ? MODE_MODULE : MODE_NATIVE;
}

/*
 * Find out how the device can be changed now. If the driver cannot be read, the mode must not be
 * MODE_UNBOUND. The caller would skip the checks that are needed before an unbind.
 * Return: 0, also for MODE_GONE; or a negative errno with MODE_UNKNOWN, for example -ENOMEM.
 */
int dp_get_mode(const struct daxplug_device *dev, enum dp_mode *mode)
{
	char driver[NAME_MAX + 1];
	int err = read_driver(dev, driver, sizeof(driver)), kmem;

	*mode = err == -ENODEV ? MODE_GONE : err ? MODE_UNKNOWN : !*driver ? MODE_UNBOUND :
		MODE_FOREIGN;
	if (err)
		return err == -ENODEV ? 0 : err;
	if (strcmp(driver, "kmem") != 0)
		return 0;
	kmem = get_kmem_mode(dev);
	*mode = kmem < 0 ? MODE_UNKNOWN : (enum dp_mode)kmem;
	return kmem < 0 ? kmem : 0;
}

enum dp_mode dp_read_mode(const struct daxplug_device *dev)
{
	enum dp_mode mode;

	dp_get_mode(dev, &mode);
	return mode;
}

/* Check whether a driver is bound that can unplug the device and plug it again. */
bool dp_may_replug_in(enum dp_mode mode)
{
	return mode == MODE_MODULE || mode == MODE_NATIVE || mode == MODE_BLOCKS;
}

int daxplug_device_get_mode(const struct daxplug_device *dev,
			    enum daxplug_mode *mode)
{
	char driver[NAME_MAX + 1];
	int err = read_driver(dev, driver, sizeof(driver));

	if (err)
		return err;
	if (!*driver)
		*mode = DAXPLUG_MODE_NONE;
	else if (!strcmp(driver, "kmem"))
		*mode = DAXPLUG_MODE_SYSTEM_RAM;
	else
		*mode = strcmp(driver, "device_dax") ? DAXPLUG_MODE_OTHER :
			DAXPLUG_MODE_DEVDAX;
	return 0;
}

enum daxplug_backend
daxplug_device_get_backend(const struct daxplug_device *dev)
{
	switch (dp_read_mode(dev)) {
	case MODE_BINDING:
	case MODE_MODULE:
		return DAXPLUG_BACKEND_MODULE;
	case MODE_NATIVE:
		return DAXPLUG_BACKEND_NATIVE;
	case MODE_BLOCKS:
		return DAXPLUG_BACKEND_BLOCKS;
	default:
		return DAXPLUG_BACKEND_NONE;
	}
}

/* Read the word in the driver's `state` file, which need not be the actual state. */
int dp_read_native_state(const struct daxplug_device *dev, enum daxplug_state *word)
{
	char buf[ATTR_MAX];
	int err = dp_read_at(dev->dir, "state", buf, sizeof(buf));

	if (err)
		return explain_missing(dev, err);
	return daxplug_state_parse(buf, word) ? -EPROTO : 0;
}

/* Read the block counts from the module, which is faster than reading every block. */
static int read_counts(const struct daxplug_device *dev,
		       struct daxplug_blocks *blocks)
{
	static const char * const words[] = {
		"total", "absent", "offline", "kernel", "movable"
	};
	uint64_t n[ARRAY_SIZE(words)];
	char text[TEXT_MAX];
	size_t i;
	int err;

	err = dp_read_text_at(dev->dir, "plug/blocks", text, sizeof(text));
	if (err)
		return explain_missing(dev, err);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!dp_find_count(text, words[i], &n[i]) || n[i] > BLOCKS_MAX)
			return -EPROTO;
	}
	if (n[0] != n[1] + n[2] + n[3] + n[4])
		return -EPROTO;
	*blocks = (struct daxplug_blocks){
		.total = (unsigned int)n[0],
		.absent = (unsigned int)n[1],
		.offline = (unsigned int)n[2],
		.kernel = (unsigned int)n[3],
		.movable = (unsigned int)n[4],
	};
	return 0;
}

static int count_each_block(const struct daxplug_device *dev, struct daxplug_blocks *counts)
{
	struct dp_blocks blocks;
	int err = dp_blocks_load(dev, &blocks);

	if (err)
		return err;
	err = dp_blocks_count(&blocks, counts);
	dp_blocks_free(&blocks);
	return err;
}

static int count_blocks_in_mode(const struct daxplug_device *dev, enum dp_mode mode,
				struct daxplug_blocks *blocks)
{
	if (mode == MODE_GONE)
		return -ENODEV;
	if (mode == MODE_FOREIGN)
		return -EOPNOTSUPP;
	/* An older module has no such file. */
	if (mode == MODE_MODULE && dp_exists_at(dev->dir, "plug/blocks"))
		return read_counts(dev, blocks);
	return count_each_block(dev, blocks);
}

/*
 * Count the blocks. If the device was bound or unbound meanwhile, the error may be due
 * to that, so try again.
 */
static int count_blocks(const struct daxplug_device *dev,
			struct daxplug_blocks *blocks)
{
	enum dp_mode mode;
	int err;

	do {
		err = dp_get_mode(dev, &mode);
		if (!err)
			err = count_blocks_in_mode(dev, mode, blocks);
	} while (err && dp_read_mode(dev) != mode);
	return err;
}

int daxplug_device_read_blocks(const struct daxplug_device *dev,
			       struct daxplug_blocks *blocks, size_t size)
{
	struct daxplug_blocks b = { .total = 0 };
	int err;

	if (size < offsetof(struct daxplug_blocks, movable) + sizeof(b.movable))
		return -EINVAL;
	err = count_blocks(dev, &b);
	if (err)
		return err;
	memset(blocks, 0, size);
	memcpy(blocks, &b, size < sizeof(b) ? size : sizeof(b));
	return 0;
}

/* Get the actual state from the blocks and the type last requested. */
static int read_actual_state(const struct daxplug_device *dev, enum online_type asked,
			     enum daxplug_state *state)
{
	unsigned int count[BLOCK_STATES];
	struct daxplug_blocks b;
	int err = count_each_block(dev, &b);

	if (err)
		return err;
	count[BLOCK_ABSENT] = b.absent;
	count[BLOCK_OFFLINE] = b.offline;
	count[BLOCK_KERNEL] = b.kernel;
	count[BLOCK_MOVABLE] = b.movable;
	*state = dp_state_from_engine(state_from_blocks(count, asked));
	return 0;
}

static int native_state(const struct daxplug_device *dev,
			enum daxplug_state *state)
{
	enum daxplug_state word = DAXPLUG_STATE_INCONSISTENT;
	int err = dp_read_native_state(dev, &word);

	if (err)
		return err;
	err = read_actual_state(dev, dp_type_of_state(word), state);
	/* Only root may read the addresses. Other users get the word of the driver. */
	if (err == -EACCES) {
		*state = word;
		err = 0;
	}
	return err;
}

static int read_state_in_mode(const struct daxplug_device *dev, enum dp_mode mode,
			      enum daxplug_state *state)
{
	enum daxplug_state requested;
	int err;

	switch (mode) {
	case MODE_GONE:
		return -ENODEV;
	case MODE_FOREIGN:
		return -EOPNOTSUPP;
	case MODE_MODULE:
		return dp_read_native_state(dev, state);
	case MODE_NATIVE:
		return native_state(dev, state);
	default:
		err = dp_load_requested_state(dev, &requested);
		return err ? err : read_actual_state(dev, dp_type_of_state(requested), state);
	}
}

int daxplug_device_get_state(const struct daxplug_device *dev,
			     enum daxplug_state *state)
{
	enum dp_mode mode;
	int err;

	do {
		err = dp_get_mode(dev, &mode);
		if (!err)
			err = read_state_in_mode(dev, mode, state);
	} while (err && dp_read_mode(dev) != mode);
	return err;
}

int daxplug_device_get_stats(const struct daxplug_device *dev,
			     uint64_t *values, unsigned int count)
{
	char text[TEXT_MAX];
	unsigned int i;
	int err;

	err = dp_read_text_at(dev->dir, "plug/stats", text, sizeof(text));
	if (err)
		return explain_missing(dev, err);
	for (i = 0; i < count; i++) {
		const char *name = daxplug_stat_name((enum daxplug_stat)i);

		/* 0 if this module does not have the counter yet. */
		values[i] = 0;
		if (name)
			dp_find_count(text, name, &values[i]);
	}
	return 0;
}

int daxplug_device_get_guard(const struct daxplug_device *dev,
			     enum daxplug_guard *guard)
{
	char buf[ATTR_MAX];
	int err = dp_read_at(dev->dir, "plug/guard", buf, sizeof(buf));

	if (err)
		return explain_missing(dev, err);
	return daxplug_guard_parse(buf, guard) ? -EPROTO : 0;
}

static int write_setting(struct daxplug_change *c, const struct daxplug_device *dev,
			 const char *attr, const char *word)
{
	int err;

	if (!dp_device_exists(dev))
		return -ENODEV;
	err = dp_write_at(dev->dir, attr, word);
	dp_log_write(c, dev, attr, word, err);
	return explain_missing(dev, err);
}

static int write_number(struct daxplug_change *c, const struct daxplug_device *dev,
			const char *attr, uint64_t value)
{
	char word[ATTR_MAX];

	snprintf(word, sizeof(word), "%llu\n", (unsigned long long)value);
	return write_setting(c, dev, attr, word);
}

int dp_set_guard(struct daxplug_change *c, const struct daxplug_device *dev,
		 enum daxplug_guard guard)
{
	if (guard < DAXPLUG_GUARD_OFF || guard > DAXPLUG_GUARD_ALWAYS)
		return -EINVAL;
	return write_setting(c, dev, "plug/guard", daxplug_guard_name(guard));
}

int daxplug_device_set_guard(const struct daxplug_device *dev,
			     enum daxplug_guard guard)
{
	return dp_set_guard(NULL, dev, guard);
}

int daxplug_device_get_timeout(const struct daxplug_device *dev, uint64_t *ms)
{
	return explain_missing(dev, dp_read_u64_at(dev->dir, "plug/timeout_ms",
						ms));
}

int dp_set_timeout(struct daxplug_change *c, const struct daxplug_device *dev, uint64_t ms)
{
	return write_number(c, dev, "plug/timeout_ms", ms);
}

int daxplug_device_set_timeout(const struct daxplug_device *dev, uint64_t ms)
{
	return dp_set_timeout(NULL, dev, ms);
}

int daxplug_device_get_stall(const struct daxplug_device *dev, uint64_t *ms)
{
	return explain_missing(dev, dp_read_u64_at(dev->dir, "plug/stall_ms", ms));
}

int dp_set_stall(struct daxplug_change *c, const struct daxplug_device *dev, uint64_t ms)
{
	return write_number(c, dev, "plug/stall_ms", ms);
}

int daxplug_device_set_stall(const struct daxplug_device *dev, uint64_t ms)
{
	return dp_set_stall(NULL, dev, ms);
}

int daxplug_device_get_poisoned(const struct daxplug_device *dev,
				unsigned int *blocks)
{
	char text[TEXT_MAX];
	uint64_t n;
	int err;

	err = dp_read_text_at(dev->dir, "plug/blocks", text, sizeof(text));
	if (err)
		return explain_missing(dev, err);
	/* Version 0.1.0 of the module does not count poisoned blocks. */
	if (!strstr(text, "poisoned "))
		return -EOPNOTSUPP;
	if (!dp_find_count(text, "poisoned", &n) || n > BLOCKS_MAX)
		return -EPROTO;
	*blocks = (unsigned int)n;
	return 0;
}

/* Read the lines of an attribute. The caller frees the text. */
static int read_list(const struct daxplug_device *dev, const char *attr,
		     char **text)
{
	size_t size = 64 * (size_t)TEXT_MAX;
	int err;

	*text = malloc(size);
	if (!*text)
		return -ENOMEM;
	err = dp_read_slow_at(dev->dir, attr, *text, size);
	if (err)
		free(*text);
	return explain_missing(dev, err);
}

/* Parse the N of "memoryN". Nothing may follow. */
static bool parse_block(const char *word, uint64_t *block)
{
	return word && !strncmp(word, "memory", 6) &&
	       dp_parse_u64(word + 6, block);
}

int daxplug_device_each_poison(const struct daxplug_device *dev,
			       daxplug_poison_fn fn, void *data)
{
	char *text, *line, *save = NULL;
	int err, n = 0;

	err = read_list(dev, "plug/poison", &text);
	if (err)
		return err;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *pfn = strchr(line, ' ');
		uint64_t block, frame;

		if (!pfn)
			continue;
		*pfn++ = '\0';
		pfn[strcspn(pfn, " ")] = '\0';
		if (!parse_block(line, &block) || !dp_parse_u64(pfn, &frame))
			continue;
		if (fn)
			fn(block, frame, data);
		n++;
	}
	free(text);
	return n;
}

/* Parse "now|last memoryN|- PFN|- KIND OWNER...". Return: false for any other line. */
static bool parse_blocker(char *line, struct daxplug_blocker *b)
{
	char *save = NULL, *when, *block, *pfn, *kind, *owner;

	when = strtok_r(line, " ", &save);
	block = strtok_r(NULL, " ", &save);
	pfn = strtok_r(NULL, " ", &save);
	kind = strtok_r(NULL, " ", &save);
	owner = strtok_r(NULL, "", &save);
	*b = (struct daxplug_blocker){ .kind = kind, .owner = owner ? owner : "" };
	if (!kind)
		return false;
	if (!strcmp(block, "-"))
		b->block = DAXPLUG_NO_BLOCK;
	else if (!parse_block(block, &b->block))
		return false;
	if (strcmp(pfn, "-") != 0 && !dp_parse_u64(pfn, &b->pfn))
		return false;
	b->last = !strcmp(when, "last");
	return b->last || !strcmp(when, "now");
}

int daxplug_device_each_blocker(const struct daxplug_device *dev,
				daxplug_blocker_fn fn, void *data)
{
	char *text, *line, *save = NULL;
	struct daxplug_blocker b;
	int err, n = 0;

	err = read_list(dev, "plug/blockers", &text);
	if (err)
		return err;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!parse_blocker(line, &b))
			continue;
		fn(&b, data);
		n++;
	}
	free(text);
	return n;
}

bool dp_is_unplugged(const struct daxplug_device *dev)
{
	enum daxplug_state state;

	return !daxplug_device_get_state(dev, &state) &&
	       state == DAXPLUG_STATE_UNPLUGGED;
}
