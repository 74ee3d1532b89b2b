// SPDX-License-Identifier: GPL-2.0-only
/*
 * mischief DEVICE DIR NODE MIB SEED: does what an unprivileged process can do to a device that is
 * plugged and unplugged. There are five processes of user 65534. Each of them repeats one of these
 * actions until it is killed:
 *
 * 	read every file below DEVICE, a directory of /sys
 * 	keep pages of NODE in a pipe, each time for up to five seconds
 * 	create a file in DIR, map it, put its pages into a pipe, unlink it
 * 	allocate MIB MiB of memory, if possible on NODE, and free it
 * 	fork a child that shares memory with its parent until one of them writes to it
 *
 * Prints "ready". If the first process is killed, the others are killed, too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pace.h"

#define PAGE 4096UL
#define MPOL_PREFERRED 1

static const char *device, *dir;
static unsigned long node, mib;
static unsigned int seed;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 8) % n;
}

/*
 * Sets the memory policy. This fails while the node has no memory. The failure is ignored, because
 * the policy is set again in the next round.
 */
static void prefer_node(void)
{
	unsigned long mask = 1UL << node;

	syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 64);
}

static char *take(size_t size)
{
	char *mem;

	prefer_node();
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return mem == MAP_FAILED ? NULL : mem;
}

static void read_all(const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	char name[512], buf[8192];
	struct stat st;

	while (d && (entry = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] == '.' || lstat(name, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth < 3) {
			read_all(name, depth + 1);
		} else if (S_ISREG(st.st_mode)) {
			int fd = open(name, O_RDONLY);

			if (fd >= 0 && read(fd, buf, sizeof(buf)) < 0)
				buf[0] = 0;
			close(fd);
			/* Also try to open files that must not be writable. */
			fd = open(name, O_WRONLY);
			if (fd >= 0) {
				fprintf(stderr, "mischief: may write %s\n", name);
				close(fd);
			}
		}
	}
	if (d)
		closedir(d);
	pace(1);
}

static void reads(void)
{
	read_all(device, 0);
}

static int fill_pipe(int *ends, char *mem, size_t size)
{
	struct iovec iov = { mem, size };

	if (pipe(ends))
		return 1;
	fcntl(ends[1], F_SETPIPE_SZ, size);
	return vmsplice(ends[1], &iov, 1, SPLICE_F_NONBLOCK) <= 0;
}

static void holds(void)
{
	size_t size = (1 + random_below(32)) * PAGE;
	char *mem = take(size);
	int ends[2];

	if (!mem)
		return;
	memset(mem, 1, size);
	if (!fill_pipe(ends, mem, size))
		usleep(random_below(5000000));
	munmap(mem, size);
	usleep(random_below(1000));
	close(ends[0]);
	close(ends[1]);
	usleep(random_below(500000));
}

static void unlinks(void)
{
	size_t size = (1 + random_below(32)) * PAGE;
	char path[512], *mem;
	static int n;
	int fd, ends[2];

	prefer_node();
	snprintf(path, sizeof(path), "%s/mischief-%d", dir, n++);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		return;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem != MAP_FAILED) {
		memset(mem, 1, size);
		fill_pipe(ends, mem, size);
		munmap(mem, size);
	}
	unlink(path);
	usleep(random_below(20000));
	close(fd);
	usleep(random_below(20000));
	if (mem != MAP_FAILED) {
		close(ends[0]);
		close(ends[1]);
	}
}

static void fills(void)
{
	char *mem = take(mib << 20);

	for (size_t at = 0; mem && at < mib << 20; at += PAGE)
		mem[at] = 1;
	usleep(random_below(300000));
	if (mem)
		munmap(mem, mib << 20);
	usleep(random_below(1000000));
}

static void forks(void)
{
	char *mem = take(64 * PAGE);
	pid_t child;

	if (!mem)
		return;
	memset(mem, 1, 64 * PAGE);
	child = fork();
	if (!child) {
		memset(mem, 2, 64 * PAGE);
		usleep(random_below(100000));
		_exit(0);
	}
	memset(mem, 3, 32 * PAGE);
	usleep(random_below(100000));
	munmap(mem, 64 * PAGE);
	if (child > 0)
		waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	static void (*const ways[])(void) = { reads, holds, unlinks, fills, forks };

	if (argc != 6)
		return 2;
	device = argv[1];
	dir = argv[2];
	node = strtoul(argv[3], NULL, 0);
	mib = strtoul(argv[4], NULL, 0);
	seed = (unsigned int)strtoul(argv[5], NULL, 0);
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534)) {
		perror("mischief");
		return 2;
	}
	/* With huge pages the kernel would log a stack trace for each one it cannot allocate. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	/* Make one process group, so that the caller can stop and end all processes at once. */
	setpgid(0, 0);
	for (unsigned int i = 1; i < sizeof(ways) / sizeof(*ways); i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		seed += i;
		for (;;)
			ways[i]();
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		reads();
}
