// SPDX-License-Identifier: GPL-2.0-only
/* Waits for the locked pages of a block; see locked_pages.h. */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "block_table.h"
#include "limit.h"
#include "locked_pages.h"
#include "memory.h"
#include "pages.h"
#include "stats.h"

/* Return: the first locked page of a block between @pfn and @end, or @end if there is none. */
static unsigned long find_locked(struct kmem_memory *mem, unsigned int block,
				 unsigned long pfn, unsigned long end)
{
	unsigned long found = end;

	if (table_begin_scan(mem, block)) {
		found = pages_find_locked(pfn, end);
		table_end_scan();
	}
	return found;
}

/* Interval between two checks of a locked page. */
#define LOCKED_PAUSE_MS	20

int locked_pages_wait(struct kmem_memory *mem, unsigned int block, unsigned long pfn,
		      unsigned long end)
{
	int why;

	pfn = find_locked(mem, block, pfn, end);
	while (pfn < end) {
		limit_begin_switch(mem, 0, 0);
		do {
			limit_try_begin(mem);
			while (!signal_pending(current) && find_locked(mem, block, pfn, end) == pfn)
				msleep_interruptible(LOCKED_PAUSE_MS);
			why = limit_try_end(mem);
		} while (why == -EAGAIN);
		if (why) {
			if (why == -ETIMEDOUT && !limit_reached(mem))
				stats_count_stall(mem);
			return why;
		}
		/* Do not check this page again, because its user could lock it each time. */
		pfn = find_locked(mem, block, pfn + 1, end);
	}
	return 0;
}
