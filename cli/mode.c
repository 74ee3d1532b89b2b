// SPDX-License-Identifier: GPL-2.0-only
/* daxplug mode: prints which driver a device is bound to, or binds it to another driver. */
#include <errno.h>
#include <json.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"
#include "journal.h"
#include "system.h"

#define SHOWN 5

/* The result for one device. */
struct result {
	const struct daxplug_device *dev;
	const char *name;
	enum daxplug_mode want, before, after;
	int before_err, after_err;
	int err;
	enum daxplug_outcome outcome;
	const char *step;
	int code;
	char reason[768];
	char next[256];
};

__attribute__((format(printf, 3, 4)))
static void append_text(char *buf, size_t len, const char *format, ...)
{
	size_t have = strlen(buf);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + have, len - have, format, args);
	va_end(args);
}

#define append_reason(r, ...) append_text((r)->reason, sizeof((r)->reason), __VA_ARGS__)
#define append_advice(r, ...) append_text((r)->next, sizeof((r)->next), __VA_ARGS__)

static const char *get_driver_of_mode(enum daxplug_mode mode)
{
	return mode == DAXPLUG_MODE_DEVDAX ? "device_dax" : "kmem";
}

static const char *get_mode_string(int err, enum daxplug_mode mode)
{
	return err ? "?" : daxplug_mode_name(mode);
}

struct users {
	struct result *r;
	int shown;
};

static void on_user(const struct daxplug_user *user, void *data)
{
	struct users *all = data;

	if (all->shown++ >= SHOWN)
		return;
	append_reason(all->r, "%s%s (process %d) has it %s", all->shown > 1 ? ", " : "",
		      user->name, user->pid, user->mapped ? "mapped" : "open");
}

static void explain_users(struct result *r, const struct daxplug_change *c)
{
	struct users all = { .r = r };
	const char *name;
	int pid;

	if (r->err != -EBUSY) {
		append_reason(r, "whether a process has /dev/%s open cannot be read", r->name);
		append_advice(r, "run it as root");
		return;
	}
	daxplug_device_each_user(r->dev, on_user, &all);
	if (all.shown > SHOWN)
		append_reason(r, " and %d more", all.shown - SHOWN);
	/* The process has ended in the meantime. */
	if (!all.shown && !daxplug_change_get_holder(c, &pid, &name))
		append_reason(r, "%s (process %d) had it open", name, pid);
	append_advice(r, "end %s, then try again",
		      all.shown > 1 ? "these processes" : "that process");
}

static void explain_state(struct result *r)
{
	enum daxplug_state state;
	int err = daxplug_device_get_state(r->dev, &state);

	if (r->err != -EBUSY || err) {
		append_reason(r, "its state or a setting in plug/ cannot be read");
		append_advice(r, "%s", r->err == -EACCES ? "run it as root" : "see daxplug doctor");
		return;
	}
	if (state == DAXPLUG_STATE_UNPLUGGED) {
		append_reason(r, "another program brought memory of it online");
		append_advice(r, "daxplug doctor %s, then try again", r->name);
		return;
	}
	append_reason(r, "it is not unplugged but %s", daxplug_state_name(state));
	append_advice(r, "daxplug unplug %s, then try again", r->name);
}

static void explain_wait(struct result *r, const struct daxplug_change *c)
{
	const char *name;
	int pid;

	append_reason(r, "%s", r->err == -EINTR ? "interrupted" :
		      r->err == -ETIMEDOUT ? "the time limit passed" : "its lock cannot be taken");
	if (!strcmp(r->step, "lock") && !daxplug_change_get_holder(c, &pid, &name))
		append_reason(r, " while it waited for %s (process %d) to end its change", name,
			      pid);
}

static bool is_denied(const struct result *r)
{
	return r->err == -EACCES || r->err == -EPERM || r->err == -EROFS;
}

static bool is_step(const struct result *r, const char *step)
{
	return !strcmp(r->step, step);
}

static void explain_driver(struct result *r, const struct daxplug_change *c)
{
	const char *driver = get_driver_of_mode(is_step(r, "unbind") ? r->before : r->want);
	uint64_t needed, available;

	if (!daxplug_change_get_space(c, &needed, &available)) {
		char need[32], have[32];

		append_reason(r, "its page structures need %s, and about %s are available for them",
			      format_size(needed, need, sizeof(need)),
			      format_size(available, have, sizeof(have)));
		append_advice(r, "free memory, then try again");
	} else if (r->err == -EOPNOTSUPP) {
		append_reason(r, "the driver %s is not loaded", driver);
		append_advice(r, "modprobe %s, then try again", driver);
	} else if (is_step(r, "unbind")) {
		append_reason(r, "the driver %s was not unbound", driver);
		append_advice(r, "see dmesg for the reason");
	} else {
		append_reason(r, "the driver %s refused the device", driver);
		append_advice(r, "see dmesg for the reason");
	}
}

