/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pause between two rounds of a program that repeats an action. Tests must not use it to wait
 * for an event.
 */
#ifndef DAXPLUG_TESTS_PACE_H
#define DAXPLUG_TESTS_PACE_H

#include <time.h>

static inline void pace(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

#endif
