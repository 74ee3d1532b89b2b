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
