/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * A model of a device, for the tests of the engine. It implements struct engine_ops,
 * keeps the actual state of its blocks separately from the engine, and can be made to
 * fail at any step.
 *
 * The running test fails if the engine calls a step that the real kernel would not
 * allow, or that the documentation of struct engine_ops forbids.
 */
#ifndef DAXPLUG_TESTS_MODEL_H
#define DAXPLUG_TESTS_MODEL_H

#include "../../engine/transaction.h"

#define MODEL_RANGES 4
#define MODEL_BLOCKS 16
#define MODEL_TRACE 256
#define MODEL_FAULTS 4
#define NEVER (~0U)

/* The errnos of the model. No two faults have the same errno. */
#define ERR_FAULT(step) (-1000 - (int)(step))	/* injected, by step number */
#define ERR_CHECK(block) (-2000 - (int)(block))	/* STEP_CHECK: not the requested type */
#define ERR_STUBBORN(block) (-3000 - (int)(block))	/* never_offline or never_online */
#define ERR_RACE(block) (-4000 - (int)(block))	/* an outsider changed the block first */
#define ERR_LOST(range) (-5000 - (int)(range))	/* added, but some blocks were not found */

/*
 * The actual state of the device. Several elements of the arrays can be pieces of one range
 * (model_init()). All pieces of a range have one reservation. It is recorded at the first
 * piece. @reserved of the other pieces is false.
 */
struct truth {
	enum block_state block[MODEL_BLOCKS];
	bool reserved[MODEL_RANGES];
	bool present[MODEL_RANGES];
};

/**
 * struct call - one step that the engine called
 * @step: the step; releases are recorded, too, although they cannot fail
 * @block: the block, or the first block of the range
 * @type: the type, for STEP_ONLINE and STEP_CHECK
 * @err: the errno that the step returned, or 0
 * @undo: the step was called inside ops->undo
 * @before: the state of the block before the step
 */
struct call {
	enum engine_step step;
	unsigned int block;
	enum online_type type;
	int err;
	bool undo;
	enum block_state before;
};

/* Another controller, which changes the state of one block during a transaction. */
struct outsider {
	unsigned int after;	/* the number of the step after which it acts */
	unsigned int block;
	enum block_state to;
};

struct model {
	struct truth now;
	struct truth start;	/* when the running transaction began */
	unsigned int first[MODEL_RANGES];
	unsigned int count[MODEL_RANGES];
	bool continues[MODEL_RANGES];
	unsigned int nr_ranges;
	unsigned int nr_blocks;

	/* The planned faults. model_calm() removes them. */
	unsigned int fault[MODEL_FAULTS];	/* numbers of failing steps */
	unsigned int nr_faults;
	unsigned int never_offline;		/* a block, or NEVER */
	unsigned int never_online;		/* a block, or NEVER */
	unsigned int lost_add;			/* a range that loses blocks, or NEVER */
	unsigned int lost_block;		/* the first block that it loses */
	unsigned int interrupt_at;		/* number of the check_interrupted() call */
	struct outsider outsider;

	/* The pages of each block while it is online. has_fill: ops->measure is not NULL. */
	struct block_fill fill[MODEL_BLOCKS];
	bool has_fill;

	/* The running or last transaction. */
	bool unplug;
	enum online_type type;
	struct engine_result result;
	struct call call[MODEL_TRACE];
	unsigned int nr_calls;
	unsigned int nr_asks;		/* calls of check_interrupted() */
	bool asked;			/* no step since the last of these calls */
	bool failed;
	bool in_undo;
	unsigned int nr_undos;
	unsigned int nr_told;		/* calls of report_stuck() */
	struct block_fill measured[MODEL_BLOCKS];

	struct engine engine;
	struct engine_ops ops;
	struct engine_range ranges[MODEL_RANGES];
	unsigned char was[MODEL_BLOCKS];
	unsigned int room[MODEL_BLOCKS];
	struct block_fill fill_room[MODEL_BLOCKS];
};

/* If @cond is false, prints the transaction and fails the running test. */
#define must(m, cond)							\
	do {								\
		if (!(cond))						\
			model_broken(m, #cond, __FILE__, __LINE__);	\
	} while (0)

void model_broken(const struct model *m, const char *what, const char *file,
		  int line);

/*
 * Initializes an unplugged device with these ranges and no faults. If bit r of @pieces
 * is set, range r is a piece that continues the range before it.
 */
void model_init(struct model *m, unsigned int nr_ranges,
		const unsigned int count[], unsigned int pieces);

/* Removes all planned faults. */
void model_calm(struct model *m);

/* Puts every block of every range into this state. */
void model_all(struct model *m, enum block_state state);

/*
 * Makes one range absent. Its addresses stay reserved if @reserved is true, or if
 * another piece of the range is present.
 */
void model_absent(struct model *m, unsigned int range, bool reserved);

/* Run one transaction from the current state of the model. Return m->result. */
struct engine_result model_plug(struct model *m, enum online_type type);
struct engine_result model_unplug(struct model *m);

unsigned int model_range_of(const struct model *m, unsigned int block);

/* The first piece of a range. The reservation of the range is recorded there. */
unsigned int model_first_piece(const struct model *m, unsigned int range);

/* The place of a block with these pages in the order of an unplug. A smaller place is earlier. */
unsigned long model_place(const struct block_fill *fill, unsigned int block);

/* The number of steps of this kind that the last transaction called for this block. */
unsigned int model_calls(const struct model *m, enum engine_step step,
			 unsigned int block);

#endif
