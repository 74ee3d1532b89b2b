/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that reads the policy, daxplug.conf(5), and finds the rule of
 * a device. daxplug.h does not include this header, but its conventions apply here,
 * too.
 *
 * Only one thread at a time may use a policy while it is read. After that any number of
 * threads may use its files and rules. Files, rules and their strings belong to their
 * policy. They are valid until the policy is read again or freed.
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

/* Whether a file of the policy was read, or why not. More may be added. */
enum daxplug_file_status {
	DAXPLUG_FILE_STATUS_READ,	/* read; its lines may have errors */
	DAXPLUG_FILE_STATUS_MASKED,	/* empty, or a link to /dev/null */
	DAXPLUG_FILE_STATUS_HIDDEN,	/* an earlier directory has a file of that name */
	DAXPLUG_FILE_STATUS_REFUSED,	/* wrong owner or mode, no regular file, or not readable */
};

/* Whether a rule matches a device, or why not. More may be added. */
enum daxplug_match {
	DAXPLUG_MATCH_YES,
	DAXPLUG_MATCH_NO,	/* the device does not match the key */
	DAXPLUG_MATCH_UNKNOWN,	/* the property cannot be read, for example without root */
	DAXPLUG_MATCH_SERIAL,	/* several memory devices have the number, or it is 0 */
	DAXPLUG_MATCH_NO_RULE,	/* [default], or a rule with an error that prevents a match */
};

/* The strings are valid during the call. Members may be added at the end. */
struct daxplug_policy_error {
	const char *file;	/* the file or directory; NULL if none */
	unsigned int line;	/* 0 if the error is not in a line */
	const char *text;	/* what is wrong */
	const char *next;	/* what to do about it; NULL if that is obvious */
};

typedef void (*daxplug_policy_error_fn)(const struct daxplug_policy_error *error,
					void *data);

/**
 * daxplug_policy_new() - create an empty policy
 * @out: receives the policy; free it with daxplug_policy_free()
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
 * daxplug_policy_set_error_fn() - set the function that gets errors in the files
 * @policy: the policy
 * @fn: called for each error while files are read, in their order; NULL for none
 * @data: passed to @fn
 *
 * Only the first error in the lines of a file is reported, because the others may
 * follow from it.
 *
 * Threads: one at a time per policy.
 */
void daxplug_policy_set_error_fn(struct daxplug_policy *policy,
				 daxplug_policy_error_fn fn, void *data);

/**
 * daxplug_policy_read() - read the policy of this machine
 * @policy: receives the files and rules, which replace what was read before
 *
 * The policy consists of the files daxplug.conf.d/NAME.conf, and after them of
 * daxplug.conf. Both are read in /etc/daxplug, /run/daxplug, /usr/local/lib/daxplug and
 * /usr/lib/daxplug. If the environment variable DAXPLUG_ROOT is set, each of these
 * paths begins with its value. Set-uid programs ignore the variable. If several
 * of these directories have a file of the same name, the file in the first one is read. No
 * file is required.
 *
 * Return: 0, also if files have errors, which daxplug_policy_get_errors() counts;
 * -ENOMEM; the error of a file that was read only in part, or that could not be opened for a
 * temporary reason (-EMFILE, -ENFILE, -EIO); or the error of reading a directory. After -ENOMEM
 * or an error of a file the policy is empty, because the devices of a rule that was not read
 * could match a later rule. After other errors the policy contains everything that could be
 * read.
 * Threads: one at a time per policy.
 */
int daxplug_policy_read(struct daxplug_policy *policy);

/**
 * daxplug_policy_read_dir() - read the files *.conf of one directory as the policy
 * @policy: receives the files and rules, which replace what was read before
 * @dir: the directory, which must exist
 *
 * Return: as daxplug_policy_read().
 * Threads: one at a time per policy.
 */
int daxplug_policy_read_dir(struct daxplug_policy *policy, const char *dir);

/**
 * daxplug_policy_read_file() - read one file as the policy
 * @policy: receives the files and rules, which replace what was read before
 * @path: the file; it may have any name
 *
 * If the file does not exist or may not be read, or other users may write it, that counts as
 * an error in the file.
 *
 * Return: 0; or -ENOMEM or another error of the file, as for daxplug_policy_read(), then the
 * policy is empty.
 * Threads: one at a time per policy.
 */
int daxplug_policy_read_file(struct daxplug_policy *policy, const char *path);

