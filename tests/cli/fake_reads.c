// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets the open and the read of files, links and directories fail, for tests with a made-up
 * sysfs. Like fake_kernel.c, this file is preloaded or linked in. It replaces open(), openat(),
 * readlinkat() and opendir() of the C library. These variables of the environment control it:
 *
 *	FAKE_CANNOT_OPEN	"24:/mem0/serial": the errno for the open of a file or directory
 *			whose path has this end; "24:name": if the path is this name alone;
 *			"24:name:2": all but the first call
 *	FAKE_CANNOT_LINK	"24:driver": the errno for readlinkat() of this name;
 *			"24:driver:3": only for its third call
 *	FAKE_CANNOT_LIST	readdir() fails in a directory whose path has this end
 *	FAKE_KMSG	the file that is read in place of /dev/kmsg, the kernel log
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int has_end(const char *path, const char *end)
{
	size_t len = strlen(path), n = end ? strlen(end) : 0;

	return end && len >= n && !strcmp(path + len - n, end);
}

/* The errno that FAKE_CANNOT_OPEN has for a path, or 0. */
static int open_failure(const char *path)
{
	const char *value = getenv("FAKE_CANNOT_OPEN"), *at = value ? strchr(value, ':') : NULL;
	static atomic_long calls;
	char name[256];
	size_t len;

	if (!at)
		return 0;
	len = strcspn(++at, ":");
	if (len >= sizeof(name))
		return 0;
	memcpy(name, at, len);
	name[len] = '\0';
	if (*name == '/' ? !has_end(path, name) : strcmp(path, name) != 0)
		return 0;
	if (at[len] && ++calls < strtol(at + len + 1, NULL, 10))
		return 0;
	return (int)strtol(value, NULL, 10);
}

/* The third argument of open(), which is there only if a file may be created. */
static mode_t mode_argument(int oflag, va_list args)
{
	return (oflag & O_CREAT) ? va_arg(args, mode_t) : 0;
}

int open(const char *file, int oflag, ...)
{
	const char *kmsg = getenv("FAKE_KMSG");
	va_list args;
	mode_t mode;

	va_start(args, oflag);
	mode = mode_argument(oflag, args);
	va_end(args);
	if (kmsg && !strcmp(file, "/dev/kmsg"))
		file = kmsg;
	return openat(AT_FDCWD, file, oflag, mode);
}

int openat(int fd, const char *file, int oflag, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, oflag);
	mode = mode_argument(oflag, args);
	va_end(args);
	errno = open_failure(file);
	return errno ? -1 : (int)syscall(SYS_openat, fd, file, oflag, mode);
}

ssize_t readlinkat(int fd, const char *path, char *buf, size_t len)
{
	const char *value = getenv("FAKE_CANNOT_LINK"), *name = value ? strchr(value, ':') : NULL;
	size_t n = strlen(path);
	static long calls;

	if (name && !strncmp(name + 1, path, n) && (!name[n + 1] || name[n + 1] == ':') &&
	    (!name[n + 1] || ++calls == strtol(name + n + 2, NULL, 10))) {
		errno = (int)strtol(value, NULL, 10);
		return -1;
	}
	return syscall(SYS_readlinkat, fd, path, buf, len);
}

DIR *opendir(const char *name)
{
	DIR *dir;
	int fd;

	errno = open_failure(name);
	if (errno)
		return NULL;
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir || !has_end(name, getenv("FAKE_CANNOT_LIST")))
		return dir;
	/* With the descriptor of a file that is no directory, readdir() fails with ENOTDIR. */
	fd = memfd_create(name, MFD_CLOEXEC);
	if (fd >= 0 && !fchmod(fd, 0700) && dup2(fd, dirfd(dir)) >= 0)
		close(fd);
	return dir;
}
