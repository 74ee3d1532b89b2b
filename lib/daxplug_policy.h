/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that reads the policy, daxplug.conf(5), and finds the rule of
 * a device. It is not included by daxplug.h, whose conventions hold here too.
 *
 * A policy is for one thread at a time while it is read; what has been read may be
 * looked at by any number of threads. Files and rules belong to their policy: they are
 * valid until it is read anew or freed, and so are their strings.
 */
#ifndef DAXPLUG_POLICY_H
#define DAXPLUG_POLICY_H

#include "daxplug.h"

#ifdef __cplusplus
extern "C" {
#endif

struct daxplug_policy;
struct daxplug_policy_file;
struct daxplug_rule;

/* What became of a file of the policy. More may be added. */
enum daxplug_file_status {
	DAXPLUG_FILE_STATUS_READ,	/* its lines may still have errors */
	DAXPLUG_FILE_STATUS_MASKED,	/* empty, or a link to /dev/null */
	DAXPLUG_FILE_STATUS_HIDDEN,	/* a layer above has one of that name */
	DAXPLUG_FILE_STATUS_REFUSED,	/* others may write it, or it cannot be read */
};

/* Whether a device is one that a rule is for, or why not. More may be added. */
enum daxplug_match {
	DAXPLUG_MATCH_YES,
	DAXPLUG_MATCH_NO,	/* the device is not as the key has it */
	DAXPLUG_MATCH_UNKNOWN,	/* what the key asks for cannot be read: not root? */
	DAXPLUG_MATCH_SERIAL,	/* several cards have its serial number, or it is 0 */
	DAXPLUG_MATCH_NO_RULE,	/* [default], or a rule with an error in such a key */
};

/* Strings live as long as the call. Members may be added at the end. */
struct daxplug_policy_error {
	const char *file;	/* or a directory; NULL: of neither */
	unsigned int line;	/* 0: the error is not in a line */
	const char *text;	/* what is wrong */
	const char *next;	/* what to do; NULL: that is plain */
};

typedef void (*daxplug_policy_error_fn)(const struct daxplug_policy_error *error,
					void *data);

/**
 * daxplug_policy_new() - make an empty policy
 * @out: receives it, for daxplug_policy_free()
 *
 * Return: 0, or -ENOMEM.
 * Threads: any.
 */
int daxplug_policy_new(struct daxplug_policy **out);

/**
 * daxplug_policy_free() - free a policy, with its files and rules
 * @policy: the policy, or NULL
 *
 * Threads: one at a time per policy.
 */
void daxplug_policy_free(struct daxplug_policy *policy);

/**
 * daxplug_policy_set_error_fn() - be told of errors in the files
 * @policy: the policy
 * @fn: called for each error while files are read, in their order; NULL: nobody
 * @data: handed to @fn
 *
 * Of the lines of one file only the first error is told: those behind it may be its
 * consequence.
 *
 * Threads: one at a time per policy.
 */
void daxplug_policy_set_error_fn(struct daxplug_policy *policy,
				 daxplug_policy_error_fn fn, void *data);

/**
 * daxplug_policy_read() - read the policy of this machine
 * @policy: receives it, instead of what was read into it before
 *
 * That is the files *.conf of daxplug.conf.d, and then daxplug.conf, in /etc/daxplug,
 * /run/daxplug, /usr/local/lib/daxplug and /usr/lib/daxplug, below the directory in the
 * environment variable DAXPLUG_ROOT if it is set (ignored in set-uid programs). Of
 * files of one name that of the first of these directories is read. None has to be
 * there.
 *
 * Return: 0, also when files have errors, which daxplug_policy_get_errors() counts;
 * -ENOMEM; or what kept a directory from being read. What could be read is there.
 * Threads: one at a time per policy.
 */
int daxplug_policy_read(struct daxplug_policy *policy);

/**
 * daxplug_policy_read_dir() - read the files *.conf of one directory instead
 * @policy: receives them, instead of what was read into it before
 * @dir: the directory, which must be there
 *
 * Return: as daxplug_policy_read().
 * Threads: one at a time per policy.
 */
int daxplug_policy_read_dir(struct daxplug_policy *policy, const char *dir);

/**
 * daxplug_policy_read_file() - read one file instead
 * @policy: receives it, instead of what was read into it before
 * @path: the file, whatever its name
 *
 * A file that cannot be read, or that others may write, is an error in it.
 *
 * Return: 0, or -ENOMEM.
 * Threads: one at a time per policy.
 */
int daxplug_policy_read_file(struct daxplug_policy *policy, const char *path);

/**
 * daxplug_policy_get_errors() - how many files and directories have an error
 * @policy: the policy
 *
 * Return: the number; 0 is a policy without an error.
 * Threads: any.
 */
unsigned int daxplug_policy_get_errors(const struct daxplug_policy *policy);

/**
 * daxplug_policy_check_owner() - may a policy be read from there?
 * @policy: its error function is told why not
 * @fd: an open file or directory
 * @path: what it is called
 *
 * Whoever may write it decides what root's daxplug does. So it must be root's, or that
 * of the user who reads it, and nobody else may have the right to write it. All files
 * and directories that are read are checked; a program that writes rules asks before.
 *
 * Return: 0; -EPERM when others may write it; or what fstat(2) failed with.
 * Threads: one at a time per policy.
 */
int daxplug_policy_check_owner(const struct daxplug_policy *policy, int fd,
			       const char *path);

/**
 * daxplug_policy_get_first_file() - the first file
 * @policy: the policy
 *
 * Files come in the order in which they are read, with those that are not.
 *
 * Return: the file, or NULL when there is none.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_get_first_file(const struct daxplug_policy *policy);

/**
 * daxplug_policy_file_get_next() - the file after this one
 * @file: the file
 *
 * Return: the file, or NULL after the last one.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_file_get_next(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_path() - where the file is
 * @file: the file
 *
 * Return: its path, never NULL.
 * Threads: any.
 */
const char *daxplug_policy_file_get_path(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_status() - was it read, or why not
 * @file: the file
 *
 * Return: the status.
 * Threads: any.
 */
enum daxplug_file_status
daxplug_policy_file_get_status(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_hidden_by() - the file of a layer above
 * @file: the file
 *
 * Return: the file of the same name that counts instead, or NULL when @file is not
 * DAXPLUG_FILE_STATUS_HIDDEN.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_file_get_hidden_by(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_has_error() - is there an error in its lines?
 * @file: the file
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_policy_file_has_error(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_get_first_rule() - the first rule
 * @policy: the policy
 *
 * Rules come in the order of their files and lines: the first that matches a device
 * is its rule. Sections [default] are among them, and so are rules with an error.
 *
 * Return: the rule, or NULL when there is none.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_first_rule(const struct daxplug_policy *policy);

/**
 * daxplug_rule_get_next() - the rule after this one
 * @rule: the rule
 *
 * Return: the rule, or NULL after the last one.
 * Threads: any.
 */
const struct daxplug_rule *daxplug_rule_get_next(const struct daxplug_rule *rule);

/**
 * daxplug_policy_foreach_rule() - walk the rules
 * @policy: the policy
 * @rule: a const struct daxplug_rule pointer, the loop variable
 */
#define daxplug_policy_foreach_rule(policy, rule) \
	for ((rule) = daxplug_policy_get_first_rule(policy); \
	     (rule); \
	     (rule) = daxplug_rule_get_next(rule))

/**
 * daxplug_policy_foreach_file() - walk the files
 * @policy: the policy
 * @file: a const struct daxplug_policy_file pointer, the loop variable
 */
#define daxplug_policy_foreach_file(policy, file) \
	for ((file) = daxplug_policy_get_first_file(policy); \
	     (file); \
	     (file) = daxplug_policy_file_get_next(file))

/**
 * daxplug_rule_get_name() - what stands between the brackets
 * @rule: the rule
 *
 * Return: its name, never NULL; several rules may have the same.
 * Threads: any.
 */
const char *daxplug_rule_get_name(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_file() - the file that the rule is in
 * @rule: the rule
 *
 * Return: the file, never NULL.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_rule_get_file(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_line() - the line of the file that the rule begins in
 * @rule: the rule
 *
 * Return: its number, from 1 on.
 * Threads: any.
 */
unsigned int daxplug_rule_get_line(const struct daxplug_rule *rule);

/**
 * daxplug_rule_is_default() - is it a section [default]?
 * @rule: the rule
 *
 * What other rules leave out they have from there already: their getters say it.
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_is_default(const struct daxplug_rule *rule);

/**
 * daxplug_rule_is_broken() - has it an error?
 * @rule: the rule
 *
 * Devices that a broken rule is for are to be left alone: the rules behind it were not
 * meant for them.
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_is_broken(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_state() - the state that the rule wants
 * @rule: the rule
 * @state: receives it, on success only: DAXPLUG_STATE_UNPLUGGED or one of the three
 *	that are plugged
 *
 * Return: 0; -ENOENT when it wants none.
 * Threads: any.
 */
int daxplug_rule_get_state(const struct daxplug_rule *rule,
			   enum daxplug_state *state);

/**
 * daxplug_rule_get_guard() - the guard that the rule wants
 * @rule: the rule
 * @guard: receives it, on success only
 *
 * Return: 0; -ENOENT when it wants none.
 * Threads: any.
 */
int daxplug_rule_get_guard(const struct daxplug_rule *rule,
			   enum daxplug_guard *guard);

/**
 * daxplug_rule_get_timeout() - the time limit that the rule wants
 * @rule: the rule
 * @ms: receives it, on success only; 0: that there is no limit
 *
 * Return: 0; -ENOENT when it wants nothing of the kind.
 * Threads: any.
 */
int daxplug_rule_get_timeout(const struct daxplug_rule *rule, unsigned int *ms);

/**
 * daxplug_rule_get_memmap() - where the rule wants the page structures
 * @rule: the rule
 * @memmap: receives it, on success only: DAXPLUG_MEMMAP_NO or DAXPLUG_MEMMAP_YES
 *
 * Return: 0; -ENOENT when it wants nothing of the kind.
 * Threads: any.
 */
int daxplug_rule_get_memmap(const struct daxplug_rule *rule, enum daxplug_memmap *memmap);

/* How long a rule with "required = yes" lets its device take to come: milliseconds. */
#define DAXPLUG_REQUIRED_MS 90000U

/**
 * daxplug_rule_get_required() - must a device of the rule be there, and how soon?
 * @rule: the rule
 * @ms: receives how many milliseconds it may take to come, on success only
 *
 * Return: 0; -ENOENT when it is not required.
 * Threads: any.
 */
int daxplug_rule_get_required(const struct daxplug_rule *rule, unsigned int *ms);

/**
 * daxplug_rule_get_retry() - is a change that fails to be tried again later?
 * @rule: the rule
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_get_retry(const struct daxplug_rule *rule);

/**
 * daxplug_policy_get_movable_max() - how much memory may be in ZONE_MOVABLE
 * @policy: the policy
 * @kernel: bytes of the machine's memory that the kernel can use for its own data, as
 *	daxplug_get_zone_sizes() says
 * @max: receives the largest number of bytes that the policy allows in ZONE_MOVABLE of
 *	all nodes together, if there is a limit
 *
 * Return: the section [default] that says so, or NULL when there is no limit.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_movable_max(const struct daxplug_policy *policy,
			       uint64_t kernel, uint64_t *max);

/**
 * daxplug_rule_get_word() - one of the names that a key matches
 * @rule: the rule
 * @key: "device", "region", "uuid" or "origin"
 * @index: from 0 on
 *
 * Return: the name or pattern, or NULL after the last one, when the rule has no such
 * key, and for a key of another kind.
 * Threads: any.
 */
const char *daxplug_rule_get_word(const struct daxplug_rule *rule,
				  const char *key, unsigned int index);

/**
 * daxplug_rule_get_numbers() - one of the numbers, or spans of them, that a key matches
 * @rule: the rule
 * @key: "serial", "node", "range" or "size"
 * @index: from 0 on
 * @first: receives the first number, on success only
 * @last: receives the last one, which is @first where the file has a single number
 *
 * Return: 0; -ENOENT after the last one, and when the rule has no such key; -EINVAL for
 * a key of another kind.
 * Threads: any.
 */
int daxplug_rule_get_numbers(const struct daxplug_rule *rule, const char *key,
			     unsigned int index, uint64_t *first, uint64_t *last);

/**
 * daxplug_policy_read_cards() - find out which serial numbers are those of one card
 * @policy: the policy; may be one that has not been read
 * @ctx: the context, after daxplug_scan()
 *
 * From then on a serial number that several CXL memory devices have matches none of
 * them. To be called again when cards have come.
 *
 * Return: 0, or -ENOMEM, and then nothing is known of any card.
 * Threads: one at a time per policy and per context.
 */
int daxplug_policy_read_cards(struct daxplug_policy *policy,
			      struct daxplug_ctx *ctx);

/**
 * daxplug_policy_check_serial() - is a serial number that of one card at most?
 * @policy: the policy, after daxplug_policy_read_cards()
 * @serial: the number
 * @one: receives the name of a card, on -ENOTUNIQ only; or NULL
 * @other: receives that of another one; or NULL
 *
 * The names live until the next daxplug_policy_read_cards().
 *
 * Return: 0, also when no card has it; -ENOTUNIQ when several cards have it; -EINVAL
 * for 0, which is what cards without a number report.
 * Threads: any.
 */
int daxplug_policy_check_serial(const struct daxplug_policy *policy,
				uint64_t serial, const char **one,
				const char **other);

/**
 * daxplug_policy_match() - is the rule for that device, or why not? (live)
 * @policy: the policy, after daxplug_policy_read_cards()
 * @rule: one of its rules
 * @dev: the device
 * @key: receives a constant string, the first key that the device does not match, for
 *	DAXPLUG_MATCH_NO, DAXPLUG_MATCH_UNKNOWN and DAXPLUG_MATCH_SERIAL, else NULL; or NULL
 *
 * Rules before it are not asked: daxplug_policy_get_rule() says which one decides.
 *
 * Return: DAXPLUG_MATCH_YES, or why not.
 * Threads: any.
 */
enum daxplug_match daxplug_policy_match(const struct daxplug_policy *policy,
					const struct daxplug_rule *rule,
					const struct daxplug_device *dev,
					const char **key);

/**
 * daxplug_policy_get_rule() - the rule of a device: the first that matches (live)
 * @policy: the policy, after daxplug_policy_read_cards()
 * @dev: the device
 *
 * It may be one that daxplug_rule_is_broken().
 *
 * Return: the rule, or NULL when none matches.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_rule(const struct daxplug_policy *policy,
			const struct daxplug_device *dev);

/**
 * daxplug_duration_parse() - a length of time
 * @text: such as "30" (seconds), "500ms", "1h 30min" or "400d"
 * @ms: receives the milliseconds, on success only; never 0
 *
 * Return: 0; -EINVAL for what is no time, for 0, and for one of more than UINT64_MAX ms.
 * Threads: any.
 */
int daxplug_duration_parse(const char *text, uint64_t *ms);

/**
 * daxplug_time_parse() - a time limit as the policy and the command have it
 * @text: such as "30", "500ms", "1h 30min", "1d", or "none"
 * @ms: receives the milliseconds, on success only; 0 for "none"
 *
 * Return: 0; -EINVAL for what is no time, for 0, and for one of more than UINT_MAX ms.
 * Threads: any.
 */
int daxplug_time_parse(const char *text, unsigned int *ms);

/**
 * daxplug_file_status_name() - a status in a word
 * @status: the status
 *
 * Return: such as "hidden"; "unknown" for a value that is no status.
 * Threads: any.
 */
const char *daxplug_file_status_name(enum daxplug_file_status status);

/**
 * daxplug_file_status_parse() - a status by its word
 * @word: such as "hidden"
 * @status: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_file_status_name() does not give.
 * Threads: any.
 */
int daxplug_file_status_parse(const char *word, enum daxplug_file_status *status);

/**
 * daxplug_match_name() - the result of a match in a word
 * @match: the result
 *
 * Return: such as "no"; NULL for a value that is no result.
 * Threads: any.
 */
const char *daxplug_match_name(enum daxplug_match match);

/**
 * daxplug_match_parse() - the result of a match by its word
 * @word: such as "no"
 * @match: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_match_name() does not give.
 * Threads: any.
 */
int daxplug_match_parse(const char *word, enum daxplug_match *match);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_POLICY_H */
