// SPDX-License-Identifier: GPL-2.0-only
/* Reads parameters from the kernel's command line. */
#include <stdio.h>
#include <string.h>

#include "system.h"

/* Twice the kernel's limit on x86 (COMMAND_LINE_SIZE), in bytes. */
#define LINE_SIZE 4096

/* Is @word "NAME=..."? The kernel treats "-" and "_" in names as equal. */
static bool has_parameter_name(const char *word, const char *name)
{
	for (; *name; word++, name++) {
		if (*word != *name && (*word != '-' || *name != '_'))
			return false;
	}
	return *word == '=';
}

/* Is @word in a list whose items are separated by commas? */
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
 * Read the last NAME=VALUE of the command line. With @word, read the last one whose value is a
 * list that contains @word. Parameters after "--" are for init.
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
