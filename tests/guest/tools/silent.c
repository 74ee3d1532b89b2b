// SPDX-License-Identifier: GPL-2.0-only
/*
 * silent DIR NODE: a file server that does not answer reads. The server runs as user 65534 and
 * serves a file system in DIR with FUSE, as any user may where fusermount3 is installed. A child
 * reads a file of this file system, with memory of NODE. So a page in the page cache stays locked
 * until its contents arrive, which never happens.
 *
 * Prints "ready" when the contents have been requested. Runs until a signal ends it. Then the
 * kernel ends the file system and unlocks the page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NOBODY		65534
#define MPOL_BIND	2
#define FILE_NODE	2	/* the inode number of the only file */
#define FILE_SIZE	4096

static void answer(int fd, uint64_t unique, int err, const void *data, size_t size)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + size), .error = -err, .unique = unique,
	};
	struct iovec part[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = (void *)data, .iov_len = size },
	};

	if (writev(fd, part, 2) < 0 && errno != ENOENT)
		perror("silent: answer");
}

static struct fuse_attr attributes(uint64_t node)
{
	bool is_file = node == FILE_NODE;

	return (struct fuse_attr){
		.ino = node,
		.mode = is_file ? S_IFREG | 0444 : S_IFDIR | 0555,
		.size = is_file ? FILE_SIZE : 0,
		.nlink = 1,
		.uid = NOBODY,
		.gid = NOBODY,
	};
}

static void serve(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536,
	};
	struct fuse_entry_out entry = {
		.nodeid = FILE_NODE, .attr_valid = 3600, .entry_valid = 3600,
		.attr = attributes(FILE_NODE),
	};
	struct fuse_attr_out attr = {
		.attr_valid = 3600, .attr = attributes(in->nodeid),
	};
	struct fuse_open_out opened = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(fd, in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(fd, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(fd, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		puts("ready");
		fflush(stdout);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fd, in->unique, ENOSYS, NULL, 0);
	}
}

/*
 * Reads the file. The parent does not answer the read, so the read lasts until the parent ends. The
 * kernel then kills this child.
 */
static void read_file(const char *dir, const char *node)
{
	unsigned long mask = 1UL << strtoul(node, NULL, 10);
	char path[256], byte;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask)))
		_exit(1);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	_exit(fd < 0 || read(fd, &byte, 1) != 1);
}

int main(int argc, char **argv)
{
	static uint64_t buffer[(65536 + 4096) / sizeof(uint64_t)];
	char options[128];
	int fd;

	if (argc != 3)
		return 2;
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("silent: /dev/fuse");
		return 1;
	}
	/* These are the mount options of fusermount3, which an unprivileged user would run. */
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d", fd,
		 NOBODY, NOBODY);
	if (mount("silent", argv[1], "fuse", MS_NOSUID | MS_NODEV, options)) {
		perror("silent: mount");
		return 1;
	}
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) {
		perror("silent: user");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		close(fd);
		read_file(argv[1], argv[2]);
	}
	while (read(fd, buffer, sizeof(buffer)) > 0)
		serve(fd, (const struct fuse_in_header *)buffer);
	return 1;
}
