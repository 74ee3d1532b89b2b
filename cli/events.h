/* SPDX-License-Identifier: GPL-2.0-only */
/* Waits for a change of any device until a time or a signal (events.c). */
#ifndef DAXPLUG_EVENTS_H
#define DAXPLUG_EVENTS_H

#include <daxplug.h>
#include <stdint.h>

/* A value of @until_ms: wait without a time limit. */
#define EVENTS_NO_LIMIT UINT64_MAX

int events_wait_for_change(struct daxplug_watch *w, uint64_t until_ms);

#endif /* DAXPLUG_EVENTS_H */
