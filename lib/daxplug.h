/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libdaxplug: plug DAX devices as system RAM and unplug them, always whole devices.
 *
 * These conventions apply to every function, unless its comment says otherwise:
 *
 * Errors	0 means success, a negative errno means failure. The value of errno after a call has
 *		no meaning. Nothing is printed. -ENODEV means that the device was removed. From a
 *		function that changes a device, it can also mean that one of its memory blocks is
 *		missing, or that its driver was unbound or did not bind it. -EPROTO means that a
 *		file of the kernel has contents that this library does not know.
 * Units	Sizes and physical addresses are in bytes.
 * Strings	A string belongs to the library and is valid as long as its handle.
 * Threads	There is no global state. Only one thread at a time may use a context. Any thread
 *		may take and drop references. The data of a device handle (name, size, node, driver,
 *		ranges) is a snapshot that any number of threads may read. Functions marked "live"
 *		read sysfs at each call and change nothing in the handle, so several threads may
 *		call them with one handle. If another device has got the name since the handle was
 *		created, they return -ENODEV.
 * Descriptors	A device handle has one. A change has two, and a few more while it is running. A
 *		watch has one. Contexts and watches also keep device handles.
 * Signals	The library installs no handler and changes no signal mask for longer than a call.
 *		If the thread that plugs or unplugs handles a signal, the change ends and is undone.
 *		The flag SA_RESTART does not prevent that. A change that was complete by then is not
 *		undone. In a program with threads the kernel may choose another thread for a signal.
 *		So block the signal in all other threads. Or call daxplug_change_cancel() in the
 *		signal's handler or in any thread. The library's own threads block all signals. An
 *		exception is the thread that runs a change. It does not block the signals that a
 *		fault of the program raises, such as SIGSEGV.
 * Man pages	libdaxplug(3) and the pages it names have more details.
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

/* The size of a device if it could not be read. */
#define DAXPLUG_SIZE_UNKNOWN UINT64_MAX

/* No memory block has this number. */
#define DAXPLUG_NO_BLOCK UINT64_MAX

/* The memory zone of a plugged device. */
enum daxplug_zone {
	DAXPLUG_ZONE_AUTO,	/* the kernel chooses; state "online" */
	DAXPLUG_ZONE_KERNEL,	/* never ZONE_MOVABLE; "online_kernel" */
	DAXPLUG_ZONE_MOVABLE,	/* ZONE_MOVABLE, can be unplugged; "online_movable" */
};

/* The state of a device, as in its `state` file. The names are those of the kernel. */
enum daxplug_state {
	DAXPLUG_STATE_UNPLUGGED,	/* no memory block exists */
	DAXPLUG_STATE_OFFLINE,		/* all blocks exist, none online */
	DAXPLUG_STATE_ONLINE,		/* all online, the kernel chose the zone */
	DAXPLUG_STATE_ONLINE_KERNEL,	/* all online, none in ZONE_MOVABLE */
	DAXPLUG_STATE_ONLINE_MOVABLE,	/* all online in ZONE_MOVABLE */
	DAXPLUG_STATE_INCONSISTENT,	/* anything else */
	/* Only from a watch; daxplug_device_get_state() returns an error instead. */
	DAXPLUG_STATE_OTHER_DRIVER,	/* bound to a driver other than kmem */
	DAXPLUG_STATE_UNKNOWN,		/* the state could not be read */
};

/* How a device is plugged and unplugged. More may be added. */
enum daxplug_backend {
	DAXPLUG_BACKEND_NONE,	/* no driver, or one other than kmem */
	DAXPLUG_BACKEND_MODULE,	/* daxplug's own kmem module */
	DAXPLUG_BACKEND_NATIVE,	/* the kmem driver of Linux 7.3 and later */
	DAXPLUG_BACKEND_BLOCKS,	/* single memory blocks; the weakest one */
};

/* Where a device comes from. More may be added. */
enum daxplug_origin {
	DAXPLUG_ORIGIN_UNKNOWN,
	DAXPLUG_ORIGIN_CXL,	/* a CXL region */
	DAXPLUG_ORIGIN_PMEM,	/* a namespace of an nvdimm region */
	DAXPLUG_ORIGIN_HMEM,	/* soft-reserved memory */
};

