/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rooms of libdaxplug offer each other.
 *
 * sysfs.c	one attribute, read or written; names and numbers parsed
 * device.c	the handle of one device: its snapshot
 * state.c	state, plug, unplug: the live calls
 * context.c	the context and its list of devices
 */
#ifndef DAXPLUG_INTERNAL_H
#define DAXPLUG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daxplug.h"

/* Long enough for every number, and every word that state knows. */
#define ATTR_MAX 64

struct daxplug_device {
	unsigned int refs;
	struct daxplug_device *next;
	char *name;
	char *path;
	char *driver;
	uint64_t size;
	uint64_t align;
	int target_node;
	unsigned int nr_ranges;
	unsigned int *mapping_ids;
};

/* sysfs.c */
int dp_path(char *buf, size_t len, const char *dir, const char *name);
bool dp_exists(const char *dir, const char *name);
int dp_read(const char *dir, const char *attr, char *buf, size_t len);
int dp_read_u64(const char *dir, const char *attr, uint64_t *value);
int dp_read_node(const char *dir, const char *attr, int *value);
int dp_read_link(const char *dir, const char *name, char **base);
int dp_write(const char *dir, const char *attr, const char *word);
bool dp_parse_id(const char **s, unsigned int *id);
bool dp_parse_device(const char *name, unsigned int *region,
		     unsigned int *instance);
bool dp_parse_mapping(const char *name, unsigned int *id);

/* device.c */
int dp_device_load(const char *devices, const char *name,
		   struct daxplug_device **out);

#endif /* DAXPLUG_INTERNAL_H */
