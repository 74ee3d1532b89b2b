/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Plug and unplug of a whole device as transactions that consist of steps.
 *
 * The engine decides in which order the steps are run and how they are undone. The
 * caller implements the steps. If a step fails, the engine restores every block to its
 * previous state, and the result names the step that failed. If a block or a range is not in
 * its previous state after that undo, the result is END_INCONSISTENT and names a block that
 * was not restored.
 *
 * Pure C: the engine allocates no memory and takes no locks. The caller runs one
 * transaction at a time on a device. Any step may sleep.
 */
#ifndef DAXPLUG_ENGINE_TRANSACTION_H
#define DAXPLUG_ENGINE_TRANSACTION_H

#include "order.h"
#include "portable.h"
#include "state.h"

/**
 * enum engine_step - the steps of a transaction
 * @STEP_NONE: no step
 * @STEP_RESERVE: reserve the addresses of a range
 * @STEP_ADD: create the blocks of a range, offline
 * @STEP_ONLINE: bring one block online
 * @STEP_CHECK: compare one block with the requested type
 * @STEP_ROOM: measure the used pages, and check whether they fit into other memory
 * @STEP_ASK: dry run of the offline of one block
 * @STEP_OFFLINE: take one block offline
 * @STEP_REMOVE: remove the blocks of a range
 * @STEP_RELEASE: release the addresses of a range
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
 * struct engine_range - one range of a device, or one piece of a range
 *
 * Each struct engine_range is added in one step and removed in one step. To keep these
 * steps short, the caller may cut a range of the device into pieces that follow each
 * other. Each piece then has a struct engine_range of its own, but the addresses of all
 * pieces are reserved together.
 *
 * @start: first byte, a multiple of the block size
 * @size: size in bytes, a multiple of the block size
 * @first: number of its first block; blocks are numbered across all ranges
 * @count: number of its blocks
 * @continues: this is a further piece of the range before it, and is reserved and
 *	released together with that range
 * @reserved: the addresses are reserved; the engine sets this for the first piece
 * @present: blocks of the range exist; the engine sets this, and so does @add if it fails after
 *	it has created blocks
 * @was_reserved: value of @reserved when the transaction began; internal to the engine
 * @was_present: value of @present when the transaction began; internal to the engine
 * @offline_failed: a block of the range did not go offline in an undo; internal to the engine
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
	_Bool offline_failed;
};

/**
 * struct engine_ops - the steps of a transaction, implemented by the caller
 *
 * The functions that return int return 0 or a negative errno. @reserve must change nothing
 * if it fails. @online and @offline need not restore the block if they fail, because the undo
 * reads the actual state of each block. Ranges and blocks are passed by their numbers.
 *
 * @reserve: reserve the addresses of a range with all pieces that continue it
 * @release: release these addresses; cannot fail
 * @add: create the blocks of a range, all offline. If it fails after it has created
 *	blocks, it must set @present of the range, so that the undo removes them.
 * @remove: remove the blocks of a range; fails if a block is online and does not go
 *	offline. If it fails after it has removed blocks, it must try to add them again.
 * @online: bring an offline block online with the given type; success if the block
 *	already has this type, even if another task has set it
 * @offline: take an online block offline; success if it is offline already
 * @read_state: get the actual state of a block, whichever task has set it
 * @check: check whether a block has the given type; the errno says why not
 * @measure: count the pages of an online block. The engine uses the counts for the order of
 *	the blocks. It calls @check_space and @dry_run only if the counts have used pages.
 *	The counts need not be exact. If a count misses a page that cannot be migrated, @offline
 *	fails and the unplug is undone.
 *	If NULL, blocks are taken in the order of their numbers, and @check_space and
 *	@dry_run are not called.
 * @check_space: check whether the pages that were counted fit into other memory; an errno if
 *	that is impossible. May be NULL.
 * @dry_run: dry run: check whether an online block would go offline, as far as that can be
 *	known before its pages are migrated. Changes nothing. May be NULL.
 * @check_interrupted: check whether the transaction must end; an errno ends it. Called before
 *	each block is measured, checked by @dry_run or switched, and before each range is
 *	added, but not in an undo.
 * @undo: call @fn(@arg). While @fn runs, neither a signal nor the time limit of the transaction
 *	may end a step.
 * @report_stuck: report that a step of an undo failed with @err; called once for each such
 *	step
 */
