/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug for programs that are to be asked before a device is changed,
 * such as the command for its hooks. Included by daxplug.h, whose conventions hold here
 * too.
 */
/* Before the guard: that includes this one where it has its place. */
#include "daxplug.h"

#ifndef DAXPLUG_CONSENT_H
#define DAXPLUG_CONSENT_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Asked before a device goes from @before to @want. Return: 0, or a negative errno that
 * ends the change before anything is done.
 */
typedef int (*daxplug_consent_fn)(const struct daxplug_device *dev,
				  enum daxplug_state before,
				  enum daxplug_state want, void *data);

/* Told how it ended; @err as the call that plugs or unplugs returns it. */
typedef void (*daxplug_ended_fn)(const struct daxplug_device *dev,
				 enum daxplug_outcome outcome, int err, void *data);

/**
 * daxplug_change_set_consent() - be asked before each change, and told its end
 * @change: the change
 * @ask: asked when the device has to be changed and nothing that is known then
 *	refuses it; NULL: nobody is asked
 * @ended: told the end of each change that was asked for, or NULL
 * @data: handed to both
 *
 * Both are called in a thread of the library's, with all signals blocked, under the
 * lock that keeps other changes of the device by this library away: so another change
 * of the same device must not be waited for there. With a consent that lock is also
 * taken where daxplug's module carries the change out, which asks for root. The time
 * that @ask takes does not count for the deadline, and nothing ends it: that is for
 * @ask to see to. A change that is refused has the step DAXPLUG_STEP_CONSENT. A repair
 * may ask twice. A change of a mode asks nobody.
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
