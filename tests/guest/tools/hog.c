// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog NODE MIB: allocates MIB MiB of memory as user 65534. A memory policy binds it to NODE. With
 * "any" it has no policy. If there is too little memory, the kernel kills it.
 *
 * A child allocates the memory, so that the kernel kills only the child. The parent prints
 * "started". When the child has ended, the parent prints one line: "done", "killed" or "error",
 * the milliseconds since the start, and the milliseconds since the child got its last page.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pace.h"

#define MIB (1UL << 20)
#define MPOL_BIND 2

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int take(const char *node, unsigned long mib, volatile size_t *got)
{
	unsigned long mask;
	char *mem;

	if (setgid(65534) || setuid(65534))
		return 2;
	if (strcmp(node, "any")) {
		mask = 1UL << strtoul(node, NULL, 0);
		if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64))
			return 2;
	}
	mem = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		return 2;
	madvise(mem, mib * MIB, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < mib * MIB; at += 4096) {
		mem[at] = 1;
		*got = at;
	}
	return 0;
}

int main(int argc, char **argv)
{
	long begin = now_ms(), last = begin;
	volatile size_t *got;
	size_t before = 0;
	int status;
	pid_t pid;

	if (argc != 3)
		return 2;
	got = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (got == MAP_FAILED)
		return 2;
	*got = 0;
	pid = fork();
	if (pid < 0)
		return 2;
	if (!pid)
		_exit(take(argv[1], strtoul(argv[2], NULL, 0), got));
	puts("started");
	fflush(stdout);
	while (!waitpid(pid, &status, WNOHANG)) {
		if (*got != before) {
			before = *got;
			last = now_ms();
		}
		pace(20);
	}
	printf("%s %ld %ld\n", WIFSIGNALED(status) ? "killed" : status ? "error" : "done",
	       now_ms() - begin, now_ms() - last);
	return 0;
}
