// SPDX-License-Identifier: GPL-2.0-only
/*
 * faulty DEV COUNT BLOCK...: makes COUNT writes to the device's `state`, a plug and an unplug in
 * turn, while allocations fail. The caller has set up the fault injection. If the fault injection
 * is restricted to tasks (make-it-fail), this program chooses itself and the module's thread for
 * transactions, and lets at most one allocation of each transaction fail. The undo runs in the
 * same thread, and its allocations succeed, because the one failure has already happened.
 *
 * After each write three things must hold. The device is in the new state if the write succeeded,
 * and in the old state if it failed. `state` agrees with the blocks. The device is not
 * inconsistent. The program prints each violation of the first two. The last line has the number
 * of each result, the number of failed allocations (for tasks only), and the number of violations
 * of each kind. Exit: 0 if there was no violation, else 1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sysfs.h"

#define INJECTION "/sys/kernel/debug/"

#define ERRNOS 134

static const char *const online_words[] = {
	"online_movable", "online_movable", "online_kernel", "online_movable", "online",
};

/* The state of a device with the requested state @asked, computed from its blocks. */
static const char *actual_state(const char *asked, int count, char **blocks)
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

static const char *const injections[] = { "failslab", "fail_page_alloc" };

static void injection_path(char *path, size_t size, int which, const char *name)
{
	snprintf(path, size, INJECTION "%s/%s", injections[which], name);
}

static bool is_for_tasks(void)
{
	char path[128], word[8];

	injection_path(path, sizeof(path), 0, "task-filter");
	read_word(path, word, sizeof(word));
	return *word == 'Y';
}

/* Allows one failure of failslab or of fail_page_alloc, in turn, and no failure of the other. */
static void allow_one_failure(long turn)
{
	char path[128];

	for (int i = 0; i < 2; i++) {
		injection_path(path, sizeof(path), i, "times");
		write_word(path, i == turn % 2 ? "1" : "0");
	}
}

static bool has_failed(long turn)
{
	char path[128], word[32];

	injection_path(path, sizeof(path), (int)(turn % 2), "times");
	read_word(path, word, sizeof(word));
	return !strcmp(word, "0");
}

/* Enables failures in the device's thread and in this process. Return: 0, or an errno. */
static int may_fail(const char *device)
{
	char path[300], name[64], wanted[64];
	DIR *proc = opendir("/proc");
	struct dirent *d;
	int err = ESRCH;

	if (!proc)
		return errno;
	snprintf(wanted, sizeof(wanted), "kmem/%s", device);
	while (err == ESRCH && (d = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		read_word(path, name, sizeof(name));
		if (strcmp(name, wanted))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/make-it-fail", d->d_name);
		err = write_word(path, "1");
	}
	closedir(proc);
	return err ?: write_word("/proc/self/make-it-fail", "1");
}

int main(int argc, char **argv)
{
	long failed = 0;
	bool for_tasks;
	long answers[ERRNOS] = { 0 }, wrong_states = 0, wrong_results = 0, incomplete = 0;
	char path[128], before[64], after[64];
	const char *asked = "";

	if (argc < 4)
		return 2;
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/state", argv[1]);
	for_tasks = is_for_tasks();
	if (for_tasks && may_fail(argv[1])) {
		fprintf(stderr, "faulty: no task of kmem/%s to hit\n", argv[1]);
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
		if (for_tasks)
			allow_one_failure(i);
		err = write_word(path, word);
		if (for_tasks && has_failed(i))
			failed++;
		if (!err)
			asked = word;
		answers[err]++;
		read_word(path, after, sizeof(after));
		is = actual_state(asked, argc - 3, argv + 3);
		if (strcmp(after, is)) {
			wrong_states++;
			printf("# %ld: %s from %s: %s: state %s, blocks %s\n", i, word, before,
			       err ? strerrorname_np(err) : "ok", after, is);
		}
		if (strcmp(after, err ? before : word)) {
			wrong_results++;
			printf("# %ld: %s from %s: %s: %s\n", i, word, before,
			       err ? strerrorname_np(err) : "ok", after);
		}
		incomplete += !strcmp(after, "inconsistent");
	}

	printf("answers:");
	for (int err = 0; err < ERRNOS; err++)
		if (answers[err])
			printf(" %s=%ld", err ? strerrorname_np(err) : "ok", answers[err]);
	printf(" failed=%ld wrong_states=%ld wrong_results=%ld incomplete=%ld\n", failed,
	       wrong_states, wrong_results, incomplete);
	return wrong_states || wrong_results || incomplete;
}
