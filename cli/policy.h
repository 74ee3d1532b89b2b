/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy: rules from files, and which of them is for a device.
 *
 * config.c	reads the files; offers config_read(), config_parse(), config_free()
 * values.c	a value of a key: offers the value_...() functions
 * match.c	offers rule_for() and has_serial()
 */
#ifndef DAXPLUG_POLICY_H
#define DAXPLUG_POLICY_H

#include <daxplug.h>
#include <stdbool.h>
#include <stdio.h>

#define LIST_MAX 32

struct numbers {
	unsigned int count;
	uint64_t value[LIST_MAX];
};

/* One section of a file. A matcher that is not there matches everything. */
struct rule {
	struct rule *next;
	char *file;
	char *name;
	char *device;		/* lists of words, as they stand */
	char *region;
	char *uuid;
	char *origin;
	uint64_t range[2];	/* first and last byte */
	uint64_t size[2];	/* from, to */
	struct numbers serial;
	struct numbers node;
	unsigned int line;
	enum daxplug_state state;
	enum daxplug_guard guard;
	unsigned int timeout_ms;	/* 0: none */
	bool has_range;
	bool has_size;
	bool has_state;
	bool has_guard;
	bool has_timeout;
	bool broken;		/* a key of it has an error: wants nothing */
	bool bad_match;		/* and it is one of those that match */
};

struct policy {
	struct rule *rules;	/* in the order of files and lines */
	struct rule **tail;
	unsigned int errors;	/* files with an error */
};

/* config.c: both print the first error of a file, as FILE:LINE: ... */
int config_read(const char *dir, struct policy *policy);
void config_parse(FILE *stream, const char *file, struct policy *policy);
void config_free(struct policy *policy);

/* values.c: false is an error */
bool value_number(const char *text, uint64_t *value);
bool value_numbers(const char *text, struct numbers *list);
bool value_size(const char *text, uint64_t size[2]);
bool value_range(const char *text, uint64_t range[2]);
bool value_time(const char *text, unsigned int *ms);
bool value_zone(const char *text, enum daxplug_zone *zone);
bool value_state(const char *text, enum daxplug_state *state);
bool value_guard(const char *text, enum daxplug_guard *guard);
const char *zone_word(size_t i);

/* match.c */
bool has_serial(const struct daxplug_device *dev, const struct numbers *list);
const struct rule *rule_for(const struct policy *policy,
			    const struct daxplug_device *dev);

#endif /* DAXPLUG_POLICY_H */
