// SPDX-License-Identifier: GPL-2.0-only
/* daxplug history: prints the changes in the system's journal. */
#include <ctype.h>
#include <daxplug_policy.h>
#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <libsmartcols.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "commands.h"
#include "journal.h"

#define SECOND_MS UINT64_C(1000)
#define MS_US UINT64_C(1000)
#define SECOND_US (SECOND_MS * MS_US)

enum { COL_TIME, COL_DEVICE, COL_FROM, COL_TO, COL_OUTCOME, COL_REASON, COL_WHO, COL_DURATION };

static const struct {
	const char *name;
	int flags;
} columns[] = {
	[COL_TIME] = { "TIME", 0 },
	[COL_DEVICE] = { "DEVICE", 0 },
	[COL_FROM] = { "FROM", 0 },
	[COL_TO] = { "TO", 0 },
	[COL_OUTCOME] = { "OUTCOME", 0 },
	[COL_REASON] = { "REASON", SCOLS_FL_WRAP },
	[COL_WHO] = { "WHO", SCOLS_FL_WRAP },
	[COL_DURATION] = { "DURATION", SCOLS_FL_RIGHT },
};

/*
 * Who made a change. The journal itself adds trusted fields to each entry. The fields that
 * daxplug adds are used only if root wrote the entry.
 */
struct who {
	char uid[32];
	char login_uid[32];
	char pid[32];
	char unit[JOURNAL_VALUE_MAX];
	char command_line[JOURNAL_VALUE_MAX];
};

static bool parse_time(const char *word, const char *format, bool utc, time_t *at)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(word, format, &tm);

	if (!end || *end)
		return false;
	*at = utc ? timegm(&tm) : mktime(&tm);
	return *at > 0;
}

/* Parse a duration before now ("2h"), a day, a local time, or a UTC time as history prints it. */
bool parse_since(const char *word, uint64_t *us)
{
	static const struct {
		const char *format;
		bool utc;
	} formats[] = {
		{ "%Y-%m-%dT%H:%M:%SZ", true },
		{ "%Y-%m-%d %H:%M:%S", false },
		{ "%Y-%m-%d %H:%M", false },
		{ "%Y-%m-%d", false },
	};
	uint64_t ms, now = (uint64_t)time(NULL) * SECOND_MS;
	time_t at;
	size_t i;

	/* A number without a unit is not accepted, because it could be a year. */
	if (!parse_number(word, &ms) && !daxplug_duration_parse(word, &ms)) {
		*us = ms < now ? (now - ms) * MS_US : 1;
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!parse_time(word, formats[i].format, formats[i].utc, &at))
			continue;
		*us = (uint64_t)at * SECOND_US;
		return true;
	}
	fprintf(stderr,
		"daxplug: '%s' is not a time: 2h, 7d, 2026-11-26, '2026-11-26 14:30', "
		"2026-11-26T13:30:00Z\n", word);
	return false;
}

static void copy_field(struct journal *j, const char *name, char *to, size_t len)
{
	char value[JOURNAL_VALUE_MAX];

	snprintf(to, len, "%s", get_or_empty(journal_field(j, name, value)));
}

/*
 * If root wrote the entry (@by_root), the field @own can be trusted, too. daxplug itself writes
 * @own. journald reads the value of @trusted from /proc, so that field is missing if the process
 * had ended by then.
 */
static void read_own_or_trusted(struct journal *j, bool by_root, const char *own,
				const char *trusted, char *to, size_t len)
{
	*to = '\0';
	if (by_root)
		copy_field(j, own, to, len);
	if (!*to)
		copy_field(j, trusted, to, len);
}

static void read_who(struct journal *j, struct who *who)
{
	bool by_root;

	copy_field(j, "_UID", who->uid, sizeof(who->uid));
	copy_field(j, "_PID", who->pid, sizeof(who->pid));
	by_root = !strcmp(who->uid, "0");
	read_own_or_trusted(j, by_root, "DAXPLUG_LOGIN_UID", "_AUDIT_LOGINUID",
			    who->login_uid, sizeof(who->login_uid));
	read_own_or_trusted(j, by_root, "DAXPLUG_UNIT", "_SYSTEMD_UNIT", who->unit,
			    sizeof(who->unit));
	read_own_or_trusted(j, by_root, "DAXPLUG_COMMAND_LINE", "_CMDLINE",
			    who->command_line, sizeof(who->command_line));
}

static void format_user(const char *uid, char *buf, size_t len)
{
	uint64_t number;
	const struct passwd *pw = NULL;

	if (*uid && parse_number(uid, &number) && number < UINT32_MAX)
		pw = getpwuid((uid_t)number);
	snprintf(buf, len, "%s", pw ? pw->pw_name : *uid ? uid : "?");
}