static void explain_reason(struct result *r, const struct daxplug_change *c)
{
	if (r->err == -ENODEV && !*r->step) {
		append_reason(r, "the device does not exist any more");
		append_advice(r, "daxplug list shows the devices that exist");
	} else if (r->err == -EINTR || r->err == -ETIMEDOUT) {
		explain_wait(r, c);
	} else if (is_step(r, "driver")) {
		append_reason(r, "it is bound to another driver, neither device_dax nor kmem");
	} else if (is_step(r, "users")) {
		explain_users(r, c);
	} else if (is_step(r, "state")) {
		explain_state(r);
	} else if (is_step(r, "overlap")) {
		append_reason(r,
			      "its addresses are those of another device, which is bound to kmem");
		append_advice(r, "daxplug doctor says which");
	} else if (is_step(r, "left-behind")) {
		append_reason(r, "some of its memory has no driver");
		append_advice(r,
			      "daxplug's kmem module adopts it (rmmod kmem; modprobe kmem); "
			      "otherwise only a reboot helps");
	} else if (is_step(r, "size")) {
		append_reason(r, "no memory block fits into it");
		append_advice(r, "make it larger, or aligned: daxplug show %s has its addresses",
			      r->name);
	} else if (is_step(r, "node")) {
		append_reason(r, "%s", NO_NODE);
		append_advice(r, "%s", NO_NODE_NEXT);
	} else if (is_denied(r) && (is_step(r, "open") || is_step(r, "lock"))) {
		append_reason(r, "no permission to bind it to another driver");
		append_advice(r, r->err == -EROFS ? "run it where sysfs is writable"
						  : "run it as root");
	} else if (is_step(r, "lock")) {
		explain_wait(r, c);
	} else if (is_step(r, "bind") || is_step(r, "unbind")) {
		explain_driver(r, c);
	} else {
		append_reason(r, "%s", strerror(-r->err));
	}
}

static const char *get_errno_name(int err)
{
	const char *word = strerrorname_np(-err);

	return word ? word : "?";
}

static int get_exit_code(const struct result *r)
{
	if (r->outcome == DAXPLUG_OUTCOME_INCONSISTENT)
		return EXIT_INCONSISTENT;
	switch (-r->err) {
	case ENODEV:
		return *r->step ? EXIT_REFUSED : EXIT_NO_DEVICE;
	case ETIMEDOUT:
		return EXIT_TIMED_OUT;
	case EOPNOTSUPP:
		return EXIT_NOT_SUPPORTED;
	case ENOMEM:
		return *r->step ? EXIT_REFUSED : EXIT_TROUBLE;
	default:
		return is_denied(r) && !is_step(r, "bind") && !is_step(r, "unbind") ?
		       EXIT_NOT_SUPPORTED : EXIT_REFUSED;
	}
}

/* Explain the mode and state after a failure that could not be undone. */
static void explain_mode_after(struct result *r)
{
	enum daxplug_state state;

	if (r->after_err) {
		append_reason(r, "; its mode cannot be read any more: %s", strerror(-r->after_err));
		return;
	}
	append_reason(r, "; its mode was %s and is now %s",
		      get_mode_string(r->before_err, r->before), daxplug_mode_name(r->after));
	if (r->after == DAXPLUG_MODE_NONE)
		append_reason(r, ", which means that no driver has it");
	if (!daxplug_device_get_state(r->dev, &state))
		append_reason(r, "; its state is %s", daxplug_state_name(state));
}

static void explain_result(struct result *r, const struct daxplug_change *c, bool dry)
{
	bool inconsistent = r->outcome == DAXPLUG_OUTCOME_INCONSISTENT;

	if (!r->err)
		return;
	r->code = get_exit_code(r);
	explain_reason(r, c);
	append_reason(r, " (%s)", get_errno_name(r->err));
	if (dry)
		return;
	if (inconsistent) {
		explain_mode_after(r);
		r->next[0] = '\0';
		if (r->after == DAXPLUG_MODE_NONE)
			append_advice(r,
				      "remove the reason, then daxplug mode %s %s; if its state "
				      "is not unplugged: daxplug doctor %s", r->name,
				      get_mode_string(r->before_err, r->before), r->name);
		else
			append_advice(r, "another program changes it, too: see daxplug doctor %s",
				      r->name);
	} else if (!r->before_err) {
		append_reason(r, "; %s, mode is still %s",
			      daxplug_change_get_begun(c) ? "it was undone" : "nothing was changed",
			      daxplug_mode_name(r->before));
	}
}

