/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* Ranges of physical addresses in bytes, and the memory blocks in them. */
#ifndef DAXPLUG_ENGINE_RANGE_H
#define DAXPLUG_ENGINE_RANGE_H

#include "portable.h"

/**
 * range_align_to_blocks() - shrink a range to the whole memory blocks in it
 * @start: first byte; on success, set to the first byte of the first whole block
 * @end: last byte (inclusive); on success, set to the last byte of the last whole block
 * @block_size: size of a memory block in bytes, a power of two
 *
 * Context: any; no locks.
 * Return: true on success. False if the range contains no whole block, or if @end is
 * before @start; then @start and @end are unchanged.
 */
_Bool range_align_to_blocks(unsigned long long *start, unsigned long long *end,
			    unsigned long long block_size);

#endif
