/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The states of blocks and devices, and the words for them in sysfs.
 *
 * Pure C, compiled into kmem.ko, into user space programs and into the unit tests. No
 * function here sleeps, allocates memory or keeps data, so all of them may be called in
 * any context.
 */
#ifndef DAXPLUG_ENGINE_STATE_H
#define DAXPLUG_ENGINE_STATE_H

#include "portable.h"

/**
 * enum block_state - the actual state of one memory block
 * @BLOCK_ABSENT: the block does not exist
 * @BLOCK_OFFLINE: the block exists, and the system uses none of its pages
 * @BLOCK_KERNEL: online, in a zone other than ZONE_MOVABLE
 * @BLOCK_MOVABLE: online in ZONE_MOVABLE
 * @BLOCK_STATES: number of states
 */
enum block_state {
	BLOCK_ABSENT,
	BLOCK_OFFLINE,
	BLOCK_KERNEL,
	BLOCK_MOVABLE,
	BLOCK_STATES
};

/**
 * enum online_type - the requested state of a block
 * @TYPE_NONE: none requested
 * @TYPE_OFFLINE: the block exists and is not online
 * @TYPE_ONLINE: online in the zone that the kernel chooses
 * @TYPE_ONLINE_KERNEL: online in a zone other than ZONE_MOVABLE
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
 * enum device_state - the actual state of a whole device, as read from `state`
 * @STATE_UNPLUGGED: no block exists
 * @STATE_OFFLINE: every block exists, and none is online
 * @STATE_ONLINE: every block is online, and "online" was requested
 * @STATE_ONLINE_KERNEL: every block is online, none is in ZONE_MOVABLE, and "online" was
 *	not requested
 * @STATE_ONLINE_MOVABLE: every block is online in ZONE_MOVABLE, and "online" was not
 *	requested
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
 * enum word - the words that can be written to `state` and `hotplug`
 * @WORD_UNKNOWN: not one of the words
 * @WORD_UNPLUG: remove every block
 * @WORD_ONLINE: bring every block online in the zone that the kernel chooses
 * @WORD_ONLINE_KERNEL: bring every block online, none in ZONE_MOVABLE
 * @WORD_ONLINE_MOVABLE: bring every block online in ZONE_MOVABLE
 */
enum word {
	WORD_UNKNOWN,
	WORD_UNPLUG,
	WORD_ONLINE,
	WORD_ONLINE_KERNEL,
	WORD_ONLINE_MOVABLE
};

/**
 * enum todo - what a written word means for a device in its actual state
 * @TODO_NOTHING: the device is in the requested state; return success
 * @TODO_PLUG: bring every block online
 * @TODO_UNPLUG: remove every block
 * @TODO_REFUSE: not allowed in this state; return EBUSY, the device must be unplugged
 *	first
 */
enum todo {
	TODO_NOTHING,
	TODO_PLUG,
	TODO_UNPLUG,
	TODO_REFUSE
};

/**
 * state_from_blocks() - get the state of a device from the states of its blocks
 * @count: number of blocks in each state, indexed by enum block_state
 * @requested: the type last requested; TYPE_NONE if none was
 */
enum device_state state_from_blocks(const unsigned int count[BLOCK_STATES],
				    enum online_type requested);

/** state_name() - get the word that `state` shows for @state */
const char *state_name(enum device_state state);

/**
 * state_from_name() - find the state that has a given name
 * @buf: the name; it need not end in NUL
 * @len: its length; one trailing newline is allowed
 * @state: set to the state if there is one
 *
 * Return: true if there is one.
 */
_Bool state_from_name(const char *buf, unsigned long len, enum device_state *state);

/**
 * state_parse() - parse a word written to `state`
 * @buf: the bytes written; they need not end in NUL
 * @len: number of bytes; one trailing newline is allowed
 *
 * Return: the word; WORD_UNKNOWN if the bytes are not exactly one of the words.
 */
enum word state_parse(const char *buf, unsigned long len);

/**
 * hotplug_parse() - parse a word written to `hotplug`
 *
 * The words are those of state_parse(), except that "unplug" replaces "unplugged".
 */
enum word hotplug_parse(const char *buf, unsigned long len);

/** word_from_state() - get the word that requests a state; WORD_UNKNOWN if none does */
enum word word_from_state(enum device_state state);

/** type_from_word() - get the online type that a word requests; TYPE_NONE if it requests none */
enum online_type type_from_word(enum word word);

/** type_name() - get the kernel's word for an online type; "none" for TYPE_NONE */
const char *type_name(enum online_type type);

/** type_parse() - parse the kernel's word for an online type; TYPE_NONE if it is unknown */
enum online_type type_parse(const char *buf, unsigned long len);

/** type_from_state() - get the type that each block has in a state; TYPE_NONE if there is none */
enum online_type type_from_state(enum device_state state);

/** type_restoring() - get the type that restores a block to @state; TYPE_NONE for BLOCK_ABSENT */
enum online_type type_restoring(enum block_state state);

/** block_has_type() - check whether a block in @state satisfies a request for @type */
_Bool block_has_type(enum block_state state, enum online_type type);

/**
 * state_todo() - look up an entry of the transition table in doc/abi
 * @state: actual state of the device
 * @requested: the type last requested
 * @word: the word that was written; not WORD_UNKNOWN
 */
enum todo state_todo(enum device_state state, enum online_type requested,
		     enum word word);

#endif
