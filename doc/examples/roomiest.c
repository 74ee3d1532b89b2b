// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A second client of libdaxplug, and an example: plugs the largest device that
 * is unplugged, within a time limit, or says why not.
 *
 *	cc roomiest.c $(pkg-config --cflags --libs libdaxplug) -o roomiest
 *
 * Exit: 0 one was plugged, 1 there is none, 2 it could not be.
 */
#include <daxplug.h>
#include <stdio.h>
#include <string.h>

static struct daxplug_device *largest_unplugged(struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev, *best = NULL;
	enum daxplug_state state;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_state(dev, &state) ||
		    state != DAXPLUG_STATE_UNPLUGGED ||
		    daxplug_device_get_size(dev) == DAXPLUG_SIZE_UNKNOWN)
			continue;
		if (!best || daxplug_device_get_size(dev) >
			     daxplug_device_get_size(best))
			best = dev;
	}
	return best;
}

static int on_progress(const struct daxplug_progress *p, void *data)
{
	fprintf(stderr, "%s: %u of %u blocks\n", (const char *)data, p->done,
		p->total);
	return 0;
}

static int plug(struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_change *change;
	uint64_t block;
	int err;

	err = daxplug_change_new(&change);
	if (err)
		return err;
	daxplug_change_set_deadline(change, 60000);
	daxplug_change_set_progress(change, on_progress, (void *)name);
	err = daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, change);
	if (!err)
		printf("%s: plugged by backend %s\n", name,
		       daxplug_backend_name(daxplug_change_get_backend(change)));
	else
		fprintf(stderr, "%s: %s\n", name, strerror(-err));
	if (err && !daxplug_change_get_block(change, &block))
		fprintf(stderr, "%s: memory%llu: %s failed\n", name,
			(unsigned long long)block,
			daxplug_change_get_step(change));
	if (err && daxplug_change_get_outcome(change) ==
		   DAXPLUG_OUTCOME_INCONSISTENT)
		fprintf(stderr, "%s: and it could not be undone\n", name);
	daxplug_change_free(change);
	return err;
}

int main(void)
{
	struct daxplug_device *dev;
	struct daxplug_ctx *ctx;
	int err, status;

	err = daxplug_new(&ctx);
	if (!err)
		err = daxplug_scan(ctx);
	if (err) {
		fprintf(stderr, "roomiest: %s\n", strerror(-err));
		return 2;
	}
	dev = largest_unplugged(ctx);
	if (!dev) {
		printf("no device is unplugged\n");
		status = 1;
	} else {
		status = plug(dev) ? 2 : 0;
	}
	daxplug_unref(ctx);
	return status;
}
