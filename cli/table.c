// SPDX-License-Identifier: GPL-2.0-only
/* The table of daxplug list: its columns, their order, and colours for problems. */
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli.h"
#include "policy.h"
#include "system.h"

enum {
	COL_NAME, COL_SIZE, COL_USABLE, COL_ONLINE, COL_USED, COL_NODE, COL_TIER,
	COL_ORIGIN, COL_REGION, COL_SERIAL, COL_DRIVER, COL_BACKEND, COL_STATE,
	COL_GUARD, COL_MEMMAP, COL_RULE, COL_WANTED,
};

static const struct {
	const char *name;
	bool number;
	bool bytes;
} all_columns[] = {
	[COL_NAME] = { "NAME", false, false },
	[COL_SIZE] = { "SIZE", true, true },
	[COL_USABLE] = { "USABLE", true, true },
	[COL_ONLINE] = { "ONLINE", true, true },
	[COL_USED] = { "USED", true, true },
	[COL_NODE] = { "NODE", true, false },
	[COL_TIER] = { "TIER", true, false },
	[COL_ORIGIN] = { "ORIGIN", false, false },
	[COL_REGION] = { "REGION", false, false },
	[COL_SERIAL] = { "SERIAL", false, false },
	[COL_DRIVER] = { "DRIVER", false, false },
	[COL_BACKEND] = { "BACKEND", false, false },
	[COL_STATE] = { "STATE", false, false },
	[COL_GUARD] = { "GUARD", false, false },
	[COL_MEMMAP] = { "MEMMAP", false, false },
	[COL_RULE] = { "RULE", false, false },
	[COL_WANTED] = { "WANTED", false, false },
};

static const struct columns default_columns = {
	.nr = 7,
	.column = { COL_NAME, COL_SIZE, COL_NODE, COL_ORIGIN, COL_DRIVER,
		    COL_BACKEND, COL_STATE },
};

struct cell {
	char text[256];
	uint64_t number;	/* UINT64_MAX if the cell has no number or it is not known */
	const char *colour;	/* NULL if there is no problem */
};

struct table {
	const struct options *o;
	const struct columns *columns;
	struct daxplug_policy *policy;
	bool hidden;		/* some values could not be read */
};

struct row {
	const struct daxplug_device *dev;
	struct cell key;
};

const char *get_column_name(size_t i)
{
	return i < ARRAY_SIZE(all_columns) ? all_columns[i].name : NULL;
}

static int find_column(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all_columns); i++) {
		if (strlen(all_columns[i].name) == len &&
		    !strncasecmp(all_columns[i].name, word, len))
			return (int)i;
	}
	fprintf(stderr, "daxplug: unknown column '%.*s'; valid are", (int)len, word);
	for (i = 0; i < ARRAY_SIZE(all_columns); i++)
		fprintf(stderr, " %s", all_columns[i].name);
	fprintf(stderr, "\n");
	return -1;
}

bool parse_column(const char *word, int *column)
{
	*column = find_column(word, strlen(word));
	return *column >= 0;
}

