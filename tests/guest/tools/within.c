// SPDX-License-Identifier: GPL-2.0-only
/*
 * within SECONDS PROGRAM ARGUMENT...: runs PROGRAM and waits for its end, at most SECONDS. If
 * PROGRAM is still running then, it gets SIGKILL. `within` does not wait for its end in that case,
 * because a program that hangs in the kernel does not end.
 * Exit: the status of PROGRAM, 128 plus the signal's number if a signal ended it, or 124 if it was
 * still running after SECONDS.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec limit = { 0 };
	sigset_t set;
	pid_t child;
	int status;

	if (argc < 3)
		return 2;
	limit.tv_sec = strtol(argv[1], NULL, 10);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);

	child = fork();
	if (child < 0)
		return 2;
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(2);
	}
	if (sigtimedwait(&set, NULL, &limit) != SIGCHLD) {
		kill(child, SIGKILL);
		return 124;
	}
	if (waitpid(child, &status, 0) != child)
		return 2;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
