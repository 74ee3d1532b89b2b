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
 * Threads	no global state. A context is for one thread at a time; any
 *		thread may take and drop references. What a device handle says
 *		about the device (name, size, node, driver, ranges) is a
 *		snapshot and may be read by any number of threads; the calls
 *		marked "live" go to sysfs each time, change nothing in the
 *		handle, and may run in several threads on one handle. Another
 *		device that has come under its name is none of its own: -ENODEV.
 * Descriptors	a context has none, a device handle one, a change two, and a few
 *		more while it is at work.
 * Signals	the library installs no handler and changes no mask for longer
 *		than a call. A signal that is handled in the thread that plugs
 *		or unplugs ends that, also where its handler has SA_RESTART: it
 *		is undone, unless it has been carried out by then. In a program
 *		with threads the kernel may choose another thread for a signal:
 *		block it in the others, or let its handler, or any thread, call
 *		daxplug_change_cancel(). The library's own threads, for a change
 *		that is at work, block all signals but those of faults.
 * Man pages	libdaxplug(3) and those it names say the same at more length.
 */
#ifndef DAXPLUG_H
#define DAXPLUG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct daxplug_ctx;
struct daxplug_device;

/* The size of a device whose size could not be read. */
#define DAXPLUG_SIZE_UNKNOWN UINT64_MAX

/* No memory block has this number. */
#define DAXPLUG_NO_BLOCK UINT64_MAX

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
	/* Of a watch only; daxplug_device_get_state() fails instead. */
	DAXPLUG_STATE_OTHER_DRIVER,	/* a driver other than kmem holds it */
	DAXPLUG_STATE_UNKNOWN,		/* it could not be read */
};

/* What carries out a plug or unplug. More may be added. */
enum daxplug_backend {
	DAXPLUG_BACKEND_NONE,	/* no driver holds it, or one other than kmem */
	DAXPLUG_BACKEND_MODULE,	/* daxplug's own kmem module */
	DAXPLUG_BACKEND_NATIVE,	/* the kmem driver of Linux 7.3 and later */
	DAXPLUG_BACKEND_BLOCKS,	/* single memory blocks: the weak one */
};

/* Where a device comes from. More may be added. */
enum daxplug_origin {
	DAXPLUG_ORIGIN_UNKNOWN,
	DAXPLUG_ORIGIN_CXL,	/* a CXL region */
	DAXPLUG_ORIGIN_PMEM,	/* a namespace of an nvdimm region */
	DAXPLUG_ORIGIN_HMEM,	/* memory that the firmware set aside */
};

/* Who else may switch a device's blocks one by one. */
enum daxplug_guard {
	DAXPLUG_GUARD_OFF,		/* everybody, at any time */
	DAXPLUG_GUARD_TRANSITION,	/* nobody while a change runs */
	DAXPLUG_GUARD_ALWAYS,		/* nobody */
};

/* Where the kernel's page structures of a device's memory are. */
enum daxplug_memmap {
	DAXPLUG_MEMMAP_DEFAULT,		/* where the driver puts them */
	DAXPLUG_MEMMAP_NO,		/* in other memory */
	DAXPLUG_MEMMAP_YES,		/* in the device's own memory */
};

/* Which driver has a device, and so what it is for. */
enum daxplug_mode {
	DAXPLUG_MODE_NONE,	/* no driver */
	DAXPLUG_MODE_DEVDAX,	/* device_dax: a file that programs map */
	DAXPLUG_MODE_SYSTEM_RAM, /* kmem: it can be plugged */
	DAXPLUG_MODE_OTHER,	/* another driver */
};

/* What has happened to a device so far. More may be added at the end. */
enum daxplug_stat {
	DAXPLUG_STAT_PLUGS,
	DAXPLUG_STAT_UNPLUGS,
	DAXPLUG_STAT_REFUSALS,
	DAXPLUG_STAT_UNDOS,
	DAXPLUG_STAT_FAILED_UNDOS,
	DAXPLUG_STAT_VETOES,
	DAXPLUG_STAT_PAGES_MOVED,
	DAXPLUG_STAT_STALLS,
	DAXPLUG_STATS,
};

/*
 * A device's memory blocks by what they are. All but total add up to it. More
 * members may come at the end: who fills it is told its size.
 */
struct daxplug_blocks {
	unsigned int total;
	unsigned int absent;
	unsigned int offline;
	unsigned int kernel;	/* online outside ZONE_MOVABLE */
	unsigned int movable;	/* online in it */
};

