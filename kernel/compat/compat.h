/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything in which the supported kernels differ, under one name each. No
 * other file has a condition on a kernel's version or on what it has; the
 * table in doc/kernels.md lists each difference and how it is met.
 *
 * have.h says which symbols the target kernel exports, layout.h how it lays
 * out the private structures of the dax bus; both are generated from it.
 */
#ifndef DAXPLUG_KERNEL_COMPAT_H
#define DAXPLUG_KERNEL_COMPAT_H

#include <linux/device.h>
#include <linux/memory.h>
#include <linux/memory-tiers.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#include "have.h"
#include "layout.h"
#include "state.h"

/* A device's bus: const since 6.3 or so. */
typedef typeof(*((struct device *)NULL)->bus) compat_bus_t;

/**
 * compat_bus_root() - the device that holds a bus's own attributes
 *
 * Return: it, with a reference, or NULL.
 */
static inline struct device *compat_bus_root(compat_bus_t *bus)
{
#if DAXPLUG_HAVE_SYM_bus_get_dev_root
	return bus_get_dev_root(bus);
#else
	return get_device(bus->dev_root);
#endif
}

/**
 * enum memory_event - the memory notifier's actions that matter here
 *
 * Their numbers are bit values up to 6.12 and an enum in 7.3; the kernel's
 * own names are used for them, and nothing else.
 */
enum memory_event {
	EVENT_OTHER,
	EVENT_GOING_ONLINE,
	EVENT_ONLINE,
	EVENT_GOING_OFFLINE,
	EVENT_OFFLINE
};

static inline enum memory_event compat_memory_event(unsigned long action)
{
	switch (action) {
#ifdef MEM_PREPARE_ONLINE
	/* 6.9 to 6.1x ask once more, before the block's pages are set up. */
	case MEM_PREPARE_ONLINE:
		return EVENT_GOING_ONLINE;
#endif
	case MEM_GOING_ONLINE:
		return EVENT_GOING_ONLINE;
	case MEM_ONLINE:
		return EVENT_ONLINE;
	case MEM_GOING_OFFLINE:
		return EVENT_GOING_OFFLINE;
	case MEM_OFFLINE:
		return EVENT_OFFLINE;
	default:
		return EVENT_OTHER;
	}
}

static inline int compat_mmop(enum online_type type)
{
	switch (type) {
	case TYPE_OFFLINE:
		return MMOP_OFFLINE;
	case TYPE_ONLINE:
		return MMOP_ONLINE;
	case TYPE_ONLINE_KERNEL:
		return MMOP_ONLINE_KERNEL;
	case TYPE_ONLINE_MOVABLE:
		return MMOP_ONLINE_MOVABLE;
	default:
		return -EINVAL;
	}
}

/**
 * compat_add_memory() - add a range that is a driver's own, with its type
 * @mgid: its memory group
 * @start: first byte
 * @size: length
 * @name: of the resource
 * @flags: MHP_*
 * @type: what the new blocks are brought to, as far as they let themselves be
 *
 * 7.3 can be told a type. Before, the kernel's auto-online policy decides:
 * the caller has it refused (guard_hold_offline()) and the blocks stay
 * offline, whatever @type. Either way the blocks say what came of it.
 *
 * Return: 0; -EINVAL when @type is none; or what the kernel answers.
 */
static inline int compat_add_memory(int mgid, u64 start, u64 size,
				    const char *name, mhp_t flags,
				    enum online_type type)
{
	int mmop = compat_mmop(type);

	if (mmop < 0)
		return mmop;
#if DAXPLUG_HAVE_SYM___add_memory_driver_managed
	return __add_memory_driver_managed(mgid, start, size, name, flags, mmop);
#else
	return add_memory_driver_managed(mgid, start, size, name, flags);
#endif
}

/**
 * compat_online_policy() - the system's auto-online policy, as a call
 *
 * Return: TYPE_OFFLINE to TYPE_ONLINE_MOVABLE; TYPE_NONE where there is no
 * call for it.
 */
static inline enum online_type compat_online_policy(void)
{
#if DAXPLUG_HAVE_SYM_mhp_get_default_online_type
	enum online_type type;

	for (type = TYPE_OFFLINE; type < TYPE_ONLINE_MOVABLE; type++)
		if (compat_mmop(type) == (int)mhp_get_default_online_type())
			break;
	return type;
#else
	return TYPE_NONE;
#endif
}

/**
 * compat_adistance() - how far a node's memory is, as the platform measured it
 * @nid: the node
 * @adistance: the answer where nobody knows
 */
static inline int compat_adistance(int nid, int adistance)
{
#if DAXPLUG_HAVE_SYM_mt_calc_adistance
	mt_calc_adistance(nid, &adistance);
#endif
	return adistance;
}

/** compat_put_memory_type() - drop alloc_memory_type()'s reference */
static inline void compat_put_memory_type(struct memory_dev_type *type)
{
#if DAXPLUG_HAVE_SYM_put_memory_type
	put_memory_type(type);
#else
	destroy_memory_type(type);
#endif
}

/**
 * compat_memmap_on_memory() - does the device want its memmap on itself?
 * @dev_dax: the device
 */
static inline bool compat_memmap_on_memory(const struct dev_dax *dev_dax)
{
#ifdef DAXPLUG_HAVE_DEV_DAX_MEMMAP_ON_MEMORY
	return dev_dax->memmap_on_memory;
#else
	return false;
#endif
}

/**
 * compat_page_movable() - is a page that is on no list movable all the same?
 *
 * Its driver can move it, as a balloon's can.
 */
static inline bool compat_page_movable(struct page *page)
{
#ifdef PAGE_MAPPING_MOVABLE
	return __PageMovable(page);
#else
	return page_has_movable_ops(page);
#endif
}

/**
 * compat_pages_migrated() - pages migrated on this machine since it booted
 *
 * For whatever reason, by whomever: a difference of two is an upper bound.
 */
static inline unsigned long compat_pages_migrated(void)
{
	unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	return events[PGMIGRATE_SUCCESS];
}

#ifdef DAXPLUG_HAVE_DAX_DRIVER_TYPE
#define COMPAT_DAX_DRIVER_KMEM	.type = DAXDRV_KMEM_TYPE,
#else
#define COMPAT_DAX_DRIVER_KMEM
#endif

#endif
