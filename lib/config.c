// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Parses one file of the policy. An error makes the rule that contains it invalid, and
 * no other rule.
 *
 * The files are not read with inih or libeconf. inih passes a continued value as a
 * second value of the same key, cuts lines at 200 bytes, and skips what it cannot
 * parse. libeconf 0.5 merges sections of the same name across files, reads nothing at
 * all if one file has an error, and does not know the layer /run.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "policy_internal.h"

/* The largest part of a value that a message shows, in bytes. */
#define SHOWN 200

struct parser {
	struct daxplug_policy *policy;
	struct daxplug_policy_file *file;
	unsigned int line;
	struct daxplug_rule *rule;	/* NULL outside a rule */
	char *key;		/* a key whose value may continue; or NULL */
	char *value;
	unsigned int key_line;
};

/*
 * Report an error. Only the first one of a file is reported, because the others may
 * follow from it.
 */
__attribute__((format(printf, 4, 5)))
static void report_error(struct daxplug_policy *policy, struct daxplug_policy_file *file,
			 unsigned int line, const char *format, ...)
{
	struct daxplug_policy_error e = { .file = file->path, .line = line };
	char *text = NULL;
	va_list args;

	if (file->failed)
		return;
	file->failed = true;
	policy->errors++;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (!text) {
		dp_policy_report_no_memory(policy, file->path, line);
		return;
	}
	e.text = text;
	dp_policy_report_error(policy, &e);
	free(text);
}

/* Report an error in the line that is being read. */
#define bad_line(p, ...) do { \
	struct parser *_p = (p); \
	if (_p->rule) \
		_p->rule->broken = true; \
	report_error(_p->policy, _p->file, _p->line, __VA_ARGS__); \
} while (0)

static void no_memory(struct parser *p)
{
	dp_policy_report_no_memory(p->policy, p->file->path, p->line);
}

static char *skip_blanks(char *text)
{
	return text + strspn(text, " \t\r\n");
}

