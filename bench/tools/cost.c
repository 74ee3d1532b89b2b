// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost [-u] [-l SECONDS] DEV[,DEV]... WORD  writes WORD to `state` of all devices at once
 * cost [-u] [-l SECONDS] DEV[,DEV]... -- COMMAND...  runs COMMAND for each device, with the
 *                                           device's name for {}
 * cost -r TIMES DEV [FILE]                  reads `state`, or FILE, TIMES times, and prints the
 *                                           time of one read
 *
 * Prints one line: the result, the nanoseconds until all devices were done (instructions, with
 * lab/run --icount), the number of pages that the kernel copied meanwhile, and the number of the
 * devices' pages that were in use before. There is one result for each device, separated by
 * commas. The result of a write is "ok" or the errno's name. The result of a command is "ok",
 * exit-N, "terminated" (by SIGTERM) or "killed" (by another signal). With -u the pages in use are
 * not counted, because that takes long for a large device. Their number is then printed as 0.
 * After SECONDS all unfinished processes get SIGTERM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICES "/sys/bus/dax/devices"
#define MAX_DEVICES 8

/* From Documentation/admin-guide/mm/pagemap.rst. */
#define FLAG(bit) (1ULL << (bit))
#define LRU FLAG(5)
#define SLAB FLAG(7)
#define MMAP FLAG(11)
#define ANON FLAG(12)
#define HUGE_PAGE FLAG(17)
#define PGTABLE FLAG(26)
#define IN_USE (LRU | SLAB | MMAP | ANON | HUGE_PAGE | PGTABLE)

static int does_count = 1;
static pid_t child[MAX_DEVICES];
static int children;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static unsigned long long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[64] = "";

	if (!file || !fgets(line, sizeof(line), file))
		die(path);
	fclose(file);
	return strtoull(line, NULL, 0);
}

static unsigned long count_range(int flags, uint64_t pfn, uint64_t end)
{
	static uint64_t page[65536];
	unsigned long used = 0;

	while (pfn < end) {
		uint64_t n = end - pfn < 65536 ? end - pfn : 65536;

		if (pread(flags, page, n * 8, (off_t)pfn * 8) != (ssize_t)(n * 8))
			break;
		for (uint64_t i = 0; i < n; i++)
			used += (page[i] & IN_USE) != 0;
		pfn += n;
	}
	return used;
}

static unsigned long used_pages(const char *dev)
{
	unsigned long long page_size = (unsigned long long)sysconf(_SC_PAGESIZE);
	int flags = open("/proc/kpageflags", O_RDONLY);
	unsigned long used = 0;
	char path[256];

	if (flags < 0)
		die("/proc/kpageflags");
	for (int i = 0;; i++) {
		unsigned long long start, end;

		snprintf(path, sizeof(path), DEVICES "/%s/mapping%d/start", dev, i);
		if (access(path, R_OK))
			break;
		start = read_number(path);
		snprintf(path, sizeof(path), DEVICES "/%s/mapping%d/end", dev, i);
		end = read_number(path);
		used += count_range(flags, start / page_size, (end + 1) / page_size);
	}
	close(flags);
	return used;
}

static unsigned long long copied(void)
{
	static const char name[] = "pgmigrate_success ";
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long long found = 0;
	char line[128];

	if (!file)
		die("/proc/vmstat");
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, sizeof(name) - 1))
			found = strtoull(line + sizeof(name) - 1, NULL, 10);
	fclose(file);
	return found;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void interrupted(int sig)
{
	(void)sig;
}

/* Set a handler without SA_RESTART, so that an interrupted write returns EINTR. */
static void on_signal(int sig, void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler };

	sigaction(sig, &act, NULL);
}

static void time_is_up(int sig)
{
	(void)sig;
	for (int i = 0; i < children; i++)
		kill(child[i], SIGTERM);
}

/*
 * Do the work of one child. The exit status of the child is the errno of the write, or the exit
 * status of the command.
 */
static _Noreturn void work(const char *dev, char **words, int is_command, int go)
{
	int fd = -1, quiet = -1;
	char byte;

	if (is_command) {
		quiet = open("/dev/null", O_WRONLY);
		if (quiet < 0)
			_exit(errno);
	} else {
		char path[256];

		on_signal(SIGTERM, interrupted);
		snprintf(path, sizeof(path), DEVICES "/%s/state", dev);
		fd = open(path, O_WRONLY);
		if (fd < 0)
			_exit(errno);
	}
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	if (!is_command)
		_exit(write(fd, words[0], strlen(words[0])) < 0 ? errno : 0);
	dup2(quiet, 1);
	dup2(quiet, 2);
	if (words[0])
		execvp(words[0], words);
	_exit(127);
}

static void print_answer(int status, int is_command, int more)
{
	int code = WEXITSTATUS(status);

	if (WIFSIGNALED(status))
		printf("%s", WTERMSIG(status) == SIGTERM ? "terminated" : "killed");
	else if (!code)
		printf("ok");
	else if (is_command)
		printf("exit-%d", code);
	else
		printf("%s", strerrorname_np(code));
	putchar(more ? ',' : ' ');
}

static void measure(char *devices, char **words, int nr_words, int is_command,
		    unsigned int limit)
{
	unsigned long long copies;
	unsigned long used = 0;
	int go[2], status[MAX_DEVICES] = { 0 };
	long long begin, end;
	char *line[16] = { NULL };

	if (pipe(go) || nr_words > 15)
		die("cost");
	for (char *dev = strtok(devices, ","); dev; dev = strtok(NULL, ",")) {
		if (children == MAX_DEVICES)
			break;
		used += does_count ? used_pages(dev) : 0;
		for (int i = 0; i < nr_words; i++)
			line[i] = strcmp(words[i], "{}") ? words[i] : dev;
		child[children] = fork();
		if (child[children] < 0)
			die("fork");
		if (!child[children]) {
			close(go[1]);
			work(dev, line, is_command, go[0]);
		}
		children++;
	}

	on_signal(SIGALRM, time_is_up);
	copies = copied();
	alarm(limit);
	begin = now();
	close(go[1]);
	for (int i = 0; i < children; i++)
		while (waitpid(child[i], &status[i], 0) < 0 && errno == EINTR)
			;
	end = now();
	copies = copied() - copies;
	for (int i = 0; i < children; i++)
		print_answer(status[i], is_command, i + 1 < children);
	printf("%lld %llu %lu\n", end - begin, copies, used);
}

static void read_file(const char *dev, const char *file, int times)
{
	char path[256], buf[4096];
	long long begin;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", dev, file);
	begin = now();
	for (int i = 0; i < times; i++) {
		int fd = open(path, O_RDONLY);

		if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
			die(path);
		close(fd);
	}
	printf("ok %lld 0 0\n", (now() - begin) / times);
}

int main(int argc, char **argv)
{
	unsigned int limit = 0;
	int option, times = 0, is_command;

	while ((option = getopt(argc, argv, "+l:r:u")) > 0) {
		if (option == 'l')
			limit = (unsigned int)strtoul(optarg, NULL, 0);
		else if (option == 'r')
			times = (int)strtol(optarg, NULL, 0);
		else if (option == 'u')
			does_count = 0;
		else
			return 2;
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || (!times && argc < 2))
		return 2;
	is_command = argc > 1 && !strcmp(argv[1], "--");
	if (times)
		read_file(argv[0], argc > 1 ? argv[1] : "state", times);
	else if (is_command)
		measure(argv[0], argv + 2, argc - 2, 1, limit);
	else
		measure(argv[0], argv + 1, 1, 0, limit);
	return 0;
}
