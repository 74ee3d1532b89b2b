// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of asynchronous changes: in a poll loop, cancelled, freed, not followed, and after a fork.
 * fake_kernel.c plays the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "library.h"

#define PATIENCE_MS 10000

static bool is_readable(const struct daxplug_change *c, int ms)
{
	struct pollfd p = { .fd = daxplug_change_get_fd(c), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Follow the change in a poll loop, as a program does. Return: the result of the change. */
static int follow(struct daxplug_change *c)
{
	int ended, result = 1;

	do {
		assert_true(is_readable(c, PATIENCE_MS));
		ended = daxplug_change_dispatch(c, &result);
		assert_true(ended >= 0);
	} while (!ended);
	assert_int_equal(daxplug_change_dispatch(c, &result), -EINVAL);
	assert_false(is_readable(c, 0));
	return result;
}

static struct daxplug_change *new_change(void)
{
	struct daxplug_change *c;

	assert_int_equal(daxplug_change_new(&c), 0);
	return c;
}

static int plug(struct daxplug_change *c, struct daxplug_device *dev)
{
	return daxplug_change_start(c, dev, DAXPLUG_ACTION_PLUG, DAXPLUG_ZONE_MOVABLE);
}

static int unplug(struct daxplug_change *c, struct daxplug_device *dev)
{
	return daxplug_change_start(c, dev, DAXPLUG_ACTION_UNPLUG, 0);
}

/* Open the FIFO to which fake_kernel.c writes before it waits for a signal. */
static int open_ready(void)
{
	char path[4096];
	int fd;

	assert_int_equal(mkfifo(at(path, "ready"), 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	setenv("FAKE_READY", path, 1);
	return fd;
}

static void wait_ready(int ready)
{
	struct pollfd p = { .fd = ready, .events = POLLIN };
	char line;

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(read(ready, &line, 1), 1);
}

/* --- completed changes ----------------------------------------------------------------- */

static void each_change_in_a_poll_loop(void **state)
{
	static const char * const names[] = { "dax0.0", "dax1.0" };
	struct daxplug_change *c = new_change();
	enum daxplug_state word;
	size_t i;

	assert_int_equal(daxplug_change_dispatch(c, &(int){ 0 }), -EINVAL);
	for (i = 0; i < 2; i++) {
		struct daxplug_device *dev = device(state, names[i]);

		assert_int_equal(plug(c, dev), 0);
		assert_int_equal(follow(c), 0);
		assert_int_equal(state_of(dev), DAXPLUG_STATE_ONLINE_MOVABLE);
		assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_DONE);
		assert_int_equal(daxplug_change_start(c, dev, DAXPLUG_ACTION_REPAIR, 0), 0);
		assert_int_equal(follow(c), 0);
		assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_NOTHING);
		assert_int_equal(unplug(c, dev), 0);
		assert_int_equal(follow(c), 0);
		assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
		assert_int_equal(daxplug_change_get_before(c, &word), 0);
		assert_int_equal(word, DAXPLUG_STATE_ONLINE_MOVABLE);
	}
	daxplug_change_free(c);
}

static void what_cannot_be_meant_does_not_begin(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c = new_change();
	enum daxplug_state word = DAXPLUG_STATE_UNKNOWN;

	assert_int_equal(daxplug_change_start(c, dev, DAXPLUG_ACTION_PLUG, 3), -EINVAL);
	assert_int_equal(daxplug_change_start(c, dev, DAXPLUG_ACTION_PLUG, -1), -EINVAL);
	assert_int_equal(daxplug_change_start(c, dev, DAXPLUG_ACTION_UNPLUG, 1), -EINVAL);
	assert_int_equal(daxplug_change_start(c, dev, DAXPLUG_ACTION_SET_MODE,
					      DAXPLUG_MODE_OTHER), -EINVAL);
	assert_int_equal(daxplug_change_start(c, dev, (enum daxplug_action)4, 0), -EINVAL);
	assert_int_equal(daxplug_change_dispatch(c, &(int){ 0 }), -EINVAL);
	assert_int_equal(daxplug_change_get_after(c, &word), 0);
	assert_int_equal(word, DAXPLUG_STATE_UNPLUGGED);
	daxplug_change_free(c);
}

static void a_refusal_has_its_details(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c = new_change();
	uint64_t block = 0;

	setenv("FAKE_FAIL", "35:online_movable:16", 1);
	assert_int_equal(plug(c, dev), 0);
	/*
	 * Until this change ends, the getter describes the previous change. There is no previous
	 * change, so it returns DAXPLUG_STEP_NONE.
	 */
	assert_int_equal(daxplug_change_get_failed_step(c), DAXPLUG_STEP_NONE);
	assert_int_equal(follow(c), -EBUSY);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	assert_int_equal(daxplug_change_get_failed_step(c), DAXPLUG_STEP_ONLINE);
	assert_string_equal(daxplug_change_get_step(c), "online");
	assert_int_equal(daxplug_change_get_block(c, &block), 0);
	assert_int_equal(block, 35);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	daxplug_change_free(c);
}

/* Run in a child process. The child may open no more files, so the change cannot start. */
static int fail_to_start(struct daxplug_change *c, struct daxplug_device *dev)
{
	const struct rlimit none = { .rlim_cur = 3, .rlim_max = 3 };

	if (setrlimit(RLIMIT_NOFILE, &none) || plug(c, dev) != -EMFILE)
		return 1;
	return daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_UNDONE ? 0 : 2;
}

static void the_result_before_stays_until_the_end(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c = new_change();
	enum daxplug_state word = DAXPLUG_STATE_UNKNOWN;
	int ready = open_ready(), status;
	pid_t pid;

	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	setenv("FAKE_WAIT_BLOCK", "40", 1);
	assert_int_equal(unplug(c, dev), 0);
	wait_ready(ready);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_DONE);
	assert_int_equal(daxplug_change_get_begun(c), 1);
	assert_int_equal(daxplug_change_get_after(c, &word), 0);
	assert_int_equal(word, DAXPLUG_STATE_ONLINE_MOVABLE);
	unsetenv("FAKE_WAIT_BLOCK");
	daxplug_change_cancel(c);
	assert_int_equal(follow(c), -EINTR);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	/* If a change does not start, the getters describe a change that has failed. */
	assert_int_equal(unplug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	pid = fork();
	if (!pid)
		_exit(fail_to_start(c, dev));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	daxplug_change_free(c);
	close(ready);
}

struct tale {
	struct daxplug_change *c;
	struct daxplug_device *dev;
	pthread_t thread;
	unsigned int calls, lines;
	bool has_borrowed, has_put_back, has_waited;
};

static int hear(const struct daxplug_progress *p, void *data)
{
	struct tale *t = data;
	int result;

	assert_true(pthread_equal(pthread_self(), t->thread));
	assert_true(p->done <= p->total);
	assert_int_equal(daxplug_change_dispatch(t->c, &result), -EBUSY);
	assert_int_equal(plug(t->c, t->dev), -EALREADY);
	t->calls++;
	return 0;
}

static void read_line(enum daxplug_log_level level, const char *name, const char *text,
		      void *data)
{
	struct tale *t = data;

	assert_true(pthread_equal(pthread_self(), t->thread));
	assert_string_equal(name, "dax1.0");
	assert_null(strchr(text, '\n'));
	t->lines++;
	t->has_waited |= level == DAXPLUG_LOG_INFO && strstr(text, "waits for dax1.0.lock");
	t->has_borrowed |= level == DAXPLUG_LOG_INFO &&
			   !strcmp(text, "auto_online_blocks was online, and is offline while "
					 "kmem is bound");
	t->has_put_back |= level == DAXPLUG_LOG_INFO &&
			   !strcmp(text, "auto_online_blocks is online again");
}

/* The callbacks run in the thread of the program that calls daxplug_change_dispatch(). */
static void progress_and_log_come_by_dispatch(void **state)
{
	struct tale t = { .thread = pthread_self(), .c = new_change() };

	daxplug_set_log(*state, read_line, &t);
	assert_int_equal(daxplug_device_get_by_name(*state, "dax1.0", &t.dev), 0);
	daxplug_change_set_progress(t.c, hear, &t);
	assert_int_equal(plug(t.c, t.dev), 0);
	assert_true(is_readable(t.c, PATIENCE_MS));
	assert_int_equal(t.calls + t.lines, 0);
	assert_int_equal(follow(t.c), 0);
	assert_true(t.calls >= 1);
	assert_true(t.has_borrowed && t.has_put_back && !t.has_waited);
	/* The log has at least one line for each block. */
	assert_true(t.lines > BLOCKS);
	/* Synchronous calls log, too, but not for a handle made before daxplug_set_log(). */
	t.lines = 0;
	assert_int_equal(daxplug_device_unplug(t.dev, NULL), 0);
	assert_true(t.lines > BLOCKS);
	t.lines = 0;
	assert_int_equal(daxplug_device_plug(device(state, "dax1.0"), DAXPLUG_ZONE_MOVABLE,
					     NULL), 0);
	assert_int_equal(t.lines, 0);
	daxplug_device_unref(t.dev);
	daxplug_change_free(t.c);
}

/* A change completes although the program does not follow it and has dropped its device handle. */
static void it_needs_nobody(void **state)
{
	struct daxplug_change *c = new_change();
	struct daxplug_device *dev;

	assert_int_equal(daxplug_device_get_by_name(*state, "dax1.0", &dev), 0);
	assert_int_equal(plug(c, dev), 0);
	daxplug_device_unref(dev);
	assert_true(is_readable(c, PATIENCE_MS));
	assert_int_equal(state_of(device(state, "dax1.0")), DAXPLUG_STATE_ONLINE_MOVABLE);
	assert_int_equal(follow(c), 0);
	daxplug_change_free(c);
}

/* Each change becomes readable when it ends. A change that hangs does not delay another one. */
static void two_devices_in_one_loop(void **state)
{
	struct daxplug_device *slow = device(state, "dax0.0"), *quick = device(state, "dax1.0");
	struct daxplug_change *a = new_change(), *b = new_change();
	int ready = open_ready(), result = 1;

	setenv("FAKE_WAIT", "1", 1);
	assert_int_equal(plug(a, slow), 0);
	assert_int_equal(plug(b, quick), 0);
	wait_ready(ready);
	assert_int_equal(follow(b), 0);
	assert_int_equal(state_of(quick), DAXPLUG_STATE_ONLINE_MOVABLE);
	assert_int_equal(daxplug_change_dispatch(a, &result), 0);
	daxplug_change_cancel(a);
	assert_int_equal(follow(a), -EINTR);
	assert_int_equal(state_of(slow), DAXPLUG_STATE_UNPLUGGED);
	daxplug_change_free(a);
	daxplug_change_free(b);
	close(ready);
}

/* --- cancelled ------------------------------------------------------------------- */

static void *cancel(void *data)
{
	daxplug_change_cancel(data);
	return NULL;
}

static void another_thread_may_cancel(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();
	int ready = open_ready();
	pthread_t thread;

	setenv("FAKE_WAIT", "1", 1);
	assert_int_equal(plug(c, dev), 0);
	wait_ready(ready);
	assert_int_equal(plug(c, dev), -EALREADY);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EALREADY);
	assert_int_equal(daxplug_device_plug(dev, (enum daxplug_zone)9, c), -EALREADY);
	assert_int_equal(daxplug_device_check_mode(dev, DAXPLUG_MODE_DEVDAX, c), -EALREADY);
	assert_int_equal(pthread_create(&thread, NULL, cancel, c), 0);
	assert_int_equal(follow(c), -EINTR);
	pthread_join(thread, NULL);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	assert_int_equal(daxplug_change_get_begun(c), 1);
	/* The cancellation does not apply to the next change. */
	unsetenv("FAKE_WAIT");
	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	daxplug_change_free(c);
	close(ready);
}

static void cancelled_when_it_had_ended(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();

	assert_int_equal(plug(c, dev), 0);
	assert_true(is_readable(c, PATIENCE_MS));
	daxplug_change_cancel(c);
	assert_int_equal(follow(c), 0);
	assert_int_equal(unplug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	daxplug_change_free(c);
}

static void the_deadline_needs_nobody(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();

	setenv("FAKE_WAIT", "1", 1);
	daxplug_change_set_deadline(c, 50);
	assert_int_equal(plug(c, dev), 0);
	/* The change that runs keeps its deadline. This setting is for the next change. */
	daxplug_change_set_deadline(c, 0);
	assert_true(is_readable(c, PATIENCE_MS));
	assert_int_equal(follow(c), -ETIMEDOUT);
	assert_int_equal(daxplug_change_get_limit(c), DAXPLUG_LIMIT_DEADLINE);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	unsetenv("FAKE_WAIT");
	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	daxplug_change_free(c);
}

static int give_up(const struct daxplug_progress *p, void *data)
{
	unsigned int *calls = data;

	(*calls)++;
	return !p->undoing;
}

static void the_progress_function_may_give_up(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();
	unsigned int calls = 0;

	setenv("FAKE_WAIT", "1", 1);
	daxplug_change_set_progress(c, give_up, &calls);
	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), -EINTR);
	assert_true(calls >= 1);
	unsetenv("FAKE_WAIT");
	daxplug_change_set_progress(c, NULL, NULL);
	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	daxplug_change_free(c);
}

