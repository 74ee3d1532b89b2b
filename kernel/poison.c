// SPDX-License-Identifier: GPL-2.0-only
/* Records and retires page frames with memory errors; see poison.h. */
#include <linux/jiffies.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "block_table.h"
#include "compat.h"
#include "memory.h"
#include "params.h"
#include "poison.h"

/* The bad frames, indexed by page frame number. The xarray has a lock of its own. */
static DEFINE_XARRAY(bad_frames);

/* Number of pages to read before cond_resched() is called. */
#define PAGES_AT_ONCE	8192

static void retire_others(struct work_struct *work);
static DECLARE_WORK(retire_work, retire_others);

void poison_exit(void)
{
	cancel_work_sync(&retire_work);
	xa_destroy(&bad_frames);
}

unsigned int poison_count(unsigned long pfn, unsigned long end)
{
	unsigned int count = 0;
	unsigned long frame;
	void *entry;

	if (xa_empty(&bad_frames))
		return 0;
	xa_for_each_range(&bad_frames, frame, entry, pfn, end - 1)
		count++;
	return count;
}

int poison_record(unsigned long pfn, unsigned long end)
{
	unsigned long at;
	int err;

	if (!READ_ONCE(retire_poisoned_pages))
		return 0;
	for (at = pfn; at < end; at++) {
		if ((at - pfn) % PAGES_AT_ONCE == PAGES_AT_ONCE - 1)
			cond_resched();
		if (!PageHWPoison(pfn_to_page(at)))
			continue;
		err = xa_err(xa_store(&bad_frames, at, xa_mk_value(1), GFP_KERNEL));
		if (err)
			return err;
	}
	return (int)poison_count(pfn, end);
}

void poison_begin(struct kmem_memory *mem)
{
	WRITE_ONCE(mem->poison.is_lost, false);
}

void poison_set_lost(struct kmem_memory *mem)
{
	WRITE_ONCE(mem->poison.is_lost, true);
}

bool poison_is_lost(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->poison.is_lost);
}

static void block_frames(struct kmem_memory *mem, unsigned int block,
			 unsigned long *pfn, unsigned long *end)
{
	*pfn = PHYS_PFN(engine_block_start(&mem->engine, block));
	*end = *pfn + PHYS_PFN(memory_block_size_bytes());
}

unsigned int poison_count_blocks(struct kmem_memory *mem)
{
	unsigned long pfn, end;
	unsigned int block, blocks = 0;

	for (block = 0; block < mem->engine.nr_blocks; block++) {
		block_frames(mem, block, &pfn, &end);
		if (table_has_counted_poison(mem, block) || poison_count(pfn, end))
			blocks++;
	}
	return blocks;
}

void poison_forget(struct kmem_memory *mem)
{
	const struct engine_range *r;
	unsigned long frame, end;
	void *entry;

	for (r = mem->engine.ranges; r < mem->engine.ranges + mem->engine.nr_ranges; r++) {
		end = PHYS_PFN(r->start + r->size);
		xa_for_each_range(&bad_frames, frame, entry, PHYS_PFN(r->start), end - 1)
			xa_erase(&bad_frames, frame);
	}
}

/* How long one read of plug/poison may read page structures, in jiffies. */
#define SHOW_TIME	(4 * HZ)

/* Record bad pages that appeared since a block was last searched. */
static int record_new(struct kmem_memory *mem)
{
	unsigned long until = jiffies + SHOW_TIME;
	unsigned long pfn, end;
	unsigned int block;

	for (block = 0; block < mem->engine.nr_blocks; block++) {
		if (!table_may_have_poison(mem, block))
			continue;
		if (signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, until))
			return 0;
		if (!table_begin_scan(mem, block))
			continue;
		block_frames(mem, block, &pfn, &end);
		poison_record(pfn, end);
		table_end_scan();
	}
	return 0;
}

/* Space for the longest line and for the line "more" after it, in bytes. */
#define LINE_MAX_BYTES	64

