// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A change in a thread of its own: start it, follow it, end it, wait for it.
 *
 * The thread works on a copy of the change, and only the thread writes to that copy. The program's
 * own structure keeps the result of the previous change meanwhile. When the thread has ended, the
 * copy replaces the program's structure. So the getters never see half a change. A change runs to
 * its end even if the program does not follow it.
 *
 * After fork(2) the thread does not exist in the child process. A change that was
 * running belongs to the parent. The child frees only its copy of the program's structure,
 * and not the runner.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

struct dp_runner {
	struct daxplug_change c;
	struct dp_channel channel;
	struct daxplug_device *ref;	/* reference to the device; NULL: the caller keeps it */
	dp_change_fn fn;
	int want;
	int err;
	bool is_dispatching;
	pthread_t thread;
};

static const int faults[] = {
	SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP
};

/* All signals except those that a fault of this program raises. */
static void fill_signals(sigset_t *signals)
{
	size_t i;

	sigfillset(signals);
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(signals, faults[i]);
}

void dp_change_reset(struct daxplug_change *c, const struct daxplug_device *dev,
		     bool plug)
{
	*c = (struct daxplug_change){
		.limit_ms = c->limit_ms,
		.progress = c->progress,
		.data = c->data,
		.ask = c->ask,
		.ended = c->ended,
		.consent_data = c->consent_data,
		.cancel_fd = c->cancel_fd,
		.event_fd = c->event_fd,
		.pid = c->pid,
		.replug = c->replug,
		.memmap = c->memmap,
		.dev = dev,
		.plug = plug,
		.lock = -1,
		.outcome = DAXPLUG_OUTCOME_UNDONE,
		.backend = dev ? daxplug_device_get_backend(dev) : DAXPLUG_BACKEND_NONE,
		.before_err = -ENODEV,
		.after_err = -ENODEV,
		.block = DAXPLUG_NO_BLOCK,
		.stuck = DAXPLUG_NO_BLOCK,
	};
}

static void *run_change(void *arg)
{
	struct dp_runner *r = arg;
	struct daxplug_change *c = &r->c;

	r->err = r->fn(c, r->want);
	if (r->err == -ETIMEDOUT && c->stop == -ETIMEDOUT)
		c->limit = DAXPLUG_LIMIT_DEADLINE;
	dp_helper_end(c);
	dp_log(c, DAXPLUG_LOG_INFO, "ends: %s", dp_errno_name(r->err));
	dp_channel_end(&r->channel);
	return NULL;
}

static int start_thread(struct dp_runner *r)
{
	sigset_t signals, before;
	int err;

	fill_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, &before);
	err = pthread_create(&r->thread, NULL, run_change, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static void free_runner(struct dp_runner *r)
{
	dp_channel_destroy(&r->channel);
	daxplug_device_unref(r->ref);
	free(r);
}

/* Replace an eventfd by a new one with the same number. */
static int renew_eventfd(int fd)
{
	int err = 0, fresh = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fresh < 0)
		return -errno;
	if (dup3(fresh, fd, O_CLOEXEC) < 0)
		err = -errno;
	close(fresh);
	return err;
}

/* Take over a change after fork(2): replace the descriptors shared with the parent. */
static int adopt_after_fork(struct daxplug_change *c)
{
	int err;

	if (c->pid == getpid())
		return 0;
	err = renew_eventfd(c->cancel_fd);
	if (!err)
		err = renew_eventfd(c->event_fd);
	if (err)
		return err;
	c->runner = NULL;
	c->pid = getpid();
	return 0;
}

/* Return: 0; -EALREADY if the change is running; or another negative errno. */
int dp_change_claim(struct daxplug_change *c)
{
	int err = adopt_after_fork(c);

	return !err && c->runner ? -EALREADY : err;
}

static int start_runner(struct daxplug_change *c, const struct dp_job *job)
{
	struct dp_runner *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	dp_channel_init(&r->channel, c->event_fd, !job->ref);
	r->fn = job->fn;
	r->want = job->want;
	/* Only the copy is reset. @c keeps the result of the previous change until the end. */
	r->c = *c;
	dp_change_reset(&r->c, job->dev, job->plug);
	r->c.channel = &r->channel;
	dp_change_begin(&r->c);
	if (job->ref)
		r->ref = daxplug_device_ref(job->ref);
	err = start_thread(r);
	if (err) {
		free_runner(r);
		return err;
	}
	c->runner = r;
	return 0;
}

/* Start a change. Without @job->ref the caller keeps the device and waits for the end. */
int dp_change_start(struct daxplug_change *c, const struct dp_job *job)
{
	int err = dp_change_claim(c);

	if (!err)
		err = start_runner(c, job);
	/* If it does not start, the getters describe a change that has failed. */
	if (err && err != -EALREADY) {
		dp_change_reset(c, job->dev, job->plug);
		c->dev = NULL;
	}
	return err;
}

/*
 * Wait for the end of the thread, and take over its result. A cancel that was meant for this
 * change, or came too late for it, must not affect the next one.
 */
static int collect_result(struct daxplug_change *c)
{
	struct dp_runner *r = c->runner;
	struct daxplug_change result;
	uint64_t times;
	int err;

	pthread_join(r->thread, NULL);
	result = r->c;
	/* Options that the program has set meanwhile are for the next change. */
	result.limit_ms = c->limit_ms;
	result.progress = c->progress;
	result.data = c->data;
	result.ask = c->ask;
	result.ended = c->ended;
	result.consent_data = c->consent_data;
	result.replug = c->replug;
	result.memmap = c->memmap;
	result.channel = NULL;
	result.dev = NULL;
	*c = result;
	err = r->err;
	dp_channel_drain(&r->channel);
	if (read(c->cancel_fd, &times, sizeof(times)) < 0)
		times = 0;
	free_runner(r);
	return err;
}