/* Which other programs may switch single blocks of a device. */
enum daxplug_guard {
	DAXPLUG_GUARD_OFF,		/* any program, at any time */
	DAXPLUG_GUARD_TRANSITION,	/* none while a change runs */
	DAXPLUG_GUARD_ALWAYS,		/* none */
};

/* Where the kernel's page structures of a device's memory are. */
enum daxplug_memmap {
	DAXPLUG_MEMMAP_DEFAULT,		/* the driver decides */
	DAXPLUG_MEMMAP_NO,		/* in other memory */
	DAXPLUG_MEMMAP_YES,		/* in the device's own memory */
};

/* The driver of a device, which decides how the device can be used. */
enum daxplug_mode {
	DAXPLUG_MODE_NONE,	/* no driver */
	DAXPLUG_MODE_DEVDAX,	/* device_dax: programs map its file */
	DAXPLUG_MODE_SYSTEM_RAM, /* kmem: can be plugged as system RAM */
	DAXPLUG_MODE_OTHER,	/* another driver */
};

/* The counters of a device. More may be added at the end. */
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
 * The number of a device's memory blocks in each state. @total is the sum of the other members.
 * More members may be added at the end, so the functions that fill this structure get its size.
 */
struct daxplug_blocks {
	unsigned int total;
	unsigned int absent;
	unsigned int offline;
	unsigned int kernel;	/* online outside ZONE_MOVABLE */
	unsigned int movable;	/* online in ZONE_MOVABLE */
};

/* One reason that prevents an unplug. The strings are valid during the call. */
struct daxplug_blocker {
	uint64_t block;		/* N of memoryN; DAXPLUG_NO_BLOCK: no single block */
	uint64_t pfn;		/* the page frame; 0 if unknown */
	const char *kind;	/* such as "pinned", a word of the driver */
	const char *owner;	/* the owner of the page, or details; "-" or "" if unknown */
	int last;		/* found by an earlier change; may not exist any more */
};

typedef void (*daxplug_blocker_fn)(const struct daxplug_blocker *blocker,
				   void *data);

/* A process that uses a device's file. The strings are valid during the call. */
struct daxplug_user {
	int pid;
	const char *name;	/* its command; "?" replaces unprintable characters */
	int mapped;		/* has it mapped; 0: only open */
};

typedef void (*daxplug_user_fn)(const struct daxplug_user *user, void *data);

/* Called for one page frame with bad memory; @block is the N of memoryN. */
typedef void (*daxplug_poison_fn)(uint64_t block, uint64_t pfn, void *data);

/**
 * daxplug_version() - get the version of the library
 *
 * Return: a constant string such as "0.1.0".
 * Threads: any.
 */
const char *daxplug_version(void);

/**
 * daxplug_new() - create a context
 * @out: receives the context, with one reference; drop it with daxplug_unref()
 *
 * The context uses the sysfs mounted on /sys or, for tests, the directory in the
 * environment variable DAXPLUG_SYSFS. Its lock files are in /run/daxplug or in the
 * directory in DAXPLUG_RUN. Set-uid programs ignore both variables. No device is read
 * before daxplug_scan() or daxplug_device_get_by_name().
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
 * The last reference frees the context and drops the devices of its last scan. Devices
 * to which the caller has a reference stay valid.
 *
 * Return: NULL.
 * Threads: any that has a reference.
 */
struct daxplug_ctx *daxplug_unref(struct daxplug_ctx *ctx);

/**
 * daxplug_set_sysfs_root() - use another directory than /sys
 * @ctx: the context
 * @root: the directory that holds bus/dax; it is copied
 *
 * For tests, and for a sysfs mounted elsewhere. Devices found before keep the previous
 * directory.
 *
 * Return: 0; -EINVAL if @root is empty; -ENOMEM.
 * Threads: one at a time per context.
 */
int daxplug_set_sysfs_root(struct daxplug_ctx *ctx, const char *root);

