// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One change of a device at a time, where the kernel does not see to it, and
 * what was last asked for, where the kernel does not remember it: both are a
 * file of the device in /run/daxplug, which lives as long as the blocks do.
 * A file more is for what is not one device's.
 * The lock is advisory: it binds those who change devices by this library.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int lock_file(struct daxplug_change *c, const char *dir,
		     const char *name)
{
	int fd;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	fd = dp_open(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		int err;

		err = errno == EWOULDBLOCK || errno == EINTR ?
			dp_tick(c) : -errno;
		if (err) {
			close(fd);
			return err;
		}
	}
	return fd;
}

/* Return: a lock for dp_unlock(), or a negative errno. */
int dp_lock(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return lock_file(c, dev->run, dev->name);
}

/* Of all devices, for what is the whole system's. */
int dp_lock_all(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return lock_file(c, dev->run, "all");
}

void dp_unlock(int lock)
{
	close(lock);
}

/*
 * The line goes over the one before and is then cut: who reads meanwhile finds
 * one of the two. A memory that fails costs the word "online" and a repair,
 * nothing else.
 */
void dp_remember(int lock, enum daxplug_state asked)
{
	char line[ATTR_MAX];
	int len = snprintf(line, sizeof(line), "%s\n", daxplug_state_name(asked));

	if (pwrite(lock, line, (size_t)len, 0) != len || ftruncate(lock, len))
		return;
}

/* What was last asked for by this library; unplugged: nothing. */
enum daxplug_state dp_remembered(const struct daxplug_device *dev)
{
	enum daxplug_state word = DAXPLUG_STATE_UNPLUGGED;
	char buf[ATTR_MAX];

	if (!dp_read(dev->run, dev->name, buf, sizeof(buf)))
		dp_parse_state(buf, &word);
	return word;
}