/* Parse "NAME,STATE". "+SERIAL" adds a column after the default ones. */
bool parse_columns(const char *list, struct columns *columns)
{
	if (*list == '+')
		*columns = default_columns;
	else
		columns->nr = 0;
	list += *list == '+';
	for (;;) {
		size_t len = strcspn(list, ",");
		int column = find_column(list, len);

		if (column < 0)
			return false;
		if (columns->nr == COLUMNS_MAX) {
			fprintf(stderr, "daxplug: more than %d columns\n", COLUMNS_MAX);
			return false;
		}
		columns->column[columns->nr++] = column;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

__attribute__((format(printf, 2, 3)))
static void set_text(struct cell *cell, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cell->text, sizeof(cell->text), format, args);
	va_end(args);
}

static void set_bytes(struct cell *cell, const struct options *o, uint64_t bytes)
{
	cell->number = bytes;
	if (bytes == UINT64_MAX) {
		set_text(cell, "?");
	} else if (o->bytes) {
		set_text(cell, "%" PRIu64, bytes);
	} else {
		char *blank;

		format_size(bytes, cell->text, sizeof(cell->text));
		/* With --raw print "4.0GiB", because a blank would have to be escaped. */
		blank = o->raw ? strchr(cell->text, ' ') : NULL;
		if (blank)
			memmove(blank, blank + 1, strlen(blank));
	}
}

static void set_live_bytes(struct table *t, struct cell *cell,
			   const struct daxplug_device *dev,
			   int (*get)(const struct daxplug_device *dev, uint64_t *bytes))
{
	uint64_t bytes = UINT64_MAX;
	int err = get(dev, &bytes);

	t->hidden |= err == -EACCES;
	set_bytes(cell, t->o, err ? UINT64_MAX : bytes);
}

static void set_tier(struct cell *cell, int node)
{
	uint64_t tier;

	set_text(cell, "-");
	if (!read_tier(node, &tier, NULL))
		return;
	cell->number = tier;
	set_text(cell, "%" PRIu64, tier);
}

static void set_serials(struct cell *cell, const struct daxplug_device *dev)
{
	size_t have = 0, len = sizeof(cell->text);
	uint64_t serial;
	unsigned int i;

	set_text(cell, "-");
	for (i = 0; i < daxplug_device_get_memdevs(dev) && have < len; i++) {
		const char *comma = i ? "," : "";
		int n;

		if (daxplug_device_get_memdev(dev, i, NULL, &serial))
			n = snprintf(cell->text + have, len - have, "%s?", comma);
		else
			n = snprintf(cell->text + have, len - have, "%s0x%" PRIx64,
				     comma, serial);
		have += n > 0 ? (size_t)n : 0;
	}
}

static void set_state(struct table *t, struct cell *cell,
		      const struct daxplug_device *dev)
{
	enum daxplug_state state = DAXPLUG_STATE_UNKNOWN;
	bool orphaned;
	int err = daxplug_device_get_state(dev, &state);

	set_text(cell, "%s", get_state_string(dev, err, state));
	if (err) {
		t->hidden |= err != -EOPNOTSUPP;
		cell->colour = err == -EOPNOTSUPP ? NULL : COLOUR_PROBLEM;
		return;
	}
	orphaned = state != DAXPLUG_STATE_UNPLUGGED &&
		   daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE;
	if (state == DAXPLUG_STATE_INCONSISTENT || orphaned)
		cell->colour = COLOUR_PROBLEM;
	else if (state == DAXPLUG_STATE_OFFLINE)
		cell->colour = COLOUR_WARNING;
}

static void set_guard(struct cell *cell, const struct daxplug_device *dev)
{
	enum daxplug_guard guard;

	set_text(cell, "%s", daxplug_device_get_guard(dev, &guard) ?
		 "-" : daxplug_guard_name(guard));
}

static void set_rule(struct table *t, struct cell *cell,
		     const struct daxplug_device *dev)
{
	const struct daxplug_rule *rule = daxplug_policy_get_rule(t->policy, dev);

	set_text(cell, "%s", rule ? daxplug_rule_get_name(rule) : "-");
}

static void set_wanted(struct table *t, struct cell *cell,
		       const struct daxplug_device *dev)
{
	enum daxplug_state want, is;

	if (!policy_get_wanted_state(t->policy, dev, &want)) {
		set_text(cell, "-");
		return;
	}
	set_text(cell, "%s", daxplug_state_name(want));
	if (!daxplug_device_get_state(dev, &is) && !policy_is_state_met(is, want))
		cell->colour = COLOUR_WARNING;
}

static void set_node(struct cell *cell, int node)
{
	char text[16];

	cell->number = node < 0 ? UINT64_MAX : (uint64_t)node;
	set_text(cell, "%s", format_node(node, text, sizeof(text)));
}

static void fill_cell(struct table *t, struct cell *cell,
		      const struct daxplug_device *dev, int column)
{
	enum daxplug_origin origin = daxplug_device_get_origin(dev);
	char word[16];

	*cell = (struct cell){ .number = UINT64_MAX };
	switch (column) {
	case COL_NAME:
		set_text(cell, "%s", daxplug_device_get_name(dev));
		break;
	case COL_SIZE:
		set_bytes(cell, t->o, daxplug_device_get_size(dev));
		break;
	case COL_USABLE:
		set_live_bytes(t, cell, dev, daxplug_device_get_usable);
		break;
	case COL_ONLINE:
		set_live_bytes(t, cell, dev, daxplug_device_get_online_size);
		break;
	case COL_USED:
		set_live_bytes(t, cell, dev, daxplug_device_get_used);
		break;
	case COL_NODE:
		set_node(cell, daxplug_device_get_target_node(dev));
		break;
	case COL_TIER:
		set_tier(cell, daxplug_device_get_target_node(dev));
		break;
	case COL_ORIGIN:
		set_text(cell, "%s", origin == DAXPLUG_ORIGIN_UNKNOWN ?
			 "-" : daxplug_origin_name(origin));
		break;
	case COL_REGION:
		set_text(cell, "%s", get_or_dash(daxplug_device_get_region(dev)));
		break;
	case COL_SERIAL:
		set_serials(cell, dev);
		break;
	case COL_DRIVER:
		set_text(cell, "%s", get_or_dash(daxplug_device_get_driver(dev)));
		break;
	case COL_BACKEND:
		set_text(cell, "%s", get_backend_string(dev));
		break;
	case COL_STATE:
		set_state(t, cell, dev);
		break;
	case COL_GUARD:
		set_guard(cell, dev);
		break;
	case COL_MEMMAP:
		set_text(cell, "%s", format_memmap(dev, word, sizeof(word)));
		break;
	case COL_RULE:
		set_rule(t, cell, dev);
		break;
	case COL_WANTED:
		set_wanted(t, cell, dev);
		break;
	default:
		break;
	}
}

/*
 * Compare numbers by value, unknown ones last. Compare text with strverscmp(3), which sorts dax2.0
 * before dax10.0.
 */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int words;

	if (x->key.number != y->key.number)
		return x->key.number < y->key.number ? -1 : 1;
	words = strverscmp(x->key.text, y->key.text);
	return words ? words : strverscmp(daxplug_device_get_name(x->dev),
					  daxplug_device_get_name(y->dev));
}

