// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the entries of changes from the system's journal with libsystemd.
 *
 * libsystemd is loaded with dlopen() when it is needed. If the command were linked with it, each
 * daxplug list would load seven more libraries.
 *
 * Any user can write an entry with daxplug's message ID. Only the fields whose names begin with
 * "_" are written by the journal itself and can be trusted.
 */
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "cli.h"
#include "journal.h"
#include "system.h"

#define LIBRARY "libsystemd.so.0"

struct journal {
	void *library;
	sd_journal *sd;
	bool at_entry;		/* journal_seek() has stopped at an entry */
	uint64_t since_us;
	__typeof__(&sd_journal_open) open;
	__typeof__(&sd_journal_open_directory) open_directory;
	__typeof__(&sd_journal_close) close;
	__typeof__(&sd_journal_add_match) add_match;
	__typeof__(&sd_journal_add_disjunction) add_disjunction;
	__typeof__(&sd_journal_seek_head) seek_head;
	__typeof__(&sd_journal_seek_tail) seek_tail;
	__typeof__(&sd_journal_seek_realtime_usec) seek_realtime_usec;
	__typeof__(&sd_journal_next) next;
	__typeof__(&sd_journal_previous_skip) previous_skip;
	__typeof__(&sd_journal_get_realtime_usec) get_realtime_usec;
	__typeof__(&sd_journal_get_data) get_data;
};

#define LOAD_SYMBOL(j, name) \
	((j)->name = (__typeof__((j)->name))dlsym((j)->library, "sd_journal_" #name))

static bool load_library(struct journal *j)
{
	j->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	return j->library && LOAD_SYMBOL(j, open) && LOAD_SYMBOL(j, open_directory) &&
	       LOAD_SYMBOL(j, close) && LOAD_SYMBOL(j, add_match) &&
	       LOAD_SYMBOL(j, add_disjunction) && LOAD_SYMBOL(j, seek_head) &&
	       LOAD_SYMBOL(j, seek_tail) && LOAD_SYMBOL(j, seek_realtime_usec) &&
	       LOAD_SYMBOL(j, next) && LOAD_SYMBOL(j, previous_skip) &&
	       LOAD_SYMBOL(j, get_realtime_usec) && LOAD_SYMBOL(j, get_data);
}

/* The number of journal files with entries of the system. */
struct files {
	unsigned int readable;
	unsigned int hidden;	/* not readable; counts directories, too */
	int err;		/* why a directory cannot be read; 0 if it is hidden or missing */
};

static void note_unreadable(struct files *files, int err)
{
	if (err == -EACCES)
		files->hidden++;
	else if (err && err != -ENOENT)
		files->err = err;
}

static void count_files(const char *path, struct files *files)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	int err;

	if (!dir) {
		/* There can be other files beside the directories. */
		note_unreadable(files, errno == ENOTDIR ? 0 : -errno);
		return;
	}
	while ((err = read_next_entry(dir, &e)) > 0) {
		if (strncmp(e->d_name, "system", 6) != 0)
			continue;
		if (faccessat(dirfd(dir), e->d_name, R_OK, AT_EACCESS))
			files->hidden += errno == EACCES;
		else
			files->readable++;
	}
	note_unreadable(files, err);
	closedir(dir);
}

static void count_journals(const char *path, struct files *files)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	char below[PATH_MAX];
	int err;

	if (!dir) {
		note_unreadable(files, -errno);
		return;
	}
	while ((err = read_next_entry(dir, &e)) > 0) {
		int n = snprintf(below, sizeof(below), "%s/%s", path, e->d_name);

		if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(below))
			count_files(below, files);
	}
	note_unreadable(files, err);
	closedir(dir);
}

static int open_journal(struct journal *j)
{
	char root[PATH_MAX];

	format_system_path(root, "%s", "");
	return *root ? j->open_directory(&j->sd, root, SD_JOURNAL_OS_ROOT) :
		       j->open(&j->sd, SD_JOURNAL_LOCAL_ONLY);
}

/*
 * Open the journal. @partly is set if there are entries that this user may not read. Return: an
 * exit code; after an error a message has been printed.
 */
