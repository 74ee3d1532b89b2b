/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* Transactions to be tried on the model, and what must hold after each. */
#ifndef DAXPLUG_UNIT_TRIAL_H
#define DAXPLUG_UNIT_TRIAL_H

#include "model.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* One transaction to be tried: where it starts and what is asked. */
struct trial {
	struct model *m;
	struct truth start;
	bool unplug;
	enum online_type type;
};

/* Every goal of a plug, and what a block that is there can be. */
#define NR_TYPES 4
extern const enum online_type all_types[NR_TYPES];
extern const enum block_state all_states[3];

/* How many were run, and how they ended. */
extern unsigned long cases, undone, inconsistent;

/* Runs it and checks what holds after each transaction. */
void run(const struct trial *t);

/* The steps of a transaction in which nothing fails; returns how many. */
unsigned int expect_plug(const struct trial *t, struct call *list);
unsigned int expect_unplug(const struct trial *t, struct call *list);

/*
 * What each ask for an interruption comes before, as the step and the block that an
 * interrupted transaction names. @steps: the @nr_steps expected ones.
 */
unsigned int expect_asks(const struct trial *t, const struct call *steps,
			 unsigned int nr_steps, struct call *list);

bool same_step(const struct call *a, const struct call *b);

/* The goal is reached. */
void check_goal(const struct model *m);

/* Once nothing fails any more, whatever was left behind can be worked with. */
void check_recovers(struct model *m);

/* The undo went backwards, and ended where its own failures let it end. */
void check_undo(const struct model *m);

/*
 * How full the blocks are: nobody knows; the later the emptier; and some empty, some
 * with pages that are fixed, held or poisoned, some neither. @turn: which block has
 * which of these.
 */
void fill_unknown(struct model *m);
void fill_falling(struct model *m);
void fill_mixed(struct model *m, unsigned int turn);

/*
 * The starts. A device has its patterns, a small one every start there is:
 * start_number() is false when there is none of this number.
 */
#define PATTERNS 10
struct truth start_all(struct model *m, enum block_state state);
struct truth start_pattern(struct model *m, unsigned int pattern);
bool start_number(struct model *m, unsigned int number,
			 struct truth *start);

/*
 * Everything that can be tried with one start and one goal: nothing fails; each step
 * fails, and then up to @depth steps of the undo; and an interruption at each ask.
 */
void try_all(const struct trial *t, unsigned int depth);

/*
 * Calls @fn for each device of 1 to 4 ranges of 1 to 4 blocks: as it is, and with its
 * ranges as pieces of each other. A small device is tried with every way to put pieces
 * together, a large one with one of these ways.
 */
void each_device(void (*fn)(struct model *m));

#endif
