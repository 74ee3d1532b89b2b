/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the state of the system, and runs its programs. These functions add no findings.
 *
 * system.c	files, processes, the clock
 * nodes.c	NUMA nodes and their memory tiers
 * cmdline.c	the kernel's command line
 * program.c	runs a program and reads its output
 */
#ifndef DAXPLUG_SYSTEM_H
#define DAXPLUG_SYSTEM_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* system.c */
const char *format_system_path(char *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void note_shortage(int err);
int take_shortage(void);
FILE *open_to_read(const char *path);
DIR *list_directory(const char *path);
bool read_first_line(const char *path, char *buf, size_t len);
bool read_kilobytes(const char *path, const char *key, uint64_t *kb);
int read_next_entry(DIR *dir, const struct dirent **e);
const char *read_next_process(DIR *dir);
uint64_t get_monotonic_ms(void);
const char *get_run_directory(void);

/* nodes.c */
#define NODES_MAX 1024		/* the largest MAX_NUMNODES of a kernel */
struct node_list {
	char text[4096];	/* "0,2-3" */
};

bool is_node_in_list(const char *list, unsigned int node);
void read_nodes(const char *file, struct node_list *nodes);
bool read_tier(int node, uint64_t *tier, struct node_list *nodes);

/* cmdline.c */
bool read_boot_parameter(const char *name, const char *word, char *value, size_t len);

/* program.c: results of run_program() beside the program's exit status */
#define PROGRAM_MISSING 127
#define PROGRAM_SLOW 126
int run_program(char *const arguments[], char *buf, size_t len);

#endif /* DAXPLUG_SYSTEM_H */
