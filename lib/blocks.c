// SPDX-License-Identifier: LGPL-2.1-or-later
/* The memory blocks of a device: which blocks these are, and the state of each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../engine/range.h"
#include "internal.h"

/* Return: 0; -EOPNOTSUPP if the kernel has no memory blocks; or another negative errno. */
int dp_block_size(const struct daxplug_device *dev, uint64_t *size)
{
	char buf[ATTR_MAX], number[ATTR_MAX + 2];
	char dir[PATH_MAX];
	int err;

	err = dp_join_path(dir, sizeof(dir), dev->sysfs, "devices/system/memory");
	if (!err)
		err = dp_read(dir, "block_size_bytes", buf, sizeof(buf));
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	snprintf(number, sizeof(number), "0x%s", buf);
	if (!dp_parse_u64(number, size) || !*size || *size & (*size - 1))
		return -EPROTO;
	return 0;
}

/* Add a range, if at least one whole block fits into it. */
static int add_range(struct dp_blocks *b, unsigned long long start,
		     unsigned long long end)
{
	struct engine_range *r = &b->ranges[b->nr_ranges];

	if (!range_align_to_blocks(&start, &end, b->size))
		return 0;
	if ((end - start) / b->size >= BLOCKS_MAX - b->nr)
		return -EPROTO;
	r->start = start;
	r->size = end - start + 1;
	r->first = b->nr;
	r->count = (unsigned int)(r->size / b->size);
	b->nr += r->count;
	b->nr_ranges++;
	return 0;
}

int dp_blocks_load(const struct daxplug_device *dev, struct dp_blocks *b)
{
	uint64_t start, end;
	unsigned int i;
	char dir[PATH_MAX];
	int err;

	*b = (struct dp_blocks){ .dir = -1 };
	err = dp_block_size(dev, &b->size);
	if (err)
		return err;
	b->ranges = calloc((size_t)dev->nr_ranges + 1, sizeof(*b->ranges));
	if (!b->ranges)
		return -ENOMEM;
	for (i = 0; i < dev->nr_ranges && !err; i++) {
		err = daxplug_device_get_range(dev, i, &start, &end);
		if (!err)
			err = add_range(b, start, end);
	}
	if (!err)
		err = dp_join_path(dir, sizeof(dir), dev->sysfs, "devices/system/memory");
	if (!err) {
		b->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		err = b->dir < 0 ? -errno : 0;
	}
	if (err)
		dp_blocks_free(b);
	return err;
}

void dp_blocks_free(struct dp_blocks *b)
{
	if (b->dir >= 0)
		close(b->dir);
	free(b->ranges);
	*b = (struct dp_blocks){ .dir = -1 };
}

/* Return: the number N of the name memoryN. */
uint64_t dp_block_number(const struct dp_blocks *b, unsigned int block)
{
	const struct engine_range *r = b->ranges;

	while (block - r->first >= r->count)
		r++;
	return r->start / b->size + (block - r->first);
}

/* Read the first word of an attribute of a block. */
static int read_word(const struct dp_blocks *b, uint64_t number,
		     const char *attr, char *buf, size_t len)
{
	char path[ATTR_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "memory%llu/%s",
		 (unsigned long long)number, attr);
	do {
		fd = openat(b->dir, path, O_RDONLY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	err = dp_read_fd(fd, buf, len);
	close(fd);
	if (err)
		return err;
	buf[strcspn(buf, " \n")] = '\0';
	return 0;
}

int dp_block_read_state(const struct dp_blocks *b, unsigned int block, enum block_state *state)
{
	uint64_t number = dp_block_number(b, block);
	char word[2 * ATTR_MAX];
	int err;

	err = read_word(b, number, "state", word, sizeof(word));
	if (err == -ENOENT || err == -ENODEV) {
		*state = BLOCK_ABSENT;
		return 0;
	}
	if (err)
		return err;
	/* Nobody may rely on a block that is going offline, so count it as offline. */
	if (!strcmp(word, type_name(TYPE_OFFLINE)) || !strcmp(word, "going-offline")) {
		*state = BLOCK_OFFLINE;
		return 0;
	}
	if (strcmp(word, type_name(TYPE_ONLINE)) != 0)
		return -EPROTO;
	err = read_word(b, number, "valid_zones", word, sizeof(word));
	*state = !err && !strcmp(word, "Movable") ? BLOCK_MOVABLE : BLOCK_KERNEL;
	return err == -ENODEV || err == -ENOENT ? 0 : err;
}

int dp_blocks_count(const struct dp_blocks *b, struct daxplug_blocks *counts)
{
	unsigned int n[BLOCK_STATES] = { 0 }, i;
	enum block_state state;

	for (i = 0; i < b->nr; i++) {
		int err;

		err = dp_block_read_state(b, i, &state);
		if (err)
			return err;
		n[state]++;
	}
	*counts = (struct daxplug_blocks){
		.total = b->nr,
		.absent = n[BLOCK_ABSENT],
		.offline = n[BLOCK_OFFLINE],
		.kernel = n[BLOCK_KERNEL],
		.movable = n[BLOCK_MOVABLE],
	};
	return 0;
}
