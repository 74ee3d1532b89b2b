/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of findings of daxplug doctor and daxplug health (findings.c). It knows neither the
 * checks (checks.h), which add findings, nor the commands.
 */
#ifndef DAXPLUG_FINDINGS_H
#define DAXPLUG_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum level {
	LEVEL_OK,
	LEVEL_NOTE,	/* worth knowing */
	LEVEL_WARNING,	/* it may cause a failure */
	LEVEL_PROBLEM,	/* it has caused a failure */
};

/*
 * What a finding is about. findings.c has the names that --id takes. struct options has one
 * bit for each, so there can be at most 64.
 */
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
	FOUND_BOOT_PARAMETER,
	FOUND_CXL_REGION,
	FOUND_FIRMWARE_RAM,
	FOUND_ZONE_MOVABLE,
	FOUND_HUGETLB,
	FOUND_MEMORY_TIER,
	FOUND_CRASH_KERNEL,
	FOUND_MEMMAP,
	FOUND_POLICY,
	FOUND_POLICY_RULE,
	FOUND_UNIT,
	FOUND_POLICY_STATE,
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
	bool failed;		/* findings or advice are missing; @cards_err says why */
	bool incomplete;	/* a check was not completed, and this was reported */
	int cards_err;		/* the error of reading the CXL cards, or 0 if memory ran out */
	bool no_last;		/* the last finding, or its advice, is missing */
};

struct options;

__attribute__((format(printf, 5, 6)))
void add_finding(struct findings *f, enum finding_id id, enum level level,
		 const char *about, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void add_advice(struct findings *f, const char *format, ...);
const char *finding_id_name(size_t i);
bool parse_finding_ids(const char *list, uint64_t *ids);
int print_findings(const struct findings *f, const struct options *o);
const char *describe_failure(const struct findings *f, char *buf, size_t len);
void drop_findings(struct findings *f, size_t count);
void free_findings(struct findings *f);

#endif /* DAXPLUG_FINDINGS_H */
