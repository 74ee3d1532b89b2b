// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One change of a device at a time, where the kernel does not see to it: a file
 * in /run/daxplug that only root can open, NAME.lock. One more is for what is
 * not one device's. They are advisory: they bind those who change devices by
 * this library. They are never removed, so that all meet at the same file.
 *
 * A file that is not so from its beginning may be held open by anybody, whatever
 * its mode is made later. So it gives way to a new one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* How many ticks of a wait pass between two looks at whom it is for. */
#define LOOK_TICKS 50

/* The file is not the lock, or is none any more: open what has the name now. */
#define ANEW (-ESTALE)

/* Is it still the file of that name? */
static bool has_name(int dir, const char *name, const struct stat *st)
{
	struct stat now;

	return !fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) &&
	       now.st_ino == st->st_ino && now.st_dev == st->st_dev;
}

static int open_lock(int dir, const char *name)
{
	int fd;

	do {
		fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW |
			    O_NONBLOCK | O_CLOEXEC, 0600);
	} while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	/* A link, or a socket: nothing that we would have made. */
	if (errno != ELOOP && errno != ENXIO)
		return -errno;
	return unlinkat(dir, name, 0) ? -errno : ANEW;
}

/*
 * Gives the name to a new file. Two who do so for one file at the same moment
 * could take away each other's new one, between this look and the next call;
 * that is how often it happens to a file that was not ours to begin with.
 */
static int give_way(int dir, const char *name, const struct stat *st)
{
	if (!has_name(dir, name, st))
		return ANEW;
	return unlinkat(dir, name, 0) ? -errno : ANEW;
}

/* Return: 0, the lock is had; -EWOULDBLOCK; ANEW; or another errno. */
static int try_lock(int dir, const char *name, int fd, struct dp_holder *holder,
		    bool look)
{
	struct stat st;
	bool open_to_others;
	int err = 0;

	if (fstat(fd, &st))
		return -errno;
	if (!dp_run_is_ours(&st))
		return give_way(dir, name, &st);
	if (!has_name(dir, name, &st))
		return ANEW;
	if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EINTR ? -EWOULDBLOCK : -errno;
	if (err && err != -EWOULDBLOCK)
		return err;
	open_to_others = st.st_mode & 077;
	if (err && look)
		dp_find_holder(fd, holder);
	/* Who is one of us is waited for, and the next one sees to the file. */
	if (open_to_others && (!err || !holder->is_ours))
		return give_way(dir, name, &st);
	if (err)
		return err;
	/* Meanwhile somebody may have given it a new file: that is the lock. */
	return has_name(dir, name, &st) ? 0 : ANEW;
}

static void log_wait(struct daxplug_change *c, const char *name)
{
	if (c->holder.pid)
		dp_log(c, DAXPLUG_LOG_INFO, "waits for %s, which process %d (%s) has",
		       name, c->holder.pid, c->holder.name);
	else
		dp_log(c, DAXPLUG_LOG_INFO, "waits for %s", name);
}

static int wait_for_lock(struct daxplug_change *c, int dir, const char *name)
{
	unsigned int tick = 0;
	int fd = -1, err;

	do {
		if (fd < 0)
			fd = open_lock(dir, name);
		err = fd < 0 ? fd : try_lock(dir, name, fd, &c->holder,
					     tick % LOOK_TICKS == 0);
		if (!err && c->waiting)
			dp_log(c, DAXPLUG_LOG_INFO, "has %s", name);
		if (!err)
			return fd;
		if (err == -EWOULDBLOCK && tick % LOOK_TICKS == 0)
			log_wait(c, name);
		tick++;
		c->waiting = err == -EWOULDBLOCK;
		if (err == ANEW) {
			if (fd >= 0)
				close(fd);
			fd = -1;
			tick = 0;
			err = dp_stopped(c);
		} else if (err == -EWOULDBLOCK) {
			err = dp_tick(c);
		}
	} while (!err);
	if (fd >= 0)
		close(fd);
	return err;
}

static int take(struct daxplug_change *c, const struct daxplug_device *dev,
		const char *what)
{
	int dir = dp_run_dir(dev->run, true), lock;
	char name[ATTR_MAX];

	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), "%s.lock", what);
	lock = wait_for_lock(c, dir, name);
	close(dir);
	c->waiting = false;
	/* Whom it waited for to its end is told, else it is over. */
	if (lock >= 0)
		c->holder = (struct dp_holder){ .pid = 0 };
	return lock;
}

/* Return: a lock for dp_unlock(), or a negative errno. */
int dp_lock(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return take(c, dev, dev->name);
}

/* Of all devices, for what is the whole system's. */
int dp_lock_all(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return take(c, dev, "all");
}

/* Said, and not left to close(2): a child of the program may have the file open too. */
void dp_unlock(int lock)
{
	flock(lock, LOCK_UN);
	close(lock);
}
