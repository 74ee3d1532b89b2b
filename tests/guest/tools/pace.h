/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a program whose job is to do something now and then: the time between. A test
 * never waits for something with it.
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
