// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Proof of engine/range.c for all 64-bit values of start and end, and for every power of
 * two as the size of a block. The result is the largest range of complete blocks.
 */
#include "proof.h"

#include "range.c"

int main(void)
{
	unsigned long long start = nondet_ullong(), end = nondet_ullong();
	unsigned long long first = start, last = end, size, up;
	unsigned int shift = nondet_uint();
	/* This type can hold 2^64, the first address behind the address space. */
	unsigned __int128 border;

	__CPROVER_assume(shift < 64);
	size = 1ULL << shift;

	if (range_align_to_blocks(&first, &last, size)) {
		assert(start <= end);
		assert(first >= start && last <= end && first <= last);
		assert((first & (size - 1)) == 0);
		assert((last & (size - 1)) == size - 1);
		assert(first - start < size && end - last < size);
		return 0;
	}

	assert(first == start && last == end);
	up = start & (size - 1);
	border = (unsigned __int128)start + (up ? size - up : 0);
	assert(end < start || border + size - 1 > end);
	return 0;
}
