// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug: plug DAX devices in as system RAM, and take them out, whole.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

enum { OPT_CONFIG = 256 };

struct command {
	const char *name;
	const char *options;	/* the letters of those that it takes */
	bool needs_device;
	bool takes_devices;
	int (*run)(struct daxplug_ctx *ctx, const struct options *o);
};

static const struct option all_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "metrics", no_argument, NULL, 'm' },
	{ "node", required_argument, NULL, 'n' },
	{ "zone", required_argument, NULL, 'z' },
	{ "timeout", required_argument, NULL, 't' },
	{ "dry-run", no_argument, NULL, 'd' },
	{ "check", no_argument, NULL, 'c' },
	{ "replug", no_argument, NULL, 'r' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ NULL, 0, NULL, 0 },
};

static const struct command commands[] = {
	{ "list", "hjm", false, false, run_list },
	{ "show", "hjn", true, true, run_show },
	{ "plug", "hjnztdrq", true, true, run_plug },
	{ "unplug", "hjntdq", true, true, run_unplug },
	{ "watch", "hjq", false, false, run_watch },
	{ "apply", "hjntdcqC", false, true, run_apply },
	{ "doctor", "hjn", false, true, run_doctor },
};

static int try_help(const char *title)
{
	fprintf(stderr, "Try '%s --help'.\n", title);
	return EXIT_USAGE;
}

static bool parse_zone(const char *word, enum daxplug_zone *zone)
{
	static const char * const words[] = {
		[DAXPLUG_ZONE_AUTO] = "auto",
		[DAXPLUG_ZONE_KERNEL] = "kernel",
		[DAXPLUG_ZONE_MOVABLE] = "movable",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(word, words[i])) {
			*zone = (enum daxplug_zone)i;
			return true;
		}
	}
	fprintf(stderr,
		"daxplug: unknown zone '%s': it is movable, kernel or auto\n",
		word);
	return false;
}

static bool parse_node(const char *word, int *node)
{
	uint64_t value;

	if (value_number(word, &value) && value <= INT32_MAX) {
		*node = (int)value;
		return true;
	}
	fprintf(stderr, "daxplug: '%s' is not the number of a node\n", word);
	return false;
}

static bool parse_timeout(const char *word, unsigned int *ms)
{
	if (value_time(word, ms))
		return true;
	fprintf(stderr,
		"daxplug: '%s' is not a time: 30, 30s, 500ms, 5min, 1h\n", word);
	return false;
}

static bool set_option(struct options *o, int opt)
{
	switch (opt) {
	case 'j':
		return o->json = true;
	case 'm':
		return o->metrics = true;
	case 'd':
		return o->dry_run = true;
	case 'c':
		return o->check = true;
	case 'r':
		return o->replug = true;
	case 'q':
		return o->quiet = true;
	case 'n':
		return parse_node(optarg, &o->node);
	case 'z':
		return parse_zone(optarg, &o->zone);
	case 't':
		return o->has_timeout = parse_timeout(optarg, &o->timeout_ms);
	case OPT_CONFIG:
		o->config = optarg;
		return true;
	default:
		return false;
	}
}

static bool takes(const struct command *cmd, int opt)
{
	return strchr(cmd->options, opt == OPT_CONFIG ? 'C' : opt);
}

static const char *option_name(int opt)
{
	const struct option *all = all_options;

	while (all->name && all->val != opt)
		all++;
	return all->name;
}

static int check_operands(const struct command *cmd, const struct options *o,
			  const char *title)
{
	if (o->nr_operands && !cmd->takes_devices) {
		fprintf(stderr, "%s: one too many: '%s'\n", title,
			o->operands[0]);
		return try_help(title);
	}
	if (!o->nr_operands && o->node < 0 && cmd->needs_device) {
		fprintf(stderr, "%s: which device?\n", title);
		return try_help(title);
	}
	if (o->json && o->metrics) {
		fprintf(stderr, "%s: --json or --metrics, not both\n", title);
		return try_help(title);
	}
	return -1;
}

/* Returns an exit code, or -1 to go on. */
static int parse_options(const struct command *cmd, int argc, char **argv,
			 struct options *o, const char *title)
{
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "hjmn:z:t:dcrq", all_options,
				  NULL)) != -1) {
		if (opt == '?')
			return try_help(title);
		if (!takes(cmd, opt)) {
			fprintf(stderr, "%s: it does not take --%s\n", title,
				option_name(opt));
			return try_help(title);
		}
		if (opt == 'h')
			return print_help(cmd->name);
		if (!set_option(o, opt))
			return try_help(title);
	}
	o->operands = argv + optind;
	o->nr_operands = argc - optind;
	return check_operands(cmd, o, title);
}

static int run_command(const struct command *cmd, int argc, char **argv)
{
	struct options o = {
		.command = cmd->name,
		.node = -1,
		.zone = DAXPLUG_ZONE_MOVABLE,
		.config = CONFIG_DIR,
	};
	struct daxplug_ctx *ctx;
	char title[32];
	int code;

	/* For getopt's own messages. */
	snprintf(title, sizeof(title), "daxplug %s", cmd->name);
	/* cppcheck-suppress autoVariables; main() returns what this does */
	argv[0] = title;
	code = parse_options(cmd, argc, argv, &o, title);
	if (code >= 0)
		return code;
	if (daxplug_new(&ctx)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	code = cmd->run(ctx, &o);
	daxplug_unref(ctx);
	return code;
}

static int print_version(void)
{
	printf("daxplug %s\n", daxplug_version());
	return finish_output();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	size_t i;
	int opt;

	opt = getopt_long(argc, argv, "+hV", options, NULL);
	if (opt == 'h')
		return print_help(NULL);
	if (opt == 'V')
		return print_version();
	if (opt != -1)
		return try_help("daxplug");
	if (optind >= argc) {
		fprintf(stderr, "daxplug: which command?\n");
		return try_help("daxplug");
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[optind], commands[i].name))
			return run_command(&commands[i], argc - optind,
					   argv + optind);
	}
	fprintf(stderr, "daxplug: unknown command '%s'\n", argv[optind]);
	return try_help("daxplug");
}
