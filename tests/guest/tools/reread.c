// SPDX-License-Identifier: GPL-2.0-only
/*
 * reread SECONDS FILE: opens, reads and closes FILE without pause for SECONDS. Prints the number
 * of reads, and the time of the longest one in microseconds. If a read fails, prints the name of
 * the errno and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long end, begin, longest = 0, count = 0;
	char buf[8192];

	if (argc != 3)
		return 2;
	end = now() + strtol(argv[1], NULL, 10) * 1000000;
	while ((begin = now()) < end) {
		int fd = open(argv[2], O_RDONLY);

		if (fd < 0 || read(fd, buf, sizeof(buf)) < 0) {
			puts(strerrorname_np(errno));
			return 1;
		}
		close(fd);
		if (now() - begin > longest)
			longest = now() - begin;
		count++;
	}
	printf("%ld %ld\n", count, longest);
	return 0;
}
