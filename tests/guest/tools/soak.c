// SPDX-License-Identifier: GPL-2.0-only
/*
 * soak SEED STEPS LIMIT ACTOR... : performs STEPS random actions on memory devices, by several
 * actors at once. It pauses up to 1.5 seconds before each step. If the actor of a step still has
 * an action to end, soak waits for this actor, at most LIMIT seconds. The same SEED gives the same
 * steps.
 *
 * ACTOR is one word:
 *	dev:DEV		plugs and unplugs the device, through its file and with the command,
 *			with and without a signal; switches single blocks; sets its guard;
 *			unbinds and binds its driver; reports pages of it as failed
 *	movable:DEV	the same, but only in ZONE_MOVABLE
 *	pull:DEV	removes the device and adds it again, by an unbind and a bind of its parent
 *	remove:DEV:N	removes the device permanently, by a request to lab/run (serial number N)
 *	load:NODE:MIB	runs loads on that node, some of them with memory pressure
 *	cpu:N		switches the processor off and on
 *	ram:N		switches memory block N offline and online
 *
 * Prints "# SECONDS STEP WHAT" when an action begins, and the same with the result when it ends.
 * At the end all actors are stopped, and the loads compare their contents. Prints "lost" if
 * contents have changed, "killed" if a load was killed, and "wedged" if an action does not end
 * within LIMIT. Loads and switches of single blocks may take three times LIMIT. If such a switch
 * does not end, all loads are killed, and the switch gets the same time once more.
 * Exit: 1 if an action was wedged, 3 if contents were lost, else 0.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "pace.h"
#include "sysfs.h"

#define DAX "/sys/bus/dax/devices/"
#define DRIVER "/sys/bus/dax/drivers/kmem/"
#define MAX_ACTORS 24
#define PAGE 4096ULL

enum kind { DEVICE, MOVABLE, PULL, REMOVE, LOAD, CPU, RAM, KINDS };

static const char *const kind_name[KINDS] = {
	"dev", "movable", "pull", "remove", "load", "cpu", "ram",
};

/* How often an actor of each kind is chosen: a device six times as often as a processor. */
static const unsigned int weight[KINDS] = { 6, 6, 1, 3, 2, 1, 2 };

/*
 * @hand: the process that performs the current action; a LOAD runs on after its step
 * @since: when the action began, in ms
 */
struct actor {
	const char *name;	/* the device, node or number */
	const char *more;	/* after the second colon */
	long since;
	enum kind kind;
	int is_by_another;	/* the action switches a single block, as another program would */
	pid_t hand;
	unsigned int step;
};

static struct actor actors[MAX_ACTORS];
static int nr_actors;
/* Pointers to the actors. Each actor is in this array as often as the weight of its kind. */
static struct actor *lots[MAX_ACTORS * 6];
static unsigned int nr_lots;
static uint64_t random_state;
static long limit_ms;
static int lost, killed;

static uint64_t pick(uint64_t below)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	return (x ^ (x >> 32)) % below;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Prints a line with one write, because several processes print. */
static void say(unsigned int step, const char *what, const char *result)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "# %ld.%03ld %u %s%s%s\n", now_ms() / 1000,
			 now_ms() % 1000, step, what, *result ? ": " : "", result);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(2);
}

static const char *answer(int err)
{
	return err ? strerrorname_np(err) : "ok";
}

static unsigned long long read_hex(const char *path)
{
	char word[64];

	read_word(path, word, sizeof(word));
	return strtoull(word, NULL, 16);
}

/* Return: a random address in the device, or 0 if the device has no range now. */
static uint64_t address(const char *dev, uint64_t random)
{
	uint64_t start, end;
	char path[128], word[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), DAX "%s/mapping%llu/start", dev,
			 (unsigned long long)(i ? 0 : random % 2));
		read_word(path, word, sizeof(word));
		if (!*word)
			continue;
		start = strtoull(word, NULL, 16);
		snprintf(path + strlen(path) - strlen("start"), 8, "end");
		end = read_hex(path) + 1;
		return start + random / 2 % (end - start) / PAGE * PAGE;
	}
	return 0;
}

