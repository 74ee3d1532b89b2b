// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One write that can be watched and given up.
 *
 * A write to a switch of the kernel can take minutes, and only a signal ends
 * it. No handler is the library's to install, and a thread cannot be hit
 * without one: so a child process of its own writes, and is killed if it has
 * to end. The kernel then undoes what the write began, before the child is
 * gone. It sends no SIGCHLD and is none of those that wait(2) of the caller
 * collects.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define TICK_MS 100

/* How long one block may take to be put back before the next one's turn. */
#define UNDO_MS 60000

/* An exit status that is no errno: the kernel took part of the word. */
#define PARTLY 255

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

void dp_report_progress(struct daxplug_change *c)
{
	struct daxplug_progress p = { .undoing = c->undoing };
	uint64_t elapsed = now_ms() - c->begin_ms;

	if (!c->progress)
		return;
	count(c);
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
	if (c->progress(&p, c->data) && !c->stop && !c->undoing)
		c->stop = -EINTR;
}

/*
 * Waits until @fd can be read, or so long. During a change signals come in here
 * and nowhere else: none can pass between two looks unnoticed.
 */
bool dp_wait(struct daxplug_change *c, int fd, int ms)
{
	struct timespec limit = { .tv_nsec = ms * 1000000L };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = ppoll(&p, 1, &limit, &c->mask);

	if (n < 0 && errno == EINTR && !c->progress && !c->stop && !c->undoing)
		c->stop = -EINTR;
	return n > 0;
}

/*
 * Is it to be given up? 0, -EINTR or -ETIMEDOUT; once so, it stays so. Nothing ends
 * an undo.
 */
int dp_stopped(struct daxplug_change *c)
{
	if (c->undoing)
		return 0;
	if (!c->begin_ms) {
		c->begin_ms = now_ms();
		c->begin_pages = c->progress ? pages_moved() : 0;
		return 0;
	}
	dp_wait(c, -1, 0);
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

/* Until the child is gone: its exit status as waitpid() gives it. */
static int wait_for(struct daxplug_change *c, pid_t child, int pidfd)
{
	uint64_t undo_until = now_ms() + UNDO_MS;
	int status = PARTLY << 8;	/* if somebody else collects it */
	bool killed = false;

	while (!dp_wait(c, pidfd, TICK_MS)) {
		dp_report_progress(c);
		if (killed)
			continue;
		killed = c->undoing ? now_ms() >= undo_until : dp_stopped(c);
		if (killed)
			kill(child, SIGKILL);
	}
	while (waitpid(child, &status, __WALL) < 0 && errno == EINTR)
		;
	return status;
}

/* The child: nothing but system calls from here to its end. */
static _Noreturn void write_and_exit(int fd, const char *word, size_t len,
				     pid_t parent)
{
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EINTR);
	n = write(fd, word, len);
	if (n < 0)
		_exit(errno && errno < PARTLY ? errno : EIO);
	_exit((size_t)n == len ? 0 : PARTLY);
}

static int write_in_child(struct daxplug_change *c, int fd, const char *word)
{
	pid_t parent = getpid(), child;
	int pidfd = -1, status, err;

	/* Signals are blocked: a Ctrl-C is the caller's, not the child's. */
	child = (pid_t)syscall(SYS_clone, CLONE_PIDFD, NULL, &pidfd, NULL, NULL);
	err = errno;
	if (!child)
		write_and_exit(fd, word, strlen(word), parent);
	if (child < 0)
		return -err;
	status = wait_for(c, child, pidfd);
	close(pidfd);
	if (WIFSIGNALED(status))
		return c->stop && !c->undoing ? c->stop : -EINTR;
	return WEXITSTATUS(status) == PARTLY ? -EIO : -WEXITSTATUS(status);
}

/*
 * Once and never again, whatever it answers. After -EINTR and -ETIMEDOUT the
 * word may have been carried out all the same: look.
 */
int dp_write_watched(struct daxplug_change *c, const char *dir,
		     const char *attr, const char *word)
{
	int fd, err = c->undoing ? 0 : dp_stopped(c);

	if (err)
		return err;
	fd = dp_open(dir, attr, O_WRONLY);
	if (fd < 0) {
		c->step = "open";
		return fd;
	}
	err = write_in_child(c, fd, word);
	close(fd);
	return err;
}
