// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/memory.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "hold.h"
#include "pages.h"

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
				     READ_ONCE(folio->mapping) != NULL)
		refs++;
	refs += folio_test_private(folio);
	return folio_ref_count(folio) > refs;
}

static bool is_locked(struct folio *folio)
{
	return folio_test_locked(folio) || folio_test_writeback(folio);
}

static enum page_kind kind_of_lru(struct folio *folio)
{
	if (is_locked(folio))
		return KIND_LOCKED;
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
		return order > PAGES_TOP_ORDER ? KIND_HUGE : KIND_MOVABLE;
	if (PageSlab(page))
		return KIND_SLAB;
	if (PageTable(page))
		return KIND_TABLE;
	if (compat_page_movable(page) || page_folio(page)->mapping)
		return KIND_MOVABLE;
	return KIND_KERNEL;
}

/* How many pages the page allocator's chunk at @page has; it may be gone by now. */
static unsigned long chunk_pages(struct page *page)
{
	unsigned long order = READ_ONCE(page_private(page));

	return order <= PAGES_TOP_ORDER ? 1UL << order : 1;
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
		*nr = chunk_pages(page);
		return true;
	}
	if (PageTail(page) || PageHWPoison(page))
		return true;
	order = PageHead(page) ? compound_order(page) : 0;
	if (order < BITS_PER_LONG - PAGE_SHIFT)
		*nr = 1UL << order;
	/* What an unplug holds (hold.h) is free as well: it is given back in time. */
	return !page_ref_count(page) || hold_owns(page, nr);
}

static enum page_kind look(unsigned long pfn, unsigned long *nr)
{
	struct page *page = pfn_to_page(pfn);

	if (PageHWPoison(page)) {
		*nr = 1;
		return KIND_POISONED;
	}
	if (is_free(page, nr))
		return KIND_FREE;
	return PageLRU(page) ? kind_of_lru(page_folio(page)) :
			       kind_of_other(page, ilog2(*nr));
}

/*
 * The three loops below look at every page of a block, and their cost is a part of each
 * unplug's: so they read the flags once, and what there is most of comes first: a single
 * page of a process or a file, which has these flags, and free pages.
 */
#define SINGLE_LRU_MASK	(BIT(PG_lru) | BIT(PG_head))

static bool is_single_lru(struct page *page, unsigned long flags)
{
	return (flags & SINGLE_LRU_MASK) == BIT(PG_lru) && !PageTail(page);
}

/*
 * is_held() for a single page, of most of which no more than this has to be known: each
 * mapping, and the file that it is in, has one reference.
 */
static bool is_single_held(struct folio *folio)
{
	int refs = atomic_read(&folio->_mapcount) + 1;

	refs += !folio_test_anon(folio) && READ_ONCE(folio->mapping);
	return folio_ref_count(folio) > refs &&
	       (folio_maybe_dma_pinned(folio) || is_held(folio));
}

/*
 * What is in a file on disk can be dropped: only what is backed by swap space, or by
 * nothing, needs a place elsewhere.
 */
static void measure_lru(struct folio *folio, unsigned long nr,
			struct block_fill *fill)
{
	fill->used += nr;
	if (folio_maybe_dma_pinned(folio) || is_held(folio))
		fill->held += nr;
	if (folio_test_swapbacked(folio))
		fill->leaving += nr;
}

/* Huge pages come out of a pool of their own. */
static void measure_other(struct page *page, unsigned long nr,
			  struct block_fill *fill)
{
	enum page_kind kind = kind_of_other(page, ilog2(nr));

	fill->used += nr;
	if (kind > KIND_MOVABLE)
		fill->fixed += nr;
	if (!PageHuge(page))
		fill->leaving += nr;
}

/* How many pages are looked at before the processor is offered to others. */
#define LOOKS_AT_ONCE	8192

