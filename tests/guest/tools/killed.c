// SPDX-License-Identifier: GPL-2.0-only
/*
 * killed SIGNAL MICROSECONDS FILE WORD: starts a child, which writes WORD to FILE. The child gets
 * the signal with the number SIGNAL, for which it has no handler, MICROSECONDS after it has
 * reached the write. Prints "signal" if the signal ended the child, else the result of the write,
 * "ok" or the name of the errno.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "sysfs.h"

int main(int argc, char **argv)
{
	struct timespec when;
	int status, ready[2];
	char byte = 0;
	pid_t pid;
	long us;

	if (argc != 5)
		return 2;
	us = strtol(argv[2], NULL, 10);
	when.tv_sec = us / 1000000;
	when.tv_nsec = us % 1000000 * 1000;
	if (pipe(ready))
		return 2;
	pid = fork();
	if (pid < 0)
		return 2;
	if (!pid)
		_exit(write(ready[1], &byte, 1) == 1 ? write_word(argv[3], argv[4]) : EPIPE);
	if (read(ready[0], &byte, 1) != 1)
		return 2;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &when, NULL);
	kill(pid, (int)strtol(argv[1], NULL, 10));
	if (waitpid(pid, &status, 0) != pid)
		return 2;
	if (WIFSIGNALED(status))
		puts("signal");
	else
		puts(status ? strerrorname_np(WEXITSTATUS(status)) : "ok");
	return 0;
}
