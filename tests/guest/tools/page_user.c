// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_user WAY NODE [FILE|COUNT]: prevents an unplug by using a page. It allocates 4 MiB of
 * memory, or maps 4 MiB of FILE, on NODE or on any node ("any"), and uses one of these pages. WAY
 * is how:
 *
 * 	pipe	a pipe has a reference to the page
 * 	outsider as "pipe", but as user 65534, and only when NODE has memory
 * 	drip	COUNT pages of one memory block are used, each in a pipe of its own; after
 * 		SIGUSR1 one of them is released each second
 * 	huge	a pipe has a reference to the page, which is part of a huge page
 * 	dma	the module "pin" pins the page
 * 	uring	the page is a buffer that is registered with io_uring; the kernel first
 * 		migrates it out of ZONE_MOVABLE, because this is a long-term pin
 * 	tables	64 page tables are used, and the pages that they map
 *
 * Prints the page frame number, or 0 for "tables", because there is no single page. Then it waits
 * for SIGTERM and releases everything.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pace.h"

#define SIZE (4UL << 20)
#define PIN "/sys/module/pin/parameters/address"
#define MPOL_BIND 2
#define DRIP_MAX 256		/* largest COUNT for "drip"; each needs two descriptors */

/* /proc/self/pagemap, opened as root, because the kernel shows frame numbers only to root. */
static int pagemap;
static unsigned long page_size;

static uint64_t pfn_of(const char *at)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, 8, (off_t)((uintptr_t)at / page_size * 8)) != 8)
		entry = 0;
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

/*
 * The policy is only for this memory. So the kernel's memory for this process, such as page
 * tables, comes from other nodes.
 */
static char *take_bound_memory(const char *node)
{
	unsigned long mask = 1UL << strtoul(node, NULL, 0);
	char *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED || syscall(SYS_mbind, mem, SIZE, MPOL_BIND, &mask, 64, 0))
		return NULL;
	madvise(mem, SIZE, MADV_NOHUGEPAGE);
	memset(mem, 0x5a, SIZE);
	return mem;
}

static int register_buffer(struct iovec *iov)
{
	struct io_uring_params params = { 0 };
	long ring = syscall(SYS_io_uring_setup, 1, &params);

	return ring < 0 ||
	       syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, iov, 1) < 0;
}

static int bind_to(unsigned long node)
{
	unsigned long mask = 1UL << node;

	return syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64) != 0;
}

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	       setresuid(65534, 65534, 65534);
}

/* Repeats until the node has memory. A policy cannot bind to a node without memory (EINVAL). */
static int bind_when_there(unsigned long node)
{
	while (bind_to(node)) {
		if (errno != EINVAL)
			return 1;
		pace(1);
	}
	return 0;
}

static unsigned long pages_per_block(void)
{
	FILE *file = fopen("/sys/devices/system/memory/block_size_bytes", "r");
	char line[32] = "";
	unsigned long pages;
	int has_line = file && fgets(line, sizeof(line), file);

	if (file)
		fclose(file);
	pages = has_line ? strtoul(line, NULL, 16) / page_size : 0;
	return pages ? pages : 1;
}

/* Puts @count pages into a pipe each. They are in the memory block of the first page. */
static int drip_fill(char *mem, int (*pipes)[2], int count)
{
	unsigned long per_block = pages_per_block(), block = pfn_of(mem) / per_block;
	int held = 0;

	for (char *page = mem; held < count && page < mem + SIZE; page += page_size) {
		struct iovec iov = { page, page_size };

		if (pfn_of(page) / per_block != block)
			continue;
		if (pipe(pipes[held]) || vmsplice(pipes[held][1], &iov, 1, 0) != (ssize_t)page_size)
			return 1;
		held++;
	}
	return held != count;
}

static int drip(char *mem, int count, const sigset_t *set)
{
	static const struct timespec second = { .tv_sec = 1 };
	int pipes[DRIP_MAX][2], sig;

	if (count < 1 || count > DRIP_MAX || drip_fill(mem, pipes, count))
		return 1;
	printf("0x%llx\n", (unsigned long long)pfn_of(mem));
	fflush(stdout);
	sigwait(set, &sig);
	for (int i = 0; sig == SIGUSR1 && i < count; i++) {
		if (sigtimedwait(set, NULL, &second) == SIGTERM)
			break;
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	if (sig == SIGUSR1)
		sigwait(set, &sig);
	return 0;
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

/* Takes huge pages. A dry run cannot see a reference to a part of a huge page. */
static char *take_huge_memory(void)
{
	char *mem = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return NULL;
	mem += SIZE - (uintptr_t)mem % SIZE;
	if (madvise(mem, SIZE, MADV_HUGEPAGE))
		return NULL;
	memset(mem, 0x5a, SIZE);
	/* Fail if the kernel has given single pages, because it had no huge page. */
	return pfn_of(mem) % 512 || pfn_of(mem + page_size) != pfn_of(mem) + 1 ? NULL : mem;
}

int main(int argc, char **argv)
{
	const char *way = argv[1];
	int sig, bad = 1;
	char *mem = NULL, *page = NULL;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (argc > 1 && !strcmp(way, "drip"))
		sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);

	if (argc < 3)
		return 2;
	page_size = (unsigned long)sysconf(_SC_PAGESIZE);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (!strcmp(way, "outsider")) {
		if (become_nobody() || (strcmp(argv[2], "any") &&
					bind_when_there(strtoul(argv[2], NULL, 0)))) {
			perror("outsider");
			return 2;
		}
		way = "pipe";
	} else if (strcmp(argv[2], "any") && strcmp(way, "uring") &&
		   bind_to(strtoul(argv[2], NULL, 0))) {
		perror("set_mempolicy");
		return 2;
	}
	if (!strcmp(way, "drip")) {
		int count = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;

		mem = take_memory(NULL);
		return !mem || drip(mem, count, &set) ? 2 : 0;
	}
	if (!strcmp(way, "tables"))
		bad = make_tables();
	else if (!strcmp(way, "huge"))
		mem = take_huge_memory();
	else if (!strcmp(way, "uring"))
		mem = take_bound_memory(argv[2]);
	else
		mem = take_memory(argc > 3 ? argv[3] : NULL);
	if (mem) {
		struct iovec iov = { mem + SIZE / 2, page_size };

		page = mem + SIZE / 2;
		if (!strcmp(way, "pipe") || !strcmp(way, "huge")) {
			int pipes[2];

			bad = pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != (ssize_t)page_size;
		} else if (!strcmp(way, "dma")) {
			bad = pin((unsigned long)page);
		} else if (!strcmp(way, "uring")) {
			bad = register_buffer(&iov);
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
