// SPDX-License-Identifier: GPL-2.0-only
/*
 * load NODE MIB KEEP OF [hold|lock|touch]: anonymous memory of MIB MiB, in single
 * pages, of which KEEP MiB of every OF are kept and the rest is given back; with
 * "random" for KEEP single pages at random, OF of a hundred. NODE binds it to a
 * node, "any" does not; with a + behind the number the memory comes from that node
 * as long as it has some, and has no policy afterwards.
 *	hold	the first page is put into a pipe, which has a reference to it that
 *		nobody can move
 *	lock	the memory is locked (mlock), as far as it is kept
 *	touch	every page is read again and again
 *
 * Prints "ready PAGES PFN", PFN being the first page's frame, and waits. On
 * SIGTERM it looks at every page it kept: exit 0 if each holds what was put
 * there, 1 if not.
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
	/* Bits from the middle of a product: as good as random, and the same each time. */
	if (!keep)
		return (stamp(page) >> 40) % 100 < of;
	return page % of < keep;
}

/* The page frame at @mem, 0 if that is not told. */
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

/* The policy for memory that is touched next: a node as in the usage above. */
static int set_policy(char *mem, size_t size, const char *node)
{
	unsigned long mask = 1UL << strtoul(node, NULL, 0);

	if (!strcmp(node, "any"))
		return 0;
	if (node[strlen(node) - 1] == '+')
		return syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 64) != 0;
	return syscall(SYS_mbind, mem, size, MPOL_BIND, &mask, 64, 0) != 0;
}

/* Until SIGTERM is pending. */
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
