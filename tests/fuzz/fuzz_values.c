// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the parsers for values on the command line and in a policy: sizes, times, numbers,
 * lists, words, ids. The first byte selects the parser. The rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "findings.h"
#include "system.h"
#include "policy_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An accepted list must not be empty, and no entry may end below its start. */
static void check_spans(int (*parse)(const char *text, struct dp_spans *list), const char *text)
{
	struct dp_spans list = { .count = 0 };
	bool good = !parse(text, &list);
	size_t i;

	if (good && !list.count)
		abort();
	for (i = 0; i < list.count; i++) {
		if (list.span[i].from > list.span[i].to)
			abort();
	}
	free(list.span);
}

static void check_words(const char *text)
{
	struct dp_words list = { .count = 0 };
	size_t i;

	if (!dp_value_words(text, &list) && !list.count)
		abort();
	for (i = 0; i < list.count; i++) {
		if (!*list.word[i])
			abort();
	}
	dp_words_free(&list);
}

static void check_ids(const char *text)
{
	uint64_t ids = 0;

	if (parse_finding_ids(text, &ids) && (!ids || ids >> FINDING_IDS))
		abort();
}

static void check_columns(const char *text)
{
	struct columns columns = { .nr = 0 };
	unsigned int i;

	if (!parse_columns(text, &columns))
		return;
	for (i = 0; i < columns.nr; i++) {
		if (!get_column_name((size_t)columns.column[i]))
			abort();
	}
}

static void check_enums(const char *text)
{
	enum daxplug_state state;
	enum daxplug_guard guard;
	enum daxplug_zone zone;

	if (dp_value_state(text, &state) && !strcmp(daxplug_state_name(state), "unknown"))
		abort();
	daxplug_guard_parse(text, &guard);
	parse_zone_string(text, &zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int ms = 0;
	uint64_t n;
	char *text;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		return 0;
	switch (data[0] % 9) {
	case 0:
		check_spans(dp_value_numbers, text);
		break;
	case 1:
		check_spans(dp_value_sizes, text);
		break;
	case 2:
		check_spans(dp_value_ranges, text);
		break;
	case 3:
		check_words(text);
		break;
	case 4:
		if (!daxplug_time_parse(text, &ms))
			daxplug_duration_parse(text, &n);
		break;
	case 5:
		parse_number(text, &n);
		break;
	case 6:
		check_ids(text);
		break;
	case 7:
		check_columns(text);
		break;
	default:
		check_enums(text);
		is_node_in_list(text, ms);
		break;
	}
	free(text);
	return 0;
}
