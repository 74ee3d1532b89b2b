// SPDX-License-Identifier: GPL-2.0-only
/*
 * snap DEV: all that the kernel shows of a dax device's memory, one fact per
 * line, so that two of them can be compared: state, every memory block from
 * 4 GiB up with its state and zone, every line of /proc/iomem below the
 * device's name, MemTotal.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY "/sys/devices/system/memory"

static char *first_line(const char *path)
{
	static char line[256];
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, sizeof(line), f))
		strcpy(line, "none");
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
	return line;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_block(const struct dirent *d)
{
	return !strncmp(d->d_name, "memory", 6);
}

static void show_blocks(void)
{
	unsigned long first = (4UL << 30) /
		strtoul(first_line(MEMORY "/block_size_bytes"), NULL, 16);
	struct dirent **names;
	int n = scandir(MEMORY, &names, is_block, by_number);
	char path[512], *state;

	for (int i = 0; i < n; i++) {
		if (strtoul(names[i]->d_name + 6, NULL, 10) < first)
			continue;
		snprintf(path, sizeof(path), MEMORY "/%s/state", names[i]->d_name);
		state = first_line(path);
		printf("%s %s", names[i]->d_name, state);
		/* An offline block's zones hang on its neighbours. */
		if (!strcmp(state, "online")) {
			snprintf(path, sizeof(path), MEMORY "/%s/valid_zones",
				 names[i]->d_name);
			printf(" %s", first_line(path));
		}
		putchar('\n');
	}
}

static void show_file(const char *path, const char *key, int children)
{
	char line[512];
	FILE *f = fopen(path, "r");
	int below = -1;

	while (f && fgets(line, sizeof(line), f)) {
		int indent = (int)strspn(line, " ");

		if (strstr(line, key)) {
			below = indent;
			fputs(line, stdout);
		} else if (children && below >= 0 && indent > below) {
			fputs(line, stdout);
		} else {
			below = -1;
		}
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	char path[512];

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/state", argv[1]);
	printf("%s %s\n", argv[1], first_line(path));
	show_blocks();
	show_file("/proc/iomem", argv[1], 1);
	show_file("/proc/meminfo", "MemTotal", 0);
	return 0;
}
