// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of synchronous changes by libdaxplug: cancellation, signals, consent, locks and cost.
 * fake_kernel.c plays the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "library.h"

/* --- cancellation --------------------------------------------------------------- */

struct canceller {
	struct daxplug_change *c;
	int ready;		/* cancel after a line from this FIFO */
};

static void *cancel(void *data)
{
	const struct canceller *k = data;
	char line;

	if (read(k->ready, &line, 1) != 1)
		return data;
	daxplug_change_cancel(k->c);
	return NULL;
}

static int never_stop(const struct daxplug_progress *p, void *data)
{
	(void)p;
	(void)data;
	return 0;
}

/*
 * daxplug_change_cancel() ends the change although the progress function returns 0. It does not
 * apply to the next change.
 */
static void any_thread_may_cancel(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct canceller k;
	pthread_t thread;
	char path[4096];

	assert_int_equal(mkfifo(at(path, "ready"), 0600), 0);
	k.ready = open(path, O_RDWR | O_CLOEXEC);
	assert_true(k.ready >= 0);
	assert_int_equal(daxplug_change_new(&k.c), 0);
	daxplug_change_set_progress(k.c, never_stop, NULL);
	setenv("FAKE_READY", path, 1);
	setenv("FAKE_WAIT", "1", 1);
	assert_int_equal(pthread_create(&thread, NULL, cancel, &k), 0);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, k.c), -EINTR);
	pthread_join(thread, NULL);
	unsetenv("FAKE_WAIT");
	assert_int_equal(daxplug_change_get_outcome(k.c), DAXPLUG_OUTCOME_UNDONE);
	assert_int_equal(daxplug_change_get_begun(k.c), 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, k.c), 0);
	daxplug_change_free(k.c);
	close(k.ready);
}

static void cancelled_before_it_begins(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c;

	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_cancel(c);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EINTR);
	assert_int_equal(daxplug_change_get_begun(c), 0);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	daxplug_change_free(c);
}

/* --- signals while a system setting is changed -------------------------------------------- */

/* Plug until a signal kills the process. The library blocks the signal during the bind. */
static void plug_until_killed(struct daxplug_device *dev)
{
	struct daxplug_change *c;

	if (!daxplug_change_new(&c)) {
		/*
		 * The made-up kernel waits in the bind until the deadline. 3 s are enough to reach
		 * the bind, even on a busy machine.
		 */
		daxplug_change_set_deadline(c, 3000);
		daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c);
	}
	_exit(0);
}

static const char * const setting = "sys/devices/system/memory/auto_online_blocks";

static void is_set_to(const char *word)
{
	char path[4096], text[32] = "";
	int fd = open(at(path, "%s", setting), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, word);
	close(fd);
}

/*
 * Leave the same files as a change that was killed during a bind: the setting is "offline", and
 * @record contains the value before.
 */
static void leave_offline(const char *record)
{
	char path[4096];

	put(at(path, "run/auto_online_blocks"), record);
	put(at(path, "%s", setting), "offline\n");
}

/* If the record or the setting cannot be read now, a later change restores the setting. */
static void a_record_that_cannot_be_read_is_kept(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	char path[4096];

	assert_int_equal(mkdir(at(path, "run"), 0700), 0);
	leave_offline("online_movable\n");
	setenv("FAKE_CANNOT_OPEN", "24:auto_online_blocks", 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	unsetenv("FAKE_CANNOT_OPEN");
	is_set_to("offline");
	assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	is_set_to("online_movable");

	leave_offline("online_kernel\n");
	setenv("FAKE_CANNOT_OPEN", "24:/memory/auto_online_blocks", 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), -EMFILE);
	unsetenv("FAKE_CANNOT_OPEN");
	is_set_to("offline");
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	is_set_to("online_kernel");
	assert_int_equal(access(at(path, "run/auto_online_blocks"), F_OK), -1);

	/* A record that is no valid value restores nothing, and is removed. */
	assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	leave_offline("on\n");
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	is_set_to("offline");
	assert_int_equal(access(at(path, "run/auto_online_blocks"), F_OK), -1);
}

static void *make_unwritable_and_cancel(void *data)
{
	const struct canceller *k = data;
	char line;

	if (read(k->ready, &line, 1) != 1)
		return data;
	setenv("FAKE_CANNOT_OPEN", "24:/memory/auto_online_blocks", 1);
	daxplug_change_cancel(k->c);
	return NULL;
}

