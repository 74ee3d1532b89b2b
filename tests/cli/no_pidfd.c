// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets pidfd_open(2) fail with EMFILE, as if the process had no free file descriptor. It is
 * preloaded. All other system calls by syscall(3) are passed on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS 6

/* NOLINTNEXTLINE: the C library's own declaration has a reserved name for the parameter. */
long syscall(long number, ...)
{
	long (*next)(long number, ...);
	long arg[ARGUMENTS];
	va_list args;
	int i;

	if (number == SYS_pidfd_open) {
		errno = EMFILE;
		return -1;
	}
	va_start(args, number);
	for (i = 0; i < ARGUMENTS; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