/* One obstacle to an unplug. Strings live as long as the call. */
struct daxplug_blocker {
	uint64_t block;		/* N of memoryN; DAXPLUG_NO_BLOCK: of none alone */
	uint64_t pfn;		/* the page frame; 0 when not told */
	const char *kind;	/* such as "pinned", in the driver's words */
	const char *owner;	/* in whose hands; "" when not known */
	int last;		/* it stopped the last unplug, and may be gone */
};

typedef void (*daxplug_blocker_fn)(const struct daxplug_blocker *blocker,
				   void *data);

/* A process that uses a device's file. Strings live as long as the call. */
struct daxplug_user {
	int pid;
	const char *name;	/* as the kernel has it; what is not printable is "?" */
	int mapped;		/* else it has the file open only */
};

typedef void (*daxplug_user_fn)(const struct daxplug_user *user, void *data);

/* One page frame whose memory is bad; @block is N of memoryN. */
typedef void (*daxplug_poison_fn)(uint64_t block, uint64_t pfn, void *data);

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
 * directory in the environment variable DAXPLUG_SYSFS; its lock files are in
 * /run/daxplug or in DAXPLUG_RUN (both ignored in set-uid programs). No device
 * is looked at until daxplug_scan() or daxplug_device_get_by_name().
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
 * Threads: any that has a reference.
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
 * Threads: any that has a reference.
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
 * Threads: any that has a reference.
 */
struct daxplug_device *daxplug_device_ref(struct daxplug_device *dev);

/**
 * daxplug_device_unref() - drop a reference to a device
 * @dev: the device, or NULL
 *
 * Return: NULL.
 * Threads: any that has a reference.
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
 * What can be plugged may be less: daxplug_device_get_usable().
 *
 * Return: bytes; 0 for a device without ranges; DAXPLUG_SIZE_UNKNOWN when the
 * kernel's figure could not be read.
 * Threads: any.
 */
uint64_t daxplug_device_get_size(const struct daxplug_device *dev);

/**
 * daxplug_device_get_block_size() - the size of the kernel's memory blocks (live)
 * @dev: the device
 * @bytes: receives the size, the same for all devices, on success only
 *
 * Return: 0; -EOPNOTSUPP when this kernel has no memory blocks; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_block_size(const struct daxplug_device *dev,
				  uint64_t *bytes);

/**
 * daxplug_device_get_usable() - how much of the device can be plugged (live)
 * @dev: the device
 * @bytes: receives the size of all whole memory blocks in its ranges, on success
 *	only; 0 if not one memory block fits into a range
 *
 * It does not depend on the driver or the state.
 *
 * Return: 0; -EACCES when not root (for daxplug's module nobody has to be);
 * -EOPNOTSUPP when this kernel has no memory blocks; -ENODEV; -EPROTO; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_get_usable(const struct daxplug_device *dev,
			      uint64_t *bytes);

/**
 * daxplug_device_get_online_size() - how much of it is system RAM now (live)
 * @dev: the device
 * @bytes: receives the size of its memory blocks that are online, on success only
 *
 * In one of the "online" states it is daxplug_device_get_usable().
 *
 * Return: as daxplug_device_get_blocks(); 0 bytes for another driver's device.
 * Threads: any.
 */
int daxplug_device_get_online_size(const struct daxplug_device *dev,
				   uint64_t *bytes);

/**
 * daxplug_device_get_used() - how much of it is in use now (live)
 * @dev: the device
 * @bytes: receives the bytes in use, on success only: 0 if nothing is online
 *
 * The kernel counts what is in use for each NUMA node. So it is known only if all
 * memory of the node that is online belongs to the device.
 *
 * Return: 0; -EOPNOTSUPP when it cannot be known, because the node has other memory
 * as well, or the device has no node; -EACCES when not root; else as
 * daxplug_device_get_online_size().
 * Threads: any.
 */
int daxplug_device_get_used(const struct daxplug_device *dev, uint64_t *bytes);

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
 * daxplug_device_get_origin() - where the device comes from
 * @dev: the device
 *
 * Return: the origin.
 * Threads: any.
 */
enum daxplug_origin
daxplug_device_get_origin(const struct daxplug_device *dev);

/**
 * daxplug_device_get_region() - the region that the device is part of
 * @dev: the device
 *
 * Return: the kernel's name: "region0" for CXL and persistent memory (numbered
 * apart), "hmem.0" for memory set aside; NULL when the origin is not known.
 * Threads: any.
 */
