// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits MILLISECONDS: measures how long processes and kernel threads sleep uninterruptibly (D in
 * /proc/PID/stat). It reads their states ten times a second until SIGTERM. At its start a child of
 * it sleeps uninterruptibly for one second, to show that such a sleep is seen. At the end it
 * prints, in milliseconds:
 *
 *	TIME NAME	a line for each task with a sleep of more than MILLISECONDS; TIME is
 *			the task's longest sleep
 *	TIME		the longest sleep of all tasks
 *	proof TIME	how long the child's sleep was seen; the other lines leave it out
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"

#define PIDS 32768

static volatile sig_atomic_t ended;
static long since[PIDS], longest[PIDS];
static char name[PIDS][32];

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

static void read_task(const char *pid)
{
	char path[288], line[256], *end, *begin;
	long at = strtol(pid, NULL, 10), time = now();
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	begin = strchr(line, '(');
	end = strrchr(line, ')');
	if (!begin || !end || at >= PIDS)
		return;
	if (end[1] != ' ' || end[2] != 'D') {
		since[at] = 0;
		return;
	}
	*end = '\0';
	/* If another process has got the same PID, begin at zero. */
	if (!since[at] || strcmp(name[at], begin + 1)) {
		since[at] = time;
		longest[at] = 0;
		snprintf(name[at], sizeof(name[at]), "%.31s", begin + 1);
	}
	if (time - since[at] > longest[at])
		longest[at] = time - since[at];
}

/*
 * Starts a child that sleeps uninterruptibly for a second. The child calls vfork(), which blocks
 * it until its own child ends.
 */
static pid_t sleep_for_proof(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_NAME, "proof");
	/* NOLINTBEGIN: the analyzer warns of vfork(). But its uninterruptible sleep is needed. */
	if (!vfork()) {
		pace(1000);
		_exit(0);
	}
	/* NOLINTEND */
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	long limit, proven, most = 0;
	pid_t proof;
	DIR *proc;

	if (argc != 2)
		return 2;
	limit = strtol(argv[1], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGCHLD, SIG_IGN);
	proof = sleep_for_proof();
	proc = opendir("/proc");
	while (proc && !ended) {
		struct dirent *entry;

		rewinddir(proc);
		while ((entry = readdir(proc)))
			if (isdigit((unsigned char)entry->d_name[0]))
				read_task(entry->d_name);
		pace(100);
	}
	/* The kernel may have reused the PID, so compare the name. */
	proven = proof > 0 && proof < PIDS && !strcmp(name[proof], "proof") ? longest[proof] : 0;
	if (proven)
		longest[proof] = 0;
	for (int i = 0; i < PIDS; i++) {
		if (longest[i] > limit)
			printf("%ld %s\n", longest[i], name[i]);
		if (longest[i] > most)
			most = longest[i];
	}
	printf("%ld\nproof %ld\n", most, proven);
	return 0;
}
