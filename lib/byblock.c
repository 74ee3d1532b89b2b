// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The backend for kernels that cannot change a whole device: runs the engine's
 * transaction and switches single memory blocks from user space.
 *
 * This is the weakest backend, because other programs can switch blocks between any two
 * steps. So each block is read after its switch and again at the end, a switch is
 * retried a few times, and a failed change is undone.
 *
 * Blocks are added by binding the stock driver and removed by unbinding it. A block that is
 * online at the unbind cannot be removed before the next reboot. So all blocks are checked
 * once more right before the unbind. The unbind crashes the kernel if the
 * driver has not added all of a range (seen on 6.12). In that case the driver is not
 * unbound.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

/* Number of tries for a switch, and of rounds that take all blocks offline. */
#define TRIES 5

struct byblock {
	struct daxplug_change *c;
	const struct daxplug_device *dev;
	struct dp_blocks blocks;
	struct engine engine;
	unsigned int done;
};

/*
 * A block that cannot be read counts as absent. So it never counts as online or offline. The
 * caller of dp_byblock_change() reads the states again, and reports an error if it cannot.
 */
static enum block_state op_read_state(void *ctx, unsigned int block)
{
	struct byblock *d = ctx;
	enum block_state state;

	return dp_block_read_state(&d->blocks, block, &state) ? BLOCK_ABSENT : state;
}

static int op_check(void *ctx, unsigned int block, enum online_type type)
{
	return block_has_type(op_read_state(ctx, block), type) ? 0 : -EBUSY;
}

static int write_state(struct byblock *d, unsigned int block,
		       enum online_type type)
{
	char path[ATTR_MAX];

	snprintf(path, sizeof(path), "memory%llu/state",
		 (unsigned long long)dp_block_number(&d->blocks, block));
	return dp_write_watched(d->c, d->blocks.dir, path, type_name(type));
}

static bool is_final_error(const struct daxplug_change *c, int err)
{
	return (c->stop && !c->undoing) || err == -EACCES || err == -EPERM ||
	       err == -EROFS || err == -ENOENT || err == -ENODEV;
}

/*
 * Switch a block. It succeeds if the block has the requested type in the end, even if
 * another program switched it. A block that is online in another zone does not have that
 * type.
 */
static int switch_block(struct byblock *d, unsigned int block, enum online_type type)
{
	int tries, err = 0;

	for (tries = 0; tries < TRIES; tries++) {
		enum block_state now = op_read_state(d, block);

		if (block_has_type(now, type))
			return 0;
		if (now == BLOCK_ABSENT)
			return -ENODEV;
		if (now == BLOCK_OFFLINE)
			err = write_state(d, block, type);
		else
			err = write_state(d, block, TYPE_OFFLINE);
		if (is_final_error(d->c, err))
			break;
		/* The kernel returns EINVAL for a block that another program switched first. */
		if (err == -EINVAL && op_read_state(d, block) != now)
			err = -EBUSY;
	}
	if (block_has_type(op_read_state(d, block), type))
		return 0;
	return err ? err : -EBUSY;
}

static void count_block(struct byblock *d, bool forward)
{
	if (forward)
		d->done++;
	else if (d->done)
		d->done--;
}

static int op_online(void *ctx, unsigned int block, enum online_type type)
{
	struct byblock *d = ctx;
	int err = switch_block(d, block, type);

	if (!err)
		count_block(d, d->c->plug);
	return err;
}

static int op_offline(void *ctx, unsigned int block)
{
	struct byblock *d = ctx;
	int err = switch_block(d, block, TYPE_OFFLINE);

	if (!err)
		count_block(d, !d->c->plug);
	return err;
}

static int op_reserve(void *ctx, unsigned int range)
{
	(void)ctx;
	(void)range;
	return 0;
}

static void op_release(void *ctx, unsigned int range)
{
	(void)ctx;
	(void)range;
}

/* When the driver is bound, it reserves and adds all ranges at once. */
static int op_add(void *ctx, unsigned int range)
{
	struct byblock *d = ctx;
	const struct engine_range *r = &d->engine.ranges[range];
	enum dp_mode mode;
	unsigned int i;
	int err = dp_get_mode(d->dev, &mode);

	if (!err && mode == MODE_UNBOUND)
		err = dp_bind(d->c, d->dev);
	if (err)
		return err;
	for (i = 0; i < r->count; i++) {
		if (op_read_state(d, r->first + i) == BLOCK_ABSENT)
			return -ENODEV;
	}
	return 0;
}

/*
 * Check whether the stock driver may be unbound. It must have added every block. No block
 * may be orphaned memory that existed before the driver was bound.
 */
int dp_may_unbind(const struct daxplug_device *dev, const struct dp_blocks *blocks)
{
	enum block_state now;
	unsigned int i;

	if (dp_has_orphaned_blocks(dev))
		return -EBUSY;
	for (i = 0; i < blocks->nr; i++) {
		int err;

		err = dp_block_read_state(blocks, i, &now);
		if (err)
			return err;
		if (now == BLOCK_ABSENT)
			return -ENODEV;
	}
	return 0;
}

