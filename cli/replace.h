/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are replaced in one step.
 *
 * replace.c	replaces a file
 * last_change.c	saves the last change of a device in /run/daxplug
 */
#ifndef DAXPLUG_REPLACE_H
#define DAXPLUG_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* replace.c */
int replace_file(int dir, const char *name, const char *text, size_t len);
int replace_path(const char *path, const char *text, size_t len);

/* The last attempt since boot to change the state of a device, successful or not. */
struct last_change {
	uint64_t time_ms;	/* time of its end, in ms since 1970 */
	uint64_t duration_ms;
	char to[24];		/* the requested state */
	char outcome[24];	/* as in doc/json.md */
};

/* last_change.c */
void last_change_write(const char *device, const struct last_change *last);
bool last_change_read(const char *device, struct last_change *last);

#endif /* DAXPLUG_REPLACE_H */
