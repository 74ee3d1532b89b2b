// SPDX-License-Identifier: GPL-2.0-only
/* Holds the free pages of a device during an unplug; see hold.h. */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "hold.h"
#include "memory.h"
#include "params.h"

/*
 * Marks held chunks. In the first page of a chunk, page_private() is the address of an
 * element of this array, and the index of the element is the order of the chunk. No other
 * owner of a page can have such an address there.
 */
static const char hold_marks[HOLD_TOP_ORDER + 1];

/* Allocate without any reclaim, and only from the device's node. */
#define HOLD_GFP	(__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_THISNODE | \
			 __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)

/* Number of chunks allocated or freed before cond_resched() is called. */
#define CHUNKS_AT_ONCE	256

/*
 * The most pages that one hold_refill() allocates. The time limits of limit.c are not checked
 * while hold_refill() runs, so one call must be short. A kernel that clears each allocated page
 * needs about 0.1 s for 256 MiB.
 */
#define REFILL_PAGES	(SZ_256M / PAGE_SIZE)

/* Number of pages that hold_free_some() frees, if so many are held. */
#define RELIEF_PAGES	8192

void hold_setup(struct kmem_memory *mem)
{
	spin_lock_init(&mem->hold.lock);
}

bool hold_begin(struct kmem_memory *mem)
{
	struct kmem_hold *hold = &mem->hold;
	struct list_head *chunks;
	unsigned int block;

	if (!READ_ONCE(keep_demotion_out) || num_node_state(N_MEMORY) < 2)
		return false;
	chunks = kvmalloc_array(mem->engine.nr_blocks, sizeof(*chunks), GFP_KERNEL);
	if (!chunks)
		return false;
	for (block = 0; block < mem->engine.nr_blocks; block++)
		INIT_LIST_HEAD(&chunks[block]);
	spin_lock(&hold->lock);
	hold->chunks = chunks;
	hold->going = mem->engine.nr_blocks;
	hold->closed = false;
	spin_unlock(&hold->lock);
	return compat_pages_demoted();
}

/* Check whether a chunk of a block should be held. Caller holds hold.lock. */
static bool may_hold(const struct kmem_memory *mem, unsigned int block)
{
	return mem->hold.chunks && !mem->hold.closed && block < mem->engine.nr_blocks &&
	       block != mem->hold.going;
}

/* Add a chunk to the list of its block. Caller holds hold.lock. */
static void add_chunk(struct kmem_memory *mem, unsigned int block, struct page *page,
		      unsigned int order)
{
	/* has_unmovable_pages() ignores such pages when the block goes offline. */
	__SetPageOffline(page);
	set_page_private(page, (unsigned long)&hold_marks[order]);
	list_add(&page->lru, &mem->hold.chunks[block]);
	WRITE_ONCE(mem->hold.pages, mem->hold.pages + (1UL << order));
}

/* Free a chunk. Return: the number of its pages. */
static unsigned long free_chunk(struct page *page)
{
	unsigned int order = (unsigned int)((const char *)page_private(page) - hold_marks);

	list_del(&page->lru);
	set_page_private(page, 0);
	__ClearPageOffline(page);
	__free_pages(page, order);
	return 1UL << order;
}

static bool hold_chunk(struct kmem_memory *mem, unsigned int order)
{
	struct page *page = alloc_pages_node(mem->nid, HOLD_GFP, order);
	struct kmem_hold *hold = &mem->hold;
	unsigned int block;
	bool ours;

	if (!page)
		return false;
	block = engine_block_at(&mem->engine, PFN_PHYS(page_to_pfn(page)));
	spin_lock(&hold->lock);
	ours = may_hold(mem, block);
	if (ours)
		add_chunk(mem, block, page, order);
	spin_unlock(&hold->lock);
	/*
	 * There are three reasons to free the chunk and to try no other chunk of this order. First,
	 * the chunk may not be of the device. Then the node has other memory. The kernel can then
	 * demote pages to the node anyway, even if more pages of the device are held. Second, the
	 * chunk may be of the block that is going offline. Third, hold_end() or hold_free_some()
	 * may have been called meanwhile.
	 */
	if (!ours)
		__free_pages(page, order);
	return ours;
}

