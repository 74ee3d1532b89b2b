// SPDX-License-Identifier: GPL-2.0-only
/*
 * A value on the command line or of a key in the policy.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

/* A number at the beginning of @text, decimal or after 0x; sets @end. */
static bool number_at(const char *text, uint64_t *value, char **end)
{
	unsigned long long v;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	*value = v;
	return !errno;
}

bool value_number(const char *text, uint64_t *value)
{
	char *end;

	return number_at(text, value, &end) && !*end;
}

bool value_numbers(const char *text, struct numbers *list)
{
	char *end;

	list->count = 0;
	for (;;) {
		text += strspn(text, " \t");
		if (list->count == LIST_MAX ||
		    !number_at(text, &list->value[list->count], &end))
			return false;
		list->count++;
		text = end + strspn(end, " \t");
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

/* 4294967296, 4G, 512M: units of 1024. */
static bool bytes_at(const char *text, uint64_t *bytes, char **end)
{
	static const char units[] = "KMGTP";
	const char *unit;

	if (!number_at(text, bytes, end))
		return false;
	unit = **end ? strchr(units, **end) : NULL;
	if (!unit)
		return true;
	(*end)++;
	return !__builtin_mul_overflow(*bytes,
				       1ULL << (10 * (unit - units + 1)), bytes);
}

static bool value_bytes(const char *text, uint64_t *bytes)
{
	char *end;

	return bytes_at(text, bytes, &end) && !*end;
}

/* "4G", "1G-8G", "1G-", "-8G". */
bool value_size(const char *text, uint64_t size[2])
{
	char *end = NULL;

	size[0] = 0;
	if (*text != '-') {
		if (!bytes_at(text, &size[0], &end))
			return false;
		size[1] = size[0];
		if (!*end)
			return true;
		text = end;
	}
	if (*text++ != '-')
		return false;
	size[1] = UINT64_MAX;
	if (!*text)
		return end != NULL;
	return value_bytes(text, &size[1]) && size[0] <= size[1];
}

/* "0x100000000-0x1ffffffff": the first and the last byte. */
bool value_range(const char *text, uint64_t range[2])
{
	char *end;

	if (!number_at(text, &range[0], &end) || *end != '-')
		return false;
	return value_number(end + 1, &range[1]) && range[0] <= range[1];
}

/* "30", "30s", "500ms", "5min", "none". */
bool value_time(const char *text, unsigned int *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "min", 60000 },
		{ "h", 3600000 },
	};
	uint64_t value;
	char *end;
	size_t i;

	if (!strcmp(text, "none")) {
		*ms = 0;
		return true;
	}
	if (!number_at(text, &value, &end))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (__builtin_mul_overflow(value, units[i].ms, &value) ||
		    value > UINT_MAX)
			return false;
		*ms = (unsigned int)value;
		return true;
	}
	return false;
}

static const struct {
	const char *word;
	enum daxplug_zone zone;
} zones[] = {
	{ "movable", DAXPLUG_ZONE_MOVABLE },
	{ "kernel", DAXPLUG_ZONE_KERNEL },
	{ "auto", DAXPLUG_ZONE_AUTO },
};

const char *zone_word(size_t i)
{
	return i < sizeof(zones) / sizeof(zones[0]) ? zones[i].word : NULL;
}

/* "movable", or the kernel's word for the state: "online_movable". */
bool value_zone(const char *text, enum daxplug_zone *zone)
{
	enum daxplug_state state;
	size_t i;

	for (i = 0; zone_word(i); i++) {
		if (strcmp(text, zones[i].word) != 0 &&
		    (daxplug_zone_state(zones[i].zone, &state) ||
		     strcmp(text, daxplug_state_name(state)) != 0))
			continue;
		*zone = zones[i].zone;
		return true;
	}
	return false;
}

/* A state that can be asked for, or the zone that it means. */
bool value_state(const char *text, enum daxplug_state *state)
{
	enum daxplug_zone zone;

	if (value_zone(text, &zone))
		return !daxplug_zone_state(zone, state);
	*state = DAXPLUG_STATE_UNPLUGGED;
	return !strcmp(text, daxplug_state_name(*state));
}

bool value_guard(const char *text, enum daxplug_guard *guard)
{
	int i;

	for (i = DAXPLUG_GUARD_OFF; i <= DAXPLUG_GUARD_ALWAYS; i++) {
		if (strcmp(text, daxplug_guard_name((enum daxplug_guard)i)))
			continue;
		*guard = (enum daxplug_guard)i;
		return true;
	}
	return false;
}
