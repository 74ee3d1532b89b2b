// SPDX-License-Identifier: LGPL-2.1-or-later
/* Parses the values of keys in the policy. Times are also used on the command line. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "policy_internal.h"

/*
 * Parse a number at the beginning of @text, decimal, or hexadecimal after 0x. @end
 * receives the first character after it.
 */
static bool parse_leading_number(const char *text, uint64_t *value, char **end)
{
	unsigned long long v;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	*value = v;
	return !errno;
}

static bool value_number(const char *text, uint64_t *value)
{
	char *end;

	return parse_leading_number(text, value, &end) && !*end;
}

/*
 * Parse K, M, G, T or P at @unit, or KiB and so on. Return: the exponent of the unit as a
 * power of 2, such as 10 for K; 0 if there is no unit.
 */
static unsigned int parse_size_unit(const char *unit, const char **end)
{
	static const char units[] = "KMGTP";
	const char *found = *unit ? strchr(units, toupper((unsigned char)*unit)) : NULL;

	*end = unit;
	if (!found)
		return 0;
	*end = unit + (!strncasecmp(unit + 1, "iB", 2) ? 3 : 1);
	return 10 * (unsigned int)(found - units + 1);
}

/* Parse a size such as 4294967296, 4G or 512 MiB. The units are powers of 1024. */
static bool parse_leading_size(const char *text, uint64_t *bytes, const char **rest)
{
	unsigned int bits;
	char *end;

	if (!parse_leading_number(text, bytes, &end))
		return false;
	bits = parse_size_unit(end + strspn(end, " \t"), rest);
	if (!bits)
		*rest = end;
	return !__builtin_mul_overflow(*bytes, 1ULL << bits, bytes);
}

static bool value_bytes(const char *text, uint64_t *bytes)
{
	const char *end;

	return parse_leading_size(text, bytes, &end) && !*end;
}

static bool parse_number_span(const char *text, struct dp_span *span)
{
	if (!value_number(text, &span->from))
		return false;
	span->to = span->from;
	return true;
}

/* Parse a size or a range of sizes: "4G", "1G-8G", "1G-", "-8G". */
static bool parse_size_span(const char *text, struct dp_span *span)
{
	const char *end = NULL;

	span->from = 0;
	if (*text != '-') {
		if (!parse_leading_size(text, &span->from, &end))
			return false;
		span->to = span->from;
		if (!*end)
			return true;
		text = end + strspn(end, " \t");
	}
	if (*text++ != '-')
		return false;
	text += strspn(text, " \t");
	span->to = UINT64_MAX;
	if (!*text)
		return end != NULL;
	return value_bytes(text, &span->to) && span->from <= span->to;
}

/* Parse a range of addresses, first and last byte: "0x100000000-0x1ffffffff". */
static bool parse_range_span(const char *text, struct dp_span *span)
{
	char *end;

	if (!parse_leading_number(text, &span->from, &end) || *end != '-')
		return false;
	return value_number(end + 1, &span->to) && span->from <= span->to;
}

