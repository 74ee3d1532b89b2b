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
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define TICK_MS 50

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
			dp_stopped(c) : -errno;
		if (err) {
			close(fd);
			return err;
		}
		dp_wait(c, -1, TICK_MS);
		dp_report_progress(c);
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
 * What was asked for; DAXPLUG_STATE_INCONSISTENT for memory that was left behind.
 * A memory that fails costs the word "online" and a repair, nothing else.
 */
void dp_remember(int lock, enum daxplug_state asked)
{
	const char *word = daxplug_state_name(asked);

	if (ftruncate(lock, 0) || pwrite(lock, word, strlen(word), 0) < 0)
		return;
}

static enum daxplug_state read_word(const struct daxplug_device *dev)
{
	enum daxplug_state word = DAXPLUG_STATE_UNPLUGGED;
	char buf[ATTR_MAX];

	if (!dp_read(dev->run, dev->name, buf, sizeof(buf)))
		dp_parse_state(buf, &word);
	return word;
}

/* What was last asked for by this library, or TYPE_NONE. */
enum online_type dp_remembered(const struct daxplug_device *dev)
{
	return dp_type_of(read_word(dev));
}

/* Was memory of it left behind without a driver, as far as this library saw? */
bool dp_left_behind(const struct daxplug_device *dev)
{
	return read_word(dev) == DAXPLUG_STATE_INCONSISTENT;
}

/*
 * Daxplug's module has the device: it takes over what was left behind. Whoever may
 * not write here leaves the word for the next who may.
 */
void dp_forget_left_behind(const struct daxplug_device *dev)
{
	int fd;

	if (!dp_left_behind(dev))
		return;
	fd = dp_open(dev->run, dev->name, O_WRONLY | O_TRUNC | O_NOFOLLOW);
	if (fd >= 0)
		close(fd);
}
