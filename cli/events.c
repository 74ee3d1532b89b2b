// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for a change of any device. The signals that end the command are blocked except during
 * ppoll(), so that none arrives between the check of stop_requested() and the wait.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "cli.h"
#include "events.h"
#include "system.h"

static int wait_once(int fd, uint64_t until_ms, const sigset_t *let_in)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec left = { 0 };
	uint64_t now = get_monotonic_ms();

	if (until_ms == EVENTS_NO_LIMIT)
		return ppoll(&p, 1, NULL, let_in);
	if (until_ms > now) {
		left.tv_sec = (time_t)((until_ms - now) / 1000);
		left.tv_nsec = (long)((until_ms - now) % 1000) * 1000000;
	}
	return ppoll(&p, 1, &left, let_in);
}

/*
 * @until_ms is a time of get_monotonic_ms(), or EVENTS_NO_LIMIT. Call after catch_signals().
 * Return: 1 if daxplug_watch_next() has events; 0 when the time is over; -EINTR after a signal
 * that ends the command; else the negative errno of ppoll().
 */
int events_wait_for_change(struct daxplug_watch *w, uint64_t until_ms)
{
	sigset_t set, before;
	int n = 0, err = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &before);
	while (!stop_requested()) {
		n = wait_once(daxplug_watch_get_fd(w), until_ms, &before);
		err = n < 0 ? -errno : 0;
		if (err != -EINTR)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (stop_requested())
		return -EINTR;
	return err ? err : n;
}
