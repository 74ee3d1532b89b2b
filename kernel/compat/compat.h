/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between the supported kernels, each behind one function or macro. No
 * other file of the module has a condition on the kernel's version or on its features, except
 * on CONFIG_NUMA. (The test modules have testing.h.) The table in doc/kernels.md lists
 * each difference and how it is handled.
 *
 * Two generated headers describe the target kernel. have.h says which symbols it
 * exports. layout.h defines the private structures of the dax bus.
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

/* Sparse does not support __has_include(). */
#if !defined(CONFIG_MODVERSIONS) && !defined(__CHECKER__)
#if __has_include(<generated/utsversion.h>)
#include <generated/utsversion.h>
#endif
#endif

#include "have.h"
#include "layout.h"
#include "state.h"

/* The type of a device's bus. It is const in 6.12 and later, but not in 6.1. */
typedef typeof(*((struct device *)NULL)->bus) compat_bus_t;

/**
 * compat_bus_root() - get the device that holds the attributes of a bus
 *
 * Return: the device, with a reference that the caller must drop; NULL if there is none
 * or the kernel gives no access to it.
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
 * enum memory_event - the actions of the memory notifier that this module handles
 *
 * The kernel's numbers for them are bit values in 6.1 and in 6.12.95, and an enum in
 * 6.12.117 and in 7.3. So the code uses only the kernel's names, never the numbers.
 */
enum memory_event {
	EVENT_OTHER,
	EVENT_GOING_ONLINE,
	EVENT_ONLINE,
	EVENT_GOING_OFFLINE,
	EVENT_OFFLINE
};

