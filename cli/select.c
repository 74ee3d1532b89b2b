// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices are meant: a name, a region, a node, a serial number, a UUID,
 * or all; every one where none is named.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

static bool is(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* In the hands of another driver: "all" does not reach for those. */
static bool foreign(const struct daxplug_device *dev)
{
	const char *driver = daxplug_device_get_driver(dev);

	return driver && strcmp(driver, "kmem") != 0;
}

/* "all" are those that no other driver holds. */
bool device_matches(const struct daxplug_device *dev, const char *what)
{
	uint64_t number;

	if (!strcmp(what, "all"))
		return !foreign(dev);
	if (is(daxplug_device_get_name(dev), what) ||
	    is(daxplug_device_get_region(dev), what))
		return true;
	if (!strncmp(what, "region:", 7))
		return is(daxplug_device_get_region(dev), what + 7);
	if (!strncmp(what, "uuid:", 5))
		return daxplug_device_get_uuid(dev) &&
		       !strcasecmp(daxplug_device_get_uuid(dev), what + 5);
	if (!strncmp(what, "serial:", 7))
		return value_number(what + 7, &number) && has_serial(dev, number);
	if (!strncmp(what, "node:", 5))
		return value_number(what + 5, &number) && number <= INT32_MAX &&
		       daxplug_device_get_target_node(dev) == (int)number;
	return false;
}

static void add(struct selection *s, struct daxplug_device *dev)
{
	struct daxplug_device **more;
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		if (s->dev[i] == dev)
			return;
	}
	more = realloc(s->dev, (s->nr + 1) * sizeof(struct daxplug_device *));
	if (!more) {
		fprintf(stderr, "daxplug: out of memory\n");
		s->code = worse_exit_code(s->code, EXIT_TROUBLE);
		return;
	}
	s->dev = more;
	s->dev[s->nr++] = daxplug_device_ref(dev);
}

/* A number that several cards have means none of them. */
static bool is_one_card(struct daxplug_ctx *ctx, const char *what)
{
	struct daxplug_policy *cards = NULL;
	char why[256] = "out of memory";
	uint64_t serial;
	bool is_one;

	if (!value_number(what + 7, &serial))
		return true;
	is_one = !daxplug_policy_new(&cards) &&
		 !daxplug_policy_read_cards(cards, ctx) &&
		 serial_is_usable(cards, serial, why, sizeof(why));
	daxplug_policy_free(cards);
	if (!is_one)
		fprintf(stderr, "daxplug: %s: %s; name the device or its region\n",
			what, why);
	return is_one;
}

static void add_matching(struct daxplug_ctx *ctx, const char *what,
			 struct selection *s)
{
	struct daxplug_device *dev;
	bool found = !strcmp(what, "all");

	if (!strncmp(what, "serial:", 7) && !is_one_card(ctx, what)) {
		s->code = worse_exit_code(s->code, EXIT_NO_DEVICE);
		return;
	}
	daxplug_device_foreach(ctx, dev) {
		if (!device_matches(dev, what))
			continue;
		found = true;
		add(s, dev);
	}
	if (found)
		return;
	fprintf(stderr,
		"daxplug: %s: no such device; see daxplug %s for those there are\n",
		what, strchr(what, ':') ? "show all" : "list");
	s->code = worse_exit_code(s->code, EXIT_NO_DEVICE);
}

bool tell_if_none(struct daxplug_ctx *ctx)
{
	if (daxplug_device_get_first(ctx))
		return false;
	fprintf(stderr, "daxplug: there are no DAX devices; see daxplug doctor\n");
	return true;
}

static void tell_of_foreign(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (foreign(dev))
			fprintf(stderr,
				"daxplug: %s: left alone: it is held by the driver %s\n",
				daxplug_device_get_name(dev),
				daxplug_device_get_driver(dev));
	}
}

void select_devices(struct daxplug_ctx *ctx, const struct options *o,
		    struct selection *s)
{
	int i, err;

	*s = (struct selection){ .code = EXIT_DONE };
	err = daxplug_scan(ctx);
	if (err) {
		s->code = explain_scan(err);
		return;
	}
	if (!o->nr_operands && o->node < 0) {
		struct daxplug_device *dev;

		daxplug_device_foreach(ctx, dev)
			add(s, dev);
	}
	for (i = 0; i < o->nr_operands; i++) {
		add_matching(ctx, o->operands[i], s);
		if (!strcmp(o->operands[i], "all") && !o->quiet)
			tell_of_foreign(ctx);
	}
	if (s->code == EXIT_DONE && o->nr_operands && !o->quiet)
		tell_if_none(ctx);
	if (o->node >= 0) {
		char node[32];

		snprintf(node, sizeof(node), "node:%d", o->node);
		add_matching(ctx, node, s);
	}
}

void selection_free(struct selection *s)
{
	while (s->nr)
		daxplug_device_unref(s->dev[--s->nr]);
	free(s->dev);
}
