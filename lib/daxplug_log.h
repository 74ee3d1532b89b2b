/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that passes log messages to the program. daxplug.h includes
 * this header, and its conventions apply here, too.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_LOG_H
#define DAXPLUG_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/* The severity of a message, with the numbers of syslog(3). More may be added. */
enum daxplug_log_level {
	DAXPLUG_LOG_WARNING = 4, /* a problem with a setting, or messages are missing */
	DAXPLUG_LOG_INFO = 6,	/* the main steps, and what is waited for */
	DAXPLUG_LOG_DEBUG = 7,	/* most writes and their results */
};

/**
 * typedef daxplug_log_fn - a function that gets log messages
 * @level: the severity
 * @device: the name of the device, such as "dax0.0"
 * @text: one line in English, without a newline; the wording may change
 * @data: as passed to daxplug_set_log()
 */
typedef void (*daxplug_log_fn)(enum daxplug_log_level level, const char *device,
			       const char *text, void *data);

/**
 * daxplug_set_log() - set the function that gets log messages
 * @ctx: the context
 * @fn: called for each message; NULL, the default, for none
 * @data: passed to @fn
 *
 * This applies to devices that the context finds from now on. Devices found before keep
 * their function. So @fn and @data must be valid as long as any of these devices is
 * used.
 *
 * @fn is called in the thread that called the library: by the function that changes the
 *	device, or by daxplug_change_dispatch(). If daxplug_change_dispatch() is not
 *	called, the first 1000 messages of a change are kept. If daxplug_change_free()
 *	ends the change, its messages are dropped. @fn may call daxplug_change_cancel(),
 *	but no other function of the library with the same change.
 *
 * Threads: one at a time per context.
 */
void daxplug_set_log(struct daxplug_ctx *ctx, daxplug_log_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_LOG_H */