/** compat_memory_event() - translate the action of a memory notifier */
static inline enum memory_event compat_memory_event(unsigned long action)
{
	switch (action) {
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

/** compat_mmop() - get the kernel's MMOP_* for an online type; -EINVAL if there is none */
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
 * compat_add_memory() - add memory that is managed by this driver
 * @mgid: its memory group
 * @start: physical address of the first byte
 * @size: size in bytes
 * @name: name of the resource
 * @flags: MHP_*
 * @type: the requested state of the new blocks
 *
 * Linux 7.3 tries to bring the new blocks into this state. On older kernels the
 * auto-online policy decides instead. So the caller makes the guard veto onlines meanwhile
 * (guard_set_veto_onlines()). Then the blocks stay offline on older kernels, whatever
 * @type is. On all kernels the actual states of the blocks show the result.
 *
 * Context: may sleep; takes the hotplug lock.
 * Return: 0; -EINVAL if @type is no type; or the negative errno of the kernel.
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
 * compat_online_policy() - get the auto-online policy from a function of the kernel
 *
 * Return: TYPE_OFFLINE to TYPE_ONLINE_MOVABLE; TYPE_NONE if the kernel exports no such
 * function.
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
 * compat_adistance() - get the abstract distance of a node, as measured by the platform
 * @nid: the node
 * @adistance: the result if the platform has not measured it
 *
 * Context: may sleep.
 * Return: the abstract distance.
 */
static inline int compat_adistance(int nid, int adistance)
{
#if DAXPLUG_HAVE_SYM_mt_calc_adistance
	mt_calc_adistance(nid, &adistance);
#endif
	return adistance;
}

/** compat_put_memory_type() - drop the reference that alloc_memory_type() returned */
static inline void compat_put_memory_type(struct memory_dev_type *type)
{
#if DAXPLUG_HAVE_SYM_put_memory_type
	put_memory_type(type);
#else
	destroy_memory_type(type);
#endif
}

/**
 * compat_memmap_on_memory() - check whether a device requests page structures in its
 * own memory
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

/** compat_memmap_on_memory_works() - check whether memory can hold its own page structures */
static inline bool compat_memmap_on_memory_works(void)
{
#if DAXPLUG_HAVE_SYM_mhp_supports_memmap_on_memory
	return mhp_supports_memmap_on_memory();
#else
	return false;
#endif
}

/**
 * compat_memmap_single_blocks() - check whether only single blocks can hold their own
 * page structures
 *
 * Before 6.8 memory with its own page structures is added and removed block by block. These
 * kernels export no function that says whether they support such memory. If they do not,
 * adding the memory fails with -EINVAL.
 */
static inline bool compat_memmap_single_blocks(void)
{
	return !DAXPLUG_HAVE_SYM_mhp_supports_memmap_on_memory;
}

/**
 * compat_page_flags() - read all flags of a page at once
 *
 * Used in loops over every page of a block, because the kernel's functions test one flag each,
 * and each of them reads the word with the flags again. In 7.3 this word is in a structure.
 */
static inline unsigned long compat_page_flags(const struct page *page)
{
	BUILD_BUG_ON(sizeof(page->flags) != sizeof(unsigned long));
	return READ_ONCE(*(const unsigned long *)&page->flags);
}

/**
 * compat_page_movable() - check whether the driver that owns a page can migrate it
 *
 * For pages that are on no LRU list, for example those of a balloon driver.
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
 * compat_first_alias() - get a directory entry of a file
 * @inode: the file; the caller holds its i_lock, which keeps the entry valid
 *
 * Return: the entry, without a reference; NULL if there is none.
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
 * compat_pages_migrated() - count the pages migrated on this machine since it booted
 *
 * Includes migrations of any kind by any task, so the difference of two counts is an
 * upper bound for one transaction.
 * Return: the number; 0 if the kernel exports no counter.
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
 * compat_pages_demoted() - count the pages demoted to a lower memory tier since boot
 *
 * Counts what kswapd and direct reclaim have demoted. Some kernels count separately what
 * khugepaged (6.12) or a write to memory.reclaim (7.3) has demoted; that is not included.
 * Return: the number; 0 if the kernel exports no counter.
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

/** compat_swap_pages() - count the free pages of swap space; 0 if not exported */
static inline unsigned long compat_swap_pages(void)
{
#if DAXPLUG_HAVE_SYM_nr_swap_pages
	return (unsigned long)max(get_nr_swap_pages(), 0L);
#else
	return 0;
#endif
}

/**
 * compat_register_oom_notifier() - register a notifier called before a process is
 * killed
 *
 * Return: 0, also if the kernel exports no such function.
 */
static inline int compat_register_oom_notifier(struct notifier_block *nb)
{
#if DAXPLUG_HAVE_SYM_register_oom_notifier && DAXPLUG_HAVE_SYM_unregister_oom_notifier
	return register_oom_notifier(nb);
#else
	return 0;
#endif
}

/** compat_unregister_oom_notifier() - undo compat_register_oom_notifier() */
static inline void compat_unregister_oom_notifier(struct notifier_block *nb)
{
#if DAXPLUG_HAVE_SYM_register_oom_notifier && DAXPLUG_HAVE_SYM_unregister_oom_notifier
	unregister_oom_notifier(nb);
#endif
}

/**
 * compat_walk_system_ram() - call a function for each System RAM resource in a range
 *
 * Finds only busy resources. A reservation of a kmem driver is not busy, so the walk finds
 * the System RAM resource inside it, not the reservation. If the kernel does not export the
 * walk, @fn is not called, and no memory is adopted.
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

/** compat_block_memmap_pages() - count the pages of a block that hold its page structures */
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
 * compat_block_poison() - get the kernel's count of bad pages in a block
 *
 * Return: the number, 0 without CONFIG_MEMORY_FAILURE; -1 if the kernel does not count them.
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

/**
 * compat_set_online_page_callback() - set the hook for the pages of blocks that come
 * online
 *
 * Return: 0; -EOPNOTSUPP without such a hook; -EINVAL if another driver has set it.
 */
static inline int compat_set_online_page_callback(online_page_callback_t callback)
{
#if DAXPLUG_HAVE_ONLINE_PAGE_CALLBACK
	return set_online_page_callback(callback);
#else
	return -EOPNOTSUPP;
#endif
}

/** compat_restore_online_page_callback() - undo compat_set_online_page_callback() */
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
 * compat_keep_page() - withhold one page of a new online block from the page allocator
 *
 * After this call the page counts as managed, has one reference and looks like a page in
 * use. Before the call the page is marked as reserved, or since 6.11 as offline, and this
 * function clears that mark.
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
 * compat_other_build() - check whether the module was built for another build of the
 * kernel
 *
 * With CONFIG_MODVERSIONS the kernel checks the symbols that a module uses. Without it,
 * a kernel that was rebuilt under the same release name may have different private
 * structures, and only the string of its build shows that.
 * Return: the build that the module was built for; NULL if it is the same or unknown.
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
