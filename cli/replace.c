// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces a file in one step, so that a reader sees either the old text or the new one.
 *
 * The new text is written to a file ".NAME.PID.tmp" in the same directory. Then that file is
 * renamed to NAME. If the process is killed before the rename, the file stays. The next process
 * that replaces NAME removes it, because process PID does not exist any more.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "replace.h"

#define TEMPORARY_SUFFIX ".tmp"

static void make_temporary_name(char *buf, size_t len, const char *name)
{
	snprintf(buf, len, ".%s.%d" TEMPORARY_SUFFIX, name, (int)getpid());
}

/* Is @entry ".NAME.PID.tmp" of a process that does not exist any more? */
static bool is_stale_temporary(const char *entry, const char *name)
{
	size_t len = strlen(name);
	char *end;
	long pid;

	if (entry[0] != '.' || strncmp(entry + 1, name, len) != 0 || entry[len + 1] != '.')
		return false;
	errno = 0;
	pid = strtol(entry + len + 2, &end, 10);
	return !errno && pid > 0 && pid <= INT_MAX && end != entry + len + 2 &&
	       !strcmp(end, TEMPORARY_SUFFIX) && kill((pid_t)pid, 0) && errno == ESRCH;
}

static void remove_stale_temporaries(int dir, const char *name)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!all && copy >= 0)
		close(copy);
	while (all && (e = readdir(all))) {
		if (is_stale_temporary(e->d_name, name))
			unlinkat(dir, e->d_name, 0);
	}
	if (all)
		closedir(all);
}

/* An earlier process with the same PID may have left such a file. */
static int create_file(int dir, const char *name)
{
	int fd, flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	fd = openat(dir, name, flags, 0600);
	if (fd >= 0 || errno != EEXIST || unlinkat(dir, name, 0))
		return fd;
	return openat(dir, name, flags, 0600);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Refuse to replace a file that is not regular, such as /dev/stdout or a symbolic link. */
static int check_existing_file(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -EMEDIUMTYPE;
}

/*
 * @dir is a file descriptor of the directory. Everyone can read the file. It is not synced,
 * because the next run writes it again. Return: 0, or a negative errno after which nothing has
 * changed; -EMEDIUMTYPE if @name is not a regular file.
 */
int replace_file(int dir, const char *name, const char *text, size_t len)
{
	char new[PATH_MAX];
	int fd, err = check_existing_file(dir, name);

	if (err)
		return err;
	make_temporary_name(new, sizeof(new), name);
	fd = create_file(dir, new);
	if (fd < 0)
		return -errno;
	err = write_all(fd, text, len);
	/* Set the mode explicitly, because of the umask. */
	if (!err && fchmod(fd, 0644))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir, new, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, new, 0);
	remove_stale_temporaries(dir, name);
	return err;
}

/* The same as replace_file(), with a path. */
int replace_path(const char *path, const char *text, size_t len)
{
	const char *name = strrchr(path, '/');
	char *parent = name ? strndup(path, (size_t)(name - path) + 1) : strdup(".");
	int dir, err;

	if (!parent)
		return -ENOMEM;
	name = name ? name + 1 : path;
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = dir < 0 ? -errno : *name ? replace_file(dir, name, text, len) : -EISDIR;
	if (dir >= 0)
		close(dir);
	free(parent);
	return err;
}
