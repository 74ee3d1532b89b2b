/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer of the running module, a program in the guest (doc/fuzz.md).
 *
 *	fuzz.c		the loop: corpus, choice, findings
 *	program.c	programs: text, mutation
 *	act.c		the processes that run a program
 *	load.c		memory in use, and pages that prevent an unplug
 *	oracle.c	the checks after a program, and the return to the base state
 *	cover.c		coverage: the points of the module's code that have run
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_PROCS 3
#define MAX_OPS 10		/* actions of one process */
#define MAX_DEVICES 2
#define MAX_BLOCKS 8		/* blocks of one device */
#define MAX_ARGS 3

/* The kinds of arguments. An argument is a number, the index of a string in program.c. */
enum arg {
	ARG_NONE,
	ARG_DEVICE,
	ARG_BLOCK,		/* number of a block in the device */
	ARG_PROCESS,
	ARG_STATE,
	ARG_HOTPLUG,
	ARG_FILE,
	ARG_GUARD,
	ARG_POLICY,
	ARG_MEMMAP,
	ARG_MS,
	ARG_POISON,
	ARG_SWITCH,
	ARG_BOOL,
	ARG_POLICIES,
	ARG_BLOCK_STATE,
	ARG_AUTO,
	ARG_SIGNAL,
	ARG_PAUSE,
	ARG_MIB,
	ARG_USE,
	ARG_KIND,
	ARG_DEPTH,
	ARG_TIMES,
	ARG_ACTION,
	ARG_ERRNO,
	ARG_REFUSE,
	ARG_PAGE,
};

enum kind {
	OP_STATE, OP_HOTPLUG, OP_READ, OP_GUARD, OP_POLICY, OP_MEMMAP, OP_STALL, OP_TIMEOUT,
	OP_POISON, OP_PARAM, OP_POLICIES, OP_INITIAL, OP_BLOCK, OP_AUTO, OP_BIND, OP_UNBIND,
	OP_REMOVE, OP_BACK, OP_RELOAD, OP_SIGNAL, OP_ALARM, OP_PAUSE, OP_USE, OP_HOG, OP_DROP,
	OP_FAIL, OP_VETO, OP_REFUSE, OP_CLAIM, OP_SPOIL, OP_DEMOTE, OP_THREAD,
	OP_KINDS
};

struct op {
	uint8_t kind;
	uint8_t arg[MAX_ARGS];
};

/* The processes of a program run in parallel. A process without actions is not started. */
struct program {
	uint8_t len[MAX_PROCS];
	struct op op[MAX_PROCS][MAX_OPS];
};

struct op_type {
	const char *name;
	enum arg arg[MAX_ARGS];
	unsigned int weight;
};

extern const struct op_type op_types[OP_KINDS];

/* The string for an argument. Some kinds end with an invalid string, which must be refused. */
const char *arg_word(enum arg arg, unsigned int value);
/* True if the argument is that invalid string. */
bool arg_is_bad(enum arg arg, unsigned int value);

/* Return: true if the text is one valid program and nothing else. */
bool program_parse(struct program *p, const char *text);
/* Writes the program as text, with " | " between processes and "; " between actions. */
void program_print(const struct program *p, char *text, size_t size);
bool program_is_empty(const struct program *p);
void program_remove(struct program *p, unsigned int proc, unsigned int op);
void program_make(struct program *p);
/* @other: a second program, from which parts may be copied */
void program_mutate(struct program *p, const struct program *other);

void random_seed(uint64_t seed);
uint64_t random_below(uint64_t below);

struct device {
	const char *name;	/* dax0.0 */
	char letter;		/* the device's name in programs: a or b */
	char *parent;		/* path of the parent device in sysfs */
	char *parent_driver;	/* path of the parent's driver */
	int node;
	bool may_go;		/* may be removed, as a bind of its parent creates it again */
	unsigned int nr_blocks;
	unsigned long block[MAX_BLOCKS];
};

extern struct device devices[MAX_DEVICES];
extern unsigned int nr_devices;
extern uint64_t block_size;

/* Memory that the processes of a program share with the fuzzer. */
struct shared {
	pid_t pid[MAX_PROCS];
	int16_t result[MAX_PROCS][MAX_OPS];	/* errno, or -1 before the end of an action */
	bool go;		/* set when all processes may begin */
	bool done[MAX_PROCS];
	bool reloaded;
	char finding[400];
};

extern struct shared *shared;

/* act.c: run one process of a program; does not return */
_Noreturn void act(const struct program *p, unsigned int proc, bool alone);
/* Return: 0 or the errno. */
int device_write(const struct device *d, const char *file, const char *word);
void device_read(const struct device *d, const char *file, char *word, size_t size);
int driver_write(const char *file, const char *word);
int parent_write(const struct device *d, const char *file);
bool is_bound(const struct device *d);
int fail_nothing(void);
/* Return: 0 or the errno. EEXIST: the module is loaded already. */
int load_module(void);
void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* load.c */
/* From now on, the process prefers node 0 for memory that is not meant for a device. */
void use_ordinary_memory(void);
int use_memory(const struct device *d, unsigned int use, unsigned int mib);
int hog_memory(unsigned int mib);
int drop_memory(void);

/* oracle.c. A string has one letter for each block: - absent, o offline, k kernel, m movable. */
void blocks_look(const struct device *d, char *letters);
bool is_true(const struct device *d, const char *letters, const char *word);
void find_devices(char **names, unsigned int count);
void oracle_begin(void);
/* Check that each bound device reports the actual state of its blocks. */
void oracle_check(void);
/* Unplug all devices and reset all settings. Return: false if the kernel's memory prevents it. */
bool oracle_return_to_base(void);
/* The next line of the kernel's log that reports a fault, for example an oops, or NULL. */
const char *oracle_report(void);
long now_ms(void);

/* cover.c */
void cover_begin(void);
/* Reads the points that earlier guests have reached (lines "SECTION OFFSET"). They are not new. */
void cover_load(const char *path);
void cover_clear(void);
/* Called in a process of a program. */
void cover_enable(unsigned int proc);
/*
 * Evaluates the coverage of a program, and prints "covered SECTION OFFSET" for each new point.
 * Return: the number of new points. *edges: the number of new edges, pairs of points that
 * follow each other.
 */
unsigned int cover_take(unsigned int *edges);
/* The points of the last program. A set of points is a bit map of COVER_BYTES bytes. */
#define COVER_BYTES (1 << 18)
void cover_copy_last(uint8_t *set);
bool cover_last_has(const uint8_t *set);
unsigned int cover_count(const uint8_t *set);
void cover_sections(void);
int section_address(const char *name, uint64_t *address);

#endif
