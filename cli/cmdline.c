// SPDX-License-Identifier: GPL-2.0-only
/* Reads parameters from the kernel's command line. */
#include <stdio.h>
#include <string.h>

#include "system.h"

/* The kernel's own limit is half of it on x86. */
#define LINE_SIZE 4096

/* Names are the same with "-" and with "_". */
static bool has_parameter_name(const char *word, const char *name)
{
	for (; *name; word++, name++) {
		if (*word != *name && (*word != '-' || *name != '_'))
			return false;
	}
	return *word == '=';
}

/* Is @word one of a list with commas? */
static bool is_in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, word, len))
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/*
 * The last NAME=VALUE of the command line; with @word the last whose value has that word
 * in its list. What is behind "--" is for init.
 */
bool read_boot_parameter(const char *name, const char *word, char *value, size_t len)
{
	char path[PATH_MAX], line[LINE_SIZE], *at, *save = NULL;
	bool found = false;

	if (!read_first_line(format_system_path(path, "/proc/cmdline"), line, sizeof(line)))
		return false;
	for (at = strtok_r(line, " ", &save); at && strcmp(at, "--") != 0;
	     at = strtok_r(NULL, " ", &save)) {
		if (!has_parameter_name(at, name) ||
		    (word && !is_in_list(at + strlen(name) + 1, word)))
			continue;
		snprintf(value, len, "%s", at + strlen(name) + 1);
		found = true;
	}
	return found;
}
