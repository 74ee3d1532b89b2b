// SPDX-License-Identifier: GPL-2.0-only
/*
 * microseconds: prints the time since boot in microseconds. /proc/uptime has only hundredths of a
 * second.
 */
#include <stdio.h>
#include <time.h>

int main(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		return 1;
	printf("%lld\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	return 0;
}