/* Runs an action in a child. If @sig is not 0, the child gets it after @ms milliseconds. */
static void run(char *result, size_t size, int sig, long ms, char **args,
		const char *path, const char *word)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (args) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, STDOUT_FILENO);
			dup2(null, STDERR_FILENO);
			execvp(args[0], args);
			_exit(127);
		}
		_exit(write_word(path, word));
	}
	if (sig) {
		pace(ms);
		kill(pid, sig);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(result, size, "signal %d", WTERMSIG(status));
	else if (args)
		snprintf(result, size, "exit %d", WEXITSTATUS(status));
	else
		snprintf(result, size, "%s", answer(WEXITSTATUS(status)));
}

/*
 * All random numbers of an action. Each step draws all of them, also those that it does not use. So
 * the steps of a SEED do not depend on what happens.
 */
struct draw {
	unsigned int what, word, sig;
	long ms;
	uint64_t place;
};

static struct draw draw(void)
{
	struct draw d;

	d.what = (unsigned int)pick(22);
	d.word = (unsigned int)pick(24);
	d.sig = (unsigned int)pick(9);
	d.ms = (long)pick(1500);
	d.place = pick(1ULL << 40);
	return d;
}

static const char *const words[] = {
	"online_movable", "unplugged", "online_movable", "unplugged", "online_movable",
	"unplugged", "online_kernel", "online",
};

static void change(const struct actor *a, const struct draw *d, int movable)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGKILL };
	const char *word = words[d->word % (movable ? 6 : 8)];
	int sig = d->sig % 3 ? 0 : signals[d->sig / 3 % 3];
	unsigned int by_command = d->what % 2;
	char text[160], path[128], result[64];
	int plugs = strcmp(word, "unplugged") != 0;
	char *unplug[] = { "daxplug", "unplug", (char *)a->name, NULL };
	char *plug[] = { "daxplug", "plug", (char *)a->name, "--zone", (char *)word, NULL };

	snprintf(path, sizeof(path), DAX "%s/state", a->name);
	snprintf(text, sizeof(text), "%s %s by %s, signal %d after %ld ms", a->name, word,
		 by_command ? "command" : "file", sig, d->ms);
	say(a->step, text, "");
	run(result, sizeof(result), sig, d->ms, !by_command ? NULL : plugs ? plug : unplug, path,
	    word);
	say(a->step, text, result);
}

static uint64_t block_size(void)
{
	return read_hex(MEMORY "/block_size_bytes");
}

static void interrupted(int sig)
{
	(void)sig;
}

/*
 * Switches one block as udev does. The block may not exist. The kernel retries an offline until a
 * signal arrives, so SIGALRM is sent after a tenth of the limit. The handler has no SA_RESTART, so
 * the write then returns EINTR.
 */
static void switch_block(const struct actor *a, unsigned long long block, const char *word)
{
	struct sigaction action = { .sa_handler = interrupted };
	char text[128], path[128];

	snprintf(path, sizeof(path), MEMORY "/memory%llu/state", block);
	snprintf(text, sizeof(text), "memory%llu %s by another", block, word);
	say(a->step, text, "");
	sigaction(SIGALRM, &action, NULL);
	alarm((unsigned int)(limit_ms / 10000));
	say(a->step, text, answer(write_word(path, word)));
	alarm(0);
}

static void rebind(const struct actor *a, long ms)
{
	char text[128], result[96];
	int err = write_word(DRIVER "unbind", a->name);

	snprintf(text, sizeof(text), "%s unbound and bound", a->name);
	say(a->step, text, answer(err));
	pace(ms);
	err = write_word(DRIVER "bind", a->name);
	snprintf(result, sizeof(result), "bound: %s", answer(err));
	say(a->step, text, result);
}

static void act_on_device(const struct actor *a, const struct draw *d, int movable)
{
	static const char *const guards[] = { "off", "transition", "always", "transition" };
	static const char *const states[] = { "offline", "online_movable", "online", "offline" };
	uint64_t at = address(a->name, d->place);
	char text[128];

	if (!at) {
		say(a->step, a->name, "it is not there");
	} else if (d->what < 12) {
		change(a, d, movable);
	} else if (d->what < 16) {
		switch_block(a, at / block_size(), states[d->word % (movable ? 2 : 4)]);
	} else if (d->what < 18) {
		char path[128];

		snprintf(path, sizeof(path), DAX "%s/plug/guard", a->name);
		snprintf(text, sizeof(text), "%s guard %s", a->name, guards[d->word % 4]);
		say(a->step, text, answer(write_word(path, guards[d->word % 4])));
	} else if (d->what < 20) {
		rebind(a, d->ms);
	} else {
		char number[32];

		snprintf(number, sizeof(number), "0x%llx", (unsigned long long)(at / PAGE));
		snprintf(text, sizeof(text), "%s page %s fails", a->name, number);
		say(a->step, text, "");
		say(a->step, text, answer(write_word("/sys/kernel/debug/hwpoison/corrupt-pfn",
						     number)));
	}
}

