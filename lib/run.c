// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files in /run/daxplug: locks, and states that the kernel does not keep. Like memory
 * blocks, they exist until the next reboot.
 *
 * The files that the library writes belong to root (in tests, to the user who changes
 * devices), and no other user may open them. A user who has a lock file open, even only for
 * reading, could block every change. All users may read the directory, because a part of the
 * policy and files of the command can be there, but only root may write it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/*
 * Check the owner of the directory, who may create any file in it. The owner must be root
 * or the current user. If it is the current user, remove the write permission of group and others.
 */
static int check_dir_owner(int dir)
{
	struct stat st;

	if (fstat(dir, &st))
		return -errno;
	if (st.st_uid != geteuid())
		return st.st_uid ? -EPERM : 0;
	return st.st_mode & 022 && fchmod(dir, 0755) ? -errno : 0;
}

/*
 * Return: a descriptor; -ENOENT if the directory does not exist and @make is false; or
 * another negative errno.
 */
int dp_run_dir(const char *run, bool make)
{
	int dir, err;

	if (make && mkdir(run, 0755) && errno != EEXIST)
		return -errno;
	dir = dp_open_at(AT_FDCWD, run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return dir;
	err = make ? check_dir_owner(dir) : 0;
	if (!err)
		return dir;
	close(dir);
	return err;
}

/* Check whether this is a regular file with one hard link, of root or of the current user. */
bool dp_run_is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	       (st->st_uid == geteuid() || !st->st_uid);
}

static int read_own_file(int dir, const char *name, char *buf, size_t len)
{
	int fd = dp_open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int err;

	/* A file that the library has not created counts as missing. */
	if (fd < 0)
		return fd == -ELOOP ? -ENOENT : fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (!dp_run_is_ours(&st))
		err = -ENOENT;
	else
		err = dp_read_fd(fd, buf, len);
	close(fd);
	return err;
}

int dp_run_read(const char *run, const char *name, char *buf, size_t len)
{
	int err, dir = dp_run_dir(run, false);

	if (dir < 0)
		return dir;
	err = read_own_file(dir, name, buf, len);
	close(dir);
	return err;
}

static int write_new(int dir, const char *name, const char *text, size_t len)
{
	int fd, err = 0;
	ssize_t n;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -ENOSPC;
	close(fd);
	return err;
}

/*
 * Replace the file atomically, so that a reader gets either the old text or the new
 * one. It is a new file each time, so a process that has the old one open has no access
 * to it.
 */
int dp_run_write(const char *run, const char *name, const char *text,
		 size_t len)
{
	int err, dir = dp_run_dir(run, true);
	char new[2 * ATTR_MAX];

	if (dir < 0)
		return dir;
	snprintf(new, sizeof(new), ".%s.%ld", name, (long)gettid());
	unlinkat(dir, new, 0);
	err = write_new(dir, new, text, len);
	if (!err && renameat(dir, new, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, new, 0);
	close(dir);
	return err;
}

void dp_run_remove(const char *run, const char *name)
{
	int dir = dp_run_dir(run, false);

	if (dir < 0)
		return;
	unlinkat(dir, name, 0);
	close(dir);
}

/*
 * Load the saved requested state into @state: unplugged if none is saved, or if the caller may not
 * read it. Return: 0; or a negative errno if memory or descriptors have run out, or after an I/O
 * error (-EIO).
 */
int dp_load_requested_state(const struct daxplug_device *dev, enum daxplug_state *state)
{
	char buf[ATTR_MAX];
	int err = dp_run_read(dev->run, dev->name, buf, sizeof(buf));

	*state = DAXPLUG_STATE_UNPLUGGED;
	if (!err) {
		buf[strcspn(buf, "\n")] = '\0';
		daxplug_state_parse(buf, state);
	}
	return dp_keep_shortage(err) || err == -EIO ? err : 0;
}

/*
 * Save the requested state. The caller holds the lock of the device. If the state cannot be saved,
 * a device with blocks in several zones reads `inconsistent` instead of `online`, until the device
 * is repaired.
 */
void dp_save_requested_state(const struct daxplug_device *dev, enum daxplug_state asked)
{
	char line[ATTR_MAX];
	int len = snprintf(line, sizeof(line), "%s\n", daxplug_state_name(asked));

	dp_run_write(dev->run, dev->name, line, (size_t)len);
}
