// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether there are colours: on a terminal that knows them, unless the user
 * objects (no-color.org).
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
