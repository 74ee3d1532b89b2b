// SPDX-License-Identifier: GPL-2.0-only
/* Memory that a process uses on a device's node, and pages that it pins there. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../guest/tools/sysfs.h"
#include "fuzz.h"

#define MPOL_DEFAULT 0
#define MPOL_PREFERRED 1
#define MPOL_BIND 2
#define MIB (1UL << 20)
#define PAGE 4096UL
#define MAX_HELD 8
#define PIN "/sys/module/pin/parameters/address"

enum use { ANONYMOUS, LOCKED, SHARED, PIPE, DMA, TABLE, HUGE, FILE_PIPE };

static struct {
	void *at;
	size_t size;
} held[MAX_HELD];
static int pipes[MAX_HELD][2];
static unsigned int nr_held, nr_pipes;
static bool pinned;

static int set_policy(int mode, int node)
{
	unsigned long mask = 1UL << node;

	return syscall(SYS_set_mempolicy, mode, mode ? &mask : NULL, mode ? 64 : 0) ? errno : 0;
}

/*
 * The mode is not MPOL_BIND. If the memory of one node has run out, the kernel does not kill a
 * task that is bound to another node, even if that task has memory of the first node through
 * mbind(). If there is no other task, the kernel panics.
 */
void use_ordinary_memory(void)
{
	set_policy(MPOL_PREFERRED, 0);
}

static char *take(size_t size, int flags, int node)
{
	unsigned long mask = node < 0 ? 0 : 1UL << node;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (nr_held == MAX_HELD ||
	    (node >= 0 && syscall(SYS_mbind, at, size, MPOL_BIND, &mask, 64, 0))) {
		munmap(at, size);
		return NULL;
	}
	held[nr_held].at = at;
	held[nr_held++].size = size;
	return at;
}

static void touch(char *at, size_t size, size_t step)
{
	for (size_t i = 0; i < size; i += step)
		at[i] = (char)i;
}

static int hold_in_pipe(char *at)
{
	struct iovec iov = { at, PAGE };

	if (nr_pipes == MAX_HELD || pipe(pipes[nr_pipes]))
		return EMFILE;
	return vmsplice(pipes[nr_pipes++][1], &iov, 1, 0) == (ssize_t)PAGE ? 0 : errno;
}

static int pin(const char *at)
{
	char number[32];
	int err;

	snprintf(number, sizeof(number), "%lu", (unsigned long)at);
	err = write_word(PIN, number);
	pinned |= !err;
	return err;
}

/*
 * Uses page tables on the device's node, by touching pages that are far apart. The kernel
 * allocates page tables with the policy of the task, not with that of the mapping.
 */
static int use_tables(const struct device *d)
{
	char *at = take(256 * MIB, MAP_PRIVATE | MAP_NORESERVE, -1);
	int err;

	if (!at)
		return ENOMEM;
	madvise(at, 256 * MIB, MADV_NOHUGEPAGE);
	err = set_policy(MPOL_BIND, d->node);
	if (!err)
		touch(at, 256 * MIB, 2 * MIB);
	use_ordinary_memory();
	return err;
}

int use_memory(const struct device *d, unsigned int use, unsigned int mib)
{
	size_t size = mib * MIB;
	char *at;

	if (use == TABLE)
		return use_tables(d);
	if (use == PIPE || use == FILE_PIPE || use == DMA)
		size = PAGE;
	at = take(size, use == SHARED || use == FILE_PIPE ? MAP_SHARED : MAP_PRIVATE, d->node);
	if (!at)
		return EINVAL;
	madvise(at, size, use == HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (use == LOCKED && mlock(at, size))
		return errno;
	touch(at, size, PAGE);
	if (use == PIPE || use == FILE_PIPE)
		return hold_in_pipe(at);
	return use == DMA ? pin(at) : 0;
}

/* Uses memory of any node. */
int hog_memory(unsigned int mib)
{
	char *at;

	set_policy(MPOL_DEFAULT, 0);
	at = take(mib * MIB, MAP_PRIVATE, -1);
	if (at)
		touch(at, mib * MIB, PAGE);
	use_ordinary_memory();
	return at ? 0 : ENOMEM;
}

int drop_memory(void)
{
	if (pinned)
		write_word(PIN, "0");
	pinned = false;
	while (nr_pipes) {
		close(pipes[--nr_pipes][0]);
		close(pipes[nr_pipes][1]);
	}
	while (nr_held) {
		nr_held--;
		munmap(held[nr_held].at, held[nr_held].size);
	}
	return 0;
}
