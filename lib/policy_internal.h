/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The policy: rules that are read from files, and the search for the rule of a device.
 *
 * policy.c	public functions for a policy, its files and its rules
 * layers.c	finds the files: layers, masks, and who may write them
 * config.c	parses one file
 * values.c	parses the value of a key
 * match.c	finds the rule of a device
 * cards.c	CXL memory devices by their serial numbers
 */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "daxplug_policy.h"

/* A range of numbers; both the first and the last number are part of it. */
struct dp_span {
	uint64_t from;
	uint64_t to;
};

struct dp_spans {
	struct dp_span *span;
	size_t count;
};

struct dp_words {
	char **word;
	size_t count;
};

/* The keys that match devices. */
enum dp_word_key {
	KEY_DEVICE,	/* patterns, as for regions and UUIDs */
	KEY_REGION,
	KEY_UUID,
	KEY_ORIGIN,
	WORD_KEYS,
};

enum dp_span_key {
	KEY_SERIAL,	/* each span is a single number, as for nodes */
	KEY_NODE,
	KEY_RANGE,	/* first and last byte */
	KEY_SIZE,
	SPAN_KEYS,
};

struct daxplug_policy_file {
	struct daxplug_policy_file *next;
	char *path;
	const struct daxplug_policy_file *by;	/* the file that hides it */
	enum daxplug_file_status status;
	bool failed;		/* its first error has been reported */
};

/*
 * One section of a file. If a rule does not have a matcher key, it matches every value of
 * that key.
 */
struct daxplug_rule {
	struct daxplug_rule *next;
	struct daxplug_policy_file *file;
	char *name;
	struct dp_words words[WORD_KEYS];
	struct dp_spans spans[SPAN_KEYS];
	unsigned int line;
	enum daxplug_state state;
	enum daxplug_guard guard;
	unsigned int timeout_ms;	/* 0: no limit */
	enum daxplug_memmap memmap;
	unsigned int required_ms;	/* 0: not required */
	unsigned int movable_percent;	/* of memory that is not movable; 0: use @movable_bytes */
	uint64_t movable_bytes;
	bool retry;
	bool has_state;
	bool has_guard;
	bool has_timeout;
	bool has_memmap;
	bool has_required;
	bool has_retry;
	bool has_movable_max;
	bool is_default;	/* [default]: for keys that other rules omit */
	bool broken;		/* it has an error: callers must not use its requests */
	bool bad_match;		/* the error is in a key that matches devices */
};

/* A CXL memory device. */
struct dp_card {
	char *name;
	uint64_t serial;
};

struct daxplug_policy {
	struct daxplug_policy_file *files;	/* in the order in which they are read */
	struct daxplug_policy_file **last_file;
	struct daxplug_rule *rules;	/* in the order of files and lines */
	struct daxplug_rule **tail;
	daxplug_policy_error_fn fn;
	void *data;
	unsigned int errors;	/* number of files and directories with an error */
	int incomplete;		/* 0, or the errno for which a part of a file is missing */
	struct dp_card *card;
	size_t nr_cards;
};

/* policy.c */
void dp_policy_clear(struct daxplug_policy *policy);
void dp_policy_report_error(const struct daxplug_policy *policy,
			    const struct daxplug_policy_error *error);
void dp_policy_report_incomplete(struct daxplug_policy *policy, const char *file,
				 unsigned int line, int err);
void dp_policy_report_no_memory(struct daxplug_policy *policy, const char *file, unsigned int line);
bool dp_word_key(const char *word, enum dp_word_key *key);
bool dp_span_key(const char *word, enum dp_span_key *key);
bool dp_rule_has_matcher(const struct daxplug_rule *rule);

/* layers.c */
struct daxplug_policy_file *dp_policy_add_file(struct daxplug_policy *policy,
					       const char *path,
					       enum daxplug_file_status status);

/* config.c: both report the first error of a file */
void dp_config_parse(FILE *stream, struct daxplug_policy_file *file,
		     struct daxplug_policy *policy);
void dp_config_finish(struct daxplug_policy *policy);

/* values.c: those that parse a list return 0, -EINVAL for an error in the text, or -ENOMEM */
int dp_value_numbers(const char *text, struct dp_spans *list);
int dp_value_sizes(const char *text, struct dp_spans *list);
int dp_value_ranges(const char *text, struct dp_spans *list);
int dp_value_words(const char *text, struct dp_words *list);
/* Those that parse one value return false if there is an error in the text. */
bool dp_value_state(const char *text, enum daxplug_state *state);
bool dp_value_yes_no(const char *text, bool *yes);
bool dp_value_required(const char *text, unsigned int *ms);
bool dp_value_movable_max(const char *text, unsigned int *percent, uint64_t *bytes);
void dp_words_free(struct dp_words *list);

/* cards.c */
void dp_cards_free(struct daxplug_policy *policy);

#endif /* POLICY_INTERNAL_H */
