// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The backends that take one word for the whole device.
 *
 * The module's answer is the truth. The native driver of Linux 7.3 says that
 * it plugged a device of which blocks refused, and says nothing of what others
 * did since: so every block is looked at, and what is not whole is undone or
 * mended from here.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

static int write_word(struct daxplug_change *c, enum daxplug_state want)
{
	char word[ATTR_MAX];

	/* With a newline, as echo sends it. */
	snprintf(word, sizeof(word), "%s\n", daxplug_state_name(want));
	return dp_write_watched(c, c->dev->dir, "state", word);
}

static uint64_t stalls(const struct daxplug_device *dev)
{
	uint64_t values[DAXPLUG_STATS] = { 0 };

	daxplug_device_get_stats(dev, values, DAXPLUG_STATS);
	return values[DAXPLUG_STAT_STALLS];
}

/*
 * The kernel answers one errno for both of the device's limits. timeout_ms is for an
 * unplug only. A dry run, and a wait for the kernel's hotplug lock, are ended by
 * stall_ms too and are not counted as stalls.
 */
static enum daxplug_limit which_limit(const struct daxplug_change *c,
				      uint64_t stalls_before)
{
	uint64_t ms;

	if (stalls(c->dev) > stalls_before)
		return DAXPLUG_LIMIT_STALL;
	if (!c->plug && !daxplug_device_get_timeout(c->dev, &ms) && ms)
		return DAXPLUG_LIMIT_TIMEOUT;
	if (!daxplug_device_get_stall(c->dev, &ms) && ms)
		return DAXPLUG_LIMIT_STALL;
	return DAXPLUG_LIMIT_NONE;
}

static int module_change(struct daxplug_change *c, enum daxplug_state want)
{
	uint64_t stalls_before = stalls(c->dev);
	int log = dp_kmsg_open();
	int err = write_word(c, want);

	if (err == -ETIMEDOUT)
		c->limit = which_limit(c, stalls_before);
	if (log >= 0) {
		/* Of a success nothing is logged: it would be somebody else's. */
		if (err)
			dp_kmsg_read(log, c->dev, c);
		close(log);
	}
	return err;
}

static void name_culprit(struct daxplug_change *c, enum online_type type)
{
	enum block_state state;
	struct dp_blocks b;
	unsigned int i;

	if (dp_blocks_load(c->dev, &b))
		return;
	for (i = 0; i < b.nr; i++) {
		if (!dp_block_look(&b, i, &state) && block_is(state, type))
			continue;
		c->step = DAXPLUG_STEP_CHECK;
		c->block = dp_block_number(&b, i);
		break;
	}
	dp_blocks_free(&b);
}

/* Back to what it was, as far as that was one state. */
static void bring_back(struct daxplug_change *c, enum daxplug_state now)
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

static int native_change(struct daxplug_change *c, enum daxplug_state want)
{
	enum daxplug_state after;
	int err;

	/* It takes the word that it knows for a success, and mends nothing. */
	if (c->before == DAXPLUG_STATE_INCONSISTENT &&
	    want != DAXPLUG_STATE_UNPLUGGED)
		return dp_byblock_change(c, want);
	err = write_word(c, want);
	if (daxplug_device_get_state(c->dev, &after) || after == want)
		return err;
	if (!err) {
		name_culprit(c, dp_type_of(want));
		err = -EBUSY;
	}
	bring_back(c, after);
	return err;
}

int dp_attribute_change(struct daxplug_change *c, enum daxplug_state want)
{
	if (dp_mode(c->dev) == MODE_MODULE)
		return module_change(c, want);
	return native_change(c, want);
}
