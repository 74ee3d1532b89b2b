// SPDX-License-Identifier: GPL-2.0-only
/* The state of each block of every device, and the search for blocks; see block_table.h. */
#include <linux/device.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "block_table.h"
#include "blocks.h"
#include "memory.h"

DEFINE_SPINLOCK(table_lock);
static LIST_HEAD(table_list);

/*
 * Held for reading while the page structures of an online block are read. When a block
 * has gone offline, the kernel invalidates its page structures
 * (remove_pfn_range_from_zone()) right after it has called the notifiers. On that event
 * guard_event() calls table_wait_for_scans(), which takes the lock for writing and
 * releases it at once, and so waits for all readers. The lock is taken inside the
 * hotplug locks, and no hotplug lock is taken inside it.
 */
static DECLARE_RWSEM(scan_lock);

/*
 * Increased by each event of the memory bus for a block that is removed.
 * table_find_blocks() repeats its search if this number has changed meanwhile. It is
 * written with table_lock held, and table_find_blocks() reads it without the lock.
 */
static unsigned long removals;

int table_alloc(struct kmem_memory *mem)
{
	struct kmem_table *table = &mem->table;
	unsigned int blocks = mem->engine.nr_blocks;

	table->blocks = kvcalloc(blocks, sizeof(*table->blocks), GFP_KERNEL);
	table->state = kvcalloc(blocks, sizeof(*table->state), GFP_KERNEL);
	table->count[BLOCK_ABSENT] = blocks;
	return table->blocks && table->state ? 0 : -ENOMEM;
}

void table_free(struct kmem_memory *mem)
{
	kvfree(mem->table.blocks);
	kvfree(mem->table.state);
}

struct kmem_memory *table_find(u64 addr, unsigned int *block)
{
	struct kmem_memory *mem;

	lockdep_assert_held(&table_lock);
	list_for_each_entry(mem, &table_list, table.node) {
		*block = engine_block_at(&mem->engine, addr);
		if (*block < mem->engine.nr_blocks)
			return mem;
	}
	return NULL;
}

struct kmem_memory *table_next(struct kmem_memory *mem)
{
	lockdep_assert_held(&table_lock);
	if (!mem)
		return list_first_entry_or_null(&table_list, struct kmem_memory, table.node);
	if (list_is_last(&mem->table.node, &table_list))
		return NULL;
	return list_next_entry(mem, table.node);
}

static void set_block(struct kmem_memory *mem, unsigned int block,
		      enum block_state state)
{
	struct kmem_table *table = &mem->table;

	table->count[table->state[block]]--;
	WRITE_ONCE(table->state[block], state);	/* table_block_state() takes no lock */
	table->count[state]++;
}

static void read_memmap_pages(struct kmem_table *table, unsigned int block)
{
	if (table->blocks[block])
		WRITE_ONCE(table->memmap_pages, block_memmap_pages(table->blocks[block]));
}

static enum block_state state_of_page(unsigned long pfn)
{
	return page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE ? BLOCK_MOVABLE :
								BLOCK_KERNEL;
}

void table_set_offline(struct kmem_memory *mem, unsigned int block)
{
	lockdep_assert_held(&table_lock);
	set_block(mem, block, BLOCK_OFFLINE);
}

void table_set_online(struct kmem_memory *mem, unsigned int block, unsigned long pfn)
{
	lockdep_assert_held(&table_lock);
	set_block(mem, block, state_of_page(pfn));
	/*
	 * Read memmap_pages again. Linux 6.12.117 sets it only after it has called the notifiers of
	 * the bus (add_memory_block()), so add_block() may have read 0.
	 */
	read_memmap_pages(&mem->table, block);
}

static void add_block(struct kmem_memory *mem, unsigned int block,
		      struct device *dev, enum block_state state)
{
	struct kmem_table *table = &mem->table;

	if (table->blocks[block])
		return;
	table->blocks[block] = get_device(dev);
	WRITE_ONCE(table->memmap_pages, block_memmap_pages(dev));
	if (table->state[block] == BLOCK_ABSENT)
		set_block(mem, block, state);
}

