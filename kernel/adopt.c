// SPDX-License-Identifier: GPL-2.0-only
/* Adopts ranges that another driver has added; see adopt.h. */
#include <linux/ioport.h>

#include "adopt.h"
#include "block_table.h"
#include "compat.h"
#include "memory.h"
#include "steps.h"

/*
 * A search for the reservation of a range that is System RAM already. The reservation is
 * the parent of the System RAM resource in the resource tree, and both must be exactly
 * the range. A kmem driver marks its reservation as System RAM. A reservation by the
 * firmware or by a CXL region does not have this mark.
 *
 * A kmem driver does not release the reservation of memory that it could not remove, so
 * @res stays valid until an unplug removes the memory.
 */
struct reservation {
	u64 start;
	u64 end;
	struct resource *res;
};

static int find_reservation(struct resource *ram, void *data)
{
	struct reservation *found = data;
	struct resource *res = ram->parent;

	if (ram->start == found->start && ram->end == found->end && res &&
	    res != &iomem_resource && !(res->flags & IORESOURCE_BUSY) &&
	    (res->flags & IORESOURCE_SYSTEM_RAM) == IORESOURCE_SYSTEM_RAM &&
	    res->start == found->start && res->end == found->end)
		found->res = res;
	return 0;
}

/*
 * Adopt a range together with the ranges that continue it (engine_range.continues). All of them
 * share one reservation. Do so only if every block in the reservation exists.
 */
bool adopt_range(struct kmem_memory *mem, unsigned int range)
{
	struct engine_range *r = &mem->engine.ranges[range];
	struct reservation found = {
		.start = r->start, .end = r->start + steps_reserved_size(mem, range) - 1,
	};
	unsigned int block = r->first;

	compat_walk_system_ram(found.start, found.end, &found, find_reservation);
	if (!found.res)
		return false;
	while (block < mem->engine.nr_blocks &&
	       engine_block_start(&mem->engine, block) - found.start <=
		       found.end - found.start) {
		if (table_block_state(mem, block++) == BLOCK_ABSENT)
			return false;
	}
	steps_set_reservation(mem, range, found.res);
	r->reserved = true;
	do {
		r->present = true;
	} while (++r < mem->engine.ranges + mem->engine.nr_ranges && r->continues);
	return true;
}
