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

#include <linux/dcache.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/memory.h>
#include <linux/memory-tiers.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/utsname.h>
#include <linux/version.h>

/* Sparse does not know __has_include(). */
#if !defined(CONFIG_MODVERSIONS) && !defined(__CHECKER__)
#if __has_include(<generated/utsversion.h>)
#include <generated/utsversion.h>
#endif
#endif

#include "have.h"
#include "layout.h"
#include "state.h"

/* A device's bus: const since 6.3 or so. */
typedef typeof(*((struct device *)NULL)->bus) compat_bus_t;

/**
 * compat_bus_root() - the device that holds a bus's own attributes
 *
 * Return: it, with a reference, or NULL, also where the kernel does not tell.
 */
static inline struct device *compat_bus_root(compat_bus_t *bus)
{
#if DAXPLUG_HAVE_SYM_bus_get_dev_root
	return bus_get_dev_root(bus);
#elif defined(DAXPLUG_HAVE_BUS_TYPE_DEV_ROOT)
	return get_device(bus->dev_root);
#else
	return NULL;
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

/** compat_memmap_on_memory_works() - does the kernel let memory hold its own memmap? */
static inline bool compat_memmap_on_memory_works(void)
{
#if DAXPLUG_HAVE_SYM_mhp_supports_memmap_on_memory
	return mhp_supports_memmap_on_memory();
#else
	return false;
#endif
}

/**
 * compat_memmap_single_blocks() - can only single blocks hold their own memmap?
 *
 * Before 6.8 memory with its own memmap is added and removed block by block, and whether
 * that works cannot be asked: the kernel answers EINVAL when it is added.
 */
static inline bool compat_memmap_single_blocks(void)
{
	return !DAXPLUG_HAVE_SYM_mhp_supports_memmap_on_memory;
}

/**
 * compat_page_flags() - all flags of a page, as they are at one moment
 *
 * For loops over every page of a block: the kernel's functions read them anew for each
 * flag. They are one word, which is in a structure of its own in 7.3.
 */
static inline unsigned long compat_page_flags(const struct page *page)
{
	BUILD_BUG_ON(sizeof(page->flags) != sizeof(unsigned long));
	return READ_ONCE(*(const unsigned long *)&page->flags);
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
 * compat_first_alias() - a directory entry of a file
 * @inode: the file; the caller holds its i_lock, which keeps the entry
 *
 * Return: the entry, without a reference, or NULL.
 */
static inline struct dentry *compat_first_alias(struct inode *inode)
{
#ifdef DAXPLUG_HAVE_DENTRY_D_U
	return hlist_entry_safe(inode->i_dentry.first, struct dentry, d_u.d_alias);
#else
	return hlist_entry_safe(inode->i_dentry.first, struct dentry, d_alias);
#endif
}

/**
 * compat_pages_migrated() - pages migrated on this machine since it booted
 *
 * For whatever reason, by whomever: a difference of two is an upper bound. 0 where the
 * kernel does not tell.
 */
static inline unsigned long compat_pages_migrated(void)
{
#if DAXPLUG_HAVE_SYM_all_vm_events
	unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	return events[PGMIGRATE_SUCCESS];
#else
	return 0;
#endif
}

/**
 * compat_pages_demoted() - pages demoted to a lower memory tier since this machine booted
 *
 * Without those that somebody asked for by memory.reclaim. 0 where the kernel does not
 * tell.
 */
static inline unsigned long compat_pages_demoted(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return global_node_page_state(PGDEMOTE_KSWAPD) +
	       global_node_page_state(PGDEMOTE_DIRECT);
#elif DAXPLUG_HAVE_SYM_all_vm_events
	unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	return events[PGDEMOTE_KSWAPD] + events[PGDEMOTE_DIRECT];
#else
	return 0;
#endif
}

/** compat_swap_pages() - free pages of swap space; 0 where the kernel does not tell */
static inline unsigned long compat_swap_pages(void)
{
#if DAXPLUG_HAVE_SYM_nr_swap_pages
	return (unsigned long)max(get_nr_swap_pages(), 0L);
#else
	return 0;
#endif
}

/** compat_register_oom_notifier() - be called before a process is killed */
static inline int compat_register_oom_notifier(struct notifier_block *nb)
{
#if DAXPLUG_HAVE_SYM_register_oom_notifier && DAXPLUG_HAVE_SYM_unregister_oom_notifier
	return register_oom_notifier(nb);
#else
	return 0;
#endif
}

static inline void compat_unregister_oom_notifier(struct notifier_block *nb)
{
#if DAXPLUG_HAVE_SYM_register_oom_notifier && DAXPLUG_HAVE_SYM_unregister_oom_notifier
	unregister_oom_notifier(nb);
#endif
}

/**
 * compat_walk_system_ram() - call a function for each System RAM resource in a range
 *
 * Walks over busy resources, so that it looks below a reservation and does not end at
 * it. No call where the kernel does not export the walk: nothing is adopted there.
 */
static inline void compat_walk_system_ram(u64 start, u64 end, void *arg,
					  int (*fn)(struct resource *, void *))
{
#if DAXPLUG_HAVE_SYM_walk_iomem_res_desc
	walk_iomem_res_desc(IORES_DESC_NONE,
			    IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY |
			    IORESOURCE_SYSRAM_DRIVER_MANAGED,
			    start, end, arg, fn);
#endif
}

/** compat_block_memmap_pages() - pages of a block that hold its page structures */
static inline unsigned long compat_block_memmap_pages(const struct memory_block *block)
{
#if defined(DAXPLUG_HAVE_MEMORY_BLOCK_ALTMAP)
	return block->altmap ? block->altmap->free : 0;
#elif defined(DAXPLUG_HAVE_MEMORY_BLOCK_NR_VMEMMAP_PAGES)
	return block->nr_vmemmap_pages;
#else
	return 0;
#endif
}

/**
 * compat_block_poison() - how many bad pages the kernel counts in a block
 *
 * Return: the number; -1 where it does not count them.
 */
static inline long compat_block_poison(const struct memory_block *block)
{
#ifdef DAXPLUG_HAVE_MEMORY_BLOCK_NR_HWPOISON
	return atomic_long_read(&block->nr_hwpoison);
#else
	return IS_ENABLED(CONFIG_MEMORY_FAILURE) ? -1 : 0;
#endif
}

/** compat_memory_failure() - report a page frame with a memory error; may sleep */
static inline void compat_memory_failure(unsigned long pfn)
{
#if DAXPLUG_HAVE_SYM_memory_failure
	memory_failure(pfn, 0);
#endif
}

/** compat_set_online_page_callback() - be given the pages of blocks that come online */
static inline int compat_set_online_page_callback(online_page_callback_t callback)
{
#if DAXPLUG_HAVE_ONLINE_PAGE_CALLBACK
	return set_online_page_callback(callback);
#else
	return -EOPNOTSUPP;
#endif
}

static inline void compat_restore_online_page_callback(online_page_callback_t callback)
{
#if DAXPLUG_HAVE_ONLINE_PAGE_CALLBACK
	restore_online_page_callback(callback);
#endif
}

/** compat_online_chunk() - give pages that have come online to the page allocator */
static inline void compat_online_chunk(struct page *page, unsigned int order)
{
#if DAXPLUG_HAVE_ONLINE_PAGE_CALLBACK
	generic_online_page(page, order);
#endif
}

/**
 * compat_keep_page() - keep one page that has come online from the page allocator
 *
 * It counts as present, has one reference, and looks like a page in use. Until a page
 * is handed to the allocator it is marked reserved, and since 6.11 offline instead.
 */
static inline void compat_keep_page(struct page *page)
{
#if DAXPLUG_HAVE_ONLINE_PAGE_CALLBACK
	if (PageOffline(page))
		__ClearPageOffline(page);
	__ClearPageReserved(page);
	adjust_managed_page_count(page, 1);
#endif
}

/**
 * compat_other_build() - is this not the build of the kernel that the module is for?
 *
 * Where modules carry versions of what they use, the kernel checks them. Where they do
 * not, a kernel that was built anew under the same release name may have other private
 * structures, and only its build tells.
 * Return: the build that the module is for; NULL if it fits, or cannot be told.
 */
static inline const char *compat_other_build(void)
{
#if !defined(CONFIG_MODVERSIONS) && defined(UTS_VERSION)
	return strcmp(init_utsname()->version, UTS_VERSION) ? UTS_VERSION : NULL;
#else
	return NULL;
#endif
}

#ifdef DAXPLUG_HAVE_DAX_DRIVER_TYPE
#define COMPAT_DAX_DRIVER_KMEM	.type = DAXDRV_KMEM_TYPE,
#else
#define COMPAT_DAX_DRIVER_KMEM
#endif

#endif
