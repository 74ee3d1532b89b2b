// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug watch: one line for each device, then one for each change of state, until a
 * signal.
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
	[DAXPLUG_EVENT_PRESENT] = "present",
};

/* As list has it: NULL if it cannot be told. */
static const char *json_state(enum daxplug_state state)
{
	return state == DAXPLUG_STATE_UNKNOWN ? NULL : daxplug_state_name(state);
}

static bool had_no_state(enum daxplug_event type)
{
	return type == DAXPLUG_EVENT_ADDED || type == DAXPLUG_EVENT_PRESENT;
}

/* @name and the states are NULL if it is about no device. */
static int print_json(const struct options *o, const char *at, const char *event,
		      const char *name, const char *before, const char *after)
{
	struct json_object *root = json_new(o->command);

	json_string(root, "time", at);
	json_string(root, "event", event);
	json_string(root, "name", name);
	json_string(root, "before", before);
	json_string(root, "after", after);
	return json_print(root, true);
}

static int tell(const struct options *o, const struct daxplug_watch_event *e)
{
	const char *name = daxplug_device_get_name(e->dev);
	const char *before = daxplug_state_name(e->before);
	const char *after = daxplug_state_name(e->after);
	char at[32];

	format_moment(time(NULL), at, sizeof(at));
	if (o->json)
		return print_json(o, at, words[e->type], name,
				  had_no_state(e->type) ? NULL : json_state(e->before),
				  e->type == DAXPLUG_EVENT_REMOVED ?
				  NULL : json_state(e->after));
	if (e->type == DAXPLUG_EVENT_CHANGED)
		printf("%s %s: %s -> %s\n", at, name, before, after);
	else if (e->type == DAXPLUG_EVENT_REMOVED)
		printf("%s %s: removed\n", at, name);
	else
		printf("%s %s: %s, %s\n", at, name, words[e->type], after);
	return finish_output();
}

/* What is there, and then "ready": what changes from now on is told. */
static int begin(struct daxplug_watch *w, const struct options *o)
{
	const struct daxplug_watch_event *event;
	int code = EXIT_DONE;

	while (code == EXIT_DONE && daxplug_watch_present(w, &event) > 0)
		code = tell(o, event);
	if (code != EXIT_DONE)
		return code;
	if (o->json) {
		char at[32];

		format_moment(time(NULL), at, sizeof(at));
		return print_json(o, at, "ready", NULL, NULL, NULL);
	}
	puts("ready");
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
	code = o->quiet ? EXIT_DONE : begin(w, o);
	if (code == EXIT_DONE)
		code = loop(w, o);
	daxplug_watch_free(w);
	return code;
}
