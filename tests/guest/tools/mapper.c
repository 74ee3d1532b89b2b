// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapper FILE BYTES: maps BYTES of FILE as shared memory, closes the file, and writes to the first
 * page. Prints "mapped" and waits for a signal.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t len;
	char *at;
	int fd;

	if (argc != 3)
		return 2;
	len = strtoul(argv[2], NULL, 0);
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	at[0] = 1;
	puts("mapped");
	fflush(stdout);
	pause();
	return 0;
}
