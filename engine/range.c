// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* Ranges of physical addresses; see range.h. */
#include "range.h"

_Bool range_align_to_blocks(unsigned long long *start, unsigned long long *end,
			    unsigned long long block_size)
{
	unsigned long long mask = block_size - 1;
	unsigned long long first, after;

	/*
	 * If the start lies in the last block of the address space, but not at its first
	 * byte, rounding it up would overflow. Such a range contains no whole block.
	 */
	if (*end < *start || *start > ~mask)
		return false;

	first = (*start + mask) & ~mask;
	after = *end & ~mask;
	if ((*end & mask) == mask)
		after += block_size;	/* wraps to 0 at the end of the address space */

	if (after != 0 && after <= first)
		return false;
	if (after == 0 && (*end & mask) != mask)
		return false;

	*start = first;
	*end = after - 1;
	return true;
}
