// SPDX-License-Identifier: GPL-2.0-only
/* daxplug plug and daxplug unplug: change one device after another and report each result. */
#include <errno.h>
#include <json.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "hooks.h"
#include "journal.h"
#include "policy.h"
#include "system.h"

/*
 * Format the sizes for a message: the size that can be plugged, then the size of the device, as in
 * " (384.0 MiB of 510.0 MiB)". If both are equal, or if the second is not known, the text has one
 * size, as in " (4.0 GiB)". If the first is not known, the text is empty.
 */
static const char *format_size_note(const struct daxplug_device *dev, uint64_t usable,
				    char *buf, size_t len)
{
	uint64_t raw = daxplug_device_get_size(dev);
	char part[32], whole[32];

	if (usable == DAXPLUG_SIZE_UNKNOWN)
		return "";
	format_size(usable, part, sizeof(part));
	format_size(raw, whole, sizeof(whole));
	if (raw == DAXPLUG_SIZE_UNKNOWN || raw == usable)
		snprintf(buf, len, " (%s)", part);
	else
		snprintf(buf, len, " (%s of %s)", part, whole);
	return buf;
}

/* Print warnings. They do not prevent the change. */
static void print_warnings(const struct daxplug_device *dev,
			   const struct daxplug_preflight *p)
{
	unsigned int i;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		if (!strcmp(daxplug_preflight_get_word(p, i), "zone-movable"))
			fprintf(stderr, "daxplug: %s: warning: %s\n",
				daxplug_device_get_name(dev), daxplug_preflight_get_text(p, i));
	}
}

void print_change_warnings(const struct daxplug_device *dev, enum daxplug_state want,
			   const struct daxplug_change *c)
{
	struct daxplug_preflight *p;

	if (daxplug_device_preflight(dev, want, c, true, &p))
		return;
	print_warnings(dev, p);
	daxplug_preflight_free(p);
}

void change_device(const struct daxplug_device *dev, enum daxplug_state want,
		   unsigned int timeout_ms, bool quiet,
		   struct daxplug_change *c, struct change_report *v)
{
	enum daxplug_zone zone = DAXPLUG_ZONE_MOVABLE;
	uint64_t start = get_monotonic_ms();
	struct hooks hooks;

	v->name = daxplug_device_get_name(dev);
	v->want = want;
	v->plug = get_zone_of_state(want, &zone);
	v->has_memmap = !daxplug_device_get_memmap(dev, &v->memmap);
	daxplug_change_set_deadline(c, timeout_ms);
	hooks_attach(&hooks, c);
	progress_begin(c, dev, quiet);
	v->err = v->plug ? daxplug_device_plug(dev, zone, c) :
			   daxplug_device_unplug(dev, c);
	progress_end();
	hooks_detach(&hooks, c);
	v->duration_ms = get_monotonic_ms() - start;
	v->refusal = hooks.refusal;
	explain_change(v, dev, c);
	v->refusal = NULL;
}

/* Is the device in the requested zone, but with page structures in another place than requested? */
static bool has_other_memmap(const struct daxplug_preflight *p)
{
	unsigned int i;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		if (!strcmp(daxplug_preflight_get_word(p, i), "memmap"))
			return true;
	}
	return false;
}

static const char *describe_plan(const struct daxplug_device *dev,
				 const struct daxplug_preflight *p,
				 const struct change_report *v, enum daxplug_state state)
{
	if (state == v->want)
		return has_other_memmap(p) ? "would be changed, by way of an unplug" :
		       "nothing to do";
	if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		return "would be bound to kmem, and changed";
	if (v->plug && state != DAXPLUG_STATE_UNPLUGGED &&
	    state != DAXPLUG_STATE_INCONSISTENT)
		return "would be changed, by way of an unplug if need be";
	return "would be changed";
}

static int get_dry_run_code(enum daxplug_level level, int err)
{
	if (level == DAXPLUG_LEVEL_FAILS &&
	    (err == -EOPNOTSUPP || err == -EACCES || err == -EPERM ||
	     err == -EROFS))
		return EXIT_NOT_SUPPORTED;
	return EXIT_REFUSED;
}

