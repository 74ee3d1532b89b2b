/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy: rules from files, and which of them is for a device.
 *
 * layers.c	which files there are: layers, masks, who may write them
 * config.c	parses one file
 * values.c	parses the value of a key
 * match.c	finds the rule of a device
 * cards.c	CXL memory devices by their serial numbers
 * report.c	what of the policy has no effect
 */
#ifndef DAXPLUG_POLICY_H
#define DAXPLUG_POLICY_H

#include <daxplug.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* From the first number to the last, both included. */
struct span {
	uint64_t from;
	uint64_t to;
};

struct spans {
	struct span *span;
	size_t count;
};

struct words {
	char **word;
	size_t count;
};

enum file_status {
	FILE_READ,
	FILE_MASKED,		/* empty, or a link to /dev/null */
	FILE_HIDDEN,		/* a layer above has one of that name */
	FILE_REFUSED,		/* others may write it, or it cannot be read */
};

struct policy_file {
	struct policy_file *next;
	char *path;
	const struct policy_file *by;	/* what hides it */
	enum file_status status;
	bool failed;		/* its first error has been printed */
};

/* One section of a file. A matcher that is not there matches everything. */
struct rule {
	struct rule *next;
	struct policy_file *source;
	const char *file;	/* its path */
	char *name;
	struct words device;	/* patterns */
	struct words region;
	struct words uuid;
	struct words origin;
	struct spans range;	/* first and last byte */
	struct spans size;
	struct spans serial;	/* each is one number */
	struct spans node;
	unsigned int line;
	enum daxplug_state state;
	enum daxplug_guard guard;
	unsigned int timeout_ms;	/* 0: none */
	bool has_state;
	bool has_guard;
	bool has_timeout;
	bool is_default;	/* [default]: for what other rules leave out */
	bool broken;		/* a key of it has an error: wants nothing */
	bool bad_match;		/* and it is one of those that match */
	unsigned int matched;	/* how many devices, by policy_assign() */
	unsigned int owned;	/* and for how many it is the first to do so */
};

/* A CXL memory device. */
struct card {
	char *name;
	uint64_t serial;
};

struct cards {
	struct card *card;
	size_t count;
};

struct policy {
	struct policy_file *files;	/* in the order in which they are read */
	struct policy_file **last_file;
	struct rule *rules;	/* in the order of files and lines */
	struct rule **tail;
	unsigned int errors;	/* files and directories with an error */
	struct cards cards;	/* after policy_assign() */
};

/* layers.c: prints what is refused */
int policy_read(const char *dir, struct policy *policy);
struct policy_file *policy_add_file(struct policy *policy, const char *path,
				    enum file_status status);
const char *policy_path(const char *path, char *buf, size_t len);
bool policy_is_protected(int fd, const char *path);
void policy_free(struct policy *policy);

/* config.c: both print the first error of a file, as FILE:LINE: ... */
void config_parse(FILE *stream, struct policy_file *file,
		  struct policy *policy);
void config_finish(struct policy *policy);

/* values.c: false is an error */
bool value_number(const char *text, uint64_t *value);
bool value_numbers(const char *text, struct spans *list);
bool value_sizes(const char *text, struct spans *list);
bool value_ranges(const char *text, struct spans *list);
bool value_words(const char *text, struct words *list);
bool value_long_time(const char *text, uint64_t *ms);
bool value_time(const char *text, unsigned int *ms);
bool value_zone(const char *text, enum daxplug_zone *zone);
bool value_state(const char *text, enum daxplug_state *state);
bool value_guard(const char *text, enum daxplug_guard *guard);
const char *zone_word(size_t i);
void words_free(struct words *list);

/* match.c */
const struct rule *rule_for(const struct policy *policy,
			    const struct daxplug_device *dev);
void policy_assign(struct policy *policy, struct daxplug_ctx *ctx);
bool names_a_device(const char *pattern);

/* cards.c */
void cards_read(struct daxplug_ctx *ctx, struct cards *cards);
void cards_free(struct cards *cards);
bool has_serial(const struct daxplug_device *dev, uint64_t serial);
bool serial_is_usable(const struct cards *cards, uint64_t serial, char *why,
		      size_t len);

#endif /* DAXPLUG_POLICY_H */
