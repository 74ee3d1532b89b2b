// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which block the module names in the kernel's log:
 *
 *   kmem: dax0.0: unplug undone: offline of memory34: -EBUSY
 *   kmem: dax0.0: unplug failed: offline of memory51: -EACCES; not undone: memory32
 *
 * The attribute itself answers with an errno and no more. Who may not read the
 * log is not told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Return: a descriptor that reads what is logged from now on, or -1. */
int dp_kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* N of "memoryN" where @text begins, whatever stands behind it. */
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

static void parse_line(const char *text, struct daxplug_change *c)
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
			c->step = name;
	}
	if (stuck)
		parse_block(stuck + strlen("; not undone: "), &c->stuck);
}

/* Reads what was logged since, for the last change that failed, into @c. */
void dp_kmsg_read(int fd, const struct daxplug_device *dev,
		  struct daxplug_change *c)
{
	char record[TEXT_MAX], prefix[2 * ATTR_MAX], *text;
	ssize_t n;

	snprintf(prefix, sizeof(prefix), ";kmem: %s: %s ", dev->name,
		 c->plug ? "plug" : "unplug");
	/* EPIPE: records were lost before they could be read; go on. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINTR))) {
		if (n < 0)
			continue;
		record[n] = '\0';
		text = strstr(record, prefix);
		if (text)
			parse_line(text, c);
	}
}
