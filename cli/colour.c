// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether output has colours: only on a terminal that supports them, and not if the user
 * has set NO_COLOR (no-color.org).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

bool may_use_colours(FILE *stream)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no && *no) && term && *term && strcmp(term, "dumb") != 0 &&
	       isatty(fileno(stream));
}
