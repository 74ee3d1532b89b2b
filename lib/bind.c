// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Binds a device to the driver kmem or device_dax, and unbinds it.
 *
 * The stock driver adds the blocks when it is bound. The kernel then brings them online
 * as auto_online_blocks says, usually in a zone from which they often cannot be removed.
 * So auto_online_blocks is set to offline before the bind and restored right after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define DRIVERS "bus/dax/drivers/"

static int driver_dir(const struct daxplug_device *dev, enum daxplug_mode mode,
		      char *dir, size_t len)
{
	int err = dp_join_path(dir, len, dev->sysfs,
			       mode == DAXPLUG_MODE_DEVDAX ? DRIVERS "device_dax" : DRIVERS "kmem");

	if (!err && !dp_exists(dir, "."))
		err = -EOPNOTSUPP;
	return err;
}

static void bound_name(const struct daxplug_device *dev, char *name, size_t len)
{
	snprintf(name, len, "%s.bound", dev->name);
}

static void forget_bound(const struct daxplug_device *dev)
{
	char name[ATTR_MAX];

	bound_name(dev, name, sizeof(name));
	dp_run_remove(dev->run, name);
}

/*
 * Write a note that daxplug binds this device, for the rule packaging/udev/90-daxplug.rules.
 * For such a device the rule does not run "daxplug apply", because a user has requested the
 * change that this bind is a part of.
 *
 * The note contains the number of the last uevent. When the rule handles an unbind event with
 * a higher number, the note is out of date, and the rule removes the note. It is not removed
 * here, because udev may not have handled the bind event yet.
 */
static void note_bound(const struct daxplug_device *dev)
{
	char name[ATTR_MAX], line[ATTR_MAX];
	uint64_t event = 0;
	int len;

	bound_name(dev, name, sizeof(name));
	if (dp_read_u64(dev->sysfs, "kernel/uevent_seqnum", &event))
		event = 0;
	len = snprintf(line, sizeof(line), "%llu\n", (unsigned long long)event);
	dp_run_write(dev->run, name, line, (size_t)len);
}

/*
 * Unbind a device that had no driver, and that new_id has bound together with another
 * device. If memory of it is in use or was orphaned, it stays bound.
 */
static void unbind_bystander(const struct daxplug_device *dev)
{
	enum daxplug_state now;

	if (!dp_has_orphaned_blocks(dev) && !daxplug_device_get_state(dev, &now) &&
	    (now == DAXPLUG_STATE_OFFLINE || now == DAXPLUG_STATE_UNPLUGGED))
		dp_unbind(dev);
}

static int write_driver(struct daxplug_change *c, const char *dir,
			const char *file)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, file);

	return err ? err : dp_write_watched(c, AT_FDCWD, path, c->dev->name);
}

/*
 * Bind the device by a write of its name to new_id. When a driver gets a new name in new_id, it
 * also binds all devices that have no driver and are of the driver's type. Unbind those again,
 * unless their memory is in use.
 */
static int bind_by_new_id(struct daxplug_change *c, const char *dir,
			  const struct daxplug_device *dev)
{
	struct daxplug_device *other;
	struct daxplug_ctx *ctx;
	enum daxplug_state was;
	int err = dp_context_of(dev, &ctx);

	if (err)
		return err;
	err = daxplug_scan(ctx);
	daxplug_device_foreach(ctx, other) {
		if (!other->driver && !daxplug_device_get_state(other, &was) &&
		    was != DAXPLUG_STATE_UNPLUGGED)
			dp_note_orphaned_blocks(other);
		if (!other->driver)
			note_bound(other);
	}
	if (!err) {
		dp_note_new_id(dev, dir);
		err = write_driver(c, dir, "new_id");
	}
	daxplug_device_foreach(ctx, other) {
		if (other->driver || !strcmp(other->name, dev->name))
			continue;
		if (dp_read_mode(other) == MODE_UNBOUND)
			forget_bound(other);
		else
			unbind_bystander(other);
	}
	daxplug_unref(ctx);
	return err;
}

/*
 * Write the name of the device to the driver's file "bind". The driver refuses a device that
 * is not of its type (-ENODEV), unless the name of the device is in new_id. If the driver
 * refuses the device, write the name to new_id.
 */
static int bind_by_name(struct daxplug_change *c, const char *dir,
			const struct daxplug_device *dev)
{
	int err = write_driver(c, dir, "bind");

	if (err == -ENODEV)
		err = bind_by_new_id(c, dir, dev);
	if (!err && dp_read_mode(dev) == MODE_UNBOUND)
		err = write_driver(c, dir, "bind");
	if (dp_read_mode(dev) == MODE_UNBOUND)
		dp_remove_new_id(dev, dir);
	return err;
}

static void restore_auto_online(struct daxplug_change *c, const char *policy)
{
	int err = dp_auto_online_give_back(c->dev, policy);

	if (err)
		dp_log(c, DAXPLUG_LOG_WARNING, "auto_online_blocks is not %s again: %s",
		       policy, dp_errno_name(err));
	else
		dp_log(c, DAXPLUG_LOG_INFO, "auto_online_blocks is %s again", policy);
}

static int bind_offline(struct daxplug_change *c, const char *driver,
			const struct daxplug_device *dev)
{
	char policy[ATTR_MAX];
	int err;

	/*
	 * If a signal ended the program before restore_auto_online(), the setting would stay
	 * at "offline".
	 */
	dp_channel_hold_signals(c->channel, true);
	err = dp_auto_online_borrow(dev, policy, sizeof(policy));
	if (!err) {
		dp_log(c, DAXPLUG_LOG_INFO,
		       "auto_online_blocks was %s, and is offline while kmem is bound", policy);
		err = bind_by_name(c, driver, dev);
		restore_auto_online(c, policy);
	}
	dp_channel_hold_signals(c->channel, false);
	return err;
}

