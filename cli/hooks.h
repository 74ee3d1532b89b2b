/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks: programs of the administrator that run before and after each plug and unplug, see
 * daxplug-hooks(7). A hook can refuse the change. hooks.c finds the hooks and decides which run
 * in which order. hook_run.c runs one.
 */
#ifndef DAXPLUG_HOOKS_H
#define DAXPLUG_HOOKS_H

#include <limits.h>

#include "cli.h"

/* The hooks of one change. hooks_attach() prepares it for the next change. */
struct hooks {
	char (*path)[PATH_MAX];	/* in the order in which they run */
	size_t nr;
	int err;		/* why the hooks cannot run, or 0 */
	unsigned int seconds;	/* time limit of one run */
	enum daxplug_state before;
	enum daxplug_state want;
	char refusal[256];	/* why the change is refused, or empty */
};

/*
 * hooks_attach() - find the hooks and run them around the next change
 *
 * If a hook directory exists but cannot be read, or if others than root and the user who runs
 * daxplug can write the directory or a hook, the change is refused, because a hook that does not
 * run could have refused the change. It is also refused if there are hooks and the environment
 * variable DAXPLUG_HOOK_SECONDS is not valid.
 */
void hooks_attach(struct hooks *h, struct daxplug_change *c);

/* hooks_detach() - end the use of the hooks after the change, and free the memory of @h */
void hooks_detach(struct hooks *h, struct daxplug_change *c);

/* How one run of a hook ended. */
enum hook_end {
	HOOK_ACCEPTED,		/* it exited with status 0 */
	HOOK_REFUSED,		/* another status, or a signal ended it */
	HOOK_TIMED_OUT,		/* it was killed at its time limit */
	HOOK_STOPPED,		/* it was killed after a signal to daxplug */
	HOOK_NOT_RUN,		/* it could not be started */
};

/*
 * hook_run() - run one hook and wait until it ends
 * @path: path of the program
 * @phase: its only argument
 * @env: its environment
 * @seconds: time limit; after it, the hook's process group is killed
 * @end_on_stop: also end the hook when a signal tells daxplug to stop
 * @first_line: receives the first line of its output that is not empty, with "?" for characters
 *	that are not printable. Without such a line, receives why the hook could not be started, or
 *	which signal ended it (HOOK_REFUSED), or "".
 * @len: size of @first_line in bytes
 */
enum hook_end hook_run(const char *path, const char *phase, char *const env[],
		       unsigned int seconds, bool end_on_stop, char *first_line, size_t len);

/*
 * The default time limit of a run, and the largest value of the environment variable
 * DAXPLUG_HOOK_SECONDS. After SIGTERM a hook has HOOK_GRACE_SECONDS to end before SIGKILL.
 */
#define HOOK_SECONDS 60
#define HOOK_SECONDS_MAX 86400
#define HOOK_GRACE_SECONDS 5

#endif /* DAXPLUG_HOOKS_H */
