/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* Transactions that are run on the model, and the checks after each. */
#ifndef DAXPLUG_UNIT_TRIAL_H
#define DAXPLUG_UNIT_TRIAL_H

#include "model.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* One transaction: the state in which it starts, and the request. */
struct trial {
	struct model *m;
	struct truth start;
	bool unplug;
	enum online_type type;
};

/* The types that a plug can request, and the states of a block that exists. */
#define NR_TYPES 4
extern const enum online_type all_types[NR_TYPES];
extern const enum block_state all_states[3];

/* The number of transactions, and of those that ended undone or inconsistent. */
extern unsigned long cases, undone, inconsistent;

/* Runs the transaction, and checks what must hold after every transaction. */
void run(const struct trial *t);

/* List the expected steps of a transaction in which nothing fails. Return their number. */
unsigned int expect_plug(const struct trial *t, struct call *list);
unsigned int expect_unplug(const struct trial *t, struct call *list);

/*
 * Lists the expected calls of check_interrupted(). An entry has the step and the block that
 * the result names if the transaction is interrupted at that call. @steps are the @nr_steps
 * expected steps. Returns the number of calls.
 */
unsigned int expect_asks(const struct trial *t, const struct call *steps,
			 unsigned int nr_steps, struct call *list);

bool same_step(const struct call *a, const struct call *b);

/* Checks that the transaction has succeeded, and that every block is in the requested state. */
void check_goal(const struct model *m);

/* Checks that, without faults, an unplug and a plug succeed after the transaction. */
void check_recovers(struct model *m);

/*
 * Checks that the undo ran in reverse order. The state must then be the state before the
 * transaction, except where a step of the undo failed.
 */
void check_undo(const struct model *m);

/*
 * The pages of the blocks. fill_unknown(): not measured. fill_falling(): blocks with higher
 * numbers have fewer used pages. fill_mixed(): some blocks have no used pages, some have
 * unmovable, referenced or poisoned pages, and some have other used pages. Block 0 has the kind
 * @turn, block 1 the next kind, and so on.
 */
void fill_unknown(struct model *m);
void fill_falling(struct model *m);
void fill_mixed(struct model *m, unsigned int turn);

/*
 * The states in which transactions start. Each function puts the model into such a state.
 * Every device is tried with PATTERNS patterns. A small device is also tried with every
 * possible state: start_number() returns false if there is no state with this number.
 */
#define PATTERNS 10
struct truth start_all(struct model *m, enum block_state state);
struct truth start_pattern(struct model *m, unsigned int pattern);
bool start_number(struct model *m, unsigned int number,
			 struct truth *start);

/*
 * Tries everything with one start and one request. First nothing fails. Then each step
 * fails, and with it up to @depth steps of the undo. Then the transaction is interrupted at
 * each call of check_interrupted().
 */
void try_all(const struct trial *t, unsigned int depth);

/*
 * Calls @fn for each device of 1 to 4 ranges of 1 to 4 blocks. @fn gets the device with
 * separate ranges, and with ranges that are pieces of the range before them. For a small
 * device, @fn gets every combination of separate ranges and pieces. For a large device, it
 * gets one combination with pieces.
 */
void each_device(void (*fn)(struct model *m));

#endif
