// SPDX-License-Identifier: LGPL-2.1-or-later
/* The names of enum values, and how to parse them. */
#include <errno.h>
#include <string.h>

#include "daxplug_policy.h"
#include "internal.h"

/* The library's own states. The others, and their names, are the engine's. */
static const char * const own_states[] = {
	[DAXPLUG_STATE_OTHER_DRIVER] = "other_driver",
};

_Static_assert((int)DAXPLUG_STATE_UNPLUGGED == (int)STATE_UNPLUGGED, "a state of the engine");
_Static_assert((int)DAXPLUG_STATE_OFFLINE == (int)STATE_OFFLINE, "a state of the engine");
_Static_assert((int)DAXPLUG_STATE_ONLINE == (int)STATE_ONLINE, "a state of the engine");
_Static_assert((int)DAXPLUG_STATE_ONLINE_KERNEL == (int)STATE_ONLINE_KERNEL,
	       "a state of the engine");
_Static_assert((int)DAXPLUG_STATE_ONLINE_MOVABLE == (int)STATE_ONLINE_MOVABLE,
	       "a state of the engine");
_Static_assert((int)DAXPLUG_STATE_INCONSISTENT == (int)STATE_INCONSISTENT,
	       "a state of the engine");

static const char * const backends[] = {
	[DAXPLUG_BACKEND_NONE] = "none",
	[DAXPLUG_BACKEND_MODULE] = "module",
	[DAXPLUG_BACKEND_NATIVE] = "native",
	[DAXPLUG_BACKEND_BLOCKS] = "blocks",
};

static const char * const origins[] = {
	[DAXPLUG_ORIGIN_UNKNOWN] = "unknown",
	[DAXPLUG_ORIGIN_CXL] = "cxl",
	[DAXPLUG_ORIGIN_PMEM] = "pmem",
	[DAXPLUG_ORIGIN_HMEM] = "hmem",
};

static const char * const guards[] = {
	[DAXPLUG_GUARD_OFF] = "off",
	[DAXPLUG_GUARD_TRANSITION] = "transition",
	[DAXPLUG_GUARD_ALWAYS] = "always",
};

static const char * const memmaps[] = {
	[DAXPLUG_MEMMAP_DEFAULT] = "default",
	[DAXPLUG_MEMMAP_NO] = "no",
	[DAXPLUG_MEMMAP_YES] = "yes",
};

static const char * const modes[] = {
	[DAXPLUG_MODE_NONE] = "none",
	[DAXPLUG_MODE_DEVDAX] = "devdax",
	[DAXPLUG_MODE_SYSTEM_RAM] = "system-ram",
	[DAXPLUG_MODE_OTHER] = "other",
};

static const char * const stats[] = {
	[DAXPLUG_STAT_PLUGS] = "plugs",
	[DAXPLUG_STAT_UNPLUGS] = "unplugs",
	[DAXPLUG_STAT_REFUSALS] = "refusals",
	[DAXPLUG_STAT_UNDOS] = "undos",
	[DAXPLUG_STAT_FAILED_UNDOS] = "failed_undos",
	[DAXPLUG_STAT_VETOES] = "vetoes",
	[DAXPLUG_STAT_PAGES_MOVED] = "pages_moved",
	[DAXPLUG_STAT_STALLS] = "stalls",
};

static const enum engine_step engine_steps[] = {
	[DAXPLUG_STEP_RESERVE] = STEP_RESERVE,
	[DAXPLUG_STEP_ADD] = STEP_ADD,
	[DAXPLUG_STEP_ONLINE] = STEP_ONLINE,
	[DAXPLUG_STEP_CHECK] = STEP_CHECK,
	[DAXPLUG_STEP_ROOM] = STEP_ROOM,
	[DAXPLUG_STEP_ASK] = STEP_ASK,
	[DAXPLUG_STEP_OFFLINE] = STEP_OFFLINE,
	[DAXPLUG_STEP_REMOVE] = STEP_REMOVE,
	[DAXPLUG_STEP_RELEASE] = STEP_RELEASE,
};