/* Hold up to @pages more free pages of the device, the largest chunks first. */
static void hold_chunks(struct kmem_memory *mem, unsigned long pages)
{
	unsigned int order = HOLD_TOP_ORDER + 1, count = 0;

	while (order-- > 0) {
		while (pages >> order && hold_chunk(mem, order)) {
			pages -= 1UL << order;
			if (++count % CHUNKS_AT_ONCE)
				continue;
			cond_resched();
			if (signal_pending(current))
				return;
		}
	}
}

void hold_fill(struct kmem_memory *mem)
{
	struct kmem_hold *hold = &mem->hold;
	bool fills;

	/*
	 * No exported symbol tells whether demotion is on. But if demotion is on and memory is
	 * short, the kernel has already demoted pages. So if it has demoted none, hold no pages.
	 */
	if (!compat_pages_demoted())
		return;
	spin_lock(&hold->lock);
	fills = hold->chunks && !hold->closed;
	hold->filling = fills;
	hold->going = mem->engine.nr_blocks;
	spin_unlock(&hold->lock);
	if (fills)
		hold_chunks(mem, ULONG_MAX);
}

bool hold_refill(struct kmem_memory *mem)
{
	bool fills;

	spin_lock(&mem->hold.lock);
	fills = mem->hold.filling && !mem->hold.closed;
	spin_unlock(&mem->hold.lock);
	if (fills)
		hold_chunks(mem, REFILL_PAGES);
	return fills;
}

static void free_chunks(struct kmem_memory *mem, struct list_head *chunks)
{
	struct kmem_hold *hold = &mem->hold;
	struct page *page, *next;
	unsigned long pages = 0;
	unsigned int count = 0;

	list_for_each_entry_safe(page, next, chunks, lru) {
		pages += free_chunk(page);
		if (++count % CHUNKS_AT_ONCE == 0)
			cond_resched();
	}
	spin_lock(&hold->lock);
	WRITE_ONCE(hold->pages, hold->pages - pages);
	spin_unlock(&hold->lock);
}

void hold_free_block(struct kmem_memory *mem, unsigned int block)
{
	struct kmem_hold *hold = &mem->hold;
	LIST_HEAD(chunks);

	spin_lock(&hold->lock);
	hold->going = block;
	if (hold->chunks)
		list_splice_init(&hold->chunks[block], &chunks);
	spin_unlock(&hold->lock);
	free_chunks(mem, &chunks);
}

void hold_end(struct kmem_memory *mem)
{
	struct kmem_hold *hold = &mem->hold;
	struct list_head *chunks;
	unsigned int block;

	spin_lock(&hold->lock);
	chunks = hold->chunks;
	hold->chunks = NULL;
	hold->filling = false;
	spin_unlock(&hold->lock);
	if (!chunks)
		return;
	for (block = 0; block < mem->engine.nr_blocks; block++)
		free_chunks(mem, &chunks[block]);
	kvfree(chunks);
}

unsigned long hold_free_some(struct kmem_memory *mem)
{
	struct kmem_hold *hold = &mem->hold;
	unsigned long pages = 0;
	unsigned int block;

	spin_lock(&hold->lock);
	hold->closed = true;
	for (block = 0; hold->chunks && hold->pages > pages && pages < RELIEF_PAGES &&
			block < mem->engine.nr_blocks; block++) {
		while (!list_empty(&hold->chunks[block]) && pages < RELIEF_PAGES)
			pages += free_chunk(list_first_entry(&hold->chunks[block],
							     struct page, lru));
	}
	WRITE_ONCE(hold->pages, hold->pages - pages);
	spin_unlock(&hold->lock);
	return pages;
}

unsigned long hold_count_pages(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->hold.pages);
}

bool hold_is_held(struct page *page, unsigned long *nr)
{
	unsigned long mark;

	if (!PageOffline(page))
		return false;
	mark = READ_ONCE(page_private(page)) - (unsigned long)hold_marks;
	if (mark > HOLD_TOP_ORDER)
		return false;
	*nr = 1UL << mark;
	return true;
}
