// SPDX-License-Identifier: GPL-2.0-only
/*
 * hammer FILE SECONDS WRITERS WORD...: starts WRITERS processes, which write the words to FILE in
 * random order for SECONDS. Then it waits for all processes, and prints how many writes
 * succeeded, and how many failed with each errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ERRNOS 140

static void writer(const char *file, time_t end, int seed, char **words,
		   int nr, long *count)
{
	srandom((unsigned int)seed);
	while (time(NULL) < end) {
		const char *word = words[random() % nr];
		int fd = open(file, O_WRONLY);
		int err = 0;

		if (fd < 0 || write(fd, word, strlen(word)) < 0)
			err = errno < ERRNOS ? errno : ERRNOS - 1;
		__atomic_add_fetch(&count[err], 1, __ATOMIC_RELAXED);
		if (fd >= 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	long *count = mmap(NULL, ERRNOS * sizeof(*count), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, failed = 0, writers;
	time_t end;

	if (argc < 5 || count == MAP_FAILED)
		return 2;
	end = time(NULL) + strtol(argv[2], NULL, 10);
	writers = (int)strtol(argv[3], NULL, 10);

	for (int i = 0; i < writers; i++) {
		if (fork())
			continue;
		writer(argv[1], end, i, argv + 4, argc - 4, count);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	for (int i = 0; i < ERRNOS; i++)
		if (count[i])
			printf("%s=%ld ", i ? strerrorname_np(i) : "ok", count[i]);
	putchar('\n');
	return failed ? 1 : 0;
}
