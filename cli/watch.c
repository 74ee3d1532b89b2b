// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug watch: prints one line for each device, then one for each change of state, until a
 * signal. Another line is printed when a change moves a device away from the state that the
 * policy requests, or back to it.
 */
#include <errno.h>
#include <json.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "events.h"
#include "policy.h"

static const char * const event_names[] = {
	[DAXPLUG_EVENT_ADDED] = "added",
	[DAXPLUG_EVENT_REMOVED] = "removed",
	[DAXPLUG_EVENT_CHANGED] = "changed",
	[DAXPLUG_EVENT_PRESENT] = "present",
};

/* The value is NULL if the state is not known, as in "daxplug list". */
static const char *json_state(enum daxplug_state state)
{
	return state == DAXPLUG_STATE_UNKNOWN ? NULL : daxplug_state_name(state);
}

static bool had_no_state(enum daxplug_event type)
{
	return type == DAXPLUG_EVENT_ADDED || type == DAXPLUG_EVENT_PRESENT;
}

/* @name and the states are NULL if the event is not about a device. */
static int print_json(const struct options *o, const char *at, const char *event,
		      const char *name, const char *before, const char *after,
		      const char *wanted)
{
	struct json_object *root = json_new(o->command);

	json_string(root, "time", at);
	json_string(root, "event", event);
	json_string(root, "name", name);
	json_string(root, "before", before);
	json_string(root, "after", after);
	json_string(root, "wanted", wanted);
	return json_print(root, true);
}

static int print_event(const struct options *o, const struct daxplug_watch_event *e)
{
	const char *name = daxplug_device_get_name(e->dev);
	const char *before = daxplug_state_name(e->before);
	const char *after = daxplug_state_name(e->after);
	char at[32];

	format_utc_time(time(NULL), at, sizeof(at));
	if (o->json)
		return print_json(o, at, event_names[e->type], name,
				  had_no_state(e->type) ? NULL : json_state(e->before),
				  e->type == DAXPLUG_EVENT_REMOVED ?
				  NULL : json_state(e->after), NULL);
	if (e->type == DAXPLUG_EVENT_CHANGED)
		printf("%s %s: %s -> %s\n", at, name, before, after);
	else if (e->type == DAXPLUG_EVENT_REMOVED)
		printf("%s %s: removed\n", at, name);
	else
		printf("%s %s: %s, %s\n", at, name, event_names[e->type], after);
	return finish_output();
}

static int print_policy_line(const struct options *o, const char *name, bool met,
			     enum daxplug_state want, enum daxplug_state is)
{
	const char *event = met ? "met" : "parted";
	char at[32];

	format_utc_time(time(NULL), at, sizeof(at));
	if (o->json)
		return print_json(o, at, event, name, NULL, daxplug_state_name(is),
				  daxplug_state_name(want));
	if (met)
		printf("%s %s: as the policy wants it\n", at, name);
	else
		printf("%s %s: not as the policy wants it: %s\n", at, name,
		       daxplug_state_name(want));
	return finish_output();
}

/*
 * Report if the event has moved the device away from the state that the policy requests, or into
 * it. The policy is read for each event, because it may have changed. The devices of @ctx are
 * scanned for each event, too, because the watch scans only a context of its own. The list of
 * cards is read, too, because a rule does not match a serial number that two cards have.
 */
static int print_policy_event(const struct options *o, const struct daxplug_watch_event *e,
			      struct daxplug_ctx *ctx)
{
	struct daxplug_policy *policy;
	enum daxplug_state want;
	int code = EXIT_DONE;

	if (e->type == DAXPLUG_EVENT_REMOVED || e->after == DAXPLUG_STATE_UNKNOWN)
		return EXIT_DONE;
	policy = daxplug_scan(ctx) ? NULL : policy_read_quietly(ctx);
	if (policy_get_wanted_state(policy, e->dev, &want)) {
		bool is = policy_is_state_met(e->after, want);
		/* A new device should be in that state, so report only if it is not. */
		bool was = had_no_state(e->type) || policy_is_state_met(e->before, want);

		if (was != is)
			code = print_policy_line(o, daxplug_device_get_name(e->dev), is, want,
						 e->after);
	}
	daxplug_policy_free(policy);
	return code;
}

/* Print the devices that exist, then "ready". All later changes are printed. */
static int print_present(struct daxplug_watch *w, const struct options *o)
{
	const struct daxplug_watch_event *event;
	int code = EXIT_DONE;

	while (code == EXIT_DONE && daxplug_watch_present(w, &event) > 0)
		code = print_event(o, event);
	if (code != EXIT_DONE)
		return code;
	if (o->json) {
		char at[32];

		format_utc_time(time(NULL), at, sizeof(at));
		return print_json(o, at, "ready", NULL, NULL, NULL, NULL);
	}
	puts("ready");
	return finish_output();
}

static int print_changes(struct daxplug_watch *w, const struct options *o,
			 struct daxplug_ctx *ctx)
{
	const struct daxplug_watch_event *event;
	int code = EXIT_DONE, n = 1;

	while (n > 0 && code == EXIT_DONE) {
		n = events_wait_for_change(w, EVENTS_NO_LIMIT);
		if (n == -EINTR)
			break;
		if (n < 0) {
			fprintf(stderr, "daxplug: cannot watch: %s\n", strerror(-n));
			return EXIT_TROUBLE;
		}
		while ((n = daxplug_watch_next(w, &event)) > 0) {
			code = more_severe_exit_code(code, print_event(o, event));
			code = more_severe_exit_code(code, print_policy_event(o, event, ctx));
		}
		if (n < 0)
			return print_scan_error(n);
		n = 1;
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
	code = o->quiet ? EXIT_DONE : print_present(w, o);
	if (code == EXIT_DONE)
		code = print_changes(w, o, ctx);
	daxplug_watch_free(w);
	return code;
}
