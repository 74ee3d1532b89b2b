// SPDX-License-Identifier: GPL-2.0-only
/*
 * big_process DEV MIB ROUNDS: allocates MIB MiB of memory in pages of 4 KiB. Then it plugs DEV in
 * ZONE_MOVABLE and unplugs it ROUNDS times through the library. Prints the shortest time of a plug
 * and the shortest time of an unplug, in microseconds. With lab/run --icount a microsecond is
 * 1,000 instructions, and the kernel's instructions count, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "daxplug.h"
#include "daxplug_change.h"

static void die(const char *what, int err)
{
	fprintf(stderr, "big_process: %s: %s\n", what, strerror(-err));
	exit(1);
}

/* Writes another number to each page, so that every page is allocated and none is shared. */
static void take(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE)) {
		perror("big_process: memory");
		exit(1);
	}
	for (size_t at = 0; at < bytes; at += 4096)
		*(size_t *)(memory + at) = at + 1;
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void keep_least(long *least, long begin)
{
	long took = microseconds() - begin;

	if (!*least || took < *least)
		*least = took;
}

int main(int argc, char **argv)
{
	struct daxplug_ctx *ctx;
	struct daxplug_device *dev;
	long plug = 0, unplug = 0;
	int err;

	if (argc != 4) {
		fputs("usage: big_process DEV MIB ROUNDS\n", stderr);
		return 2;
	}
	err = daxplug_new(&ctx);
	if (err)
		die("context", err);
	err = daxplug_device_get_by_name(ctx, argv[1], &dev);
	if (err)
		die(argv[1], err);
	take(strtoul(argv[2], NULL, 10) << 20);

	for (unsigned long left = strtoul(argv[3], NULL, 10); left; left--) {
		long begin = microseconds();

		err = daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL);
		if (err)
			die("plug", err);
		keep_least(&plug, begin);

		begin = microseconds();
		err = daxplug_device_unplug(dev, NULL);
		if (err)
			die("unplug", err);
		keep_least(&unplug, begin);
	}
	printf("%ld %ld\n", plug, unplug);
	daxplug_device_unref(dev);
	daxplug_unref(ctx);
	return 0;
}