const char *daxplug_device_get_region(const struct daxplug_device *dev);

/**
 * daxplug_device_get_uuid() - the UUID of the region or namespace
 * @dev: the device
 *
 * Return: as the kernel writes it, or NULL when there is none (volatile CXL
 * regions, memory set aside).
 * Threads: any.
 */
const char *daxplug_device_get_uuid(const struct daxplug_device *dev);

/**
 * daxplug_device_get_memdevs() - how many CXL memory devices it is made of
 * @dev: the device
 *
 * Return: the number of targets of its CXL region; 0 for other origins.
 * Threads: any.
 */
unsigned int daxplug_device_get_memdevs(const struct daxplug_device *dev);

/**
 * daxplug_device_get_memdev() - one of its CXL memory devices
 * @dev: the device
 * @index: from 0 to daxplug_device_get_memdevs() - 1, in interleave order
 * @name: receives its name, such as "mem0"; may be NULL
 * @serial: receives its serial number; may be NULL
 *
 * Return: 0; -EINVAL when there is no such index; -ENOENT when the kernel does
 * not tell which device is behind it (nothing is set).
 * Threads: any.
 */
int daxplug_device_get_memdev(const struct daxplug_device *dev,
			      unsigned int index, const char **name,
			      uint64_t *serial);

/**
 * daxplug_device_get_backend() - what would carry out a plug or unplug (live)
 * @dev: the device
 *
 * Return: the backend; DAXPLUG_BACKEND_NONE also for a device that has gone,
 * and for one without a driver, which a plug binds to kmem first.
 * Threads: any.
 */
enum daxplug_backend
daxplug_device_get_backend(const struct daxplug_device *dev);

/**
 * daxplug_device_get_state() - the device's state now (live)
 * @dev: the device
 * @state: receives it, on success only
 *
 * Of the module this is the word that it says. Otherwise every block is looked
 * at, since the native driver says what was last asked for; who may not read
 * the addresses (they are root's) gets the native driver's word all the same.
 *
 * Return: 0; -EOPNOTSUPP when a driver other than kmem holds it; -ENODEV when
 * the device has gone; -EPROTO when the kernel says what this library does not
 * understand; -EACCES; or what read(2) failed with. Never -EINTR.
 * Threads: any.
 */
int daxplug_device_get_state(const struct daxplug_device *dev,
			     enum daxplug_state *state);

/**
 * daxplug_device_read_blocks() - its memory blocks, counted (live)
 * @dev: the device
 * @blocks: receives the counts, on success only
 * @size: how large the caller's structure is, in bytes
 *
 * daxplug_device_get_blocks() gives the size of the header that a program was
 * built with. Members that the library does not know are 0.
 *
 * Return: as daxplug_device_get_state(); -EINVAL when @size is less than that of
 * the first version, which ends with movable.
 * Threads: any.
 */
int daxplug_device_read_blocks(const struct daxplug_device *dev,
			       struct daxplug_blocks *blocks, size_t size);

/**
 * daxplug_device_get_blocks() - its memory blocks, counted (live)
 * @dev: the device
 * @blocks: receives the counts, on success only
 *
 * Return: as daxplug_device_get_state().
 * Threads: any.
 */
static inline int daxplug_device_get_blocks(const struct daxplug_device *dev,
					    struct daxplug_blocks *blocks)
{
	return daxplug_device_read_blocks(dev, blocks, sizeof(*blocks));
}

