/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a device: plug/stats. */
#ifndef DAXPLUG_KERNEL_STATS_H
#define DAXPLUG_KERNEL_STATS_H

#include <linux/types.h>

#include "transaction.h"

struct kmem_memory;

/**
 * struct kmem_stats - counters of a device since its struct kmem_memory was created
 * @plugs: plugs and repairs that succeeded
 * @unplugs: unplugs that succeeded
 * @refusals: writes that the transition table of doc/abi does not allow
 * @undos: plugs and unplugs that failed and were undone completely
 * @failed_undos: plugs and unplugs that failed and were not undone completely
 * @pages_moved: pages that the kernel migrated while unplugs ran, on the whole machine
 * @stalls: offlines and onlines that were ended because there was no progress for
 *	plug/stall_ms
 * @changed_ms: end of the last successful plug or unplug, in ms of CLOCK_MONOTONIC
 *
 * kmem_memory.lock protects all members. stats_show() reads them without it.
 */
struct kmem_stats {
	unsigned long plugs;
	unsigned long unplugs;
	unsigned long refusals;
	unsigned long undos;
	unsigned long failed_undos;
	unsigned long pages_moved;
	unsigned long stalls;
	u64 changed_ms;
};

/**
 * stats_count_result() - count a plug or unplug that has ended
 * @mem: the memory; the caller holds its lock
 * @plug: true for a plug
 * @result: how it ended
 */
void stats_count_result(struct kmem_memory *mem, bool plug,
			const struct engine_result *result);

/** stats_count_refusal() - count a refused write; the caller holds @mem->lock */
void stats_count_refusal(struct kmem_memory *mem);

/**
 * stats_count_stall() - count a switch of a block that was ended for lack of progress
 *
 * Context: a transaction of @mem.
 */
void stats_count_stall(struct kmem_memory *mem);

/**
 * stats_add_pages_moved() - count pages that were migrated while an unplug ran
 *
 * Context: a transaction of @mem.
 */
void stats_add_pages_moved(struct kmem_memory *mem, unsigned long pages);

/**
 * stats_show() - print the text of plug/stats
 * @mem: the memory
 * @buf: one page
 *
 * Does not take @mem->lock, so that a reader does not wait for a transaction.
 * Return: length of the text in bytes.
 */
ssize_t stats_show(struct kmem_memory *mem, char *buf);

#endif