/* If the setting cannot be restored after the bind, a later change restores it. */
static void a_setting_that_cannot_be_written_is_restored_later(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct canceller k;
	pthread_t thread;
	char path[4096];

	assert_int_equal(mkfifo(at(path, "ready"), 0600), 0);
	k.ready = open(path, O_RDWR | O_CLOEXEC);
	assert_true(k.ready >= 0);
	assert_int_equal(daxplug_change_new(&k.c), 0);
	setenv("FAKE_READY", path, 1);
	setenv("FAKE_WAIT_BIND", "1", 1);
	assert_int_equal(pthread_create(&thread, NULL, make_unwritable_and_cancel, &k), 0);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, k.c), -EINTR);
	pthread_join(thread, NULL);
	unsetenv("FAKE_WAIT_BIND");
	unsetenv("FAKE_CANNOT_OPEN");
	is_set_to("offline");
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, k.c), 0);
	is_set_to("online");
	daxplug_change_free(k.c);
	close(k.ready);
}

/* If the name cannot be removed from new_id, the next unbind tries it again. */
static void a_name_that_cannot_be_removed_is_removed_later(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	char path[4096];
	struct stat st;

	put(at(path, "sys/bus/dax/devices/dax1.0/fake_no_type"), "");
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	assert_int_equal(unlink(at(path, "sys/bus/dax/devices/dax1.0/fake_no_type")), 0);
	setenv("FAKE_CANNOT_OPEN", "24:/remove_id", 1);
	assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	unsetenv("FAKE_CANNOT_OPEN");
	/* Now the device is bound by its type, so no new record is written. */
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	assert_int_equal(stat(at(path, "sys/bus/dax/drivers/kmem/remove_id"), &st), 0);
	assert_int_equal(st.st_size, strlen("dax1.0"));
	assert_int_equal(access(at(path, "run/dax1.0.id"), F_OK), -1);
}

/* The signal kills the process as soon as auto_online_blocks is restored, not before. */
static void a_deadly_signal_waits_for_the_policy(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	char path[4096], line;
	int ready, status = 0;
	pid_t pid;

	assert_int_equal(mkfifo(at(path, "ready"), 0600), 0);
	ready = open(path, O_RDWR | O_CLOEXEC);
	assert_true(ready >= 0);
	setenv("FAKE_READY", path, 1);
	setenv("FAKE_WAIT_BIND", "1", 1);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		plug_until_killed(dev);
	/* The limit only ends a test that hangs. */
	assert_int_equal(poll(&(struct pollfd){ .fd = ready, .events = POLLIN }, 1, 60000), 1);
	assert_int_equal(read(ready, &line, 1), 1);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unsetenv("FAKE_WAIT_BIND");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	is_set_to("online");
	close(ready);
}

/* --- the program's consent ------------------------------------------------------- */

struct consent {
	int answer;
	unsigned int asked, told;
	enum daxplug_state before, want;
	enum daxplug_outcome outcome;
	int err;
	bool has_lock;		/* did the change hold its lock when the function was called? */
};

static int consent_to(const struct daxplug_device *dev, enum daxplug_state before,
		      enum daxplug_state want, void *data)
{
	struct consent *k = data;
	char path[4096];
	int fd;

	k->asked++;
	k->before = before;
	k->want = want;
	fd = open(at(path, "run/%s.lock", daxplug_device_get_name(dev)), O_RDWR | O_CLOEXEC);
	k->has_lock = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return k->answer;
}

static void hear_end(const struct daxplug_device *dev, enum daxplug_outcome outcome, int err,
		     void *data)
{
	struct consent *k = data;

	(void)dev;
	k->told++;
	k->outcome = outcome;
	k->err = err;
}

/* The library calls the consent function under the lock, before the first step of a change. */
static void nothing_is_done_without_consent(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct consent k = { .answer = -EXDEV };
	enum daxplug_state now;
	struct daxplug_change *c;

	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_consent(c, consent_to, hear_end, &k);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EXDEV);
	assert_int_equal(daxplug_change_get_failed_step(c), DAXPLUG_STEP_CONSENT);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	assert_int_equal(daxplug_change_get_begun(c), 0);
	assert_int_equal(daxplug_device_get_state(dev, &now), 0);
	assert_int_equal(now, DAXPLUG_STATE_UNPLUGGED);
	assert_int_equal(k.before, DAXPLUG_STATE_UNPLUGGED);
	assert_int_equal(k.want, DAXPLUG_STATE_ONLINE_MOVABLE);
	assert_true(k.has_lock);
	assert_int_equal(k.asked, 1);
	assert_int_equal(k.told, 1);
	assert_int_equal(k.err, -EXDEV);

	k.answer = 0;
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	assert_int_equal(k.told, 2);
	assert_int_equal(k.outcome, DAXPLUG_OUTCOME_DONE);
	assert_int_equal(k.err, 0);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_NOTHING);
	assert_int_equal(k.asked, 2);
	daxplug_change_free(c);
}

/* --- the log -------------------------------------------------------------------- */

struct log {
	pthread_t thread;
	bool is_foreign;	/* was the function called in another thread? */
	bool has_memmap, has_guard;
};

