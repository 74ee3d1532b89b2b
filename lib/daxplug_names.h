/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that translates enum values to names and names to enum values.
 * daxplug.h includes this header, and its conventions apply here, too.
 */
/*
 * This #include is before the include guard, so that a program may include only this header.
 * daxplug.h then includes this header at the right place, behind the types that are used here.
 */
#include "daxplug.h"

#ifndef DAXPLUG_NAMES_H
#define DAXPLUG_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * daxplug_state_name() - get the name of a state
 * @state: the state
 *
 * Return: the name, such as "online_movable"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_state_name(enum daxplug_state state);

/**
 * daxplug_zone_state() - get the state of a device that is plugged into a zone
 * @zone: the zone
 * @state: receives the value, on success only
 *
 * Return: 0; -EINVAL for any other value.
 * Threads: any.
 */
int daxplug_zone_state(enum daxplug_zone zone, enum daxplug_state *state);

/**
 * daxplug_state_parse() - parse the name of a state
 * @word: such as "online_movable"
 * @state: receives the value, on success only
 *
 * Return: 0; -EINVAL for any other word. The names of DAXPLUG_STATE_OTHER_DRIVER and
 * DAXPLUG_STATE_UNKNOWN are not accepted.
 * Threads: any.
 */
int daxplug_state_parse(const char *word, enum daxplug_state *state);

/**
 * daxplug_zone_parse() - parse the name of a zone
 * @word: such as "movable"
 * @zone: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_zone_name() does not return.
 * Threads: any.
 */
int daxplug_zone_parse(const char *word, enum daxplug_zone *zone);

/**
 * daxplug_backend_parse() - parse the name of a backend
 * @word: such as "module"
 * @backend: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_backend_name() does not return.
 * Threads: any.
 */
int daxplug_backend_parse(const char *word, enum daxplug_backend *backend);

/**
 * daxplug_origin_parse() - parse the name of an origin
 * @word: such as "cxl"
 * @origin: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_origin_name() does not return.
 * Threads: any.
 */
int daxplug_origin_parse(const char *word, enum daxplug_origin *origin);

/**
 * daxplug_guard_parse() - parse the name of a guard mode
 * @word: such as "always"
 * @guard: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_guard_name() does not return.
 * Threads: any.
 */
int daxplug_guard_parse(const char *word, enum daxplug_guard *guard);

/**
 * daxplug_memmap_parse() - parse the name of a choice for the page structures
 * @word: "default", "no" or "yes"
 * @memmap: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_memmap_name() does not return.
 * Threads: any.
 */
int daxplug_memmap_parse(const char *word, enum daxplug_memmap *memmap);

/**
 * daxplug_mode_parse() - parse the name of a mode
 * @word: such as "devdax"
 * @mode: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_mode_name() does not return.
 * Threads: any.
 */
int daxplug_mode_parse(const char *word, enum daxplug_mode *mode);

/**
 * daxplug_stat_parse() - parse the name of a counter
 * @word: such as "pages_moved"
 * @stat: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_stat_name() does not return.
 * Threads: any.
 */
int daxplug_stat_parse(const char *word, enum daxplug_stat *stat);

/**
 * daxplug_step_parse() - parse the name of a step
 * @word: such as "online"
 * @step: receives the value, on success only
 *
 * Return: 0; -EINVAL for a name that daxplug_step_name() does not return.
 * Threads: any.
 */
int daxplug_step_parse(const char *word, enum daxplug_step *step);

/**
 * daxplug_zone_name() - get the name of a zone
 * @zone: the zone
 *
 * Return: "auto", "kernel" or "movable"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_zone_name(enum daxplug_zone zone);

/**
 * daxplug_backend_name() - get the name of a backend
 * @backend: the backend
 *
 * Return: "none", "module", "native" or "blocks"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_backend_name(enum daxplug_backend backend);

/**
 * daxplug_origin_name() - get the name of an origin
 * @origin: the origin
 *
 * Return: "unknown", "cxl", "pmem" or "hmem".
 * Threads: any.
 */
const char *daxplug_origin_name(enum daxplug_origin origin);

/**
 * daxplug_guard_name() - get the name of a guard mode
 * @guard: the guard
 *
 * Return: "off", "transition" or "always"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_guard_name(enum daxplug_guard guard);

/**
 * daxplug_memmap_name() - get the name of a choice for the page structures
 * @memmap: the choice
 *
 * Return: the name, such as "yes"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_memmap_name(enum daxplug_memmap memmap);

/**
 * daxplug_mode_name() - get the name of a mode
 * @mode: the mode
 *
 * Return: "none", "devdax", "system-ram" or "other"; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_mode_name(enum daxplug_mode mode);

/**
 * daxplug_step_name() - get the name of a step
 * @step: the step
 *
 * Return: the name, such as "online", as from daxplug_change_get_step(); "none" for
 * DAXPLUG_STEP_NONE; "unknown" for any other value.
 * Threads: any.
 */
const char *daxplug_step_name(enum daxplug_step step);

/**
 * daxplug_stat_name() - get the name of a counter
 * @stat: the counter
 *
 * Return: the name, such as "pages_moved"; NULL for any other value.
 * Threads: any.
 */
const char *daxplug_stat_name(enum daxplug_stat stat);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_NAMES_H */
