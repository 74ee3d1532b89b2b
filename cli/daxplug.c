// SPDX-License-Identifier: GPL-2.0-only
/* The command daxplug: finds the command on the command line and runs it. */
#include <getopt.h>

#include "commands.h"

static int (*const run[])(struct daxplug_ctx *ctx, const struct options *o) = {
	[COMMAND_LIST] = run_list,
	[COMMAND_SHOW] = run_show,
	[COMMAND_PLUG] = run_plug,
	[COMMAND_UNPLUG] = run_unplug,
	[COMMAND_WATCH] = run_watch,
	[COMMAND_APPLY] = run_apply,
	[COMMAND_WAIT] = run_wait,
	[COMMAND_MODE] = run_mode,
	[COMMAND_HISTORY] = run_history,
	[COMMAND_DOCTOR] = run_doctor,
	[COMMAND_HEALTH] = run_health,
	[COMMAND_HELP] = run_help,
	[COMMAND_VERSION] = run_version,
};

/*
 * The exit code if a command could not start. A monitor would read 1 from daxplug health as a
 * problem of the machine, so health returns HEALTH_UNKNOWN.
 */
static int get_not_begun_code(const struct command *cmd, int code)
{
	return code != EXIT_DONE && cmd == &commands[COMMAND_HEALTH] ? HEALTH_UNKNOWN : code;
}

static int run_command(const struct command *cmd, int argc, char **argv)
{
	struct options o = {
		.command = cmd->name,
		.node = -1,
		.zone = DAXPLUG_ZONE_MOVABLE,
		.sort = -1,
	};
	struct daxplug_ctx *ctx;
	char title[32];
	int code;

	/* getopt_long() prints argv[0] in its messages. */
	snprintf(title, sizeof(title), "daxplug %s", cmd->name);
	/* cppcheck-suppress autoVariables; main() returns directly after this function */
	argv[0] = title;
	code = parse_options(cmd, argc, argv, &o, title);
	if (code >= 0)
		return get_not_begun_code(cmd, code);
	if (daxplug_new(&ctx)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return get_not_begun_code(cmd, EXIT_TROUBLE);
	}
	code = run[cmd - commands](ctx, &o);
	daxplug_unref(ctx);
	die_of_signal();
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const struct command *cmd;
	int opt;

	opt = getopt_long(argc, argv, "+hVv", options, NULL);
	if (opt == 'h')
		return print_help(NULL);
	if (opt == 'V' || opt == 'v')
		return print_version();
	if (opt != -1)
		return suggest_help("daxplug");
	if (optind >= argc) {
		fprintf(stderr, "daxplug: no command is given\n");
		return suggest_help("daxplug");
	}
	cmd = find_command(argv[optind]);
	if (cmd)
		return run_command(cmd, argc - optind, argv + optind);
	fprintf(stderr, "daxplug: unknown command '%s'\n", argv[optind]);
	return suggest_help("daxplug");
}
