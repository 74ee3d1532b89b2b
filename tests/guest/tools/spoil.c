// SPDX-License-Identifier: GPL-2.0-only
/*
 * spoil NODE: allocates a page on NODE, prints the page's frame number, and reports the page to the
 * kernel as failed (MADV_HWPOISON). The kernel may kill this program for that.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MPOL_BIND 2
#define PAGE 4096UL

int main(int argc, char **argv)
{
	unsigned long mask;
	uint64_t entry = 0;
	char *mem;
	int fd;

	if (argc != 2)
		return 2;
	mask = 1UL << strtoul(argv[1], NULL, 0);
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || syscall(SYS_mbind, mem, PAGE, MPOL_BIND, &mask, 64, 0)) {
		perror("mbind");
		return 2;
	}
	*mem = 1;
	fd = open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0 || pread(fd, &entry, 8, (off_t)((uintptr_t)mem / PAGE * 8)) != 8)
		return 2;
	/* Print before the report, because the kernel may then kill this process. */
	printf("%#llx\n", (unsigned long long)(entry & ((1ULL << 55) - 1)));
	fflush(stdout);
	if (madvise(mem, PAGE, MADV_HWPOISON)) {
		perror("madvise");
		return 2;
	}
	return 0;
}