/* Format "alice as root: daxplug plug dax0.0", or "daxplug.service: rule card". */
static void format_who(const struct who *who, const char *rule, char *buf, size_t len)
{
	size_t n = strlen(who->unit);
	char user[64], login[64], person[160];

	format_user(who->uid, user, sizeof(user));
	format_user(*who->login_uid ? who->login_uid : who->uid, login, sizeof(login));
	if (n > 8 && !strcmp(who->unit + n - 8, ".service"))
		snprintf(person, sizeof(person), "%.150s", who->unit);
	else if (!strcmp(user, login))
		snprintf(person, sizeof(person), "%s", user);
	else
		snprintf(person, sizeof(person), "%s as %s", login, user);
	if (rule)
		snprintf(buf, len, "%s: rule %s", person, rule);
	else
		snprintf(buf, len, "%s%s%s", person, *who->command_line ? ": " : "",
			 who->command_line);
}

static const char *get_outcome_colour(const char *outcome)
{
	if (!strcmp(outcome, "done"))
		return NULL;
	return !strcmp(outcome, "inconsistent") || !strcmp(outcome, "trouble") ?
	       COLOUR_PROBLEM : COLOUR_WARNING;
}

/* Show a state by its name only, and other values with a prefix, such as "guard always". */
static int add_value(struct journal *j, struct libscols_line *line, size_t column,
		     const char *field)
{
	char what[32], value[JOURNAL_VALUE_MAX], text[JOURNAL_VALUE_MAX + 64];
	bool is_state;

	copy_field(j, "DAXPLUG_WHAT", what, sizeof(what));
	copy_field(j, field, value, sizeof(value));
	is_state = !*what || !strcmp(what, "state");
	snprintf(text, sizeof(text), "%s%s%s", is_state ? "" : what, is_state ? "" : " ",
		 *value ? value : "?");
	return scols_line_set_data(line, column, text);
}

static int add_line(struct libscols_table *table, struct journal *j, uint64_t time_us)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char text[2 * JOURNAL_VALUE_MAX], rule[JOURNAL_VALUE_MAX], at[32];
	const char *duration;
	struct who who;
	uint64_t ms;
	int err;

	if (!line)
		return -ENOMEM;
	err = scols_line_set_data(line, COL_TIME,
				  format_utc_time((time_t)(time_us / SECOND_US), at, sizeof(at)));
	copy_field(j, "DAXPLUG_DEVICE", text, sizeof(text));
	err = err ? err : scols_line_set_data(line, COL_DEVICE, text);
	err = err ? err : add_value(j, line, COL_FROM, "DAXPLUG_FROM");
	err = err ? err : add_value(j, line, COL_TO, "DAXPLUG_TO");
	copy_field(j, "DAXPLUG_OUTCOME", text, sizeof(text));
	err = err ? err : scols_line_set_data(line, COL_OUTCOME, text);
	if (!err && get_outcome_colour(text))
		err = scols_cell_set_color(scols_line_get_cell(line, COL_OUTCOME),
					   get_outcome_colour(text));
	copy_field(j, "DAXPLUG_REASON", text, sizeof(text));
	err = err ? err : scols_line_set_data(line, COL_REASON, *text ? text : "-");
	read_who(j, &who);
	format_who(&who, journal_field(j, "DAXPLUG_RULE", rule), text, sizeof(text));
	err = err ? err : scols_line_set_data(line, COL_WHO, text);
	duration = journal_field(j, "DAXPLUG_DURATION_MS", rule);
	return err ? err : scols_line_set_data(line, COL_DURATION,
					       duration && parse_number(duration, &ms) ?
					       format_duration(ms, text, sizeof(text)) : "-");
}

static struct libscols_table *new_table(void)
{
	struct libscols_table *table = scols_new_table();
	size_t i;

	for (i = 0; table && i < ARRAY_SIZE(columns); i++) {
		if (scols_table_new_column(table, columns[i].name, 0, columns[i].flags))
			continue;
		scols_unref_table(table);
		return NULL;
	}
	if (table)
		scols_table_enable_colors(table, may_use_colours(stdout));
	return table;
}

static void json_add_number(struct json_object *o, const char *key, const char *text)
{
	uint64_t value;

	json_object_object_add(o, key, text && parse_number(text, &value) ?
			       json_object_new_uint64(value) : NULL);
}

static void json_add_change(struct json_object *changes, struct journal *j, uint64_t time_us)
{
	static const struct {
		const char *key;
		const char *field;
		bool number;
	} keys[] = {
		{ "name", "DAXPLUG_DEVICE", false },
		{ "command", "DAXPLUG_COMMAND", false },
		{ "what", "DAXPLUG_WHAT", false },
		{ "before", "DAXPLUG_FROM", false },
		{ "want", "DAXPLUG_TO", false },
		{ "after", "DAXPLUG_AFTER", false },
		{ "outcome", "DAXPLUG_OUTCOME", false },
		{ "exit", "DAXPLUG_EXIT", true },
		{ "errno", "ERRNO", true },
		{ "errno_name", "DAXPLUG_ERRNO", false },
		{ "reason", "DAXPLUG_REASON", false },
		{ "step", "DAXPLUG_STEP", false },
		{ "block", "DAXPLUG_BLOCK", true },
		{ "bytes", "DAXPLUG_BYTES", true },
		{ "duration_ms", "DAXPLUG_DURATION_MS", true },
		{ "backend", "DAXPLUG_BACKEND", false },
		{ "region", "DAXPLUG_REGION", false },
		{ "uuid", "DAXPLUG_UUID", false },
		{ "serial", "DAXPLUG_SERIAL", false },
		{ "rule", "DAXPLUG_RULE", false },
		{ "file", "DAXPLUG_RULE_FILE", false },
		{ "line", "DAXPLUG_RULE_LINE", true },
	};
	struct json_object *o = json_object_new_object();
	char value[JOURNAL_VALUE_MAX], at[32];
	struct who who;
	size_t i;

	json_string(o, "time", format_utc_time((time_t)(time_us / SECOND_US), at, sizeof(at)));
	json_object_object_add(o, "time_us", json_object_new_uint64(time_us));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = journal_field(j, keys[i].field, value);

		if (keys[i].number)
			json_add_number(o, keys[i].key, text);
		else
			json_string(o, keys[i].key, text);
	}
	read_who(j, &who);
	json_add_number(o, "uid", who.uid);
	json_add_number(o, "login_uid", who.login_uid);
	json_add_number(o, "pid", who.pid);
	json_string(o, "unit", *who.unit ? who.unit : NULL);
	json_string(o, "command_line", *who.command_line ? who.command_line : NULL);
	json_object_array_add(changes, o);
}