/* The library's own steps. The others, and their names, are the engine's. */
static const char * const own_steps[] = {
	[DAXPLUG_STEP_NONE] = "none",
	[DAXPLUG_STEP_OPEN] = "open",
	[DAXPLUG_STEP_LOCK] = "lock",
	[DAXPLUG_STEP_DRIVER] = "driver",
	[DAXPLUG_STEP_STATE] = "state",
	[DAXPLUG_STEP_USERS] = "users",
	[DAXPLUG_STEP_OVERLAP] = "overlap",
	[DAXPLUG_STEP_LEFT_BEHIND] = "left-behind",
	[DAXPLUG_STEP_SIZE] = "size",
	[DAXPLUG_STEP_BIND] = "bind",
	[DAXPLUG_STEP_UNBIND] = "unbind",
	[DAXPLUG_STEP_FOREIGN] = "foreign",
	[DAXPLUG_STEP_UNPLUG] = "unplug",
	[DAXPLUG_STEP_PLUG] = "plug",
	[DAXPLUG_STEP_NODE] = "node",
	[DAXPLUG_STEP_MEMMAP] = "memmap",
	[DAXPLUG_STEP_CONSENT] = "consent",
};

static const char * const file_statuses[] = {
	[DAXPLUG_FILE_STATUS_READ] = "read",
	[DAXPLUG_FILE_STATUS_MASKED] = "masked",
	[DAXPLUG_FILE_STATUS_HIDDEN] = "hidden",
	[DAXPLUG_FILE_STATUS_REFUSED] = "refused",
};

static const char * const match_words[] = {
	[DAXPLUG_MATCH_YES] = "yes",
	[DAXPLUG_MATCH_NO] = "no",
	[DAXPLUG_MATCH_UNKNOWN] = "unknown",
	[DAXPLUG_MATCH_SERIAL] = "serial",
	[DAXPLUG_MATCH_NO_RULE] = "no_rule",
};

static const char * const zones[] = {
	[DAXPLUG_ZONE_AUTO] = "auto",
	[DAXPLUG_ZONE_KERNEL] = "kernel",
	[DAXPLUG_ZONE_MOVABLE] = "movable",
};

static const enum daxplug_state zone_states[] = {
	[DAXPLUG_ZONE_AUTO] = DAXPLUG_STATE_ONLINE,
	[DAXPLUG_ZONE_KERNEL] = DAXPLUG_STATE_ONLINE_KERNEL,
	[DAXPLUG_ZONE_MOVABLE] = DAXPLUG_STATE_ONLINE_MOVABLE,
};

static const char *name_of(const char *const *names, size_t count, size_t i)
{
	return i < count && names[i] ? names[i] : "unknown";
}

static int find_name(const char *const *names, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (names[i] && !strcmp(names[i], word))
			return (int)i;
	}
	return -1;
}

const char *daxplug_state_name(enum daxplug_state state)
{
	if ((size_t)state <= DAXPLUG_STATE_INCONSISTENT)
		return state_name(dp_state_to_engine(state));
	return name_of(own_states, ARRAY_SIZE(own_states), (size_t)state);
}

const char *daxplug_backend_name(enum daxplug_backend backend)
{
	return name_of(backends, ARRAY_SIZE(backends), (size_t)backend);
}

const char *daxplug_origin_name(enum daxplug_origin origin)
{
	return name_of(origins, ARRAY_SIZE(origins), (size_t)origin);
}

const char *daxplug_guard_name(enum daxplug_guard guard)
{
	return name_of(guards, ARRAY_SIZE(guards), (size_t)guard);
}

const char *daxplug_memmap_name(enum daxplug_memmap memmap)
{
	return name_of(memmaps, ARRAY_SIZE(memmaps), (size_t)memmap);
}

const char *daxplug_mode_name(enum daxplug_mode mode)
{
	return name_of(modes, ARRAY_SIZE(modes), (size_t)mode);
}

const char *daxplug_step_name(enum daxplug_step step)
{
	if ((size_t)step < ARRAY_SIZE(engine_steps) && engine_steps[step])
		return engine_step_name(engine_steps[step]);
	return name_of(own_steps, ARRAY_SIZE(own_steps), (size_t)step);
}

const char *daxplug_file_status_name(enum daxplug_file_status status)
{
	return name_of(file_statuses, ARRAY_SIZE(file_statuses), (size_t)status);
}

const char *daxplug_match_name(enum daxplug_match match)
{
	return (size_t)match < ARRAY_SIZE(match_words) ? match_words[match] : NULL;
}

const char *daxplug_stat_name(enum daxplug_stat stat)
{
	return (size_t)stat < ARRAY_SIZE(stats) ? stats[stat] : NULL;
}

int daxplug_zone_state(enum daxplug_zone zone, enum daxplug_state *state)
{
	if ((size_t)zone >= ARRAY_SIZE(zone_states))
		return -EINVAL;
	*state = zone_states[zone];
	return 0;
}

