/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Plug and unplug of a whole device as transactions over a table of steps.
 *
 * The engine decides what is done in which order and how it is undone; the
 * steps themselves are the caller's. It reaches its goal, or it brings every
 * block back to what it was and says which step failed, or, if a step of
 * that undo fails as well, it says so and names the block. Pure C: no
 * allocation, no locks. The caller lets one transaction at a time run on a
 * device and may be asleep in any step.
 */
#ifndef DAXPLUG_ENGINE_TRANSACTION_H
#define DAXPLUG_ENGINE_TRANSACTION_H

#include "order.h"
#include "plain.h"
#include "state.h"

/**
 * enum engine_step - the steps of a transaction
 * @STEP_NONE: no step
 * @STEP_RESERVE: claim a range of addresses
 * @STEP_ADD: create a range's blocks, offline
 * @STEP_ONLINE: switch one block on
 * @STEP_CHECK: compare one block with what was asked for
 * @STEP_ROOM: find out what is in use, and whether it fits elsewhere
 * @STEP_ASK: find out whether one block would go offline
 * @STEP_OFFLINE: switch one block off
 * @STEP_REMOVE: take a range's blocks away
 * @STEP_RELEASE: give a claimed range back
 */
enum engine_step {
	STEP_NONE,
	STEP_RESERVE,
	STEP_ADD,
	STEP_ONLINE,
	STEP_CHECK,
	STEP_ROOM,
	STEP_ASK,
	STEP_OFFLINE,
	STEP_REMOVE,
	STEP_RELEASE
};

/**
 * struct engine_range - one range of a device, or one piece of it
 *
 * A range is added and removed in one step. To keep these steps short, the caller
 * may cut a range into pieces that follow each other; they are reserved as one.
 *
 * @start: first byte, a multiple of the block size
 * @size: in bytes, a multiple of the block size
 * @first: number of its first block; blocks count up over all the ranges
 * @count: how many blocks it has
 * @continues: it is a further piece of the range before it, and is reserved and
 *	released with that
 * @reserved: its addresses are claimed; kept by the engine, for the first piece
 * @present: its blocks exist; kept by the engine
 * @was_reserved: @reserved when the transaction began; the engine's own
 * @was_present: @present when the transaction began; the engine's own
 * @stuck: a block of it would not go offline in an undo; the engine's own
 */
struct engine_range {
	unsigned long long start;
	unsigned long long size;
	unsigned int first;
	unsigned int count;
	_Bool continues;
	_Bool reserved;
	_Bool present;
	_Bool was_reserved;
	_Bool was_present;
	_Bool stuck;
};

/**
 * struct engine_ops - the steps, done by the caller
 *
 * Each returns 0 or a negative errno and, when it fails, has changed nothing.
 * Ranges and blocks are named by their numbers.
 *
 * @reserve: claim the addresses of a range with all pieces that continue it
 * @release: give them back; cannot fail
 * @add: create the range's blocks; all are offline afterwards
 * @remove: take the blocks of a range away; fails if one of them is online
 *	and stays so
 * @online: switch an offline block on, as the given type says; that it was,
 *	though somebody else has switched it since, is success
 * @offline: switch an online block off; likewise
 * @look: what a block is now, whoever made it so
 * @check: is a block what the given type says? The errno says why not.
 * @measure: how full an online block is; a guess, only the order follows from
 *	it. NULL: blocks are taken in the order of their numbers, none is asked.
 * @room: is there room elsewhere for what was measured? The errno if it cannot
 *	be. May be NULL.
 * @ask: would an online block go offline, as far as that can be known before
 *	its pages are moved? Changes nothing. May be NULL.
 * @interrupted: asked before each block is measured, asked or switched and each
 *	range added on the way forward: a negative errno stops here
 * @undo: call @fn(@arg), and see to it that no signal and no time limit
 *	reaches the steps in there
 * @stuck: a step of an undo failed with @err; told once for each
 */
struct engine_ops {
	int (*reserve)(void *ctx, unsigned int range);
	void (*release)(void *ctx, unsigned int range);
	int (*add)(void *ctx, unsigned int range);
	int (*remove)(void *ctx, unsigned int range);
	int (*online)(void *ctx, unsigned int block, enum online_type type);
	int (*offline)(void *ctx, unsigned int block);
	enum block_state (*look)(void *ctx, unsigned int block);
	int (*check)(void *ctx, unsigned int block, enum online_type type);
	void (*measure)(void *ctx, unsigned int block, struct block_fill *fill);
	int (*room)(void *ctx);
	int (*ask)(void *ctx, unsigned int block);
	int (*interrupted)(void *ctx);
	void (*undo)(void *ctx, void (*fn)(void *arg), void *arg);
	void (*stuck)(void *ctx, enum engine_step step, unsigned int block,
		      int err);
};

/**
 * struct engine - one device, as the engine sees it
 * @ops: the steps
 * @ctx: handed to each of them
 * @ranges: the device's ranges, kept from one transaction to the next
 * @nr_ranges: how many
 * @was: room for the state of each block before the transaction
 * @order: room for the number of each block
 * @fill: room for how full each block is; not used without a measure
 * @nr_blocks: how many blocks all ranges have
 * @empty_first: an unplug takes blocks without used pages first; set by the caller
 */
struct engine {
	const struct engine_ops *ops;
	void *ctx;
	struct engine_range *ranges;
	unsigned int nr_ranges;
	unsigned char *was;
	unsigned int *order;
	struct block_fill *fill;
	unsigned int nr_blocks;
	_Bool empty_first;
};

/**
 * enum engine_end - how a transaction ended
 * @END_DONE: the goal is reached
 * @END_UNDONE: nothing has changed
 * @END_INCONSISTENT: neither; a block is named
 */
enum engine_end {
	END_DONE,
	END_UNDONE,
	END_INCONSISTENT
};

/**
 * struct engine_result - what came of a transaction
 * @end: how it ended
 * @err: 0, or the errno of the step that failed
 * @step: the step that failed
 * @block: the block it failed at; the first block of a range for the steps
 *	that take a range
 * @stuck: with END_INCONSISTENT, a block that is not what it was
 */
struct engine_result {
	enum engine_end end;
	int err;
	enum engine_step step;
	unsigned int block;
	unsigned int stuck;
};

/**
 * engine_plug() - bring every block of every range online
 * @engine: the device
 * @type: how; TYPE_OFFLINE adds the blocks and leaves them offline
 *
 * Blocks that are as asked already are left alone, those online in another
 * zone are taken offline first: on a whole device this is the plug, on an
 * inconsistent one the repair.
 */
struct engine_result engine_plug(struct engine *engine, enum online_type type);

/**
 * engine_unplug() - take every block of every range away
 * @engine: the device
 *
 * If anything is in use every block is asked before the first is switched, those
 * that look impossible first, so that a refusal that can be foreseen costs no
 * copying. Then they go in the order of order_blocks().
 */
struct engine_result engine_unplug(struct engine *engine);

/** engine_block_start() - first byte of a block */
unsigned long long engine_block_start(const struct engine *engine,
				      unsigned int block);

/** engine_block_at() - the block with a byte in it; nr_blocks when none has */
unsigned int engine_block_at(const struct engine *engine,
			     unsigned long long addr);

/** engine_step_name() - a step in a word, for messages */
const char *engine_step_name(enum engine_step step);

#endif
