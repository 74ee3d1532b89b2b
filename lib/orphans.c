// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Orphaned memory: blocks of a device that still exist after their driver was unbound.
 *
 * When the stock driver is bound again, sysfs does not show which blocks are orphaned and which are
 * the driver's. But as long as the device has orphaned blocks, the driver must not be unbound. So a
 * note about these blocks is written to a file beside the lock. The note contains the inode of each
 * noted block's directory, because sysfs never uses an inode number twice. The note is valid as
 * long as one of the noted blocks exists. Other blocks do not matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "internal.h"

static int inode_of(const struct dp_blocks *b, const char *block, uint64_t *inode)
{
	struct stat st;

	if (fstatat(b->dir, block, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	*inode = st.st_ino;
	return 0;
}

static const char *block_name(const struct dp_blocks *b, unsigned int block, char *buf, size_t len)
{
	snprintf(buf, len, "memory%llu", (unsigned long long)dp_block_number(b, block));
	return buf;
}

static const char *note_name(const struct daxplug_device *dev, char *buf, size_t len)
{
	snprintf(buf, len, "%s.left", dev->name);
	return buf;
}

/* Note one block for each range, because a range is added and removed as one. */
static size_t note_range(const struct dp_blocks *b, const struct engine_range *r, char *text,
			 size_t len)
{
	char name[ATTR_MAX];
	uint64_t inode = 0;
	unsigned int i;

	for (i = r->first; i < r->first + r->count; i++) {
		int n;

		if (inode_of(b, block_name(b, i, name, sizeof(name)), &inode))
			continue;
		n = snprintf(text, len, "%s %llu\n", name, (unsigned long long)inode);
		return n > 0 && (size_t)n < len ? (size_t)n : 0;
	}
	return 0;
}

/*
 * Write a note by which all existing blocks of the device count as orphaned. The caller
 * holds the lock of the device, or that of all devices. If the note cannot be written, a
 * later unplug may unbind the stock driver. On 6.12 that can crash the kernel.
 */
void dp_note_orphaned_blocks(const struct daxplug_device *dev)
{
	struct dp_blocks b;
	char text[TEXT_MAX] = "", name[ATTR_MAX];
	size_t len = 0;
	unsigned int i;

	if (dp_blocks_load(dev, &b))
		return;
	for (i = 0; i < b.nr_ranges; i++)
		len += note_range(&b, &b.ranges[i], text + len, sizeof(text) - len);
	dp_blocks_free(&b);
	dp_run_write(dev->run, note_name(dev, name, sizeof(name)), text, len);
}

static bool is_noted(const struct dp_blocks *b, const char *text)
{
	char name[ATTR_MAX];
	uint64_t noted, inode = 0;
	unsigned int i;

	for (i = 0; i < b->nr; i++) {
		if (dp_find_count(text, block_name(b, i, name, sizeof(name)), &noted) &&
		    !inode_of(b, name, &inode) && inode == noted)
			return true;
	}
	return false;
}

/*
 * Check whether an orphaned block of the device exists, as far as this library has
 * noted it. Return: true also if that cannot be found out.
 */
bool dp_has_orphaned_blocks(const struct daxplug_device *dev)
{
	char text[TEXT_MAX + 1], name[ATTR_MAX];
	struct dp_blocks b;
	int err = dp_run_read(dev->run, note_name(dev, name, sizeof(name)), text, sizeof(text));
	bool found;

	if (err == -ENOENT)
		return false;
	if (err || dp_blocks_load(dev, &b))
		return true;
	found = is_noted(&b, text);
	dp_blocks_free(&b);
	return found;
}
