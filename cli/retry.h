/* SPDX-License-Identifier: GPL-2.0-only */
/* Repeats changes of the policy that have failed, by a systemd timer (retry.c). */
#ifndef DAXPLUG_RETRY_H
#define DAXPLUG_RETRY_H

#include <stdbool.h>

void retry_schedule(unsigned int failed, bool whole, bool quiet);
void retry_record_applied(void);
bool retry_was_applied(void);

#endif /* DAXPLUG_RETRY_H */
