/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands and their options, in two tables that everything else is made of:
 * what is parsed, --help, and the shells' completions.
 *
 * commands.c	the tables
 * options.c	parses a command line
 * help.c	prints --help, and the tables for packaging/completion/generate
 */
#ifndef DAXPLUG_COMMANDS_H
#define DAXPLUG_COMMANDS_H

#include "cli.h"

/* An option without a letter has one of these instead. */
enum {
	OPT_CONFIG = 256,
	OPT_NOHEADINGS,
	OPT_SORT,
	OPT_TOTAL,
	OPT_ID,
	OPT_STRICT,
	OPT_PRINT,
	OPT_CHECK_CONFIG,
	OPT_PERSIST,
	OPT_REPLUG,
	OPT_MEMMAP,
	OPT_TABLE,
	OPT_SINCE,
	OPT_LINES,
	OPT_WAIT,
	OPT_ARRIVED,
	OPT_WRITE,
};

/* The commands, in the order of --help. */
enum {
	COMMAND_LIST,
	COMMAND_SHOW,
	COMMAND_PLUG,
	COMMAND_UNPLUG,
	COMMAND_WATCH,
	COMMAND_APPLY,
	COMMAND_WAIT,
	COMMAND_MODE,
	COMMAND_HISTORY,
	COMMAND_DOCTOR,
	COMMAND_HEALTH,
	COMMAND_HELP,
	COMMAND_VERSION,
	COMMANDS,
};

struct command {
	const char *name;
	const char *operands;	/* as in the usage; NULL: it takes none */
	bool needs_device;	/* at least one operand, or --node */
	const char *summary;
	const char *text;	/* of its --help, before the options */
	const char *more;	/* and behind them; NULL: nothing */
};

struct option_row {
	int id;			/* its letter, or one of OPT_... */
	const char *name;
	const char *argument;	/* NULL: it takes none */
	const char *(*value)(size_t i);	/* the words that it takes; NULL: any */
	const char *commands;	/* those that take it; NULL: all */
	const char *help;	/* several lines, if need be */
};

/* Both end with a row without a name. An option has a row for each help text. */
extern const struct command commands[];
extern const struct option_row option_rows[];

/* commands.c */
const struct command *find_command(const char *name);
int get_option_letter(const struct option_row *row);
bool takes_option(const struct command *cmd, const struct option_row *row);

/* options.c */
int parse_options(const struct command *cmd, int argc, char **argv,
		  struct options *o, const char *title);

/* help.c */
int print_help(const struct command *cmd);
int print_version(void);
int run_help(struct daxplug_ctx *ctx, const struct options *o);
int run_version(struct daxplug_ctx *ctx, const struct options *o);

#endif /* DAXPLUG_COMMANDS_H */
