// SPDX-License-Identifier: GPL-2.0-only
/*
 * snap DEV: prints what the kernel shows of the memory of a DAX device, one fact a line, so that
 * two such snapshots can be compared. The facts are the device's `state`, every memory block from
 * 4 GiB up with its state and zone, every line of /proc/iomem with the device's name and the lines
 * below it, and MemTotal.
 *
 * snap DEV FILE WORD: makes a snapshot, writes WORD to FILE, and makes another snapshot. The
 * snapshots are in /tmp/before and /tmp/after. Prints the result of the write ("ok" or the name of
 * the errno), the state before, the state after, and "same" or "changed" for the snapshots.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "sysfs.h"

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_block(const struct dirent *d)
{
	return !strncmp(d->d_name, "memory", 6);
}

static void show_blocks(FILE *out)
{
	char path[512], word[256];
	struct dirent **names;
	unsigned long first;
	int n;

	read_word(MEMORY "/block_size_bytes", word, sizeof(word));
	first = (4UL << 30) / strtoul(word, NULL, 16);
	n = scandir(MEMORY, &names, is_block, by_number);
	for (int i = 0; i < n; i++) {
		if (strtoul(names[i]->d_name + 6, NULL, 10) >= first) {
			snprintf(path, sizeof(path), MEMORY "/%s/state", names[i]->d_name);
			read_word(path, word, sizeof(word));
			fprintf(out, "%s %s", names[i]->d_name, word);
			/* Leave out an offline block's zones. They depend on its neighbours. */
			if (!strcmp(word, "online")) {
				snprintf(path, sizeof(path), MEMORY "/%s/valid_zones",
					 names[i]->d_name);
				read_word(path, word, sizeof(word));
				fprintf(out, " %s", word);
			}
			fputc('\n', out);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void show_file(FILE *out, const char *path, const char *key, int children)
{
	char line[512];
	FILE *f = fopen(path, "r");
	int below = -1;

	while (f && fgets(line, sizeof(line), f)) {
		int indent = (int)strspn(line, " ");

		if (strstr(line, key)) {
			below = indent;
			fputs(line, out);
		} else if (children && below >= 0 && indent > below) {
			fputs(line, out);
		} else {
			below = -1;
		}
	}
	if (f)
		fclose(f);
}

/* Return: the snapshot as one string, which the caller frees. */
static char *snapshot(const char *dev, char *state, size_t size)
{
	char path[512], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		exit(1);
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/state", dev);
	read_word(path, state, size);
	fprintf(out, "%s %s\n", dev, *state ? state : "none");
	show_blocks(out);
	show_file(out, "/proc/iomem", dev, 1);
	show_file(out, "/proc/meminfo", "MemTotal", 0);
	fclose(out);
	return text;
}

static void keep(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		exit(1);
}

int main(int argc, char **argv)
{
	char from[64], to[64], *before, *after;
	int err;

	if (argc != 2 && argc != 4)
		return 2;
	before = snapshot(argv[1], from, sizeof(from));
	if (argc == 2) {
		fputs(before, stdout);
		free(before);
		return 0;
	}
	err = write_word(argv[2], argv[3]);
	after = snapshot(argv[1], to, sizeof(to));
	keep("/tmp/before", before);
	keep("/tmp/after", after);
	printf("%s %s %s %s\n", err ? strerrorname_np(err) : "ok", from, to,
	       strcmp(before, after) ? "changed" : "same");
	free(before);
	free(after);
	return 0;
}
