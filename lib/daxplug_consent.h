/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug for programs that must agree before a device is changed. The
 * command daxplug uses it for its hooks. daxplug.h includes this header, and its
 * conventions apply here, too.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_CONSENT_H
#define DAXPLUG_CONSENT_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Called before a device is changed from @before to @want. Return: 0 to agree, or a
 * negative errno that ends the change before anything is done.
 */
typedef int (*daxplug_consent_fn)(const struct daxplug_device *dev,
				  enum daxplug_state before,
				  enum daxplug_state want, void *data);

/*
 * Called when the change has ended; @err is its result. A repair may try several zones. Then both
 * functions are called for each zone, and @err is the result for that zone.
 */
typedef void (*daxplug_ended_fn)(const struct daxplug_device *dev,
				 enum daxplug_outcome outcome, int err, void *data);

/**
 * daxplug_change_set_consent() - ask the program before each change, and report its end
 * @change: the change
 * @ask: called when the device must be changed and no reason is known to refuse that;
 *	NULL: no function is called
 * @ended: called at the end of each change for which @ask was called, or NULL
 * @data: passed to both
 *
 * Both functions are called in a thread of the library. It blocks all signals except those
 * that a fault of the program raises. The library holds the lock that allows one change of a device
 * at a time, so neither function may wait for another change of the same device. Without a consent
 * function the library does not take this lock if the device is already bound to daxplug's module.
 * Only root can take the lock.
 *
 * The time of @ask does not count for the deadline. The time that the library waits for the
 * lock before it calls @ask counts. Nothing ends @ask, so it must limit its time itself. If
 * @ask refuses a change, the failed step is DAXPLUG_STEP_CONSENT. A repair may call @ask
 * for each of the three online states. A change of the mode does not call it.
 *
 * Threads: one at a time per change.
 */
void daxplug_change_set_consent(struct daxplug_change *change,
				daxplug_consent_fn ask, daxplug_ended_fn ended,
				void *data);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_CONSENT_H */
