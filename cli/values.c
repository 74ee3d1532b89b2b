// SPDX-License-Identifier: GPL-2.0-only
/* Parses values of the command line. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Parse a decimal or, after 0x, hexadecimal number with nothing after it. */
bool parse_number(const char *text, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
	if (*end || errno)
		return false;
	*value = v;
	return true;
}

/* Return the name of zone @i, the default first, or NULL after the last. */
const char *get_zone_string(size_t i)
{
	static const enum daxplug_zone zones[] = {
		DAXPLUG_ZONE_MOVABLE, DAXPLUG_ZONE_KERNEL, DAXPLUG_ZONE_AUTO,
	};

	return i < ARRAY_SIZE(zones) ? daxplug_zone_name(zones[i]) : NULL;
}

/* Return the name of the value @i of --memmap-on-memory, or NULL after the last value. */
const char *get_memmap_string(size_t i)
{
	static const enum daxplug_memmap memmaps[] = {
		DAXPLUG_MEMMAP_YES, DAXPLUG_MEMMAP_NO,
	};

	return i < ARRAY_SIZE(memmaps) ? daxplug_memmap_name(memmaps[i]) : NULL;
}

bool parse_memmap_string(const char *text, enum daxplug_memmap *memmap)
{
	return !daxplug_memmap_parse(text, memmap) && *memmap != DAXPLUG_MEMMAP_DEFAULT;
}

/* Get the zone of an online state. Return false if the state is not an online state. */
bool get_zone_of_state(enum daxplug_state state, enum daxplug_zone *zone)
{
	static const enum daxplug_zone zones[] = {
		DAXPLUG_ZONE_AUTO, DAXPLUG_ZONE_KERNEL, DAXPLUG_ZONE_MOVABLE
	};
	enum daxplug_state of_zone;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(zones); i++) {
		if (!daxplug_zone_state(zones[i], &of_zone) && of_zone == state) {
			*zone = zones[i];
			return true;
		}
	}
	return false;
}

/* Parse "movable", or the kernel's name of the state: "online_movable". */
bool parse_zone_string(const char *text, enum daxplug_zone *zone)
{
	enum daxplug_state state;

	return !daxplug_zone_parse(text, zone) ||
	       (!daxplug_state_parse(text, &state) && get_zone_of_state(state, zone));
}
