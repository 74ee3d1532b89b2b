// SPDX-License-Identifier: GPL-2.0-only
/*
 * load NODE MIB KEEP OF [hold|lock|touch]: allocates MIB MiB of anonymous memory in single
 * pages, keeps KEEP MiB of every OF MiB and frees the rest. If KEEP is "random", it keeps OF
 * percent of the pages, single pages at random. NODE binds the memory to a node; "any" does not.
 * With a + after the number, that node is only preferred while the memory is allocated, and the
 * memory has no policy afterwards.
 *	hold	a pipe keeps a reference to the first page, so the page cannot be migrated
 *	lock	the pages that are kept are locked in memory (mlock)
 *	touch	every page is read again and again
 *
 * Prints "ready PAGES PFN", where PFN is the frame number of the first page, and waits. On
 * SIGTERM it compares every page that it kept. Exit: 0 if all have their contents, 1 if not.
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

#define MIB (1UL << 20)
#define MPOL_DEFAULT 0
#define MPOL_PREFERRED 1
#define MPOL_BIND 2

static uint64_t page_size;

static uint64_t stamp(uint64_t page)
{
	return (page + 1) * 0x9e3779b97f4a7c15ULL;
}

static int kept(uint64_t page, uint64_t keep, uint64_t of)
{
	/* Bits from the middle of a product look random, and are the same in each run. */
	if (!keep)
		return (stamp(page) >> 40) % 100 < of;
	return page % of < keep;
}

/* Return: the page frame number of @mem, or 0 if the kernel does not show it. */
static uint64_t frame(const void *mem)
{
	int map = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (map < 0 || pread(map, &entry, sizeof(entry), (off_t)((uintptr_t)mem / page_size * 8)) !=
			       sizeof(entry))
		entry = 0;
	if (map >= 0)
		close(map);
	return entry & ((1ULL << 55) - 1);
}

static int hold(void *mem)
{
	struct iovec page = { .iov_base = mem, .iov_len = page_size };
	int ends[2];

	return pipe(ends) || vmsplice(ends[1], &page, 1, 0) != (ssize_t)page_size;
}

/* Sets the memory policy for @mem. The usage above describes @node. */
static int set_policy(char *mem, size_t size, const char *node)
{
	unsigned long mask = 1UL << strtoul(node, NULL, 0);

	if (!strcmp(node, "any"))
		return 0;
	if (node[strlen(node) - 1] == '+')
		return syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 64) != 0;
	return syscall(SYS_mbind, mem, size, MPOL_BIND, &mask, 64, 0) != 0;
}

/* Reads the pages that are kept until SIGTERM is pending. */
static void touch(const char *mem, uint64_t pages, uint64_t keep, uint64_t of)
{
	sigset_t pending;

	do {
		for (uint64_t i = 0; i < pages; i++)
			if (kept(i, keep, of))
				(void)*(const volatile uint64_t *)(mem + i * page_size);
		sigpending(&pending);
	} while (!sigismember(&pending, SIGTERM));
}

int main(int argc, char **argv)
{
	uint64_t pages, i, keep, of, count = 0, lost = 0;
	const char *extra = argc > 5 ? argv[5] : "";
	sigset_t set;
	char *mem;
	int sig;

	if (argc < 5) {
		fprintf(stderr, "usage: load NODE MIB KEEP OF\n");
		return 2;
	}
	page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	pages = strtoul(argv[2], NULL, 0) * MIB / page_size;
	of = strtoul(argv[4], NULL, 0);
	keep = 0;
	if (strcmp(argv[3], "random")) {
		keep = strtoul(argv[3], NULL, 0) * MIB / page_size;
		of *= MIB / page_size;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);

	mem = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	madvise(mem, pages * page_size, MADV_NOHUGEPAGE);
	if (set_policy(mem, pages * page_size, argv[1])) {
		perror("policy");
		return 2;
	}

	for (i = 0; i < pages; i++)
		*(uint64_t *)(mem + i * page_size) = stamp(i);
	for (i = 0; i < pages; i++) {
		uint64_t from = i;

		if (kept(i, keep, of)) {
			count++;
			continue;
		}
		while (i + 1 < pages && !kept(i + 1, keep, of))
			i++;
		madvise(mem + from * page_size, (i + 1 - from) * page_size, MADV_DONTNEED);
	}
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	if ((!strcmp(extra, "hold") && hold(mem)) ||
	    (!strcmp(extra, "lock") && mlock2(mem, pages * page_size, MLOCK_ONFAULT))) {
		perror(extra);
		return 2;
	}
	printf("ready %lu %#lx\n", count, frame(mem));
	fflush(stdout);

	if (!strcmp(extra, "touch"))
		touch(mem, pages, keep, of);
	sigwait(&set, &sig);
	for (i = 0; i < pages; i++)
		if (kept(i, keep, of) && *(uint64_t *)(mem + i * page_size) != stamp(i))
			lost++;
	printf("%lu of %lu pages lost\n", lost, count);
	return lost > 0;
}
