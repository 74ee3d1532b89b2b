// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Saves the settings of a device that the module loses when the device is unbound, and
 * restores them after the next bind. The list of initial states of all devices (policy)
 * is not lost then, but dp_rebind_offline() changes it for a moment.
 */
#include "internal.h"

#define POLICY "module/kmem/parameters/policy"

void dp_settings_save(const struct daxplug_device *dev, struct dp_settings *s)
{
	s->has_policy = !dp_read_text(dev->sysfs, POLICY, s->policy,
				      sizeof(s->policy));
	s->has_timeout = !daxplug_device_get_timeout(dev, &s->timeout);
	s->has_stall = !daxplug_device_get_stall(dev, &s->stall);
	s->has_guard = !daxplug_device_get_guard(dev, &s->guard);
	s->has_memmap = dp_read_mode(dev) == MODE_MODULE &&
			!daxplug_device_get_memmap(dev, &s->memmap);
}

void dp_settings_restore(const struct daxplug_device *dev,
			 const struct dp_settings *s)
{
	/* A write of no bytes does nothing, so write a newline if there was no entry. */
	if (s->has_policy)
		dp_write(dev->sysfs, POLICY, s->policy[0] ? s->policy : "\n");
	if (s->has_timeout)
		daxplug_device_set_timeout(dev, s->timeout);
	if (s->has_stall)
		daxplug_device_set_stall(dev, s->stall);
	if (s->has_guard)
		daxplug_device_set_guard(dev, s->guard);
	/*
	 * If the device has memory after the bind, this write fails with EBUSY, and the
	 * setting stays as it is.
	 */
	if (s->has_memmap)
		daxplug_device_set_memmap(dev, s->memmap);
}