/**
 * daxplug_policy_get_errors() - count the files and directories with an error
 * @policy: the policy
 *
 * A directory counts if daxplug_policy_check_owner() refuses it. A directory that cannot be read
 * does not count, but the function that reads the policy returns the error.
 *
 * Return: the number; 0 for a policy without errors.
 * Threads: any.
 */
unsigned int daxplug_policy_get_errors(const struct daxplug_policy *policy);

/**
 * daxplug_policy_check_owner() - check whether a policy may be read from a file or
 * directory
 * @policy: its error function gets the reason if not
 * @fd: an open file or directory
 * @path: its path
 *
 * A user who may write it decides what daxplug does as root. So it must belong to root
 * or to the user who reads it, and no other user may have permission to write it. The
 * functions that read a policy check all files and directories. A program that writes
 * rules should call this function first.
 *
 * Return: 0; -EPERM if other users may write it; or the error of fstat(2).
 * Threads: one at a time per policy.
 */
int daxplug_policy_check_owner(const struct daxplug_policy *policy, int fd,
			       const char *path);

/**
 * daxplug_policy_get_first_file() - get the first file
 * @policy: the policy
 *
 * Files are in the order in which they are read. Files that are not read are included.
 *
 * Return: the file, or NULL if there is none.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_get_first_file(const struct daxplug_policy *policy);

/**
 * daxplug_policy_file_get_next() - get the file after this one
 * @file: the file
 *
 * Return: the file, or NULL after the last one.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_file_get_next(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_path() - get the path of a file
 * @file: the file
 *
 * Return: its path, never NULL.
 * Threads: any.
 */
