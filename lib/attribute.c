// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The backends that change a whole device by writing one word.
 *
 * The module reports the actual result. The driver of Linux 7.3 returns success even if
 * blocks did not go online, and it does not notice later changes by others. So this
 * file reads the state of every block, and undoes or repairs what the driver left
 * incomplete.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

static int write_word(struct daxplug_change *c, enum daxplug_state want)
{
	char word[ATTR_MAX];

	/* With a newline, as from echo. */
	snprintf(word, sizeof(word), "%s\n", daxplug_state_name(want));
	return dp_write_watched(c, c->dev->dir, "state", word);
}

static uint64_t count_stalls(const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS] = { 0 };

	daxplug_device_get_stats(dev, values, DAXPLUG_STATS);
	return values[DAXPLUG_STAT_STALLS];
}

/*
 * Find out which of the device's two limits ended the change, because both give the
 * same errno. timeout_ms applies only to an unplug. stall_ms applies to every change. The module
 * counts a stall if stall_ms ends the switch of a block, but not if it ends a dry run or a wait
 * for the kernel's hotplug lock.
 */
static enum daxplug_limit find_limit_reached(const struct daxplug_change *c, uint64_t stalls_before)
{
	uint64_t ms;

	if (count_stalls(c->dev) > stalls_before)
		return DAXPLUG_LIMIT_STALL;
	if (!c->plug && !daxplug_device_get_timeout(c->dev, &ms) && ms)
		return DAXPLUG_LIMIT_TIMEOUT;
	if (!daxplug_device_get_stall(c->dev, &ms) && ms)
		return DAXPLUG_LIMIT_STALL;
	return DAXPLUG_LIMIT_NONE;
}

static int change_with_module(struct daxplug_change *c, enum daxplug_state want)
{
	uint64_t stalls_before = count_stalls(c->dev);
	int log = dp_kmsg_open();
	int err = write_word(c, want);

	if (err == -ETIMEDOUT)
		c->limit = find_limit_reached(c, stalls_before);
	if (log >= 0) {
		/*
		 * The module logs only failures. After a success, a message in the kernel log is
		 * about another change.
		 */
		if (err)
			dp_kmsg_read(log, c->dev, c);
		close(log);
	}
	return err;
}

static void name_block_in_wrong_state(struct daxplug_change *c, enum online_type type)
{
	enum block_state state;
	struct dp_blocks b;
	unsigned int i;

	if (dp_blocks_load(c->dev, &b))
		return;
	for (i = 0; i < b.nr; i++) {
		if (!dp_block_read_state(&b, i, &state) && block_has_type(state, type))
			continue;
		c->step = DAXPLUG_STEP_CHECK;
		c->block = dp_block_number(&b, i);
		break;
	}
	dp_blocks_free(&b);
}

/* Restore the state that the device had before the change, unless it was `inconsistent`. */
static void restore_state_before(struct daxplug_change *c, enum daxplug_state now)
{
	enum daxplug_step step = c->step;
	uint64_t block = c->block;

	c->undoing = true;
	if (now == c->before || c->before == DAXPLUG_STATE_INCONSISTENT)
		return;
	if (c->before == DAXPLUG_STATE_UNPLUGGED)
		write_word(c, DAXPLUG_STATE_UNPLUGGED);
	else if (now != DAXPLUG_STATE_UNPLUGGED)
		dp_byblock_change(c, c->before);
	else
		write_word(c, c->before);
	c->step = step;
	c->block = block;
}

static int change_with_native_state(struct daxplug_change *c, enum daxplug_state want)
{
	enum daxplug_state after;
	int err;

	/*
	 * For a repair, switch the blocks one by one. The driver already reports the state @want,
	 * so a write of that word would return success and change nothing.
	 */
	if (c->before == DAXPLUG_STATE_INCONSISTENT &&
	    want != DAXPLUG_STATE_UNPLUGGED)
		return dp_byblock_change(c, want);
	err = write_word(c, want);
	if (daxplug_device_get_state(c->dev, &after) || after == want)
		return err;
	if (!err) {
		name_block_in_wrong_state(c, dp_type_of_state(want));
		err = -EBUSY;
	}
	restore_state_before(c, after);
	return err;
}

int dp_attribute_change(struct daxplug_change *c, enum daxplug_state want)
{
	enum dp_mode mode;
	int err = dp_get_mode(c->dev, &mode);

	if (err)
		return err;
	return mode == MODE_MODULE ? change_with_module(c, want) :
	       change_with_native_state(c, want);
}