void pages_measure(unsigned long pfn, unsigned long end, struct block_fill *fill)
{
	unsigned int used = 0, leaving = 0, held = 0, spare = 0;
	unsigned long nr;
	unsigned int looks;

	for (looks = 1; pfn < end; pfn += nr, looks++) {
		struct page *page = pfn_to_page(pfn);
		unsigned long flags = compat_page_flags(page);

		if (looks % LOOKS_AT_ONCE == 0)
			cond_resched();
		if (is_single_lru(page, flags)) {
			nr = 1;
			used++;
			leaving += !!(flags & BIT(PG_swapbacked));
			held += is_single_held((struct folio *)page);
			continue;
		}
		if (PageBuddy(page)) {
			nr = chunk_pages(page);
			spare += nr;
			fill->poisoned += PageHWPoison(page);
			continue;
		}
		if (is_free(page, &nr)) {
			fill->poisoned += PageHWPoison(page);
			continue;
		}
		nr = min(nr, end - pfn);
		if (PageLRU(page))
			measure_lru(page_folio(page), nr, fill);
		else
			measure_other(page, nr, fill);
	}
	fill->used += used;
	fill->leaving += leaving;
	fill->held += held;
	fill->spare += spare;
}

unsigned long pages_count_used(unsigned long pfn, unsigned long end)
{
	unsigned long nr, used = 0;
	unsigned int looks;

	for (looks = 1; pfn < end; pfn += nr, looks++) {
		if (looks % LOOKS_AT_ONCE == 0)
			cond_resched();
		if (!is_free(pfn_to_page(pfn), &nr))
			used += min(nr, end - pfn);
	}
	return used;
}

/* How many pages are looked at together; a section has a multiple of it. */
#define PAGES_TOGETHER	8

/* May one of these pages be locked or being written? */
static bool may_be_locked(const struct page *page)
{
	unsigned long flags = 0;
	unsigned int i;

	for (i = 0; i < PAGES_TOGETHER; i++)
		flags |= compat_page_flags(page + i);
	return flags & (BIT(PG_locked) | BIT(PG_writeback));
}

unsigned long pages_find_locked(unsigned long pfn, unsigned long end)
{
	unsigned long nr;
	unsigned int looks;

	for (looks = 1; pfn < end; pfn += nr, looks++) {
		struct page *page = pfn_to_page(pfn);

		if (looks % LOOKS_AT_ONCE == 0)
			cond_resched();
		if (pfn % PAGES_TOGETHER == 0 && end - pfn >= PAGES_TOGETHER &&
		    !may_be_locked(page)) {
			nr = PageBuddy(page) ? chunk_pages(page) : 1;
			nr = max_t(unsigned long, nr, PAGES_TOGETHER);
			continue;
		}
		if (!is_free(page, &nr) && PageLRU(page) && is_locked(page_folio(page)))
			break;
	}
	return min(pfn, end);
}

enum page_kind pages_find_fixed(unsigned long *pfn, unsigned long end,
				unsigned long *after)
{
	enum page_kind kind;
	unsigned long nr;
	unsigned int looks;

	for (looks = 1; *pfn < end; *pfn += nr, looks++) {
		if (looks % LOOKS_AT_ONCE == 0)
			cond_resched();
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
		[KIND_LOCKED] = "locked",
		[KIND_HELD] = "held",
		[KIND_PINNED] = "pinned",
		[KIND_HUGE] = "hugepage",
		[KIND_SLAB] = "slab",
		[KIND_TABLE] = "pagetable",
		[KIND_RESERVED] = "reserved",
		[KIND_KERNEL] = "kernel",
		[KIND_POISONED] = "poisoned",
	};

	return names[kind];
}

/*
 * The file's name is copied while the inode's lock keeps the directory entry where
 * it is, and no reference to the entry is taken: to drop the last one would evict
 * the file, which waits for the locks of its pages, and the caller holds one.
 */
static void file_owner(struct inode *inode, char *buf, size_t size)
{
	struct dentry *dentry;

	spin_lock(&inode->i_lock);
	dentry = compat_first_alias(inode);
	if (dentry)
		scnprintf(buf, size, "file %pd, inode %llu of %s (%s)", dentry,
			  (u64)inode->i_ino, inode->i_sb->s_id,
			  inode->i_sb->s_type->name);
	else
		scnprintf(buf, size, "inode %llu of %s (%s)", (u64)inode->i_ino,
			  inode->i_sb->s_id, inode->i_sb->s_type->name);
	spin_unlock(&inode->i_lock);
	/* A file name must not forge a line of plug/blockers. */
	strreplace(buf, '\n', '?');
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
		/* While it is locked it stays in its file, and the inode exists. */
		mapping = folio_mapping(folio);
		if (mapping && mapping->host)
			file_owner(mapping->host, buf, size);
		folio_unlock(folio);
	}
	folio_put(folio);
}
