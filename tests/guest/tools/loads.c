// SPDX-License-Identifier: GPL-2.0-only
/*
 * loads SEED NODE MIB DIR [KIND PERCENT]: uses up to MIB MiB of memory, in a random mix of kinds:
 * anonymous memory with and without holes, tmpfs, page cache, transparent and reserved huge pages,
 * mlocked memory, and memory shared with a forked child. The same SEED gives the same mix. NODE is
 * the preferred node of the mix, or "any" for no preference. DIR is a directory for the files of
 * the page cache.
 *
 * For one seed in eight it also allocates other memory, until the system has about MIB MiB free
 * memory. So if a device of MIB MiB is unplugged, the system has little or no free memory left.
 *
 * With KIND the load has only that kind, and its size is PERCENT of MIB MiB. The kind "pinned" is
 * memory that io_uring pins, as registered buffers, until the load ends.
 *
 * Prints "ready KIND:MIB..." and waits. On SIGTERM it compares all contents. Exit: 0 if they are
 * unchanged, 1 if not, 2 if the load cannot be set up, 3 if one of its processes was killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define MIB (1UL << 20)
#define HUGE_PAGE (2 * MIB)
#define MPOL_DEFAULT 0
#define MPOL_PREFERRED 1
#define MAX_PARTS 6
#define FILE_MAX (16 * MIB)	/* because the disk is in memory, too */

/* A random mix has only the kinds before PINNED. */
enum kind { ANON, HOLES, TMPFS, CACHE, THP, HUGETLB, LOCKED, FORKED, PINNED, KINDS };

static const char *const kind_name[KINDS] = {
	"anon", "holes", "tmpfs", "cache", "thp", "hugetlb", "mlocked", "forked", "pinned",
};

struct part {
	enum kind kind;
	uint64_t pages, stamp;
	char *mem;
	int fd;
	pid_t child;
};

static struct part parts[MAX_PARTS];
static const char *node, *dir;
static uint64_t random_state;
static uint64_t pressure;	/* 0: none; else press() leaves MIB + pressure - 16 MiB free */

static _Noreturn void die(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(2);
}

/* splitmix64 */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t pick(uint64_t below)
{
	random_state++;
	return mix(random_state) % below;
}

/*
 * Is @page in use? A part of the kind HOLES uses a random half of its pages. For one part these
 * are always the same pages.
 */
static int in_use(const struct part *p, uint64_t page)
{
	return p->kind != HOLES || (mix(p->stamp ^ page) & 1);
}

/* Stamp the first and the last word, so that a page that was copied in part is detected. */
static uint64_t *word(const struct part *p, uint64_t page, int last)
{
	return (uint64_t *)(p->mem + page * PAGE + (last ? PAGE - 8 : 0));
}

static void put_stamp(const struct part *p, uint64_t page, uint64_t stamp)
{
	*word(p, page, 0) = mix(stamp + page);
	*word(p, page, 1) = ~mix(stamp + page);
}

static uint64_t count_lost(const struct part *p, uint64_t first, uint64_t stamp)
{
	uint64_t lost = 0;

	for (uint64_t i = first; i < p->pages; i++)
		if (in_use(p, i))
			lost += *word(p, i, 0) != mix(stamp + i) ||
				*word(p, i, 1) != ~mix(stamp + i);
	return lost;
}

/* Return: the mask of the preferred node, 0 for no preference. */
static unsigned long node_mask(void)
{
	return strcmp(node, "any") ? 1UL << strtoul(node, NULL, 0) : 0;
}

/*
 * The policy is for this mapping only. Memory that the kernel allocates for the process, such as
 * page tables, must not come from the node, because the kernel cannot migrate page tables.
 */
static void map(struct part *p, int flags, int fd)
{
	unsigned long mask = node_mask();

	p->mem = mmap(NULL, p->pages * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (p->mem == MAP_FAILED)
		die(kind_name[p->kind]);
	if (mask && syscall(SYS_mbind, p->mem, p->pages * PAGE, MPOL_PREFERRED, &mask, 64, 0))
		die("mbind");
}

/* Sets the task's policy, because the kernel uses that policy for the page cache of a file. */
static void prefer(unsigned long mask)
{
	if (syscall(SYS_set_mempolicy, mask ? MPOL_PREFERRED : MPOL_DEFAULT,
		    mask ? &mask : NULL, mask ? 64 : 0))
		die("set_mempolicy");
}

static void write_number(const char *path, uint64_t number)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%llu\n", (unsigned long long)number) < 0 || fclose(file))
		die(path);
}

static uint64_t read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[64] = "";

	if (!file || !fgets(line, sizeof(line), file))
		die(path);
	fclose(file);
	return strtoull(line, NULL, 10);
}

