// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads and writes sysfs attributes, and parses names and numbers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/*
 * Return: @err if memory or descriptors have run out; 0 for any other error. If this function
 * returns 0, the caller treats the attribute as missing. A shortage says nothing about the
 * attribute.
 */
int dp_keep_shortage(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE ? err : 0;
}

int dp_join_path(char *buf, size_t len, const char *dir, const char *name)
{
	int n = snprintf(buf, len, "%s/%s", dir, name);

	if (n < 0)
		return -EINVAL;
	return (size_t)n < len ? 0 : -ENAMETOOLONG;
}

bool dp_exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return !dp_join_path(path, sizeof(path), dir, name) && !access(path, F_OK);
}

/* The functions with _at take an open directory and a path relative to it. */
bool dp_exists_at(int dir, const char *path)
{
	return !faccessat(dir, path, F_OK, 0);
}

/* Return: 1 if @path exists; 0 if not; or a negative errno if that cannot be found out. */
int dp_check_exists_at(int dir, const char *path)
{
	if (!faccessat(dir, path, F_OK, 0))
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

int dp_open_at(int dir, const char *path, int flags)
{
	int fd;

	do {
		fd = openat(dir, path, flags | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int read_all(int fd, char *buf, size_t len, bool restart)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = read(fd, buf + have, len - have);
		if (n < 0 && (errno != EINTR || !restart))
			return -errno;
		if (n > 0)
			have += (size_t)n;
	} while (n && have < len);
	if (have == len)
		return -EPROTO;
	buf[have] = '\0';
	return 0;
}

/*
 * Read all of an open file as text. Return: 0; -EPROTO if it does not fit; or another
 * negative errno.
 */
int dp_read_fd(int fd, char *buf, size_t len)
{
	return read_all(fd, buf, len, true);
}

static int read_text(int dir, const char *path, char *buf, size_t len,
		     bool restart)
{
	int fd = dp_open_at(dir, path, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	err = read_all(fd, buf, len, restart);
	close(fd);
	return err;
}

int dp_read_text_at(int dir, const char *path, char *buf, size_t len)
{
	return read_text(dir, path, buf, len, true);
}

int dp_read_text(const char *dir, const char *attr, char *buf, size_t len)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, attr);

	return err ? err : dp_read_text_at(AT_FDCWD, path, buf, len);
}

/*
 * Read an attribute whose read can take seconds and can be interrupted. It is not
 * restarted after a signal, because it would be restarted for ever if signals came faster
 * than the read ends. Return: 0; -EINTR after a signal; or another negative errno.
 */
int dp_read_slow_at(int dir, const char *path, char *buf, size_t len)
{
	return read_text(dir, path, buf, len, false);
}

/* Read the first line of an attribute. */
int dp_read_at(int dir, const char *path, char *buf, size_t len)
{
	int err = dp_read_text_at(dir, path, buf, len);

	if (!err)
		buf[strcspn(buf, "\n")] = '\0';
	return err;
}

int dp_read(const char *dir, const char *attr, char *buf, size_t len)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, attr);

	return err ? err : dp_read_at(AT_FDCWD, path, buf, len);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parse a decimal number, or a hexadecimal one after 0x. The kernel prints both. */
bool dp_parse_u64(const char *s, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!is_digit(*s))
		return false;
	errno = 0;
	v = strtoull(s, &end, strncmp(s, "0x", 2) == 0 ? 16 : 10);
	if (*end || errno)
		return false;
	*value = v;
	return true;
}

int dp_read_u64_at(int dir, const char *path, uint64_t *value)
{
	char buf[ATTR_MAX];
	int err = dp_read_at(dir, path, buf, sizeof(buf));

	if (err)
		return err;
	return dp_parse_u64(buf, value) ? 0 : -EPROTO;
}

int dp_read_u64(const char *dir, const char *attr, uint64_t *value)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, attr);

	return err ? err : dp_read_u64_at(AT_FDCWD, path, value);
}

