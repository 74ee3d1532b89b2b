// SPDX-License-Identifier: GPL-2.0-only
/*
 * huge NODE KIB COUNT: allocates COUNT huge pages of KIB KiB from the pool of NODE, and writes to
 * them.
 *
 * Prints "ready PFN", where PFN is the frame number of the first page, and waits. On SIGTERM it
 * compares the contents. Exit: 0 if they are unchanged, 1 if not.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MPOL_BIND 2

static int log2_of(unsigned long n)
{
	int bits = 0;

	while (n >>= 1)
		bits++;
	return bits;
}

static uint64_t frame(const void *mem)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	int map = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (map < 0 || pread(map, &entry, 8, (off_t)((uintptr_t)mem / page_size * 8)) != 8)
		entry = 0;
	if (map >= 0)
		close(map);
	return entry & ((1ULL << 55) - 1);
}

int main(int argc, char **argv)
{
	unsigned long kib, count, mask, step;
	size_t size;
	sigset_t set;
	char *mem;
	int sig;

	if (argc != 4)
		return 2;
	mask = 1UL << strtoul(argv[1], NULL, 0);
	kib = strtoul(argv[2], NULL, 0);
	count = strtoul(argv[3], NULL, 0);
	size = (kib << 10) * count;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
			   log2_of(kib << 10) << MAP_HUGE_SHIFT, -1, 0);
	if (mem == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	/*
	 * The policy is only for the mapping. So the kernel's memory for this process, such as
	 * page tables, comes from other nodes.
	 */
	if (syscall(SYS_mbind, mem, size, MPOL_BIND, &mask, 64, 0)) {
		perror("mbind");
		return 2;
	}
	/* Write the offset to every 64 KiB. That is enough to detect a change. */
	step = 64UL << 10;
	for (size_t at = 0; at < size; at += step)
		*(uint64_t *)(mem + at) = at + 1;
	printf("ready %#lx\n", (unsigned long)frame(mem));
	fflush(stdout);
	sigwait(&set, &sig);
	for (size_t at = 0; at < size; at += step)
		if (*(uint64_t *)(mem + at) != at + 1)
			return 1;
	return 0;
}