void preview_change(const struct daxplug_device *dev, enum daxplug_state want,
		    const struct daxplug_change *c, bool warn, struct change_report *v)
{
	struct daxplug_preflight *p;
	unsigned int worst;

	v->err = daxplug_device_preflight(dev, want, c, false, &p);
	if (v->err) {
		explain_unreadable_state(v, dev);
		return;
	}
	v->err = daxplug_preflight_get_worst(p, &worst);
	if (v->err) {
		enum daxplug_level level = daxplug_preflight_get_level(p, worst);

		v->code = get_dry_run_code(level, v->err);
		snprintf(v->reason, sizeof(v->reason), "%s be refused: %s",
			 level == DAXPLUG_LEVEL_FAILS ? "would" : "may",
			 daxplug_preflight_get_text(p, worst));
	}
	if (warn)
		print_warnings(dev, p);
	daxplug_preflight_free(p);
}

/* Print how much an unplug would migrate, if that is known. */
static void print_usage(const struct daxplug_preflight *p, const char *name)
{
	unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	char size[32], available[32];
	uint64_t used, room;

	if (daxplug_preflight_get_used(p, &used) || !used ||
	    daxplug_preflight_get_room(p, &room))
		return;
	printf("%s: up to %llu pages (%s) would move, and about %s are available elsewhere\n",
	       name, (unsigned long long)used / page,
	       format_size(used, size, sizeof(size)),
	       format_size(room, available, sizeof(available)));
}

/* Print the other reasons and notes, one a line. */
static void print_reasons(const struct daxplug_preflight *p, const char *name,
			  unsigned int worst)
{
	unsigned int i;

	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		if (i == worst)
			continue;
		printf("%s: %s: %s\n", name,
		       daxplug_preflight_get_level(p, i) == DAXPLUG_LEVEL_NOTE ?
		       "note" : "also prevents it",
		       daxplug_preflight_get_text(p, i));
	}
}

static void print_dry_run(const struct daxplug_device *dev,
			  const struct daxplug_preflight *p,
			  const struct change_report *v, enum daxplug_state state,
			  unsigned int worst)
{
	bool fails = daxplug_preflight_get_level(p, worst) == DAXPLUG_LEVEL_FAILS;

	printf("%s: %s -> %s: %s%s (backend %s)\n", v->name,
	       daxplug_state_name(state), daxplug_state_name(v->want),
	       !v->err ? describe_plan(dev, p, v, state) :
	       fails ? "would be refused: " : "may be refused: ",
	       v->err ? v->reason : "",
	       daxplug_backend_name(daxplug_device_get_backend(dev)));
	print_reasons(p, v->name, worst);
	print_usage(p, v->name);
}

/* Report whether the change would be done, and if not, why. */
static void dry_run(const struct daxplug_device *dev, const struct options *o,
		    const struct daxplug_change *c, struct change_report *v,
		    struct json_object *results)
{
	struct daxplug_preflight *p;
	enum daxplug_state state;
	unsigned int worst = UINT_MAX;

	v->err = daxplug_device_preflight(dev, v->want, c, false, &p);
	if (v->err) {
		explain_unreadable_state(v, dev);
		if (results)
			json_add_change_report(results, v, NULL);
		else
			print_change_report(v);
		return;
	}
	v->err = daxplug_preflight_get_before(p, &state);
	if (v->err) {
		explain_unreadable_state(v, dev);
	} else {
		v->err = daxplug_preflight_get_worst(p, &worst);
		if (v->err)
			v->code = get_dry_run_code(daxplug_preflight_get_level(p, worst),
						   v->err);
		snprintf(v->reason, sizeof(v->reason), "%s", v->err ?
			 daxplug_preflight_get_text(p, worst) : "");
	}
	if (results) {
		json_add_preflight(json_add_change_report(results, v, NULL), p);
	} else if (daxplug_preflight_get_before(p, &state)) {
		print_change_report(v);
	} else if (!o->quiet || v->err) {
		print_dry_run(dev, p, v, state, worst);
	}
	daxplug_preflight_free(p);
}

