// SPDX-License-Identifier: GPL-2.0-only
/* Reads the page structures of blocks; see pages.h. */
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

#include "compat.h"
#include "hold.h"
#include "pages.h"

/*
 * Check whether a page has more references than its known users account for. False for a
 * large folio, because not every kernel says how often a large folio is mapped.
 */
static bool has_extra_refs(struct folio *folio)
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
	return has_extra_refs(folio) ? KIND_HELD : KIND_MOVABLE;
}

/*
 * Get the kind of a page that is not on an LRU list. Such a page is a huge page of a pool,
 * belongs to the kernel, or was just allocated and is not on its LRU list yet. In the last
 * case its mapping is set already.
 */
static enum page_kind kind_of_other(struct page *page, unsigned int order)
{
	if (PageReserved(page))
		return KIND_RESERVED;
	if (PageHuge(page))
		return order > HOLD_TOP_ORDER ? KIND_HUGE : KIND_MOVABLE;
	if (PageSlab(page))
		return KIND_SLAB;
	if (PageTable(page))
		return KIND_TABLE;
	if (compat_page_movable(page) || READ_ONCE(page_folio(page)->mapping))
		return KIND_MOVABLE;
	return KIND_KERNEL;
}

/* Size of the free chunk that begins at @page. The chunk may have been allocated meanwhile. */
static unsigned long chunk_pages(struct page *page)
{
	unsigned long order = READ_ONCE(page_private(page));

	return order <= HOLD_TOP_ORDER ? 1UL << order : 1;
}

/*
 * Check whether @page need not be migrated. Set @nr to the number of pages, beginning with
 * @page, for which the result is the same. The page may get another owner between the reads
 * of two fields. So @nr is kept within bounds, and the result is a guess.
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
	/*
	 * Pages that hold.c has allocated count as free, because hold.c frees them before
	 * the block goes offline.
	 */
	return !page_ref_count(page) || hold_is_held(page, nr);
}

static enum page_kind get_kind(unsigned long pfn, unsigned long *nr)
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
 * pages_measure() walks over all pages of a block and so adds to the cost of each unplug. It
 * therefore handles the most frequent pages first. These are free pages, and single pages of a
 * process or a file. It reads the flags of such a single page only once. Of the two flags in
 * this mask, a single page on an LRU list has only PG_lru.
 */
#define SINGLE_LRU_MASK	(BIT(PG_lru) | BIT(PG_head))

static bool is_single_lru(struct page *page, unsigned long flags)
{
	return (flags & SINGLE_LRU_MASK) == BIT(PG_lru) && !PageTail(page);
}

/*
 * A fast has_extra_refs() for a single page. Each mapping of the page holds one reference to
 * it, and so does the file that contains the page. For most pages there is no other reference.
 */
static bool single_has_extra_refs(struct folio *folio)
{
	int refs = atomic_read(&folio->_mapcount) + 1;

	refs += !folio_test_anon(folio) && READ_ONCE(folio->mapping);
	return folio_ref_count(folio) > refs &&
	       (folio_maybe_dma_pinned(folio) || has_extra_refs(folio));
}

/*
 * Count a page on an LRU list. The page of a file on a disk can be dropped. So only
 * anonymous pages and pages of shared memory (folio_test_swapbacked()) need other memory.
 */
static void measure_lru(struct folio *folio, unsigned long nr,
			struct block_fill *fill)
{
	fill->used += nr;
	if (folio_maybe_dma_pinned(folio) || has_extra_refs(folio))
		fill->referenced += nr;
	if (folio_test_swapbacked(folio))
		fill->to_migrate += nr;
}

/*
 * Count a page that is on no LRU list. fill->to_migrate counts only pages that need free memory
 * elsewhere. A huge page is not among these, because the kernel migrates it to a free huge page of
 * the pool. If the pool has none, the kernel needs free pages for a new huge page
 * (alloc_hugetlb_folio_nodemask()). That need is not counted.
 */
static void measure_other(struct page *page, unsigned long nr,
			  struct block_fill *fill)
{
	enum page_kind kind = kind_of_other(page, ilog2(nr));

	fill->used += nr;
	if (kind > KIND_MOVABLE)
		fill->unmovable += nr;
	if (!PageHuge(page))
		fill->to_migrate += nr;
}

/* Number of iterations of a loop between two calls of cond_resched(). */
#define PAGES_AT_ONCE	8192

void pages_measure(unsigned long pfn, unsigned long end, struct block_fill *fill)
{
	unsigned int used = 0, to_migrate = 0, referenced = 0, free = 0;
	unsigned long nr;
	unsigned int looks;

	for (looks = 1; pfn < end; pfn += nr, looks++) {
		struct page *page = pfn_to_page(pfn);
		unsigned long flags = compat_page_flags(page);

		if (looks % PAGES_AT_ONCE == 0)
			cond_resched();
		if (is_single_lru(page, flags)) {
			nr = 1;
			used++;
			to_migrate += !!(flags & BIT(PG_swapbacked));
			referenced += single_has_extra_refs((struct folio *)page);
			continue;
		}
		if (PageBuddy(page)) {
			nr = chunk_pages(page);
			free += nr;
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
	fill->to_migrate += to_migrate;
	fill->referenced += referenced;
	fill->free += free;
}

unsigned long pages_count_used(unsigned long pfn, unsigned long end)
{
	unsigned long nr, used = 0;
	unsigned int looks;

	for (looks = 1; pfn < end; pfn += nr, looks++) {
		if (looks % PAGES_AT_ONCE == 0)
			cond_resched();
		if (!is_free(pfn_to_page(pfn), &nr))
			used += min(nr, end - pfn);
	}
	return used;
}

/*
 * Number of pages whose flags are read together. The size of a section is a multiple of it, so the
 * pages are in one section.
 */
#define PAGES_TOGETHER	8

/* Check whether one of PAGES_TOGETHER pages may be locked or under writeback. */
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

		if (looks % PAGES_AT_ONCE == 0)
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

enum page_kind pages_find_unmovable(unsigned long *pfn, unsigned long end,
				    unsigned long *after)
{
	enum page_kind kind;
	unsigned long nr;
	unsigned int looks;

	for (looks = 1; *pfn < end; *pfn += nr, looks++) {
		if (looks % PAGES_AT_ONCE == 0)
			cond_resched();
		kind = get_kind(*pfn, &nr);
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
 * Print the name of a page's file. The inode's lock keeps the directory entry valid
 * while its name is copied. No reference to the entry is taken, because dropping the
 * last one would evict the file. That waits for the locks of the file's pages, and the
 * caller holds one of these locks.
 */
static void describe_file(struct inode *inode, char *buf, size_t size)
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

void pages_describe_owner(unsigned long pfn, char *buf, size_t size)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));
	struct address_space *mapping;

	scnprintf(buf, size, "-");
	/* Describe only a page on an LRU list, because most other pages belong to the kernel. */
	if (!folio_test_lru(folio) || !folio_try_get(folio))
		return;
	if (folio_test_anon(folio)) {
		scnprintf(buf, size, "a process's own memory");
	} else if (folio_trylock(folio)) {
		/* A locked page stays in its file, so the inode exists. */
		mapping = folio_mapping(folio);
		if (mapping && mapping->host)
			describe_file(mapping->host, buf, size);
		folio_unlock(folio);
	}
	folio_put(folio);
}
