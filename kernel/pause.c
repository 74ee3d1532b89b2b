// SPDX-License-Identifier: GPL-2.0-only
/* Pauses for other tasks that need the hotplug lock; see pause.h. */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "guard.h"
#include "memory.h"
#include "pause.h"

/* The usual interval between two pauses, in jiffies. */
#define PAUSE_INTERVAL	(HZ / 2)

/*
 * The longest interval between two pauses, in jiffies. It applies while pages are migrated
 * and no other task has set a block online or offline recently.
 */
#define PAUSE_AT_LATEST	(5 * HZ / 2)

/* How long a task sleeps at most after it has found the hotplug lock taken, in jiffies. */
#define OTHERS_SLEEP	(msecs_to_jiffies(5) + 1)

/* A pause is longer than that sleep by at least this time, in microseconds. */
#define PAUSE_MORE_US	250

void pause_begin(struct kmem_memory *mem)
{
	mem->pause.last = jiffies;
	mem->pause.migrated = mem->pause.last;
}

void pause_if_due(struct kmem_memory *mem)
{
	struct kmem_pause *pause = &mem->pause;
	unsigned long since = pause->last, us;

	if (time_after(pause->migrated, since) && !guard_others_switched_recently())
		since = pause->migrated;
	if (time_before(jiffies, since + PAUSE_INTERVAL) &&
	    time_before(jiffies, pause->last + PAUSE_AT_LATEST))
		return;
	us = jiffies_to_usecs(OTHERS_SLEEP) + PAUSE_MORE_US;
	usleep_range(us, us + PAUSE_MORE_US);
	pause->last = jiffies;
}

void pause_note_migration(struct kmem_memory *mem)
{
	mem->pause.migrated = jiffies;
}