/* Unbinds the driver of the device's parent, which removes the device, and binds it again. */
static void pull(const struct actor *a, long ms)
{
	char path[160], *driver, *parent, text[128];
	int err;

	snprintf(path, sizeof(path), DAX "%s/../driver", a->name);
	driver = realpath(path, NULL);
	snprintf(path, sizeof(path), DAX "%s/..", a->name);
	parent = realpath(path, NULL);
	snprintf(text, sizeof(text), "%s removed and back", a->name);
	if (!driver || !parent) {
		say(a->step, text, "it is not there");
		return;
	}
	say(a->step, text, "");
	snprintf(path, sizeof(path), "%s/unbind", driver);
	err = write_word(path, strrchr(parent, '/') + 1);
	say(a->step, text, answer(err));
	pace(ms);
	snprintf(path, sizeof(path), "%s/bind", driver);
	err = write_word(path, strrchr(parent, '/') + 1);
	say(a->step, text, answer(err));
}

/*
 * Removes the device permanently. If the kernel has a driver for PCI slots, lab/run removes the
 * card. Otherwise only the kernel's device is removed, and the card stays.
 */
static void remove_card(const struct actor *a)
{
	const char *port = getenv("SOAK_ASK"), *file = getenv("SOAK_CARD");
	char path[160], text[128], request[32];
	glob_t slots;

	snprintf(text, sizeof(text), "%s removed for good", a->name);
	say(a->step, text, "");
	snprintf(path, sizeof(path), DAX "%s", a->name);
	snprintf(request, sizeof(request), "remove %s\n", a->more);
	if (port && !glob("/sys/bus/pci/slots/*", 0, NULL, &slots))
		say(a->step, text, answer(write_word(port, request)));
	else if (file)
		say(a->step, text, answer(write_word(file, "1")));
	while (!access(path, F_OK))
		pace(100);
	say(a->step, text, "the device is gone");
}

static void load(struct actor *a, const struct draw *d)
{
	char seed[32], text[96];
	sigset_t set;

	/*
	 * SIGTERM is blocked, so it stays pending until the load is ready for it. The load has
	 * its own process group, so that all of its processes can be killed at once.
	 */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setpgid(0, 0);
	write_word("/proc/self/oom_score_adj", "0");
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)d->place % 1000000);
	snprintf(text, sizeof(text), "load %s on node %s", seed, a->name);
	say(a->step, text, "");
	execlp("loads", "loads", seed, a->name, a->more, "/tmp", NULL);
	_exit(127);
}

static void act(struct actor *a, const struct draw *d)
{
	char path[128];

	switch (a->kind) {
	case DEVICE:
	case MOVABLE:
		act_on_device(a, d, a->kind == MOVABLE);
		break;
	case PULL:
		pull(a, d->ms);
		break;
	case REMOVE:
		remove_card(a);
		break;
	case LOAD:
		load(a, d);
		break;
	case CPU:
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%s/online", a->name);
		say(a->step, "processor off", answer(write_word(path, "0")));
		pace(d->ms);
		say(a->step, "processor on", answer(write_word(path, "1")));
		break;
	default:
		switch_block(a, strtoull(a->name, NULL, 10), "offline");
		pace(d->ms);
		switch_block(a, strtoull(a->name, NULL, 10), "online");
	}
}