ssize_t poison_show(struct kmem_memory *mem, char *buf)
{
	unsigned long pfn, end, frame;
	unsigned int block;
	ssize_t len = 0;
	void *entry;
	int err = record_new(mem);

	if (err)
		return err;
	for (block = 0; block < mem->engine.nr_blocks; block++) {
		block_frames(mem, block, &pfn, &end);
		xa_for_each_range(&bad_frames, frame, entry, pfn, end - 1) {
			if (len > (ssize_t)PAGE_SIZE - LINE_MAX_BYTES)
				return len + sysfs_emit_at(buf, len, "more\n");
			len += sysfs_emit_at(buf, len, "memory%llu %#lx\n",
					     PFN_PHYS(pfn) / memory_block_size_bytes(),
					     frame);
		}
	}
	return len;
}

/*
 * Protects the three variables below. retire_pfn and retire_end are the page frames of the
 * block that is being brought online. retire_hooked is true while the kernel's hook for pages
 * that come online is set. The hook keeps the block's bad frames from the page allocator. There
 * is only one such hook, so the lock is held from poison_retire_begin() to
 * poison_retire_end(), and only one block at a time can use the hook. The hook itself reads
 * retire_pfn and retire_end without the lock, because they do not change while it is set.
 */
static DEFINE_MUTEX(retire_lock);
static unsigned long retire_pfn, retire_end;
static bool retire_hooked;

/* The kernel's hook calls this function for each chunk of any block that comes online. */
static void online_chunk(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	if (pfn < retire_pfn || pfn >= retire_end ||
	    !poison_count(pfn, pfn + (1UL << order))) {
		compat_online_chunk(page, order);
	} else if (!order) {
		compat_keep_page(page);
	} else {
		/*
		 * A chunk has at most 2^HOLD_TOP_ORDER pages (1024 on x86-64), so this
		 * recursion has at most HOLD_TOP_ORDER levels.
		 */
		online_chunk(page, order - 1);
		online_chunk(pfn_to_page(pfn + (1UL << (order - 1))), order - 1);
	}
}

int poison_retire_begin(unsigned long pfn, unsigned long end)
{
	int err = mutex_lock_interruptible(&retire_lock);

	if (err)
		return err;
	retire_pfn = pfn;
	retire_end = end;
	retire_hooked = !compat_set_online_page_callback(online_chunk);
	return 0;
}

static void retire(struct kmem_memory *mem, unsigned long frame)
{
	struct page *page = pfn_to_online_page(frame);

	if (!page)
		return;
	if (!PageHWPoison(page))
		compat_memory_failure(frame);
	if (PageHWPoison(page))
		pr_info("kmem: %s: page frame %#lx of memory%llu is bad and was retired again\n",
			mem->name, frame, PFN_PHYS(frame) / memory_block_size_bytes());
	else
		pr_err("kmem: %s: page frame %#lx of memory%llu is bad and could not be retired\n",
		       mem->name, frame, PFN_PHYS(frame) / memory_block_size_bytes());
}

void poison_retire_end(struct kmem_memory *mem)
{
	unsigned long frame;
	void *entry;

	if (retire_hooked)
		compat_restore_online_page_callback(online_chunk);
	xa_for_each_range(&bad_frames, frame, entry, retire_pfn, retire_end - 1)
		retire(mem, frame);
	mutex_unlock(&retire_lock);
}

/*
 * Retire each recorded frame that is online and not marked as bad. Its block was brought online
 * by another task.
 */
static void retire_others(struct work_struct *work)
{
	unsigned long frame;
	struct page *page;
	void *entry;

	xa_for_each(&bad_frames, frame, entry) {
		page = pfn_to_online_page(frame);
		if (page && !PageHWPoison(page))
			compat_memory_failure(frame);
		cond_resched();
	}
}

void poison_retire_later(unsigned long pfn, unsigned long end)
{
	if (READ_ONCE(retire_poisoned_pages) && poison_count(pfn, end))
		schedule_work(&retire_work);
}