/**
 * daxplug_scan() - find all DAX devices
 * @ctx: the context
 *
 * Replaces the list of daxplug_device_foreach() and drops the context's references to
 * the devices of the scan before. A device that is removed while it is read is omitted.
 * After an error the old list stays.
 *
 * Return: 0, also if there is no device or no DAX support in the kernel; -ENOENT when
 * there is no sysfs; -EACCES if it may not be read; -ENOMEM; or another error of
 * opendir(3).
 * Threads: one at a time per context.
 */
int daxplug_scan(struct daxplug_ctx *ctx);

/**
 * daxplug_device_get_first() - get the first device of the last scan
 * @ctx: the context
 *
 * The handle belongs to the context. It is valid until the next daxplug_scan() or the
 * end of the context, or longer with daxplug_device_ref(). Devices are sorted by region
 * and instance number: dax0.0, dax0.1, dax2.0, dax10.0.
 *
 * Return: the device, or NULL if there is none.
 * Threads: one at a time per context.
 */
struct daxplug_device *daxplug_device_get_first(struct daxplug_ctx *ctx);

/**
 * daxplug_device_get_next() - get the device after this one in the last scan
 * @dev: a device from the same scan
 *
 * Return: the device, or NULL after the last one, and for a device that is no longer in
 * its context's list.
 * Threads: one at a time per context.
 */
struct daxplug_device *daxplug_device_get_next(struct daxplug_device *dev);

/**
 * daxplug_device_foreach() - loop over the devices of the last scan
 * @ctx: the context, after daxplug_scan()
 * @dev: a struct daxplug_device pointer, the loop variable
 */
#define daxplug_device_foreach(ctx, dev) \
	for ((dev) = daxplug_device_get_first(ctx); \
	     (dev); \
	     (dev) = daxplug_device_get_next(dev))

/**
 * daxplug_device_get_by_name() - find one device by its name
 * @ctx: the context; it needs no scan, and its list is not changed
 * @name: such as "dax0.0"
 * @dev: receives the device, with a reference for daxplug_device_unref()
 *
 * Return: 0; -ENODEV if there is no such device, or if no device can have that
 * name; -ENOMEM; or the error of reading its directory.
 * Threads: one at a time per context.
 */
int daxplug_device_get_by_name(struct daxplug_ctx *ctx, const char *name,
			       struct daxplug_device **dev);

/**
 * daxplug_device_ref() - take a reference to a device
 * @dev: the device
 *
 * The handle then stays valid after the next scan and after the end of its context.
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
 * daxplug_device_get_name() - get the name of a device
 * @dev: the device
 *
 * Return: the name, such as "dax0.0"; never NULL.
 * Threads: any.
 */
const char *daxplug_device_get_name(const struct daxplug_device *dev);

/**
 * daxplug_device_get_path() - get the directory of a device in sysfs
 * @dev: the device
 *
 * Return: the path, such as "/sys/bus/dax/devices/dax0.0"; never NULL.
 * Threads: any.
 */
const char *daxplug_device_get_path(const struct daxplug_device *dev);

/**
 * daxplug_device_get_driver() - get the driver that the device had when it was found
 * @dev: the device
 *
 * Return: its name, such as "kmem" or "device_dax"; NULL if it had none.
 * Threads: any.
 */
const char *daxplug_device_get_driver(const struct daxplug_device *dev);

/**
 * daxplug_device_get_size() - get the sum of the sizes of a device's ranges
 * @dev: the device
 *
 * The part that can be plugged may be smaller: see daxplug_device_get_usable().
 *
 * Return: bytes; 0 for a device without ranges; DAXPLUG_SIZE_UNKNOWN if it could not be
 * read.
 * Threads: any.
 */
uint64_t daxplug_device_get_size(const struct daxplug_device *dev);

