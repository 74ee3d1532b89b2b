// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../engine/state.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define STATES 6
#define TYPES 5

/*
 * The transition table of the ABI. A row is a state, a column the last requested type. The
 * four letters are the actions for the four words that can be written: unplug, online,
 * online_kernel, online_movable. N is nothing, P plug, U unplug, R refuse.
 */
static const char *const todo_table[STATES][TYPES] = {
	/*			   none    offline online  kernel  movable */
	[STATE_UNPLUGGED] =	 { "NPPP", "NPPP", "NPPP", "NPPP", "NPPP" },
	[STATE_OFFLINE] =	 { "URRR", "URRR", "URRR", "URRR", "URRR" },
	[STATE_ONLINE] =	 { "UNRR", "UNRR", "UNRR", "UNRR", "UNRR" },
	[STATE_ONLINE_KERNEL] =	 { "URNR", "URNR", "URNR", "URNR", "URNR" },
	[STATE_ONLINE_MOVABLE] = { "URRN", "URRN", "URRN", "URRN", "URRN" },
	[STATE_INCONSISTENT] =	 { "URRR", "URRR", "UPRR", "URPR", "URRP" },
};

static void test_todo(void **ctx)
{
	static const enum word words[] = {
		WORD_UNPLUG, WORD_ONLINE, WORD_ONLINE_KERNEL,
		WORD_ONLINE_MOVABLE
	};
	static const char letter[] = {
		[TODO_NOTHING] = 'N', [TODO_PLUG] = 'P',
		[TODO_UNPLUG] = 'U', [TODO_REFUSE] = 'R'
	};
	unsigned int s, t, w, n = 0;

	(void)ctx;
	for (s = 0; s < STATES; s++)
		for (t = 0; t < TYPES; t++)
			for (w = 0; w < NR(words); w++, n++) {
				enum todo todo;

				todo = state_todo((enum device_state)s,
						  (enum online_type)t,
						  words[w]);
				if (letter[todo] == todo_table[s][t][w])
					continue;
				fail_msg("%s, requested %s, word %u: %c, not %c",
					 state_name((enum device_state)s),
					 type_name((enum online_type)t), w,
					 letter[todo], todo_table[s][t][w]);
			}
	print_message("%u combinations\n", n);
}

/* Counts the blocks in the list that are in this state. */
static unsigned int count_in_state(const enum block_state *block, unsigned int nr,
				   enum block_state state)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += block[i] == state;
	return n;
}

/* The state of a device with these blocks, as doc/abi defines it, sentence by sentence. */
static enum device_state by_definition(const enum block_state *block,
				       unsigned int nr, enum online_type asked)
{
	bool none_exists = true, all_exist = true, none_online = true;
	bool all_online = true, none_movable = true, all_movable = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		bool movable = block[i] == BLOCK_MOVABLE;
		bool online = movable || block[i] == BLOCK_KERNEL;

		if (block[i] == BLOCK_ABSENT)
			all_exist = false;
		else
			none_exists = false;
		if (online)
			none_online = false;
		else
			all_online = false;
		if (movable)
			none_movable = false;
		else
			all_movable = false;
	}

	if (none_exists)
		return STATE_UNPLUGGED;
	if (all_exist && none_online)
		return STATE_OFFLINE;
	if (all_online && asked == TYPE_ONLINE)
		return STATE_ONLINE;
	if (all_online && none_movable)
		return STATE_ONLINE_KERNEL;
	if (all_movable)
		return STATE_ONLINE_MOVABLE;
	return STATE_INCONSISTENT;
}

