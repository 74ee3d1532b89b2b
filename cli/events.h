/* SPDX-License-Identifier: GPL-2.0-only */
/* Waits for a change of any device, up to a moment, or until a signal (events.c). */
#ifndef DAXPLUG_EVENTS_H
#define DAXPLUG_EVENTS_H

#include <daxplug.h>
#include <stdint.h>

/* A moment that does not come. */
#define EVENTS_NO_LIMIT UINT64_MAX

int events_wait_for_change(struct daxplug_watch *w, uint64_t until_ms);

#endif /* DAXPLUG_EVENTS_H */
