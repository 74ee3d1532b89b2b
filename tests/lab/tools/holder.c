// SPDX-License-Identifier: GPL-2.0-only
/*
 * holder WAY NODE [FILE]: stands in the way of an unplug, with one page of 4 MiB
 * of its own, or of FILE, on a node, or on "any":
 *
 *	pipe	the page is in a pipe, which has a reference to it
 *	dma	the page is pinned by the module pin
 *	tables	with page tables, and the pages that they map
 *
 * Prints the page frame ("tables": of no page in particular, 0) and waits for
 * SIGTERM, then lets go.
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
#include <sys/uio.h>
#include <unistd.h>

#define SIZE (4UL << 20)
#define PIN "/sys/module/pin/parameters/address"
#define MPOL_BIND 2

static uint64_t pfn_of(const char *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (fd < 0 || pread(fd, &entry, 8, (off_t)((uintptr_t)at / 4096 * 8)) != 8)
		entry = 0;
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

static int pin(unsigned long address)
{
	FILE *file = fopen(PIN, "w");
	int bad;

	if (!file)
		return 1;
	fprintf(file, "%lu", address);
	bad = fclose(file);
	return bad;
}

static int bind_to(unsigned long node)
{
	unsigned long mask = 1UL << node;

	return syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64) != 0;
}

static int make_tables(void)
{
	char *mem = mmap(NULL, 64UL << 21, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		return 1;
	madvise(mem, 64UL << 21, MADV_NOHUGEPAGE);
	for (int i = 0; i < 64; i++)
		mem[(size_t)i << 21] = 1;
	return 0;
}

static char *take_memory(const char *path)
{
	int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *mem;

	if (path) {
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || ftruncate(fd, SIZE))
			return NULL;
		flags = MAP_SHARED;
	}
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (mem == MAP_FAILED)
		return NULL;
	madvise(mem, SIZE, MADV_NOHUGEPAGE);
	memset(mem, 0x5a, SIZE);
	return mem;
}

int main(int argc, char **argv)
{
	const char *way = argv[1];
	int sig, bad = 1;
	char *mem, *page = NULL;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);

	if (argc < 3)
		return 2;
	if (strcmp(argv[2], "any") && bind_to(strtoul(argv[2], NULL, 0))) {
		perror("set_mempolicy");
		return 2;
	}
	if (!strcmp(way, "tables")) {
		bad = make_tables();
	} else if ((mem = take_memory(argc > 3 ? argv[3] : NULL))) {
		struct iovec iov = { mem + SIZE / 2, 4096 };

		page = mem + SIZE / 2;
		if (!strcmp(way, "pipe")) {
			int pipes[2];

			bad = pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != 4096;
		} else if (!strcmp(way, "dma")) {
			bad = pin((unsigned long)page);
		}
	}
	if (bad) {
		perror(way);
		return 2;
	}
	printf("0x%llx\n", page ? (unsigned long long)pfn_of(page) : 0ULL);
	fflush(stdout);

	sigwait(&set, &sig);
	if (!strcmp(way, "dma"))
		pin(0);
	return 0;
}
