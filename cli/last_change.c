// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last change of the state of a device, for metrics. The journal has it, too, but only root
 * and few other users may read the journal, a search in a large journal takes long, and any user
 * can write an entry that looks like daxplug's. Here it is one line of a file in /run/daxplug
 * that only root can write and everyone can read:
 *
 *	dax0.0.last	"1790000000123 2500 online_movable done"
 *
 * The files in /run are lost at reboot. This is intended, because device names may change then. If
 * the file cannot be written, the change does not fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "replace.h"
#include "system.h"

/* Can only root or the user who runs this process write to it? */
static bool is_writable_by_owner_only(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_uid == geteuid() || !st.st_uid) && !(st.st_mode & 022);
}

void last_change_write(const char *device, const struct last_change *last)
{
	char name[64], text[128];
	int dir, n;

	if (mkdir(get_run_directory(), 0755) && errno != EEXIST)
		return;
	dir = open(get_run_directory(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return;
	snprintf(name, sizeof(name), "%.50s.last", device);
	n = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %s %s\n", last->time_ms,
		     last->duration_ms, last->to, last->outcome);
	if (is_writable_by_owner_only(dir))
		(void)replace_file(dir, name, text, (size_t)n);
	close(dir);
}

static bool is_word(const char *word)
{
	return *word && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == strlen(word);
}

static bool parse_last_change(char *text, struct last_change *last)
{
	char *save = NULL, *field[4];
	size_t i;

	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = strtok_r(i ? NULL : text, " ", &save);
		if (!field[i])
			return false;
	}
	if (!parse_number(field[0], &last->time_ms) ||
	    !parse_number(field[1], &last->duration_ms) ||
	    !is_word(field[2]) || !is_word(field[3]))
		return false;
	snprintf(last->to, sizeof(last->to), "%s", field[2]);
	snprintf(last->outcome, sizeof(last->outcome), "%s", field[3]);
	return true;
}

/* Return: false if no change was tried since boot, or if the file cannot be read. */
bool last_change_read(const char *device, struct last_change *last)
{
	char path[PATH_MAX], text[128];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.last", get_run_directory(), device);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = is_writable_by_owner_only(fd) && !fstat(fd, &st) && S_ISREG(st.st_mode) ?
	    read(fd, text, sizeof(text) - 1) : -1;
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse_last_change(text, last);
}
