// SPDX-License-Identifier: GPL-2.0-only
/*
 * actual_state REQUESTED BLOCK...: prints the actual state of a device, computed from its memory
 * blocks one by one. REQUESTED is the type that was requested last. Only "online" makes a
 * difference: if all blocks are online, the state is then "online" in any zone.
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "sysfs.h"

static void read_block(const char *block, const char *file, char *word, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), MEMORY "/memory%s/%s", block, file);
	read_word(path, word, size);
}

int main(int argc, char **argv)
{
	int absent = 0, offline = 0, movable = 0, kernel = 0;
	const char *state = "inconsistent";
	char word[64];

	for (int i = 2; i < argc; i++) {
		read_block(argv[i], "state", word, sizeof(word));
		if (!strcmp(word, "online"))
			read_block(argv[i], "valid_zones", word, sizeof(word));
		if (!*word)
			absent++;
		else if (!strcmp(word, "offline"))
			offline++;
		else if (!strcmp(word, "Movable"))
			movable++;
		else
			kernel++;
	}

	if (!offline && !movable && !kernel)
		state = "unplugged";
	else if (absent)
		state = "inconsistent";
	else if (!movable && !kernel)
		state = "offline";
	else if (offline)
		state = "inconsistent";
	else if (argc > 1 && !strcmp(argv[1], "online"))
		state = "online";
	else if (!movable)
		state = "online_kernel";
	else if (!kernel)
		state = "online_movable";
	puts(state);
	return 0;
}