/*
 * When daxplug_change_free() returns, the change is undone, and its lock, thread and memory are
 * released.
 */
static void freed_while_it_is_at_work(void **state)
{
	static const char * const names[] = { "dax0.0", "dax1.0" };
	int ready = open_ready();
	size_t i;

	setenv("FAKE_WAIT", "1", 1);
	setenv("FAKE_WAIT_BLOCK", "40", 1);
	setenv("FAKE_WAIT_WORD", "online_movable", 1);
	for (i = 0; i < 2; i++) {
		struct daxplug_device *dev = device(state, names[i]);
		struct daxplug_change *c = new_change();

		assert_int_equal(plug(c, dev), 0);
		wait_ready(ready);
		daxplug_change_free(c);
		assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	}
	unsetenv("FAKE_WAIT");
	unsetenv("FAKE_WAIT_BLOCK");
	unsetenv("FAKE_WAIT_WORD");
	for (i = 0; i < 2; i++)
		assert_int_equal(daxplug_device_plug(device(state, names[i]),
						     DAXPLUG_ZONE_MOVABLE, NULL), 0);
	close(ready);
}

/* --- a lock that another process holds ---------------------------------------------------- */

struct waiting {
	unsigned int calls;
	int holder;
};

static int see_waiting(const struct daxplug_progress *p, void *data)
{
	struct waiting *w = data;

	if (!p->waiting)
		return 0;
	w->calls++;
	w->holder = p->holder;
	return 0;
}

