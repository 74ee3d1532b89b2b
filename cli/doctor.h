/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daxplug doctor: findings, and the rooms that make them.
 *
 * doctor.c	kernel, driver and devices; prints all findings
 * meddlers.c	who else switches memory blocks
 * holders.c	who holds the memory of a device
 */
#ifndef DAXPLUG_DOCTOR_H
#define DAXPLUG_DOCTOR_H

#include <daxplug.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>

enum level {
	LEVEL_OK,
	LEVEL_NOTE,	/* worth knowing */
	LEVEL_WARN,	/* it may spoil something */
	LEVEL_BAD,	/* it does */
};

struct findings;

/* doctor.c */
__attribute__((format(printf, 4, 5)))
void find(struct findings *f, enum level level, const char *about,
	  const char *format, ...);
__attribute__((format(printf, 2, 3)))
void advise(struct findings *f, const char *format, ...);
const char *system_path(char *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool read_line_of(const char *path, char *buf, size_t len);
const char *next_process(DIR *dir);

/* meddlers.c */
void find_meddlers(struct findings *f);

/* holders.c */
bool find_holders(struct findings *f, const struct daxplug_device *dev);
void find_pinning(struct findings *f);

#endif /* DAXPLUG_DOCTOR_H */