static void log_lines(const struct dp_log *log, const char *name,
		      const struct dp_news *news)
{
	const struct dp_line *line;
	char text[ATTR_MAX];

	for (line = news->lines; line; line = line->next)
		log->fn((enum daxplug_log_level)line->level, name, line->text, log->data);
	if (!news->lost_lines)
		return;
	snprintf(text, sizeof(text), "%u lines of this log are missing", news->lost_lines);
	log->fn(DAXPLUG_LOG_WARNING, name, text, log->data);
}

/* Call the program's progress function. Return: true if the change must end. */
static bool ask_program(const struct daxplug_change *c, struct dp_news *news,
			bool signalled)
{
	if (!c->progress)
		return signalled;
	if (!news->has_progress && !signalled)
		return false;
	news->progress.holder = news->holder.pid;
	news->progress.holder_name = news->holder.name;
	return c->progress(&news->progress, c->data) != 0;
}

/*
 * Pass messages to the program. Return: 1 if the change has ended, with its result in
 * @result; 0 if not; -ECHILD if a function of the program returned in a child process.
 */
static int deliver_news(struct daxplug_change *c, struct dp_news *news, bool signalled, int *result)
{
	struct dp_runner *r = c->runner;
	bool gives_up;

	r->is_dispatching = true;
	/* The thread may still write to r->c. So read only those members that it never changes. */
	if (r->c.dev->log.fn)
		log_lines(&r->c.dev->log, r->c.dev->name, news);
	dp_lines_free(news->lines);
	gives_up = ask_program(&r->c, news, signalled);
	if (c->pid != getpid())
		return -ECHILD;
	r->is_dispatching = false;
	if (news->has_ended) {
		*result = collect_result(c);
		return 1;
	}
	if (gives_up && !news->progress.undoing)
		daxplug_change_cancel(c);
	return 0;
}

/* Wait for the end. Signals that are not in @mask are delivered, but only during ppoll(2). */
static int wait_to_end(struct daxplug_change *c, const sigset_t *mask)
{
	struct pollfd p = { .fd = c->event_fd, .events = POLLIN };
	const struct timespec now = { .tv_sec = 0 };
	struct dp_news news = { .has_ended = false };
	sigset_t all;
	int ended, result = 0;

	fill_signals(&all);
	do {
		const sigset_t *kept_out = news.holds_signals ? &all : mask;
		bool signalled = ppoll(&p, 1, NULL, kept_out) < 0 && errno == EINTR;

		dp_channel_take(&c->runner->channel, &news);
		if (news.wants_meeting && !news.holds_signals && !signalled)
			signalled = ppoll(NULL, 0, &now, mask) < 0 && errno == EINTR;
		ended = deliver_news(c, &news, signalled, &result);
		if (!ended && news.wants_meeting)
			dp_channel_answer(&c->runner->channel);
	} while (!ended);
	return ended < 0 ? ended : result;
}

/*
 * Do a change from its beginning to its end. @change may be NULL. Signals are delivered
 * while this function waits.
 */
int dp_change_run(struct daxplug_change *change, const struct dp_job *job)
{
	struct daxplug_change *own = NULL, *c = change;
	sigset_t signals, mask;
	int err, cancel_state;

	err = c ? 0 : daxplug_change_new(&own);
	if (!c)
		c = own;
	if (!c)
		return err;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	fill_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, &mask);
	err = dp_change_start(c, job);
	if (!err)
		err = wait_to_end(c, &mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	pthread_setcancelstate(cancel_state, NULL);
	daxplug_change_free(own);
	return err;
}

int daxplug_change_get_fd(const struct daxplug_change *change)
{
	return change->event_fd;
}

int daxplug_change_dispatch(struct daxplug_change *change, int *result)
{
	struct dp_news news;
	int ended, cancel_state;

	if (change->pid != getpid())
		return -ECHILD;
	if (!change->runner)
		return -EINVAL;
	if (change->runner->is_dispatching || change->runner->channel.waits_for_end)
		return -EBUSY;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	dp_channel_take(&change->runner->channel, &news);
	ended = deliver_news(change, &news, false, result);
	pthread_setcancelstate(cancel_state, NULL);
	return ended;
}

/*
 * Uses only functions that a signal handler may call. write(2) can fail only if the counter is at
 * its maximum, and then the cancel is not lost. In a child process this function does nothing.
 */
void daxplug_change_cancel(struct daxplug_change *c)
{
	const uint64_t one = 1;
	int err = errno;

	if (c->pid == getpid()) {
		ssize_t n = write(c->cancel_fd, &one, sizeof(one));

		(void)n;
	}
	errno = err;
}

int daxplug_change_new(struct daxplug_change **out)
{
	struct daxplug_change *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->pid = getpid();
	c->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->event_fd = c->cancel_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->event_fd < 0) {
		int err = -errno;

		if (c->cancel_fd >= 0)
			close(c->cancel_fd);
		free(c);
		return err;
	}
	dp_change_reset(c, NULL, false);
	*out = c;
	return 0;
}

void daxplug_change_free(struct daxplug_change *change)
{
	int cancel_state;

	if (!change)
		return;
	/* After fork(2), the state of the parent's runner is unknown, so it is not freed. */
	if (change->runner && change->pid == getpid()) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
		daxplug_change_cancel(change);
		collect_result(change);
		pthread_setcancelstate(cancel_state, NULL);
	}
	close(change->event_fd);
	close(change->cancel_fd);
	free(change);
}
