// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One sysfs attribute, read or written; names and numbers parsed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

int dp_path(char *buf, size_t len, const char *dir, const char *name)
{
	int n = snprintf(buf, len, "%s/%s", dir, name);

	if (n < 0)
		return -EINVAL;
	return (size_t)n < len ? 0 : -ENAMETOOLONG;
}

bool dp_exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return !dp_path(path, sizeof(path), dir, name) && !access(path, F_OK);
}

int dp_open(const char *dir, const char *attr, int flags)
{
	char path[PATH_MAX];
	int fd, err;

	err = dp_path(path, sizeof(path), dir, attr);
	if (err)
		return err;
	do {
		fd = open(path, flags | O_CLOEXEC, 0644);
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

/* All of an open file, as text; -EPROTO when it does not fit. */
int dp_read_fd(int fd, char *buf, size_t len)
{
	return read_all(fd, buf, len, true);
}

int dp_read_text(const char *dir, const char *attr, char *buf, size_t len)
{
	int fd = dp_open(dir, attr, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	err = dp_read_fd(fd, buf, len);
	close(fd);
	return err;
}

/*
 * An attribute whose read takes the kernel up to seconds, and can be interrupted.
 * It is not restarted, because signals that come more often than that would keep
 * the caller here for ever: -EINTR.
 */
int dp_read_slow(const char *dir, const char *attr, char *buf, size_t len)
{
	int fd = dp_open(dir, attr, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	err = read_all(fd, buf, len, false);
	close(fd);
	return err;
}

/* The first line of an attribute. */
int dp_read(const char *dir, const char *attr, char *buf, size_t len)
{
	int err = dp_read_text(dir, attr, buf, len);

	if (!err)
		buf[strcspn(buf, "\n")] = '\0';
	return err;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Decimal, or hexadecimal after 0x: the kernel's two ways to print one. */
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

int dp_read_u64(const char *dir, const char *attr, uint64_t *value)
{
	char buf[ATTR_MAX];
	int err = dp_read(dir, attr, buf, sizeof(buf));

	if (err)
		return err;
	return dp_parse_u64(buf, value) ? 0 : -EPROTO;
}

/* The number after a word, in a text of lines "WORD NUMBER". */
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

/* A NUMA node: -1 is none. */
int dp_read_node(const char *dir, const char *attr, int *value)
{
	char buf[ATTR_MAX];
	const char *s = buf;
	unsigned int id;
	int err;

	err = dp_read(dir, attr, buf, sizeof(buf));
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

/* The last part of what a link points to, to be freed by the caller. */
int dp_read_link(const char *dir, const char *name, char **base)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t n;
	int err;

	err = dp_path(path, sizeof(path), dir, name);
	if (err)
		return err;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	*base = strdup(slash ? slash + 1 : target);
	return *base ? 0 : -ENOMEM;
}

/*
 * One word in one write(2), which is not tried again whatever it says: a
 * signal is the user's way to end it.
 */
int dp_write(const char *dir, const char *attr, const char *word)
{
	int fd = dp_open(dir, attr, O_WRONLY);
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

/* A number as it stands in a name: digits only, no leading zero. */
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
