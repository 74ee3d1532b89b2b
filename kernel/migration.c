// SPDX-License-Identifier: GPL-2.0-only
/* Checks whether the pages that an unplug must still migrate fit elsewhere; see migration.h. */
#include "blockers.h"
#include "hold.h"
#include "memory.h"
#include "migration.h"
#include "space.h"

void migration_begin(struct kmem_memory *mem)
{
	WRITE_ONCE(mem->migration.pages_to_migrate, 0);
	WRITE_ONCE(mem->migration.free_pages, 0);
}

void migration_add_block(struct kmem_memory *mem, const struct block_fill *fill)
{
	struct kmem_migration *m = &mem->migration;

	WRITE_ONCE(m->pages_to_migrate, m->pages_to_migrate + fill->to_migrate);
	WRITE_ONCE(m->free_pages, m->free_pages + fill->free);
}

void migration_remove_block(struct kmem_memory *mem, const struct block_fill *fill)
{
	struct kmem_migration *m = &mem->migration;

	WRITE_ONCE(m->pages_to_migrate, m->pages_to_migrate -
		   min_t(unsigned long, m->pages_to_migrate, fill->to_migrate));
	WRITE_ONCE(m->free_pages, m->free_pages -
		   min_t(unsigned long, m->free_pages, fill->free));
}

bool migration_is_done(const struct kmem_memory *mem)
{
	return !mem->migration.pages_to_migrate;
}

/* Count the free pages of the device that the module does not hold (hold.h). */
static unsigned long count_free(const struct kmem_memory *mem)
{
	unsigned long free = READ_ONCE(mem->migration.free_pages);
	unsigned long held = hold_count_pages(mem);

	return free - min(free, held);
}

static int check_space(struct kmem_memory *mem, unsigned long to_migrate, bool record)
{
	unsigned long free = count_free(mem), available = space_anywhere();

	if (to_migrate + free <= available)
		return 0;
	if (record)
		blockers_record_no_space(mem, to_migrate, available > free ? available - free : 0);
	return -ENOMEM;
}

int migration_check_space(struct kmem_memory *mem)
{
	return check_space(mem, mem->migration.pages_to_migrate, true);
}

/* Count the pages still to be migrated. Count at most @used pages for the block of @fill. */
static unsigned long count_to_migrate(const struct kmem_memory *mem,
				      const struct block_fill *fill, unsigned long used)
{
	unsigned long to_migrate = READ_ONCE(mem->migration.pages_to_migrate);
	unsigned long own = min_t(unsigned long, to_migrate, fill->to_migrate);

	return to_migrate - own + min(own, used);
}

int migration_check_block_space(struct kmem_memory *mem, const struct block_fill *fill,
				unsigned long used, bool record)
{
	return check_space(mem, count_to_migrate(mem, fill, used), record);
}

bool migration_fits_now(const struct kmem_memory *mem)
{
	return space_fits_now(READ_ONCE(mem->migration.pages_to_migrate), count_free(mem));
}

bool migration_block_fits_now(const struct kmem_memory *mem, const struct block_fill *fill,
			      unsigned long used)
{
	unsigned long free = count_free(mem);

	return space_fits_now(count_to_migrate(mem, fill, used),
			      free - min_t(unsigned long, free, fill->free));
}