/* Prints the kernel's state for an action that does not end. Exits with 1. */
static _Noreturn void wedged(const struct actor *a)
{
	printf("# wedged: step %u, %s %s, for %ld s\n", a->step, kind_name[a->kind], a->name,
	       (now_ms() - a->since) / 1000);
	fflush(stdout);
	write_word("/proc/sysrq-trigger", "w");
	write_word("/proc/sysrq-trigger", "l");
	execlp("sh", "sh", "-c",
	       "cd /sys/bus/dax/devices; grep . */state */plug/progress */plug/stats; "
	       "grep . */plug/blockers; "
	       "cat /proc/vmstat /proc/meminfo; cat /proc/[0-9]*/stack; exit 1", NULL);
	_exit(1);
}

static void end_load(const struct actor *a, int status)
{
	char result[64];

	if (WIFSIGNALED(status) || WEXITSTATUS(status) == 3) {
		killed++;
		snprintf(result, sizeof(result), "killed");
	} else {
		lost += WEXITSTATUS(status) == 1;
			/* Status 2: the load could not be set up, as on a node without memory. */
		snprintf(result, sizeof(result), "exit %d", WEXITSTATUS(status));
	}
	say(a->step, "load ends", result);
}

/*
 * Kills all loads, because another program's switch of a block does not end. The kernel retries
 * the switch, because there is too little free memory.
 */
static void make_room_for(const struct actor *a)
{
	say(a->step, "does not end", "all loads are killed");
	for (int i = 0; i < nr_actors; i++)
		if (actors[i].kind == LOAD && actors[i].hand)
			kill(-actors[i].hand, SIGKILL);
}

/* Waits until the actor's action has ended. A load is stopped and compares its contents. */
static void settle(struct actor *a)
{
	long begin = now_ms(), limit;
	bool has_room = false;
	int status;

	if (!a->hand)
		return;
	if (a->kind == LOAD) {
		kill(a->hand, SIGTERM);
		a->since = begin;
	}
	/*
	 * A load gets more time, because QEMU accesses the memory of a CXL device word by word.
	 * Another program's switch of a block gets more time, too, because the kernel may search
	 * for free memory for long, and does not check for signals meanwhile.
	 */
	limit = a->kind == LOAD || a->is_by_another ? 3 * limit_ms : limit_ms;
	while (waitpid(a->hand, &status, WNOHANG) != a->hand) {
		if (now_ms() - a->since > limit) {
			if (!a->is_by_another || has_room)
				wedged(a);
			make_room_for(a);
			has_room = true;
			limit *= 2;
		}
		pace(20);
	}
	if (a->kind == LOAD) {
		kill(-a->hand, SIGKILL);
		end_load(a, status);
	}
	a->hand = 0;
}

static void parse(struct actor *a, char *word)
{
	char *kind = strsep(&word, ":");

	while (a->kind < KINDS && strcmp(kind, kind_name[a->kind]))
		a->kind++;
	a->name = strsep(&word, ":");
	a->more = word;
	if (a->kind == KINDS || !a->name || ((a->kind == LOAD || a->kind == REMOVE) && !a->more)) {
		fprintf(stderr, "soak: not an actor: %s\n", kind);
		exit(2);
	}
	for (unsigned int i = 0; i < weight[a->kind]; i++)
		lots[nr_lots++] = a;
}

int main(int argc, char **argv)
{
	unsigned int steps;

	if (argc < 5 || argc - 4 > MAX_ACTORS)
		return 2;
	random_state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL;
	steps = (unsigned int)strtoul(argv[2], NULL, 0);
	limit_ms = strtol(argv[3], NULL, 0) * 1000;
	for (nr_actors = 0; nr_actors < argc - 4; nr_actors++)
		parse(&actors[nr_actors], argv[nr_actors + 4]);

	for (unsigned int step = 1; step <= steps; step++) {
		struct actor *a = lots[pick(nr_lots)];
		struct draw d = draw();

		pace((long)pick(1500));
		settle(a);
		a->step = step;
		a->since = now_ms();
		a->is_by_another = a->kind == RAM || (d.what >= 12 && d.what < 16);
		a->hand = fork();
		if (!a->hand) {
			act(a, &d);
			_exit(0);
		}
	}
	for (int i = 0; i < nr_actors; i++)
		if (actors[i].kind != LOAD)
			settle(&actors[i]);
	for (int i = 0; i < nr_actors; i++)
		settle(&actors[i]);
	if (lost)
		printf("# lost %d\n", lost);
	if (killed)
		printf("# killed %d\n", killed);
	return lost ? 3 : 0;
}