/*
 * Check whether kmem may bind the device. Blocks that exist without a driver are
 * orphaned. Daxplug's module adopts them. The stock driver would add only the rest, and
 * crash the kernel when the device is unbound again.
 * Return: 0; -EOPNOTSUPP if the driver kmem is not loaded; -EBUSY if the device has
 * orphaned blocks and the driver is the stock one; or another negative errno.
 */
int dp_may_bind(const struct daxplug_device *dev)
{
	struct dp_blocks blocks;
	struct daxplug_blocks b;
	char dir[PATH_MAX];
	int err = driver_dir(dev, DAXPLUG_MODE_SYSTEM_RAM, dir, sizeof(dir));

	if (err || dp_is_module_loaded(dev))
		return err;
	err = dp_blocks_load(dev, &blocks);
	if (err)
		return err;
	err = dp_blocks_count(&blocks, &b);
	dp_blocks_free(&blocks);
	if (err)
		return err;
	return b.absent == b.total ? 0 : -EBUSY;
}

int dp_bind(struct daxplug_change *c, const struct daxplug_device *dev)
{
	char driver[PATH_MAX];
	int lock, err;

	err = dp_may_bind(dev);
	if (!err)
		err = driver_dir(dev, DAXPLUG_MODE_SYSTEM_RAM, driver, sizeof(driver));
	if (err)
		return err;
	/*
	 * auto_online_blocks applies to the whole system, so only one bind at a time
	 * may change it.
	 */
	lock = dp_lock_all(c, dev);
	if (lock < 0) {
		c->step = DAXPLUG_STEP_LOCK;
		return lock;
	}
	dp_auto_online_recover(dev);
	note_bound(dev);
	err = bind_offline(c, driver, dev);
	if (err)
		forget_bound(dev);
	dp_unlock(lock);
	return err;
}

int dp_unbind(const struct daxplug_device *dev)
{
	char dir[PATH_MAX];
	int err = driver_dir(dev, DAXPLUG_MODE_SYSTEM_RAM, dir, sizeof(dir));

	if (err)
		return err;
	err = dp_write(dir, "unbind", dev->name);
	if (!err)
		dp_remove_new_id(dev, dir);
	return err;
}

static bool is_devdax(const struct daxplug_device *dev)
{
	enum daxplug_mode mode;

	return !daxplug_device_get_mode(dev, &mode) && mode == DAXPLUG_MODE_DEVDAX;
}

/*
 * Bind a device to device_dax although the device's type does not match that driver. Its name must
 * be written to new_id. This write also makes device_dax bind all devices that have no driver and
 * whose type matches. Unbind those again.
 */
static int bind_devdax_by_new_id(struct daxplug_change *c, const char *dir,
				 const struct daxplug_device *dev)
{
	struct daxplug_device *other;
	struct daxplug_ctx *ctx;
	int err = dp_context_of(dev, &ctx);

	if (err)
		return err;
	err = daxplug_scan(ctx);
	if (!err) {
		dp_note_new_id(dev, dir);
		err = write_driver(c, dir, "new_id");
	}
	daxplug_device_foreach(ctx, other) {
		if (!other->driver && strcmp(other->name, dev->name) != 0 &&
		    is_devdax(other))
			dp_write(dir, "unbind", other->name);
	}
	daxplug_unref(ctx);
	return err;
}

/*
 * Bind a device without a driver to device_dax. Return: 0; -EOPNOTSUPP if device_dax is
 * not loaded; or another negative errno.
 */
int dp_bind_devdax(struct daxplug_change *c, const struct daxplug_device *dev)
{
	char dir[PATH_MAX];
	int lock, err = driver_dir(dev, DAXPLUG_MODE_DEVDAX, dir, sizeof(dir));

	if (err)
		return err;
	/* A name in new_id affects all devices without a driver. */
	lock = dp_lock_all(c, dev);
	if (lock < 0) {
		c->step = DAXPLUG_STEP_LOCK;
		return lock;
	}
	err = write_driver(c, dir, "bind");
	if (err == -ENODEV)
		err = bind_devdax_by_new_id(c, dir, dev);
	if (!is_devdax(dev))
		dp_remove_new_id(dev, dir);
	dp_unlock(lock);
	return err;
}

/*
 * Unbind a device from device_dax. If another driver has pinned memory of the device, this waits
 * until that driver unpins the memory.
 */
int dp_unbind_devdax(struct daxplug_change *c, const struct daxplug_device *dev)
{
	char dir[PATH_MAX];
	int err = driver_dir(dev, DAXPLUG_MODE_DEVDAX, dir, sizeof(dir));

	if (!err)
		err = write_driver(c, dir, "unbind");
	if (!err && !is_devdax(dev))
		dp_remove_new_id(dev, dir);
	return err;
}

/*
 * Check whether the driver of a mode is loaded, and whether the caller may write to @file
 * of the driver.
 */
int dp_may_write_driver(const struct daxplug_device *dev, enum daxplug_mode mode,
			const char *file)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int err = driver_dir(dev, mode, dir, sizeof(dir));

	if (!err)
		err = dp_join_path(path, sizeof(path), dir, file);
	if (err)
		return err;
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) ? -errno : 0;
}
