// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz MODE SEED SECONDS CORPUS COVERED DEVICE...
 *
 *	fuzz		runs the corpus, then new and mutated programs, for SECONDS. If the file
 *			COVERED has points, an earlier guest has run the corpus: then only new and
 *			mutated programs are run
 *	check		only reads the corpus
 *	replay		runs the corpus once, in its order
 *	minimise	runs the corpus, and keeps programs that together reach all its points
 *	shorten		as minimise, and removes the actions that are not needed for this
 *
 * Prints "run N: PROGRAM" before each program. After a program that reached new points, prints
 * "covered SECTION OFFSET" for each, and "new POINTS EDGES: PROGRAM". Exit: 0 no finding; 1 a
 * finding, with a line "finding: TEXT" and the result of each action; 10 the guest cannot
 * continue, because the kernel's own memory keeps a device from being unplugged.
 */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../guest/tools/pace.h"
#include "../guest/tools/sysfs.h"
#include "fuzz.h"

/* After PROGRAM_MS, a program is killed. If it has not ended by WEDGED_MS, that is a finding. */
#define PROGRAM_MS 30000
#define WEDGED_MS 600000
/* If a program and its checks together take longer than this, the checks hang. */
#define CHECKS_WEDGED_MS (2L * WEDGED_MS)
#define MAX_CORPUS 4000
#define TEXT 2000
/* A device may stay plugged after at most this many programs in a row. */
#define MAX_KEPT 5

struct entry {
	struct program program;
	uint8_t *points;	/* set of points, only for minimise */
};

struct shared *shared;
static struct entry corpus[MAX_CORPUS];
static unsigned int nr_corpus, runs, kept;
static volatile unsigned int *last_run;	/* shared with the process that watches */

static void add(const struct program *p)
{
	if (nr_corpus < MAX_CORPUS)
		corpus[nr_corpus++].program = *p;
}

/* An empty line ends a program. A line that begins with # is a comment. */
static void read_corpus(const char *path)
{
	char line[TEXT], text[TEXT] = "";
	FILE *f = fopen(path, "r");
	struct program p;
	bool more = f;

	if (!f)
		err(2, "%s", path);
	while (more) {
		more = fgets(line, sizeof(line), f);
		if (more && *line == '#')
			continue;
		if (more && *line != '\n') {
			strncat(text, line, sizeof(text) - strlen(text) - 1);
			continue;
		}
		if (*text && !program_parse(&p, text))
			errx(2, "%s: not a program: %s", path, text);
		if (*text)
			add(&p);
		*text = '\0';
	}
	fclose(f);
}

static void start(const struct program *p)
{
	bool alone = !p->len[1] && !p->len[2];

	memset(shared, 0, sizeof(*shared));
	memset(shared->result, 0xff, sizeof(shared->result));
	for (unsigned int i = 0; i < MAX_PROCS; i++) {
		pid_t pid;

		if (!p->len[i])
			continue;
		pid = fork();
		if (pid < 0)
			err(2, "fork");
		if (!pid)
			act(p, i, alone);
		__atomic_store_n(&shared->pid[i], pid, __ATOMIC_RELAXED);
	}
	cover_clear();
	__atomic_store_n(&shared->go, true, __ATOMIC_RELAXED);
}

static bool reap(void)
{
	bool left = false;

	for (unsigned int i = 0; i < MAX_PROCS; i++) {
		pid_t pid = shared->pid[i];

		if (pid && waitpid(pid, NULL, WNOHANG) == pid) {
			__atomic_store_n(&shared->pid[i], 0, __ATOMIC_RELAXED);
			__atomic_store_n(&shared->done[i], true, __ATOMIC_RELAXED);
		}
		left |= shared->pid[i] != 0;
	}
	return left;
}

/*
 * Log what each processor runs, and the stack of each task. The task that the others wait for may
 * be running.
 */
static void log_all_tasks(void)
{
	write_word("/proc/sysrq-trigger", "l");
	write_word("/proc/sysrq-trigger", "t");
}

/*
 * The checks after a program write to the devices and can hang in the kernel. So another process
 * watches, and powers the guest off if the fuzzer makes no progress.
 */
static void watch_progress(void)
{
	unsigned int seen = 0;
	long since = now_ms();

	fflush(stdout);
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pace(1000);
		if (*last_run != seen) {
			seen = *last_run;
			since = now_ms();
		} else if (now_ms() > since + CHECKS_WEDGED_MS) {
			log_all_tasks();
			printf("finding: wedged: the checks after program %u do not end\n", seen);
			fflush(stdout);
			write_word("/proc/sysrq-trigger", "o");
			pace(CHECKS_WEDGED_MS);
		}
	}
}

static void wait_for_end(void)
{
	long begin = now_ms();
	bool killed = false;

	while (reap()) {
		pace(2);
		if (!killed && now_ms() > begin + PROGRAM_MS) {
			killed = true;
			for (unsigned int i = 0; i < MAX_PROCS; i++)
				if (shared->pid[i])
					kill(shared->pid[i], SIGKILL);
		}
		if (now_ms() > begin + WEDGED_MS) {
			log_all_tasks();
			finding("wedged: a process does not end");
			return;
		}
	}
}

static void print_results(const struct program *p)
{
	for (unsigned int i = 0; i < MAX_PROCS; i++)
		for (unsigned int j = 0; j < p->len[i]; j++) {
			int result = shared->result[i][j];

			printf("#   %u.%u %s: %s\n", i, j, op_types[p->op[i][j].kind].name,
			       result < 0 ? "not over" : result ? strerrorname_np(result) : "ok");
		}
}

