// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/* The states and their words; see state.h. */
#include "state.h"

struct entry {
	const char *name;
	int value;
};

static const struct entry state_words[] = {
	{ "unplugged", WORD_UNPLUG },
	{ "online", WORD_ONLINE },
	{ "online_kernel", WORD_ONLINE_KERNEL },
	{ "online_movable", WORD_ONLINE_MOVABLE },
	{ NULL, WORD_UNKNOWN }
};

static const struct entry hotplug_words[] = {
	{ "unplug", WORD_UNPLUG },
	{ "online", WORD_ONLINE },
	{ "online_kernel", WORD_ONLINE_KERNEL },
	{ "online_movable", WORD_ONLINE_MOVABLE },
	{ NULL, WORD_UNKNOWN }
};

static const struct entry type_words[] = {
	{ "offline", TYPE_OFFLINE },
	{ "online", TYPE_ONLINE },
	{ "online_kernel", TYPE_ONLINE_KERNEL },
	{ "online_movable", TYPE_ONLINE_MOVABLE },
	{ NULL, TYPE_NONE }
};

static const char *const state_names[] = {
	[STATE_UNPLUGGED] = "unplugged",
	[STATE_OFFLINE] = "offline",
	[STATE_ONLINE] = "online",
	[STATE_ONLINE_KERNEL] = "online_kernel",
	[STATE_ONLINE_MOVABLE] = "online_movable",
	[STATE_INCONSISTENT] = "inconsistent",
};

/* Find the word that @buf contains. All of @buf must match, so a NUL inside matches no word. */
static int find_word(const struct entry *table, const char *buf, unsigned long len)
{
	if (len && buf[len - 1] == '\n')
		len--;

	for (; table->name; table++) {
		unsigned long i = 0;

		while (i < len && table->name[i] && table->name[i] == buf[i])
			i++;
		if (i == len && !table->name[i])
			break;
	}
	return table->value;
}

enum word state_parse(const char *buf, unsigned long len)
{
	return (enum word)find_word(state_words, buf, len);
}

enum word hotplug_parse(const char *buf, unsigned long len)
{
	return (enum word)find_word(hotplug_words, buf, len);
}

enum online_type type_parse(const char *buf, unsigned long len)
{
	return (enum online_type)find_word(type_words, buf, len);
}

const char *type_name(enum online_type type)
{
	const struct entry *e;

	for (e = type_words; e->name; e++)
		if (e->value == (int)type)
			return e->name;
	return "none";
}

const char *state_name(enum device_state state)
{
	return state_names[state];
}

enum online_type type_from_word(enum word word)
{
	switch (word) {
	case WORD_ONLINE:
		return TYPE_ONLINE;
	case WORD_ONLINE_KERNEL:
		return TYPE_ONLINE_KERNEL;
	case WORD_ONLINE_MOVABLE:
		return TYPE_ONLINE_MOVABLE;
	default:
		return TYPE_NONE;
	}
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
