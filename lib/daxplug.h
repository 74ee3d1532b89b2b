/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libdaxplug: plug DAX devices in as system RAM, and take them out, whole.
 *
 * Conventions, for every call unless it says otherwise:
 *
 * Errors	0 is success, a negative errno is failure; errno itself means
 *		nothing after a call. Nothing is printed.
 * Units	bytes, for sizes and physical addresses.
 * Strings	belong to the library and live as long as their handle.
 * Threads	no global state. A context, and the reference count of a
 *		handle, are for one thread at a time. What a device handle
 *		says about the device (name, size, node, driver, ranges) is a
 *		snapshot and may be read by any number of threads; the calls
 *		marked "live" go to sysfs each time, change nothing in the
 *		handle, and may run in several threads on one handle.
 * Signals	the library installs no handler. Plug and unplug wait inside
 *		one write(2): a signal that is handled ends it, also where
 *		its handler has SA_RESTART.
 */
#ifndef DAXPLUG_H
#define DAXPLUG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct daxplug_ctx;
struct daxplug_device;

/* The size of a device whose size could not be read. */
#define DAXPLUG_SIZE_UNKNOWN UINT64_MAX

/* Which memory zone a plugged device goes to. */
enum daxplug_zone {
	DAXPLUG_ZONE_AUTO,	/* the kernel chooses; state "online" */
	DAXPLUG_ZONE_KERNEL,	/* never ZONE_MOVABLE; "online_kernel" */
	DAXPLUG_ZONE_MOVABLE,	/* ZONE_MOVABLE, can leave; "online_movable" */
};

/* What the state attribute says; the words are those of the kernel. */
enum daxplug_state {
	DAXPLUG_STATE_UNPLUGGED,	/* no memory block exists */
	DAXPLUG_STATE_OFFLINE,		/* all blocks exist, none online */
	DAXPLUG_STATE_ONLINE,		/* all online, zone left to the kernel */
	DAXPLUG_STATE_ONLINE_KERNEL,	/* all online, none in ZONE_MOVABLE */
	DAXPLUG_STATE_ONLINE_MOVABLE,	/* all online in ZONE_MOVABLE */
	DAXPLUG_STATE_INCONSISTENT,	/* anything else */
};

/* What answers for a device. More may be added: expect other values. */
enum daxplug_backend {
	DAXPLUG_BACKEND_NONE,	/* no state attribute: cannot be plugged */
	DAXPLUG_BACKEND_MODULE,	/* daxplug's own kmem module */
	DAXPLUG_BACKEND_NATIVE,	/* the kmem driver of Linux 7.3 and later */
};

/**
 * daxplug_version() - the version of the library
 *
 * Return: a constant string such as "0.1.0".
 * Threads: any.
 */
const char *daxplug_version(void);

/**
 * daxplug_new() - make a context
 * @out: receives it, with one reference, to be dropped by daxplug_unref()
 *
 * The context looks at the sysfs mounted on /sys, or, for tests, at the
 * directory in the environment variable DAXPLUG_SYSFS (ignored in set-uid
 * programs). No device is looked at until daxplug_scan() or
 * daxplug_device_get_by_name().
 *
 * Return: 0, or -ENOMEM.
 * Threads: any.
 */
int daxplug_new(struct daxplug_ctx **out);

/**
 * daxplug_ref() - take another reference to a context
 * @ctx: the context
 *
 * Return: @ctx.
 * Threads: one at a time per context.
 */
struct daxplug_ctx *daxplug_ref(struct daxplug_ctx *ctx);

/**
 * daxplug_unref() - drop a reference to a context
 * @ctx: the context, or NULL
 *
 * The last reference frees the context and drops the devices of its last scan.
 * Devices that the caller holds by a reference of his own stay valid.
 *
 * Return: NULL.
 * Threads: one at a time per context.
 */
struct daxplug_ctx *daxplug_unref(struct daxplug_ctx *ctx);

/**
 * daxplug_set_sysfs_root() - look at another directory than /sys
 * @ctx: the context
 * @root: the directory that holds bus/dax; it is copied
 *
 * For tests, and for a sysfs mounted elsewhere. Devices found before keep the
 * directory they were found in.
 *
 * Return: 0; -EINVAL when @root is empty; -ENOMEM.
 * Threads: one at a time per context.
 */
int daxplug_set_sysfs_root(struct daxplug_ctx *ctx, const char *root);

