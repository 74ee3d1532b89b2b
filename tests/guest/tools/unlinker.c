// SPDX-License-Identifier: GPL-2.0-only
/*
 * unlinker DIR: creates a file in DIR, puts its pages into a pipe, and unlinks and closes the file.
 * So only the pipe has the pages while the kernel removes the file. Then it empties the pipe. It
 * repeats this without pause until SIGTERM, and then prints the number of files.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGES 64
#define SIZE (PAGES * 4096UL)

static volatile sig_atomic_t ended;

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static int once(const char *dir, unsigned long n, int *ends)
{
	char path[256], out[4096];
	struct iovec iov;
	char *mem;
	int fd;

	/* Use a long name, because the kernel then needs longer to print it. */
	snprintf(path, sizeof(path), "%s/%0100d-%lu", dir, 0, n);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, SIZE))
		return -1;
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return -1;
	memset(mem, 0x5a, SIZE);
	iov = (struct iovec){ mem, SIZE };
	if (vmsplice(ends[1], &iov, 1, 0) != SIZE)
		return -1;
	munmap(mem, SIZE);

	for (volatile unsigned long wait = n * 7919 % 20000; wait; wait--)
		;
	if (unlink(path) || close(fd))
		return -1;
	for (volatile unsigned long wait = 5000; wait; wait--)
		;
	for (int i = 0; i < PAGES; i++)
		if (read(ends[0], out, sizeof(out)) != sizeof(out))
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	unsigned long n;
	int ends[2];

	if (argc != 2)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, SIZE) < (int)SIZE) {
		perror("pipe");
		return 2;
	}
	for (n = 0; !ended; n++) {
		if (once(argv[1], n, ends)) {
			perror("unlinker");
			return 2;
		}
	}
	printf("%lu\n", n);
	return 0;
}
