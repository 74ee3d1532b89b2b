// SPDX-License-Identifier: GPL-2.0-only
/* A process of a program: runs its actions, one after the other. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include "../guest/tools/pace.h"
#include "../guest/tools/sysfs.h"
#include "fuzz.h"

#define DEBUG "/sys/kernel/debug/"
#define PARAMETERS "/sys/module/kmem/parameters/"
#define REFUSE "/sys/module/refuse/parameters/"
#define VETO DEBUG "notifier-error-inject/memory/actions/"

void finding(const char *format, ...)
{
	va_list args;

	/* Keep the first finding, because later ones may be consequences of it. */
	if (*shared->finding)
		return;
	va_start(args, format);
	vsnprintf(shared->finding, sizeof(shared->finding), format, args);
	va_end(args);
}

static void device_path(char *path, size_t size, const struct device *d, const char *file)
{
	snprintf(path, size, "/sys/bus/dax/devices/%s/%s", d->name, file);
}

int device_write(const struct device *d, const char *file, const char *word)
{
	char path[128];

	device_path(path, sizeof(path), d, file);
	return write_word(path, word);
}

void device_read(const struct device *d, const char *file, char *word, size_t size)
{
	char path[128];

	device_path(path, sizeof(path), d, file);
	read_word(path, word, size);
}

int driver_write(const char *file, const char *word)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/kmem/%s", file);
	return write_word(path, word);
}

bool is_bound(const struct device *d)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/kmem/%s", d->name);
	return !access(path, F_OK);
}

int parent_write(const struct device *d, const char *file)
{
	char path[300];

	if (!d->may_go)
		return ENOSYS;
	snprintf(path, sizeof(path), "%s/%s", d->parent_driver, file);
	return write_word(path, strrchr(d->parent, '/') + 1);
}

