/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The administrator's programs that are asked before a device is plugged or unplugged,
 * and told the end: daxplug-hooks(7). hooks.c finds them and says what they are asked
 * and in which order; hook_run.c runs one.
 */
#ifndef DAXPLUG_HOOKS_H
#define DAXPLUG_HOOKS_H

#include <limits.h>

#include "cli.h"

/* What a change is to its hooks. Made for one change after the other. */
struct hooks {
	char (*path)[PATH_MAX];	/* in the order in which they are asked */
	size_t nr;
	int err;		/* why they cannot be asked, or 0 */
	unsigned int seconds;	/* that one run may take */
	enum daxplug_state before;
	enum daxplug_state want;
	char refusal[256];	/* why there is no change; empty: no hook refused */
};

/*
 * hooks_attach() - find the hooks, and have them asked and told of the next change
 *
 * If they cannot be found, or others than root could write one, the change is refused:
 * a hook that is not asked could have said no.
 */
void hooks_attach(struct hooks *h, struct daxplug_change *c);

/* hooks_detach() - after the change; frees what @h has */
void hooks_detach(struct hooks *h, struct daxplug_change *c);

/* How one run of a hook ended. */
enum hook_end {
	HOOK_ACCEPTED,		/* exit status 0 */
	HOOK_REFUSED,		/* another one, or a signal */
	HOOK_TIMED_OUT,		/* it was killed at its time limit */
	HOOK_STOPPED,		/* it was killed because daxplug was told to stop */
	HOOK_NOT_RUN,		/* it could not be run */
};

/*
 * hook_run() - run one hook and wait for its end
 * @path: of the program
 * @phase, @env: its argument and its environment
 * @seconds: after so long it is killed, and its process group with it
 * @heed_stop: end it when daxplug is told to stop
 * @said: receives the first line that it printed, printable, or ""
 * @len: size of @said in bytes
 */
enum hook_end hook_run(const char *path, const char *phase, char *const env[],
		       unsigned int seconds, bool end_on_stop, char *first_line, size_t len);

/*
 * How long one run of a hook may take, unless the variable DAXPLUG_HOOK_SECONDS says
 * another number, and how long it has after SIGTERM.
 */
#define HOOK_SECONDS 60
#define HOOK_SECONDS_MAX 86400
#define HOOK_GRACE_SECONDS 5

#endif /* DAXPLUG_HOOKS_H */
