/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are replaced in one piece.
 *
 * replace.c	replaces one
 * last.c	the last change of a device, in /run/daxplug
 */
#ifndef DAXPLUG_REPLACE_H
#define DAXPLUG_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* replace.c */
int replace_file(int dir, const char *name, const char *text, size_t len);
int replace_path(const char *path, const char *text, size_t len);

/* The last change of the state of a device that was made or tried since the boot. */
struct last_change {
	uint64_t time_ms;	/* when it ended, since 1970 */
	uint64_t duration_ms;
	char to[24];		/* the state that was asked for */
	char outcome[24];	/* as in doc/json.md */
};

/* last.c */
void last_change_write(const char *device, const struct last_change *last);
bool last_change_read(const char *device, struct last_change *last);

#endif /* DAXPLUG_REPLACE_H */