static void test_state_of(void **ctx)
{
	unsigned int nr, number, i, t, n = 0;
	unsigned int seen = 0;

	(void)ctx;
	for (nr = 0; nr <= 3; nr++)
		for (number = 0; number < 1U << (2 * nr); number++)
			for (t = 0; t < TYPES; t++, n++) {
				enum online_type asked = (enum online_type)t;
				unsigned int count[BLOCK_STATES];
				enum block_state block[3] = { BLOCK_ABSENT };
				enum device_state want;

				for (i = 0; i < nr; i++)
					block[i] = (enum block_state)
						(number >> (2 * i) & 3);
				for (i = 0; i < BLOCK_STATES; i++)
					count[i] = count_in_state(block, nr,
						(enum block_state)i);
				want = by_definition(block, nr, asked);
				seen |= 1U << want;
				assert_int_equal(state_from_blocks(count, asked), want);
			}
	assert_int_equal(seen, (1U << STATES) - 1);
	print_message("%u lists of blocks\n", n);
}

/* All blocks are online, but in both zones. The requested type decides the state. */
static void test_state_of_mixed(void **ctx)
{
	const unsigned int count[] = {
		[BLOCK_ABSENT] = 0, [BLOCK_OFFLINE] = 0,
		[BLOCK_KERNEL] = 7, [BLOCK_MOVABLE] = 1000000
	};

	(void)ctx;
	assert_int_equal(state_from_blocks(count, TYPE_ONLINE), STATE_ONLINE);
	assert_int_equal(state_from_blocks(count, TYPE_NONE), STATE_INCONSISTENT);
	assert_int_equal(state_from_blocks(count, TYPE_OFFLINE), STATE_INCONSISTENT);
	assert_int_equal(state_from_blocks(count, TYPE_ONLINE_KERNEL), STATE_INCONSISTENT);
	assert_int_equal(state_from_blocks(count, TYPE_ONLINE_MOVABLE), STATE_INCONSISTENT);
}

/* The three parsers return different enums. Wrap them into functions of one type. */
typedef int (*parser)(const char *buf, unsigned long len);

static int parse_state(const char *buf, unsigned long len)
{
	return (int)state_parse(buf, len);
}

static int parse_hotplug(const char *buf, unsigned long len)
{
	return (int)hotplug_parse(buf, len);
}

static int parse_type(const char *buf, unsigned long len)
{
	return (int)type_parse(buf, len);
}

static const struct vocabulary {
	parser parse;
	const char *name;
	struct {
		const char *word;
		int value;
	} words[4];
	const char *foreign[6];	/* words of the other parsers, and misspelled words */
} vocabularies[] = {
	{ parse_state, "state",
	  { { "unplugged", WORD_UNPLUG }, { "online", WORD_ONLINE },
	    { "online_kernel", WORD_ONLINE_KERNEL },
	    { "online_movable", WORD_ONLINE_MOVABLE } },
	  { "unplug", "offline", "inconsistent", "ONLINE", "online-kernel",
	    "none" } },
	{ parse_hotplug, "hotplug",
	  { { "unplug", WORD_UNPLUG }, { "online", WORD_ONLINE },
	    { "online_kernel", WORD_ONLINE_KERNEL },
	    { "online_movable", WORD_ONLINE_MOVABLE } },
	  { "unplugged", "offline", "inconsistent", "Online", "online_",
	    "1" } },
	{ parse_type, "type",
	  { { "offline", TYPE_OFFLINE }, { "online", TYPE_ONLINE },
	    { "online_kernel", TYPE_ONLINE_KERNEL },
	    { "online_movable", TYPE_ONLINE_MOVABLE } },
	  { "unplug", "unplugged", "none", "offlin", "movable", "0" } },
};

static unsigned int parsed;

/*
 * Parses a copy in an allocation of exactly its length, so that AddressSanitizer finds each read
 * beyond the copy.
 */
static int parse(const struct vocabulary *v, const char *bytes, size_t len)
{
	/* For an empty word, pass the end of the allocation, where no byte may be read. */
	char *buf = malloc(len ? len : 1);
	size_t i;
	int value;

	assert_non_null(buf);
	for (i = 0; i < len; i++)
		buf[i] = bytes[i];
	value = v->parse(len ? buf : buf + 1, len);
	free(buf);
	parsed++;
	return value;
}