/**
 * daxplug_device_get_block_size() - get the size of the kernel's memory blocks (live)
 * @dev: the device
 * @bytes: receives the size, the same for all devices, on success only
 *
 * Return: 0; -EOPNOTSUPP if this kernel has no memory blocks; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_block_size(const struct daxplug_device *dev,
				  uint64_t *bytes);

/**
 * daxplug_device_get_usable() - get how much of a device can be plugged (live)
 * @dev: the device
 * @bytes: receives the size of all whole memory blocks in its ranges, on success only; 0 if
 *	not one memory block fits into a range
 *
 * This does not depend on the driver or the state.
 *
 * Return: 0; -EACCES if the caller is not root, except with daxplug's module; -EOPNOTSUPP
 * if this kernel has no memory blocks; -ENODEV; -EPROTO; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_get_usable(const struct daxplug_device *dev,
			      uint64_t *bytes);

/**
 * daxplug_device_get_online_size() - get how much of a device is system RAM now (live)
 * @dev: the device
 * @bytes: receives the size of its memory blocks that are online, on success only
 *
 * In the "online" states this is the size of daxplug_device_get_usable().
 *
 * Return: as daxplug_device_get_blocks(), but success with 0 bytes if another driver is bound.
 * Threads: any.
 */
int daxplug_device_get_online_size(const struct daxplug_device *dev,
				   uint64_t *bytes);

/**
 * daxplug_device_get_used() - get how much of a device is in use now (live)
 * @dev: the device
 * @bytes: receives the bytes in use, on success only: 0 if nothing is online
 *
 * The kernel counts used memory for each NUMA node. So this number is known only if all
 * online memory of the node belongs to the device.
 *
 * Return: 0; -EOPNOTSUPP if it is unknown, because the node has other memory or the
 * device has no node; -EACCES if the caller is not root; else as
 * daxplug_device_get_online_size().
 * Threads: any.
 */
int daxplug_device_get_used(const struct daxplug_device *dev, uint64_t *bytes);

/**
 * daxplug_device_get_align() - get the alignment of a device's mappings
 * @dev: the device
 *
 * Return: bytes; 0 if unknown.
 * Threads: any.
 */
uint64_t daxplug_device_get_align(const struct daxplug_device *dev);

/**
 * daxplug_device_get_target_node() - get the NUMA node into which the memory is plugged
 * @dev: the device
 *
 * Return: the node; -1 if it has none or it is unknown.
 * Threads: any.
 */
int daxplug_device_get_target_node(const struct daxplug_device *dev);

/**
 * daxplug_device_get_ranges() - get the number of separate ranges (mappings)
 * @dev: the device
 *
 * Return: the number, 0 for a device without memory.
 * Threads: any.
 */
unsigned int daxplug_device_get_ranges(const struct daxplug_device *dev);

/**
 * daxplug_device_get_range() - get the physical addresses of one range (live)
 * @dev: the device
 * @index: from 0 to daxplug_device_get_ranges() - 1
 * @start: receives the first byte's address
 * @end: receives the last byte's address (inclusive, as the kernel gives it)
 *
 * Return: 0; -EINVAL if @index is too large; -EACCES if the caller is not root; -ENODEV
 * if the range or the device was removed; -EPROTO if the addresses are not a range.
 * @start and @end are set on success only.
 * Threads: any.
 */
int daxplug_device_get_range(const struct daxplug_device *dev,
			     unsigned int index, uint64_t *start,
			     uint64_t *end);

/**
 * daxplug_device_get_origin() - get where a device comes from
 * @dev: the device
 *
 * Return: the origin.
 * Threads: any.
 */
enum daxplug_origin
daxplug_device_get_origin(const struct daxplug_device *dev);

/**
 * daxplug_device_get_region() - get the region that a device is part of
 * @dev: the device
 *
 * Return: the kernel's name: "region0" for CXL and persistent memory, which are
 * numbered separately; "hmem.0" for soft-reserved memory; NULL if the origin is
 * unknown.
 * Threads: any.
 */
const char *daxplug_device_get_region(const struct daxplug_device *dev);

/**
 * daxplug_device_get_uuid() - get the UUID of the region or namespace
 * @dev: the device
 *
 * Return: the UUID as text; NULL if there is none (volatile CXL regions, soft-reserved memory).
 * Threads: any.
 */
const char *daxplug_device_get_uuid(const struct daxplug_device *dev);

/**
 * daxplug_device_get_memdevs() - get the number of CXL memory devices of a device
 * @dev: the device
 *
 * Return: the number of targets of its CXL region; 0 for other origins.
 * Threads: any.
 */