static const char *get_result_string(const struct result *r,
				     const struct daxplug_change *c, bool dry)
{
	if (dry)
		return "dry_run";
	if (!r->err)
		return r->outcome == DAXPLUG_OUTCOME_NOTHING ? "nothing" : "done";
	return get_failure_string(r->code, r->err, c);
}

static void add_mode(struct json_object *o, const char *key, int err,
		     enum daxplug_mode mode)
{
	json_string(o, key, err ? NULL : daxplug_mode_name(mode));
}

static void json_add_result(struct json_object *array, const struct result *r,
			    const struct daxplug_change *c, bool dry)
{
	struct json_object *o = json_object_new_object(), *users;
	const char *name;
	int pid;

	json_string(o, "name", r->name);
	json_string(o, "want", daxplug_mode_name(r->want));
	json_string(o, "outcome", get_result_string(r, c, dry));
	json_object_object_add(o, "exit", json_object_new_int(r->code));
	json_object_object_add(o, "errno", json_object_new_int(-r->err));
	json_string(o, "step", *r->step ? r->step : NULL);
	json_string(o, "reason", r->reason[0] ? r->reason : NULL);
	json_string(o, "next", r->next[0] ? r->next : NULL);
	add_mode(o, "before", r->before_err, r->before);
	add_mode(o, "after", r->after_err, r->after);
	users = NULL;
	if (is_step(r, "users") && !daxplug_change_get_holder(c, &pid, &name)) {
		users = json_object_new_object();
		json_object_object_add(users, "pid", json_object_new_int(pid));
		json_string(users, "name", name);
	}
	json_object_object_add(o, "used_by", users);
	json_object_array_add(array, o);
}

static void print_result(const struct result *r, const struct options *o)
{
	const char *before = get_mode_string(r->before_err, r->before);
	const char *want = daxplug_mode_name(r->want);
	enum daxplug_state state;

	if (o->dry_run && !r->before_err) {
		if (r->err || !o->quiet)
			printf("%s: %s -> %s: %s%s\n", r->name, before, want, r->err ?
			       "would be refused: " : r->outcome == DAXPLUG_OUTCOME_NOTHING ?
			       "nothing to do" : "would be changed", r->reason);
	} else if (r->err) {
		fprintf(stderr, "daxplug: %s: mode not changed: %s\n", r->name, r->reason);
		if (r->next[0])
			fprintf(stderr, "daxplug: %s: next: %s\n", r->name, r->next);
	} else if (o->quiet) {
		return;
	} else if (r->outcome == DAXPLUG_OUTCOME_NOTHING) {
		printf("%s: nothing to do: already %s\n", r->name, want);
	} else {
		printf("%s: %s -> %s\n", r->name, before, want);
		if (r->want == DAXPLUG_MODE_SYSTEM_RAM &&
		    !daxplug_device_get_state(r->dev, &state) &&
		    (state == DAXPLUG_STATE_UNPLUGGED || state == DAXPLUG_STATE_OFFLINE))
			printf("%s: next: daxplug plug %s brings its memory online\n",
			       r->name, r->name);
	}
}

static void journal_result(const struct result *r, const struct options *o,
			   const struct daxplug_change *c, uint64_t duration_ms)
{
	struct journal_entry e = {
		.dev = r->dev,
		.command = o->command,
		.what = "mode",
		.from = r->before_err ? NULL : daxplug_mode_name(r->before),
		.to = daxplug_mode_name(r->want),
		.after = r->after_err ? NULL : daxplug_mode_name(r->after),
		.outcome = get_result_string(r, c, false),
		.reason = r->reason,
		.step = *r->step ? r->step : NULL,
		.block = DAXPLUG_NO_BLOCK,
		.bytes = daxplug_device_get_size(r->dev),
		.duration_ms = duration_ms,
		.err = r->err,
		.code = r->code,
	};

	if (r->err || r->outcome != DAXPLUG_OUTCOME_NOTHING)
		journal_write_entry(&e);
}

static int change_mode(const struct daxplug_device *dev, const struct options *o,
		       enum daxplug_mode want, struct daxplug_change *c,
		       struct json_object *results)
{
	struct result r = {
		.dev = dev, .name = daxplug_device_get_name(dev), .want = want,
	};
	uint64_t start = get_monotonic_ms(), end;
	const char *step;

