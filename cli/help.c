// SPDX-License-Identifier: GPL-2.0-only
/* Prints --help from the tables of commands and options. */
#include <string.h>

#include "commands.h"

static const char usage_begin[] =
"Usage: daxplug COMMAND [OPTION]... [DEV]...\n"
"\n"
"Makes a complete DAX device (CXL memory, persistent memory, memory that the\n"
"firmware set aside) system RAM, or takes it out again. If that fails, nothing\n"
"changes.\n"
"\n"
"Commands:\n";

static const char usage_end[] =
"\n"
"DEV is one of:\n"
"  dax0.0        a device\n"
"  region0       all devices of a region (also region:region0)\n"
"  node:1        all devices whose memory is on a NUMA node\n"
"  serial:0x1234 all devices on a CXL memory device\n"
"  uuid:...      the device of an nvdimm namespace or region\n"
"  all           all devices that are not bound to another driver\n"
"\n"
"Options:\n"
"  -h, --help     show this help; daxplug COMMAND --help for one command\n"
"  -V, --version  show the version (also -v)\n"
"\n"
"Exit status:\n"
"  0  done, or nothing to do\n"
"  1  apply --check: a device differs from the policy; --strict: a rule or a\n"
"     setting has no effect; doctor: a problem; otherwise out of memory, or\n"
"     something could not be read or written\n"
"  2  wrong usage, or an error in the policy\n"
"  3  no such device\n"
"  4  refused, or undone: nothing was changed\n"
"  5  inconsistent: the device is not, or may not be, in one state\n"
"  6  timed out: the change was undone, or wait has ended\n"
"  7  not permitted, or not supported\n"
"For several devices: the first of 5, 6, 4, 7, 3, 2, 1 that applies to any.\n"
"After Ctrl-C (SIGINT), SIGTERM or SIGHUP it undoes the running change, reports\n"
"it, and dies of the signal.\n"
"\n"
"Environment:\n"
"  NO_COLOR       if it is not empty, output has no colours\n"
"For tests:\n"
"  DAXPLUG_SYSFS  a directory to use instead of /sys\n"
"  DAXPLUG_RUN    a directory to use instead of /run/daxplug\n"
"  DAXPLUG_PROC   a directory to use instead of /proc, for daxplug mode\n"
"\n"
"For more see daxplug(8).\n";

static void print_main_help(void)
{
	const struct command *cmd;
	char left[32];

	fputs(usage_begin, stdout);
	for (cmd = commands; cmd->name; cmd++) {
		snprintf(left, sizeof(left), "%s %s", cmd->name,
			 cmd->operands ? cmd->operands : "");
		printf("  %-15s %s\n", left, cmd->summary);
	}
	fputs(usage_end, stdout);
}

/* Format "-z, --zone=ZONE". */
static int format_option(const struct option_row *row, char *buf, size_t len)
{
	char letter[8] = "    ";

	if (get_option_letter(row))
		snprintf(letter, sizeof(letter), "-%c, ", get_option_letter(row));
	return snprintf(buf, len, "%s--%s%s%s", letter, row->name,
			row->argument ? "=" : "",
			row->argument ? row->argument : "");
}

/* Width of the left column. A longer option has a line of its own. */
#define LEFT_MAX 24

/* Print the lines of a help text in the right column. @left stands before the first line. */
static void print_lines(const char *left, int width, const char *text)
{
	if ((int)strlen(left) > width) {
		printf("  %s\n", left);
		left = "";
	}
	while (*text) {
		int len = (int)strcspn(text, "\n");

		printf("  %-*s  %.*s\n", width, left, len, text);
		left = "";
		text += len + (text[len] == '\n');
	}
}

static void print_options(const struct command *cmd)
{
	const struct option_row *row;
	char left[64];
	int width = 0;

	for (row = option_rows; row->name; row++) {
		int n = takes_option(cmd, row) ? format_option(row, left, sizeof(left)) : 0;

		width = n > width && n <= LEFT_MAX ? n : width;
	}
	for (row = option_rows; row->name; row++) {
		if (!takes_option(cmd, row))
			continue;
		format_option(row, left, sizeof(left));
		print_lines(left, width, row->help);
	}
}

/* If @cmd is NULL, print the help of the program. */
int print_help(const struct command *cmd)
{
	if (!cmd) {
		print_main_help();
		return finish_output();
	}
	printf("Usage: daxplug %s%s%s [OPTION]...\n\n%s\nOptions:\n", cmd->name,
	       cmd->operands ? " " : "", cmd->operands ? cmd->operands : "",
	       cmd->text);
	print_options(cmd);
	if (cmd->more)
		fputs(cmd->more, stdout);
	return finish_output();
}

int print_version(void)
{
	printf("daxplug %s\n", daxplug_version());
	return finish_output();
}

/* Print one line for each command and each of its options. Tabs separate the fields. */
static void print_table(void)
{
	const struct command *cmd;
	const struct option_row *row;

	for (cmd = commands; cmd->name; cmd++) {
		printf("command\t%s\t%s\t%s\n", cmd->name,
		       cmd->operands ? cmd->operands : "-", cmd->summary);
		for (row = option_rows; row->name; row++) {
			const char *value;
			size_t i;

			if (!takes_option(cmd, row))
				continue;
			printf("option\t%s\t%c\t--%s\t%s\t", cmd->name,
			       get_option_letter(row) ? get_option_letter(row) : '-', row->name,
			       row->argument ? row->argument : "-");
			for (i = 0; row->value && (value = row->value(i)); i++)
				printf("%s%s", i ? " " : "", value);
			printf("%s\t%.*s\n", row->value ? "" : "-",
			       (int)strcspn(row->help, "\n:;"), row->help);
		}
	}
}

int run_help(struct daxplug_ctx *ctx, const struct options *o)
{
	const struct command *cmd = NULL;

	(void)ctx;
	if (o->table) {
		print_table();
		return finish_output();
	}
	if (o->nr_operands)
		cmd = find_command(o->operands[0]);
	if (o->nr_operands > 1 || (o->nr_operands && !cmd)) {
		fprintf(stderr, "daxplug help: unknown command '%s'\n",
			o->operands[o->nr_operands - 1]);
		return suggest_help("daxplug");
	}
	return print_help(cmd);
}

int run_version(struct daxplug_ctx *ctx, const struct options *o)
{
	(void)ctx;
	(void)o;
	return print_version();
}
