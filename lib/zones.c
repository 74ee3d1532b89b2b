// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The memory of the machine by zones, from /proc/zoneinfo: how much of it the kernel
 * can use for its own data, and how much it cannot.
 *
 * The file is read line by line, because its size is several megabytes on a machine
 * with many processors and nodes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* In bytes. Only the line "protection: (...)" can be longer, and it is not needed here. */
#define LINE_MAX_LEN 256

struct zone {
	uint64_t free, high, file, present, cma;
	enum { ZONE_OTHER, ZONE_IS_MOVABLE, ZONE_IS_DEVICE } kind;
};

/* The file may contain any numbers. If a sum is too large, return the largest number. */
static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Add a zone that was read completely. */
static void add_zone(const struct zone *z, struct dp_zones *all)
{
	uint64_t cma = z->cma < z->present ? z->cma : z->present;

	if (z->kind == ZONE_IS_DEVICE)
		return;
	if (z->kind == ZONE_IS_MOVABLE) {
		all->movable = add_saturating(all->movable, z->present);
		return;
	}
	/* The kernel's own data cannot be in CMA memory, either. */
	all->movable = add_saturating(all->movable, cma);
	all->kernel = add_saturating(all->kernel, z->present - cma);
	all->available = add_saturating(all->available, z->free > z->high ? z->free - z->high : 0);
	all->available = add_saturating(all->available, z->file / 2);
}

/* Parse a line such as "  pages free     62144". */
static bool has_number(const char *line, const char *name, uint64_t *value)
{
	size_t len = strlen(name);

	line += strspn(line, " ");
	if (strncmp(line, name, len) != 0 || line[len] != ' ')
		return false;
	line += len;
	return dp_parse_u64(line + strspn(line, " "), value);
}

static void read_zone_line(const char *line, struct zone *z)
{
	uint64_t n;

	if (has_number(line, "pages free", &n))
		z->free = n;
	else if (has_number(line, "high", &n))
		z->high = n;
	else if (has_number(line, "present", &n))
		z->present = n;
	else if (has_number(line, "cma", &n))
		z->cma = n;
	else if (has_number(line, "nr_zone_inactive_file", &n) ||
		 has_number(line, "nr_zone_active_file", &n))
		z->file = add_saturating(z->file, n);
}

/* Parse a line such as "Node 0, zone   Normal". */
static bool begins_zone(const char *line, struct zone *z)
{
	const char *name = strstr(line, ", zone ");

	if (strncmp(line, "Node ", 5) != 0 || !name)
		return false;
	name += strlen(", zone ");
	name += strspn(name, " ");
	*z = (struct zone){
		.kind = !strcmp(name, "Movable") ? ZONE_IS_MOVABLE :
			!strcmp(name, "Device") ? ZONE_IS_DEVICE : ZONE_OTHER
	};
	return true;
}

/*
 * Return: the file; or NULL, with a negative errno in @err, which is -EOPNOTSUPP if the file does
 * not exist.
 */
static FILE *open_zoneinfo(int *err)
{
	/* $DAXPLUG_ROOT is for tests, like $DAXPLUG_SYSFS. */
	const char *root = secure_getenv("DAXPLUG_ROOT");
	char path[PATH_MAX];
	FILE *file;
	int fd;

	*err = dp_join_path(path, sizeof(path), root ? root : "", "proc/zoneinfo");
	if (*err)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*err = errno == ENOENT ? -EOPNOTSUPP : -errno;
		return NULL;
	}
	file = fdopen(fd, "r");
	if (!file) {
		*err = -ENOMEM;
		close(fd);
	}
	return file;
}

/*
 * Read the zones of all nodes, in pages. Return: 0; -EOPNOTSUPP if the kernel does not show them;
 * or another negative errno if the file cannot be read completely.
 */
int dp_zones_read(struct dp_zones *zones)
{
	struct zone z = { .kind = ZONE_IS_DEVICE };
	char line[LINE_MAX_LEN];
	bool found = false, begins = true;
	FILE *file;
	int err;

	*zones = (struct dp_zones){ .kernel = 0 };
	file = open_zoneinfo(&err);
	if (!file)
		return err;
	while (fgets(line, sizeof(line), file)) {
		size_t len = strcspn(line, "\n");
		bool ends = line[len] == '\n';

		line[len] = '\0';
		/* Ignore the rest of a line that did not fit into the buffer. */
		if (begins && !strncmp(line, "Node ", 5)) {
			add_zone(&z, zones);
			found |= begins_zone(line, &z);
		} else if (begins) {
			read_zone_line(line, &z);
		}
		begins = ends;
	}
	/* If a part cannot be read, the sums are too small. */
	err = ferror(file) ? -EIO : found ? 0 : -EOPNOTSUPP;
	fclose(file);
	add_zone(&z, zones);
	return err;
}

static uint64_t pages_to_bytes(uint64_t pages)
{
	uint64_t bytes;

	return __builtin_mul_overflow(pages, (uint64_t)sysconf(_SC_PAGESIZE), &bytes) ?
	       UINT64_MAX : bytes;
}

int daxplug_get_zone_sizes(uint64_t *movable, uint64_t *kernel)
{
	struct dp_zones zones;
	int err = dp_zones_read(&zones);

	if (err)
		return err;
	*movable = pages_to_bytes(zones.movable);
	*kernel = pages_to_bytes(zones.kernel);
	return 0;
}

/*
 * Compute how much memory the machine would have if the whole device were plugged into
 * ZONE_MOVABLE. @movable: the bytes that the kernel's own data cannot use. @kernel: the other
 * bytes. Return: 0, or a negative errno if unknown.
 */
int dp_zones_after(const struct daxplug_device *dev, uint64_t *movable, uint64_t *kernel)
{
	uint64_t usable, size, in_movable, in_kernel;
	struct daxplug_blocks b;
	int err;

	err = daxplug_get_zone_sizes(movable, kernel);
	if (!err)
		err = daxplug_device_get_usable(dev, &usable);
	if (!err)
		err = dp_block_size(dev, &size);
	if (!err)
		err = daxplug_device_get_blocks(dev, &b);
	if (err)
		return err;
	in_movable = b.movable * size;
	in_kernel = b.kernel * size;
	*movable = add_saturating(*movable > in_movable ? *movable - in_movable : 0, usable);
	*kernel = *kernel > in_kernel ? *kernel - in_kernel : 0;
	return 0;
}
