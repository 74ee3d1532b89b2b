// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far a change has come: a bar on a terminal, else a line now and then.
 * And the signals that end it.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

/* On no terminal: a line as often as a log can bear. */
#define LINE_MS 5000

/* Whom it waits for is told once, and soon: nothing happens until he is done. */
#define WAIT_LINE_MS 500

/* What is over before is not worth a bar. */
#define BAR_AFTER_MS 300

/* The signal that asked for it, the first of several; 0: none. */
static volatile sig_atomic_t stop;

static struct {
	const char *name;
	bool quiet;
	bool terminal;
	bool shown;
	bool wait_told;
	unsigned int next_line_ms;
} now;

static void request_stop(int sig)
{
	if (!stop)
		stop = sig;
}

/*
 * So that we live to undo the change and to say so. SIGINT and SIGTERM are
 * taken even when they were ignored (a script's background jobs): who sends
 * one means it. SIGHUP stays ignored under nohup.
 */
void catch_signals(void)
{
	struct sigaction act = { .sa_handler = request_stop };
	struct sigaction old;

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &act, NULL);
}

bool stop_requested(void)
{
	return stop;
}

/*
 * Call last, after everything was reported and flushed. A shell stops its loop or
 * script on Ctrl-C only if the command died of SIGINT, not if it exits with a code
 * of its own. Does nothing if no signal came.
 */
void die_of_signal(void)
{
	int sig = stop;
	sigset_t set;

	if (!sig)
		return;
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

static unsigned int columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* "12/32 blocks, 51200 pages moved, 8 s left" */
static void describe(const struct daxplug_progress *p, char *buf, size_t len)
{
	int n = snprintf(buf, len, "%u/%u blocks, %llu pages moved", p->done,
			 p->total, (unsigned long long)p->pages);

	if (n < 0 || (size_t)n >= len)
		return;
	if (p->undoing)
		snprintf(buf + n, len - (size_t)n, ", undoing");
	else if (p->left_ms != UINT_MAX)
		snprintf(buf + n, len - (size_t)n, ", %u s left",
			 p->left_ms / 1000 + (p->left_ms % 1000 > 0));
}

static void draw_bar(const struct daxplug_progress *p, const char *text)
{
	char bar[64];
	size_t width = columns(), taken, full;

	taken = strlen(now.name) + strlen(text) + 8;
	width = width > taken + 4 ? width - taken : 0;
	if (width > sizeof(bar) - 1)
		width = sizeof(bar) - 1;
	memset(bar, '.', width);
	full = p->total ? width * p->done / p->total : 0;
	memset(bar, '#', full < width ? full : width);
	bar[width] = '\0';
	/* Not wider than the terminal: what wraps cannot be wiped off. */
	if (width)
		fprintf(stderr, "\r%s [%s] %s\033[K", now.name, bar, text);
	else
		fprintf(stderr, "\r%.*s\033[K", (int)columns() - 1, text);
	now.shown = true;
}

/* "waiting for daxplug (process 1234) to end its change" */
static void describe_wait(const struct daxplug_progress *p, char *buf, size_t len)
{
	if (p->holder)
		snprintf(buf, len, "waiting for %s (process %d) to end its change",
			 p->holder_name, p->holder);
	else
		snprintf(buf, len, "waiting for another process to end its change");
}

static void show_wait(const struct daxplug_progress *p)
{
	char text[128];

	describe_wait(p, text, sizeof(text));
	if (now.terminal && p->elapsed_ms >= BAR_AFTER_MS) {
		fprintf(stderr, "\r%.*s: %.*s\033[K", (int)columns() / 2, now.name,
			(int)columns() / 2, text);
		now.shown = true;
	} else if (!now.terminal && !now.wait_told && p->elapsed_ms >= WAIT_LINE_MS) {
		fprintf(stderr, "%s: %s\n", now.name, text);
		now.wait_told = true;
	}
}

static int on_progress(const struct daxplug_progress *p, void *data)
{
	char text[128];

	(void)data;
	if (!now.quiet && p->waiting)
		show_wait(p);
	if (now.quiet || p->waiting || !p->total)
		return stop;
	describe(p, text, sizeof(text));
	if (now.terminal && p->elapsed_ms >= BAR_AFTER_MS) {
		draw_bar(p, text);
	} else if (!now.terminal && p->elapsed_ms >= now.next_line_ms) {
		fprintf(stderr, "%s: %s\n", now.name, text);
		now.next_line_ms = p->elapsed_ms + LINE_MS;
	}
	return stop;
}

void progress_begin(struct daxplug_change *c, const struct daxplug_device *dev,
		    bool quiet)
{
	/* Who reads along and goes is no reason to stop half-way. */
	signal(SIGPIPE, SIG_IGN);
	now.name = daxplug_device_get_name(dev);
	now.quiet = quiet;
	now.terminal = isatty(STDERR_FILENO);
	now.shown = false;
	now.wait_told = false;
	now.next_line_ms = LINE_MS;
	daxplug_change_set_progress(c, on_progress, NULL);
}

void progress_end(void)
{
	if (now.shown)
		fprintf(stderr, "\r\033[K");
	now.shown = false;
}
