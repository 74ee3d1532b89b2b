// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the devices that the operands name: by name, region, node, serial number or UUID, or all.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

static bool is_same_string(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Is the device bound to another driver? "all" leaves out such devices. */
static bool has_other_driver(const struct daxplug_device *dev)
{
	const char *driver = daxplug_device_get_driver(dev);

	return driver && strcmp(driver, "kmem") != 0;
}

bool parse_serial_operand(const char *what, uint64_t *serial)
{
	return !strncmp(what, "serial:", 7) && parse_number(what + 7, serial);
}

/* "all" matches every device that is not bound to another driver. */
bool device_matches(const struct daxplug_device *dev, const char *what)
{
	uint64_t number;

	if (!strcmp(what, "all"))
		return !has_other_driver(dev);
	if (is_same_string(daxplug_device_get_name(dev), what) ||
	    is_same_string(daxplug_device_get_region(dev), what))
		return true;
	if (!strncmp(what, "region:", 7))
		return is_same_string(daxplug_device_get_region(dev), what + 7);
	if (!strncmp(what, "uuid:", 5))
		return daxplug_device_get_uuid(dev) &&
		       !strcasecmp(daxplug_device_get_uuid(dev), what + 5);
	if (parse_serial_operand(what, &number))
		return has_serial_number(dev, number);
	if (!strncmp(what, "node:", 5))
		return parse_number(what + 5, &number) && number <= INT32_MAX &&
		       daxplug_device_get_target_node(dev) == (int)number;
	return false;
}

static void add_device(struct selection *s, struct daxplug_device *dev)
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
		s->code = more_severe_exit_code(s->code, EXIT_TROUBLE);
		return;
	}
	s->dev = more;
	s->dev[s->nr++] = daxplug_device_ref(dev);
}

/*
 * Check whether the serial number is unique. If several cards have it, it matches none of them.
 * Return: an exit code; after an error a message has been printed.
 */
static int check_serial(struct daxplug_ctx *ctx, const char *what, uint64_t serial)
{
	struct daxplug_policy *cards = policy_new();
	char why[256];
	int code;

	if (!cards)
		return EXIT_TROUBLE;
	code = policy_read_cards(cards, ctx);
	if (code == EXIT_DONE && !is_serial_usable(cards, serial, why, sizeof(why))) {
		fprintf(stderr, "daxplug: %s: %s; name the device or its region\n",
			what, why);
		code = EXIT_NO_DEVICE;
	}
	daxplug_policy_free(cards);
	return code;
}

static void add_matching(struct daxplug_ctx *ctx, const char *what,
			 struct selection *s)
{
	struct daxplug_device *dev;
	bool found = !strcmp(what, "all");
	uint64_t serial;

	if (parse_serial_operand(what, &serial)) {
		int code = check_serial(ctx, what, serial);

		if (code != EXIT_DONE) {
			s->code = more_severe_exit_code(s->code, code);
			return;
		}
	}
	daxplug_device_foreach(ctx, dev) {
		if (!device_matches(dev, what))
			continue;
		found = true;
		add_device(s, dev);
	}
	if (found)
		return;
	fprintf(stderr,
		"daxplug: %s: no such device; daxplug %s shows the devices that exist\n",
		what, strchr(what, ':') ? "show all" : "list");
	s->code = more_severe_exit_code(s->code, EXIT_NO_DEVICE);
}

bool report_if_no_devices(struct daxplug_ctx *ctx)
{
	if (daxplug_device_get_first(ctx))
		return false;
	fprintf(stderr, "daxplug: there are no DAX devices; see daxplug doctor\n");
	return true;
}

static void report_other_drivers(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (has_other_driver(dev))
			fprintf(stderr,
				"daxplug: %s: not changed: it is bound to the driver %s\n",
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
		s->code = print_scan_error(err);
		return;
	}
	s->scanned = true;
	if (!o->nr_operands && o->node < 0) {
		struct daxplug_device *dev;

		daxplug_device_foreach(ctx, dev)
			add_device(s, dev);
	}
	for (i = 0; i < o->nr_operands; i++) {
		add_matching(ctx, o->operands[i], s);
		if (!strcmp(o->operands[i], "all") && !o->quiet)
			report_other_drivers(ctx);
	}
	if (s->code == EXIT_DONE && o->nr_operands && !o->quiet)
		report_if_no_devices(ctx);
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
