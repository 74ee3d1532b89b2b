/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of commands and options. The parser, --help and the completions of the shells are
 * all made from these tables.
 *
 * commands.c	the tables
 * options.c	parses a command line
 * help.c	prints --help, and the tables for packaging/completion/generate
 */
#ifndef DAXPLUG_COMMANDS_H
#define DAXPLUG_COMMANDS_H

#include "cli.h"

/*
 * The identifiers of options that have no letter, and of --lines, whose letter n is that of --node
 * in other commands.
 */
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

/* The commands, in the order in which --help lists them. */
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
	const char *operands;	/* as in the usage line, or NULL */
	bool needs_device;	/* it needs an operand or --node */
	const char *summary;
	const char *text;	/* printed before its options */
	const char *more;	/* printed after its options, or NULL */
};

struct option_row {
	int id;			/* the letter, or one of OPT_... */
	const char *name;
	const char *argument;	/* NULL if it has no argument */
	const char *(*value)(size_t i);	/* lists its values; NULL without a fixed list */
	const char *commands;	/* the commands that take it; NULL for all */
	const char *help;	/* may have several lines */
};

/* Both tables end with a row without a name. An option has one row for each help text. */
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