static void remove_block(struct kmem_memory *mem, unsigned int block)
{
	/*
	 * In a bus event this is not the last reference, because the task that removes
	 * the block holds one. In drop_blocks() it may be the last, and then the kernel frees
	 * the device here. The caller may hold table_lock, because the kernel does not sleep
	 * when it frees the device of a block (memory_block_release()).
	 */
	put_device(mem->table.blocks[block]);
	mem->table.blocks[block] = NULL;
	set_block(mem, block, BLOCK_ABSENT);
}

struct kmem_memory *table_bus_event(unsigned long action, struct device *dev)
{
	struct kmem_memory *mem;
	unsigned int block;

	lockdep_assert_held(&table_lock);
	if (action != BUS_NOTIFY_ADD_DEVICE)
		WRITE_ONCE(removals, removals + 1);
	mem = table_find(block_start(dev), &block);
	if (mem && action == BUS_NOTIFY_ADD_DEVICE)
		add_block(mem, block, dev, BLOCK_OFFLINE);
	else if (mem && action == BUS_NOTIFY_REMOVED_DEVICE)
		remove_block(mem, block);
	return mem;
}

void table_watch(struct kmem_memory *mem)
{
	spin_lock(&table_lock);
	list_add_tail(&mem->table.node, &table_list);
	spin_unlock(&table_lock);
}

static void drop_blocks(struct kmem_memory *mem)
{
	unsigned int block;

	for (block = 0; block < mem->engine.nr_blocks; block++)
		if (mem->table.blocks[block])
			remove_block(mem, block);
}

void table_unwatch(struct kmem_memory *mem)
{
	spin_lock(&table_lock);
	list_del(&mem->table.node);
	drop_blocks(mem);
	spin_unlock(&table_lock);
}

static bool same_ranges(const struct engine *a, const struct engine *b)
{
	unsigned int i;

	if (a->nr_ranges != b->nr_ranges)
		return false;
	for (i = 0; i < a->nr_ranges; i++)
		if (a->ranges[i].start != b->ranges[i].start ||
		    a->ranges[i].size != b->ranges[i].size)
			return false;
	return true;
}

static bool ranges_overlap(const struct engine *a, const struct engine *b)
{
	const struct engine_range *r, *q;

	for (r = a->ranges; r < a->ranges + a->nr_ranges; r++)
		for (q = b->ranges; q < b->ranges + b->nr_ranges; q++)
			if (r->start < q->start + q->size &&
			    q->start < r->start + r->size)
				return true;
	return false;
}

struct kmem_memory *table_find_overlap(const struct kmem_memory *new, bool *same)
{
	struct kmem_memory *mem, *found = NULL;

	spin_lock(&table_lock);
	list_for_each_entry(mem, &table_list, table.node) {
		if (!ranges_overlap(&mem->engine, &new->engine))
			continue;
		found = mem;
		*same = mem->nid == new->nid && same_ranges(&mem->engine, &new->engine);
		break;
	}
	spin_unlock(&table_lock);
	return found;
}

static int add_found_block(struct device *dev, void *data)
{
	struct kmem_memory *mem = data;
	unsigned int block;

	spin_lock(&table_lock);
	block = engine_block_at(&mem->engine, block_start(dev));
	/*
	 * table_lock is held while the state is read and stored. An event is recorded
	 * with table_lock held, too, so an older state never replaces a newer one.
	 */
	if (block < mem->engine.nr_blocks)
		add_block(mem, block, dev, block_read_state(dev));
	spin_unlock(&table_lock);
	return 0;
}

/* Drop the blocks that a walk has found, because a block was removed meanwhile. */
static void drop_found_blocks(struct kmem_memory *mem)
{
	spin_lock(&table_lock);
	drop_blocks(mem);
	spin_unlock(&table_lock);
}

/*
 * How many walks over all blocks table_find_blocks() tries. If a block is removed during a walk,
 * the result of that walk is dropped. If this happens in each of these walks, one more walk is
 * made, and its result is used in any case. That is not expected, because blocks are seldom
 * removed.
 */
#define SCANS	5

