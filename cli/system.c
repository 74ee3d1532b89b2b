// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the system: files, lines, numbers, processes.
 *
 * Any user can choose the name of a process or file. So a line is recognised by its beginning,
 * never by a word inside it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "system.h"

/* 0, or why a file or directory could not be read since the last take_shortage(). */
static int shortage;

/*
 * Record @err for take_shortage() if memory or file descriptors have run out, or if it is an
 * input/output error. After such an error the result of a check is not known. Other errors are not
 * recorded, because they are results. For example, a file does not exist.
 */
void note_shortage(int err)
{
	if (err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -EIO)
		shortage = err;
}

/*
 * Return: 0; or the last negative errno that note_shortage() or read_next_entry() has recorded
 * since the last call.
 */
int take_shortage(void)
{
	int err = shortage;

	shortage = 0;
	return err;
}

FILE *open_to_read(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		note_shortage(-errno);
	return file;
}

DIR *list_directory(const char *path)
{
	DIR *dir = opendir(path);

	if (!dir)
		note_shortage(-errno);
	return dir;
}

/*
 * Read the next entry of a directory. readdir() also returns NULL after an error. Return: 1; 0
 * after the last entry; or a negative errno.
 */
int read_next_entry(DIR *dir, const struct dirent **e)
{
	errno = 0;
	*e = readdir(dir);
	if (*e)
		return 1;
	/* The process of a directory in /proc may have ended. */
	if (errno != ENOENT && errno != ESRCH && errno != EACCES)
		shortage = errno ? -errno : shortage;
	return -errno;
}

/* Return the next process in /proc. After the last one or an error, close @dir and return NULL. */
const char *read_next_process(DIR *dir)
{
	const struct dirent *e;

	while (dir && read_next_entry(dir, &e) > 0) {
		if (isdigit((unsigned char)e->d_name[0]))
			return e->d_name;
	}
	if (dir)
		closedir(dir);
	return NULL;
}

/* Format a path. Tests set DAXPLUG_ROOT to use another directory instead of /. */
const char *format_system_path(char *buf, const char *format, ...)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");
	int n = snprintf(buf, PATH_MAX, "%s", root ? root : "");
	va_list args;

	if (n < 0 || n >= PATH_MAX)
		n = 0;
	va_start(args, format);
	vsnprintf(buf + n, PATH_MAX - (size_t)n, format, args);
	va_end(args);
	return buf;
}

bool read_first_line(const char *path, char *buf, size_t len)
{
	FILE *file = open_to_read(path);
	bool ok = file && fgets(buf, (int)len, file);

	if (file && !ok && ferror(file))
		note_shortage(-errno);
	if (file)
		fclose(file);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/* Read the line that begins with @key, without @key and the blanks after it. */
static bool read_value_of(const char *path, const char *key, char *buf, size_t len)
{
	FILE *file = open_to_read(path);
	size_t size = 0, keylen = strlen(key);
	char *text = NULL;
	bool found = false;

	if (!file)
		return false;
	while (!found && getline(&text, &size, file) >= 0) {
		if (strncmp(text, key, keylen) != 0)
			continue;
		snprintf(buf, len, "%s", text + keylen + strspn(text + keylen, " \t"));
		found = true;
	}
	/* getline() also ends if it cannot allocate memory. */
	if (!found && !feof(file))
		note_shortage(-errno);
	free(text);
	fclose(file);
	return found;
}

/* Read a number of kB from a table such as /proc/PID/status: "VmPin:      8192 kB". */
bool read_kilobytes(const char *path, const char *key, uint64_t *kb)
{
	char text[64], *end;

	if (!read_value_of(path, key, text, sizeof(text)) ||
	    !isdigit((unsigned char)text[0]))
		return false;
	*kb = strtoull(text, &end, 10);
	return !strcmp(end, " kB\n") || !strcmp(end, " kB");
}

/* Milliseconds of CLOCK_MONOTONIC, which is never set back. */
uint64_t get_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The directory for files of this boot. The library uses it, too (lib/run.c). */
const char *get_run_directory(void)
{
	const char *run = secure_getenv("DAXPLUG_RUN");

	return run && *run ? run : "/run/daxplug";
}
