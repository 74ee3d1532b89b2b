// SPDX-License-Identifier: GPL-2.0-only
/*
 * put FILE WORD [BYTES]: makes one write(2) of WORD to FILE, and prints the result: "ok", the name
 * of the errno, or "short" if not all bytes were written. With BYTES, WORD is padded with NULs or
 * cut to that length. Exit: 1 if FILE cannot be opened, else 0, also if the write fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t len, have;
	ssize_t n;
	char *buf;
	int fd;

	if (argc < 3)
		return 2;
	have = strlen(argv[2]);
	len = argc > 3 ? strtoul(argv[3], NULL, 0) : have;
	buf = calloc(1, len + 1);
	fd = open(argv[1], O_WRONLY);
	if (!buf || fd < 0) {
		puts(strerrorname_np(errno));
		free(buf);
		return 1;
	}
	memcpy(buf, argv[2], have < len ? have : len);

	n = write(fd, buf, len);
	if (n < 0)
		puts(strerrorname_np(errno));
	else
		puts((size_t)n == len ? "ok" : "short");
	free(buf);
	return 0;
}