/**
 * daxplug_scan() - find all DAX devices
 * @ctx: the context
 *
 * Replaces the list that daxplug_device_foreach() walks, and drops the
 * context's references to the devices of the scan before. A device that
 * disappears while it is read is left out. On failure the old list stays.
 *
 * Return: 0, also when there is no device or no DAX support in the kernel;
 * -ENOENT when there is no sysfs; -EACCES when it may not be read; -ENOMEM;
 * or what else opendir(3) failed with.
 * Threads: one at a time per context.
 */
int daxplug_scan(struct daxplug_ctx *ctx);

/**
 * daxplug_device_get_first() - the first device of the last scan
 * @ctx: the context
 *
 * The handle is the context's: it is valid until the next daxplug_scan() or
 * the end of the context, longer after daxplug_device_ref(). Devices come
 * sorted by region and instance number: dax0.0, dax0.1, dax2.0, dax10.0.
 *
 * Return: the device, or NULL when there is none.
 * Threads: one at a time per context.
 */
struct daxplug_device *daxplug_device_get_first(struct daxplug_ctx *ctx);

/**
 * daxplug_device_get_next() - the device after this one in the last scan
 * @dev: a device from the same scan
 *
 * Return: the device, or NULL after the last one, and for a device that is no
 * longer in its context's list.
 * Threads: one at a time per context.
 */
struct daxplug_device *daxplug_device_get_next(struct daxplug_device *dev);

/**
 * daxplug_device_foreach() - walk the devices of the last scan
 * @ctx: the context, after daxplug_scan()
 * @dev: a struct daxplug_device pointer, the loop variable
 */
#define daxplug_device_foreach(ctx, dev) \
	for ((dev) = daxplug_device_get_first(ctx); \
	     (dev); \
	     (dev) = daxplug_device_get_next(dev))

/**
 * daxplug_device_get_by_name() - look one device up
 * @ctx: the context; needs no scan, and its list is left alone
 * @name: such as "dax0.0"
 * @dev: receives the device, with a reference for daxplug_device_unref()
 *
 * Return: 0; -ENODEV when there is no such device, or when no device can have
 * that name; -ENOMEM; or what the read of its directory failed with.
 * Threads: one at a time per context.
 */
int daxplug_device_get_by_name(struct daxplug_ctx *ctx, const char *name,
			       struct daxplug_device **dev);

/**
 * daxplug_device_ref() - take a reference to a device
 * @dev: the device
 *
 * Keeps the handle past the next scan and past its context.
 *
 * Return: @dev.
 * Threads: one at a time per device.
 */
struct daxplug_device *daxplug_device_ref(struct daxplug_device *dev);

/**
 * daxplug_device_unref() - drop a reference to a device
 * @dev: the device, or NULL
 *
 * Return: NULL.
 * Threads: one at a time per device.
 */
struct daxplug_device *daxplug_device_unref(struct daxplug_device *dev);

/**
 * daxplug_device_get_name() - the device's name
 * @dev: the device
 *
 * Return: such as "dax0.0", never NULL.
 * Threads: any.
 */
const char *daxplug_device_get_name(const struct daxplug_device *dev);

/**
 * daxplug_device_get_path() - the device's directory in sysfs
 * @dev: the device
 *
 * Return: such as "/sys/bus/dax/devices/dax0.0", never NULL.
 * Threads: any.
 */
const char *daxplug_device_get_path(const struct daxplug_device *dev);

/**
 * daxplug_device_get_driver() - the driver that held the device when found
 * @dev: the device
 *
 * Return: such as "kmem" or "device_dax", or NULL when none did.
 * Threads: any.
 */
const char *daxplug_device_get_driver(const struct daxplug_device *dev);

/**
 * daxplug_device_get_size() - the sum of the device's ranges
 * @dev: the device
 *
 * What can be plugged may be less: only whole memory blocks can.
 *
 * Return: bytes; 0 for a device without ranges; DAXPLUG_SIZE_UNKNOWN when the
 * kernel's figure could not be read.
 * Threads: any.
 */
uint64_t daxplug_device_get_size(const struct daxplug_device *dev);

/**
 * daxplug_device_get_align() - the alignment of the device's mappings
 * @dev: the device
 *
 * Return: bytes, or 0 when the kernel does not say.
 * Threads: any.
 */
uint64_t daxplug_device_get_align(const struct daxplug_device *dev);