/* Return: the path of a file of the huge page pool, of the node or of the whole system. */
static const char *pool_file(const char *name)
{
	static char path[160];

	if (strcmp(node, "any"))
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%s/hugepages/hugepages-2048kB/%s",
			 node, name);
	else
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-2048kB/%s", name);
	return path;
}

/*
 * Enlarges the pool and uses three quarters of the new huge pages. If the kernel cannot allocate
 * all of them, the part is smaller.
 */
static void make_hugetlb(struct part *p)
{
	uint64_t had = read_number(pool_file("nr_hugepages"));
	uint64_t got;

	write_number(pool_file("nr_hugepages"), had + p->pages * PAGE / HUGE_PAGE);
	got = read_number(pool_file("nr_hugepages")) - had;
	p->pages = (got - got / 4) * HUGE_PAGE / PAGE;
	if (p->pages)
		map(p, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
}

/* Return: the next address at which a huge page can begin. */
static char *align(char *mem)
{
	return mem + (HUGE_PAGE - (uintptr_t)mem % HUGE_PAGE) % HUGE_PAGE;
}

static void make_thp(struct part *p)
{
	uint64_t pages = p->pages;

	p->pages += HUGE_PAGE / PAGE;
	map(p, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	p->mem = align(p->mem);
	p->pages = pages;
	madvise(p->mem, p->pages * PAGE, MADV_HUGEPAGE);
}

/*
 * The pages of this part are those of the page cache, because the file is mapped. If the file
 * system does not support fallocate(), the C library writes to each block of the file, which
 * allocates the pages.
 */
static void make_cache(struct part *p, int number)
{
	char path[256];

	prefer(node_mask());
	snprintf(path, sizeof(path), "%s/loads.%d", dir, number);
	p->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (p->fd < 0 || unlink(path) || posix_fallocate(p->fd, 0, (off_t)(p->pages * PAGE)))
		die(path);
	map(p, MAP_SHARED, p->fd);
}

static void make_tmpfs(struct part *p)
{
	p->fd = memfd_create("loads", 0);
	if (p->fd < 0 || ftruncate(p->fd, (off_t)(p->pages * PAGE)))
		die("memfd");
	map(p, MAP_SHARED, p->fd);
}

static int wait_for_term(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	return sigwait(&set, &sig);
}

/* The child writes to the first quarter and so gets its own copies. The rest stays shared. */
static void make_fork(struct part *p)
{
	uint64_t own = p->pages / 4;
	char byte = 0;
	int ready[2];

	if (pipe(ready))
		die("pipe");
	p->child = fork();
	if (p->child < 0)
		die("fork");
	if (p->child) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			die("the child");
		close(ready[0]);
		return;
	}
	for (uint64_t i = 0; i < own; i++)
		put_stamp(p, i, ~p->stamp);
	if (write(ready[1], &byte, 1) != 1)
		_exit(2);
	wait_for_term();
	for (uint64_t i = 0; i < own; i++)
		if (*word(p, i, 0) != mix(~p->stamp + i))
			_exit(1);
	_exit(count_lost(p, own, p->stamp) > 0);
}

/* Pins the memory until the ring is closed, as for transfers of a network card or a disk. */
static void pin(struct part *p)
{
	struct iovec buffer = { .iov_base = p->mem, .iov_len = p->pages * PAGE };
	struct io_uring_params params = { 0 };
	long ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		die("io_uring");
}

static void make(struct part *p, int number)
{
	switch (p->kind) {
	case TMPFS:
		make_tmpfs(p);
		break;
	case CACHE:
		make_cache(p, number);
		break;
	case THP:
		make_thp(p);
		break;
	case HUGETLB:
		make_hugetlb(p);
		break;
	default:
		map(p, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		madvise(p->mem, p->pages * PAGE, MADV_NOHUGEPAGE);
	}
	for (uint64_t i = 0; i < p->pages; i++)
		put_stamp(p, i, p->stamp);
	prefer(0);
	for (uint64_t i = 0; i < p->pages; i++)
		if (!in_use(p, i))
			madvise(p->mem + i * PAGE, PAGE, MADV_DONTNEED);
	if (p->kind == LOCKED && mlock(p->mem, p->pages * PAGE))
		die("mlock");
	if (p->kind == PINNED)
		pin(p);
	if (p->kind == FORKED)
		make_fork(p);
}

static uint64_t free_mib(void)
{
	static const char name[] = "MemFree:";
	FILE *file = fopen("/proc/meminfo", "r");
	uint64_t kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, sizeof(name) - 1))
			kib = strtoull(line + sizeof(name) - 1, NULL, 10);
	if (file)
		fclose(file);
	return kib >> 10;
}

