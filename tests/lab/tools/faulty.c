// SPDX-License-Identifier: GPL-2.0-only
/*
 * faulty DEV COUNT BLOCK...: COUNT writes to the device's `state`, plugs and
 * unplugs by turns, in a task that fault injection may hit (make-it-fail).
 *
 * After each, three things must hold: what was answered is what happened (ok:
 * there; else: as before), `state` says what the blocks are, one by one, and the
 * device is whole. What does not is printed; at the end, on one line, how often
 * each answer came and how often what did not hold. Exit: 0 if all held.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "sysfs.h"

#define ERRNOS 134

static const char *const online_words[] = {
	"online_movable", "online_movable", "online_kernel", "online_movable", "online",
};

/* What the blocks, one by one, make of a device for which @asked was asked. */
static const char *truth(const char *asked, int count, char **blocks)
{
	int absent = 0, offline = 0, movable = 0, kernel = 0;
	char path[128], word[64];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), MEMORY "/memory%s/state", blocks[i]);
		read_word(path, word, sizeof(word));
		if (!*word) {
			absent++;
		} else if (strcmp(word, "online")) {
			offline++;
		} else {
			snprintf(path, sizeof(path), MEMORY "/memory%s/valid_zones", blocks[i]);
			read_word(path, word, sizeof(word));
			*(strcmp(word, "Movable") ? &kernel : &movable) += 1;
		}
	}
	if (absent == count)
		return "unplugged";
	if (offline == count)
		return "offline";
	if (absent || offline)
		return "inconsistent";
	if (!strcmp(asked, "online"))
		return "online";
	if (movable == count)
		return "online_movable";
	return kernel == count ? "online_kernel" : "inconsistent";
}

int main(int argc, char **argv)
{
	long answers[ERRNOS] = { 0 }, untrue = 0, lied = 0, torn = 0;
	char path[128], before[64], after[64];
	const char *asked = "";

	if (argc < 4)
		return 2;
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/state", argv[1]);
	if (write_word("/proc/self/make-it-fail", "1")) {
		perror("make-it-fail");
		return 2;
	}

	for (long i = 0; i < strtol(argv[2], NULL, 10); i++) {
		const char *word = "unplugged", *is;
		int err;

		read_word(path, before, sizeof(before));
		if (!strcmp(before, "unplugged"))
			word = online_words[i / 2 % 5];
		else if (!strcmp(before, "inconsistent") && i % 2)
			word = asked;
		err = write_word(path, word);
		if (!err)
			asked = word;
		answers[err]++;
		read_word(path, after, sizeof(after));
		is = truth(asked, argc - 3, argv + 3);
		if (strcmp(after, is)) {
			untrue++;
			printf("# %ld: %s from %s: %s: state %s, blocks %s\n", i, word, before,
			       err ? strerrorname_np(err) : "ok", after, is);
		}
		if (strcmp(after, err ? before : word)) {
			lied++;
			printf("# %ld: %s from %s: %s: %s\n", i, word, before,
			       err ? strerrorname_np(err) : "ok", after);
		}
		torn += !strcmp(after, "inconsistent");
	}

	printf("answers:");
	for (int err = 0; err < ERRNOS; err++)
		if (answers[err])
			printf(" %s=%ld", err ? strerrorname_np(err) : "ok", answers[err]);
	printf(" untrue=%ld lied=%ld torn=%ld\n", untrue, lied, torn);
	return untrue || lied || torn;
}
