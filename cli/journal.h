/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries for changes in the system's journal. doc/journal.md has the fields.
 *
 * journal.c		writes an entry for each change, and one when a change moves a device
 *			away from the state that the policy requests, or back to it
 * journal_read.c	reads entries
 * history.c		daxplug history: prints entries
 */
#ifndef DAXPLUG_JOURNAL_H
#define DAXPLUG_JOURNAL_H

#include <daxplug.h>
#include <stdbool.h>

#include "cli.h"

/*
 * The message ID of every entry about a change. It must never change, because doc/journal.md and
 * packaging/systemd/daxplug.catalog use it.
 */
#define JOURNAL_MESSAGE_ID "b2cfc6e8b31f41f892437f089df346cc"

/* The message ID of an entry about the state that the policy requests. */
#define JOURNAL_POLICY_ID "0b290b28aaff4899b65f80bae4ef5eab"

#define JOURNAL_NO_TIME UINT64_MAX

struct daxplug_rule;

/* One change. A pointer is NULL if its value is not known. */
struct journal_entry {
	const struct daxplug_device *dev;
	const char *command;	/* plug, unplug, apply, mode */
	const char *what;	/* state, mode, guard, timeout, memmap_on_memory */
	const char *from;
	const char *to;		/* the requested value */
	const char *after;	/* the value after the change */
	const char *outcome;	/* as in doc/json.md */
	const char *backend;
	const char *reason;
	const char *step;
	uint64_t block;		/* block number, or DAXPLUG_NO_BLOCK */
	uint64_t bytes;		/* size, or DAXPLUG_SIZE_UNKNOWN */
	uint64_t duration_ms;	/* duration, or JOURNAL_NO_TIME */
	int err;		/* 0, or a negative errno */
	int code;		/* an exit code */
	const struct daxplug_rule *rule; /* the rule of the policy, or NULL */
};

/* journal.c */
void journal_write_entry(const struct journal_entry *e);
void journal_write_change(const char *command, const struct daxplug_rule *rule,
			  const struct daxplug_device *dev, const struct change_report *v,
			  const struct daxplug_change *c);

void journal_write_policy(const char *command, const struct daxplug_rule *rule,
			  const struct daxplug_device *dev, const struct daxplug_change *c);

/* journal_read.c: entries in order, the oldest first */
#define JOURNAL_VALUE_MAX 1024
struct journal;
int journal_open(struct journal **out, bool *partly);
void journal_close(struct journal *j);
bool journal_match(struct journal *j, const char *field, const char *value);
int journal_seek(struct journal *j, uint64_t since_us, uint64_t last);
int journal_next(struct journal *j, uint64_t *time_us);
const char *journal_field(struct journal *j, const char *name, char *buf);

#endif /* DAXPLUG_JOURNAL_H */
