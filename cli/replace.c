// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is replaced in one piece: who reads it finds the old text or the new.
 *
 * The new text is first in a file ".NAME.PID.tmp" of the same directory, which is
 * renamed. A process that is killed in between leaves that file; the next one that
 * replaces NAME removes it, because its process is no more.
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

/* Is @entry ".NAME.PID.tmp" of a process that is no more? */
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

/* Of an earlier process with this number there may be one. */
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

/* What is not a file would be gone: /dev/stdout, or a link that somebody has made. */
static int check_existing_file(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -EMEDIUMTYPE;
}

/*
 * @dir: a descriptor of the directory; the file may be read by all. It is not synced: after a
 * crash the next run writes it anew. Return: 0, or a negative errno, and nothing is changed;
 * -EMEDIUMTYPE: what is there is not a file.
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
	/* Whatever the umask. */
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

/* As replace_file(), by the path of the file. */
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