/* Runs one program and the checks after it. Exits at the first finding. */
static unsigned int run(const struct program *p, unsigned int *edges)
{
	const char *report;
	char text[TEXT];
	unsigned int new;

	program_print(p, text, sizeof(text));
	printf("run %u: %s\n", ++runs, text);
	fflush(stdout);
	*last_run = runs;
	start(p);
	wait_for_end();
	if (shared->reloaded)
		cover_sections();
	new = cover_take(edges);
	if (!*shared->finding)
		oracle_check();
	if (!*shared->finding)
		kept = oracle_return_to_base() ? 0 : kept + 1;
	report = oracle_report();
	if (report)
		finding("the kernel reports: %s", report);
	if (!*shared->finding)
		return new;
	printf("finding: %s\n", shared->finding);
	print_results(p);
	exit(1);
}

static void run_and_keep(const struct program *p, bool is_new)
{
	unsigned int edges, new = run(p, &edges);
	char text[TEXT];

	if (is_new && edges)
		add(p);
	if (!new)
		return;
	program_print(p, text, sizeof(text));
	printf("new %u %u: %s\n", new, edges, text);
}

static void finish(int status)
{
	printf("# %u programs in %ld s, %u kept\n", runs, now_ms() / 1000, nr_corpus);
	exit(status);
}

/* Prefers later programs, because each of these has reached new edges. */
static const struct program *choose(void)
{
	uint64_t a = random_below(nr_corpus), b = random_below(nr_corpus);

	return &corpus[random_below(2) && b > a ? b : a].program;
}

static void fuzz(long seconds, bool is_first_guest)
{
	long until = now_ms() + seconds * 1000;
	unsigned int n = is_first_guest ? nr_corpus : 0, i;
	struct program p;

	for (i = 0; i < n && now_ms() < until && kept < MAX_KEPT; i++)
		run_and_keep(&corpus[i].program, false);
	while (now_ms() < until && kept < MAX_KEPT) {
		if (random_below(12) == 0) {
			program_make(&p);
		} else {
			p = *choose();
			program_mutate(&p, choose());
		}
		run_and_keep(&p, true);
	}
	finish(kept < MAX_KEPT ? 0 : 10);
}

/* True if @p reaches all points in one of two runs. Runs differ, because other tasks also run. */
static bool reaches(const struct program *p, const uint8_t *points)
{
	unsigned int edges;

	for (int i = 0; i < 2; i++) {
		run(p, &edges);
		if (cover_last_has(points))
			return true;
	}
	return false;
}

static void shorten(struct program *p, const uint8_t *points)
{
	for (unsigned int i = 0; i < MAX_PROCS; i++)
		for (unsigned int j = p->len[i]; j-- > 0;) {
			struct program shorter = *p;

			program_remove(&shorter, i, j);
			if (!program_is_empty(&shorter) && reaches(&shorter, points))
				*p = shorter;
		}
}

/* A greedy choice: takes the program that adds the most points, until no program adds any. */
static void minimise(bool shortens)
{
	static uint8_t all[COVER_BYTES], fresh[COVER_BYTES];
	unsigned int edges;
	char text[TEXT];

	memset(all, 0, sizeof(all));
	for (unsigned int i = 0; i < nr_corpus; i++) {
		corpus[i].points = malloc(COVER_BYTES);
		if (!corpus[i].points)
			err(2, "malloc");
		run(&corpus[i].program, &edges);
		cover_copy_last(corpus[i].points);
	}
	for (;;) {
		struct entry *best = NULL;
		unsigned int most = 0;

		for (struct entry *e = corpus; e < corpus + nr_corpus; e++) {
			unsigned int n = 0;

			for (unsigned int i = 0; i < COVER_BYTES; i++)
				n += (unsigned int)__builtin_popcount(e->points[i] & ~all[i]);
			if (n > most) {
				most = n;
				best = e;
			}
		}
		if (!best)
			break;
		for (unsigned int i = 0; i < COVER_BYTES; i++) {
			fresh[i] = best->points[i] & (uint8_t)~all[i];
			all[i] |= best->points[i];
		}
		if (shortens)
			shorten(&best->program, fresh);
		program_print(&best->program, text, sizeof(text));
		printf("keep %u: %s\n", most, text);
		fflush(stdout);
	}
	finish(0);
}

int main(int argc, char **argv)
{
	struct stat covered;

	if (argc < 7)
		errx(2, "usage: fuzz MODE SEED SECONDS CORPUS COVERED DEVICE...");
	write_word("/proc/self/oom_score_adj", "-1000");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	last_run = mmap(NULL, sizeof(*last_run), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || last_run == MAP_FAILED)
		err(2, "mmap");
	random_seed(strtoull(argv[2], NULL, 10));
	read_corpus(argv[4]);
	if (!strcmp(argv[1], "check"))
		return 0;
	find_devices(argv + 6, (unsigned int)argc - 6);
	oracle_begin();
	cover_begin();
	cover_load(argv[5]);
	if (stat(argv[5], &covered))
		err(2, "%s", argv[5]);
	if (*shared->finding)
		errx(2, "at the beginning: %s", shared->finding);
	watch_progress();
	if (!strcmp(argv[1], "minimise") || !strcmp(argv[1], "shorten"))
		minimise(*argv[1] == 's');
	else if (!strcmp(argv[1], "fuzz"))
		fuzz(strtol(argv[3], NULL, 10), !covered.st_size);
	for (unsigned int i = 0; i < nr_corpus; i++)
		run_and_keep(&corpus[i].program, false);
	finish(0);
}
