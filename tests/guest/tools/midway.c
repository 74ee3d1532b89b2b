// SPDX-License-Identifier: GPL-2.0-only
/*
 * midway DEV WORD KEY COUNT MICROSECONDS: starts a child, which writes WORD to the device's
 * `state`, and sends it SIGINT during the write. The program waits until the line KEY of
 * plug/blocks has reached COUNT, or, if KEY is "-", until the write has begun. The signal follows
 * after MICROSECONDS.
 *
 * Prints the result of the write, which is "ok" or the name of the errno. Then it prints the
 * milliseconds from the signal to the end of the write, and those from its own start to the end of
 * the write. Prints only "early" if the write ended before the signal.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "sysfs.h"

/* The interval between two reads of plug/blocks. */
#define POLL_US 500

static void on_signal(int sig)
{
	(void)sig;
}

static long ms_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin->tv_sec) * 1000 +
	       (now.tv_nsec - begin->tv_nsec) / 1000000;
}

static void pause_us(long us)
{
	struct timespec when = { us / 1000000, us % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &when, NULL);
}

/* Does the child sleep? It does so in its write while the module's thread works. */
static bool is_asleep(pid_t pid)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_word(path, line, sizeof(line));
	return strstr(line, ") S ") || strstr(line, ") D ");
}

/* Return: the number after @key in the file @path, or 0 if there is none. */
static unsigned long count_of(const char *path, const char *key)
{
	unsigned long count = 0;
	char line[64];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ' ')
			count = strtoul(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return count;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	char state[256], blocks[256], byte;
	struct timespec begin, signalled;
	pid_t pid, ended = 0;
	unsigned long count;
	int status, err, ready[2];

	if (argc != 6)
		return 2;
	snprintf(state, sizeof(state), "/sys/bus/dax/devices/%s/state", argv[1]);
	snprintf(blocks, sizeof(blocks), "/sys/bus/dax/devices/%s/plug/blocks", argv[1]);
	count = strtoul(argv[4], NULL, 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	/* The handler has no SA_RESTART, so an interrupted write returns EINTR. */
	sigaction(SIGINT, &action, NULL);
	if (pipe(ready))
		return 2;
	pid = fork();
	if (pid < 0)
		return 2;
	if (!pid) {
		if (write(ready[1], "", 1) != 1)
			_exit(2);
		_exit(write_word(state, argv[2]));
	}
	if (read(ready[0], &byte, 1) != 1)
		return 2;

	while (!(ended = waitpid(pid, &status, WNOHANG)) &&
	       (strcmp(argv[3], "-") != 0 ? count_of(blocks, argv[3]) < count :
					    !is_asleep(pid)))
		pause_us(POLL_US);
	if (!ended) {
		pause_us(strtol(argv[5], NULL, 0));
		ended = waitpid(pid, &status, WNOHANG);
	}
	if (ended) {
		puts("early");
		return ended < 0;
	}
	kill(pid, SIGINT);
	clock_gettime(CLOCK_MONOTONIC, &signalled);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 2;
	err = WEXITSTATUS(status);
	printf("%s %ld %ld\n", err ? strerrorname_np(err) : "ok", ms_since(&signalled),
	       ms_since(&begin));
	return 0;
}