/* Parses @word between two other strings, and expects the value @want. */
static void check_around(const struct vocabulary *v, const char *before,
			 const char *word, const char *after, int want)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%s%s%s", before, word, after);
	int value;

	assert_in_range(len, 0, sizeof(text) - 1);
	value = parse(v, text, (size_t)len);
	if (value != want)
		fail_msg("%s: \"%s\" is %d, not %d", v->name, text, value,
			 want);
}

static void check_word(const struct vocabulary *v, const char *word, int want)
{
	static const char *const junk[] = {
		"\n\n", " ", " \n", "\n ", "\t", "\r\n", "x", "x\n", "_", "0",
		"d", "\nonline", "online"
	};
	size_t len = strlen(word), i;
	char text[64] = { 0 };

	check_around(v, "", word, "", want);
	check_around(v, "", word, "\n", want);
	for (i = 0; i < NR(junk); i++)
		check_around(v, "", word, junk[i], 0);
	for (i = 0; i < NR(junk); i++)
		check_around(v, junk[i], word, "", 0);
	check_around(v, "\n", word, "", 0);
	check_around(v, "\n", word, "\n", 0);

	/* No prefix of a word is a word, except "online". */
	for (i = 0; i < len; i++) {
		if (i == strlen("online") && !strncmp(word, "online", i))
			continue;
		assert_int_equal(parse(v, word, i), 0);
	}

	/* A NUL does not end the word. No word contains one. */
	snprintf(text, sizeof(text), "%s", word);
	assert_int_equal(parse(v, text, len + 1), 0);
	assert_int_equal(parse(v, text, len + 5), 0);
	text[len + 1] = '\n';
	assert_int_equal(parse(v, text, len + 2), 0);
	snprintf(text + len + 1, sizeof(text) - len - 1, "junk");
	assert_int_equal(parse(v, text, len + 5), 0);
	text[len - 1] = '\0';
	assert_int_equal(parse(v, text, len), 0);
}

static void test_parse_words(void **ctx)
{
	unsigned int v, i;

	(void)ctx;
	for (v = 0; v < NR(vocabularies); v++)
		for (i = 0; i < NR(vocabularies[v].words); i++) {
			assert_int_not_equal(vocabularies[v].words[i].value, 0);
			check_word(&vocabularies[v],
				   vocabularies[v].words[i].word,
				   vocabularies[v].words[i].value);
		}
	print_message("%u buffers parsed\n", parsed);
}

static void test_parse_unknown(void **ctx)
{
	unsigned int v, i;

	(void)ctx;
	for (v = 0; v < NR(vocabularies); v++) {
		const struct vocabulary *voc = &vocabularies[v];

		for (i = 0; i < NR(voc->foreign); i++) {
			check_around(voc, "", voc->foreign[i], "", 0);
			check_around(voc, "", voc->foreign[i], "\n", 0);
		}
		assert_int_equal(voc->parse(NULL, 0), 0);
		assert_int_equal(parse(voc, "", 0), 0);
		assert_int_equal(parse(voc, "\n", 1), 0);
		assert_int_equal(parse(voc, "\n\n", 2), 0);
		assert_int_equal(parse(voc, "\0", 1), 0);
		assert_int_equal(parse(voc, "\0\n", 2), 0);
		assert_int_equal(parse(voc, " ", 1), 0);
	}
}

static void test_parse_long(void **ctx)
{
	static const char filler[] = { 'e', '\n', ' ', '\0', 'o' };
	static char text[5000];
	unsigned int v, i, f;
	size_t n;

	(void)ctx;
	for (v = 0; v < NR(vocabularies); v++)
		for (i = 0; i < NR(vocabularies[v].words); i++)
			for (f = 0; f < NR(filler); f++) {
				const struct vocabulary *voc = &vocabularies[v];
				const char *word = voc->words[i].word;

				for (n = 0; n < sizeof(text); n++)
					text[n] = filler[f];
				for (n = 0; word[n]; n++)
					text[n] = word[n];
				assert_int_equal(parse(voc, text, sizeof(text)),
						 0);
				text[sizeof(text) - 1] = '\n';
				assert_int_equal(parse(voc, text, sizeof(text)),
						 0);
			}
}

