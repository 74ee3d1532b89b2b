// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sets the options of a change, and returns the result of the last change. */
#include <errno.h>

#include "internal.h"

void daxplug_change_set_deadline(struct daxplug_change *change,
				 unsigned int ms)
{
	change->limit_ms = ms;
}

void daxplug_change_set_progress(struct daxplug_change *change,
				 daxplug_progress_fn fn, void *data)
{
	change->progress = fn;
	change->data = data;
}

void daxplug_change_set_consent(struct daxplug_change *change,
				daxplug_consent_fn ask, daxplug_ended_fn ended,
				void *data)
{
	change->ask = ask;
	change->ended = ended;
	change->consent_data = data;
}

void daxplug_change_set_memmap(struct daxplug_change *change,
			       enum daxplug_memmap memmap)
{
	change->memmap = memmap;
}

void daxplug_change_set_replug(struct daxplug_change *change, int replug)
{
	change->replug = replug;
}

int daxplug_change_get_restored(const struct daxplug_change *change)
{
	return change->restored;
}

enum daxplug_outcome
daxplug_change_get_outcome(const struct daxplug_change *change)
{
	return change->outcome;
}

enum daxplug_backend
daxplug_change_get_backend(const struct daxplug_change *change)
{
	return change->backend;
}

int daxplug_change_get_before(const struct daxplug_change *change,
			      enum daxplug_state *state)
{
	if (!change->before_err)
		*state = change->before;
	return change->before_err;
}

int daxplug_change_get_after(const struct daxplug_change *change,
			     enum daxplug_state *state)
{
	if (!change->after_err)
		*state = change->after;
	return change->after_err;
}

enum daxplug_step
daxplug_change_get_failed_step(const struct daxplug_change *change)
{
	return change->step;
}

const char *daxplug_change_get_step(const struct daxplug_change *change)
{
	return change->step == DAXPLUG_STEP_NONE ? NULL :
	       daxplug_step_name(change->step);
}

static int get_block(uint64_t number, uint64_t *block)
{
	if (number == DAXPLUG_NO_BLOCK)
		return -ENOENT;
	*block = number;
	return 0;
}

int daxplug_change_get_block(const struct daxplug_change *change,
			     uint64_t *block)
{
	return get_block(change->block, block);
}

int daxplug_change_get_stuck(const struct daxplug_change *change,
			     uint64_t *block)
{
	return get_block(change->stuck, block);
}

int daxplug_change_get_begun(const struct daxplug_change *change)
{
	return change->begun;
}

int daxplug_change_get_holder(const struct daxplug_change *change, int *pid,
			      const char **name)
{
	if (!change->holder.pid)
		return -ENOENT;
	*pid = change->holder.pid;
	*name = change->holder.name;
	return 0;
}

enum daxplug_limit
daxplug_change_get_limit(const struct daxplug_change *change)
{
	return change->limit;
}

int daxplug_change_get_space(const struct daxplug_change *change,
			     uint64_t *needed, uint64_t *available)
{
	if (!change->needed)
		return -ENOENT;
	*needed = change->needed;
	*available = change->available;
	return 0;
}
