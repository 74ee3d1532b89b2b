// SPDX-License-Identifier: GPL-2.0-only
/* Parses a command line with the table of options. */
#include <daxplug_policy.h>
#include <getopt.h>
#include <string.h>

#include "commands.h"
#include "findings.h"

#define MAX_ROWS 64

static bool parse_zone(const char *word, enum daxplug_zone *zone)
{
	if (parse_zone_string(word, zone))
		return true;
	fprintf(stderr,
		"daxplug: unknown zone '%s': valid are movable, kernel and auto\n",
		word);
	return false;
}

static bool parse_memmap(const char *word, enum daxplug_memmap *memmap)
{
	if (parse_memmap_string(word, memmap))
		return true;
	fprintf(stderr, "daxplug: unknown value '%s': --memmap-on-memory takes yes or no\n",
		word);
	return false;
}

static bool parse_node(const char *word, int *node)
{
	uint64_t value;

	if (parse_number(word, &value) && value <= INT32_MAX) {
		*node = (int)value;
		return true;
	}
	fprintf(stderr, "daxplug: '%s' is not a node number\n", word);
	return false;
}

static bool parse_lines(const char *word, uint64_t *lines)
{
	if (parse_number(word, lines) && *lines && *lines <= INT32_MAX)
		return true;
	fprintf(stderr, "daxplug: '%s' is not a number greater than 0\n", word);
	return false;
}

static bool parse_timeout(const char *word, unsigned int *ms)
{
	if (!daxplug_time_parse(word, ms))
		return true;
	fprintf(stderr,
		"daxplug: '%s' is not a time greater than 0: valid are for example 30, 30s, "
		"500ms, 5min, 1h, 1d, and none for no limit\n",
		word);
	return false;
}

static bool set_option(struct options *o, int id)
{
	switch (id) {
	case 'j':
		return o->json = true;
	case 'm':
		return o->metrics = true;
	case 'd':
		return o->dry_run = true;
	case 'c':
		return o->check = true;
	case 'q':
		return o->quiet = true;
	case 'b':
		return o->bytes = true;
	case 'r':
		return o->raw = true;
	case OPT_NOHEADINGS:
		return o->noheadings = true;
	case OPT_TOTAL:
		return o->total = true;
	case OPT_STRICT:
		return o->strict = true;
	case OPT_PRINT:
		return o->print = true;
	case OPT_CHECK_CONFIG:
		return o->check_config = true;
	case OPT_WAIT:
		return o->wait = true;
	case OPT_ARRIVED:
		return o->arrived = true;
	case OPT_REPLUG:
		return o->replug = true;
	case OPT_PERSIST:
		return o->persist = true;
	case OPT_TABLE:
		return o->table = true;
	case 'n':
		return parse_node(optarg, &o->node);
	case 'z':
		return parse_zone(optarg, &o->zone);
	case OPT_MEMMAP:
		return parse_memmap(optarg, &o->memmap);
	case 't':
		return o->has_timeout = parse_timeout(optarg, &o->timeout_ms);
	case 'o':
		return parse_columns(optarg, &o->columns);
	case OPT_SORT:
		return parse_column(optarg, &o->sort);
	case OPT_SINCE:
		return parse_since(optarg, &o->since_us);
	case OPT_LINES:
		return parse_lines(optarg, &o->lines);
	case OPT_ID:
		return parse_finding_ids(optarg, &o->ids);
	case OPT_WRITE:
		o->write = optarg;
		return true;
	case OPT_CONFIG:
		o->config = optarg;
		return true;
	default:
		return false;
	}
}

static bool is_first_row(const struct option_row *row)
{
	const struct option_row *same = option_rows;

	while (same->id != row->id)
		same++;
	return same == row;
}

/* Make the arguments of getopt_long(): each option once, even if several commands have it. */
static void make_getopt(struct option *list, char *letters)
{
	const struct option_row *row;
	char *end = letters;

	*end = '\0';
	for (row = option_rows; row->name; row++) {
		int letter = get_option_letter(row);

		if (!is_first_row(row))
			continue;
		*list++ = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = row->id,
		};
		if (!letter || strchr(letters, letter))
			continue;
		*end++ = (char)letter;
		if (row->argument)
			*end++ = ':';
		*end = '\0';
	}
	*list = (struct option){ .name = NULL };
}

/*
 * Find the row of an option that getopt_long() has returned. @index is the position of a long name
 * in @list. It is -1 for a letter; one letter can be different options in different commands. If
 * the command does not have the option, return any option with that letter, so that the error can
 * name it.
 */
static const struct option_row *find_option_row(const struct command *cmd, int id, int index,
						const struct option *list, bool *taken)
{
	const struct option_row *row, *first = NULL;

	for (row = option_rows; row->name; row++) {
		if (index < 0 ? get_option_letter(row) != id
			      : strcmp(row->name, list[index].name) != 0)
			continue;
		*taken = takes_option(cmd, row);
		if (*taken)
			return row;
		if (!first)
			first = row;
	}
	return first;
}

/* Return an error text if options exclude each other, else NULL. */
static const char *find_conflict(const struct options *o)
{
	bool table = o->columns.nr || o->sort >= 0 || o->bytes || o->raw ||
		     o->noheadings || o->total;

	if (o->json && o->metrics)
		return "--json and --metrics exclude each other";
	if (o->metrics && (o->nr_operands || o->node >= 0))
		return "--metrics prints all devices and takes no operand";
	if (o->write && !o->metrics)
		return "--write needs --metrics";
	if (table && (o->json || o->metrics))
		return "--json and --metrics print all values and take no options for columns";
	if (o->wait && (o->nr_operands || o->node >= 0))
		return "--wait is for the rules of all devices and takes no operand";
	if (o->print + o->check_config + (o->check || o->dry_run) > 1)
		return "--print, --check-config and --check or --dry-run exclude each other";
	return NULL;
}

static int check_operands(const struct command *cmd, const struct options *o,
			  const char *title)
{
	const char *wrong = find_conflict(o);

	if (o->nr_operands && !cmd->operands) {
		fprintf(stderr, "%s: extra operand '%s'\n", title,
			o->operands[0]);
		return suggest_help(title);
	}
	if (!o->nr_operands && o->node < 0 && cmd->needs_device) {
		fprintf(stderr, "%s: no device is given\n", title);
		return suggest_help(title);
	}
	if (wrong) {
		fprintf(stderr, "%s: %s\n", title, wrong);
		return suggest_help(title);
	}
	return -1;
}

/* Return: an exit code, or -1 to continue. */
int parse_options(const struct command *cmd, int argc, char **argv,
		  struct options *o, const char *title)
{
	struct option list[MAX_ROWS];
	char letters[2 * MAX_ROWS];
	int id, index = -1;

	make_getopt(list, letters);
	optind = 0;
	while ((id = getopt_long(argc, argv, letters, list, &index)) != -1) {
		const struct option_row *row;
		bool taken = false;

		if (id == '?')
			return suggest_help(title);
		row = find_option_row(cmd, id, index, list, &taken);
		index = -1;
		if (!taken) {
			fprintf(stderr, "%s: option --%s is not valid here\n", title,
				row ? row->name : "this");
			return suggest_help(title);
		}
		if (row->id == 'h')
			return print_help(cmd);
		if (!set_option(o, row->id))
			return suggest_help(title);
	}
	o->operands = argv + optind;
	o->nr_operands = argc - optind;
	return check_operands(cmd, o, title);
}
