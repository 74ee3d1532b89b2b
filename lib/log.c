// SPDX-License-Identifier: LGPL-2.1-or-later
/* Log messages for a program that has called daxplug_set_log(). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define LINE_MAX_LEN 512

/* Get the name of an errno, such as "EBUSY"; "done" for 0. */
const char *dp_errno_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : "done";

	return name ? name : "an unknown error";
}

/* Post a message to the program's thread, which calls the program's function. */
void dp_log(struct daxplug_change *c, enum daxplug_log_level level,
	    const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	if (!c->channel || !c->dev->log.fn)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dp_channel_post_line(c->channel, (int)level, text);
}

/*
 * Log the result of one write. A change writes in a thread of the library, which must not
 * call the program's function, so its message is posted. Without a change (@c is NULL) the
 * program has called the library in this thread, and its function is called at once.
 */
void dp_log_write(struct daxplug_change *c, const struct daxplug_device *dev, const char *attr,
		  const char *word, int err)
{
	char text[LINE_MAX_LEN];

	if (!dev->log.fn)
		return;
	snprintf(text, sizeof(text), "wrote %.*s to %s: %s", (int)strcspn(word, "\n"), word, attr,
		 dp_errno_name(err));
	if (c)
		dp_log(c, DAXPLUG_LOG_DEBUG, "%s", text);
	else
		dev->log.fn(DAXPLUG_LOG_DEBUG, dev->name, text, dev->log.data);
}
