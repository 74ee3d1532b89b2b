// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Proof of engine/state.c. For all bytes and all lengths up to LENGTH, each parser reads only
 * the bytes that it is given, and accepts exactly its words, with or without one newline. The
 * state of a device and the table of transitions are proved for all inputs.
 */
#include "proof.h"

#include "state.c"

void *malloc(unsigned long size);

/* True if the bytes are this word, with or without a newline behind it. */
static _Bool is(const char *buf, unsigned long len, const char *word)
{
	unsigned long i;

	for (i = 0; word[i]; i++)
		if (i >= len || buf[i] != word[i])
			return 0;
	return i == len || (i + 1 == len && buf[i] == '\n');
}

static void check_parsers(void)
{
	unsigned long len = nondet_ulong();
	enum online_type type;
	enum word word;
	char *buf;

	__CPROVER_assume(len <= LENGTH);
	buf = malloc(len);
	__CPROVER_assume(buf != NULL);

	word = state_parse(buf, len);
	assert((word == WORD_UNPLUG) == is(buf, len, "unplugged"));
	assert((word == WORD_ONLINE) == is(buf, len, "online"));
	assert((word == WORD_ONLINE_KERNEL) == is(buf, len, "online_kernel"));
	assert((word == WORD_ONLINE_MOVABLE) == is(buf, len, "online_movable"));
	assert(word >= WORD_UNKNOWN && word <= WORD_ONLINE_MOVABLE);

	word = hotplug_parse(buf, len);
	assert((word == WORD_UNPLUG) == is(buf, len, "unplug"));
	assert((word == WORD_ONLINE) == is(buf, len, "online"));
	assert((word == WORD_ONLINE_KERNEL) == is(buf, len, "online_kernel"));
	assert((word == WORD_ONLINE_MOVABLE) == is(buf, len, "online_movable"));
	assert(word >= WORD_UNKNOWN && word <= WORD_ONLINE_MOVABLE);

	type = type_parse(buf, len);
	assert((type == TYPE_OFFLINE) == is(buf, len, "offline"));
	assert((type == TYPE_ONLINE) == is(buf, len, "online"));
	assert((type == TYPE_ONLINE_KERNEL) == is(buf, len, "online_kernel"));
	assert((type == TYPE_ONLINE_MOVABLE) == is(buf, len, "online_movable"));
	assert(type >= TYPE_NONE && type <= TYPE_ONLINE_MOVABLE);
}

static void check_names(enum online_type type, enum block_state block)
{
	const char *name = type_name(type);
	unsigned long len = 0;

	while (name[len])
		len++;
	assert(type_parse(name, len) == type);
	/* A block that comes online with type_restoring() has its previous state. */
	if (block != BLOCK_ABSENT)
		assert(block_has_type(block, type_restoring(block)) &&
		       type_restoring(block) != TYPE_NONE);
	assert(block_has_type(block, TYPE_NONE) == (block == BLOCK_ABSENT));
}

static void check_state(enum online_type requested, enum word word)
{
	unsigned int count[BLOCK_STATES], all, types = 0, i;
	enum device_state state;
	enum todo todo;

	/* The number of all blocks of a device fits into an unsigned int. */
	for (i = 0, all = 0; i < BLOCK_STATES; i++) {
		count[i] = nondet_uint();
		__CPROVER_assume(count[i] <= ~0U - all);
		all += count[i];
		types += count[i] > 0;
	}
	state = state_from_blocks(count, requested);
	assert(state >= STATE_UNPLUGGED && state <= STATE_INCONSISTENT);
	assert((state == STATE_UNPLUGGED) == (count[BLOCK_ABSENT] == all));
	if (all) {
		assert((state == STATE_OFFLINE) == (count[BLOCK_OFFLINE] == all));
		if (state == STATE_ONLINE_KERNEL)
			assert(count[BLOCK_KERNEL] == all);
		if (state == STATE_ONLINE_MOVABLE)
			assert(count[BLOCK_MOVABLE] == all);
	}
	if (state == STATE_ONLINE)
		assert(requested == TYPE_ONLINE && !count[BLOCK_ABSENT] && !count[BLOCK_OFFLINE]);
	if (state == STATE_INCONSISTENT)
		assert(types > 1);
	assert(state_name(state)[0] != 0);

	todo = state_todo(state, requested, word);
	/*
	 * TODO_NOTHING is returned only if the device has the requested state, TODO_UNPLUG only
	 * for "unplugged", and TODO_PLUG only if the device is unplugged or the word is the last
	 * request again.
	 */
	if (todo == TODO_NOTHING && word == WORD_UNPLUG)
		assert(count[BLOCK_ABSENT] == all);
	if (todo == TODO_NOTHING && word == WORD_ONLINE_KERNEL)
		assert(count[BLOCK_KERNEL] == all);
	if (todo == TODO_NOTHING && word == WORD_ONLINE_MOVABLE)
		assert(count[BLOCK_MOVABLE] == all);
	if (todo == TODO_NOTHING && word == WORD_ONLINE)
		assert(!count[BLOCK_ABSENT] && !count[BLOCK_OFFLINE]);
	assert((todo == TODO_UNPLUG) == (word == WORD_UNPLUG && state != STATE_UNPLUGGED));
	if (todo == TODO_PLUG)
		assert(state == STATE_UNPLUGGED || type_from_word(word) == requested);
}

int main(void)
{
	unsigned int type = nondet_uint(), block = nondet_uint(), word = nondet_uint();

	__CPROVER_assume(type <= TYPE_ONLINE_MOVABLE && block < BLOCK_STATES);
	__CPROVER_assume(word > WORD_UNKNOWN && word <= WORD_ONLINE_MOVABLE);
	check_parsers();
	check_names((enum online_type)type, (enum block_state)block);
	check_state((enum online_type)type, (enum word)word);
	return 0;
}
