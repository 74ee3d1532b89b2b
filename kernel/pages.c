// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/memory.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/swap.h>

#include "compat.h"
#include "pages.h"

/* The largest chunk that the page allocator gives, as an order of pages. */
#define TOP_ORDER ((unsigned int)ilog2(MAX_ORDER_NR_PAGES))

/*
 * Has it more references than those who use it account for? Of a single page;
 * how often a large one is mapped not every kernel tells.
 */
static bool is_held(struct folio *folio)
{
	int refs = atomic_read(&folio->_mapcount) + 1;

	if (folio_test_large(folio))
		return false;
	if (folio_test_anon(folio) ? folio_test_swapcache(folio) :
				     folio_mapping(folio) != NULL)
		refs++;
	refs += folio_test_private(folio);
	return folio_ref_count(folio) > refs;
}

static enum page_kind kind_of_lru(struct folio *folio)
{
	if (folio_maybe_dma_pinned(folio))
		return KIND_PINNED;
	return is_held(folio) ? KIND_HELD : KIND_MOVABLE;
}

/*
 * What is not on the lists of what can be reclaimed is the kernel's own, or on
 * its way there: a page just allocated has its owner already.
 */
static enum page_kind kind_of_other(struct page *page, unsigned int order)
{
	if (PageReserved(page))
		return KIND_RESERVED;
	if (PageHuge(page))
		return order > TOP_ORDER ? KIND_HUGE : KIND_MOVABLE;
	if (PageSlab(page))
		return KIND_SLAB;
	if (PageTable(page))
		return KIND_TABLE;
	if (compat_page_movable(page) || page_folio(page)->mapping)
		return KIND_MOVABLE;
	return KIND_KERNEL;
}

/*
 * Is there nothing to be moved at @page, and how many pages does it stand for?
 * Everything is read once and may be from two different owners of the page: the
 * number is kept within bounds, the rest is a guess.
 */
static bool is_free(struct page *page, unsigned long *nr)
{
	unsigned long order;

	*nr = 1;
	if (PageBuddy(page)) {
		order = READ_ONCE(page_private(page));
		if (order <= TOP_ORDER)
			*nr = 1UL << order;
		return true;
	}
	if (PageTail(page) || PageHWPoison(page))
		return true;
	order = PageHead(page) ? compound_order(page) : 0;
	if (order < BITS_PER_LONG - PAGE_SHIFT)
		*nr = 1UL << order;
	return !page_ref_count(page);
}

static enum page_kind look(unsigned long pfn, unsigned long *nr)
{
	struct page *page = pfn_to_page(pfn);

	if (is_free(page, nr))
		return KIND_FREE;
	return PageLRU(page) ? kind_of_lru(page_folio(page)) :
			       kind_of_other(page, ilog2(*nr));
}

static unsigned long end_of_block(u64 start)
{
	return PHYS_PFN(start + memory_block_size_bytes());
}

/*
 * What there is most of: a single page of a process or a file. In one look, since
 * the others take a third of what measuring costs.
 */
static bool is_single_lru(struct page *page)
{
	struct folio *folio = (struct folio *)page;

	return !PageTail(page) && folio_test_lru(folio) && !folio_test_large(folio);
}

/*
 * Held or not does not matter here, a stray reference is mostly gone by the time
 * it would.
 */
static unsigned long measure_lru(struct folio *folio, unsigned long nr,
				 struct block_fill *fill)
{
	fill->used += nr;
	if (folio_maybe_dma_pinned(folio))
		fill->fixed += nr;
	return folio_test_swapbacked(folio) ? nr : 0;
}

static unsigned long measure_other(struct page *page, unsigned long nr,
				   struct block_fill *fill)
{
	enum page_kind kind = kind_of_other(page, ilog2(nr));

	fill->used += nr;
	if (kind > KIND_MOVABLE)
		fill->fixed += nr;
	return PageHuge(page) ? 0 : nr;
}

