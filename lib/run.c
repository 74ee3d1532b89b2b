// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files in /run/daxplug: locks, and what the kernel does not keep. They live as
 * long as the blocks do.
 *
 * What is in it is root's alone (of whoever changes devices: in tests that is
 * another user). Somebody else with a lock file open, for reading only, could
 * hold up every change. The directory itself may be read by anybody, because a
 * part of the policy can be there, but nobody else writes to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* Its owner may put whatever he likes there: only root, or ourselves. */
static int close_to_others(int dir)
{
	struct stat st;

	if (fstat(dir, &st))
		return -errno;
	if (st.st_uid != geteuid())
		return st.st_uid ? -EPERM : 0;
	return st.st_mode & 022 && fchmod(dir, 0755) ? -errno : 0;
}

/* Return: a descriptor; -ENOENT when there is none and none is to be made. */
int dp_run_dir(const char *run, bool make)
{
	int dir, err;

	if (make && mkdir(run, 0755) && errno != EEXIST)
		return -errno;
	dir = dp_open_at(AT_FDCWD, run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return dir;
	err = make ? close_to_others(dir) : 0;
	if (!err)
		return dir;
	close(dir);
	return err;
}

/* A plain file of root's or our own, under one name. */
bool dp_run_is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	       (st->st_uid == geteuid() || !st->st_uid);
}

static int read_ours(int dir, const char *name, char *buf, size_t len)
{
	int fd = dp_open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int err;

	/* What is no file of ours says nothing. */
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
	err = read_ours(dir, name, buf, len);
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
 * In one piece: who reads meanwhile finds the old text or the new. The file is
 * a new one each time, whoever had the old one open.
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

/* What was last asked for by this library; unplugged: nothing. */
enum daxplug_state dp_remembered(const struct daxplug_device *dev)
{
	enum daxplug_state state = DAXPLUG_STATE_UNPLUGGED;
	char buf[ATTR_MAX];

	if (!dp_run_read(dev->run, dev->name, buf, sizeof(buf))) {
		buf[strcspn(buf, "\n")] = '\0';
		daxplug_state_parse(buf, &state);
	}
	return state;
}

/* The caller has the device's lock. One that is lost costs a repair, no more. */
void dp_remember(const struct daxplug_device *dev, enum daxplug_state asked)
{
	char line[ATTR_MAX];
	int len = snprintf(line, sizeof(line), "%s\n", daxplug_state_name(asked));

	dp_run_write(dev->run, dev->name, line, (size_t)len);
}