unsigned int daxplug_device_get_memdevs(const struct daxplug_device *dev);

/**
 * daxplug_device_get_memdev() - get one CXL memory device of a device
 * @dev: the device
 * @index: from 0 to daxplug_device_get_memdevs() - 1, in interleave order
 * @name: receives its name, such as "mem0"; may be NULL
 * @serial: receives its serial number; may be NULL
 *
 * Return: 0; -EINVAL if @index is too large; -ENOENT if the kernel does not show the
 * memory device (then nothing is set).
 * Threads: any.
 */
int daxplug_device_get_memdev(const struct daxplug_device *dev,
			      unsigned int index, const char **name,
			      uint64_t *serial);

/**
 * daxplug_device_get_backend() - get what would plug or unplug a device (live)
 * @dev: the device
 *
 * Return: the backend; DAXPLUG_BACKEND_NONE also for a device that was removed, and for a
 * device without a driver, which a plug binds to kmem first.
 * Threads: any.
 */
enum daxplug_backend
daxplug_device_get_backend(const struct daxplug_device *dev);

/**
 * daxplug_device_get_state() - get the state of a device now (live)
 * @dev: the device
 * @state: receives it, on success only
 *
 * The module reports the actual state. With the other backends every block is read, because
 * the native driver reports the word that was last written. The blocks are found by the
 * addresses of the device, which only root may read. Other users get the driver's word.
 *
 * Return: 0; -EOPNOTSUPP if a driver other than kmem is bound, or if this kernel has no memory
 * blocks; -ENODEV if the device was removed; -EPROTO if the kernel's text is unknown to this
 * library; -EACCES; or another error of read(2). Never -EINTR.
 * Threads: any.
 */
int daxplug_device_get_state(const struct daxplug_device *dev,
			     enum daxplug_state *state);

/**
 * daxplug_device_read_blocks() - count the memory blocks of a device (live)
 * @dev: the device
 * @blocks: receives the counts, on success only
 * @size: size of the caller's structure in bytes
 *
 * daxplug_device_get_blocks() passes the size that the structure had when the program
 * was built. Members that the library does not know are set to 0.
 *
 * Return: as daxplug_device_get_state(); -EINVAL if @size is smaller than in the first
 * version, which ends with movable.
 * Threads: any.
 */
int daxplug_device_read_blocks(const struct daxplug_device *dev,
			       struct daxplug_blocks *blocks, size_t size);

/**
 * daxplug_device_get_blocks() - count the memory blocks of a device (live)
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
 * daxplug_device_get_stats() - get the counters of a device (live)
 * @dev: the device
 * @values: receives one number for each enum daxplug_stat
 * @count: number of elements in @values: DAXPLUG_STATS
 *
 * Return: 0; -EOPNOTSUPP for all backends but the module; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_stats(const struct daxplug_device *dev,
			     uint64_t *values, unsigned int count);

/**
 * daxplug_device_get_poisoned() - count the blocks that have bad memory (live)
 * @dev: the device
 * @blocks: receives their number, on success only
 *
 * These are blocks in which the driver knows a page frame with bad memory, whether the
 * blocks exist now or not. daxplug_device_get_blocks() counts them, too.
 *
 * Return: 0; -EOPNOTSUPP for drivers that do not count them; -ENODEV; -EPROTO.
 * Threads: any.
 */
int daxplug_device_get_poisoned(const struct daxplug_device *dev,
				unsigned int *blocks);

