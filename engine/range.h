/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* Ranges of physical addresses, in bytes, and the memory blocks in them. */
#ifndef DAXPLUG_ENGINE_RANGE_H
#define DAXPLUG_ENGINE_RANGE_H

#include "plain.h"

/**
 * range_align_to_blocks() - shrink a range to the whole memory blocks in it
 * @start: first byte; on success, first byte of the first whole block
 * @end: last byte (inclusive); on success, last byte of the last whole block
 * @block_size: size of a memory block in bytes, a power of two
 *
 * Return: true, or false with @start and @end untouched when no whole block
 * fits or the range is not one.
 */
_Bool range_align_to_blocks(unsigned long long *start, unsigned long long *end,
			    unsigned long long block_size);

#endif
