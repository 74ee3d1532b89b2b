// SPDX-License-Identifier: GPL-2.0-only
/*
 * nobody PROGRAM ARGUMENT...: runs PROGRAM as user and group 65534, without root's
 * capabilities.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534)) {
		perror("nobody");
		return 2;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "nobody: %s: %s\n", argv[1], strerrorname_np(errno));
	return 2;
}