static int add_span(struct dp_spans *list, struct dp_span span)
{
	struct dp_span *more = realloc(list->span, (list->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->span = more;
	more[list->count++] = span;
	return 0;
}

/* Parse a list with commas. Blanks around an item are ignored. */
static int parse_spans(const char *text, struct dp_spans *list,
		       bool (*one)(const char *text, struct dp_span *span))
{
	char *copy = strdup(text), *next = copy, *item;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (item = strsep(&next, ","))) {
		size_t len;
		struct dp_span span = { 0 };

		item += strspn(item, " \t");
		len = strlen(item);
		while (len && isblank((unsigned char)item[len - 1]))
			item[--len] = '\0';
		err = one(item, &span) ? add_span(list, span) : -EINVAL;
	}
	free(copy);
	if (err) {
		free(list->span);
		*list = (struct dp_spans){ .count = 0 };
	}
	return err;
}

int dp_value_numbers(const char *text, struct dp_spans *list)
{
	return parse_spans(text, list, parse_number_span);
}

int dp_value_sizes(const char *text, struct dp_spans *list)
{
	return parse_spans(text, list, parse_size_span);
}

int dp_value_ranges(const char *text, struct dp_spans *list)
{
	return parse_spans(text, list, parse_range_span);
}

void dp_words_free(struct dp_words *list)
{
	while (list->count)
		free(list->word[--list->count]);
	free(list->word);
	list->word = NULL;
}

static int add_word(struct dp_words *list, const char *word, size_t len)
{
	char **more = realloc(list->word, (list->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->word = more;
	more[list->count] = strndup(word, len);
	if (!more[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

/* Parse words that are separated by commas or blanks. */
int dp_value_words(const char *text, struct dp_words *list)
{
	int err = 0;

	while (!err && *(text += strspn(text, " \t,"))) {
		size_t len = strcspn(text, " \t,");

		/* No name contains "=" or a backslash, so the line has a mistake. */
		if (memchr(text, '=', len) || memchr(text, '\\', len))
			err = -EINVAL;
		else
			err = add_word(list, text, len);
		text += len;
	}
	if (!err && !list->count)
		err = -EINVAL;
	if (err)
		dp_words_free(list);
	return err;
}

/* Return: the unit at the beginning of @text in milliseconds; 0 if there is none. */
static uint64_t time_unit(const char *text, size_t len)
{
	static const struct {
		const char *names;
		uint64_t ms;
	} units[] = {
		{ "ms msec", 1 },
		{ "s sec second seconds", 1000 },
		{ "m min minute minutes", 60UL * 1000 },
		{ "h hr hour hours", 3600UL * 1000 },
		{ "d day days", 24UL * 3600 * 1000 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		const char *name = units[i].names;

		for (; *name; name += strspn(name, " ")) {
			size_t n = strcspn(name, " ");

			if (n == len && !strncmp(name, text, len))
				return units[i].ms;
			name += n;
		}
	}
	return 0;
}

/* Parse a time such as "30", "30s", "500ms", "5min", "1h 30min" or "1d". 0 is an error. */
int daxplug_duration_parse(const char *text, uint64_t *ms)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	uint64_t sum = 0, value;
	char *end;

	if (value_number(text, &value)) {
		if (__builtin_mul_overflow(value, 1000ULL, &sum))
			return -EINVAL;
	} else {
		do {
			uint64_t unit;

			if (!parse_leading_number(text, &value, &end))
				return -EINVAL;
			end += strspn(end, " \t");
			unit = time_unit(end, strspn(end, letters));
			if (!unit || __builtin_mul_overflow(value, unit, &value) ||
			    __builtin_add_overflow(sum, value, &sum))
				return -EINVAL;
			text = end + strspn(end, letters);
			text += strspn(text, " \t");
		} while (*text);
	}
	if (!sum)
		return -EINVAL;
	*ms = sum;
	return 0;
}

/*
 * Parse such a time, or "none", as a time limit. 0 is an error, because a reader would
 * take it for "at once", while for the driver it means "no limit".
 */
int daxplug_time_parse(const char *text, unsigned int *ms)
{
	uint64_t sum = 0;

	if (strcmp(text, "none") != 0 &&
	    (daxplug_duration_parse(text, &sum) || sum > UINT_MAX))
		return -EINVAL;
	*ms = (unsigned int)sum;
	return 0;
}

/* Parse a state that can be requested, or the zone that stands for it. */
bool dp_value_state(const char *text, enum daxplug_state *state)
{
	enum daxplug_zone zone;
	enum daxplug_state is;

	if (!daxplug_zone_parse(text, &zone))
		return !daxplug_zone_state(zone, state);
	if (daxplug_state_parse(text, &is) || is == DAXPLUG_STATE_OFFLINE ||
	    is == DAXPLUG_STATE_INCONSISTENT)
		return false;
	*state = is;
	return true;
}

bool dp_value_yes_no(const char *text, bool *yes)
{
	*yes = !strcmp(text, "yes");
	return *yes || !strcmp(text, "no");
}

/* Parse how long to wait for a required device: "yes", "no" (0) or a time. */
bool dp_value_required(const char *text, unsigned int *ms)
{
	bool yes;

	if (dp_value_yes_no(text, &yes)) {
		*ms = yes ? DAXPLUG_REQUIRED_MS : 0;
		return true;
	}
	return !daxplug_time_parse(text, ms) && *ms;
}

/* Parse a factor such as "3x", "1.5x" or "0.25x", with up to two decimal places. */
static bool value_times(const char *text, unsigned int *percent)
{
	uint64_t whole, part = 0;
	char *end;

	if (!strncasecmp(text, "0x", 2) || !parse_leading_number(text, &whole, &end) ||
	    whole > UINT_MAX / 200)
		return false;
	if (*end == '.') {
		size_t places = strspn(++end, "0123456789");

		if (places < 1 || places > 2)
			return false;
		part = 10 * (uint64_t)(end[0] - '0');
		if (places == 2)
			part += (uint64_t)(end[1] - '0');
		end += places;
	}
	*percent = (unsigned int)(whole * 100 + part);
	return !strcmp(end, "x") && *percent;
}

/*
 * Parse the limit for movable memory. It is either a factor of the memory that is not movable
 * (@percent), or a size (@bytes). The other one of the two is set to 0.
 */
bool dp_value_movable_max(const char *text, unsigned int *percent, uint64_t *bytes)
{
	*bytes = 0;
	if (value_times(text, percent))
		return true;
	*percent = 0;
	return value_bytes(text, bytes) && *bytes;
}
