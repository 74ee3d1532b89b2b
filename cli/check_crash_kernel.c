// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks whether a loaded crash kernel knows the memory as it is now.
 *
 * When a crash kernel is loaded, it receives a list of the memory that it shall dump. Linux 6.6
 * and later keep that list up to date if crash_hotplug reads 1. No file of the kernel says
 * when the crash kernel was loaded, so this check uses the time at which the unit that loads it
 * became active.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

#define UNIT_MAX 64

static bool reads_one(const char *file)
{
	char path[PATH_MAX], word[8];

	return read_first_line(format_system_path(path, "%s", file), word, sizeof(word)) &&
	       !strcmp(word, "1");
}

/* Parse a decimal number with nothing after it. */
static bool read_number(const char *text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !*end && !errno;
}

/*
 * Return the time at which the unit that loads a crash kernel became active, in ms since boot,
 * and its name in @unit. The units are kdump.service (Fedora, RHEL, SUSE) and kdump-tools.service
 * (Debian, Ubuntu). Return 0 if the time is not known.
 */
static uint64_t read_load_time_ms(char *unit)
{
	static char show[] = "show", one[] = "kdump.service", other[] = "kdump-tools.service",
		    properties[] = "--property=Id,ActiveEnterTimestampMonotonic";
	static const char id[] = "Id=", since[] = "ActiveEnterTimestampMonotonic=";
	char *arguments[] = { "systemctl", show, properties, "--", one, other, NULL };
	char path[PATH_MAX], text[1024], name[UNIT_MAX] = "", *line, *rest = text;
	uint64_t us = 0, last = 0;

	/* systemd creates this directory, so without it systemd does not run. */
	if (access(format_system_path(path, "/run/systemd/system"), F_OK) ||
	    run_program(arguments, text, sizeof(text)))
		return 0;
	do {
		line = strsep(&rest, "\n");
		if (line && !strncmp(line, id, strlen(id)))
			snprintf(name, sizeof(name), "%s", line + strlen(id));
		else if (line && !strncmp(line, since, strlen(since)) &&
			 !read_number(line + strlen(since), &us))
			us = 0;
		/* The order of properties is not defined. An empty line separates units. */
		if (line && *line)
			continue;
		if (us / 1000 > last) {
			last = us / 1000;
			memcpy(unit, name, sizeof(name));
		}
		name[0] = '\0';
		us = 0;
	} while (line);
	return last;
}

/* Return the end of the device's last plug or unplug, from plug/stats, in ms since boot, or 0. */
static uint64_t read_change_time_ms(const struct daxplug_device *dev)
{
	static const char key[] = "changed_ms ";
	char path[PATH_MAX], line[64];
	uint64_t ms = 0;
	FILE *file;
	int n = snprintf(path, sizeof(path), "%s/plug/stats", daxplug_device_get_path(dev));

	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	file = open_to_read(path);
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, key, strlen(key)) && !read_number(line + strlen(key), &ms))
			ms = 0;
	}
	if (file)
		fclose(file);
	return ms;
}

/* Find the device that was changed last, or return NULL if it is not known. */
static const struct daxplug_device *find_last_changed(struct daxplug_ctx *ctx, uint64_t *ms)
{
	const struct daxplug_device *last = NULL;
	struct daxplug_device *dev;

	*ms = 0;
	daxplug_device_foreach(ctx, dev) {
		uint64_t at = read_change_time_ms(dev);

		if (at > *ms) {
			*ms = at;
			last = dev;
		}
	}
	return last;
}

static void add_reload_advice(struct findings *f)
{
	add_advice(f, "load it again after each plug and unplug (systemctl restart kdump, or "
		      "kdump-tools), if no udev rule does");
}

void check_crash_kernel(struct findings *f, struct daxplug_ctx *ctx)
{
	const struct daxplug_device *dev;
	uint64_t loaded, changed = 0;
	char unit[UNIT_MAX] = "";

	if (!reads_one("/sys/kernel/kexec_crash_loaded"))
		return;
	if (reads_one("/sys/devices/system/memory/crash_hotplug")) {
		add_finding(f, FOUND_CRASH_KERNEL, LEVEL_OK, "crash kernel",
			    "loaded, and the kernel updates its list of memory");
		return;
	}
	dev = ctx ? find_last_changed(ctx, &changed) : NULL;
	loaded = dev ? read_load_time_ms(unit) : 0;
	if (!loaded) {
		add_finding(f, FOUND_CRASH_KERNEL, LEVEL_NOTE,
			    "crash kernel",
			    "loaded, and the kernel does not update its list of memory: a dump "
			    "contains the memory that existed when it was loaded");
		add_reload_advice(f);
	} else if (loaded < changed) {
		add_finding(f, FOUND_CRASH_KERNEL, LEVEL_WARNING, "crash kernel",
			    "loaded by %s %" PRIu64 " s after boot, before the last plug or unplug "
			    "(%s, %" PRIu64
			    " s after boot), and the kernel does not update its list of memory: a "
			    "dump contains the memory that existed before",
			    unit, loaded / 1000, daxplug_device_get_name(dev), changed / 1000);
		add_reload_advice(f);
	} else {
		add_finding(f, FOUND_CRASH_KERNEL, LEVEL_OK, "crash kernel",
			    "loaded by %s %" PRIu64 " s after boot, after the last plug or unplug "
			    "(%s, %" PRIu64 " s after boot)",
			    unit, loaded / 1000, daxplug_device_get_name(dev), changed / 1000);
	}
}
