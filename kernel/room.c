// SPDX-License-Identifier: GPL-2.0-only
/* Compares what an unplug has still to migrate with free memory; see room.h. */
#include "blockers.h"
#include "memory.h"
#include "room.h"
#include "space.h"

void room_begin(struct kmem_memory *mem)
{
	WRITE_ONCE(mem->leaving, 0);
	WRITE_ONCE(mem->spare, 0);
}

void room_add_block(struct kmem_memory *mem, const struct block_fill *fill)
{
	WRITE_ONCE(mem->leaving, mem->leaving + fill->leaving);
	WRITE_ONCE(mem->spare, mem->spare + fill->spare);
}

void room_remove_block(struct kmem_memory *mem, const struct block_fill *fill)
{
	WRITE_ONCE(mem->leaving,
		   mem->leaving - min_t(unsigned long, mem->leaving, fill->leaving));
	WRITE_ONCE(mem->spare,
		   mem->spare - min_t(unsigned long, mem->spare, fill->spare));
}

/* Free pages of the device that are not held, so that other tasks can allocate them. */
static unsigned long spare_now(const struct kmem_memory *mem)
{
	unsigned long spare = READ_ONCE(mem->spare), held = READ_ONCE(mem->hold.pages);

	return spare - min(spare, held);
}

static int check(struct kmem_memory *mem, unsigned long leaving, bool note)
{
	unsigned long spare = spare_now(mem), room = space_anywhere();

	if (leaving + spare <= room)
		return 0;
	if (note)
		blockers_note_room(mem, leaving, room > spare ? room - spare : 0);
	return -ENOMEM;
}

int room_check(struct kmem_memory *mem)
{
	return check(mem, mem->leaving, true);
}

/* The pages still to be migrated if only @used pages are left in a block. */
static unsigned long leaving_now(const struct kmem_memory *mem, const struct block_fill *fill,
				 unsigned long used)
{
	unsigned long leaving = READ_ONCE(mem->leaving);
	unsigned long own = min_t(unsigned long, leaving, fill->leaving);

	return leaving - own + min(own, used);
}

int room_check_block(struct kmem_memory *mem, const struct block_fill *fill,
		     unsigned long used, bool note)
{
	return check(mem, leaving_now(mem, fill, used), note);
}

bool room_fits_now(const struct kmem_memory *mem)
{
	return space_fits_now(READ_ONCE(mem->leaving), spare_now(mem));
}

bool room_block_fits_now(const struct kmem_memory *mem, const struct block_fill *fill,
			 unsigned long used)
{
	unsigned long spare = spare_now(mem);

	return space_fits_now(leaving_now(mem, fill, used),
			      spare - min_t(unsigned long, spare, fill->spare));
}
