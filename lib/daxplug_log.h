/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that tells a program what the library does. Included by
 * daxplug.h, whose conventions hold here too.
 */
/* Before the guard: that includes this one where it has its place. */
#include "daxplug.h"

#ifndef DAXPLUG_LOG_H
#define DAXPLUG_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/* How much a line matters: syslog's numbers. More may be added. */
enum daxplug_log_level {
	DAXPLUG_LOG_WARNING = 4, /* something of the system is not as it was */
	DAXPLUG_LOG_INFO = 6,	/* what is done on the whole, and whom it waits for */
	DAXPLUG_LOG_DEBUG = 7,	/* each write, and what it was answered with */
};

/**
 * typedef daxplug_log_fn - is told what the library does
 * @level: how much it matters
 * @device: the name of the device, such as "dax0.0"
 * @text: one line, in English, without a newline; not an interface
 * @data: as handed to daxplug_set_log()
 */
typedef void (*daxplug_log_fn)(enum daxplug_log_level level, const char *device,
			       const char *text, void *data);

/**
 * daxplug_set_log() - be told what the library does
 * @ctx: the context
 * @fn: called for each line, or NULL, the default: nobody is told
 * @data: handed to @fn
 *
 * For the devices that the context finds from now on; those found before keep what
 * they have. So @fn and @data must be there for as long as any of these devices.
 *
 * @fn is called in the thread that called the library: by the call that changes the
 * device, or by daxplug_change_dispatch(). Of a change that is not followed the first
 * 1000 lines are kept, and none that daxplug_change_free() ends. It must not call the
 * library with the same change.
 *
 * Threads: one at a time per context.
 */
void daxplug_set_log(struct daxplug_ctx *ctx, daxplug_log_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_LOG_H */
