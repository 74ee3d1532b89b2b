/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of libdaxplug that has words for its enums, and enums for words.
 * Included by daxplug.h, whose conventions hold here too.
 */
/* Before the guard: that includes this one where it has its place. */
#include "daxplug.h"

#ifndef DAXPLUG_NAMES_H
#define DAXPLUG_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * daxplug_state_name() - the kernel's word for a state
 * @state: the state
 *
 * Return: such as "online_movable"; "unknown" for a value that is no state.
 * Threads: any.
 */
const char *daxplug_state_name(enum daxplug_state state);

/**
 * daxplug_zone_state() - the state that plugging into a zone leads to
 * @zone: the zone
 * @state: receives it, on success only
 *
 * Return: 0; -EINVAL for a value that is no zone.
 * Threads: any.
 */
int daxplug_zone_state(enum daxplug_zone zone, enum daxplug_state *state);

/**
 * daxplug_state_parse() - a state by its word
 * @word: such as "online_movable"
 * @state: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that is no state of a device's own. That includes those
 * for DAXPLUG_STATE_OTHER_DRIVER and DAXPLUG_STATE_UNKNOWN.
 * Threads: any.
 */
int daxplug_state_parse(const char *word, enum daxplug_state *state);

/**
 * daxplug_zone_parse() - a zone by its word
 * @word: such as "movable"
 * @zone: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_zone_name() does not give.
 * Threads: any.
 */
int daxplug_zone_parse(const char *word, enum daxplug_zone *zone);

/**
 * daxplug_backend_parse() - a backend by its word
 * @word: such as "module"
 * @backend: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_backend_name() does not give.
 * Threads: any.
 */
int daxplug_backend_parse(const char *word, enum daxplug_backend *backend);

/**
 * daxplug_origin_parse() - an origin by its word
 * @word: such as "cxl"
 * @origin: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_origin_name() does not give.
 * Threads: any.
 */
int daxplug_origin_parse(const char *word, enum daxplug_origin *origin);

/**
 * daxplug_guard_parse() - a guard by its word
 * @word: such as "always"
 * @guard: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_guard_name() does not give.
 * Threads: any.
 */
int daxplug_guard_parse(const char *word, enum daxplug_guard *guard);

/**
 * daxplug_memmap_parse() - a choice for the page structures by its word
 * @word: "default", "no" or "yes"
 * @memmap: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_memmap_name() does not give.
 * Threads: any.
 */
int daxplug_memmap_parse(const char *word, enum daxplug_memmap *memmap);

/**
 * daxplug_mode_parse() - a mode by its word
 * @word: such as "devdax"
 * @mode: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_mode_name() does not give.
 * Threads: any.
 */
int daxplug_mode_parse(const char *word, enum daxplug_mode *mode);

/**
 * daxplug_stat_parse() - a number by its word
 * @word: such as "pages_moved"
 * @stat: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_stat_name() does not give.
 * Threads: any.
 */
int daxplug_stat_parse(const char *word, enum daxplug_stat *stat);

/**
 * daxplug_step_parse() - a step by its word
 * @word: such as "online"
 * @step: receives it, on success only
 *
 * Return: 0; -EINVAL for a word that daxplug_step_name() does not give.
 * Threads: any.
 */
int daxplug_step_parse(const char *word, enum daxplug_step *step);

/**
 * daxplug_zone_name() - a zone in a word
 * @zone: the zone
 *
 * Return: "auto", "kernel" or "movable"; else "unknown".
 * Threads: any.
 */
const char *daxplug_zone_name(enum daxplug_zone zone);

/**
 * daxplug_backend_name() - a backend in a word
 * @backend: the backend
 *
 * Return: "none", "module", "native" or "blocks"; else "unknown".
 * Threads: any.
 */
const char *daxplug_backend_name(enum daxplug_backend backend);

/**
 * daxplug_origin_name() - an origin in a word
 * @origin: the origin
 *
 * Return: "unknown", "cxl", "pmem" or "hmem".
 * Threads: any.
 */
const char *daxplug_origin_name(enum daxplug_origin origin);

/**
 * daxplug_guard_name() - a guard in a word
 * @guard: the guard
 *
 * Return: "off", "transition" or "always"; else "unknown".
 * Threads: any.
 */
const char *daxplug_guard_name(enum daxplug_guard guard);

/**
 * daxplug_memmap_name() - a choice for the page structures in a word
 * @memmap: the choice
 *
 * Return: such as "yes"; "unknown" for a value that is none.
 * Threads: any.
 */
const char *daxplug_memmap_name(enum daxplug_memmap memmap);

/**
 * daxplug_mode_name() - a mode in a word
 * @mode: the mode
 *
 * Return: "none", "devdax", "system-ram" or "other"; else "unknown".
 * Threads: any.
 */
const char *daxplug_mode_name(enum daxplug_mode mode);

/**
 * daxplug_step_name() - a step in a word
 * @step: the step
 *
 * Return: such as "online", as daxplug_change_get_step() has it; "none" for
 * DAXPLUG_STEP_NONE; else "unknown".
 * Threads: any.
 */
const char *daxplug_step_name(enum daxplug_step step);

/**
 * daxplug_stat_name() - a number's name
 * @stat: which
 *
 * Return: such as "pages_moved"; NULL for a value that is none.
 * Threads: any.
 */
const char *daxplug_stat_name(enum daxplug_stat stat);

#ifdef __cplusplus
}
#endif

#endif /* DAXPLUG_NAMES_H */