/*
 * Starts a child that allocates memory until only @target MiB are free. If memory becomes short,
 * the OOM killer kills this child first.
 */
static pid_t press(uint64_t target)
{
	int ready[2];
	char byte = 0;
	pid_t child;

	if (pipe(ready))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			printf("pressed-to-death ");
		close(ready[0]);
		return child;
	}
	write_number("/proc/self/oom_score_adj", 1000);
	/* Use huge pages as long as there are any, because they are allocated faster. */
	while (free_mib() > target) {
		char *mem = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mem == MAP_FAILED)
			break;
		mem = align(mem);
		madvise(mem, HUGE_PAGE, MADV_HUGEPAGE);
		for (uint64_t i = 0; i < HUGE_PAGE && free_mib() > target; i += MIB / 2)
			for (uint64_t page = 0; page < MIB / 2; page += PAGE)
				mem[i + page] = 1;
	}
	if (write(ready[1], &byte, 1) != 1)
		_exit(2);
	wait_for_term();
	_exit(0);
}

/* Return: the exit status of a child after SIGTERM, or 3 if it was killed. */
static int end_child(pid_t child)
{
	int status;

	kill(child, SIGTERM);
	if (waitpid(child, &status, 0) != child)
		return 3;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

/* Makes a random mix. Return: the number of parts. */
static int make_mix(uint64_t mib)
{
	int nr_parts = 1 + (int)pick(MAX_PARTS);
	/* Most mixes are small, because many different mixes matter more than their size. */
	uint64_t budget = mib * (pick(8) ? 4 + pick(21) : 25 + pick(71)) / 100 * MIB / PAGE;

	pressure = pick(8) ? 0 : 1 + pick(128);
	for (int i = 0; i < nr_parts; i++) {
		struct part *p = &parts[i];

		p->kind = (enum kind)pick(PINNED);
		p->stamp = mix(random_state);
		/* The forked child copies a quarter of its part, so make that part smaller. */
		p->pages = budget / (uint64_t)nr_parts * (50 + pick(51)) / 100;
		if (p->kind == FORKED)
			p->pages = p->pages * 4 / 5;
		if (p->kind == CACHE && p->pages > FILE_MAX / PAGE)
			p->pages = FILE_MAX / PAGE;
		make(p, i);
	}
	return nr_parts;
}

/* Makes @pages of one kind, in parts of different sizes. Return: the number of parts. */
static int make_one_kind(const char *name, uint64_t pages)
{
	int nr_parts = 1 + (int)pick(MAX_PARTS), kind = 0;

	while (kind < KINDS && strcmp(name, kind_name[kind]) != 0)
		kind++;
	if (kind == KINDS)
		exit(2);
	for (int i = 0; i < nr_parts; i++) {
		struct part *p = &parts[i];
		uint64_t left = (uint64_t)(nr_parts - i);

		p->kind = (enum kind)kind;
		p->stamp = mix(random_state);
		p->pages = left > 1 ? pages / left * (50 + pick(101)) / 100 : pages;
		pages -= p->pages;
		make(p, i);
	}
	return nr_parts;
}

int main(int argc, char **argv)
{
	uint64_t mib, lost = 0;
	int nr_parts, result = 0;
	pid_t presser = 0;
	sigset_t set;

	if (argc != 5 && argc != 7)
		return 2;
	node = argv[2];
	dir = argv[4];
	mib = strtoul(argv[3], NULL, 0);
	random_state = mix(strtoul(argv[1], NULL, 0)) << 16;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);

	if (argc == 7)
		nr_parts = make_one_kind(argv[5],
					 mib * strtoul(argv[6], NULL, 0) / 100 * MIB / PAGE);
	else
		nr_parts = make_mix(mib);
	/* Leave between MIB - 15 and MIB + 112 MiB free. */
	if (pressure)
		presser = press(mib + pressure - 16);

	printf("ready");
	for (int i = 0; i < nr_parts; i++)
		printf(" %s:%llu", kind_name[parts[i].kind],
		       (unsigned long long)(parts[i].pages * PAGE / MIB));
	if (pressure)
		printf(" pressure:%lld", (long long)pressure - 16);
	printf("\n");
	fflush(stdout);

	wait_for_term();
	for (int i = 0; i < nr_parts; i++) {
		int ended = parts[i].child ? end_child(parts[i].child) : 0;

		lost += count_lost(&parts[i], 0, parts[i].stamp);
		result = ended > result ? ended : result;
	}
	if (presser && end_child(presser))
		result = 3;
	if (lost)
		result = 1;
	write_number("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", 0);
	return result;
}
