// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proof of the two parsers in kernel/policy.c, for all bytes and all lengths up to LENGTH.
 * With PARAM it is the parser of the module parameter. Without PARAM it is the parser of
 * plug/policy, with BEFORE entries in the list. If BEFORE is 1, the entry may have any name.
 * If BEFORE is greater, the entries have no names. Without NAME_LENGTH the device is dax0.0.
 */
#include "kernel.h"

/* The list is copied entry by entry, because a proof with a copy of 1280 bytes takes too long. */
static void *copy_list(void *to, const void *from, size_t n);
#undef memcpy
#define memcpy(to, from, n) \
	(sizeof(to) > POLICY_NAME ? copy_list(to, from, n) : kernel_memcpy(to, from, n))

#include "policy.c"

void *malloc(unsigned long size);

static struct entry fresh[POLICY_ENTRIES];
static bool is_fresh_used;

void *kcalloc(size_t count, size_t size, int flags)
{
	assert(count == POLICY_ENTRIES && size == sizeof(struct entry));
	assert(!is_fresh_used);
	if (nondet_bool())
		return NULL;
	is_fresh_used = true;
	return fresh;
}

void kfree(void *memory)
{
	assert(memory == fresh && is_fresh_used);
	is_fresh_used = false;
}

static void *copy_list(void *to, const void *from, size_t n)
{
	unsigned int i;

	assert(to == policy && from == fresh && n == sizeof(policy));
	for (i = 0; i < POLICY_ENTRIES; i++)
		policy[i] = fresh[i];
	return to;
}

static bool is_start(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(at, word, len);
}

/* True if the text is NAME:STATE, as doc/abi documents it. */
static bool is_entry(const char *at, size_t len)
{
	size_t colon = 0, rest;

	while (colon < len && at[colon] != ':')
		colon++;
	if (colon == len)
		return false;
	if (!(is_start(at, colon, "cxl") || is_start(at, colon, "hmem") ||
	      is_start(at, colon, "pmem") ||
	      (colon > 3 && colon < POLICY_NAME && !memcmp(at, "dax", 3))))
		return false;
	at += colon + 1;
	rest = len - colon - 1;
	return is_start(at, rest, "default") || is_start(at, rest, "unplugged") ||
	       is_start(at, rest, "offline") || is_start(at, rest, "online") ||
	       is_start(at, rest, "online_kernel") || is_start(at, rest, "online_movable");
}

#ifdef PARAM
int main(void)
{
	char *val = malloc(LENGTH + 1);
	size_t len = 0, from, to, commas = 0;
	unsigned int before = nondet_uint(), i;
	int err;

	__CPROVER_assume(val != NULL && before <= POLICY_ENTRIES);
	__CPROVER_assume(val[LENGTH] == 0);
	policy_count = before;
	err = policy_param_set(val, NULL);

	assert(!policy_lock.locked && !is_fresh_used);
	assert(err == 0 || err == -EINVAL || err == -ENOMEM);
	if (err) {
		assert(policy_count == before);
		return 0;
	}
	while (val[len] && val[len] != '\n') {
		commas += val[len] == ',';
		len++;
	}
	assert(policy_count == (len ? commas + 1 : 0));
	for (from = 0; len && from <= len; from = to + 1) {
		for (to = from; to < len && val[to] != ',';)
			to++;
		assert(is_entry(val + from, to - from));
	}
	for (i = 0; i < policy_count; i++) {
		assert(policy[i].name[0] && !policy[i].name[POLICY_NAME - 1]);
		assert(policy[i].start >= START_DEFAULT &&
		       policy[i].start <= START_ONLINE_MOVABLE);
	}
	return 0;
}
#else
int main(void)
{
	struct device dev = { 0 };
	size_t len = nondet_ulong();
	unsigned int before = BEFORE, i;
	char *word, *name;
	bool is_word;
	int err;

	policy_count = before;
	for (i = 0; BEFORE == 1 && i + 1 < POLICY_NAME; i++)
		policy[0].name[i] = nondet_char();
	__CPROVER_assume(len <= LENGTH);
	word = malloc(len);
	__CPROVER_assume(word != NULL);
#ifdef NAME_LENGTH
	name = malloc(NAME_LENGTH + 1);
	__CPROVER_assume(name != NULL && name[NAME_LENGTH] == 0 && name[0]);
#else
	name = "dax0.0";
#endif
	dev.name = name;
	err = policy_set(&dev, word, len);

	assert(!policy_lock.locked);
	if (len && word[len - 1] == '\n')
		len--;
	is_word = is_start(word, len, "default") || is_start(word, len, "unplugged") ||
		  is_start(word, len, "offline") || is_start(word, len, "online") ||
		  is_start(word, len, "online_kernel") || is_start(word, len, "online_movable");
	if (err == -EINVAL)
		assert(!is_word || strlen(name) >= POLICY_NAME);
	else
		assert(is_word && (err == 0 || (err == -ENOSPC && before == POLICY_ENTRIES)));
	if (err) {
		assert(policy_count == before);
		return 0;
	}
	/* policy_count has this value already. A constant is much faster for the solver. */
	if (policy_count == BEFORE) {
		policy_count = BEFORE;
		assert(is_start(word, len, policy_show(&dev)));
	} else {
		assert(policy_count == BEFORE + 1 && policy_count <= POLICY_ENTRIES);
		policy_count = BEFORE + 1;
		assert(is_start(word, len, policy_show(&dev)));
	}
	return 0;
}
#endif
