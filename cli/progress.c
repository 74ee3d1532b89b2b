// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows the progress of a change: a bar on a terminal, else a line from time to time. Also
 * handles the signals that end a change.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

/* Interval of lines in ms if standard error is not a terminal. */
#define LINE_MS 5000

/* Time in ms after which a line names the process that the change waits for. It is printed once. */
#define WAIT_LINE_MS 500

/* Changes that are shorter than this, in ms, show no bar. */
#define BAR_AFTER_MS 300

/* The first signal that requested a stop, or 0. */
static volatile sig_atomic_t stop;

static struct {
	const char *name;
	bool quiet;
	bool terminal;
	bool shown;
	bool wait_reported;
	unsigned int next_line_ms;
} display;

static void request_stop(int sig)
{
	if (!stop)
		stop = sig;
}

/*
 * Catch signals, so that the change can be undone and reported. SIGINT and SIGTERM are caught
 * even if they were ignored, as in a background job of a script, because whoever sends one wants
 * the command to end. SIGHUP stays ignored under nohup.
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
 * Call this last, after all output is flushed. A shell ends its loop or script on Ctrl-C only if
 * the command died of SIGINT, not if it exits with a code of its own. Without a signal this does
 * nothing.
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

static unsigned int get_terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* Format "12/32 blocks, 51200 pages moved, 8 s left". */
static void format_progress(const struct daxplug_progress *p, char *buf, size_t len)
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
	size_t width = get_terminal_width(), taken, full;

	taken = strlen(display.name) + strlen(text) + 8;
	width = width > taken + 4 ? width - taken : 0;
	if (width > sizeof(bar) - 1)
		width = sizeof(bar) - 1;
	memset(bar, '.', width);
	full = p->total ? width * p->done / p->total : 0;
	memset(bar, '#', full < width ? full : width);
	bar[width] = '\0';
	/* A line that wraps could not be erased, so it must not be wider than the terminal. */
	if (width)
		fprintf(stderr, "\r%s [%s] %s\033[K", display.name, bar, text);
	else
		fprintf(stderr, "\r%.*s\033[K", (int)get_terminal_width() - 1, text);
	display.shown = true;
}

/* Format "waiting for daxplug (process 1234) to end its change". */
static void format_wait(const struct daxplug_progress *p, char *buf, size_t len)
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

	format_wait(p, text, sizeof(text));
	if (display.terminal && p->elapsed_ms >= BAR_AFTER_MS) {
		char line[256];

		snprintf(line, sizeof(line), "%s: %s", display.name, text);
		fprintf(stderr, "\r%.*s\033[K", (int)get_terminal_width() - 1, line);
		display.shown = true;
	} else if (!display.terminal && !display.wait_reported && p->elapsed_ms >= WAIT_LINE_MS) {
		fprintf(stderr, "%s: %s\n", display.name, text);
		display.wait_reported = true;
	}
}

static int on_progress(const struct daxplug_progress *p, void *data)
{
	char text[128];

	(void)data;
	if (!display.quiet && p->waiting)
		show_wait(p);
	if (display.quiet || p->waiting || !p->total)
		return stop;
	format_progress(p, text, sizeof(text));
	if (display.terminal && p->elapsed_ms >= BAR_AFTER_MS) {
		draw_bar(p, text);
	} else if (!display.terminal && p->elapsed_ms >= display.next_line_ms) {
		fprintf(stderr, "%s: %s\n", display.name, text);
		display.next_line_ms = p->elapsed_ms + LINE_MS;
	}
	return stop;
}

void progress_begin(struct daxplug_change *c, const struct daxplug_device *dev,
		    bool quiet)
{
	/* If the reader of the output exits, the change must not stop in the middle. */
	signal(SIGPIPE, SIG_IGN);
	display.name = daxplug_device_get_name(dev);
	display.quiet = quiet;
	display.terminal = isatty(STDERR_FILENO);
	display.shown = false;
	display.wait_reported = false;
	display.next_line_ms = LINE_MS;
	daxplug_change_set_progress(c, on_progress, NULL);
}

void progress_end(void)
{
	if (display.shown)
		fprintf(stderr, "\r\033[K");
	display.shown = false;
}
