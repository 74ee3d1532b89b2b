// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* The states and their words; see state.h. */
#include "state.h"

/*
 * The names of the device states. Most of them are also words that can be written to
 * `state`, or names of the kernel's online types. The module and the library use this table.
 */
static const struct entry {
	const char *name;
	enum word word;
	enum online_type type;
} words[] = {
	[STATE_UNPLUGGED] = { "unplugged", WORD_UNPLUG, TYPE_NONE },
	[STATE_OFFLINE] = { "offline", WORD_UNKNOWN, TYPE_OFFLINE },
	[STATE_ONLINE] = { "online", WORD_ONLINE, TYPE_ONLINE },
	[STATE_ONLINE_KERNEL] = { "online_kernel", WORD_ONLINE_KERNEL, TYPE_ONLINE_KERNEL },
	[STATE_ONLINE_MOVABLE] = { "online_movable", WORD_ONLINE_MOVABLE, TYPE_ONLINE_MOVABLE },
	[STATE_INCONSISTENT] = { "inconsistent", WORD_UNKNOWN, TYPE_NONE },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* Compare all of @buf, except one newline at its end. So a NUL inside matches no word. */
static _Bool is_word(const char *name, const char *buf, unsigned long len)
{
	unsigned long i = 0;

	if (len && buf[len - 1] == '\n')
		len--;
	while (i < len && name[i] && name[i] == buf[i])
		i++;
	return i == len && !name[i];
}

/* Find the entry for @buf. Return: NULL if there is none. */
static const struct entry *find_entry(const char *buf, unsigned long len)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (is_word(words[i].name, buf, len))
			return &words[i];
	return NULL;
}

const char *state_name(enum device_state state)
{
	return words[state].name;
}

_Bool state_from_name(const char *buf, unsigned long len, enum device_state *state)
{
	const struct entry *entry = find_entry(buf, len);

	if (entry)
		*state = (enum device_state)(entry - words);
	return entry != NULL;
}

enum word state_parse(const char *buf, unsigned long len)
{
	const struct entry *entry = find_entry(buf, len);

	return entry ? entry->word : WORD_UNKNOWN;
}

enum word hotplug_parse(const char *buf, unsigned long len)
{
	enum word word = state_parse(buf, len);

	if (is_word("unplug", buf, len))
		return WORD_UNPLUG;
	return word == WORD_UNPLUG ? WORD_UNKNOWN : word;
}

enum word word_from_state(enum device_state state)
{
	return words[state].word;
}

const char *type_name(enum online_type type)
{
	unsigned int i;

	for (i = 0; type != TYPE_NONE && i < WORDS; i++)
		if (words[i].type == type)
			return words[i].name;
	return "none";
}

enum online_type type_parse(const char *buf, unsigned long len)
{
	const struct entry *entry = find_entry(buf, len);

	return entry ? entry->type : TYPE_NONE;
}

enum online_type type_from_state(enum device_state state)
{
	return words[state].type;
}

enum online_type type_from_word(enum word word)
{
	unsigned int i;

	for (i = 0; word != WORD_UNKNOWN && i < WORDS; i++)
		if (words[i].word == word)
			return words[i].type;
	return TYPE_NONE;
}

enum online_type type_restoring(enum block_state state)
{
	switch (state) {
	case BLOCK_OFFLINE:
		return TYPE_OFFLINE;
	case BLOCK_KERNEL:
		return TYPE_ONLINE_KERNEL;
	case BLOCK_MOVABLE:
		return TYPE_ONLINE_MOVABLE;
	default:
		return TYPE_NONE;
	}
}

_Bool block_has_type(enum block_state state, enum online_type type)
{
	switch (type) {
	case TYPE_OFFLINE:
		return state == BLOCK_OFFLINE;
	case TYPE_ONLINE:
		return state == BLOCK_KERNEL || state == BLOCK_MOVABLE;
	case TYPE_ONLINE_KERNEL:
		return state == BLOCK_KERNEL;
	case TYPE_ONLINE_MOVABLE:
		return state == BLOCK_MOVABLE;
	default:
		return state == BLOCK_ABSENT;
	}
}

enum device_state state_from_blocks(const unsigned int count[BLOCK_STATES],
				    enum online_type requested)
{
	unsigned int online = count[BLOCK_KERNEL] + count[BLOCK_MOVABLE];

	if (!online && !count[BLOCK_OFFLINE])
		return STATE_UNPLUGGED;
	if (count[BLOCK_ABSENT])
		return STATE_INCONSISTENT;
	if (!online)
		return STATE_OFFLINE;
	if (count[BLOCK_OFFLINE])
		return STATE_INCONSISTENT;
	if (requested == TYPE_ONLINE)
		return STATE_ONLINE;
	if (!count[BLOCK_MOVABLE])
		return STATE_ONLINE_KERNEL;
	if (!count[BLOCK_KERNEL])
		return STATE_ONLINE_MOVABLE;
	return STATE_INCONSISTENT;
}

enum todo state_todo(enum device_state state, enum online_type requested,
		     enum word word)
{
	enum online_type type = type_from_word(word);

	if (word == WORD_UNPLUG)
		return state == STATE_UNPLUGGED ? TODO_NOTHING : TODO_UNPLUG;

	switch (state) {
	case STATE_UNPLUGGED:
		return TODO_PLUG;
	case STATE_ONLINE:
		return type == TYPE_ONLINE ? TODO_NOTHING : TODO_REFUSE;
	case STATE_ONLINE_KERNEL:
		return type == TYPE_ONLINE_KERNEL ? TODO_NOTHING : TODO_REFUSE;
	case STATE_ONLINE_MOVABLE:
		return type == TYPE_ONLINE_MOVABLE ? TODO_NOTHING : TODO_REFUSE;
	case STATE_INCONSISTENT:
		return type == requested ? TODO_PLUG : TODO_REFUSE;
	default:
		return TODO_REFUSE;
	}
}