/* Find the number after a word, in a text of lines "WORD NUMBER". */
bool dp_find_count(const char *text, const char *word, uint64_t *value)
{
	size_t len = strlen(word);
	char number[ATTR_MAX];
	size_t n;

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, word, len) || text[len] != ' ')
			continue;
		n = strcspn(text + len + 1, "\n");
		if (n >= sizeof(number))
			return false;
		memcpy(number, text + len + 1, n);
		number[n] = '\0';
		return dp_parse_u64(number, value);
	}
	return false;
}

/* Read the number of a NUMA node; -1 means none. */
int dp_read_node_at(int dir, const char *path, int *value)
{
	char buf[ATTR_MAX];
	const char *s = buf;
	unsigned int id;
	int err;

	err = dp_read_at(dir, path, buf, sizeof(buf));
	if (err)
		return err;
	if (!strcmp(buf, "-1")) {
		*value = -1;
		return 0;
	}
	if (!dp_parse_id(&s, &id) || *s || id > INT_MAX)
		return -EPROTO;
	*value = (int)id;
	return 0;
}

/*
 * Read the next entry of a directory. readdir(3) also returns NULL after an error, so NULL alone
 * does not mean the end of the directory.
 * Return: 1; 0 after the last entry; or a negative errno.
 */
int dp_next_entry(DIR *dir, const struct dirent **e)
{
	errno = 0;
	*e = readdir(dir);
	return *e ? 1 : -errno;
}

/* Read the last part of a link's target into @buf, without allocating memory. */
int dp_read_link_into(int dir, const char *path, char *buf, size_t len)
{
	char target[PATH_MAX];
	const char *slash;
	ssize_t n;

	n = readlinkat(dir, path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	n = snprintf(buf, len, "%s", slash ? slash + 1 : target);
	return n >= 0 && (size_t)n < len ? 0 : -ENAMETOOLONG;
}

/* Read the last part of a link's target. The caller frees it. */
int dp_read_link_at(int dir, const char *path, char **base)
{
	char name[PATH_MAX];
	int err = dp_read_link_into(dir, path, name, sizeof(name));

	if (err)
		return err;
	*base = strdup(name);
	return *base ? 0 : -ENOMEM;
}

int dp_read_link(const char *dir, const char *name, char **base)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, name);

	return err ? err : dp_read_link_at(AT_FDCWD, path, base);
}

/*
 * Write one word with one write(2). It is never repeated, because a signal is the
 * user's way to end it.
 */
int dp_write_at(int dir, const char *path, const char *word)
{
	int fd = dp_open_at(dir, path, O_WRONLY);
	size_t len = strlen(word);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return fd;
	n = write(fd, word, len);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -EIO;
	close(fd);
	return err;
}

int dp_write(const char *dir, const char *attr, const char *word)
{
	char path[PATH_MAX];
	int err = dp_join_path(path, sizeof(path), dir, attr);

	return err ? err : dp_write_at(AT_FDCWD, path, word);
}

/* Parse a number that is part of a name: digits only, without a leading zero. */
bool dp_parse_id(const char **s, unsigned int *id)
{
	const char *p = *s;
	unsigned int v = 0;

	if (!is_digit(*p) || (*p == '0' && is_digit(p[1])))
		return false;
	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(v, 10U, &v) ||
		    __builtin_add_overflow(v, (unsigned int)(*p - '0'), &v))
			return false;
	}
	*s = p;
	*id = v;
	return true;
}

bool dp_parse_device(const char *name, unsigned int *region,
		     unsigned int *instance)
{
	if (strncmp(name, "dax", 3) != 0)
		return false;
	name += 3;
	if (!dp_parse_id(&name, region) || *name++ != '.')
		return false;
	return dp_parse_id(&name, instance) && !*name;
}

bool dp_parse_mapping(const char *name, unsigned int *id)
{
	if (strncmp(name, "mapping", 7) != 0)
		return false;
	name += 7;
	return dp_parse_id(&name, id) && !*name;
}