static int read_all(const struct device *d, const char *file)
{
	char path[128], text[4096];
	int fd, err = 0;

	device_path(path, sizeof(path), d, file);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	if (read(fd, text, sizeof(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static unsigned long failed_undos(const struct device *d)
{
	char path[128], line[64];
	unsigned long n = 0;
	FILE *f;

	device_path(path, sizeof(path), d, "plug/stats");
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "failed_undos ", 13))
			n = strtoul(line + 13, NULL, 10);
	if (f)
		fclose(f);
	return n;
}

/*
 * Writes to state or hotplug. If no other process runs, checks the result. After a success,
 * the state must be the requested one. After an error, no block may have changed, unless the
 * statistics count a failed undo. The state inconsistent does not excuse a changed block,
 * because an undo that forgets a block also leaves that state.
 */
static int change(const struct device *d, const char *file, const char *word, bool alone)
{
	char before[MAX_BLOCKS + 1], after[MAX_BLOCKS + 1], state[64];
	unsigned long undos = failed_undos(d);
	int err;

	blocks_look(d, before);
	err = device_write(d, file, word);
	if (!alone)
		return err;
	blocks_look(d, after);
	device_read(d, "state", state, sizeof(state));
	if (!strcmp(word, "unplug"))
		word = "unplugged";
	if (!err && strcmp(state, word))
		finding("%s %s: ok, and state is %s (%s)", d->name, word, state, after);
	if (err && strcmp(before, after) && failed_undos(d) == undos)
		finding("%s %s: %s, and blocks were %s and are %s", d->name, word,
			strerrorname_np(err), before, after);
	return err;
}

static int write_block(const struct device *d, unsigned int block, const char *word)
{
	char path[128];

	if (block >= d->nr_blocks)
		return ENOENT;
	snprintf(path, sizeof(path), MEMORY "/memory%lu/state", d->block[block]);
	return write_word(path, word);
}

static int write_number(const char *directory, const char *file, uint64_t value)
{
	char path[200], number[32];

	snprintf(path, sizeof(path), "%s%s", directory, file);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	return write_word(path, number);
}

/* The size of the module's code is read once. It does not change when the module is reloaded. */
static uint64_t text_size, spared_start, spared_end;

static void find_text(void)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[256], name[128], type;
	uint64_t start = 0, end = 0;

	section_address(".text", &start);
	while (f && fgets(line, sizeof(line), f)) {
		bool ours = strstr(line, "[kmem]");
		uint64_t at;
		char *rest;

		at = strtoull(line, &rest, 16);
		if (sscanf(rest, " %c %127s", &type, name) != 2)
			continue;
		if (spared_start && !spared_end && at > spared_start)
			spared_end = at;
		if (!strcmp(name, "__register_one_node"))
			spared_start = at;
		if (ours && (type == 't' || type == 'T') && at > end && at - start < 1 << 20)
			end = at;
	}
	if (f)
		fclose(f);
	text_size = (end - start + 4095) / 4096 * 4096;
}

static const char *const injections[] = { DEBUG "failslab/", DEBUG "fail_page_alloc/" };

static int inject(const char *directory, unsigned int depth, const char *times)
{
	const char *probability = strstr(times, "of");
	uint64_t start;

	if (section_address(".text", &start))
		return ENOENT;
	write_number(directory, "probability", 0);
	write_number(directory, "stacktrace-depth", depth);
	write_number(directory, "require-start", start);
	write_number(directory, "require-end", start + text_size);
	/* The kernel has a BUG_ON() if __register_one_node() fails, so do not inject there. */
	write_number(directory, "reject-start", spared_start);
	write_number(directory, "reject-end", spared_end);
	write_number(directory, "interval", 1);
	write_number(directory, "verbose", 0);
	write_number(directory, "space", 0);
	write_number(directory, "min-order", 0);
	write_number(directory, "task-filter", 0);
	write_number(directory, "ignore-gfp-wait", 0);
	write_number(directory, "ignore-gfp-highmem", 0);
	write_number(directory, "times", probability ? 1000 : strtoull(times, NULL, 10));
	return write_number(directory, "probability",
			    probability ? 100 / strtoull(probability + 2, NULL, 10) : 100);
}

int fail_nothing(void)
{
	if (!text_size)
		find_text();
	write_number(injections[0], "probability", 0);
	return write_number(injections[1], "probability", 0);
}

static int fail(const char *kind, unsigned int depth, const char *times)
{
	if (!strcmp(kind, "nothing"))
		return fail_nothing();
	if (strcmp(kind, "page"))
		return inject(injections[0], depth, times);
	/*
	 * With a stack depth of 8, an allocation fails only if the module is among its eight
	 * nearest callers. With a larger depth, allocations for page tables of the direct mapping
	 * would fail, too. The kernel does not check these and crashes (alloc_low_pages(),
	 * phys_pmd_init() of 6.12).
	 */
	return inject(injections[1], 8, times);
}

static int refuse(const char *what, const struct device *d, unsigned int block)
{
	char path[128], number[32];

	if (!strcmp(what, "slow"))
		return write_number(REFUSE, "slow_ms", 100);
	if (!strcmp(what, "none")) {
		write_word(REFUSE "offline", "-1");
		write_word(REFUSE "online", "-1");
		write_word(REFUSE "after", "-1");
		return write_number(REFUSE, "slow_ms", 0);
	}
	if (block >= d->nr_blocks)
		return ENOENT;
	snprintf(path, sizeof(path), REFUSE "%s", what);
	snprintf(number, sizeof(number), "%lu", d->block[block]);
	return write_word(path, number);
}

static int veto(const char *action, const char *error)
{
	char path[160];

	snprintf(path, sizeof(path), VETO "%s/error", action);
	return write_word(path, error);
}

static int spoil(const struct device *d, unsigned int block, const char *page)
{
	uint64_t pages = block_size / 4096;

	if (block >= d->nr_blocks)
		return ENOENT;
	return write_number(DEBUG "hwpoison/", "corrupt-pfn",
			    d->block[block] * pages + strtoull(page, NULL, 10));
}

int load_module(void)
{
	struct utsname name;
	char path[256];
	int fd, err = 0;

	uname(&name);
	snprintf(path, sizeof(path), "/usr/lib/modules/%s/updates/kmem.ko", name.release);
	fd = open(path, O_RDONLY);
	if (syscall(SYS_finit_module, fd, "", 0))
		err = errno;
	close(fd);
	return err;
}

/* If an allocation fails, the module can stay unloaded. Then the oracle loads it again. */
static int reload(void)
{
	if (syscall(SYS_delete_module, "kmem", O_NONBLOCK))
		return errno;
	shared->reloaded = true;
	return load_module();
}

static int send_signal(unsigned int proc, const char *name)
{
	pid_t pid = __atomic_load_n(&shared->pid[proc], __ATOMIC_RELAXED);

	return pid && kill(pid, strcmp(name, "KILL") ? SIGINT : SIGKILL) == 0 ? 0 : ESRCH;
}

static int set_alarm(long ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	return setitimer(ITIMER_REAL, &timer, NULL) ? errno : 0;
}

/* Sends a signal to the module's thread of the device. */
static int interrupt_thread(const struct device *d)
{
	char path[300], name[32], wanted[32];
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int err = ESRCH;

	snprintf(wanted, sizeof(wanted), "kmem/%s", d->name);
	while (proc && err && (entry = readdir(proc))) {
		if (*entry->d_name < '0' || *entry->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		read_word(path, name, sizeof(name));
		if (!strcmp(name, wanted))
			err = kill((pid_t)strtol(entry->d_name, NULL, 10), SIGINT) ? errno : 0;
	}
	if (proc)
		closedir(proc);
	return err;
}

static int demote(const char *word)
{
	return write_word("/sys/kernel/mm/numa/demotion_enabled", word);
}

static bool injects_failures(const struct program *p)
{
	for (unsigned int i = 0; i < MAX_PROCS; i++)
		for (unsigned int j = 0; j < p->len[i]; j++) {
			const struct op *op = &p->op[i][j];

			if (op->kind == OP_FAIL &&
			    strcmp(arg_word(op_types[OP_FAIL].arg[0], op->arg[0]), "nothing"))
				return true;
		}
	return false;
}

/*
 * Without the check of space, the module adds several memory blocks with one call of the kernel.
 * If an allocation fails in the middle of the call, the kernel keeps the sections added so far, and
 * these addresses cannot be added again (EEXIST, doc/operate.md). This is a fault of the kernel, so
 * the fuzzer does not combine the two.
 */
static int set_parameter(const char *name, const char *word, const struct program *p)
{
	char path[128];

	if (!strcmp(name, "check_space_before_plug") && injects_failures(p))
		return EPERM;
	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	return write_word(path, word);
}

static int act_once(const struct program *p, const struct op *op, bool alone)
{
	const struct op_type *type = &op_types[op->kind];
	const struct device *d = &devices[op->arg[0] % nr_devices];
	const char *w[MAX_ARGS] = { "", "", "" };
	char path[128];

	for (int i = 0; i < MAX_ARGS && type->arg[i]; i++)
		w[i] = arg_word(type->arg[i], op->arg[i]);
	switch (op->kind) {
	case OP_STATE:
		return change(d, "state", w[1], alone);
	case OP_HOTPLUG:
		return change(d, "hotplug", w[1], alone);
	case OP_READ:
		return read_all(d, w[1]);
	case OP_GUARD:
	case OP_POLICY:
	case OP_POISON:
		snprintf(path, sizeof(path), "plug/%s", type->name);
		return device_write(d, path, w[1]);
	case OP_MEMMAP:
		return device_write(d, "plug/memmap_on_memory", w[1]);
	case OP_STALL:
		return device_write(d, "plug/stall_ms", w[1]);
	case OP_TIMEOUT:
		return device_write(d, "plug/timeout_ms", w[1]);
	case OP_PARAM:
		return set_parameter(w[0], w[1], p);
	case OP_POLICIES:
		return write_word(PARAMETERS "policy", strcmp(w[0], "none") ? w[0] : "\n");
	case OP_INITIAL:
		return write_word(PARAMETERS "memmap_on_memory", w[0]);
	case OP_BLOCK:
		return write_block(d, op->arg[1], w[2]);
	case OP_AUTO:
		return write_word(MEMORY "/auto_online_blocks", w[0]);
	case OP_BIND:
	case OP_UNBIND:
		return driver_write(type->name, d->name);
	case OP_REMOVE:
		return parent_write(d, "unbind");
	case OP_BACK:
		return parent_write(d, "bind");
	case OP_RELOAD:
		return reload();
	case OP_SIGNAL:
		return send_signal(op->arg[0], w[1]);
	case OP_ALARM:
		return set_alarm(strtol(w[0], NULL, 10));
	case OP_PAUSE:
		pace(strtol(w[0], NULL, 10));
		return 0;
	case OP_USE:
		return use_memory(d, op->arg[1], (unsigned int)strtoul(w[2], NULL, 10));
	case OP_HOG:
		return hog_memory((unsigned int)strtoul(w[0], NULL, 10));
	case OP_DROP:
		return drop_memory();
	case OP_FAIL:
		return fail(w[0], (unsigned int)strtoul(w[1], NULL, 10), w[2]);
	case OP_VETO:
		return veto(w[0], w[1]);
	case OP_REFUSE:
		d = &devices[op->arg[1] % nr_devices];
		return refuse(w[0], d, op->arg[2]);
	case OP_CLAIM:
		return op->arg[1] < d->nr_blocks ?
			       write_number("/sys/module/claim/parameters/", "region",
					    d->block[op->arg[1]] * block_size) : ENOENT;
	case OP_SPOIL:
		return spoil(d, op->arg[1], w[2]);
	case OP_DEMOTE:
		return demote(w[0]);
	default:
		return interrupt_thread(d);
	}
}

/* True if the action writes a string that must be refused in every state. */
static bool must_fail(const struct op *op)
{
	const struct op_type *type = &op_types[op->kind];

	for (int i = 0; i < MAX_ARGS && type->arg[i]; i++)
		if (arg_is_bad(type->arg[i], op->arg[i]))
			return true;
	return (op->kind == OP_STATE && !strcmp(arg_word(ARG_STATE, op->arg[1]), "offline")) ||
	       (op->kind == OP_HOTPLUG && !strcmp(arg_word(ARG_HOTPLUG, op->arg[1]), "unplugged"));
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The memory of this process stays in use until all other processes have finished. */
static void wait_for_others(const struct program *p, unsigned int proc)
{
	__atomic_store_n(&shared->done[proc], true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < MAX_PROCS; i++)
		while (p->len[i] && !__atomic_load_n(&shared->done[i], __ATOMIC_RELAXED))
			pace(5);
}

_Noreturn void act(const struct program *p, unsigned int proc, bool alone)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	use_ordinary_memory();
	write_word("/proc/self/oom_score_adj", "1000");
	while (!__atomic_load_n(&shared->go, __ATOMIC_RELAXED))
		;
	cover_enable(proc);
	for (unsigned int i = 0; i < p->len[proc]; i++) {
		int err = act_once(p, &p->op[proc][i], alone);

		shared->result[proc][i] = (int16_t)err;
		if (!err && must_fail(&p->op[proc][i]))
			finding("%s took a word that it must refuse",
				op_types[p->op[proc][i].kind].name);
	}
	wait_for_others(p, proc);
	drop_memory();
	_exit(0);
}
