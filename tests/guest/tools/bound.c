// SPDX-License-Identifier: GPL-2.0-only
/*
 * bound NODE PROGRAM ARGUMENT...: runs PROGRAM with a memory policy that allows memory of NODE
 * only (MPOL_BIND).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MPOL_BIND 2

int main(int argc, char **argv)
{
	unsigned long mask;

	if (argc < 3)
		return 2;
	mask = 1UL << strtoul(argv[1], NULL, 0);
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64)) {
		perror("set_mempolicy");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
