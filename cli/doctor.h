/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daxplug doctor, daxplug health: findings, and what makes them.
 *
 * doctor.c	kernel, driver and devices
 * health.c	daxplug health: a line made of some of them
 * findings.c	keeps and prints the findings
 * module.c	which file of kmem is installed
 * meddlers.c	who else switches memory blocks
 * bootline.c	what the kernel's command line says
 * cxl.c	CXL memory that is no DAX device
 * memory.c	the machine's memory: zones, tiers
 * crash.c	a crash kernel, and whether it knows the memory
 * units.c	the policy, and the units that apply it
 * holders.c	who holds the memory of a device
 * system.c	reads files and processes of the system
 * nodes.c	NUMA nodes and their memory tiers
 * program.c	runs a program of the system
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
	LEVEL_WARNING,	/* it may spoil something */
	LEVEL_PROBLEM,	/* it does */
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
	bool failed;		/* memory was short: the list is not whole */
};

struct options;

/* findings.c */
__attribute__((format(printf, 5, 6)))
void add_finding(struct findings *f, enum finding_id id, enum level level,
		 const char *about, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void add_advice(struct findings *f, const char *format, ...);
const char *finding_id_name(size_t i);
bool parse_finding_ids(const char *list, uint64_t *ids);
int print_findings(const struct findings *f, const struct options *o);
void drop_findings(struct findings *f, size_t count);
void free_findings(struct findings *f);

/* system.c */
const char *format_system_path(char *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool read_first_line(const char *path, char *buf, size_t len);
bool read_kilobytes(const char *path, const char *key, uint64_t *kb);
const char *read_next_process(DIR *dir);

/* nodes.c */
#define NODES_MAX 1024		/* MAX_NUMNODES of the largest kernels */
struct node_list {
	char text[4096];	/* "0,2-3" */
};

bool is_node_in_list(const char *list, unsigned int node);
void read_nodes(const char *file, struct node_list *nodes);
bool read_tier(int node, uint64_t *tier, struct node_list *nodes);

/* program.c */
#define PROGRAM_MISSING 127
#define PROGRAM_SLOW 126
int run_program(char *const arguments[], char *buf, size_t len);

/* bootline.c */
bool read_boot_parameter(const char *name, const char *word, char *value, size_t len);
void check_boot_parameters(struct findings *f);

/* doctor.c */
bool check_overlap(struct findings *f, const struct daxplug_device *dev);
bool check_state(struct findings *f, const struct daxplug_device *dev);

/* cxl.c */
void check_cxl(struct findings *f, struct daxplug_ctx *ctx, const char *release);

/* memory.c */
void check_zones(struct findings *f);
void check_memmap(struct findings *f, const struct daxplug_device *dev);
void check_tier(struct findings *f, const struct daxplug_device *dev);

/* crash.c */
void check_crash_kernel(struct findings *f, struct daxplug_ctx *ctx);

/* units.c */
struct selection;
bool is_unit_failure(const struct finding *f);
void check_unit_properties(struct findings *f, char *text, bool rules);
void check_policy_and_units(struct findings *f, struct daxplug_ctx *ctx,
			    const struct selection *s);

/* module.c */
void check_module_file(struct findings *f, const char *release);

/* meddlers.c */
void check_controllers(struct findings *f);

/* holders.c */
bool check_usage(struct findings *f, const struct daxplug_device *dev);
void check_poison(struct findings *f, const struct daxplug_device *dev, int seen);
void check_pinned_memory(struct findings *f);

#endif /* DAXPLUG_DOCTOR_H */
