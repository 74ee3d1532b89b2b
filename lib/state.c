// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The state of a device, and its two changes: the calls that go to sysfs each
 * time. They keep nothing in the handle.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* With a newline, as echo sends it: what the kernel's parsers are used to. */
static const char * const state_lines[] = {
	[DAXPLUG_STATE_UNPLUGGED] = "unplugged\n",
	[DAXPLUG_STATE_ONLINE] = "online\n",
	[DAXPLUG_STATE_ONLINE_KERNEL] = "online_kernel\n",
	[DAXPLUG_STATE_ONLINE_MOVABLE] = "online_movable\n",
};

static const char * const state_names[] = {
	[DAXPLUG_STATE_UNPLUGGED] = "unplugged",
	[DAXPLUG_STATE_OFFLINE] = "offline",
	[DAXPLUG_STATE_ONLINE] = "online",
	[DAXPLUG_STATE_ONLINE_KERNEL] = "online_kernel",
	[DAXPLUG_STATE_ONLINE_MOVABLE] = "online_movable",
	[DAXPLUG_STATE_INCONSISTENT] = "inconsistent",
};

static const enum daxplug_state zone_states[] = {
	[DAXPLUG_ZONE_AUTO] = DAXPLUG_STATE_ONLINE,
	[DAXPLUG_ZONE_KERNEL] = DAXPLUG_STATE_ONLINE_KERNEL,
	[DAXPLUG_ZONE_MOVABLE] = DAXPLUG_STATE_ONLINE_MOVABLE,
};

/* No attribute: has the device none, or is there no device any more? */
static int explain_missing(const struct daxplug_device *dev, int err)
{
	if (err != -ENOENT)
		return err;
	return dp_exists(dev->path, ".") ? -EOPNOTSUPP : -ENODEV;
}

const char *daxplug_state_name(enum daxplug_state state)
{
	if ((size_t)state >= ARRAY_SIZE(state_names))
		return "unknown";
	return state_names[state];
}

int daxplug_zone_state(enum daxplug_zone zone, enum daxplug_state *state)
{
	if ((size_t)zone >= ARRAY_SIZE(zone_states))
		return -EINVAL;
	*state = zone_states[zone];
	return 0;
}

enum daxplug_backend
daxplug_device_get_backend(const struct daxplug_device *dev)
{
	if (!dp_exists(dev->path, "state"))
		return DAXPLUG_BACKEND_NONE;
	if (dp_exists(dev->path, "plug") || dp_exists(dev->path, "hotplug"))
		return DAXPLUG_BACKEND_MODULE;
	return DAXPLUG_BACKEND_NATIVE;
}

int daxplug_device_get_state(const struct daxplug_device *dev,
			     enum daxplug_state *state)
{
	char buf[ATTR_MAX];
	size_t i;
	int err;

	err = dp_read(dev->path, "state", buf, sizeof(buf));
	if (err)
		return explain_missing(dev, err);
	for (i = 0; i < ARRAY_SIZE(state_names); i++) {
		if (!strcmp(buf, state_names[i])) {
			*state = (enum daxplug_state)i;
			return 0;
		}
	}
	return -EPROTO;
}

static int set_state(const struct daxplug_device *dev,
		     enum daxplug_state state)
{
	int err = dp_write(dev->path, "state", state_lines[state]);

	return explain_missing(dev, err);
}

int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone)
{
	enum daxplug_state state;
	int err;

	err = daxplug_zone_state(zone, &state);
	return err ? err : set_state(dev, state);
}

int daxplug_device_unplug(const struct daxplug_device *dev)
{
	return set_state(dev, DAXPLUG_STATE_UNPLUGGED);
}