static struct row *make_rows(struct table *t, const struct selection *s)
{
	struct row *rows = calloc(s->nr + 1, sizeof(*rows));
	unsigned int i;

	for (i = 0; rows && i < s->nr; i++) {
		rows[i].dev = s->dev[i];
		if (t->o->sort >= 0)
			fill_cell(t, &rows[i].key, s->dev[i], t->o->sort);
	}
	if (rows && t->o->sort >= 0)
		qsort(rows, s->nr, sizeof(*rows), compare_rows);
	return rows;
}

/* If one number is not known, the sum is not known. */
static void add_to(uint64_t *sum, uint64_t number)
{
	if (*sum == UINT64_MAX || number == UINT64_MAX ||
	    __builtin_add_overflow(*sum, number, sum))
		*sum = UINT64_MAX;
}

static int add_cell(struct libscols_line *line, unsigned int i,
		    const struct cell *cell)
{
	if (scols_line_set_data(line, i, cell->text))
		return -ENOMEM;
	if (!cell->colour)
		return 0;
	return scols_cell_set_color(scols_line_get_cell(line, i), cell->colour);
}

static int add_total(const struct table *t, struct libscols_table *out,
		     const uint64_t *sums)
{
	struct libscols_line *line = scols_table_new_line(out, NULL);
	unsigned int i;
	int err = line ? 0 : -ENOMEM;

	for (i = 0; !err && i < t->columns->nr; i++) {
		struct cell cell = { .text = "-" };
		int column = t->columns->column[i];

		if (all_columns[column].bytes)
			set_bytes(&cell, t->o, sums[i]);
		else if (column == COL_NAME)
			set_text(&cell, "total");
		err = add_cell(line, i, &cell);
	}
	return err;
}

static int add_rows(struct table *t, struct libscols_table *out,
		    const struct row *rows, unsigned int nr)
{
	uint64_t sums[COLUMNS_MAX] = { 0 };
	unsigned int i, k;
	int err = 0;

	for (i = 0; !err && i < nr; i++) {
		struct libscols_line *line = scols_table_new_line(out, NULL);

		if (!line)
			return -ENOMEM;
		for (k = 0; !err && k < t->columns->nr; k++) {
			struct cell cell;

			fill_cell(t, &cell, rows[i].dev, t->columns->column[k]);
			add_to(&sums[k], cell.number);
			err = add_cell(line, k, &cell);
		}
	}
	if (!err && t->o->total)
		err = add_total(t, out, sums);
	return err;
}

static int print_rows(struct table *t, const struct row *rows, unsigned int nr)
{
	struct libscols_table *out = scols_new_table();
	unsigned int i;
	int err = out && rows ? 0 : -ENOMEM;

	for (i = 0; !err && i < t->columns->nr; i++) {
		int column = t->columns->column[i];

		if (!scols_table_new_column(out, all_columns[column].name, 0,
					    all_columns[column].number ?
					    SCOLS_FL_RIGHT : 0))
			err = -ENOMEM;
	}
	if (!err)
		err = add_rows(t, out, rows, nr);
	if (!err) {
		scols_table_enable_raw(out, t->o->raw);
		scols_table_enable_noheadings(out, t->o->noheadings);
		scols_table_enable_colors(out, may_use_colours(stdout));
		err = scols_print_table(out);
	}
	scols_unref_table(out);
	return err;
}

static bool has_column(const struct table *t, int column)
{
	unsigned int i;

	for (i = 0; i < t->columns->nr; i++) {
		if (t->columns->column[i] == column)
			return true;
	}
	return t->o->sort == column;
}

/* Return: an exit code. */
int print_device_table(struct daxplug_ctx *ctx, const struct selection *s,
		       const struct options *o)
{
	struct table t = {
		.o = o,
		.columns = o->columns.nr ? &o->columns : &default_columns,
	};
	bool needs_policy = has_column(&t, COL_RULE) || has_column(&t, COL_WANTED);
	struct row *rows;
	int code = EXIT_DONE, err;

	if (needs_policy) {
		t.policy = policy_new();
		code = policy_read(t.policy, o->config);
		if (!code)
			code = policy_read_cards(t.policy, ctx);
		if (code) {
			daxplug_policy_free(t.policy);
			return code;
		}
		if (daxplug_policy_get_errors(t.policy))
			code = EXIT_USAGE;
	}
	rows = make_rows(&t, s);
	err = print_rows(&t, rows, s->nr);
	free(rows);
	daxplug_policy_free(t.policy);
	if (err == -ENOMEM) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	code = more_severe_exit_code(code, finish_output());
	if (t.hidden)
		fprintf(stderr, "daxplug: ?: not known; %s\n", geteuid() ?
			"root may see more" : "see daxplug doctor");
	return code;
}
