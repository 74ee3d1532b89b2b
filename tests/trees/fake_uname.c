// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces uname() in a program that preloads it. The release is the value of FAKE_RELEASE, which
 * is the release of the kernel from which a tree of /sys was taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

int uname(struct utsname *name)
{
	const char *release = getenv("FAKE_RELEASE");

	memset(name, 0, sizeof(*name));
	snprintf(name->sysname, sizeof(name->sysname), "Linux");
	snprintf(name->release, sizeof(name->release), "%s", release ? release : "");
	return 0;
}
