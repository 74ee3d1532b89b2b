// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy_sysfs DIR <PATHS: copies files of /sys and /proc to the same paths below DIR. PATHS has one
 * path a line.
 *
 * cp and tar use the size that sysfs reports, which is 4096 for every file. This program copies
 * what a read returns. Links are copied as links. A directory is created without its contents.
 * A file that can only be written is copied as an empty file. A file whose read fails is not
 * copied, because a copy cannot represent the error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *top;

static void fatal(const char *what)
{
	fprintf(stderr, "copy_sysfs: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Creates the directories above @path, which is below @top. */
static void make_parents(char *path)
{
	char *slash = path + strlen(top);

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			fatal(path);
		*slash = '/';
	}
}

/* Return: false if any read fails. */
static bool copy_content(int from, int to, const char *path)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if (write(to, buf, (size_t)n) != n)
			fatal(path);
	}
	return !n;
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	/* Without O_NONBLOCK, a read of some files of sysfs would wait for an event. */
	int in = mode & 0444 ? open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	int out;

	if (mode & 0444 && in < 0)
		return;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		fatal(to);
	if (in >= 0 && !copy_content(in, out, to))
		unlink(to);
	else if (fchmod(out, mode & 0777))
		fatal(to);
	close(out);
	if (in >= 0)
		close(in);
}

static void copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	if (symlink(target, to) && errno != EEXIST)
		fatal(to);
}

int main(int argc, char **argv)
{
	char line[PATH_MAX], to[2 * PATH_MAX];
	struct stat st;

	if (argc != 2)
		return 2;
	top = argv[1];
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		/* Skip a file that does not exist any more, because its device has been removed. */
		if (*line != '/' || lstat(line, &st))
			continue;
		snprintf(to, sizeof(to), "%s%s", top, line);
		make_parents(to);
		if (S_ISDIR(st.st_mode) && mkdir(to, 0755) && errno != EEXIST)
			fatal(to);
		if (S_ISREG(st.st_mode))
			copy_file(line, to, st.st_mode);
		if (S_ISLNK(st.st_mode))
			copy_link(line, to);
	}
	return 0;
}
