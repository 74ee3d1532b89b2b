// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug: plug DAX devices in as system RAM, and take them out, whole.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char help_top[] =
"Usage: daxplug COMMAND [OPTION]...\n"
"\n"
"Makes a whole DAX device (CXL memory, persistent memory, soft-reserved RAM)\n"
"system RAM, or takes it out again: completely, or nothing changes.\n"
"\n"
"Commands:\n"
"  list          the DAX devices and their states\n"
"  plug DEV      make a device system RAM\n"
"  unplug DEV    take a device out of system RAM\n"
"\n"
"Options:\n"
"  -h, --help     this help; daxplug COMMAND --help for one command\n"
"  -V, --version  the version\n"
"\n"
"Exit status:\n"
"  0  done, or nothing to do\n"
"  1  trouble of daxplug's own: no memory, output that cannot be written\n"
"  2  wrong usage\n"
"  3  no such device\n"
"  4  refused, or undone: nothing was changed\n"
"  5  inconsistent: the device is not, or may not be, in one state\n"
"  6  timed out, and undone\n"
"  7  not permitted, or not supported\n"
"\n"
"Environment:\n"
"  DAXPLUG_SYSFS  for tests: a directory to use instead of /sys\n";

static const char help_list[] =
"Usage: daxplug list\n"
"\n"
"Lists the DAX devices: size, NUMA node its memory belongs to, number of\n"
"separate ranges, driver, and state as the kernel tells it now. \"-\" is none;\n"
"\"?\" could not be read.\n"
"\n"
"Options:\n"
"  -h, --help  this help\n";

static const char help_plug[] =
"Usage: daxplug plug DEV [--zone movable|kernel|auto]\n"
"\n"
"Makes the whole device DEV (such as dax0.0) system RAM. Every memory block\n"
"comes online, or nothing changes. Ctrl-C undoes a plug that is running.\n"
"\n"
"Options:\n"
"  -z, --zone=ZONE  where the memory goes:\n"
"                   movable  ZONE_MOVABLE, so that it can leave again\n"
"                            (the default; state online_movable)\n"
"                   kernel   a kernel zone (state online_kernel)\n"
"                   auto     left to the kernel (state online)\n"
"  -h, --help       this help\n";

static const char help_unplug[] =
"Usage: daxplug unplug DEV\n"
"\n"
"Takes the whole device DEV (such as dax0.0) out of system RAM. What lies in\n"
"it moves to other memory; if that cannot be done, nothing changes. Ctrl-C\n"
"undoes an unplug that is running.\n"
"\n"
"Options:\n"
"  -h, --help  this help\n";

struct command {
	const char *name;
	const char *title;	/* for getopt's own messages */
	const char *help;
	const char *optstring;
	const struct option *options;
	int operands;
	int (*run)(struct daxplug_ctx *ctx, struct change *c);
};

static const struct option plain_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct option plug_options[] = {
	{ "zone", required_argument, NULL, 'z' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct option top_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static int cmd_list(struct daxplug_ctx *ctx, struct change *c)
{
	(void)c;
	return run_list(ctx);
}

static int cmd_plug(struct daxplug_ctx *ctx, struct change *c)
{
	c->plug = true;
	if (daxplug_zone_state(c->zone, &c->want))
		return EXIT_USAGE;
	return run_change(ctx, c);
}

static int cmd_unplug(struct daxplug_ctx *ctx, struct change *c)
{
	c->want = DAXPLUG_STATE_UNPLUGGED;
	return run_change(ctx, c);
}

static const struct command commands[] = {
	{ "list", "daxplug list", help_list, "h", plain_options, 0, cmd_list },
	{ "plug", "daxplug plug", help_plug, "z:h", plug_options, 1,
	  cmd_plug },
	{ "unplug", "daxplug unplug", help_unplug, "h", plain_options, 1,
	  cmd_unplug },
};

static int print_out(const char *text)
{
	if (fputs(text, stdout) != EOF && !fflush(stdout))
		return EXIT_DONE;
	fprintf(stderr, "daxplug: cannot write output: %s\n", strerror(errno));
	return EXIT_TROUBLE;
}

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

/* Returns an exit code, or -1 to go on. */
static int parse_options(const struct command *cmd, int argc, char **argv,
			 struct change *c)
{
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, cmd->optstring, cmd->options,
				  NULL)) != -1) {
		if (opt == 'h')
			return print_out(cmd->help);
		if (opt != 'z' || !parse_zone(optarg, &c->zone))
			return try_help(cmd->title);
	}
	if (argc - optind == cmd->operands)
		return -1;
	if (argc - optind < cmd->operands)
		fprintf(stderr, "%s: which device?\n", cmd->title);
	else
		fprintf(stderr, "%s: one too many: '%s'\n", cmd->title,
			argv[optind + cmd->operands]);
	return try_help(cmd->title);
}

static int run_command(const struct command *cmd, int argc, char **argv)
{
	struct change c = { .zone = DAXPLUG_ZONE_MOVABLE };
	struct daxplug_ctx *ctx;
	char title[32];
	int code;

	snprintf(title, sizeof(title), "%s", cmd->title);
	argv[0] = title;
	code = parse_options(cmd, argc, argv, &c);
	if (code >= 0)
		return code;
	c.name = cmd->operands ? argv[optind] : NULL;
	if (daxplug_new(&ctx)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	code = cmd->run(ctx, &c);
	daxplug_unref(ctx);
	return code;
}

static int print_version(void)
{
	char text[64];

	snprintf(text, sizeof(text), "daxplug %s\n", daxplug_version());
	return print_out(text);
}

int main(int argc, char **argv)
{
	size_t i;
	int opt;

	opt = getopt_long(argc, argv, "+hV", top_options, NULL);
	if (opt == 'h')
		return print_out(help_top);
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
