// SPDX-License-Identifier: GPL-2.0-only
/*
 * spread NODE MIB EVERY: uses few pages that are spread over much memory. It allocates MIB MiB on
 * NODE, in huge pages where possible. Then it keeps one page of every EVERY MiB and frees the rest.
 * Prints "ready PAGES", where PAGES is the number of kept pages, and waits. On SIGTERM it compares
 * these pages. Exit: 0 if their contents are unchanged, 1 if not.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL
#define MIB (1UL << 20)
#define MPOL_BIND 2

int main(int argc, char **argv)
{
	unsigned long mask, size, step, kept = 0, bad = 0;
	sigset_t set;
	char *mem;
	int sig;

	if (argc != 4)
		return 2;
	mask = 1UL << strtoul(argv[1], NULL, 0);
	size = strtoul(argv[2], NULL, 0) * MIB;
	step = strtoul(argv[3], NULL, 0) * MIB;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64))
		return 2;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		return 2;
	madvise(mem, size, MADV_HUGEPAGE);
	for (size_t at = 0; at < size; at += 2 * MIB)
		mem[at] = 1;
	for (size_t at = 0; at < size; at += step) {
		*(uint64_t *)(mem + at) = at + 1;
		madvise(mem + at + PAGE, step - PAGE, MADV_DONTNEED);
		kept++;
	}
	printf("ready %lu\n", kept);
	fflush(stdout);
	sigwait(&set, &sig);
	for (size_t at = 0; at < size; at += step)
		bad += *(uint64_t *)(mem + at) != at + 1;
	if (bad)
		printf("%lu of %lu pages are not what they were\n", bad, kept);
	return bad != 0;
}