/*
 * Match dax0.0, serial:0x1234 or uuid:... with the journal's fields. The device may not exist any
 * more.
 */
static bool match_device(struct journal *j, const char *word)
{
	char text[64];
	uint64_t serial;
	size_t i;

	if (!strcmp(word, "all"))
		return journal_match(j, NULL, NULL);
	if (!strncmp(word, "dax", 3) && strlen(word) < sizeof(text))
		return journal_match(j, "DAXPLUG_DEVICE", word);
	if (!strncmp(word, "serial:", 7) && parse_number(word + 7, &serial)) {
		snprintf(text, sizeof(text), "0x%" PRIx64, serial);
		return journal_match(j, "DAXPLUG_SERIAL", text);
	}
	if (strncmp(word, "uuid:", 5) != 0 || strlen(word) >= sizeof(text))
		return false;
	for (i = 0; word[5 + i]; i++)
		text[i] = (char)tolower((unsigned char)word[5 + i]);
	text[i] = '\0';
	return journal_match(j, "DAXPLUG_UUID", text);
}

static bool match_operands(struct journal *j, const struct options *o)
{
	int i;

	if (!o->nr_operands)
		return journal_match(j, NULL, NULL);
	for (i = 0; i < o->nr_operands; i++) {
		if (match_device(j, o->operands[i]))
			continue;
		fprintf(stderr, "daxplug history: '%s' is not dax0.0, serial:0x1234, "
				"uuid:... or all\n", o->operands[i]);
		return false;
	}
	return true;
}

/* Add all entries either to @changes or to @table. Return: 0 or a negative errno. */
static int add_changes(struct journal *j, struct libscols_table *table,
		       struct json_object *changes, unsigned long *count)
{
	uint64_t time_us = 0;
	int n;

	while ((n = journal_next(j, &time_us)) > 0) {
		if (changes)
			json_add_change(changes, j, time_us);
		else if (add_line(table, j, time_us))
			return -ENOMEM;
		++*count;
	}
	return n;
}

static int print_changes(struct journal *j, const struct options *o)
{
	struct json_object *root = o->json ? json_new(o->command) : NULL;
	struct json_object *changes = root ? json_array(root, "changes") : NULL;
	struct libscols_table *table = root ? NULL : new_table();
	unsigned long count = 0;
	int code = EXIT_DONE, err = -ENOMEM;

	if (root || table)
		err = journal_seek(j, o->since_us, o->lines);
	if (!err)
		err = add_changes(j, table, changes, &count);
	if (count && table && scols_print_table(table))
		code = EXIT_TROUBLE;
	scols_unref_table(table);
	if (err) {
		fprintf(stderr, "daxplug: the journal cannot be read%s: %s\n",
			count ? " to its end" : "", strerror(-err));
		code = EXIT_TROUBLE;
	} else if (!count) {
		fprintf(stderr, "daxplug: the journal has no such change\n");
	}
	return more_severe_exit_code(code, root ? json_print(root, false) : finish_output());
}

/* Print an empty result, because the journal does not exist or cannot be read. */
static int print_nothing(const struct options *o, int code)
{
	struct json_object *root;

	if (!o->json)
		return code;
	root = json_new(o->command);
	json_string(root, "changes", NULL);
	return more_severe_exit_code(code, json_print(root, false));
}

int run_history(struct daxplug_ctx *ctx, const struct options *o)
{
	struct journal *j;
	bool partly;
	int code = journal_open(&j, &partly);

	(void)ctx;
	if (code)
		return print_nothing(o, code);
	if (!match_operands(j, o)) {
		journal_close(j);
		return suggest_help("daxplug history");
	}
	code = print_changes(j, o);
	journal_close(j);
	if (!partly)
		return code;
	fprintf(stderr,
		"daxplug: the system's journal may not be read, so changes are missing; "
		"root and the group systemd-journal may read it\n");
	return more_severe_exit_code(code, EXIT_NOT_SUPPORTED);
}
