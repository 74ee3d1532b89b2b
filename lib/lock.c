// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Allows one change of a device at a time, if the kernel does not do that. The lock is a file
 * NAME.lock in /run/daxplug that only root can open. Another one, all.lock, is for settings of the
 * whole system. The locks are advisory, so they only affect programs that change devices with this
 * library. An unlock does not remove the file, so that all processes lock the same file.
 *
 * If the mode of the file lets other users open it, the file is replaced by a new one. To
 * correct the mode is not enough, because they may have the file open already.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* Number of ticks between two searches for the holder of the lock. */
#define LOOK_TICKS 50

/*
 * An errno for a file that is not the lock, or is not the lock any more. The caller must
 * open the file that has the name now.
 */
#define OPEN_AGAIN (-ESTALE)

/* Check whether the file still has this name. */
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
	/* The name is that of a symbolic link or a socket, which this library has not created. */
	if (errno != ELOOP && errno != ENXIO)
		return -errno;
	return unlinkat(dir, name, 0) ? -errno : OPEN_AGAIN;
}

/*
 * Remove a file that must not be the lock, so that a new one gets its name. Two processes
 * A and B can do so at the same moment. If A creates the new file after B has called
 * has_name(), B removes A's new file, and both may take a lock. This can happen only if
 * another program has put a wrong file there, because this library creates none.
 */
static int replace_wrong_file(int dir, const char *name, const struct stat *st)
{
	if (!has_name(dir, name, st))
		return OPEN_AGAIN;
	return unlinkat(dir, name, 0) ? -errno : OPEN_AGAIN;
}

/*
 * Return: 0 if the lock was taken; -EWOULDBLOCK if another process holds it; OPEN_AGAIN;
 * or another negative errno.
 */
static int try_lock(int dir, const char *name, int fd, struct dp_holder *holder,
		    bool look)
{
	struct stat st;
	bool open_to_others;
	int err = 0;

	if (fstat(fd, &st))
		return -errno;
	if (!dp_run_is_ours(&st))
		return replace_wrong_file(dir, name, &st);
	if (!has_name(dir, name, &st))
		return OPEN_AGAIN;
	if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EINTR ? -EWOULDBLOCK : -errno;
	if (err && err != -EWOULDBLOCK)
		return err;
	open_to_others = st.st_mode & 077;
	if (err && look)
		dp_find_holder(fd, holder);
	/*
	 * Replace a file that other users could open, because one of them could hold the lock for
	 * ever. But if the holder may run as the same user as this process, wait for the lock. The
	 * process that takes it next replaces the file.
	 *
	 * If nothing is known of the holder, assume that it is a process of this user. For
	 * example, it may be in a PID namespace that this process cannot see. If the file were
	 * replaced then, two processes would change the device at once, and nothing could undo
	 * the damage. The wait is reported, and a signal or the deadline ends it.
	 */
	if (open_to_others && (!err || !holder->may_be_ours))
		return replace_wrong_file(dir, name, &st);
	if (err)
		return err;
	/*
	 * Another process may have replaced the file meanwhile, and then the new file
	 * is the lock.
	 */
	return has_name(dir, name, &st) ? 0 : OPEN_AGAIN;
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
		if (err == OPEN_AGAIN) {
			if (fd >= 0)
				close(fd);
			fd = -1;
			tick = 0;
			err = dp_check_stop(c);
		} else if (err == -EWOULDBLOCK) {
			err = dp_wait_tick(c);
		}
	} while (!err);
	if (fd >= 0)
		close(fd);
	return err;
}

static int take_lock(struct daxplug_change *c, const struct daxplug_device *dev, const char *what)
{
	int dir = dp_run_dir(dev->run, true), lock;
	char name[ATTR_MAX];

	if (dir < 0)
		return dir;
	snprintf(name, sizeof(name), "%s.lock", what);
	lock = wait_for_lock(c, dir, name);
	close(dir);
	c->waiting = false;
	/* After the wait, the caller gets the holder only if the wait failed. */
	if (lock >= 0)
		c->holder = (struct dp_holder){ .pid = 0 };
	return lock;
}

/* Take the lock of a device. Return: a lock for dp_unlock(), or a negative errno. */
int dp_lock(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return take_lock(c, dev, dev->name);
}

/* Take the lock all.lock, which is for settings of the whole system. */
int dp_lock_all(struct daxplug_change *c, const struct daxplug_device *dev)
{
	return take_lock(c, dev, "all");
}

/* close(2) alone is not enough, because a child of the program may have the file open. */
void dp_unlock(int lock)
{
	flock(lock, LOCK_UN);
	close(lock);
}
