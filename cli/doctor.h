/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daxplug doctor: findings, and what makes them.
 *
 * doctor.c	kernel, driver and devices
 * findings.c	keeps and prints the findings
 * module.c	which file of kmem is installed
 * meddlers.c	who else switches memory blocks
 * holders.c	who holds the memory of a device
 * system.c	reads files and processes of the system
 */
#ifndef DAXPLUG_DOCTOR_H
#define DAXPLUG_DOCTOR_H

#include <daxplug.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum level {
	LEVEL_OK,
	LEVEL_NOTE,	/* worth knowing */
	LEVEL_WARN,	/* it may spoil something */
	LEVEL_BAD,	/* it does */
};

/* What a finding is about; its word, for --id, is in findings.c. At most 64. */
enum finding_id {
	FOUND_NOT_ROOT,
	FOUND_KERNEL_RELEASE,
	FOUND_KMEM_DRIVER,
	FOUND_KMEM_VERSION,
	FOUND_KMEM_PARAMETER,
	FOUND_MODULE_FILE,
	FOUND_AUTO_ONLINE,
	FOUND_UDEV_RULE,
	FOUND_DAXCTL_CONFIG,
	FOUND_AGENT,
	FOUND_NO_DEVICES,
	FOUND_DEVICE_STATE,
	FOUND_INCONSISTENT,
	FOUND_ORPHANED,
	FOUND_OTHER_DRIVER,
	FOUND_OVERLAP,
	FOUND_UNREADABLE,
	FOUND_PLUG,
	FOUND_UNPLUG,
	FOUND_SPACE,
	FOUND_KERNEL_BLOCKS,
	FOUND_BLOCKER,
	FOUND_POISON,
	FOUND_USER,
	FOUND_PINNED,
	FINDING_IDS,
};

struct finding {
	enum finding_id id;
	enum level level;
	char *about;
	char *text;
	char *next;
};

struct findings {
	struct finding *list;
	size_t count;
	bool failed;		/* memory was short: the list is not whole */
};

struct options;

/* findings.c */
__attribute__((format(printf, 5, 6)))
void find(struct findings *f, enum finding_id id, enum level level,
	  const char *about, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void advise(struct findings *f, const char *format, ...);
const char *finding_word(size_t i);
bool parse_finding_ids(const char *list, uint64_t *ids);
int print_findings(const struct findings *f, const struct options *o);
void free_findings(struct findings *f);

/* system.c */
const char *system_path(char *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool read_line_of(const char *path, char *buf, size_t len);
bool read_kilobytes(const char *path, const char *key, uint64_t *kb);
const char *next_process(DIR *dir);

/* module.c */
void find_module_file(struct findings *f, const char *release);

/* meddlers.c */
void find_meddlers(struct findings *f);

/* holders.c */
bool find_holders(struct findings *f, const struct daxplug_device *dev);
void find_pinning(struct findings *f);

#endif /* DAXPLUG_DOCTOR_H */
