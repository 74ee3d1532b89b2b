// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug watch: one line for each change of state, until a signal.
 */
#include <errno.h>
#include <json.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cli.h"

static const char * const words[] = {
	[DAXPLUG_EVENT_ADDED] = "added",
	[DAXPLUG_EVENT_REMOVED] = "removed",
	[DAXPLUG_EVENT_CHANGED] = "changed",
};

static void now(char *buf, size_t len)
{
	struct timespec at;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &at);
	gmtime_r(&at.tv_sec, &utc);
	strftime(buf, len, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* As list has it: NULL if it cannot be told. */
static const char *json_state(enum daxplug_state state)
{
	return state == DAXPLUG_STATE_UNKNOWN ? NULL : daxplug_state_name(state);
}

static int tell(const struct options *o, const struct daxplug_watch_event *e)
{
	const char *name = daxplug_device_get_name(e->dev);
	const char *before = daxplug_state_name(e->before);
	const char *after = daxplug_state_name(e->after);
	char at[32];

	now(at, sizeof(at));
	if (o->json) {
		struct json_object *root;

		root = json_new(o->command);
		json_string(root, "time", at);
		json_string(root, "event", words[e->type]);
		json_string(root, "name", name);
		json_string(root, "before", e->type == DAXPLUG_EVENT_ADDED ?
			    NULL : json_state(e->before));
		json_string(root, "after", e->type == DAXPLUG_EVENT_REMOVED ?
			    NULL : json_state(e->after));
		return json_print(root, true);
	}
	if (e->type == DAXPLUG_EVENT_CHANGED)
		printf("%s %s: %s -> %s\n", at, name, before, after);
	else if (e->type == DAXPLUG_EVENT_ADDED)
		printf("%s %s: added, %s\n", at, name, after);
	else
		printf("%s %s: removed\n", at, name);
	return finish_output();
}

static int loop(struct daxplug_watch *w, const struct options *o)
{
	struct pollfd p = { .fd = daxplug_watch_get_fd(w), .events = POLLIN };
	const struct daxplug_watch_event *event;
	int code = EXIT_DONE;
	sigset_t set, before_set;

	/* A signal is let in while it waits, and nowhere else. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &before_set);
	while (!stop_requested() && code == EXIT_DONE) {
		int n;

		n = ppoll(&p, 1, NULL, &before_set);
		if (n < 0 && errno != EINTR) {
			fprintf(stderr, "daxplug: cannot watch: %s\n",
				strerror(errno));
			return EXIT_TROUBLE;
		}
		if (n <= 0)
			continue;
		while ((n = daxplug_watch_next(w, &event)) > 0)
			code = worse(code, tell(o, event));
		if (n < 0)
			return explain_scan(n);
	}
	return code;
}

int run_watch(struct daxplug_ctx *ctx, const struct options *o)
{
	struct daxplug_watch *w;
	int err, code;

	err = daxplug_watch_new(ctx, &w);
	if (err) {
		fprintf(stderr, "daxplug: cannot watch: %s\n", strerror(-err));
		return EXIT_NOT_SUPPORTED;
	}
	catch_signals();
	/* Whoever reads this knows from now on that nothing is missed. */
	if (!o->json && !o->quiet)
		fprintf(stderr, "daxplug: watching; Ctrl-C ends it\n");
	code = loop(w, o);
	daxplug_watch_free(w);
	return code;
}
