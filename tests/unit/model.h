/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * A device that exists only here: it does what struct engine_ops says, keeps
 * the truth about its blocks on its own, and can be told to fail anywhere.
 *
 * A step that the real kernel would not stand for fails the running test, as
 * does anything that the contract of an op forbids.
 */
#ifndef DAXPLUG_TESTS_MODEL_H
#define DAXPLUG_TESTS_MODEL_H

#include "../../engine/transaction.h"

#define MODEL_RANGES 4
#define MODEL_BLOCKS 16
#define MODEL_TRACE 256
#define MODEL_FAULTS 4
#define NEVER (~0U)

/* The errnos of the model: no two faults have the same. */
#define ERR_FAULT(step) (-1000 - (int)(step))	/* injected, by step number */
#define ERR_CHECK(block) (-2000 - (int)(block))	/* check: not as asked */
#define ERR_STUBBORN(block) (-3000 - (int)(block))
#define ERR_RACE(block) (-4000 - (int)(block))	/* an outsider was faster */
#define ERR_LOST(range) (-5000 - (int)(range))	/* added, and not all was found */

/*
 * What is really so. Pieces of a range have one reservation, noted at the first of
 * them; @reserved of the others is false.
 */
struct truth {
	enum block_state block[MODEL_BLOCKS];
	bool reserved[MODEL_RANGES];
	bool present[MODEL_RANGES];
};

/**
 * struct call - one step that was asked of the model
 * @step: which; releases are here too, though they cannot fail
 * @block: the block, or the first block of the range
 * @type: of STEP_ONLINE and STEP_CHECK
 * @err: what it returned
 * @undo: it was asked for inside ops->undo
 * @before: what the block was before it
 */
struct call {
	enum engine_step step;
	unsigned int block;
	enum online_type type;
	int err;
	bool undo;
	enum block_state before;
};

/* A hand that switches a block behind the engine's back. */
struct outsider {
	unsigned int after;	/* the number of the step it comes after */
	unsigned int block;
	enum block_state to;
};

struct model {
	struct truth now;
	struct truth start;	/* as the running transaction found it */
	unsigned int first[MODEL_RANGES];
	unsigned int count[MODEL_RANGES];
	bool continues[MODEL_RANGES];
	unsigned int nr_ranges;
	unsigned int nr_blocks;

	/* The plan of what goes wrong; model_calm() takes it all back. */
	unsigned int fault[MODEL_FAULTS];	/* numbers of failing steps */
	unsigned int nr_faults;
	unsigned int never_offline;		/* a block, or NEVER */
	unsigned int never_online;
	unsigned int lost_add;			/* a range, or NEVER */
	unsigned int lost_block;		/* the first block not found then */
	unsigned int interrupt_at;		/* number of the ask */
	struct outsider outsider;

	/* How full a block is while it is online; has_fill: ops->measure is there. */
	struct block_fill fill[MODEL_BLOCKS];
	bool has_fill;

	/* The running or last transaction. */
	bool unplug;
	enum online_type type;
	struct engine_result result;
	struct call call[MODEL_TRACE];
	unsigned int nr_calls;
	unsigned int nr_asks;
	bool asked;			/* and not yet followed by a step */
	bool failed;
	bool in_undo;
	unsigned int nr_undos;
	unsigned int nr_told;
	struct block_fill measured[MODEL_BLOCKS];

	struct engine engine;
	struct engine_ops ops;
	struct engine_range ranges[MODEL_RANGES];
	unsigned char was[MODEL_BLOCKS];
	unsigned int room[MODEL_BLOCKS];
	struct block_fill fill_room[MODEL_BLOCKS];
};

/* Fails the running test and shows the transaction it failed in. */
#define must(m, cond)							\
	do {								\
		if (!(cond))						\
			model_broken(m, #cond, __FILE__, __LINE__);	\
	} while (0)

void model_broken(const struct model *m, const char *what, const char *file,
		  int line);

/*
 * A device of these ranges, unplugged, that does as it is told. Bit r of @pieces: range
 * r is a piece that continues the range before it.
 */
void model_init(struct model *m, unsigned int nr_ranges,
		const unsigned int count[], unsigned int pieces);

/* No faults from here on. */
void model_calm(struct model *m);

/* Every block of every range in this state. */
void model_all(struct model *m, enum block_state state);

/*
 * One range as if it were not there. Its addresses may still be claimed, and are if
 * another piece of it is there.
 */
void model_absent(struct model *m, unsigned int range, bool reserved);

/* One transaction from where the model is; the result is in the model too. */
struct engine_result model_plug(struct model *m, enum online_type type);
struct engine_result model_unplug(struct model *m);

unsigned int model_range_of(const struct model *m, unsigned int block);

/* The first piece of a range, which its reservation is noted at. */
unsigned int model_first_piece(const struct model *m, unsigned int range);

/* Where in an unplug a block of this fill has its turn: the smaller, the earlier. */
unsigned long model_place(const struct block_fill *fill, unsigned int block);

/* How many steps of this kind the last transaction took with this block. */
unsigned int model_calls(const struct model *m, enum engine_step step,
			 unsigned int block);

#endif
