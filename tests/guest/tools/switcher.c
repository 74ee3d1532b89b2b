// SPDX-License-Identifier: GPL-2.0-only
/*
 * switcher FILE PAUSE WORD WORD...: writes the words to FILE in turn, like a tool that switches
 * processors or memory. It pauses for PAUSE microseconds after each write. On SIGUSR1 it prints how
 * many writes succeeded, how many failed, and how many milliseconds the longest write took. Then it
 * resets these counts. On SIGTERM it prints them and ends. At its start it prints zeros. Failed
 * writes count for the longest time, too, because they also wait. A write that runs when the signal
 * comes counts, and no later one.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sysfs.h"

static volatile sig_atomic_t asked, end;
static unsigned long good, bad;
static long longest;	/* in us */

static void on_signal(int sig)
{
	asked = 1;
	if (sig == SIGTERM)
		end = 1;
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void print_if_asked(void)
{
	if (!asked)
		return;
	asked = 0;
	printf("%lu %lu %ld\n", good, bad, longest / 1000);
	fflush(stdout);
	good = bad = 0;
	longest = 0;
}

int main(int argc, char **argv)
{
	/* With SA_RESTART a signal does not end the write with EINTR. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	useconds_t pause;

	if (argc < 4)
		return 2;
	pause = (useconds_t)strtoul(argv[2], NULL, 0);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	puts("0 0 0");
	fflush(stdout);
	for (int i = 3; !end; i = i + 1 < argc ? i + 1 : 3) {
		long begin = now_us();
		int err = write_word(argv[1], argv[i]);
		long took = now_us() - begin;

		good += !err;
		bad += err != 0;
		if (took > longest)
			longest = took;
		print_if_asked();
		/* A signal ends this pause, so the next write begins at once. */
		usleep(pause);
		print_if_asked();
	}
	/* A signal may have come after the last check. */
	print_if_asked();
	return 0;
}
