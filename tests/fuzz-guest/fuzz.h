/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer of the running module, a program in the guest (doc/fuzz.md).
 *
 *	fuzz.c		the loop: corpus, choice, findings
 *	program.c	programs: text, mutation
 *	act.c		the processes that carry a program out
 *	load.c		memory in use, and what else stands in the way
 *	oracle.c	what must hold after a program, and the way back to the base
 *	cover.c		which of the module's code has run
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_PROCS 3
#define MAX_OPS 10		/* of one process */
#define MAX_DEVICES 2
#define MAX_BLOCKS 8		/* of one device */
#define MAX_ARGS 3

/* What an action takes; each argument is a number that program.c makes text of. */
enum arg {
	ARG_NONE,
	ARG_DEVICE,
	ARG_BLOCK,		/* the nth of the device */
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

/* Processes run side by side; one without actions is not there. */
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

/* What is written for an argument; the last word of some is one that nothing takes. */
const char *arg_word(enum arg arg, unsigned int value);
/* Is it that last word, which must be refused? */
bool arg_is_bad(enum arg arg, unsigned int value);

/* Return: false if the text, up to its end, is no program. */
bool program_parse(struct program *p, const char *text);
/* Processes are apart by " | ", actions by "; ". */
void program_print(const struct program *p, char *text, size_t size);
bool program_is_empty(const struct program *p);
void program_remove(struct program *p, unsigned int proc, unsigned int op);
void program_make(struct program *p);
/* @other: a second one, of which parts may be taken */
void program_mutate(struct program *p, const struct program *other);

void random_seed(uint64_t seed);
uint64_t random_below(uint64_t below);

struct device {
	const char *name;	/* dax0.0 */
	char letter;		/* a: as programs call it */
	char *parent;		/* what it hangs below, and the driver of that */
	char *parent_driver;
	int node;
	bool may_go;		/* comes back as it was when its parent is bound again */
	unsigned int nr_blocks;
	unsigned long block[MAX_BLOCKS];
};

extern struct device devices[MAX_DEVICES];
extern unsigned int nr_devices;
extern uint64_t block_size;

/* What the processes of one program share with the fuzzer. */
struct shared {
	pid_t pid[MAX_PROCS];
	int16_t result[MAX_PROCS][MAX_OPS];	/* errno, or -1 before the end of an action */
	bool go;		/* all begin at once */
	bool done[MAX_PROCS];
	bool reloaded;
	char finding[400];
};

extern struct shared *shared;

/* act.c: one process of a program; does not return */
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
/* For what is not meant for a device. */
void use_ordinary_memory(void);
int use_memory(const struct device *d, unsigned int use, unsigned int mib);
int hog_memory(unsigned int mib);
int drop_memory(void);

/* oracle.c. Blocks as a string, one letter each: - absent, o offline, k, m */
void blocks_look(const struct device *d, char *letters);
bool is_true(const struct device *d, const char *letters, const char *word);
void find_devices(char **names, unsigned int count);
void oracle_begin(void);
/* Each device that is bound says the truth. */
void oracle_check(void);
/* As at the beginning, all unplugged. Return: false if memory of the kernel is in the way. */
bool oracle_return_to_base(void);
/* The first line of the kernel's log that is a report, or NULL. */
const char *oracle_report(void);
long now_ms(void);

/* cover.c */
void cover_begin(void);
/* Points that guests before this one have reached, as lines "SECTION OFFSET": they are not new. */
void cover_load(const char *path);
void cover_clear(void);
/* In a process of a program. */
void cover_enable(unsigned int proc);
/*
 * What a program has run; a point that is new is a line "covered SECTION OFFSET". Return:
 * points that are new; *edges: new pairs of them.
 */
unsigned int cover_take(unsigned int *edges);
/* The points of the last program, as a set that a bit map of COVER_BYTES is. */
#define COVER_BYTES (1 << 18)
void cover_copy_last(uint8_t *set);
bool cover_last_has(const uint8_t *set);
unsigned int cover_count(const uint8_t *set);
void cover_sections(void);
int section_address(const char *name, uint64_t *address);

#endif
