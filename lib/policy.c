// SPDX-License-Identifier: LGPL-2.1-or-later
/* The policy in memory: its files, its rules, and the functions that return their values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "policy_internal.h"

static void reset(struct daxplug_policy *policy)
{
	policy->tail = &policy->rules;
	policy->last_file = &policy->files;
	policy->errors = 0;
	policy->incomplete = 0;
}

int daxplug_policy_new(struct daxplug_policy **out)
{
	struct daxplug_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return -ENOMEM;
	reset(policy);
	*out = policy;
	return 0;
}

static void rule_free(struct daxplug_rule *rule)
{
	size_t i;

	for (i = 0; i < WORD_KEYS; i++)
		dp_words_free(&rule->words[i]);
	for (i = 0; i < SPAN_KEYS; i++)
		free(rule->spans[i].span);
	free(rule->name);
	free(rule);
}

/* Free the files and rules, but not the list of CXL memory devices (cards.c). */
void dp_policy_clear(struct daxplug_policy *policy)
{
	struct daxplug_policy_file *file = policy->files, *next_file;
	struct daxplug_rule *rule = policy->rules, *next;

	for (; rule; rule = next) {
		next = rule->next;
		rule_free(rule);
	}
	for (; file; file = next_file) {
		next_file = file->next;
		free(file->path);
		free(file);
	}
	policy->rules = NULL;
	policy->files = NULL;
	reset(policy);
}

void daxplug_policy_free(struct daxplug_policy *policy)
{
	if (!policy)
		return;
	dp_policy_clear(policy);
	dp_cards_free(policy);
	free(policy);
}

void daxplug_policy_set_error_fn(struct daxplug_policy *policy,
				 daxplug_policy_error_fn fn, void *data)
{
	policy->fn = fn;
	policy->data = data;
}

void dp_policy_report_error(const struct daxplug_policy *policy,
			    const struct daxplug_policy_error *error)
{
	if (policy->fn)
		policy->fn(error, policy->data);
}

/*
 * Report once that a part of a file is missing, because memory has run out or the file cannot be
 * read to its end. This happened in line @line of @file. @file is NULL and @line is 0 if they are
 * not known. A rule may be missing now, and a later rule could match its devices. So the functions
 * that read the policy fail and keep no rule.
 */
void dp_policy_report_incomplete(struct daxplug_policy *policy, const char *file,
				 unsigned int line, int err)
{
	const struct daxplug_policy_error e = {
		.file = file, .line = line,
		.text = err == -ENOMEM ? "out of memory" : strerror(-err),
	};

	if (policy->incomplete)
		return;
	policy->incomplete = err;
	dp_policy_report_error(policy, &e);
}

void dp_policy_report_no_memory(struct daxplug_policy *policy, const char *file, unsigned int line)
{
	dp_policy_report_incomplete(policy, file, line, -ENOMEM);
}

unsigned int daxplug_policy_get_errors(const struct daxplug_policy *policy)
{
	return policy->errors;
}

const struct daxplug_policy_file *
daxplug_policy_get_first_file(const struct daxplug_policy *policy)
{
	return policy->files;
}

const struct daxplug_policy_file *
daxplug_policy_file_get_next(const struct daxplug_policy_file *file)
{
	return file->next;
}

const char *daxplug_policy_file_get_path(const struct daxplug_policy_file *file)
{
	return file->path;
}

enum daxplug_file_status
daxplug_policy_file_get_status(const struct daxplug_policy_file *file)
{
	return file->status;
}

const struct daxplug_policy_file *
daxplug_policy_file_get_hidden_by(const struct daxplug_policy_file *file)
{
	return file->by;
}

int daxplug_policy_file_has_error(const struct daxplug_policy_file *file)
{
	return file->failed;
}

const struct daxplug_rule *
daxplug_policy_get_first_rule(const struct daxplug_policy *policy)
{
	return policy->rules;
}

const struct daxplug_rule *daxplug_rule_get_next(const struct daxplug_rule *rule)
{
	return rule->next;
}

const char *daxplug_rule_get_name(const struct daxplug_rule *rule)
{
	return rule->name ? rule->name : "";
}