const char *daxplug_policy_file_get_path(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_status() - get whether a file was read, or why not
 * @file: the file
 *
 * Return: the status.
 * Threads: any.
 */
enum daxplug_file_status
daxplug_policy_file_get_status(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_get_hidden_by() - get the file that hides this one
 * @file: the file
 *
 * Return: the file of the same name that counts instead, or NULL if @file is not
 * DAXPLUG_FILE_STATUS_HIDDEN.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_policy_file_get_hidden_by(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_file_has_error() - check whether the lines of a file have an error
 * @file: the file
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_policy_file_has_error(const struct daxplug_policy_file *file);

/**
 * daxplug_policy_get_first_rule() - get the first rule
 * @policy: the policy
 *
 * Rules are in the order of their files and lines. The first rule that matches a device
 * is the rule of that device. Sections [default] and rules with an error are included.
 *
 * Return: the rule, or NULL if there is none.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_first_rule(const struct daxplug_policy *policy);

/**
 * daxplug_rule_get_next() - get the rule after this one
 * @rule: the rule
 *
 * Return: the rule, or NULL after the last one.
 * Threads: any.
 */
const struct daxplug_rule *daxplug_rule_get_next(const struct daxplug_rule *rule);

/**
 * daxplug_policy_foreach_rule() - loop over the rules
 * @policy: the policy
 * @rule: a const struct daxplug_rule pointer, the loop variable
 */
#define daxplug_policy_foreach_rule(policy, rule) \
	for ((rule) = daxplug_policy_get_first_rule(policy); \
	     (rule); \
	     (rule) = daxplug_rule_get_next(rule))

/**
 * daxplug_policy_foreach_file() - loop over the files
 * @policy: the policy
 * @file: a const struct daxplug_policy_file pointer, the loop variable
 */
#define daxplug_policy_foreach_file(policy, file) \
	for ((file) = daxplug_policy_get_first_file(policy); \
	     (file); \
	     (file) = daxplug_policy_file_get_next(file))

/**
 * daxplug_rule_get_name() - get the name of a rule, which is in its header
 * @rule: the rule
 *
 * Return: its name, never NULL; several rules may have the same.
 * Threads: any.
 */
const char *daxplug_rule_get_name(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_file() - get the file that contains a rule
 * @rule: the rule
 *
 * Return: the file, never NULL.
 * Threads: any.
 */
const struct daxplug_policy_file *
daxplug_rule_get_file(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_line() - get the line in which a rule begins
 * @rule: the rule
 *
 * Return: its number, from 1 on.
 * Threads: any.
 */
unsigned int daxplug_rule_get_line(const struct daxplug_rule *rule);

/**
 * daxplug_rule_is_default() - check whether a rule is a section [default]
 * @rule: the rule
 *
 * The getters of other rules already return the values of [default] for keys that those
 * rules omit.
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_is_default(const struct daxplug_rule *rule);

/**
 * daxplug_rule_is_broken() - check whether a rule has an error
 * @rule: the rule
 *
 * A device that matches a broken rule should not be changed, because the rules behind
 * it were not meant for this device.
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_is_broken(const struct daxplug_rule *rule);

/**
 * daxplug_rule_get_state() - get the state that a rule requests
 * @rule: the rule
 * @state: receives the state, on success only: DAXPLUG_STATE_UNPLUGGED or one of the
 *	three plugged states
 *
 * Return: 0; -ENOENT if it requests none.
 * Threads: any.
 */
int daxplug_rule_get_state(const struct daxplug_rule *rule,
			   enum daxplug_state *state);

/**
 * daxplug_rule_get_guard() - get the guard mode that a rule requests
 * @rule: the rule
 * @guard: receives the value, on success only
 *
 * Return: 0; -ENOENT if it requests none.
 * Threads: any.
 */
int daxplug_rule_get_guard(const struct daxplug_rule *rule,
			   enum daxplug_guard *guard);

/**
 * daxplug_rule_get_timeout() - get the time limit that a rule requests
 * @rule: the rule
 * @ms: receives milliseconds, on success only; 0 for no limit
 *
 * Return: 0; -ENOENT if it requests none.
 * Threads: any.
 */
int daxplug_rule_get_timeout(const struct daxplug_rule *rule, unsigned int *ms);

/**
 * daxplug_rule_get_memmap() - get where a rule requests page structures
 * @rule: the rule
 * @memmap: receives the choice, on success only: DAXPLUG_MEMMAP_NO or
 *	DAXPLUG_MEMMAP_YES
 *
 * Return: 0; -ENOENT if it requests none.
 * Threads: any.
 */
int daxplug_rule_get_memmap(const struct daxplug_rule *rule, enum daxplug_memmap *memmap);

/* How long to wait for the device of a rule with "required = yes", in milliseconds. */
#define DAXPLUG_REQUIRED_MS 90000U

/**
 * daxplug_rule_get_required() - get whether a device of a rule is required, and how
 * soon
 * @rule: the rule
 * @ms: receives how many milliseconds to wait for the device, on success only
 *
 * Return: 0; -ENOENT if it is not required.
 * Threads: any.
 */
int daxplug_rule_get_required(const struct daxplug_rule *rule, unsigned int *ms);

/**
 * daxplug_rule_get_retry() - check whether a failed change is to be retried later
 * @rule: the rule
 *
 * Return: 1 or 0.
 * Threads: any.
 */
int daxplug_rule_get_retry(const struct daxplug_rule *rule);

/**
 * daxplug_policy_get_movable_max() - get how much memory may be in ZONE_MOVABLE
 * @policy: the policy
 * @kernel: bytes of the machine's memory that the kernel can use for its own data, from
 *	daxplug_get_zone_sizes()
 * @max: receives the largest number of bytes that the policy allows in ZONE_MOVABLE on
 *	all nodes together, if there is a limit
 *
 * Return: the section [default] with the limit, or NULL if there is no limit.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_movable_max(const struct daxplug_policy *policy,
			       uint64_t kernel, uint64_t *max);

/**
 * daxplug_rule_get_word() - get one of the names that a key matches
 * @rule: the rule
 * @key: "device", "region", "uuid" or "origin"
 * @index: 0 or more
 *
 * Return: the name or pattern; NULL after the last one, if the rule does not have this
 * key, and for another kind of key.
 * Threads: any.
 */
const char *daxplug_rule_get_word(const struct daxplug_rule *rule,
				  const char *key, unsigned int index);

/**
 * daxplug_rule_get_numbers() - get one of the numbers or ranges that a key matches
 * @rule: the rule
 * @key: "serial", "node", "range" or "size"
 * @index: 0 or more
 * @first: receives the first number, on success only
 * @last: receives the last number, which equals @first for a single number
 *
 * Return: 0; -ENOENT after the last one, and if the rule does not have this key;
 * -EINVAL for another kind of key.
 * Threads: any.
 */
int daxplug_rule_get_numbers(const struct daxplug_rule *rule, const char *key,
			     unsigned int index, uint64_t *first, uint64_t *last);

/**
 * daxplug_policy_read_cards() - find serial numbers that several memory devices have
 * @policy: the policy, which need not have been read
 * @ctx: the context, after daxplug_scan()
 *
 * After this call, no rule matches a device by a serial number that several CXL memory
 * devices have. Call it again when memory devices were added.
 *
 * Return: 0; -ENOMEM; or the error of reading the list or a serial number. After an error no
 * memory device is known, so a serial number could match two.
 * Threads: one at a time per policy and per context.
 */
int daxplug_policy_read_cards(struct daxplug_policy *policy,
			      struct daxplug_ctx *ctx);

/**
 * daxplug_policy_check_serial() - check whether at most one memory device has a serial
 * number
 * @policy: the policy, after daxplug_policy_read_cards()
 * @serial: the number
 * @one: receives the name of one memory device, for -ENOTUNIQ only; may be NULL
 * @other: receives the name of another one; may be NULL
 *
 * The names are valid until the next daxplug_policy_read_cards().
 *
 * Return: 0, also if no memory device has it; -ENOTUNIQ if several have it; -EINVAL for
 * 0, which memory devices without a serial number report.
 * Threads: any.
 */
int daxplug_policy_check_serial(const struct daxplug_policy *policy,
				uint64_t serial, const char **one,
				const char **other);

/**
 * daxplug_policy_match() - check whether a rule matches a device (live)
 * @policy: the policy, after daxplug_policy_read_cards()
 * @rule: one of its rules
 * @dev: the device
 * @key: receives the first key that the device does not match, a constant string. It is set
 *	to NULL unless the result is DAXPLUG_MATCH_NO, DAXPLUG_MATCH_UNKNOWN or
 *	DAXPLUG_MATCH_SERIAL. @key itself may be NULL.
 *
 * Rules before @rule are not checked; daxplug_policy_get_rule() returns the one that
 * decides.
 *
 * Return: DAXPLUG_MATCH_YES, or the reason why not.
 * Threads: any.
 */
enum daxplug_match daxplug_policy_match(const struct daxplug_policy *policy,
					const struct daxplug_rule *rule,
					const struct daxplug_device *dev,
					const char **key);

/**
 * daxplug_policy_get_rule() - get the first rule that matches a device (live)
 * @policy: the policy, after daxplug_policy_read_cards()
 * @dev: the device
 *
 * The rule may be broken; see daxplug_rule_is_broken().
 *
 * Return: the rule, or NULL if none matches.
 * Threads: any.
 */
const struct daxplug_rule *
daxplug_policy_get_rule(const struct daxplug_policy *policy,
			const struct daxplug_device *dev);

/**
 * daxplug_duration_parse() - parse a length of time
 * @text: such as "30" (seconds), "500ms", "1h 30min" or "400d"
 * @ms: receives the milliseconds, on success only; never 0
 *
 * Return: 0; -EINVAL if @text is no time, or is 0 or more than UINT64_MAX ms.
 * Threads: any.
 */
int daxplug_duration_parse(const char *text, uint64_t *ms);

/**
 * daxplug_time_parse() - parse a time limit, as in the policy and on the command line
 * @text: such as "30", "500ms", "1h 30min", "1d", or "none"
 * @ms: receives the milliseconds, on success only; 0 for "none"
 *
 * Return: 0; -EINVAL if @text is no time, or is 0 or more than UINT_MAX ms.
 * Threads: any.
 */
int daxplug_time_parse(const char *text, unsigned int *ms);

/**
 * daxplug_file_status_name() - get the name of a status
 * @status: the status
 *
 * Return: the name, such as "hidden"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_file_status_name(enum daxplug_file_status status);

/**
 * daxplug_file_status_parse() - parse the name of a status
 * @word: such as "hidden"
 * @status: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_file_status_name() does not return.
 * Threads: any.
 */
int daxplug_file_status_parse(const char *word, enum daxplug_file_status *status);

/**
 * daxplug_match_name() - get the name of the result of a match
 * @match: the result
 *
 * Return: the name, such as "no"; NULL for any other value.
 * Threads: any.
 */
const char *daxplug_match_name(enum daxplug_match match);

/**
 * daxplug_match_parse() - parse the name of the result of a match
 * @word: such as "no"
 * @match: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_match_name() does not return.
 * Threads: any.
 */
int daxplug_match_parse(const char *word, enum daxplug_match *match);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_POLICY_H */
