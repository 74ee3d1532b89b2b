// SPDX-License-Identifier: GPL-2.0-only
/*
 * cycle DEV COUNT WORD...: plugs the device as each WORD and unplugs it, COUNT times. Reads the
 * device's `state` after each write. Prints three numbers: how many plugs succeeded, after how
 * many plugs `state` was WORD, and how many unplugs succeeded and left `state` "unplugged".
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "sysfs.h"

int main(int argc, char **argv)
{
	long plugs = 0, there = 0, gone = 0;
	char path[128], now[64];

	if (argc < 4)
		return 2;
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/state", argv[1]);

	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		for (char **word = argv + 3; *word; word++) {
			int err = write_word(path, *word);

			read_word(path, now, sizeof(now));
			plugs += !err;
			there += !strcmp(now, *word);
			err = write_word(path, "unplugged");
			read_word(path, now, sizeof(now));
			gone += !err && !strcmp(now, "unplugged");
		}
	}
	printf("%ld %ld %ld\n", plugs, there, gone);
	return 0;
}