static void read_line(enum daxplug_log_level level, const char *name, const char *text,
		      void *data)
{
	struct log *log = data;

	(void)level;
	(void)name;
	log->is_foreign |= !pthread_equal(pthread_self(), log->thread);
	log->has_memmap |= !strcmp(text, "wrote no to plug/memmap_on_memory: done");
	log->has_guard |= !strcmp(text, "wrote always to plug/guard: done");
}

/*
 * The replug writes plug/memmap_on_memory. Then its plug fails, so the library binds the device
 * again and restores the guard. The thread that waits for the change logs these writes, like all
 * others.
 */
static void settings_are_logged_in_the_programs_thread(void **state)
{
	static const char * const dirs[] = {
		"sys/module", "sys/module/kmem", "sys/module/kmem/parameters",
	};
	struct log log = { .thread = pthread_self() };
	struct daxplug_device *dev;
	struct daxplug_change *c;
	char path[4096];

	make_dirs(dirs, sizeof(dirs) / sizeof(dirs[0]));
	put(at(path, "sys/module/kmem/parameters/policy"), "\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/policy"), "default\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/memmap_on_memory"), "default\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/guard"), "always\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/state"), "offline\n");
	daxplug_set_log(*state, read_line, &log);
	assert_int_equal(daxplug_device_get_by_name(*state, "dax0.0", &dev), 0);
	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_memmap(c, DAXPLUG_MEMMAP_NO);
	setenv("FAKE_REFUSE", "online_movable:16", 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EBUSY);
	unsetenv("FAKE_REFUSE");
	assert_int_equal(daxplug_change_get_restored(c), 1);
	assert_true(log.has_memmap && log.has_guard);
	assert_false(log.is_foreign);
	/* A setting that the program writes itself is logged at once. */
	log.has_guard = false;
	assert_int_equal(daxplug_device_set_guard(dev, DAXPLUG_GUARD_ALWAYS), 0);
	assert_true(log.has_guard && !log.is_foreign);
	daxplug_change_free(c);
	daxplug_device_unref(dev);
}

/* --- a lock that another process holds --------------------------------------------------- */

static int give_up_waiting(const struct daxplug_progress *p, void *data)
{
	unsigned int *calls = data;

	assert_true(p->waiting);
	assert_int_equal(p->done, 0);
	if (!geteuid()) {
		assert_int_equal(p->holder, getpid());
		assert_string_equal(p->holder_name, "test_change");
	}
	return ++*calls == 2;
}