/* Take all blocks offline until one round has found none that is online. */
static int take_all_blocks_offline(struct byblock *d)
{
	unsigned int i, round;
	bool quiet = false;
	int err;

	for (round = 0; round < TRIES && !quiet; round++) {
		quiet = true;
		for (i = 0; i < d->blocks.nr; i++) {
			if (op_read_state(d, i) == BLOCK_OFFLINE)
				continue;
			quiet = false;
			err = switch_block(d, i, TYPE_OFFLINE);
			if (err)
				return err;
		}
	}
	return quiet ? 0 : -EBUSY;
}

/* When the driver is unbound, it removes all ranges at once. */
static int op_remove(void *ctx, unsigned int range)
{
	struct byblock *d = ctx;
	const struct engine_range *r = &d->engine.ranges[range];
	enum dp_mode mode;
	unsigned int i;
	int err = dp_get_mode(d->dev, &mode);

	if (err)
		return err;
	if (mode == MODE_BLOCKS) {
		err = take_all_blocks_offline(d);
		if (!err) {
			d->c->begun = true;
			err = dp_unbind(d->dev);
		}
		if (err)
			return err;
	}
	for (i = 0; i < r->count; i++) {
		if (op_read_state(d, r->first + i) != BLOCK_ABSENT)
			return -EBUSY;
	}
	return 0;
}

static int op_interrupted(void *ctx)
{
	struct byblock *d = ctx;

	dp_report_progress(d->c);
	return dp_check_stop(d->c);
}

static void op_undo(void *ctx, void (*fn)(void *arg), void *arg)
{
	struct byblock *d = ctx;

	d->c->undoing = true;
	fn(arg);
}

static void op_stuck(void *ctx, enum engine_step step, unsigned int block,
		     int err)
{
	struct byblock *d = ctx;

	(void)step;
	(void)err;
	if (d->c->stuck == DAXPLUG_NO_BLOCK)
		d->c->stuck = dp_block_number(&d->blocks, block);
}

static const struct engine_ops ops = {
	.reserve = op_reserve,
	.release = op_release,
	.add = op_add,
	.remove = op_remove,
	.online = op_online,
	.offline = op_offline,
	.read_state = op_read_state,
	.check = op_check,
	.check_interrupted = op_interrupted,
	.undo = op_undo,
	.report_stuck = op_stuck,
};

static void mark_present_ranges(struct byblock *d)
{
	unsigned int i, n;

	for (n = 0; n < d->blocks.nr_ranges; n++) {
		struct engine_range *r = &d->blocks.ranges[n];

		for (i = 0; i < r->count && !r->present; i++)
			r->present = op_read_state(d, r->first + i) != BLOCK_ABSENT;
		r->reserved = r->present;
	}
}

/* An unplug unbinds the driver. Check before the unplug whether this is allowed. */
static int check_unbind(const struct byblock *d, enum daxplug_state want)
{
	enum dp_mode mode;
	int err;

	if (want != DAXPLUG_STATE_UNPLUGGED)
		return 0;
	err = dp_get_mode(d->dev, &mode);
	return err || mode != MODE_BLOCKS ? err : dp_may_unbind(d->dev, &d->blocks);
}

static int run_transaction(struct byblock *d, enum daxplug_state want)
{
	struct engine_result result;
	struct daxplug_change *c = d->c;
	int err;

	mark_present_ranges(d);
	err = check_unbind(d, want);
	if (err) {
		c->step = DAXPLUG_STEP_UNBIND;
		return err;
	}
	if (want == DAXPLUG_STATE_UNPLUGGED)
		result = engine_unplug(&d->engine);
	else
		result = engine_plug(&d->engine, dp_type_of_state(want));
	if (!result.err)
		return 0;
	c->step = dp_step_from_engine(result.step);
	c->block = dp_block_number(&d->blocks, result.block);
	if (result.end == END_INCONSISTENT && c->stuck == DAXPLUG_NO_BLOCK)
		c->stuck = dp_block_number(&d->blocks, result.stuck);
	if (result.end == END_UNDONE)
		c->stuck = DAXPLUG_NO_BLOCK;
	return result.err;
}

int dp_byblock_change(struct daxplug_change *c, enum daxplug_state want)
{
	struct byblock d = { .c = c, .dev = c->dev };
	int err = dp_blocks_load(c->dev, &d.blocks);

	if (err)
		return err;
	d.engine.ops = &ops;
	d.engine.ctx = &d;
	d.engine.ranges = d.blocks.ranges;
	d.engine.nr_ranges = d.blocks.nr_ranges;
	d.engine.nr_blocks = d.blocks.nr;
	d.engine.was = calloc((size_t)d.blocks.nr + 1, sizeof(*d.engine.was));
	d.engine.order = calloc((size_t)d.blocks.nr + 1,
				sizeof(*d.engine.order));
	c->counted = &d.done;
	c->total = d.blocks.nr;
	if (!d.blocks.nr)
		err = -EINVAL;
	else if (d.engine.was && d.engine.order)
		err = run_transaction(&d, want);
	else
		err = -ENOMEM;
	c->counted = NULL;
	free(d.engine.was);
	free(d.engine.order);
	dp_blocks_free(&d.blocks);
	return err;
}
