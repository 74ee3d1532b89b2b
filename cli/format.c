// SPDX-License-Identifier: GPL-2.0-only
/* Formats sizes, times, nodes, states and backends as text. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

const char *format_size(uint64_t bytes, char *buf, size_t len)
{
	static const char * const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	double value = (double)bytes;
	size_t i = 0;

	if (bytes == DAXPLUG_SIZE_UNKNOWN) {
		snprintf(buf, len, "?");
		return buf;
	}
	/* A value that would be printed as 1024.0 is printed as 1.0 of the next unit. */
	for (; value >= 1023.95 && i + 1 < ARRAY_SIZE(units); i++)
		value /= 1024;
	snprintf(buf, len, "%.*f %s", i ? 1 : 0, value, units[i]);
	return buf;
}

const char *format_node(int node, char *buf, size_t len)
{
	if (node < 0)
		return "-";
	snprintf(buf, len, "%d", node);
	return buf;
}

/*
 * @err and @state are the results of daxplug_device_get_state(). The caller passes them because
 * with some backends each call reads every block. Return: "-" if the device has no state, "?" if
 * the state cannot be read.
 */
const char *get_state_string(const struct daxplug_device *dev, int err,
			     enum daxplug_state state)
{
	const char *driver = daxplug_device_get_driver(dev);

	switch (err) {
	case 0:
		return daxplug_state_name(state);
	case -EOPNOTSUPP:
		return driver && strcmp(driver, "kmem") != 0 ?
		       daxplug_state_name(DAXPLUG_STATE_OTHER_DRIVER) : "-";
	default:
		return "?";
	}
}

const char *read_state_string(const struct daxplug_device *dev)
{
	enum daxplug_state state = DAXPLUG_STATE_UNKNOWN;
	int err = daxplug_device_get_state(dev, &state);

	return get_state_string(dev, err, state);
}

const char *get_or_empty(const char *word)
{
	return word ? word : "";
}

/*
 * Are the page structures in the device itself? If the device is plugged, return "yes" or "no". If
 * it is not, return the setting for the next plug. If there is no such setting, return "-".
 */
const char *format_memmap(const struct daxplug_device *dev, char *buf, size_t len)
{
	enum daxplug_memmap memmap = DAXPLUG_MEMMAP_DEFAULT;
	enum daxplug_state state;
	uint64_t bytes;

	if (daxplug_device_get_memmap(dev, &memmap))
		return "-";
	if (!daxplug_device_get_state(dev, &state) && state != DAXPLUG_STATE_UNPLUGGED &&
	    !daxplug_device_get_memmap_size(dev, &bytes))
		memmap = bytes ? DAXPLUG_MEMMAP_YES : DAXPLUG_MEMMAP_NO;
	snprintf(buf, len, "%s", daxplug_memmap_name(memmap));
	return buf;
}

/* In two units at most: "12 ms", "1.5 s", "2 min 3 s", "1 h 2 min". */
const char *format_duration(uint64_t ms, char *buf, size_t len)
{
	if (ms < SECOND_MS)
		snprintf(buf, len, "%" PRIu64 " ms", ms);
	else if (ms < MINUTE_MS)
		snprintf(buf, len, "%" PRIu64 ".%" PRIu64 " s", ms / SECOND_MS,
			 ms % SECOND_MS * 10 / SECOND_MS);
	else if (ms < HOUR_MS)
		snprintf(buf, len, "%" PRIu64 " min %" PRIu64 " s", ms / MINUTE_MS,
			 ms % MINUTE_MS / SECOND_MS);
	else
		snprintf(buf, len, "%" PRIu64 " h %" PRIu64 " min", ms / HOUR_MS,
			 ms % HOUR_MS / MINUTE_MS);
	return buf;
}

/* In UTC and the form of ISO 8601. */
const char *format_utc_time(time_t at, char *buf, size_t len)
{
	struct tm utc;

	if (!gmtime_r(&at, &utc) || !strftime(buf, len, "%Y-%m-%dT%H:%M:%SZ", &utc))
		snprintf(buf, len, "?");
	return buf;
}

const char *get_or_dash(const char *word)
{
	return word ? word : "-";
}

const char *get_backend_string(const struct daxplug_device *dev)
{
	enum daxplug_backend backend = daxplug_device_get_backend(dev);

	return backend == DAXPLUG_BACKEND_NONE ? "-" :
						 daxplug_backend_name(backend);
}