/* Follow the change until its callback reports that it waits for the lock. */
static void follow_until_it_waits(struct daxplug_change *c, const struct waiting *w)
{
	int result;

	while (!w->calls) {
		assert_true(is_readable(c, PATIENCE_MS));
		assert_int_equal(daxplug_change_dispatch(c, &result), 0);
	}
}

/* Start a process that holds the lock of dax1.0 until the caller closes its end of @hold. */
static pid_t lock_elsewhere(int hold[2])
{
	char path[4096], line;
	int locked[2];
	pid_t pid;

	assert_int_equal(mkdir(at(path, "run"), 0700), 0);
	assert_int_equal(pipe(hold), 0);
	assert_int_equal(pipe(locked), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd;

		close(hold[1]);
		fd = open(at(path, "run/dax1.0.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || flock(fd, LOCK_EX) || write(locked[1], "\n", 1) != 1)
			_exit(1);
		_exit(read(hold[0], &line, 1) != 0);
	}
	close(hold[0]);
	close(locked[1]);
	assert_int_equal(read(locked[0], &line, 1), 1);
	close(locked[0]);
	return pid;
}

static void a_wait_for_a_lock_blocks_nobody(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c = new_change();
	struct waiting w = { .calls = 0 };
	const char *name = "";
	int hold[2], pid = 0;
	pid_t holder = lock_elsewhere(hold);

	daxplug_change_set_progress(c, see_waiting, &w);
	assert_int_equal(plug(c, dev), 0);
	follow_until_it_waits(c, &w);
	daxplug_change_cancel(c);
	assert_int_equal(follow(c), -EINTR);
	assert_int_equal(daxplug_change_get_failed_step(c), DAXPLUG_STEP_LOCK);
	assert_int_equal(daxplug_change_get_begun(c), 0);
	if (!geteuid()) {
		assert_int_equal(w.holder, holder);
		assert_int_equal(daxplug_change_get_holder(c, &pid, &name), 0);
		assert_int_equal(pid, holder);
		assert_string_equal(name, "test_async");
	}
	/* A change that keeps waiting gets the lock. */
	w.calls = 0;
	assert_int_equal(plug(c, dev), 0);
	follow_until_it_waits(c, &w);
	close(hold[1]);
	assert_int_equal(follow(c), 0);
	assert_int_equal(daxplug_change_get_holder(c, &pid, &name), -ENOENT);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	daxplug_change_free(c);
}

static void two_changes_of_one_device(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *a = new_change(), *b = new_change();
	struct waiting w = { .calls = 0 };
	int ready = open_ready();

	setenv("FAKE_WAIT_BLOCK", "40", 1);
	setenv("FAKE_WAIT_WORD", "online_movable", 1);
	assert_int_equal(plug(a, dev), 0);
	wait_ready(ready);
	daxplug_change_set_progress(b, see_waiting, &w);
	assert_int_equal(plug(b, dev), 0);
	follow_until_it_waits(b, &w);
	unsetenv("FAKE_WAIT_BLOCK");
	unsetenv("FAKE_WAIT_WORD");
	daxplug_change_cancel(a);
	assert_int_equal(follow(a), -EINTR);
	assert_int_equal(follow(b), 0);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_ONLINE_MOVABLE);
	daxplug_change_free(a);
	daxplug_change_free(b);
	close(ready);
}

/* --- a fork meanwhile ----------------------------------------------------------- */

/* Use the parent's change in the child. Return: 0, or the number of the check that failed. */
static int use_in_child(struct daxplug_change *c, struct daxplug_device *other)
{
	int result;

	daxplug_change_cancel(c);
	if (daxplug_change_dispatch(c, &result) != -ECHILD)
		return 1;
	/* The child can use the same struct for a change of its own. */
	unsetenv("FAKE_WAIT_BLOCK");
	if (daxplug_device_plug(other, DAXPLUG_ZONE_MOVABLE, c) ||
	    daxplug_change_get_outcome(c) != DAXPLUG_OUTCOME_DONE)
		return 2;
	daxplug_change_free(c);
	return 0;
}

/*
 * The child cannot affect the parent's change. A child that continues to run does not keep the
 * lock after the parent's change has ended.
 */
static void a_child_has_no_part_in_it(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0"), *other = device(state, "dax0.0");
	struct daxplug_change *c = new_change();
	int ready = open_ready(), hold[2], result, status;
	char line = 0;
	pid_t pid;

	assert_int_equal(pipe(hold), 0);
	setenv("FAKE_WAIT_BLOCK", "40", 1);
	assert_int_equal(plug(c, dev), 0);
	wait_ready(ready);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int failed;

		/* The child is killed when the parent ends, so a failed test leaves no process. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		failed = use_in_child(c, other);

		close(hold[0]);
		line = failed ? '0' : '1';
		_exit(write(hold[1], &line, 1) != 1 || read(ready, &line, 1) != 1);
	}
	assert_int_equal(read(hold[0], &line, 1), 1);
	assert_int_equal(line, '1');
	/* The change still runs. If it had been cancelled, its result would be readable. */
	assert_false(is_readable(c, 300));
	assert_int_equal(daxplug_change_dispatch(c, &result), 0);
	unsetenv("FAKE_WAIT_BLOCK");
	daxplug_change_cancel(c);
	assert_int_equal(follow(c), -EINTR);
	daxplug_change_set_deadline(c, PATIENCE_MS / 2);
	assert_int_equal(plug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	assert_int_equal(write(ready, "\n", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(hold[0]);
	close(hold[1]);
	close(ready);
	daxplug_change_free(c);
}

static pid_t child = -1;
static bool in_child;

static int fork_once(const struct daxplug_progress *p, void *data)
{
	(void)p;
	(void)data;
	if (child < 0) {
		child = fork();
		in_child = !child;
	}
	return !in_child;
}

/* daxplug_device_plug() returns in the parent and in the child. In the child it changes nothing. */
static void a_fork_in_a_call_that_waits(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();
	int status, err;

	setenv("FAKE_WAIT", "1", 1);
	daxplug_change_set_progress(c, fork_once, NULL);
	err = daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c);
	if (in_child) {
		daxplug_change_free(c);
		_exit(err != -ECHILD);
	}
	assert_int_equal(err, -EINTR);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	daxplug_change_free(c);
}

/* --- options that are set while a change runs ------------------------------------ */

static int refuse(const struct daxplug_device *dev, enum daxplug_state before,
		  enum daxplug_state want, void *data)
{
	(void)dev;
	(void)before;
	(void)want;
	++*(unsigned int *)data;
	return -EXDEV;
}

/* A change that runs keeps its consent function. The next change uses the one that was set last. */
static void a_consent_function_is_for_the_next_change(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c = new_change();
	unsigned int asked = 0;

	assert_int_equal(plug(c, dev), 0);
	daxplug_change_set_consent(c, refuse, NULL, &asked);
	assert_int_equal(follow(c), 0);
	assert_int_equal(asked, 0);
	assert_int_equal(unplug(c, dev), 0);
	daxplug_change_set_consent(c, NULL, NULL, NULL);
	assert_int_equal(follow(c), -EXDEV);
	assert_int_equal(asked, 1);
	assert_int_equal(unplug(c, dev), 0);
	assert_int_equal(follow(c), 0);
	assert_int_equal(asked, 1);
	daxplug_change_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_change_in_a_poll_loop),
		TEST(what_cannot_be_meant_does_not_begin),
		TEST(a_refusal_has_its_details),
		TEST(the_result_before_stays_until_the_end),
		TEST(progress_and_log_come_by_dispatch),
		TEST(it_needs_nobody),
		TEST(two_devices_in_one_loop),
		TEST(another_thread_may_cancel),
		TEST(cancelled_when_it_had_ended),
		TEST(the_deadline_needs_nobody),
		TEST(the_progress_function_may_give_up),
		TEST(freed_while_it_is_at_work),
		TEST(a_wait_for_a_lock_blocks_nobody),
		TEST(two_changes_of_one_device),
		TEST(a_child_has_no_part_in_it),
		TEST(a_fork_in_a_call_that_waits),
		TEST(a_consent_function_is_for_the_next_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