int journal_open(struct journal **out, bool *partly)
{
	struct journal *j = calloc(1, sizeof(*j));
	struct files files = { .readable = 0 };
	char path[PATH_MAX];

	if (!j) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	count_journals(format_system_path(path, "/run/log/journal"), &files);
	count_journals(format_system_path(path, "/var/log/journal"), &files);
	*partly = files.hidden;
	if (files.err) {
		fprintf(stderr, "daxplug: the journal cannot be read: %s\n", strerror(-files.err));
	} else if (!files.readable && !files.hidden) {
		fprintf(stderr,
			"daxplug: there is no journal: neither /run/log/journal "
			"nor /var/log/journal has one\n"
			"daxplug: next: systemd-journald writes it; without it daxplug "
			"reports changes to syslog\n");
	} else if (!load_library(j)) {
		fprintf(stderr,
			"daxplug: the journal cannot be read without " LIBRARY "\n"
			"daxplug: next: install libsystemd0\n");
	} else {
		int err = open_journal(j);

		if (!err) {
			*out = j;
			return EXIT_DONE;
		}
		fprintf(stderr, "daxplug: the journal cannot be read: %s\n",
			strerror(-err));
	}
	journal_close(j);
	return EXIT_NOT_SUPPORTED;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->sd)
		j->close(j->sd);
	/* The library stays loaded, because it may have allocated data for this thread. */
	free(j);
}

/*
 * Match entries of changes. With @field, the field must have this value. After several calls, an
 * entry is found if it matches one of them.
 */
bool journal_match(struct journal *j, const char *field, const char *value)
{
	char text[JOURNAL_VALUE_MAX];
	int n;

	if (j->add_disjunction(j->sd) < 0 ||
	    j->add_match(j->sd, "MESSAGE_ID=" JOURNAL_MESSAGE_ID, 0) < 0)
		return false;
	if (!field)
		return true;
	n = snprintf(text, sizeof(text), "%s=%s", field, value);
	return n > 0 && (size_t)n < sizeof(text) &&
	       j->add_match(j->sd, text, (size_t)n) >= 0;
}

/*
 * Among the last @last entries, go to the first one that is not older than @since_us. If @last or
 * @since_us is 0, that limit does not apply.
 */
int journal_seek(struct journal *j, uint64_t since_us, uint64_t last)
{
	uint64_t at;
	int err;

	j->since_us = since_us;
	if (last) {
		err = j->seek_tail(j->sd);
		if (err >= 0)
			err = j->previous_skip(j->sd, last);
		if (err <= 0)
			return err;
		err = j->get_realtime_usec(j->sd, &at);
		if (err < 0)
			return err;
		j->at_entry = at >= since_us;
		if (j->at_entry)
			return 0;
	}
	err = since_us ? j->seek_realtime_usec(j->sd, since_us) :
			 j->seek_head(j->sd);
	return err < 0 ? err : 0;
}

/* Return: 1; 0 after the last entry; or a negative errno. */
int journal_next(struct journal *j, uint64_t *time_us)
{
	for (;;) {
		int n = j->at_entry ? 1 : j->next(j->sd);

		j->at_entry = false;
		if (n <= 0)
			return n;
		n = j->get_realtime_usec(j->sd, time_us);
		/* An older entry can follow if the clock has been set back. */
		if (n >= 0 && *time_us < j->since_us)
			continue;
		return n < 0 ? n : 1;
	}
}

/*
 * @buf has JOURNAL_VALUE_MAX bytes. Control characters are replaced, because a terminal would
 * obey them. Return: NULL if the entry has no such field.
 */
const char *journal_field(struct journal *j, const char *name, char *buf)
{
	size_t len, i, skip = strlen(name) + 1;
	const void *data;
	const char *text;

	if (j->get_data(j->sd, name, &data, &len) < 0 || len < skip)
		return NULL;
	text = (const char *)data + skip;
	len -= skip;
	if (len >= JOURNAL_VALUE_MAX)
		len = JOURNAL_VALUE_MAX - 1;
	for (i = 0; i < len; i++)
		buf[i] = iscntrl((unsigned char)text[i]) ? '?' : text[i];
	buf[len] = '\0';
	return buf;
}
