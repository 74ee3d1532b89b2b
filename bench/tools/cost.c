// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost DEV WORD [FILE]: writes WORD to the `state` of a dax device, or to FILE
 * beside it, and prints one line: what was answered, how many nanoseconds it
 * took (instructions, under lab/run --icount), how many pages the kernel
 * copied meanwhile, and how many of the device's pages were in use before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEVICES "/sys/bus/dax/devices"

/* From Documentation/admin-guide/mm/pagemap.rst: LRU, SLAB, MMAP, ANON, HUGE, PGTABLE. */
#define IN_USE ((1ULL << 5) | (1ULL << 7) | (1ULL << 11) | (1ULL << 12) | \
		(1ULL << 17) | (1ULL << 26))

static unsigned long long read_number(const char *path)
{
	unsigned long long value = 0;
	FILE *file = fopen(path, "r");

	if (file) {
		if (fscanf(file, "%lli", (long long *)&value) != 1)
			value = 0;
		fclose(file);
	}
	return value;
}

static unsigned long count_range(int flags, uint64_t pfn, uint64_t end)
{
	static uint64_t page[65536];
	unsigned long used = 0;

	while (pfn < end) {
		uint64_t n = end - pfn < 65536 ? end - pfn : 65536;

		if (pread(flags, page, n * 8, (off_t)pfn * 8) != (ssize_t)(n * 8))
			break;
		for (uint64_t i = 0; i < n; i++)
			used += (page[i] & IN_USE) != 0;
		pfn += n;
	}
	return used;
}

static unsigned long used_pages(const char *dev)
{
	int flags = open("/proc/kpageflags", O_RDONLY);
	unsigned long used = 0;
	char path[256];

	for (int i = 0; flags >= 0; i++) {
		unsigned long long start, end;

		snprintf(path, sizeof(path), DEVICES "/%s/mapping%d/start", dev, i);
		if (access(path, R_OK))
			break;
		start = read_number(path);
		snprintf(path, sizeof(path), DEVICES "/%s/mapping%d/end", dev, i);
		end = read_number(path);
		used += count_range(flags, start >> 12, (end + 1) >> 12);
	}
	if (flags >= 0)
		close(flags);
	return used;
}

static unsigned long long copied(void)
{
	unsigned long long value, found = 0;
	FILE *file = fopen("/proc/vmstat", "r");
	char name[64];

	while (file && fscanf(file, "%63s %llu", name, &value) == 2)
		if (!strcmp(name, "pgmigrate_success"))
			found = value;
	if (file)
		fclose(file);
	return found;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned long long copies;
	unsigned long used;
	long long begin, end;
	char path[256];
	int fd, err;

	if (argc < 3)
		return 2;
	snprintf(path, sizeof(path), DEVICES "/%s/%s", argv[1], argc > 3 ? argv[3] : "state");
	fd = open(path, O_WRONLY);
	if (fd < 0) {
		perror(path);
		return 2;
	}
	used = used_pages(argv[1]);
	copies = copied();
	begin = now();
	err = write(fd, argv[2], strlen(argv[2])) < 0 ? errno : 0;
	end = now();
	copies = copied() - copies;
	printf("%s %lld %llu %lu\n", err ? strerrorname_np(err) : "ok", end - begin, copies, used);
	close(fd);
	return 0;
}
