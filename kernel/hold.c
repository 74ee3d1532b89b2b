// SPDX-License-Identifier: GPL-2.0-only
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "pages.h"

/*
 * From the movable zone of this node or not at all: no reclaim, no reserves,
 * nothing in the log.
 */
#define HOLD_GFP (__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_THISNODE | \
		  __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN)

/* The allocator may give chunks of another device first: so many pages of them. */
#define OTHERS_MAX (SZ_256M / PAGE_SIZE)

/* A chunk that is held is in a list by its first page, which knows its order. */
static void keep(struct list_head *list, struct page *page, unsigned int order)
{
	set_page_private(page, order);
	list_add(&page->lru, list);
}

unsigned long hold_free(struct list_head *chunks)
{
	struct page *page, *next;
	unsigned long pages = 0;
	unsigned int order;

	list_for_each_entry_safe(page, next, chunks, lru) {
		order = (unsigned int)page_private(page);
		pages += 1UL << order;
		list_del(&page->lru);
		set_page_private(page, 0);
		__free_pages(page, order);
		cond_resched();
	}
	return pages;
}

static void count_chunks(struct kmem_memory *mem, unsigned long *chunks)
{
	unsigned int block;

	for (block = 0; block < mem->engine.nr_blocks; block++)
		if (guard_block(mem, block) == BLOCK_MOVABLE)
			pages_count_chunks(engine_block_start(&mem->engine, block),
					   chunks);
}

/* Return: is it kept? Not any more once somebody has had everything back. */
static bool keep_in_block(struct kmem_memory *mem, unsigned int block,
			  struct page *page, unsigned int order)
{
	bool holding;

	spin_lock(&mem->held_lock);
	holding = mem->holding;
	if (holding)
		keep(&mem->held[block], page, order);
	spin_unlock(&mem->held_lock);
	return holding;
}

/* The chunks of one order, of which @want were seen. */
static void take_order(struct kmem_memory *mem, unsigned int order,
		       unsigned long want, struct list_head *others,
		       unsigned long *others_left)
{
	struct page *page;
	unsigned int block;

	while (want && !limit_reached(mem)) {
		page = alloc_pages_node(mem->nid, HOLD_GFP, order);
		if (!page)
			return;
		block = engine_block_at(&mem->engine, page_to_phys(page));
		if (block < mem->engine.nr_blocks &&
		    keep_in_block(mem, block, page, order)) {
			want--;
		} else if (block == mem->engine.nr_blocks &&
			   page_zonenum(page) == ZONE_MOVABLE &&
			   *others_left >= (1UL << order)) {
			*others_left -= 1UL << order;
			keep(others, page, order);
		} else {
			/* Mostly: the movable zone is down to its watermark. */
			__free_pages(page, order);
			return;
		}
		cond_resched();
	}
}

void hold_take(struct kmem_memory *mem)
{
	unsigned long chunks[TOP_ORDER + 1] = { 0 };
	unsigned long others_left = OTHERS_MAX;
	unsigned int order = TOP_ORDER + 1;
	LIST_HEAD(others);

	/* The kernel moves pages to other nodes first, if there are any. */
	if (num_node_state(N_MEMORY) > 1)
		return;

	spin_lock(&mem->held_lock);
	mem->holding = true;
	spin_unlock(&mem->held_lock);
	count_chunks(mem, chunks);
	while (order-- > 0)
		take_order(mem, order, chunks[order], &others, &others_left);
	hold_free(&others);
}

void hold_give(struct kmem_memory *mem, unsigned int block)
{
	LIST_HEAD(chunks);

	spin_lock(&mem->held_lock);
	list_splice_init(&mem->held[block], &chunks);
	spin_unlock(&mem->held_lock);
	hold_free(&chunks);
}

void hold_let_go(struct kmem_memory *mem, struct list_head *chunks)
{
	unsigned int block;

	spin_lock(&mem->held_lock);
	mem->holding = false;
	for (block = 0; block < mem->engine.nr_blocks; block++)
		list_splice_init(&mem->held[block], chunks);
	spin_unlock(&mem->held_lock);
}

void hold_give_all(struct kmem_memory *mem)
{
	LIST_HEAD(chunks);

	hold_let_go(mem, &chunks);
	hold_free(&chunks);
}
