// SPDX-License-Identifier: GPL-2.0-only
/* The counters of a device; see stats.h. */
#include <linux/ktime.h>
#include <linux/sysfs.h>

#include "guard.h"
#include "memory.h"
#include "stats.h"

/* Only one task at a time adds to a counter, but plug/stats is read without a lock. */
static void add_to_counter(unsigned long *counter, unsigned long number)
{
	WRITE_ONCE(*counter, *counter + number);
}

void stats_count_result(struct kmem_memory *mem, bool plug,
			const struct engine_result *result)
{
	struct kmem_stats *stats = &mem->stats;

	switch (result->end) {
	case END_DONE:
		add_to_counter(plug ? &stats->plugs : &stats->unplugs, 1);
		WRITE_ONCE(stats->changed_ms, ktime_to_ms(ktime_get()));
		break;
	case END_UNDONE:
		add_to_counter(&stats->undos, 1);
		break;
	case END_INCONSISTENT:
		add_to_counter(&stats->failed_undos, 1);
		break;
	}
}

void stats_count_refusal(struct kmem_memory *mem)
{
	add_to_counter(&mem->stats.refusals, 1);
}

void stats_count_stall(struct kmem_memory *mem)
{
	add_to_counter(&mem->stats.stalls, 1);
}

void stats_add_pages_moved(struct kmem_memory *mem, unsigned long pages)
{
	add_to_counter(&mem->stats.pages_moved, pages);
}

ssize_t stats_show(struct kmem_memory *mem, char *buf)
{
	const struct kmem_stats *s = &mem->stats;

	return sysfs_emit(buf,
			  "plugs %lu\n"
			  "unplugs %lu\n"
			  "refusals %lu\n"
			  "undos %lu\n"
			  "failed_undos %lu\n"
			  "vetoes %lu\n"
			  "pages_moved %lu\n"
			  "stalls %lu\n"
			  "changed_ms %llu\n",
			  READ_ONCE(s->plugs), READ_ONCE(s->unplugs),
			  READ_ONCE(s->refusals), READ_ONCE(s->undos),
			  READ_ONCE(s->failed_undos), guard_get_vetoes(mem),
			  READ_ONCE(s->pages_moved), READ_ONCE(s->stalls),
			  READ_ONCE(s->changed_ms));
}
