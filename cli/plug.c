// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug plug and daxplug unplug: one write, and the truth about it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "cli.h"

static volatile sig_atomic_t stop_requested;

static void request_stop(int sig)
{
	(void)sig;
	stop_requested = 1;
}

/*
 * So that we live to say so when a signal has made the kernel undo the change
 * and return EINTR. SIGINT and SIGTERM are taken even
 * when they were ignored (a script's background jobs): who sends one means it.
 * SIGHUP stays ignored under nohup.
 */
static void catch_signals(void)
{
	struct sigaction act = { .sa_handler = request_stop };
	struct sigaction old;

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &act, NULL);
}

/* " (4.0 GiB)", or nothing when the size is not known. */
static const char *size_note(const struct daxplug_device *dev, char *buf,
			     size_t len)
{
	uint64_t bytes = daxplug_device_get_size(dev);
	char size[32];

	if (bytes == DAXPLUG_SIZE_UNKNOWN)
		return "";
	snprintf(buf, len, " (%s)", format_size(bytes, size, sizeof(size)));
	return buf;
}

static int say_nothing_to_do(const struct change *c,
			     const struct daxplug_device *dev)
{
	char size[40];

	printf("%s: nothing to do: already %s%s\n", c->name,
	       daxplug_state_name(c->want),
	       size_note(dev, size, sizeof(size)));
	return EXIT_DONE;
}

static int say_done(const struct change *c, const struct daxplug_device *dev,
		    enum daxplug_state before)
{
	enum daxplug_state after;
	char size[40];

	if (daxplug_device_get_state(dev, &after) || after != c->want)
		return explain_untrue(c, dev);
	printf("%s: %s -> %s%s\n", c->name, daxplug_state_name(before),
	       daxplug_state_name(after), size_note(dev, size, sizeof(size)));
	return EXIT_DONE;
}

static int change_device(const struct change *c,
			 const struct daxplug_device *dev)
{
	enum daxplug_state before;
	int err;

	err = daxplug_device_get_state(dev, &before);
	if (err)
		return explain_no_state(c, dev, err);
	if (before == c->want)
		return say_nothing_to_do(c, dev);
	if (stop_requested)
		return explain_early_stop(c, before);
	err = c->plug ? daxplug_device_plug(dev, c->zone) :
			daxplug_device_unplug(dev);
	if (err)
		return explain_failure(c, dev, before, err);
	return say_done(c, dev, before);
}

int run_change(struct daxplug_ctx *ctx, const struct change *c)
{
	struct daxplug_device *dev;
	int err, code;

	catch_signals();
	err = daxplug_device_get_by_name(ctx, c->name, &dev);
	if (err)
		return explain_lookup(c->name, err);
	code = change_device(c, dev);
	daxplug_device_unref(dev);
	return code;
}