static void print_done(const struct daxplug_device *dev, const struct change_report *v,
		       const struct daxplug_change *c)
{
	enum daxplug_state before = v->want;
	char size[80];

	daxplug_change_get_before(c, &before);
	if (daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_NOTHING)
		printf("%s: nothing to do: already %s%s\n", v->name,
		       daxplug_state_name(v->want),
		       format_size_note(dev, v->usable, size, sizeof(size)));
	else
		printf("%s: %s -> %s%s\n", v->name, daxplug_state_name(before),
		       daxplug_state_name(v->want),
		       format_size_note(dev, v->usable, size, sizeof(size)));
	if (daxplug_change_get_backend(c) == DAXPLUG_BACKEND_BLOCKS &&
	    daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_DONE)
		printf("%s: done block by block, which other programs can disturb; see BACKENDS "
		       "in daxplug(8)\n",
		       v->name);
}

static void process_device(const struct daxplug_device *dev,
			   const struct options *o, enum daxplug_state want,
			   struct json_object *results, struct daxplug_change *c,
			   struct change_report *v)
{
	enum daxplug_zone zone;

	*v = (struct change_report){
		.name = daxplug_device_get_name(dev),
		.want = want,
		.plug = get_zone_of_state(want, &zone),
		.usable = DAXPLUG_SIZE_UNKNOWN,
	};
	daxplug_device_get_usable(dev, &v->usable);
	if (o->dry_run) {
		dry_run(dev, o, c, v, results);
		return;
	}
	if (v->plug && !o->quiet)
		print_change_warnings(dev, want, c);
	change_device(dev, want, o->timeout_ms, o->quiet || o->json, c, v);
	journal_write_change(o->command, NULL, dev, v, c);
	if (results)
		json_add_change_report(results, v, c);
	else if (v->reason[0])
		print_change_report(v);
	else if (!o->quiet)
		print_done(dev, v, c);
}

/* Report the devices from @i on, which were not changed because of a signal. */
void report_interrupted(const struct selection *s, unsigned int i)
{
	for (; i < s->nr; i++)
		fprintf(stderr, "daxplug: %s: interrupted before its turn; nothing was "
				"changed\n",
			daxplug_device_get_name(s->dev[i]));
}

static int change_devices(struct daxplug_ctx *ctx, const struct options *o,
			  enum daxplug_state want)
{
	struct json_object *root = NULL, *results = NULL;
	struct persist *persist = NULL;
	struct daxplug_policy *policy;
	struct daxplug_change *c;
	enum daxplug_state wanted;
	struct selection s;
	struct change_report v;
	unsigned int i;
	int code;

	if (daxplug_change_new(&c)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	daxplug_change_set_replug(c, o->replug);
	daxplug_change_set_memmap(c, o->memmap);
	catch_signals();
	select_devices(ctx, o, &s);
	/*
	 * With --persist the policy will request this state, so do not compare with the old
	 * policy.
	 */
	policy = o->persist || o->dry_run ? NULL : policy_read_quietly(ctx);
	code = s.code;
	if (o->json) {
		root = json_new(o->command);
		results = json_array(root, "results");
	}
	if (o->persist)
		code = more_severe_exit_code(code, persist_begin(ctx, o, &s, want, &persist));
	for (i = 0; i < s.nr && !stop_requested() && (persist || !o->persist); i++) {
		process_device(s.dev[i], o, want, results, c, &v);
		code = more_severe_exit_code(code, v.code);
		journal_write_policy(o->command, policy_get_wanted_state(policy, s.dev[i], &wanted),
				     s.dev[i], c);
		if (persist && v.code == EXIT_DONE)
			code = more_severe_exit_code(code, persist_device(persist, i, root));
	}
	if (i < s.nr && (persist || !o->persist)) {
		code = more_severe_exit_code(code, EXIT_REFUSED);
		if (!results)
			report_interrupted(&s, i);
		for (; results && i < s.nr; i++)
			json_add_not_begun(results, daxplug_device_get_name(s.dev[i]),
					   daxplug_state_name(want));
	}
	persist_free(persist);
	daxplug_policy_free(policy);
	selection_free(&s);
	daxplug_change_free(c);
	return more_severe_exit_code(code, root ? json_print(root, false) : finish_output());
}

int run_plug(struct daxplug_ctx *ctx, const struct options *o)
{
	enum daxplug_state want;

	if (daxplug_zone_state(o->zone, &want))
		return EXIT_USAGE;
	return change_devices(ctx, o, want);
}

int run_unplug(struct daxplug_ctx *ctx, const struct options *o)
{
	return change_devices(ctx, o, DAXPLUG_STATE_UNPLUGGED);
}