const char *daxplug_zone_name(enum daxplug_zone zone)
{
	return name_of(zones, ARRAY_SIZE(zones), (size_t)zone);
}

int daxplug_state_parse(const char *word, enum daxplug_state *state)
{
	size_t len = strlen(word);
	enum device_state found;

	/*
	 * state_from_name() accepts a newline at the end, because it compares words in the same way
	 * as state_parse(), which parses what is written to sysfs. A program's word must not end
	 * with a newline.
	 */
	if ((len && word[len - 1] == '\n') || !state_from_name(word, len, &found))
		return -EINVAL;
	*state = dp_state_from_engine(found);
	return 0;
}

int daxplug_zone_parse(const char *word, enum daxplug_zone *zone)
{
	int i = find_name(zones, ARRAY_SIZE(zones), word);

	if (i < 0)
		return -EINVAL;
	*zone = (enum daxplug_zone)i;
	return 0;
}

int daxplug_backend_parse(const char *word, enum daxplug_backend *backend)
{
	int i = find_name(backends, ARRAY_SIZE(backends), word);

	if (i < 0)
		return -EINVAL;
	*backend = (enum daxplug_backend)i;
	return 0;
}

int daxplug_origin_parse(const char *word, enum daxplug_origin *origin)
{
	int i = find_name(origins, ARRAY_SIZE(origins), word);

	if (i < 0)
		return -EINVAL;
	*origin = (enum daxplug_origin)i;
	return 0;
}

int daxplug_guard_parse(const char *word, enum daxplug_guard *guard)
{
	int i = find_name(guards, ARRAY_SIZE(guards), word);

	if (i < 0)
		return -EINVAL;
	*guard = (enum daxplug_guard)i;
	return 0;
}

int daxplug_memmap_parse(const char *word, enum daxplug_memmap *memmap)
{
	int i = find_name(memmaps, ARRAY_SIZE(memmaps), word);

	if (i < 0)
		return -EINVAL;
	*memmap = (enum daxplug_memmap)i;
	return 0;
}

int daxplug_mode_parse(const char *word, enum daxplug_mode *mode)
{
	int i = find_name(modes, ARRAY_SIZE(modes), word);

	if (i < 0)
		return -EINVAL;
	*mode = (enum daxplug_mode)i;
	return 0;
}

int daxplug_step_parse(const char *word, enum daxplug_step *step)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own_steps); i++) {
		if (!strcmp(daxplug_step_name((enum daxplug_step)i), word)) {
			*step = (enum daxplug_step)i;
			return 0;
		}
	}
	return -EINVAL;
}

int daxplug_file_status_parse(const char *word, enum daxplug_file_status *status)
{
	int i = find_name(file_statuses, ARRAY_SIZE(file_statuses), word);

	if (i < 0)
		return -EINVAL;
	*status = (enum daxplug_file_status)i;
	return 0;
}

int daxplug_match_parse(const char *word, enum daxplug_match *match)
{
	int i = find_name(match_words, ARRAY_SIZE(match_words), word);

	if (i < 0)
		return -EINVAL;
	*match = (enum daxplug_match)i;
	return 0;
}

int daxplug_stat_parse(const char *word, enum daxplug_stat *stat)
{
	int i = find_name(stats, ARRAY_SIZE(stats), word);

	if (i < 0)
		return -EINVAL;
	*stat = (enum daxplug_stat)i;
	return 0;
}

/* The states up to "inconsistent" have the same numbers as those of the engine. */
enum device_state dp_state_to_engine(enum daxplug_state state)
{
	return (enum device_state)state;
}

enum daxplug_state dp_state_from_engine(enum device_state state)
{
	return (enum daxplug_state)state;
}

/* Get the online type that each block must have for this state of the device. */
enum online_type dp_type_of_state(enum daxplug_state state)
{
	return (size_t)state <= DAXPLUG_STATE_INCONSISTENT ?
		type_from_state(dp_state_to_engine(state)) : TYPE_NONE;
}

/* Translate a step of the engine. */
enum daxplug_step dp_step_from_engine(enum engine_step step)
{
	size_t i;

	for (i = 0; step != STEP_NONE && i < ARRAY_SIZE(engine_steps); i++) {
		if (engine_steps[i] == step)
			return (enum daxplug_step)i;
	}
	return DAXPLUG_STEP_NONE;
}
