// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays a disk from which a file cannot be read completely. It is preloaded.
 *
 *	BAD_DISK	"40:/20.conf": a stream of a file whose path ends with /20.conf returns the
 *			first 40 bytes; the next read fails with EIO
 *
 * Only streams that fdopen() makes are affected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

struct disk {
	int fd;
	size_t left;		/* the bytes that can still be read */
};

static ssize_t read_disk(void *cookie, char *buf, size_t len)
{
	struct disk *disk = cookie;
	ssize_t n;

	errno = EIO;
	if (!disk->left)
		return -1;
	n = read(disk->fd, buf, len < disk->left ? len : disk->left);
	if (n > 0)
		disk->left -= (size_t)n;
	return n;
}

static int close_disk(void *cookie)
{
	struct disk *disk = cookie;
	int error = close(disk->fd);

	free(disk);
	return error;
}

/* Return: how many bytes of the file can be read; -1 if all of them. */
static long count_good_bytes(int fd)
{
	const char *value = getenv("BAD_DISK"), *end = value ? strchr(value, ':') : NULL;
	char link[64], path[4096];
	ssize_t n;

	if (!end)
		return -1;
	end++;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < (ssize_t)strlen(end))
		return -1;
	path[n] = '\0';
	return strcmp(path + n - strlen(end), end) ? -1 : strtol(value, NULL, 10);
}

FILE *fdopen(int fd, const char *modes)
{
	static const cookie_io_functions_t functions = { .read = read_disk, .close = close_disk };
	struct disk *disk = malloc(sizeof(*disk));
	long good = count_good_bytes(fd);

	if (!disk)
		return NULL;
	*disk = (struct disk){ .fd = fd, .left = good < 0 ? (size_t)-1 : (size_t)good };
	return fopencookie(disk, modes, functions);
}
