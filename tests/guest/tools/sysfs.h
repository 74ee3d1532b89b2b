/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files in /sys: read_word() reads the first line, write_word() makes one write(2).
 */
#ifndef LAB_SYSFS_H
#define LAB_SYSFS_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define MEMORY "/sys/devices/system/memory"

/* Reads the first line without its newline. If the file cannot be read, the result is empty. */
static inline void read_word(const char *path, char *word, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, word, size - 1);

	word[n < 0 ? 0 : n] = '\0';
	word[strcspn(word, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* Return: 0 or the errno. */
static inline int write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, word, strlen(word));
	int err = n < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

#endif