void table_find_blocks(struct kmem_memory *mem)
{
	unsigned long before;
	int i;

	for (i = 0; i < SCANS; i++) {
		before = READ_ONCE(removals);
		blocks_for_each(add_found_block, mem);
		if (READ_ONCE(removals) == before)
			return;
		drop_found_blocks(mem);
	}
	blocks_for_each(add_found_block, mem);
}

struct device *table_get_device(struct kmem_memory *mem, unsigned int block)
{
	struct device *dev;

	spin_lock(&table_lock);
	dev = get_device(mem->table.blocks[block]);
	spin_unlock(&table_lock);
	return dev;
}

bool table_begin_scan(struct kmem_memory *mem, unsigned int block)
{
	enum block_state state;

	down_read(&scan_lock);
	state = table_block_state(mem, block);
	if (state == BLOCK_KERNEL || state == BLOCK_MOVABLE)
		return true;
	up_read(&scan_lock);
	return false;
}

void table_end_scan(void)
{
	up_read(&scan_lock);
}

void table_wait_for_scans(void)
{
	down_write(&scan_lock);
	up_write(&scan_lock);
}

static bool may_have_poison(const struct kmem_table *table, unsigned int block)
{
	return table->blocks[block] && block_may_have_poison(table->blocks[block]);
}

bool table_may_have_poison(struct kmem_memory *mem, unsigned int block)
{
	bool may;

	spin_lock(&table_lock);
	may = may_have_poison(&mem->table, block);
	spin_unlock(&table_lock);
	return may;
}

bool table_may_have_poison_at(u64 addr)
{
	struct kmem_memory *mem;
	unsigned int block;
	bool may;

	spin_lock(&table_lock);
	mem = table_find(addr, &block);
	may = mem && may_have_poison(&mem->table, block);
	spin_unlock(&table_lock);
	return may;
}

bool table_has_counted_poison(struct kmem_memory *mem, unsigned int block)
{
	struct device **blocks = mem->table.blocks;
	bool counts;

	spin_lock(&table_lock);
	counts = blocks[block] && block_has_counted_poison(blocks[block]);
	spin_unlock(&table_lock);
	return counts;
}

enum block_state table_block_state(struct kmem_memory *mem, unsigned int block)
{
	return READ_ONCE(mem->table.state[block]);
}

unsigned long table_memmap_pages(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->table.memmap_pages);
}

unsigned long table_read_memmap_pages(struct kmem_memory *mem, unsigned int block)
{
	unsigned long pages;

	spin_lock(&table_lock);
	read_memmap_pages(&mem->table, block);
	pages = mem->table.memmap_pages;
	spin_unlock(&table_lock);
	return pages;
}

unsigned long table_total_memmap_pages(struct kmem_memory *mem)
{
	unsigned long pages;

	spin_lock(&table_lock);
	pages = mem->table.memmap_pages *
		(mem->engine.nr_blocks - mem->table.count[BLOCK_ABSENT]);
	spin_unlock(&table_lock);
	return pages;
}

enum device_state table_device_state_locked(const struct kmem_memory *mem)
{
	lockdep_assert_held(&table_lock);
	return state_from_blocks(mem->table.count, mem->table.requested);
}

enum device_state table_device_state(struct kmem_memory *mem)
{
	enum device_state state;

	spin_lock(&table_lock);
	state = table_device_state_locked(mem);
	spin_unlock(&table_lock);
	return state;
}

void table_get_counts(struct kmem_memory *mem, unsigned int count[BLOCK_STATES])
{
	spin_lock(&table_lock);
	memcpy(count, mem->table.count, sizeof(mem->table.count));
	spin_unlock(&table_lock);
}

unsigned int table_count_online(struct kmem_memory *mem)
{
	const unsigned int *count = mem->table.count;
	unsigned int online;

	spin_lock(&table_lock);
	online = count[BLOCK_KERNEL] + count[BLOCK_MOVABLE];
	spin_unlock(&table_lock);
	return online;
}

enum online_type table_requested_type(const struct kmem_memory *mem)
{
	return mem->table.requested;
}

enum online_type table_set_requested_type(struct kmem_memory *mem, enum online_type type)
{
	enum online_type former;

	spin_lock(&table_lock);
	former = mem->table.requested;
	mem->table.requested = type;
	spin_unlock(&table_lock);
	return former;
}