static void cut_blanks(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

/* Cut off a comment. It begins with ";" at the beginning of @text or after a blank. */
static void cut_comment(char *text)
{
	char *at;

	for (at = text; (at = strchr(at, ';')); at++) {
		if (at == text || isblank((unsigned char)at[-1])) {
			*at = '\0';
			return;
		}
	}
}

static void new_rule(struct parser *p, const char *name)
{
	struct daxplug_rule *rule = calloc(1, sizeof(*rule));

	p->rule = NULL;
	if (!rule) {
		no_memory(p);
		return;
	}
	rule->file = p->file;
	rule->line = p->line;
	rule->is_default = !strcmp(name, "default");
	*p->policy->tail = rule;
	p->policy->tail = &rule->next;
	p->rule = rule;
	rule->name = strdup(name);
	if (!rule->name)
		no_memory(p);
}

/* Parse the header of a section. If it is wrong, the keys behind it belong to no rule. */
static void parse_header(struct parser *p, char *text)
{
	char *name = skip_blanks(text + 1), *end = strchr(name, ']');

	p->rule = NULL;
	if (!end) {
		bad_line(p, "']' is missing");
		return;
	}
	*end++ = '\0';
	cut_blanks(name);
	end = skip_blanks(end);
	cut_blanks(end);
	if (!*name)
		bad_line(p, "a rule must have a name: [name]");
	else if (*end && !strchr("#;", *end))
		bad_line(p, "'%.*s' stands behind the header", SHOWN, end);
	else
		new_rule(p, name);
}

static bool is_matcher(const char *word)
{
	enum dp_word_key words;
	enum dp_span_key spans;

	return dp_word_key(word, &words) || dp_span_key(word, &spans);
}

/*
 * Store the words of a value. set_words(), set_spans() and set_matcher() return 0, -EINVAL if the
 * value is not valid or the rule has this key already, or -ENOMEM.
 */
static int set_words(struct daxplug_rule *rule, enum dp_word_key key, const char *value)
{
	struct dp_words *to = &rule->words[key];
	enum daxplug_origin origin;
	size_t i;
	int err;

	if (to->count)
		return -EINVAL;
	err = dp_value_words(value, to);
	if (err)
		return err;
	for (i = 0; key == KEY_ORIGIN && i < to->count; i++) {
		if (daxplug_origin_parse(to->word[i], &origin) ||
		    origin == DAXPLUG_ORIGIN_UNKNOWN)
			return -EINVAL;
	}
	return 0;
}

static int set_spans(struct daxplug_rule *rule, enum dp_span_key key, const char *value)
{
	struct dp_spans *to = &rule->spans[key];

	if (to->count)
		return -EINVAL;
	switch (key) {
	case KEY_RANGE:
		return dp_value_ranges(value, to);
	case KEY_SIZE:
		return dp_value_sizes(value, to);
	default:
		return dp_value_numbers(value, to);
	}
}

static int set_matcher(struct daxplug_rule *rule, const char *word, const char *value)
{
	enum dp_word_key words;
	enum dp_span_key spans;

	if (dp_word_key(word, &words))
		return set_words(rule, words, value);
	return dp_span_key(word, &spans) ? set_spans(rule, spans, value) : -EINVAL;
}

static bool set_request(struct daxplug_rule *rule, const char *key, const char *value, bool *known)
{
	*known = true;
	if (!strcmp(key, "state")) {
		if (rule->has_state || !dp_value_state(value, &rule->state))
			return false;
		return rule->has_state = true;
	}
	if (!strcmp(key, "guard")) {
		if (rule->has_guard || daxplug_guard_parse(value, &rule->guard))
			return false;
		return rule->has_guard = true;
	}
	if (!strcmp(key, "timeout")) {
		if (rule->has_timeout || daxplug_time_parse(value, &rule->timeout_ms))
			return false;
		return rule->has_timeout = true;
	}
	if (!strcmp(key, "memmap_on_memory")) {
		if (rule->has_memmap || daxplug_memmap_parse(value, &rule->memmap) ||
		    rule->memmap == DAXPLUG_MEMMAP_DEFAULT)
			return false;
		return rule->has_memmap = true;
	}
	if (!strcmp(key, "required")) {
		if (rule->has_required || !dp_value_required(value, &rule->required_ms))
			return false;
		return rule->has_required = true;
	}
	if (!strcmp(key, "retry")) {
		if (rule->has_retry || !dp_value_yes_no(value, &rule->retry))
			return false;
		return rule->has_retry = true;
	}
	if (!strcmp(key, "movable_max") && rule->is_default) {
		if (rule->has_movable_max ||
		    !dp_value_movable_max(value, &rule->movable_percent, &rule->movable_bytes))
			return false;
		return rule->has_movable_max = true;
	}
	*known = false;
	return false;
}

static const char *describe_valid_values(const char *key)
{
	static const char * const values[][2] = {
		{ "state", "unplugged, online_movable, online_kernel or online" },
		{ "guard", "off, transition or always" },
		{ "timeout", "a time above 0 (30, 30s, 500ms, 5min, 1h, 1d) or none" },
		{ "memmap_on_memory", "yes or no" },
		{ "required", "yes, no or a time above 0 (30s, 5min)" },
		{ "retry", "yes or no" },
		{ "movable_max", "a multiple of the other memory (3x, 1.5x) "
				 "or a size (512G)" },
		{ "serial", "a number, or several with commas" },
		{ "node", "a number, or several with commas" },
		{ "range", "FIRST-LAST, or several with commas" },
		{ "size", "SIZE (bytes, 512M, 4GiB), FROM-TO, FROM- or -TO, "
			  "or several with commas" },
		{ "origin", "cxl, pmem or hmem, or several with commas" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (!strcmp(key, values[i][0]))
			return values[i][1];
	}
	return "a name, or several with commas";
}

static void parse_entry(struct parser *p, const char *key, const char *value)
{
	bool known = true;
	int err;

	if (!p->rule) {
		bad_line(p, "'%.*s' stands outside of a rule", SHOWN, key);
	} else if (is_matcher(key)) {
		if (p->rule->is_default) {
			bad_line(p, "[default] is for all rules and takes no '%s'", key);
			return;
		}
		err = set_matcher(p->rule, key, value);
		if (err == -ENOMEM)
			no_memory(p);
		if (!err || err == -ENOMEM)
			return;
		p->rule->bad_match = true;
	} else if (set_request(p->rule, key, value, &known)) {
		return;
	} else if (!strcmp(key, "movable_max") && !p->rule->is_default) {
		bad_line(p, "movable_max is for the whole machine: it stands in [default]");
		return;
	} else if (!known) {
		bad_line(p, "unknown key '%.*s'", SHOWN, key);
		return;
	}
	/* The value is not valid for the key, or the rule has this key already. */
	bad_line(p, "%s = %.*s: %s takes %s, once in a rule", key, SHOWN, value, key,
		 describe_valid_values(key));
}

/* Parse the key and value that were read last. No further line continues the value. */
static void end_entry(struct parser *p)
{
	char *key = p->key, *value = p->value;
	unsigned int line = p->line;

	if (!key)
		return;
	p->key = p->value = NULL;
	p->line = p->key_line;
	parse_entry(p, key, value);
	p->line = line;
	free(key);
	free(value);
}

static void drop_entry(struct parser *p)
{
	if (p->rule && p->key && is_matcher(p->key))
		p->rule->bad_match = true;
	free(p->key);
	free(p->value);
	p->key = p->value = NULL;
}

static void continue_entry(struct parser *p, char *text)
{
	char *longer;

	cut_comment(text);
	cut_blanks(text);
	if (!p->key) {
		bad_line(p, "there is no value to continue: "
			    "a key begins at the beginning of the line");
	} else if (*text == '[') {
		drop_entry(p);
		bad_line(p, "a header begins at the beginning of the line");
		p->rule = NULL;
	} else if (strchr(text, '=')) {
		drop_entry(p);
		bad_line(p, "an indented line continues the value before: "
			 "a key begins at the beginning of the line");
	} else if (asprintf(&longer, "%s%s%s", p->value, *p->value ? " " : "",
			    text) < 0) {
		drop_entry(p);
		no_memory(p);
	} else {
		free(p->value);
		p->value = longer;
	}
}

static void begin_entry(struct parser *p, char *text)
{
	char *value = text + strcspn(text, "=:");

	if (!*value) {
		bad_line(p, "neither [rule] nor key = value");
		return;
	}
	*value++ = '\0';
	cut_blanks(text);
	cut_comment(value);
	value = skip_blanks(value);
	cut_blanks(value);
	p->key = strdup(text);
	p->value = strdup(value);
	p->key_line = p->line;
	if (!p->key || !p->value) {
		drop_entry(p);
		no_memory(p);
	}
}

static void parse_line(struct parser *p, char *line, size_t len)
{
	char *text = skip_blanks(line);

	if (strlen(line) != len) {
		end_entry(p);
		bad_line(p, "a NUL character");
	} else if (!*text || strchr("#;", *text)) {
		return;
	} else if (text > line) {
		continue_entry(p, text);
	} else if (*text == '[') {
		end_entry(p);
		parse_header(p, text);
	} else {
		end_entry(p);
		begin_entry(p, text);
	}
}

/*
 * If memory runs out or a read fails, the rest of the file is not read, because no rule will be
 * kept.
 */
void dp_config_parse(FILE *stream, struct daxplug_policy_file *file,
		  struct daxplug_policy *policy)
{
	struct parser p = { .policy = policy, .file = file };
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	/*
	 * getline(3) also returns -1 if it cannot allocate memory, and then sets errno. If a read
	 * fails within a line, getline(3) returns the part of the line that was read before.
	 */
	errno = 0;
	while (!policy->incomplete && (n = getline(&line, &size, stream)) >= 0 && !ferror(stream)) {
		p.line++;
		parse_line(&p, line, (size_t)n);
		errno = 0;
	}
	if (!policy->incomplete && (ferror(stream) || !feof(stream)))
		dp_policy_report_incomplete(policy, file->path, p.line + 1,
					    errno ? -errno : -EIO);
	if (policy->incomplete)
		drop_entry(&p);
	else
		end_entry(&p);
	free(line);
}

/* Copy the keys that @rule does not have. */
static void inherit_keys(struct daxplug_rule *rule, const struct daxplug_rule *from)
{
	if (!rule->has_state && from->has_state) {
		rule->state = from->state;
		rule->has_state = true;
	}
	if (!rule->has_guard && from->has_guard) {
		rule->guard = from->guard;
		rule->has_guard = true;
	}
	if (!rule->has_timeout && from->has_timeout) {
		rule->timeout_ms = from->timeout_ms;
		rule->has_timeout = true;
	}
	if (!rule->has_memmap && from->has_memmap) {
		rule->memmap = from->memmap;
		rule->has_memmap = true;
	}
	if (!rule->has_required && from->has_required) {
		rule->required_ms = from->required_ms;
		rule->has_required = true;
	}
	if (!rule->has_retry && from->has_retry) {
		rule->retry = from->retry;
		rule->has_retry = true;
	}
}

/*
 * Check whether a section requests anything. In a rule, the keys "required" and "retry" alone
 * request nothing, because they only say how another request is carried out. In [default] they
 * are sufficient, because other rules inherit them. The key "movable_max" of [default] is
 * sufficient, too, because it applies to the whole machine.
 */
static bool has_any_request(const struct daxplug_rule *rule)
{
	if (rule->has_state || rule->has_guard || rule->has_timeout || rule->has_memmap)
		return true;
	return rule->is_default &&
	       (rule->has_required || rule->has_retry || rule->has_movable_max);
}

/* Checks that need the complete rule. */
static void check_rule(struct daxplug_policy *policy, struct daxplug_rule *rule)
{
	if (rule->broken)
		return;
	if (!rule->is_default && !dp_rule_has_matcher(rule))
		report_error(policy, rule->file, rule->line,
			     "[%s] does not say which device it is for", rule->name);
	else if (!has_any_request(rule))
		report_error(policy, rule->file, rule->line,
			     "[%s] wants nothing: no state, guard, timeout or memmap_on_memory",
			     rule->name);
	else
		return;
	rule->broken = true;
}

/*
 * Called when all files have been parsed. If several sections [default] have a key, the
 * first one decides, as with rules.
 */
void dp_config_finish(struct daxplug_policy *policy)
{
	struct daxplug_rule defaults = { .line = 0 };
	struct daxplug_rule *rule;

	for (rule = policy->rules; rule; rule = rule->next) {
		if (rule->is_default) {
			check_rule(policy, rule);
			if (!rule->broken)
				inherit_keys(&defaults, rule);
		}
	}
	for (rule = policy->rules; rule; rule = rule->next) {
		if (rule->is_default)
			continue;
		inherit_keys(rule, &defaults);
		check_rule(policy, rule);
	}
}