const struct daxplug_policy_file *
daxplug_rule_get_file(const struct daxplug_rule *rule)
{
	return rule->file;
}

unsigned int daxplug_rule_get_line(const struct daxplug_rule *rule)
{
	return rule->line;
}

int daxplug_rule_is_default(const struct daxplug_rule *rule)
{
	return rule->is_default;
}

int daxplug_rule_is_broken(const struct daxplug_rule *rule)
{
	return rule->broken;
}

int daxplug_rule_get_state(const struct daxplug_rule *rule,
			   enum daxplug_state *state)
{
	if (!rule->has_state)
		return -ENOENT;
	*state = rule->state;
	return 0;
}

int daxplug_rule_get_guard(const struct daxplug_rule *rule,
			   enum daxplug_guard *guard)
{
	if (!rule->has_guard)
		return -ENOENT;
	*guard = rule->guard;
	return 0;
}

int daxplug_rule_get_timeout(const struct daxplug_rule *rule, unsigned int *ms)
{
	if (!rule->has_timeout)
		return -ENOENT;
	*ms = rule->timeout_ms;
	return 0;
}

int daxplug_rule_get_memmap(const struct daxplug_rule *rule, enum daxplug_memmap *memmap)
{
	if (!rule->has_memmap)
		return -ENOENT;
	*memmap = rule->memmap;
	return 0;
}

int daxplug_rule_get_required(const struct daxplug_rule *rule, unsigned int *ms)
{
	if (!rule->has_required || !rule->required_ms)
		return -ENOENT;
	*ms = rule->required_ms;
	return 0;
}

int daxplug_rule_get_retry(const struct daxplug_rule *rule)
{
	return rule->has_retry && rule->retry;
}

const struct daxplug_rule *
daxplug_policy_get_movable_max(const struct daxplug_policy *policy,
			       uint64_t kernel, uint64_t *max)
{
	const struct daxplug_rule *rule = policy->rules;
	unsigned __int128 product;

	while (rule && (!rule->has_movable_max || rule->broken))
		rule = rule->next;
	if (!rule)
		return NULL;
	*max = rule->movable_bytes;
	if (rule->movable_percent) {
		product = (unsigned __int128)kernel * rule->movable_percent / 100;
		*max = product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
	}
	return rule;
}

bool dp_word_key(const char *word, enum dp_word_key *key)
{
	static const char * const words[] = {
		[KEY_DEVICE] = "device", [KEY_REGION] = "region",
		[KEY_UUID] = "uuid", [KEY_ORIGIN] = "origin",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], word)) {
			*key = (enum dp_word_key)i;
			return true;
		}
	}
	return false;
}

bool dp_span_key(const char *word, enum dp_span_key *key)
{
	static const char * const words[] = {
		[KEY_SERIAL] = "serial", [KEY_NODE] = "node",
		[KEY_RANGE] = "range", [KEY_SIZE] = "size",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], word)) {
			*key = (enum dp_span_key)i;
			return true;
		}
	}
	return false;
}

bool dp_rule_has_matcher(const struct daxplug_rule *rule)
{
	size_t i, n = 0;

	for (i = 0; i < WORD_KEYS; i++)
		n += rule->words[i].count;
	for (i = 0; i < SPAN_KEYS; i++)
		n += rule->spans[i].count;
	return n > 0;
}

const char *daxplug_rule_get_word(const struct daxplug_rule *rule,
				  const char *key, unsigned int index)
{
	enum dp_word_key k;

	if (!dp_word_key(key, &k) || index >= rule->words[k].count)
		return NULL;
	return rule->words[k].word[index];
}

int daxplug_rule_get_numbers(const struct daxplug_rule *rule, const char *key,
			     unsigned int index, uint64_t *first, uint64_t *last)
{
	enum dp_span_key k;

	if (!dp_span_key(key, &k))
		return -EINVAL;
	if (index >= rule->spans[k].count)
		return -ENOENT;
	*first = rule->spans[k].span[index].from;
	*last = rule->spans[k].span[index].to;
	return 0;
}