/**
 * daxplug_device_get_target_node() - the NUMA node its memory is plugged into
 * @dev: the device
 *
 * Return: the node, or -1 when it has none or the kernel does not say.
 * Threads: any.
 */
int daxplug_device_get_target_node(const struct daxplug_device *dev);

/**
 * daxplug_device_get_ranges() - the number of separate ranges (mappings)
 * @dev: the device
 *
 * Return: the number, 0 for a device without memory.
 * Threads: any.
 */
unsigned int daxplug_device_get_ranges(const struct daxplug_device *dev);

/**
 * daxplug_device_get_range() - one range's physical addresses (live)
 * @dev: the device
 * @index: from 0 to daxplug_device_get_ranges() - 1
 * @start: receives the first byte's address
 * @end: receives the last byte's address (inclusive, as the kernel gives it)
 *
 * Return: 0; -EINVAL when there is no such range; -EACCES when not root;
 * -ENODEV when the range or the device has gone; -EPROTO when what the kernel
 * says is not a range. @start and @end are only set on success.
 * Threads: any.
 */
int daxplug_device_get_range(const struct daxplug_device *dev,
			     unsigned int index, uint64_t *start,
			     uint64_t *end);

/**
 * daxplug_device_get_backend() - what would carry out a plug or unplug (live)
 * @dev: the device
 *
 * The module and the native driver have the same state attribute; the module
 * is told by its attribute group plug/ or its attribute hotplug.
 *
 * Return: the backend; DAXPLUG_BACKEND_NONE also for a device that has gone.
 * Threads: any.
 */
enum daxplug_backend
daxplug_device_get_backend(const struct daxplug_device *dev);

/**
 * daxplug_device_get_state() - the device's state now (live)
 * @dev: the device
 * @state: receives it, on success only
 *
 * Return: 0; -EOPNOTSUPP when the device has no state attribute, because its
 * driver (or none) offers none; -ENODEV when the device has gone; -EPROTO when
 * the kernel says a word that this library does not know; -EACCES; or what
 * read(2) failed with. Never -EINTR: it tries again.
 * Threads: any.
 */
int daxplug_device_get_state(const struct daxplug_device *dev,
			     enum daxplug_state *state);

/**
 * daxplug_device_plug() - make the whole device system RAM (live)
 * @dev: the device
 * @zone: where to
 *
 * Writes one word to the device's state, in one write(2), and waits for it:
 * afterwards every block of every range is online, or nothing has changed.
 * After a failure daxplug_device_get_state() tells whether that holds: a state
 * other than the one before is somebody else's doing or DAXPLUG_STATE_INCONSISTENT.
 * Plugging a device that is in that very state does nothing and succeeds.
 *
 * Return: 0; -EINVAL for an unknown @zone; -EOPNOTSUPP when the device has no
 * state attribute; -ENODEV when it has gone or was unbound meanwhile; -EACCES,
 * -EPERM or -EROFS when not allowed; -EINTR when a signal ended it and it was
 * undone (never tried again here); -EBUSY when it is plugged in another way,
 * when its range is taken, or when a block was refused; -ENOMEM; -EIO when the
 * kernel took only part of the word; or the kernel's errno of the step that failed.
 * Threads: any; the kernel takes one change of a device at a time.
 */
int daxplug_device_plug(const struct daxplug_device *dev,
			enum daxplug_zone zone);

/**
 * daxplug_device_unplug() - take the whole device out of system RAM (live)
 * @dev: the device
 *
 * As daxplug_device_plug(), the other way: afterwards no block is left, or
 * every block is back as it was.
 *
 * Return: as daxplug_device_plug(); -EBUSY when a block cannot go offline;
 * -ETIMEDOUT when the device's time limit passed and it was undone.
 * Threads: any; the kernel takes one change of a device at a time.
 */
int daxplug_device_unplug(const struct daxplug_device *dev);

/**
 * daxplug_state_name() - the kernel's word for a state
 * @state: the state
 *
 * Return: such as "online_movable"; "unknown" for a value that is no state.
 * Threads: any.
 */
const char *daxplug_state_name(enum daxplug_state state);

/**
 * daxplug_zone_state() - the state that plugging into a zone leads to
 * @zone: the zone
 * @state: receives it, on success only
 *
 * Return: 0; -EINVAL for a value that is no zone.
 * Threads: any.
 */
int daxplug_zone_state(enum daxplug_zone zone, enum daxplug_state *state);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_H */
