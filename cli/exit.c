// SPDX-License-Identifier: GPL-2.0-only
/* The exit code of the command, and an error if its output could not be written. */
#include <errno.h>
#include <string.h>

#include "cli.h"

/* Return the more severe exit code. @order has the most severe one first. */
int more_severe_exit_code(int a, int b)
{
	static const int order[] = {
		EXIT_INCONSISTENT, EXIT_TIMED_OUT, EXIT_REFUSED,
		EXIT_NOT_SUPPORTED, EXIT_NO_DEVICE, EXIT_USAGE, EXIT_TROUBLE,
		EXIT_DONE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return a;
}

int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "daxplug: cannot write output: %s\n", strerror(errno));
	return EXIT_TROUBLE;
}

int suggest_help(const char *title)
{
	fprintf(stderr, "Try '%s --help'.\n", title);
	return EXIT_USAGE;
}
