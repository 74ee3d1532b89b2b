// SPDX-License-Identifier: GPL-2.0-only
/* Finds and records what prevents an unplug; see blockers.h. */
#include <linux/jiffies.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sysfs.h>

#include "block_table.h"
#include "blockers.h"
#include "guard.h"
#include "memory.h"
#include "notifiers.h"
#include "pages.h"

#define NO_PAGE		(~0UL)
#define NO_BLOCK	(~0UL)

void blockers_setup(struct kmem_memory *mem)
{
	spin_lock_init(&mem->blockers.lock);
}

void blockers_clear(struct kmem_memory *mem)
{
	spin_lock(&mem->blockers.lock);
	mem->blockers.count = 0;
	spin_unlock(&mem->blockers.lock);
}

void blockers_begin(struct kmem_memory *mem)
{
	spin_lock(&mem->blockers.lock);
	mem->blockers.old = true;
	spin_unlock(&mem->blockers.lock);
}

/*
 * Search the page frames from @pfn to @end, which are in one block, for the next page that
 * prevents an offline or has a memory error. Return: the page frame after it; @end if there is
 * none.
 */
static unsigned long find_next_blocker(unsigned long pfn, unsigned long end,
				       struct blocker *blocker)
{
	unsigned long after = end;
	enum page_kind kind = pages_find_unmovable(&pfn, end, &after);

	blocker->block = (end - 1) / PHYS_PFN(memory_block_size_bytes());
	blocker->pfn = kind == KIND_FREE ? NO_PAGE : pfn;
	blocker->kind = pages_kind_name(kind);
	blocker->is_poisoned = kind == KIND_POISONED;
	if (kind == KIND_FREE)
		return end;
	pages_describe_owner(pfn, blocker->owner, sizeof(blocker->owner));
	return after;
}

/* Record a blocker. Return: true if the record has space for another one. */
static bool record(struct kmem_blockers *b, const struct blocker *blocker)
{
	bool more;

	spin_lock(&b->lock);
	if (b->old)
		b->count = 0;
	b->old = false;
	if (b->count < BLOCKERS_MAX)
		b->recorded[b->count++] = *blocker;
	more = b->count < BLOCKERS_MAX;
	spin_unlock(&b->lock);
	return more;
}

/* Describe the notifier that vetoed the offline; @who is NULL if it is not known. */
static void describe_veto(notifier_fn_t who, int err, char *buf)
{
	int len = scnprintf(buf, BLOCKER_OWNER_MAX, "another driver: %pe", ERR_PTR(err));

	if (who)
		scnprintf(buf + len, BLOCKER_OWNER_MAX - len, ", %ps", who);
}

void blockers_record(struct kmem_memory *mem, unsigned int block, int err)
{
	unsigned long pfn = PHYS_PFN(engine_block_start(&mem->engine, block));
	unsigned long end = pfn + PHYS_PFN(memory_block_size_bytes());
	struct blocker blocker = { .pfn = NO_PAGE };
	bool found = false, more = true;
	notifier_fn_t who = NULL;

	blocker.block = (end - 1) / PHYS_PFN(memory_block_size_bytes());
	if (notifiers_find_veto(mem, block, &who) || guard_notifier_vetoed(mem)) {
		blocker.kind = "refused";
		describe_veto(who, err, blocker.owner);
		record(&mem->blockers, &blocker);
		return;
	}

	if (!table_begin_scan(mem, block))
		return;
	pfn += table_memmap_pages(mem);
	while (pfn < end && (more || !found)) {
		cond_resched();
		pfn = find_next_blocker(pfn, end, &blocker);
		if (blocker.pfn == NO_PAGE)
			break;
		more = record(&mem->blockers, &blocker);
		/* A page with a memory error does not prevent an offline. */
		if (found || blocker.is_poisoned)
			continue;
		pr_info("kmem: %s: memory%lu did not go offline: page frame %#lx: %s\n",
			mem->name, blocker.block, blocker.pfn, blocker.kind);
		found = true;
	}
	table_end_scan();
	if (!found) {
		blocker.pfn = NO_PAGE;
		blocker.kind = err == -ENOMEM ? "nomemory" : "unknown";
		scnprintf(blocker.owner, sizeof(blocker.owner), "%pe", ERR_PTR(err));
		record(&mem->blockers, &blocker);
	}
}

void blockers_record_no_space(struct kmem_memory *mem, unsigned long to_migrate,
			      unsigned long available)
{
	struct blocker blocker = { .pfn = NO_PAGE, .kind = "nomemory" };

	blocker.block = NO_BLOCK;
	scnprintf(blocker.owner, sizeof(blocker.owner),
		  "%lu pages in use, room for %lu elsewhere", to_migrate, available);
	record(&mem->blockers, &blocker);
}

static ssize_t show_line(char *buf, ssize_t len, const char *when,
			 const struct blocker *b)
{
	if (b->block == NO_BLOCK)
		return sysfs_emit_at(buf, len, "%s - - %s %s\n", when, b->kind,
				     b->owner);
	if (b->pfn == NO_PAGE)
		return sysfs_emit_at(buf, len, "%s memory%lu - %s %s\n", when,
				     b->block, b->kind, b->owner);
	return sysfs_emit_at(buf, len, "%s memory%lu %#lx %s %s\n", when,
			     b->block, b->pfn, b->kind, b->owner);
}

static ssize_t show_recorded(struct kmem_blockers *b, char *buf)
{
	ssize_t len = 0;
	unsigned int i;

	spin_lock(&b->lock);
	for (i = 0; i < b->count; i++)
		len += show_line(buf, len, "last", &b->recorded[i]);
	spin_unlock(&b->lock);
	return len;
}

/* Space for the longest line and for the line "more" after it, in bytes. */
#define LINE_MAX_BYTES	(BLOCKER_OWNER_MAX + 80)

/* Check whether @len bytes of the buffer leave no space for another line. */
static bool is_full(ssize_t len)
{
	return len >= (ssize_t)PAGE_SIZE - LINE_MAX_BYTES;
}

static ssize_t show_block(struct kmem_memory *mem, unsigned int block, char *buf,
			  ssize_t len)
{
	unsigned long pfn = PHYS_PFN(engine_block_start(&mem->engine, block));
	unsigned long end = pfn + PHYS_PFN(memory_block_size_bytes());
	struct blocker blocker;

	pfn += table_memmap_pages(mem);
	while (!is_full(len)) {
		pfn = find_next_blocker(pfn, end, &blocker);
		if (blocker.pfn == NO_PAGE)
			break;
		len += show_line(buf, len, "now", &blocker);
	}
	return len;
}

/* How long one read of plug/blockers may read page structures, in jiffies. */
#define SHOW_TIME	(4 * HZ)

ssize_t blockers_show(struct kmem_memory *mem, char *buf)
{
	ssize_t len = show_recorded(&mem->blockers, buf);
	unsigned long end = jiffies + SHOW_TIME;
	unsigned int block;
	bool more = false;

	for (block = 0; block < mem->engine.nr_blocks && !more; block++) {
		if (signal_pending(current))
			return -EINTR;
		if (!table_begin_scan(mem, block))
			continue;
		more = time_after(jiffies, end);
		if (!more)
			len = show_block(mem, block, buf, len);
		table_end_scan();
		/* If the buffer is full, the rest of this block was not read, either. */
		more = more || is_full(len);
		cond_resched();
	}
	return more ? len + sysfs_emit_at(buf, len, "more\n") : len;
}
