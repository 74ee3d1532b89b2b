// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks after each program, and the return to the base state in which the next program
 * begins. There, all devices are bound and unplugged, and the settings have the values of
 * set_base() and end_parameters().
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../guest/tools/pace.h"
#include "../guest/tools/sysfs.h"
#include "fuzz.h"

/* Ten times as long as the slowest bind or unplug takes in the debugging kernel. */
#define LIMIT_MS 600000

struct device devices[MAX_DEVICES];
unsigned int nr_devices;
uint64_t block_size;
static unsigned long mem_total;
static int kernel_log = -1;

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned long meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long value = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = strtoul(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static void find_blocks(struct device *d)
{
	char file[64], word[64];

	for (int i = 0; ; i++) {
		uint64_t start, end;

		snprintf(file, sizeof(file), "mapping%d/start", i);
		device_read(d, file, word, sizeof(word));
		if (!*word)
			return;
		start = strtoull(word, NULL, 16);
		snprintf(file, sizeof(file), "mapping%d/end", i);
		device_read(d, file, word, sizeof(word));
		end = strtoull(word, NULL, 16) + 1;
		for (start = (start + block_size - 1) / block_size; start < end / block_size;
		     start++)
			if (d->nr_blocks < MAX_BLOCKS)
				d->block[d->nr_blocks++] = start;
	}
}

/* A "+" after a name means that a program may remove the device: its parent creates it again. */
void find_devices(char **names, unsigned int count)
{
	char word[64], path[128];

	read_word(MEMORY "/block_size_bytes", word, sizeof(word));
	block_size = strtoull(word, NULL, 16);
	for (; nr_devices < count && nr_devices < MAX_DEVICES; nr_devices++) {
		struct device *d = &devices[nr_devices];
		char *plus = strchr(names[nr_devices], '+');

		d->letter = (char)('a' + nr_devices);
		d->may_go = plus;
		if (plus)
			*plus = '\0';
		d->name = names[nr_devices];
		device_read(d, "target_node", word, sizeof(word));
		d->node = (int)strtol(word, NULL, 10);
		snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/..", d->name);
		d->parent = realpath(path, NULL);
		snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/../driver", d->name);
		d->parent_driver = realpath(path, NULL);
		find_blocks(d);
		if (!d->nr_blocks || !d->parent || (d->may_go && !d->parent_driver))
			errx(2, "%s: no blocks or no parent", d->name);
	}
}

void blocks_look(const struct device *d, char *letters)
{
	char path[128], word[64];
	unsigned int i;

	for (i = 0; i < d->nr_blocks; i++) {
		snprintf(path, sizeof(path), MEMORY "/memory%lu/state", d->block[i]);
		read_word(path, word, sizeof(word));
		letters[i] = *word ? 'o' : '-';
		if (strcmp(word, "online"))
			continue;
		snprintf(path, sizeof(path), MEMORY "/memory%lu/valid_zones", d->block[i]);
		read_word(path, word, sizeof(word));
		letters[i] = strcmp(word, "Movable") ? 'k' : 'm';
	}
	letters[i] = '\0';
}

/* The state may be "online" if that was requested last. Then each block may be in any zone. */
bool is_true(const struct device *d, const char *letters, const char *word)
{
	const char *right = "inconsistent";

	if (strspn(letters, "-") == d->nr_blocks)
		right = "unplugged";
	else if (strspn(letters, "o") == d->nr_blocks)
		right = "offline";
	else if (strspn(letters, "km") == d->nr_blocks && !strcmp(word, "online"))
		right = "online";
	else if (strspn(letters, "k") == d->nr_blocks)
		right = "online_kernel";
	else if (strspn(letters, "m") == d->nr_blocks)
		right = "online_movable";
	return !strcmp(word, right);
}

static unsigned int count(const char *letters, char letter)
{
	unsigned int n = 0;

	for (; *letters; letters++)
		n += *letters == letter;
	return n;
}

static void check_counts(const struct device *d, const char *letters)
{
	static const char names[] = "-okm";
	static const char *const lines[] = { "absent", "offline", "kernel", "movable" };
	char path[128], line[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/plug/blocks", d->name);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		char *number = strchr(line, ' ');

		if (!number)
			continue;
		*number++ = '\0';
		for (unsigned int i = 0; i < 4; i++)
			if (!strcmp(line, lines[i]) &&
			    strtoul(number, NULL, 10) != count(letters, names[i]))
				finding("%s: plug/blocks says %s %s, blocks are %s", d->name,
					line, number, letters);
	}
	if (f)
		fclose(f);
}

void oracle_check(void)
{
	for (const struct device *d = devices; d < devices + nr_devices; d++) {
		char letters[MAX_BLOCKS + 1], word[64];

		if (!is_bound(d))
			continue;
		blocks_look(d, letters);
		device_read(d, "state", word, sizeof(word));
		if (!is_true(d, letters, word))
			finding("%s: state is %s, blocks are %s", d->name, word, letters);
		check_counts(d, letters);
	}
}

static void set_base(const struct device *d)
{
	device_write(d, "plug/guard", "transition");
	device_write(d, "plug/policy", "default");
	device_write(d, "plug/memmap_on_memory", "default");
	device_write(d, "plug/timeout_ms", "0");
	device_write(d, "plug/stall_ms", "2000");
}

static void end_faults(void)
{
	static const char *const vetoes[] = { "MEM_GOING_ONLINE", "MEM_GOING_OFFLINE" };
	static const char *const refusals[] = { "offline", "online", "after" };
	char path[160];

	fail_nothing();
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path),
			 "/sys/kernel/debug/notifier-error-inject/memory/actions/%s/error",
			 vetoes[i]);
		write_word(path, "0");
	}
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/sys/module/refuse/parameters/%s", refusals[i]);
		write_word(path, "-1");
	}
	write_word("/sys/module/refuse/parameters/slow_ms", "0");
	write_word("/sys/module/claim/parameters/region", "0");
	write_word("/sys/module/pin/parameters/address", "0");
	write_word("/sys/kernel/mm/numa/demotion_enabled", "N");
	write_word(MEMORY "/auto_online_blocks", "offline");
}

