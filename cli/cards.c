// SPDX-License-Identifier: GPL-2.0-only
/*
 * CXL memory devices by their serial numbers. A serial number is good for a
 * rule only if it is that of one card: 0 is what cards without one report.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

static void add(struct cards *cards, const char *name, uint64_t serial)
{
	struct card *more;
	size_t i;

	for (i = 0; i < cards->count; i++) {
		if (!strcmp(cards->card[i].name, name))
			return;
	}
	more = realloc(cards->card, (cards->count + 1) * sizeof(*more));
	if (!more)
		return;
	cards->card = more;
	more[cards->count].serial = serial;
	more[cards->count].name = strdup(name);
	if (more[cards->count].name)
		cards->count++;
}

static bool read_serial(const char *dir, const char *name, uint64_t *serial)
{
	char path[PATH_MAX], text[32] = "";
	FILE *stream;
	int n = snprintf(path, sizeof(path), "%s/%s/serial", dir, name);

	stream = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
	if (!stream)
		return false;
	if (!fgets(text, sizeof(text), stream))
		text[0] = '\0';
	fclose(stream);
	text[strcspn(text, "\n")] = '\0';
	return value_number(text, serial);
}

/* Those of the CXL bus, also the ones that no DAX device is made of. */
static void add_bus(const char *sysfs, size_t len, struct cards *cards)
{
	char dir[PATH_MAX];
	const struct dirent *e;
	uint64_t serial;
	DIR *bus;

	snprintf(dir, sizeof(dir), "%.*s/bus/cxl/devices", (int)len, sysfs);
	bus = opendir(dir);
	while (bus && (e = readdir(bus))) {
		if (!strncmp(e->d_name, "mem", 3) &&
		    read_serial(dir, e->d_name, &serial))
			add(cards, e->d_name, serial);
	}
	if (bus)
		closedir(bus);
}

/* After daxplug_scan(). */
void cards_read(struct daxplug_ctx *ctx, struct cards *cards)
{
	struct daxplug_device *dev = daxplug_device_get_first(ctx);
	const char *path = dev ? daxplug_device_get_path(dev) : "";
	const char *bus = strstr(path, "/bus/dax/devices/");
	const char *name;
	uint64_t serial;
	unsigned int i;

	*cards = (struct cards){ .count = 0 };
	if (bus)
		add_bus(path, (size_t)(bus - path), cards);
	daxplug_device_foreach(ctx, dev) {
		for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
			if (!daxplug_device_get_memdev(dev, i, &name, &serial))
				add(cards, name, serial);
		}
	}
}

void cards_free(struct cards *cards)
{
	while (cards->count)
		free(cards->card[--cards->count].name);
	free(cards->card);
	cards->card = NULL;
}

/* One of its memory devices is enough: an interleaved region has several. */
bool has_serial(const struct daxplug_device *dev, uint64_t serial)
{
	uint64_t own;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (!daxplug_device_get_memdev(dev, i, NULL, &own) &&
		    own == serial)
			return true;
	}
	return false;
}

/* @why says why not. */
bool serial_is_usable(const struct cards *cards, uint64_t serial, char *why,
		      size_t len)
{
	const char *first = NULL;
	size_t i;

	if (!serial) {
		snprintf(why, len,
			 "serial number 0 is that of cards without one");
		return false;
	}
	for (i = 0; i < cards->count; i++) {
		if (cards->card[i].serial != serial)
			continue;
		if (first) {
			snprintf(why, len, "%s and %s both have the serial number 0x%"
				 PRIx64, first, cards->card[i].name, serial);
			return false;
		}
		first = cards->card[i].name;
	}
	return true;
}
