/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of the command offer each other.
 *
 * daxplug.c	options and commands, help
 * list.c	daxplug list
 * plug.c	daxplug plug, daxplug unplug
 * explain.c	errors in words: the reason, and what to do next
 */
#ifndef DAXPLUG_CLI_H
#define DAXPLUG_CLI_H

#include <daxplug.h>
#include <stdbool.h>
#include <stddef.h>

/* Promised to scripts: see "Exit status" in daxplug --help. */
enum exit_code {
	EXIT_DONE = 0,		/* done, or nothing to do */
	EXIT_TROUBLE = 1,	/* trouble of our own: memory, output */
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3,
	EXIT_REFUSED = 4,	/* refused or undone: nothing changed */
	EXIT_INCONSISTENT = 5,
	EXIT_TIMED_OUT = 6,	/* timed out and undone */
	EXIT_NOT_SUPPORTED = 7,	/* not permitted or not supported */
};

/* One plug or unplug. */
struct change {
	const char *name;	/* of the device, as the user gave it */
	bool plug;
	enum daxplug_zone zone;	/* for a plug */
	enum daxplug_state want;
};

/* list.c */
int run_list(struct daxplug_ctx *ctx);

/* plug.c */
int run_change(struct daxplug_ctx *ctx, const struct change *c);

/* explain.c: all print on stderr and return an exit code */
int explain_scan(int err);
int explain_lookup(const char *name, int err);
int explain_no_state(const struct change *c, const struct daxplug_device *dev,
		     int err);
int explain_early_stop(const struct change *c, enum daxplug_state state);
int explain_failure(const struct change *c, const struct daxplug_device *dev,
		    enum daxplug_state before, int err);
int explain_untrue(const struct change *c, const struct daxplug_device *dev);

/* list.c */
const char *format_size(uint64_t bytes, char *buf, size_t len);

#endif /* DAXPLUG_CLI_H */