	daxplug_change_set_deadline(c, o->timeout_ms);
	r.before_err = daxplug_device_get_mode(dev, &r.before);
	progress_begin(c, dev, o->quiet || o->json);
	r.err = o->dry_run ? daxplug_device_check_mode(dev, want, c) :
		daxplug_device_set_mode(dev, want, c);
	progress_end();
	end = get_monotonic_ms();
	r.outcome = daxplug_change_get_outcome(c);
	step = daxplug_change_get_step(c);
	r.step = step ? step : "";
	r.after_err = daxplug_device_get_mode(dev, &r.after);
	explain_result(&r, c, o->dry_run);
	if (!o->dry_run)
		journal_result(&r, o, c, end - start);
	if (results)
		json_add_result(results, &r, c, o->dry_run);
	else
		print_result(&r, o);
	return r.code;
}

static int change_all(const struct selection *s, const struct options *o,
		      enum daxplug_mode want, struct json_object *results)
{
	struct daxplug_change *c;
	int code = EXIT_DONE;
	unsigned int i;

	if (daxplug_change_new(&c)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	catch_signals();
	for (i = 0; i < s->nr && !stop_requested(); i++)
		code = more_severe_exit_code(code, change_mode(s->dev[i], o, want, c, results));
	if (i < s->nr) {
		code = more_severe_exit_code(code, EXIT_REFUSED);
		if (!results)
			report_interrupted(s, i);
		for (; results && i < s->nr; i++)
			json_add_not_begun(results, daxplug_device_get_name(s->dev[i]),
					   daxplug_mode_name(want));
	}
	daxplug_change_free(c);
	return code;
}

static int print_mode(const struct daxplug_device *dev, struct json_object *devices)
{
	const char *name = daxplug_device_get_name(dev);
	enum daxplug_mode mode;
	int err = daxplug_device_get_mode(dev, &mode);

	if (devices) {
		struct json_object *o = json_object_new_object();

		json_string(o, "name", name);
		add_mode(o, "mode", err, mode);
		json_string(o, "driver", daxplug_device_get_driver(dev));
		json_object_array_add(devices, o);
	} else if (err) {
		fprintf(stderr, "daxplug: %s: its mode cannot be read: %s\n", name,
			strerror(-err));
	} else {
		printf("%s: %s\n", name, daxplug_mode_name(mode));
	}
	return !err ? EXIT_DONE : err == -ENODEV ? EXIT_NO_DEVICE : EXIT_TROUBLE;
}

static bool parse_mode(const char *word, enum daxplug_mode *want)
{
	if (!daxplug_mode_parse(word, want) &&
	    (*want == DAXPLUG_MODE_DEVDAX || *want == DAXPLUG_MODE_SYSTEM_RAM))
		return true;
	fprintf(stderr, "daxplug mode: unknown mode '%s': valid are devdax and system-ram\n",
		word);
	return false;
}

/* The first operand is a device. With --node there is no such operand. */
int run_mode(struct daxplug_ctx *ctx, const struct options *o)
{
	int devices = o->node < 0 ? 1 : 0, code;
	bool change = o->nr_operands > devices;
	struct json_object *root = NULL, *array = NULL;
	enum daxplug_mode want = DAXPLUG_MODE_NONE;
	struct options of = *o;
	struct selection s;
	unsigned int i;

	if (o->nr_operands > devices + 1) {
		fprintf(stderr, "daxplug mode: extra operand '%s'\n",
			o->operands[devices + 1]);
		return EXIT_USAGE;
	}
	if (change && !parse_mode(o->operands[devices], &want))
		return EXIT_USAGE;
	if (!change && (o->dry_run || o->has_timeout)) {
		fprintf(stderr, "daxplug mode: --dry-run and --timeout need a mode to change to: "
				"devdax or system-ram\n");
		return EXIT_USAGE;
	}
	of.nr_operands = devices;
	select_devices(ctx, &of, &s);
	code = s.code;
	if (o->json) {
		root = json_new(o->command);
		array = json_array(root, change ? "results" : "devices");
	}
	if (change)
		code = more_severe_exit_code(code, change_all(&s, o, want, array));
	for (i = 0; !change && i < s.nr; i++)
		code = more_severe_exit_code(code, print_mode(s.dev[i], array));
	selection_free(&s);
	return more_severe_exit_code(code, root ? json_print(root, false) : finish_output());
}
