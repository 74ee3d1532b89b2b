// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the library does, for a program that has asked to be told: daxplug_set_log().
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define LINE_MAX_LEN 512

/* Such as "EBUSY", for one that may be 0. */
const char *dp_errno_name(int err)
{
	const char *name = err ? strerrorname_np(-err) : "done";

	return name ? name : "an unknown error";
}

/* The function is called by the program's thread, when that takes the line. */
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

/* For what is done at once, by the thread that asked for it. */
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
