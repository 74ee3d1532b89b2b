// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes a word to a file, waits until the write is complete, and can end the write early. All
 * other waits of a change are in this file, too. A cancel or the deadline ends a wait, except in
 * an undo. In an undo, a time limit of its own (UNDO_MS) ends a write. Progress is reported
 * during a wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define TICK_MS 100

/* Slightly less than a tick, so that a report is due at each tick. */
#define REPORT_MS (TICK_MS - 10)

/* Time limit for one write of an undo, in ms. An undo may need several writes for a block. */
#define UNDO_MS 60000

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Number of pages that the kernel has migrated so far, on the whole machine. */
static uint64_t read_pages_migrated(void)
{
	char text[8 * TEXT_MAX];
	uint64_t pages = 0;

	if (!dp_read_text("/proc", "vmstat", text, sizeof(text)))
		dp_find_count(text, "pgmigrate_success", &pages);
	return pages;
}

/*
 * Count the blocks in the requested state. Counting takes time, so at most a tenth of
 * the time is spent on it.
 */
static void count_done_blocks(struct daxplug_change *c)
{
	uint64_t begin = now_ms();
	struct daxplug_blocks b;
	unsigned int online;

	if (c->counted) {
		c->done = *c->counted;
		return;
	}
	if (begin < c->next_ms || daxplug_device_get_blocks(c->dev, &b))
		return;
	c->next_ms = begin + 10 * (now_ms() - begin);
	online = b.kernel + b.movable;
	c->total = b.total;
	c->done = c->plug ? online : b.total - online;
}

/*
 * Report progress at most once in REPORT_MS, however often this is called, because
 * reading the numbers costs more than most steps of a change.
 */
void dp_report_progress(struct daxplug_change *c)
{
	struct daxplug_progress p = { .undoing = c->undoing };
	uint64_t now = now_ms(), elapsed = now - c->begin_ms;

	if (!c->progress || now < c->report_ms)
		return;
	c->report_ms = now + REPORT_MS;
	if (!c->waiting)
		count_done_blocks(c);
	p.waiting = c->waiting;
	p.done = c->done;
	p.total = c->total;
	p.pages = read_pages_migrated() - c->begin_pages;
	p.elapsed_ms = elapsed < UINT_MAX ? (unsigned int)elapsed : UINT_MAX;
	p.left_ms = UINT_MAX;
	if (p.done && p.done <= p.total && !p.undoing) {
		uint64_t left;

		left = elapsed * (p.total - p.done) / p.done;
		p.left_ms = left < UINT_MAX ? (unsigned int)left : UINT_MAX;
	}
	dp_channel_post_progress(c->channel, &p, &c->holder);
}

/* daxplug_change_cancel() was called. */
static void note_cancel(struct daxplug_change *c)
{
	c->cancelled = true;
	if (!c->stop && !c->undoing)
		c->stop = -EINTR;
}

/*
 * Wait until @fd is readable, @ms milliseconds have passed, or the change is cancelled. Return:
 * true if @fd is readable.
 */
bool dp_wait(struct daxplug_change *c, int fd, int ms)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		/*
		 * After a cancel this descriptor stays readable until the change has ended. So do
		 * not wait for it again, or poll() would return at once each time.
		 */
		{ .fd = c->cancelled ? -1 : c->cancel_fd, .events = POLLIN },
	};
	int n = poll(p, ARRAY_SIZE(p), ms);

	if (n > 0 && p[1].revents)
		note_cancel(c);
	return n > 0 && p[0].revents;
}

/* The time for the deadline begins here. */
void dp_change_begin(struct daxplug_change *c)
{
	c->begin_ms = now_ms();
	c->begin_pages = c->progress ? read_pages_migrated() : 0;
}

/*
 * Call the program's consent function. Its time, and the pages that are migrated meanwhile, do
 * not count for this change. The time before, such as the wait for the lock, counts.
 */
int dp_ask_consent(struct daxplug_change *c, enum daxplug_state want)
{
	uint64_t pages = c->progress ? read_pages_migrated() : 0, begin = now_ms();
	int err = c->ask(c->dev, c->before, want, c->consent_data);

	c->begin_ms += now_ms() - begin;
	if (c->progress)
		c->begin_pages += read_pages_migrated() - pages;
	return err;
}

/*
 * Check whether the change must end. Nothing ends an undo.
 * Return: 0, -EINTR or -ETIMEDOUT. After an errno, every later call returns the same errno, except
 * in an undo.
 */
int dp_check_stop(struct daxplug_change *c)
{
	if (c->undoing)
		return 0;
	dp_channel_meet(c->channel);
	dp_wait(c, -1, 0);
	/*
	 * A cancel that came during an undo takes effect here, if the change goes on
	 * after the undo.
	 */
	if (!c->stop && c->cancelled)
		c->stop = -EINTR;
	if (!c->stop && c->limit_ms && now_ms() - c->begin_ms >= c->limit_ms)
		c->stop = -ETIMEDOUT;
	return c->stop;
}

/* Wait for one tick, before the next try or the next read. Return: as dp_check_stop(). */
int dp_wait_tick(struct daxplug_change *c)
{
	int err = dp_check_stop(c);

	if (err)
		return err;
	dp_wait(c, -1, TICK_MS);
	dp_report_progress(c);
	return 0;
}

/*
 * Wait until the module has created its files, or has unbound the device. Return: 0; -EINTR or
 * -ETIMEDOUT if the change must end first (@mode is then MODE_BINDING); or another negative errno
 * if the mode cannot be read (@mode is then MODE_UNKNOWN).
 */
int dp_wait_settled_mode(struct daxplug_change *c, enum dp_mode *mode)
{
	int err;

	do {
		err = dp_get_mode(c->dev, mode);
		if (*mode == MODE_BINDING)
			err = dp_wait_tick(c);
	} while (!err && *mode == MODE_BINDING);
	return err;
}

/* Wait until the write is over. Return: true if the helper process that writes was killed. */
static bool wait_for_write(struct daxplug_change *c, int over)
{
	uint64_t undo_until = now_ms() + UNDO_MS;
	bool killed = false;

	while (!dp_wait(c, over, TICK_MS)) {
		dp_report_progress(c);
		if (killed)
			continue;
		killed = c->undoing ? now_ms() >= undo_until : dp_check_stop(c);
		if (killed)
			dp_helper_kill(c->helper);
	}
	return killed;
}

static int write_watched(struct daxplug_change *c, int fd, const char *word)
{
	int err = dp_helper_start(c);
	bool killed;

	if (err)
		return err;
	c->begun = true;
	killed = wait_for_write(c, dp_helper_write(c->helper, fd, word));
	err = dp_helper_result(c->helper);
	if (killed && err == -EINTR && c->stop && !c->undoing)
		return c->stop;
	return err;
}

/*
 * Write once and never again, whatever the result is. After -EINTR and -ETIMEDOUT the
 * write may have succeeded anyway, so the caller must read the state.
 */
int dp_write_watched(struct daxplug_change *c, int dir, const char *path,
		     const char *word)
{
	int fd, err = c->undoing ? 0 : dp_check_stop(c);

	if (err)
		return err;
	fd = dp_open_at(dir, path, O_WRONLY);
	if (fd < 0) {
		dp_log(c, DAXPLUG_LOG_DEBUG, "%s cannot be opened: %s", path,
		       dp_errno_name(fd));
		c->step = DAXPLUG_STEP_OPEN;
		return fd;
	}
	err = write_watched(c, fd, word);
	close(fd);
	dp_log_write(c, c->dev, path, word, err);
	return err;
}