static void test_names(void **ctx)
{
	static const char *const states[STATES] = {
		[STATE_UNPLUGGED] = "unplugged", [STATE_OFFLINE] = "offline",
		[STATE_ONLINE] = "online",
		[STATE_ONLINE_KERNEL] = "online_kernel",
		[STATE_ONLINE_MOVABLE] = "online_movable",
		[STATE_INCONSISTENT] = "inconsistent",
	};
	static const char *const types[TYPES] = {
		[TYPE_NONE] = "none", [TYPE_OFFLINE] = "offline",
		[TYPE_ONLINE] = "online",
		[TYPE_ONLINE_KERNEL] = "online_kernel",
		[TYPE_ONLINE_MOVABLE] = "online_movable",
	};
	unsigned int i;

	(void)ctx;
	for (i = 0; i < STATES; i++) {
		enum device_state state = (enum device_state)i, found = STATE_INCONSISTENT;
		unsigned long len = strlen(states[i]);

		assert_string_equal(state_name(state), states[i]);
		assert_true(state_from_name(states[i], len, &found));
		assert_int_equal(found, state);
		assert_false(state_from_name(states[i], len - 1, &found));
		assert_int_equal(type_from_state(state), type_parse(states[i], len));
		assert_int_equal(word_from_state(state), state_parse(states[i], len));
	}
	for (i = 0; i < TYPES; i++)
		assert_string_equal(type_name((enum online_type)i), types[i]);
}

static void test_types(void **ctx)
{
	/* The columns are the states of a block: absent, offline, kernel, movable. */
	static const bool is[TYPES][BLOCK_STATES] = {
		[TYPE_NONE] =		{ true, false, false, false },
		[TYPE_OFFLINE] =	{ false, true, false, false },
		[TYPE_ONLINE] =		{ false, false, true, true },
		[TYPE_ONLINE_KERNEL] =	{ false, false, true, false },
		[TYPE_ONLINE_MOVABLE] =	{ false, false, false, true },
	};
	unsigned int t, s;

	(void)ctx;
	for (t = 0; t < TYPES; t++)
		for (s = 0; s < BLOCK_STATES; s++)
			assert_int_equal(block_has_type((enum block_state)s, (enum online_type)t),
					 is[t][s]);

	assert_int_equal(type_from_word(WORD_UNKNOWN), TYPE_NONE);
	assert_int_equal(type_from_word(WORD_UNPLUG), TYPE_NONE);
	assert_int_equal(type_from_word(WORD_ONLINE), TYPE_ONLINE);
	assert_int_equal(type_from_word(WORD_ONLINE_KERNEL), TYPE_ONLINE_KERNEL);
	assert_int_equal(type_from_word(WORD_ONLINE_MOVABLE), TYPE_ONLINE_MOVABLE);

	assert_int_equal(type_restoring(BLOCK_ABSENT), TYPE_NONE);
	assert_int_equal(type_restoring(BLOCK_OFFLINE), TYPE_OFFLINE);
	assert_int_equal(type_restoring(BLOCK_KERNEL), TYPE_ONLINE_KERNEL);
	assert_int_equal(type_restoring(BLOCK_MOVABLE), TYPE_ONLINE_MOVABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_todo),
		cmocka_unit_test(test_state_of),
		cmocka_unit_test(test_state_of_mixed),
		cmocka_unit_test(test_parse_words),
		cmocka_unit_test(test_parse_unknown),
		cmocka_unit_test(test_parse_long),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