struct engine_ops {
	int (*reserve)(void *ctx, unsigned int range);
	void (*release)(void *ctx, unsigned int range);
	int (*add)(void *ctx, unsigned int range);
	int (*remove)(void *ctx, unsigned int range);
	int (*online)(void *ctx, unsigned int block, enum online_type type);
	int (*offline)(void *ctx, unsigned int block);
	enum block_state (*read_state)(void *ctx, unsigned int block);
	int (*check)(void *ctx, unsigned int block, enum online_type type);
	void (*measure)(void *ctx, unsigned int block, struct block_fill *fill);
	int (*check_space)(void *ctx);
	int (*dry_run)(void *ctx, unsigned int block);
	int (*check_interrupted)(void *ctx);
	void (*undo)(void *ctx, void (*fn)(void *arg), void *arg);
	void (*report_stuck)(void *ctx, enum engine_step step, unsigned int block, int err);
};

/**
 * struct engine - the data of one device
 * @ops: the steps
 * @ctx: passed to each step
 * @ranges: the ranges of the device; they are kept between transactions
 * @nr_ranges: number of ranges
 * @was: array for the state of each block before the transaction
 * @order: array for the number of each block
 * @fill: array for the pages of each block; not used if @ops->measure is NULL
 * @nr_blocks: number of blocks in all ranges
 * @empty_first: passed to order_for_unplug() in an unplug; set by the caller
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
 * @END_DONE: it succeeded
 * @END_UNDONE: it failed, and every block is in its previous state
 * @END_INCONSISTENT: it failed, and at least one block or range is not in its previous state
 */
enum engine_end {
	END_DONE,
	END_UNDONE,
	END_INCONSISTENT
};

/**
 * struct engine_result - the result of a transaction
 * @end: how it ended
 * @err: 0, or the negative errno of the step that failed
 * @step: the step that failed
 * @block: the block at which it failed; for a step on a range, the range's first block. If
 *	@check_space of struct engine_ops failed, the error concerns no single block, and this is
 *	the last block in the order that has used pages.
 * @stuck: for END_INCONSISTENT, a block that is not in its previous state; the first block of
 *	a range if all blocks are in their previous state and this range is not
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
 * @type: the online type; TYPE_OFFLINE adds the blocks and leaves them offline
 *
 * Blocks that already have the type are not changed. Blocks that are online in another
 * zone are taken offline first. So this function plugs an unplugged device and repairs
 * an inconsistent one.
 * Context: sleeps if the steps do. No other transaction of the device may run.
 * Return: the result.
 */
struct engine_result engine_plug(struct engine *engine, enum online_type type);

/**
 * engine_unplug() - remove every block of every range
 * @engine: the device
 *
 * If any page is in use, the engine calls @check_space of struct engine_ops, and then
 * @dry_run for every online block, before it takes the first block offline. The dry runs
 * begin with the blocks that seem to hold unmovable pages. So if a dry run fails, no page
 * has been copied yet. Then the blocks are taken offline in the order of
 * order_for_unplug().
 * Context: sleeps if the steps do. No other transaction of the device may run.
 * Return: the result.
 */
struct engine_result engine_unplug(struct engine *engine);

/**
 * engine_block_start() - get the physical address of the first byte of a block
 *
 * Context: any; no locks.
 */
unsigned long long engine_block_start(const struct engine *engine,
				      unsigned int block);

/**
 * engine_block_at() - find the block that contains a byte
 * @engine: the device
 * @addr: physical address of the byte
 *
 * Context: any; no locks.
 * Return: the block; @engine->nr_blocks if there is none.
 */
unsigned int engine_block_at(const struct engine *engine,
			     unsigned long long addr);

/** engine_step_name() - get the name of a step, for messages */
const char *engine_step_name(enum engine_step step);

#endif
