// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One write that can be watched and given up, and all other waiting of a change:
 * what ends it, and what is told meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define TICK_MS 100

/* So that each tick of a wait reports, whatever the rounding. */
#define REPORT_MS (TICK_MS - 10)

/* How long one block may take to be put back before the next one's turn. */
#define UNDO_MS 60000

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Pages that the kernel has moved so far, wherever. */
static uint64_t pages_moved(void)
{
	char text[8 * TEXT_MAX];
	uint64_t pages = 0;

	if (!dp_read_text("/proc", "vmstat", text, sizeof(text)))
		dp_find_count(text, "pgmigrate_success", &pages);
	return pages;
}

/* Blocks that are as wanted. Counting takes its time: never most of it. */
static void count(struct daxplug_change *c)
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
 * Ten times a second, however often it is called: reading the figures costs
 * more than most steps of a change.
 */
void dp_report_progress(struct daxplug_change *c)
{
	struct daxplug_progress p = { .undoing = c->undoing };
	uint64_t now = now_ms(), elapsed = now - c->begin_ms;

	if (!c->progress || now < c->report_ms)
		return;
	c->report_ms = now + REPORT_MS;
	if (!c->waiting)
		count(c);
	p.waiting = c->waiting;
	p.done = c->done;
	p.total = c->total;
	p.pages = pages_moved() - c->begin_pages;
	p.elapsed_ms = elapsed < UINT_MAX ? (unsigned int)elapsed : UINT_MAX;
	p.left_ms = UINT_MAX;
	if (p.done && p.done <= p.total && !p.undoing) {
		uint64_t left;

		left = elapsed * (p.total - p.done) / p.done;
		p.left_ms = left < UINT_MAX ? (unsigned int)left : UINT_MAX;
	}
	dp_channel_post_progress(c->channel, &p, &c->holder);
}

/* Told by daxplug_change_cancel(). */
static void take_cancel(struct daxplug_change *c)
{
	c->cancelled = true;
	if (!c->stop && !c->undoing)
		c->stop = -EINTR;
}

/* Waits until @fd can be read, or so long, or until the change is given up. */
bool dp_wait(struct daxplug_change *c, int fd, int ms)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		/* It stays readable to the end: once is enough. */
		{ .fd = c->cancelled ? -1 : c->cancel_fd, .events = POLLIN },
	};
	int n = poll(p, ARRAY_SIZE(p), ms);

	if (n > 0 && p[1].revents)
		take_cancel(c);
	return n > 0 && p[0].revents;
}

/* From here on the deadline counts. */
void dp_begin(struct daxplug_change *c)
{
	c->begin_ms = now_ms();
	c->begin_pages = c->progress ? pages_moved() : 0;
}

/*
 * Is it to be given up? 0, -EINTR or -ETIMEDOUT; once so, it stays so. Nothing ends
 * an undo.
 */
int dp_stopped(struct daxplug_change *c)
{
	if (c->undoing)
		return 0;
	dp_channel_meet(c->channel);
	dp_wait(c, -1, 0);
	/* It may have been told so during an undo, after which it has gone on. */
	if (!c->stop && c->cancelled)
		c->stop = -EINTR;
	if (!c->stop && c->limit_ms && now_ms() - c->begin_ms >= c->limit_ms)
		c->stop = -ETIMEDOUT;
	return c->stop;
}

/* For what nothing tells of that could be waited for. As dp_stopped(). */
int dp_tick(struct daxplug_change *c)
{
	int err = dp_stopped(c);

	if (err)
		return err;
	dp_wait(c, -1, TICK_MS);
	dp_report_progress(c);
	return 0;
}

/* Wait until the module has created its files, or has unbound the device. */
enum dp_mode dp_settled_mode(struct daxplug_change *c)
{
	enum dp_mode mode;

	do {
		mode = dp_mode(c->dev);
	} while (mode == MODE_BINDING && !dp_tick(c));
	return mode;
}

/* Until it is over. Return: has it been killed? */
static bool wait_for_write(struct daxplug_change *c, int over)
{
	uint64_t undo_until = now_ms() + UNDO_MS;
	bool killed = false;

	while (!dp_wait(c, over, TICK_MS)) {
		dp_report_progress(c);
		if (killed)
			continue;
		killed = c->undoing ? now_ms() >= undo_until : dp_stopped(c);
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
 * Once and never again, whatever it answers. After -EINTR and -ETIMEDOUT the
 * word may have been carried out all the same: look.
 */
int dp_write_watched(struct daxplug_change *c, int dir, const char *path,
		     const char *word)
{
	int fd, err = c->undoing ? 0 : dp_stopped(c);

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
	dp_log(c, DAXPLUG_LOG_DEBUG, "wrote %.*s to %s: %s", (int)strcspn(word, "\n"),
	       word, path, dp_errno_name(err));
	return err;
}
