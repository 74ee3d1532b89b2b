// SPDX-License-Identifier: GPL-2.0-only
/*
 * adversary online|offline|flip BLOCK...: switches the memory blocks one after the other,
 * without pause, until it is killed. "flip" takes each block offline and brings it back online.
 * A block that does not exist and a switch that fails are ignored. On SIGUSR1 it writes the
 * number of its successful switches to /tmp/adversary.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>

#include "sysfs.h"

static volatile sig_atomic_t asked;

static void on_signal(int sig)
{
	(void)sig;
	asked = 1;
}

static int put(const char *block, const char *word)
{
	char path[128];

	snprintf(path, sizeof(path), MEMORY "/memory%s/state", block);
	return !write_word(path, word);
}

static void answer(unsigned long done)
{
	FILE *f = fopen("/tmp/adversary", "w");

	if (f) {
		fprintf(f, "%lu\n", done);
		fclose(f);
	}
	asked = 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	unsigned long done = 0;
	int flip, on;

	if (argc < 3)
		return 2;
	flip = !strcmp(argv[1], "flip");
	on = strcmp(argv[1], "offline") != 0;
	sigaction(SIGUSR1, &action, NULL);

	for (;;) {
		for (int i = 2; i < argc; i++) {
			if (flip || !on)
				done += (unsigned long)put(argv[i], "offline");
			if (flip || on)
				done += (unsigned long)put(argv[i], "online_movable");
			if (asked)
				answer(done);
		}
	}
}
