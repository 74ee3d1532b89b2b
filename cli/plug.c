// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug plug and daxplug unplug: device by device, and the truth about each.
 */
#include <errno.h>
#include <json.h>
#include <string.h>

#include "cli.h"

bool zone_of(enum daxplug_state state, enum daxplug_zone *zone)
{
	static const enum daxplug_zone zones[] = {
		DAXPLUG_ZONE_AUTO, DAXPLUG_ZONE_KERNEL, DAXPLUG_ZONE_MOVABLE
	};
	enum daxplug_state of_zone;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		if (!daxplug_zone_state(zones[i], &of_zone) && of_zone == state) {
			*zone = zones[i];
			return true;
		}
	}
	return false;
}

/*
 * " (384.0 MiB of 510.0 MiB)": what can be plugged of how much; " (4.0 GiB)" if that
 * is all of it, or the whole size is not known; "" if what can be plugged is not.
 */
static const char *size_note(const struct daxplug_device *dev, uint64_t usable,
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

void change_device(const struct daxplug_device *dev, enum daxplug_state want,
		   unsigned int timeout_ms, bool quiet,
		   struct daxplug_change *c, struct verdict *v)
{
	enum daxplug_zone zone = DAXPLUG_ZONE_MOVABLE;

	v->name = daxplug_device_get_name(dev);
	v->want = want;
	v->plug = zone_of(want, &zone);
	daxplug_change_set_deadline(c, timeout_ms);
	progress_begin(c, dev, quiet);
	v->err = v->plug ? daxplug_device_plug(dev, zone, c) :
			   daxplug_device_unplug(dev, c);
	progress_end();
	explain(v, dev, c);
}

static const char *would(const struct daxplug_device *dev, bool replug,
			 const struct verdict *v, enum daxplug_state state)
{
	if (state == v->want)
		return "nothing to do";
	if (v->plug && !replug && state != DAXPLUG_STATE_UNPLUGGED &&
	    state != DAXPLUG_STATE_OFFLINE &&
	    state != DAXPLUG_STATE_INCONSISTENT)
		return "would be refused: unplug it first";
	if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		return state == DAXPLUG_STATE_UNPLUGGED ?
			"would be bound to kmem, and changed" :
			"would be changed if daxplug's own kmem is loaded, else refused";
	return "would be changed";
}

/* What would be done, as far as it can be told before. */
static void dry_run(const struct daxplug_device *dev, bool replug,
		    struct verdict *v, bool quiet)
{
	enum daxplug_state state;
	const char *what;

	v->err = daxplug_device_get_state(dev, &state);
	if (v->err) {
		explain_unread(v, dev);
		return;
	}
	what = would(dev, replug, v, state);
	v->code = !strncmp(what, "would be refused", 16) ? EXIT_REFUSED :
							  EXIT_DONE;
	if (!quiet)
		printf("%s: %s -> %s: %s (backend %s)\n", v->name,
		       daxplug_state_name(state), daxplug_state_name(v->want),
		       what,
		       daxplug_backend_name(daxplug_device_get_backend(dev)));
}

static void say_done(const struct daxplug_device *dev, const struct verdict *v,
		     const struct daxplug_change *c)
{
	enum daxplug_state before = v->want;
	char size[80];

	daxplug_change_get_before(c, &before);
	if (daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_NOTHING)
		printf("%s: nothing to do: already %s%s\n", v->name,
		       daxplug_state_name(v->want),
		       size_note(dev, v->usable, size, sizeof(size)));
	else
		printf("%s: %s -> %s%s\n", v->name, daxplug_state_name(before),
		       daxplug_state_name(v->want),
		       size_note(dev, v->usable, size, sizeof(size)));
	if (daxplug_change_get_backend(c) == DAXPLUG_BACKEND_BLOCKS &&
	    daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_DONE)
		printf("%s: done block by block, which others can disturb; see BACKENDS in "
		       "daxplug(8)\n",
		       v->name);
}

static void one_device(const struct daxplug_device *dev,
		       const struct options *o, enum daxplug_state want,
		       struct json_object *results, struct daxplug_change *c,
		       struct verdict *v)
{
	enum daxplug_zone zone;

	*v = (struct verdict){
		.name = daxplug_device_get_name(dev),
		.want = want,
		.plug = zone_of(want, &zone),
		.usable = DAXPLUG_SIZE_UNKNOWN,
	};
	daxplug_device_get_usable(dev, &v->usable);
	if (o->dry_run)
		dry_run(dev, o->replug, v, o->json);
	else
		change_device(dev, want, o->timeout_ms, o->quiet || o->json, c, v);
	if (results)
		json_add_verdict(results, v, o->dry_run ? NULL : c);
	else if (v->reason[0])
		print_verdict(v);
	else if (!o->dry_run && !o->quiet)
		say_done(dev, v, c);
}

/* Of those from @i on nothing was begun. Return: an exit code. */
int tell_interrupted(const struct selection *s, unsigned int i)
{
	int code = i < s->nr ? EXIT_REFUSED : EXIT_DONE;

	for (; i < s->nr; i++)
		fprintf(stderr, "daxplug: %s: interrupted before its turn; nothing was "
				"changed\n",
			daxplug_device_get_name(s->dev[i]));
	return code;
}

static int run(struct daxplug_ctx *ctx, const struct options *o,
	       enum daxplug_state want)
{
	struct json_object *root = NULL, *results = NULL;
	struct daxplug_change *c;
	struct selection s;
	struct verdict v;
	unsigned int i;
	int code;

	if (daxplug_change_new(&c)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	daxplug_change_set_replug(c, o->replug);
	catch_signals();
	select_devices(ctx, o, &s);
	code = s.code;
	if (o->json) {
		root = json_new(o->command);
		results = json_array(root, "results");
	}
	for (i = 0; i < s.nr && !stop_requested(); i++) {
		one_device(s.dev[i], o, want, results, c, &v);
		code = worse(code, v.code);
	}
	code = worse(code, tell_interrupted(&s, i));
	selection_free(&s);
	daxplug_change_free(c);
	return worse(code, root ? json_print(root, false) : finish_output());
}

int run_plug(struct daxplug_ctx *ctx, const struct options *o)
{
	enum daxplug_state want;

	if (daxplug_zone_state(o->zone, &want))
		return EXIT_USAGE;
	return run(ctx, o, want);
}

int run_unplug(struct daxplug_ctx *ctx, const struct options *o)
{
	return run(ctx, o, DAXPLUG_STATE_UNPLUGGED);
}
