// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzzes the library's readers of sysfs. The input is split at NULs. The pieces are the contents
 * of the files of a simulated device, in the order of the array files. Then every function that
 * reads the device is called.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daxplug.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/dev/shm/daxplug-fuzz.XXXXXX";
static struct daxplug_ctx *ctx;

static const char * const dirs[] = {
	"bus", "bus/dax", "bus/dax/devices", "bus/dax/drivers", "bus/cxl",
	"bus/cxl/devices", "devices", "devices/system", "devices/system/memory",
	"devices/system/memory/memory32", "devices/system/memory/memory33",
	"region0", "region0/dax_region0", "region0/dax_region0/dax0.0",
	"region0/dax_region0/dax0.0/mapping0",
	"region0/dax_region0/dax0.0/mapping1",
	"region0/dax_region0/dax0.0/plug", "endpoint1", "endpoint1/decoder1.0",
	"mem0", "run",
};

#define DEV "region0/dax_region0/dax0.0/"

/* The files with the most complex content come first, so that short inputs reach them. */
static const char * const files[] = {
	DEV "state", DEV "plug/blocks", DEV "plug/blockers", DEV "plug/stats",
	DEV "plug/guard", DEV "plug/timeout_ms", DEV "size",
	DEV "mapping0/start", DEV "mapping0/end", "region0/target0",
	"region0/uuid", "mem0/serial", DEV "target_node", DEV "align",
	"devices/system/memory/block_size_bytes",
	"devices/system/memory/memory32/state",
	"devices/system/memory/memory32/valid_zones",
	"devices/system/memory/memory33/state",
	"devices/system/memory/memory33/valid_zones", "run/dax0.0",
	DEV "mapping1/start", DEV "mapping1/end", "region0/target1",
	DEV "plug/poison", DEV "plug/stall_ms",
};

static const char *at(char *buf, const char *file)
{
	snprintf(buf, 4096, "%s/%s", root, file);
	return buf;
}

static void must(int failed)
{
	if (failed) {
		perror(root);
		exit(2);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[4096];
	size_t i;

	(void)argc;
	(void)argv;
	must(!mkdtemp(root));
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		must(mkdir(at(path, dirs[i]), 0755));
	must(symlink("../../../region0/dax_region0/dax0.0",
		     at(path, "bus/dax/devices/dax0.0")));
	must(symlink("../../../bus/dax/drivers/kmem", at(path, DEV "driver")));
	must(symlink("../../../endpoint1/decoder1.0",
		     at(path, "bus/cxl/devices/decoder1.0")));
	must(symlink("../mem0", at(path, "endpoint1/uport")));
	must(setenv("DAXPLUG_RUN", at(path, "run"), 1));
	must(daxplug_new(&ctx) || daxplug_set_sysfs_root(ctx, root));
	return 0;
}

static void put(const char *path, const uint8_t *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd < 0 || write(fd, data, len) != (ssize_t)len);
	close(fd);
}

static void fill(const uint8_t *data, size_t size)
{
	char path[4096];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const uint8_t *end = size ? memchr(data, 0, size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		/* If the piece of a file is empty, the file does not exist. */
		unlink(at(path, files[i]));
		if (len)
			put(path, data, len);
		if (end)
			len++;
		data += len;
		size -= len;
	}
}

static void on_blocker(const struct daxplug_blocker *b, void *data)
{
	*(size_t *)data += strlen(b->kind) + strlen(b->owner);
}

static void on_poison(uint64_t block, uint64_t pfn, void *data)
{
	*(size_t *)data += block + pfn;
}

static void read_device(const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS], start, end, ms;
	enum daxplug_guard guard;
	enum daxplug_state state;
	struct daxplug_device *other;
	struct daxplug_blocks b;
	const char *name;
	size_t sum = 0;
	unsigned int i;

	if (!daxplug_device_get_state(dev, &state) &&
	    !strcmp(daxplug_state_name(state), "unknown"))
		abort();
	if (!daxplug_device_get_blocks(dev, &b) &&
	    b.total != b.absent + b.offline + b.kernel + b.movable)
		abort();
	daxplug_device_get_stats(dev, values, DAXPLUG_STATS);
	daxplug_device_get_guard(dev, &guard);
	daxplug_device_get_timeout(dev, &ms);
	daxplug_device_get_stall(dev, &ms);
	daxplug_device_get_poisoned(dev, &i);
	daxplug_device_each_poison(dev, on_poison, &sum);
	daxplug_device_each_blocker(dev, on_blocker, &sum);
	if (!daxplug_device_get_overlap(dev, &other))
		daxplug_device_unref(other);
	for (i = 0; i < daxplug_device_get_ranges(dev); i++) {
		if (!daxplug_device_get_range(dev, i, &start, &end) && end < start)
			abort();
	}
	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (!daxplug_device_get_memdev(dev, i, &name, &start) && !name)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char from[4096], to[4096];
	bool module, blocks;

	if (!size)
		return 0;
	/* The first byte selects the backend: module, blocks or native. */
	module = data[0] % 3 == 0;
	blocks = data[0] % 3 == 1;
	fill(data + 1, size - 1);
	if (blocks)
		unlink(at(from, DEV "state"));
	if (!module)
		must(rename(at(from, DEV "plug"), at(to, DEV "gulp")));
	if (!daxplug_scan(ctx)) {
		struct daxplug_device *dev;

		daxplug_device_foreach(ctx, dev)
			read_device(dev);
	}
	if (!module)
		must(rename(at(from, DEV "gulp"), at(to, DEV "plug")));
	return 0;
}
