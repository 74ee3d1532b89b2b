// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads what the module logs about a change that failed:
 *
 *   kmem: dax0.0: unplug undone: offline of memory34: -EBUSY
 *   kmem: dax0.0: unplug failed: offline of memory51: -EACCES; not undone: memory32
 *   kmem: dax0.0: not plugged: page structures need 402653184 bytes, 231000000 bytes are available
 *   kmem: dax0.0: not plugged: memory34 belongs to another driver
 *
 * The write to the attribute returns only an errno. To a user without permission to read the kernel
 * log, the block and the numbers stay unknown.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/*
 * The largest record in bytes: CONSOLE_EXT_LOG_MAX of Linux 6.1. Later kernels have
 * PRINTK_MESSAGE_MAX, which is 2048.
 */
#define RECORD_MAX 8192

/* Return: a descriptor that reads the messages logged from now on; -1 if not permitted. */
int dp_kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Parse the N of "memoryN" at the beginning of @text. More text may follow. */
static bool parse_block(const char *text, uint64_t *block)
{
	char number[ATTR_MAX];
	size_t n;

	if (strncmp(text, "memory", 6) != 0)
		return false;
	n = strspn(text + 6, "0123456789");
	if (!n || n >= sizeof(number))
		return false;
	memcpy(number, text + 6, n);
	number[n] = '\0';
	return dp_parse_u64(number, block);
}

/* Parse a number followed by " bytes" at the beginning of @text. */
static bool parse_bytes(const char *text, uint64_t *bytes)
{
	size_t n = strspn(text, "0123456789");
	char number[ATTR_MAX];

	if (!n || n >= sizeof(number) || strncmp(text + n, " bytes", 6) != 0)
		return false;
	memcpy(number, text, n);
	number[n] = '\0';
	return dp_parse_u64(number, bytes);
}

static void parse_space(const char *text, struct daxplug_change *c)
{
	static const char need[] = "page structures need ";
	const char *needed = strstr(text, need);
	const char *available = strstr(text, " bytes, ");
	uint64_t n, a;

	if (!needed || !available || !parse_bytes(needed + strlen(need), &n) ||
	    !parse_bytes(available + strlen(" bytes, "), &a))
		return;
	c->needed = n;
	c->available = a;
}

/* Search backwards from " belongs to another driver" for "memoryN". */
static void parse_foreign(const char *text, struct daxplug_change *c)
{
	const char *end = strstr(text, " belongs to another driver");
	const char *at;

	for (at = end; at && at >= text; at--) {
		if (parse_block(at, &c->block)) {
			c->step = DAXPLUG_STEP_FOREIGN;
			return;
		}
	}
}

static void parse_failure(const char *text, struct daxplug_change *c)
{
	const char *stuck = strstr(text, "; not undone: ");
	char pattern[ATTR_MAX];
	enum engine_step step;

	for (step = STEP_RESERVE; step <= STEP_RELEASE; step++) {
		const char *name = engine_step_name(step);
		const char *found;

		snprintf(pattern, sizeof(pattern), ": %s of ", name);
		found = strstr(text, pattern);
		if (found && parse_block(found + strlen(pattern), &c->block))
			c->step = dp_step_from_engine(step);
	}
	if (stuck)
		parse_block(stuck + strlen("; not undone: "), &c->stuck);
}

/* Read the new messages about the last change that failed, and set the fields of @c. */
void dp_kmsg_read(int fd, const struct daxplug_device *dev,
		  struct daxplug_change *c)
{
	char record[RECORD_MAX + 1], prefix[2 * ATTR_MAX], *text;
	const char *word = c->plug ? "plug " : "unplug ";
	ssize_t n;

	snprintf(prefix, sizeof(prefix), ";kmem: %s: ", dev->name);
	/*
	 * EPIPE means that messages were overwritten before they were read. EINVAL means that a
	 * message is longer than any known one and was skipped. Read on in both cases.
	 */
	while ((n = read(fd, record, RECORD_MAX)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINVAL || errno == EINTR))) {
		if (n < 0)
			continue;
		record[n] = '\0';
		text = strstr(record, prefix);
		if (!text)
			continue;
		text += strlen(prefix);
		text[strcspn(text, "\n")] = '\0';
		parse_foreign(text, c);
		if (c->plug)
			parse_space(text, c);
		if (!strncmp(text, word, strlen(word)))
			parse_failure(text, c);
	}
}
