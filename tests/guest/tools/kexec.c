// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec load KERNEL INITRD CMDLINE: loads a kernel with kexec_file_load(2).
 * kexec crash KERNEL INITRD CMDLINE: does the same for the kernel that runs after a crash.
 * kexec go: starts the kernel that "load" has loaded, at once.
 *
 * Prints "ok" or the name of the errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The values are those of linux/kexec.h and linux/reboot.h. */
#define KEXEC_FILE_ON_CRASH 2UL
#define REBOOT_CMD_KEXEC 0x45584543

static int load(unsigned long flags, char **file)
{
	int kernel = open(file[0], O_RDONLY | O_CLOEXEC);
	int initrd = open(file[1], O_RDONLY | O_CLOEXEC);

	if (kernel < 0 || initrd < 0)
		return -1;
	return (int)syscall(SYS_kexec_file_load, kernel, initrd, strlen(file[2]) + 1,
			    file[2], flags);
}

int main(int argc, char **argv)
{
	int err = 0;

	if (argc == 5 && !strcmp(argv[1], "load"))
		err = load(0, argv + 2);
	else if (argc == 5 && !strcmp(argv[1], "crash"))
		err = load(KEXEC_FILE_ON_CRASH, argv + 2);
	else if (argc == 2 && !strcmp(argv[1], "go"))
		err = reboot(REBOOT_CMD_KEXEC);
	else
		return 2;
	puts(err ? strerrorname_np(errno) : "ok");
	return !!err;
}
