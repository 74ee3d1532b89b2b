/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * What a block is, what a device is, and the words for both.
 *
 * Pure C: compiled into kmem.ko, into user space and into the unit tests.
 * Nothing here blocks, allocates or keeps state; any context will do.
 */
#ifndef DAXPLUG_ENGINE_STATE_H
#define DAXPLUG_ENGINE_STATE_H

#include "plain.h"

/**
 * enum block_state - what one memory block is now
 * @BLOCK_ABSENT: the block does not exist
 * @BLOCK_OFFLINE: it exists and none of its pages is in use by the system
 * @BLOCK_KERNEL: online, outside ZONE_MOVABLE
 * @BLOCK_MOVABLE: online in ZONE_MOVABLE
 * @BLOCK_STATES: how many there are
 */
enum block_state {
	BLOCK_ABSENT,
	BLOCK_OFFLINE,
	BLOCK_KERNEL,
	BLOCK_MOVABLE,
	BLOCK_STATES
};

/**
 * enum online_type - how a block is asked to be
 * @TYPE_NONE: nothing has been asked for
 * @TYPE_OFFLINE: present, not online
 * @TYPE_ONLINE: online, the kernel picks the zone
 * @TYPE_ONLINE_KERNEL: online outside ZONE_MOVABLE
 * @TYPE_ONLINE_MOVABLE: online in ZONE_MOVABLE
 */
enum online_type {
	TYPE_NONE,
	TYPE_OFFLINE,
	TYPE_ONLINE,
	TYPE_ONLINE_KERNEL,
	TYPE_ONLINE_MOVABLE
};

/**
 * enum device_state - what a whole device is now, as `state` reads
 * @STATE_UNPLUGGED: no block exists
 * @STATE_OFFLINE: every block exists, none is online
 * @STATE_ONLINE: asked for as "online" and every block is online
 * @STATE_ONLINE_KERNEL: every block is online, none in ZONE_MOVABLE
 * @STATE_ONLINE_MOVABLE: every block is online in ZONE_MOVABLE
 * @STATE_INCONSISTENT: anything else
 */
enum device_state {
	STATE_UNPLUGGED,
	STATE_OFFLINE,
	STATE_ONLINE,
	STATE_ONLINE_KERNEL,
	STATE_ONLINE_MOVABLE,
	STATE_INCONSISTENT
};

/**
 * enum word - what can be written to `state` and `hotplug`
 * @WORD_UNKNOWN: none of the words
 * @WORD_UNPLUG: every block gone
 * @WORD_ONLINE: every block online, zone left to the kernel
 * @WORD_ONLINE_KERNEL: every block online, none in ZONE_MOVABLE
 * @WORD_ONLINE_MOVABLE: every block online in ZONE_MOVABLE
 */
enum word {
	WORD_UNKNOWN,
	WORD_UNPLUG,
	WORD_ONLINE,
	WORD_ONLINE_KERNEL,
	WORD_ONLINE_MOVABLE
};

/**
 * enum todo - what a written word means for a device in a given state
 * @TODO_NOTHING: it is there already: success, nothing happens
 * @TODO_PLUG: bring every block online
 * @TODO_UNPLUG: take every block away
 * @TODO_REFUSE: not from this state: unplug first (EBUSY)
 */
enum todo {
	TODO_NOTHING,
	TODO_PLUG,
	TODO_UNPLUG,
	TODO_REFUSE
};

/**
 * state_of() - the state of a device
 * @count: its blocks, counted by enum block_state
 * @requested: the type it was last asked for, TYPE_NONE when never
 */
enum device_state state_of(const unsigned int count[BLOCK_STATES],
			   enum online_type requested);

/** state_name() - the word that `state` reads for @state */
const char *state_name(enum device_state state);

/**
 * state_parse() - the word that was written to `state`
 * @buf: the bytes written; need not end in NUL
 * @len: how many; one trailing newline is allowed, nothing else is
 */
enum word state_parse(const char *buf, unsigned long len);

/** hotplug_parse() - the same for `hotplug`: "unplug" for "unplugged" */
enum word hotplug_parse(const char *buf, unsigned long len);

/** word_type() - the online type a word asks for, TYPE_NONE for the others */
enum online_type word_type(enum word word);

/** type_name() - the kernel's own word for an online type */
const char *type_name(enum online_type type);

/** type_parse() - the online type of a kernel's word, TYPE_NONE if unknown */
enum online_type type_parse(const char *buf, unsigned long len);

/** type_of() - the online type that brings a block back to @state */
enum online_type type_of(enum block_state state);

/** block_is() - does a block in @state satisfy @type? */
_Bool block_is(enum block_state state, enum online_type type);

/**
 * state_todo() - one row of the table in doc/abi: state and word to action
 * @state: what the device is now
 * @requested: the type it was last asked for
 * @word: what was written, not WORD_UNKNOWN
 */
enum todo state_todo(enum device_state state, enum online_type requested,
		     enum word word);

#endif