static void end_parameters(void)
{
	char path[128];

	for (unsigned int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/sys/module/kmem/parameters/%s",
			 arg_word(ARG_SWITCH, i));
		write_word(path, "Y");
	}
	write_word("/sys/module/kmem/parameters/policy", "\n");
	write_word("/sys/module/kmem/parameters/memmap_on_memory", "default");
}

/* Creates the device again if it was removed, and binds it. A failure is a finding. */
static void bind(const struct device *d)
{
	char path[128];
	long end = now_ms() + LIMIT_MS;
	int err = 0;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s", d->name);
	if (access(path, F_OK) && d->may_go) {
		err = parent_write(d, "bind");
		while (access(path, F_OK) && now_ms() < end)
			pace(10);
	}
	if (!is_bound(d))
		err = driver_write("bind", d->name);
	if (!is_bound(d))
		finding("%s does not bind: %s", d->name, strerrorname_np(err));
}

/* Return: false if the kernel's own memory prevents the unplug. Another failure is a finding. */
static bool unplug(const struct device *d)
{
	long end = now_ms() + LIMIT_MS;
	char letters[MAX_BLOCKS + 1], word[64];
	int tries = 0;

	for (;;) {
		int err = device_write(d, "state", "unplugged");

		if (!err)
			break;
		blocks_look(d, letters);
		if (strchr(letters, 'k') && ++tries > 5)
			return false;
		if (now_ms() > end) {
			finding("%s does not unplug: %s, blocks are %s", d->name,
				strerrorname_np(err), letters);
			return true;
		}
		write_word("/proc/sys/vm/drop_caches", "3");
	}
	device_write(d, "plug/poison", "forget");
	blocks_look(d, letters);
	device_read(d, "state", word, sizeof(word));
	if (strcmp(word, "unplugged") || !is_true(d, letters, word))
		finding("%s unplugs, and state is %s, blocks are %s", d->name, word, letters);
	return true;
}

/* A program may unload the module, and then fail to load it because its faults are still active. */
static void reload_if_missing(void)
{
	int err;

	if (!access("/sys/module/kmem", F_OK))
		return;
	if (!shared->reloaded) {
		finding("the module is not loaded, and the program has not unloaded it");
		return;
	}
	err = load_module();
	if (err)
		finding("without faults the module does not load: %s", strerrorname_np(err));
	cover_sections();
}

bool oracle_return_to_base(void)
{
	bool free = true;

	end_faults();
	reload_if_missing();
	end_parameters();
	for (const struct device *d = devices; d < devices + nr_devices; d++)
		bind(d);
	oracle_check();
	for (const struct device *d = devices; d < devices + nr_devices && !*shared->finding; d++) {
		set_base(d);
		free &= unplug(d);
	}
	if (*shared->finding || !free)
		return free;
	if (mem_total && meminfo("MemTotal:") != mem_total)
		finding("MemTotal is %lu kB, and was %lu", meminfo("MemTotal:"), mem_total);
	mem_total = meminfo("MemTotal:");
	return true;
}

static bool is_report(const char *line)
{
	static const char *const reports[] = {
		"BUG:", "kernel BUG at", "KASAN:", "UBSAN:", "Oops", "eneral protection",
		"INFO: task ", "soft lockup", "hard LOCKUP", " detected!", " imbalance!",
		"list_add corruption", "list_del corruption", "ODEBUG:", "INFO: trying to register",
		"turning off the locking", "BUG ",
	};

	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++)
		if (strstr(line, reports[i]))
			return true;
	/* The kernel itself warns in add_pages() after an injected failure of an allocation. */
	return strstr(line, "WARNING: CPU") && !strstr(line, " add_pages+");
}

const char *oracle_report(void)
{
	static char text[1024];
	ssize_t n;

	while ((n = read(kernel_log, text, sizeof(text) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		text[n < 0 ? 0 : n] = '\0';
		if (is_report(text)) {
			text[strcspn(text, "\n")] = '\0';
			return text;
		}
	}
	return NULL;
}

void oracle_begin(void)
{
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kernel_log < 0 || lseek(kernel_log, 0, SEEK_END) < 0)
		err(2, "/dev/kmsg");
	oracle_return_to_base();
}