unsigned long pages_measure(u64 start, struct block_fill *fill,
			    unsigned long *spare)
{
	unsigned long pfn = PHYS_PFN(start), end = end_of_block(start), nr;
	unsigned long leaving = 0;

	for (; pfn < end; pfn += nr) {
		struct page *page = pfn_to_page(pfn);
		bool listed;

		if (is_single_lru(page)) {
			nr = 1;
			leaving += measure_lru((struct folio *)page, 1, fill);
			continue;
		}
		listed = PageBuddy(page);
		if (is_free(page, &nr)) {
			*spare += listed ? nr : 0;
			continue;
		}
		nr = min(nr, end - pfn);
		leaving += PageLRU(page) ? measure_lru(page_folio(page), nr, fill) :
					   measure_other(page, nr, fill);
	}
	cond_resched();
	return leaving;
}

/* What there is besides, on the processors' own lists for example: a 32nd of all. */
#define UNSEEN	32

unsigned long pages_room(void)
{
	return global_zone_page_state(NR_FREE_PAGES) +
	       global_node_page_state(NR_ACTIVE_FILE) +
	       global_node_page_state(NR_INACTIVE_FILE) +
	       global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) +
	       max(get_nr_swap_pages(), 0L) + totalram_pages() / UNSEEN;
}

bool pages_fit_elsewhere(int nid, unsigned long pages)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	unsigned long room = 0, margin = 0;
	int i;

	for (i = 0; i < ZONE_MOVABLE; i++, zone++) {
		room += zone_page_state(zone, NR_FREE_PAGES);
		margin += high_wmark_pages(zone) + zone_managed_pages(zone) / 64;
	}
	return room > margin && room - margin > pages;
}

enum page_kind pages_find_fixed(unsigned long *pfn, unsigned long end,
				unsigned long *after)
{
	enum page_kind kind;
	unsigned long nr;

	for (; *pfn < end; *pfn += nr) {
		kind = look(*pfn, &nr);
		*after = min(*pfn + nr, end);
		if (kind > KIND_MOVABLE)
			return kind;
	}
	return KIND_FREE;
}

const char *pages_kind_name(enum page_kind kind)
{
	static const char *const names[] = {
		[KIND_FREE] = "free",
		[KIND_MOVABLE] = "movable",
		[KIND_HELD] = "held",
		[KIND_PINNED] = "pinned",
		[KIND_HUGE] = "hugepage",
		[KIND_SLAB] = "slab",
		[KIND_TABLE] = "pagetable",
		[KIND_RESERVED] = "reserved",
		[KIND_KERNEL] = "kernel",
	};

	return names[kind];
}

static void file_owner(struct inode *inode, char *buf, size_t size)
{
	struct dentry *dentry = d_find_any_alias(inode);

	if (dentry) {
		scnprintf(buf, size, "file %pd, inode %llu of %s (%s)", dentry,
			  (u64)inode->i_ino, inode->i_sb->s_id,
			  inode->i_sb->s_type->name);
		dput(dentry);
		/* Whoever names a file may not write lines of blockers. */
		strreplace(buf, '\n', '?');
	} else {
		scnprintf(buf, size, "inode %llu of %s (%s)",
			  (u64)inode->i_ino, inode->i_sb->s_id, inode->i_sb->s_type->name);
	}
}

void pages_owner(unsigned long pfn, char *buf, size_t size)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));
	struct address_space *mapping;

	scnprintf(buf, size, "-");
	/* Only what is on a list can have a file; the rest is the kernel's. */
	if (!folio_test_lru(folio) || !folio_try_get(folio))
		return;
	if (folio_test_anon(folio)) {
		scnprintf(buf, size, "a process's own memory");
	} else if (folio_trylock(folio)) {
		/* While it is locked it stays in its file, and the file stays. */
		mapping = folio_mapping(folio);
		if (mapping && mapping->host)
			file_owner(mapping->host, buf, size);
		folio_unlock(folio);
	}
	folio_put(folio);
}
