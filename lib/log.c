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

/* Call the program's function at once, in the calling thread. */
void dp_log_now(const struct daxplug_device *dev, enum daxplug_log_level level,
		const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list args;

	if (!dev->log.fn)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dev->log.fn(level, dev->name, text, dev->log.data);
}
