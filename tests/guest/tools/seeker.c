// SPDX-License-Identifier: GPL-2.0-only
/*
 * seeker NODE MIB once|loop FRAME...: searches for page frames. It allocates MIB MiB in single
 * pages, from NODE first, reads their frame numbers, and frees all of them. With "loop" it repeats
 * that until SIGTERM, and waits while NODE has no memory. It then also prints "found" when it gets
 * the first page that is in the same memory block as a FRAME.
 *
 * At the end it prints how many pages were in the same memory block as a FRAME, and how many were
 * a FRAME itself. It must run as root, because the kernel shows frame numbers only to root.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pace.h"

#define MPOL_PREFERRED 1
#define PAGE 4096UL

static volatile sig_atomic_t ended;
static unsigned long per_block, near, bad, mask;
static int loop;

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static void check_frame(uint64_t frame, char **frames)
{
	int is_near = 0;

	for (; *frames; frames++) {
		uint64_t one = strtoull(*frames, NULL, 0);

		is_near |= one / per_block == frame / per_block;
		bad += one == frame;
	}
	if (loop && is_near && !near) {
		puts("found");
		fflush(stdout);
	}
	near += (unsigned long)is_near;
}

/* Sets the memory policy. Return: 0 if the node has no memory, else 1. */
static int prefer_node(void)
{
	return !syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 64);
}

static int seek(int pagemap, size_t size, char **frames)
{
	static uint64_t entries[512];
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		return 1;
	madvise(mem, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size && !ended; at += sizeof(entries) / 8 * PAGE) {
		size_t n = (size - at) / PAGE;

		if (!prefer_node() && loop)
			break;
		if (n > sizeof(entries) / 8)
			n = sizeof(entries) / 8;
		for (size_t i = 0; i < n; i++)
			mem[at + i * PAGE] = 1;
		if (pread(pagemap, entries, n * 8, (off_t)((uintptr_t)(mem + at) / PAGE * 8)) !=
		    (ssize_t)(n * 8))
			return 1;
		for (size_t i = 0; i < n; i++)
			check_frame(entries[i] & ((1ULL << 55) - 1), frames);
	}
	return munmap(mem, size);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	char line[64] = "";
	int fd, pagemap;

	if (argc < 5)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	fd = open("/sys/devices/system/memory/block_size_bytes", O_RDONLY);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		return 2;
	per_block = strtoul(line, NULL, 16) / PAGE;
	mask = 1UL << strtoul(argv[1], NULL, 0);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	loop = !strcmp(argv[3], "loop");
	do {
		if (loop && !prefer_node()) {
			pace(1);
			continue;
		}
		if (seek(pagemap, strtoul(argv[2], NULL, 0) << 20, argv + 4)) {
			perror("seeker");
			return 2;
		}
	} while (!ended && loop);
	printf("%lu %lu\n", near, bad);
	return 0;
}