static void a_wait_for_a_lock_says_whose(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c;
	unsigned int calls = 0;
	const char *name = "";
	char path[4096];
	int lock, pid = 0;

	assert_int_equal(mkdir(at(path, "run"), 0700), 0);
	lock = open(at(path, "run/dax1.0.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_progress(c, give_up_waiting, &calls);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EINTR);
	assert_int_equal(calls, 2);
	assert_string_equal(daxplug_change_get_step(c), "lock");
	assert_int_equal(daxplug_change_get_begun(c), 0);
	if (!geteuid()) {
		assert_int_equal(daxplug_change_get_holder(c, &pid, &name), 0);
		assert_int_equal(pid, getpid());
		assert_string_equal(name, "test_change");
	}
	close(lock);
	daxplug_change_set_progress(c, NULL, NULL);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	assert_int_equal(daxplug_change_get_holder(c, &pid, &name), -ENOENT);
	daxplug_change_free(c);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct delays {
	uint64_t begin_ms, total_ms;
	uint64_t asked_ms;	/* how long the consent function took; 0: not called yet */
	/* The last elapsed time reported while the change waits, and the one after the consent. */
	unsigned int waited_ms, elapsed_ms;
	int lock;		/* held by the test until the change has waited for 1 s */
};

static int consent_slowly(const struct daxplug_device *dev, enum daxplug_state before,
			  enum daxplug_state want, void *data)
{
	struct delays *d = data;
	uint64_t begin = now_ms();

	(void)dev;
	(void)before;
	(void)want;
	usleep(500000);
	d->asked_ms = now_ms() - begin;
	return 0;
}

static int see_time(const struct daxplug_progress *p, void *data)
{
	struct delays *d = data;

	if (p->waiting) {
		d->waited_ms = p->elapsed_ms;
		if (d->lock >= 0 && p->elapsed_ms >= 1000) {
			close(d->lock);
			d->lock = -1;
		}
		return 0;
	}
	if (!d->asked_ms)
		return 0;
	d->elapsed_ms = p->elapsed_ms;
	d->total_ms = now_ms() - d->begin_ms;
	return 1;
}

/*
 * The library compares the deadline with the time that it reports to the progress function, so
 * this test reads that time.
 */
static void the_time_of_a_change_is_that_without_the_consent(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct delays d = { .asked_ms = 0 };
	struct daxplug_change *c;
	char path[4096];

	assert_int_equal(mkdir(at(path, "run"), 0700), 0);
	d.lock = open(at(path, "run/dax0.0.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(d.lock >= 0);
	assert_int_equal(flock(d.lock, LOCK_EX), 0);
	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_consent(c, consent_slowly, NULL, &d);
	daxplug_change_set_progress(c, see_time, &d);
	setenv("FAKE_WAIT", "1", 1);
	d.begin_ms = now_ms();
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EINTR);
	assert_true(d.waited_ms >= 1000 && d.asked_ms >= 490);
	assert_true(d.elapsed_ms >= d.waited_ms);
	assert_true(d.elapsed_ms + d.asked_ms <= d.total_ms + 3);
	daxplug_change_free(c);
}

/* --- what a change costs ------------------------------------------------------- */

static int count_call(const struct daxplug_progress *p, void *data)
{
	unsigned int *calls = data;

	*calls += !p->undoing;
	return 0;
}

/* The library promises at most ten calls a second, even on a backend with a step per block. */
static void progress_comes_ten_times_a_second(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct timespec begin, end;
	struct daxplug_change *c;
	unsigned int calls = 0;
	long ms;

	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_progress(c, count_call, &calls);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
	assert_true(calls >= 1);
	assert_true(calls <= (unsigned long)ms / 80 + 2);
	daxplug_change_free(c);
}

/* Open a counter of user and kernel instructions of this thread and its children, or return -1. */
static int count_instructions(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.inherit = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t instructions(int counter)
{
	uint64_t n = 0;

	assert_int_equal(read(counter, &n, sizeof(n)), sizeof(n));
	return n;
}

static uint64_t cpu_us(void)
{
	struct rusage own, ended;

	assert_int_equal(getrusage(RUSAGE_SELF, &own), 0);
	assert_int_equal(getrusage(RUSAGE_CHILDREN, &ended), 0);
	return (uint64_t)((own.ru_utime.tv_sec + own.ru_stime.tv_sec +
			   ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) * 1000000 +
			  own.ru_utime.tv_usec + own.ru_stime.tv_usec +
			  ended.ru_utime.tv_usec + ended.ru_stime.tv_usec);
}

static uint64_t spent(int counter)
{
	return counter < 0 ? cpu_us() : instructions(counter);
}

/* Return: the lowest cost of a plug and an unplug, including the kernel's part. */
static uint64_t cost_of_change(struct daxplug_device *dev, int counter)
{
	uint64_t least = 0;
	int i;

	for (i = 0; i < 4; i++) {
		uint64_t cost = spent(counter);

		assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
		assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
		cost = spent(counter) - cost;
		if (!least || cost < least)
			least = cost;
	}
	return least;
}

/*
 * This test maps 256 MiB in small pages, as a large program does. If the library copied the page
 * tables of the program for each block, that would cost many times as much as the change. If
 * instructions cannot be counted, the test compares CPU time. Then the limit is less strict,
 * because the machine may be busy.
 */
static void a_large_program_pays_no_more(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	int counter = count_instructions();
	const size_t size = 256UL << 20;
	uint64_t small, large;
	char *memory;

	small = cost_of_change(dev, counter);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	large = cost_of_change(dev, counter);
	munmap(memory, size);
	print_message("a change in a small program: %llu %s, in a large one: %llu\n",
		      (unsigned long long)small, counter < 0 ? "us" : "instructions",
		      (unsigned long long)large);
	if (counter >= 0) {
		close(counter);
		assert_true(large <= small + small / 5);
	} else {
		assert_true(large < 3 * small);
	}
}

static volatile sig_atomic_t children;

static void on_child(int sig)
{
	(void)sig;
	children++;
}

/* The caller gets neither SIGCHLD nor an exit status from the library's writing process. */
static void the_writer_is_no_child_of_the_callers(void **state)
{
	struct sigaction act = { .sa_handler = on_child }, before;
	struct daxplug_device *dev = device(state, "dax1.0");

	children = 0;
	assert_int_equal(sigaction(SIGCHLD, &act, &before), 0);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(children, 0);
	sigaction(SIGCHLD, &before, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_thread_may_cancel),
		TEST(cancelled_before_it_begins),
		TEST(nothing_is_done_without_consent),
		TEST(a_deadly_signal_waits_for_the_policy),
		TEST(a_record_that_cannot_be_read_is_kept),
		TEST(a_setting_that_cannot_be_written_is_restored_later),
		TEST(a_name_that_cannot_be_removed_is_removed_later),
		TEST(settings_are_logged_in_the_programs_thread),
		TEST(a_wait_for_a_lock_says_whose),
		TEST(the_time_of_a_change_is_that_without_the_consent),
		TEST(progress_comes_ten_times_a_second),
		TEST(a_large_program_pays_no_more),
		TEST(the_writer_is_no_child_of_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