/**
 * daxplug_device_each_poison() - list the page frames with bad memory (live)
 * @dev: the device
 * @fn: called for each; may be NULL
 * @data: passed to @fn
 *
 * The driver records them across unplug and plug, and keeps them out of use. At each call it first
 * searches for new ones, which can take a few seconds.
 *
 * Return: their number; if there are many, the driver may not list all; -EOPNOTSUPP for
 * drivers that do not record them; -ENODEV; -EACCES if the caller is not root; -EINTR
 * if a signal was handled meanwhile; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_each_poison(const struct daxplug_device *dev,
			       daxplug_poison_fn fn, void *data);

/**
 * daxplug_device_each_blocker() - list what would prevent an unplug now (live)
 * @dev: the device
 * @fn: called for each of them
 * @data: passed to @fn
 *
 * The driver reads the device's page structures for up to a few seconds. A blocker of
 * the kind "poisoned" is a page frame with bad memory; it does not prevent an unplug.
 *
 * Return: their number; if there are many, the driver may not list all; -EOPNOTSUPP for
 * backends without this list; -ENODEV; -EACCES if the caller is not root; -EINTR if a
 * signal was handled meanwhile; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_each_blocker(const struct daxplug_device *dev,
				daxplug_blocker_fn fn, void *data);

/**
 * daxplug_device_get_overlap() - find another device with the same addresses (live)
 * @dev: the device
 * @other: receives the first device that is bound to kmem and has an address of @dev,
 *	with a reference for daxplug_device_unref()
 *
 * Only one of two such devices can be bound to kmem. If the driver is daxplug's module, it
 * refuses to bind the second one with EBUSY.
 *
 * Return: 0; -ENOENT if there is none; -EACCES if the caller is not root; -ENODEV;
 * -ENOMEM; or an error of daxplug_scan().
 * Threads: any.
 */
int daxplug_device_get_overlap(const struct daxplug_device *dev,
			       struct daxplug_device **other);

/**
 * daxplug_device_get_mode() - get which driver a device has now (live)
 * @dev: the device
 * @mode: receives it, on success only
 *
 * Return: 0; -ENODEV; -ENOMEM.
 * Threads: any.
 */
int daxplug_device_get_mode(const struct daxplug_device *dev,
			    enum daxplug_mode *mode);

/**
 * daxplug_device_each_user() - list the processes that use a device's file (live)
 * @dev: the device
 * @fn: called for each process, or NULL
 * @data: passed to @fn
 *
 * Lists processes that have the file open or mapped. The file is recognized by its device
 * number, whatever its name is. A process is not found if it is outside the caller's PID
 * namespace and the namespaces below that, or if its file is in transit over a socket or
 * registered with io_uring.
 *
 * Return: their number; -EACCES if none was found but the caller may not read all
 * processes; -ENODEV; or the error that prevented the search.
 * Threads: any.
 */
int daxplug_device_each_user(const struct daxplug_device *dev, daxplug_user_fn fn,
			     void *data);

/**
 * DAXPLUG_MOVABLE_RATIO - largest recommended ratio of ZONE_MOVABLE to other memory
 *
 * Linux, Documentation/admin-guide/mm/memory-hotplug.rst, "Zone Imbalances": "Usually,
 * MOVABLE:KERNEL ratios of up to 3:1 or even 4:1 are fine." It depends on the load, so
 * a larger ratio gives only a note in daxplug_device_preflight(), and no change is
 * refused.
 */
#define DAXPLUG_MOVABLE_RATIO 4

/**
 * daxplug_get_zone_sizes() - get the memory of the machine by zones (live)
 * @movable: receives the bytes of ZONE_MOVABLE and of CMA, which the kernel's own data
 *	cannot use
 * @kernel: receives the bytes of all other zones except ZONE_DEVICE; any data can use them
 *
 * Counts the present memory of all nodes, used or not, from /proc/zoneinfo.
 *
 * Return: 0; -EOPNOTSUPP if the kernel does not show them; or another negative errno if the
 * file cannot be read, for example -ENOMEM.
 * Threads: any.
 */
int daxplug_get_zone_sizes(uint64_t *movable, uint64_t *kernel);

/**
 * daxplug_get_left_auto_online() - find a setting left by a killed change (live)
 * @ctx: the context; needs no scan
 * @word: receives the word to be restored, a constant string, on success only
 *
 * While a process binds kmem to a device, it sets the kernel's auto_online_blocks to "offline". If
 * the process is killed in that moment, the setting stays so until it is restored by the next plug
 * or unplug of a device, or by the next change to DAXPLUG_MODE_SYSTEM_RAM. This function also
 * reports the setting while another process binds a device.
 *
 * Return: 0; -ENOENT if there is nothing to restore, or the caller is not root.
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