/**
 * daxplug_device_get_stats() - what has happened to it so far (live)
 * @dev: the device
 * @values: receives one number for each enum daxplug_stat
 * @count: how many @values has room for: DAXPLUG_STATS
 *
 * Return: 0; -EOPNOTSUPP for all backends but the module; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_stats(const struct daxplug_device *dev,
			     uint64_t *values, unsigned int count);

/**
 * daxplug_device_get_poisoned() - how many blocks have bad memory (live)
 * @dev: the device
 * @blocks: receives their number, on success only
 *
 * Blocks in which the driver knows a page frame whose memory is bad, whether they
 * exist now or not. daxplug_device_get_blocks() counts them among the others.
 *
 * Return: 0; -EOPNOTSUPP for drivers that do not count them; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_poisoned(const struct daxplug_device *dev,
				unsigned int *blocks);

/**
 * daxplug_device_each_poison() - the page frames whose memory is bad (live)
 * @dev: the device
 * @fn: called for each; may be NULL
 * @data: handed to @fn
 *
 * The driver remembers them over unplug and plug, and keeps them out of use.
 *
 * Return: how many the driver names, which need not be all of many;
 * -EOPNOTSUPP for drivers that do not remember them; -ENODEV; -EACCES when not
 * root; -EINTR when a signal was handled meanwhile; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_each_poison(const struct daxplug_device *dev,
			       daxplug_poison_fn fn, void *data);

/**
 * daxplug_device_each_blocker() - what would stop an unplug now (live)
 * @dev: the device
 * @fn: called for each
 * @data: handed to @fn
 *
 * The driver looks at the device's pages meanwhile, for up to a few seconds. A
 * blocker of the kind "poisoned" is a page frame whose memory is bad; it does not
 * prevent an unplug.
 *
 * Return: how many the driver names, which need not be all of many;
 * -EOPNOTSUPP for backends that cannot tell; -ENODEV; -EACCES when not root:
 * nothing is known then; -EINTR when a signal was handled meanwhile; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_each_blocker(const struct daxplug_device *dev,
				daxplug_blocker_fn fn, void *data);

/**
 * daxplug_device_get_overlap() - another device over the same addresses (live)
 * @dev: the device
 * @other: receives the first that is bound to kmem and shares an address with
 *	@dev, with a reference for daxplug_device_unref()
 *
 * Memory of one cannot be plugged by way of the other: daxplug's module refuses to
 * bind the second one, with EBUSY.
 *
 * Return: 0; -ENOENT when there is none; -EACCES when not root; -ENODEV; -ENOMEM;
 * or what daxplug_scan() failed with.
 * Threads: any.
 */
int daxplug_device_get_overlap(const struct daxplug_device *dev,
			       struct daxplug_device **other);

/**
 * daxplug_device_get_mode() - what the device is for now (live)
 * @dev: the device
 * @mode: receives it, on success only
 *
 * Return: 0; -ENODEV; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_get_mode(const struct daxplug_device *dev,
			    enum daxplug_mode *mode);

/**
 * daxplug_device_each_user() - who has the device's file open or mapped (live)
 * @dev: the device
 * @fn: called for each process, or NULL
 * @data: handed to @fn
 *
 * The file is known by its device number, whatever its name. Not seen are processes of
 * another PID namespace that is not below this one, and files that are on their way
 * through a socket or registered with io_uring.
 *
 * Return: how many; -EACCES when none was found and some process may not be looked at,
 * as for who is not root; -ENODEV; or what kept it from being read.
 * Threads: any.
 */
int daxplug_device_each_user(const struct daxplug_device *dev, daxplug_user_fn fn,
			     void *data);

/**
 * DAXPLUG_MOVABLE_RATIO - how many times the kernel's memory ZONE_MOVABLE may be
 *
 * Linux, Documentation/admin-guide/mm/memory-hotplug.rst, "Zone Imbalances": "Usually,
 * MOVABLE:KERNEL ratios of up to 3:1 or even 4:1 are fine." It depends on the load, so
 * more is a note of daxplug_device_preflight(), and no change is refused for it.
 */
#define DAXPLUG_MOVABLE_RATIO 4

/**
 * daxplug_get_zone_sizes() - the memory of the machine, by what it can hold (live)
 * @movable: receives bytes of ZONE_MOVABLE and of CMA: not for the kernel's own data
 * @kernel: receives bytes of all other zones, which can hold anything
 *
 * What is present on all nodes, used or not, by /proc/zoneinfo.
 *
 * Return: 0; -EOPNOTSUPP when it is not known.
 * Threads: any.
 */
int daxplug_get_zone_sizes(uint64_t *movable, uint64_t *kernel);

/**
 * daxplug_get_left_auto_online() - what a killed change has not put back (live)
 * @ctx: the context; needs no scan
 * @word: receives the word, a constant string, on success only
 *
 * While the stock driver is bound to a device, the kernel's auto_online_blocks is
 * "offline". If the process is killed in that moment, it stays so until the next
 * change of any device, which puts it back. While one is being bound by another
 * process it is told as well.
 *
 * Return: 0; -ENOENT when there is nothing to be put back, and when not root.
 * Threads: one at a time per context.
 */
int daxplug_get_left_auto_online(const struct daxplug_ctx *ctx,
				 const char **word);

#ifdef __cplusplus
}
#endif

#include "daxplug_change.h"
#include "daxplug_async.h"
#include "daxplug_consent.h"
#include "daxplug_log.h"
#include "daxplug_names.h"
#include "daxplug_settings.h"

#endif /* DAXPLUG_H */
