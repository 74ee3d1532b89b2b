// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy's files, read with inih.
 *
 * inih skips what it cannot read and goes on, counts the keys after a broken
 * header to the section before it, and says nothing of a section without keys.
 * So the lines are looked at on their way to it, and headers are taken from
 * there: an error spoils the rule that it is in, and no other.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

struct parser {
	struct policy *policy;
	FILE *stream;
	const char *file;
	unsigned int line;
	struct rule *rule;	/* NULL: outside of any */
	bool failed;		/* the first error has been told */
	char *buf;
	size_t size;
};

/* Of a file, only the first is told: what follows may be its fault. */
__attribute__((format(printf, 2, 3)))
static void error(struct parser *p, const char *format, ...)
{
	va_list args;

	if (p->rule)
		p->rule->broken = true;
	if (p->failed)
		return;
	p->failed = true;
	fprintf(stderr, "daxplug: %s:%u: ", p->file, p->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

static void new_rule(struct parser *p, const char *name, size_t len)
{
	struct rule *rule = calloc(1, sizeof(*rule));

	p->rule = NULL;
	if (!rule) {
		error(p, "out of memory");
		return;
	}
	rule->file = strdup(p->file);
	rule->name = strndup(name, len);
	rule->line = p->line;
	*p->policy->tail = rule;
	p->policy->tail = &rule->next;
	p->rule = rule;
	if (!rule->file || !rule->name)
		error(p, "out of memory");
}

/* Keys behind a header that cannot be read are nobody's. */
static void check_header(struct parser *p, const char *text)
{
	const char *name = skip_blanks(text + 1);
	size_t len = strcspn(name, "]");

	p->rule = NULL;
	if (!name[len])
		error(p, "']' is missing");
	else if (!len)
		error(p, "a rule must have a name: [name]");
	else
		new_rule(p, name, len);
}

/* A line as it stands in the file, before inih has it. */
static void check_line(struct parser *p, const char *line, size_t len,
		       size_t room)
{
	const char *text = skip_blanks(line);

	if (strlen(line) != len) {
		error(p, "a NUL character");
	} else if (len >= room) {
		error(p, "the line is too long");
	} else if (*text == '[' && text > line) {
		/* To inih it is the value's next line, if a key stands before. */
		p->rule = NULL;
		error(p, "a header begins at the beginning of the line");
	} else if (*text == '[') {
		check_header(p, text);
	} else if (*text && !strchr(";#", *text) && !strpbrk(text, "=:")) {
		error(p, "neither [rule] nor key = value");
	}
}

/* inih's reader: as fgets(), but a bad line becomes an empty one. */
static char *read_line(char *out, int room, void *stream)
{
	struct parser *p = stream;
	ssize_t n = getline(&p->buf, &p->size, p->stream);
	bool failed = p->failed;
	size_t len;

	if (n < 0) {
		if (ferror(p->stream))
			error(p, "%s", strerror(errno));
		return NULL;
	}
	len = (size_t)n;
	p->line++;
	check_line(p, p->buf, len, (size_t)room - 1);
	if (failed == p->failed && len < (size_t)room - 1 &&
	    strlen(p->buf) == len)
		snprintf(out, (size_t)room, "%s", p->buf);
	else
		snprintf(out, (size_t)room, "\n");
	return out;
}

static bool set_words(char **to, const char *value)
{
	if (*to || !*value)
		return false;
	*to = strdup(value);
	return *to;
}

static bool set_origin(struct rule *rule, const char *value)
{
	return !strcmp(value, "cxl") || !strcmp(value, "pmem") ||
	       !strcmp(value, "hmem") ? set_words(&rule->origin, value) : false;
}

static bool is_matcher(const char *key)
{
	static const char * const keys[] = {
		"device", "region", "uuid", "origin", "serial", "node", "range",
		"size",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

static bool set_matcher(struct rule *rule, const char *key, const char *value)
{
	if (!strcmp(key, "device"))
		return set_words(&rule->device, value);
	if (!strcmp(key, "region"))
		return set_words(&rule->region, value);
	if (!strcmp(key, "uuid"))
		return set_words(&rule->uuid, value);
	if (!strcmp(key, "origin"))
		return set_origin(rule, value);
	if (!strcmp(key, "serial"))
		return !rule->serial.count && value_numbers(value, &rule->serial);
	if (!strcmp(key, "node"))
		return !rule->node.count && value_numbers(value, &rule->node);
	if (!strcmp(key, "range")) {
		if (rule->has_range || !value_range(value, rule->range))
			return false;
		return rule->has_range = true;
	}
	if (rule->has_size || !value_size(value, rule->size))
		return false;
	return rule->has_size = true;
}

static bool set_want(struct rule *rule, const char *key, const char *value,
		     bool *known)
{
	*known = true;
	if (!strcmp(key, "state")) {
		if (rule->has_state || !value_state(value, &rule->state))
			return false;
		return rule->has_state = true;
	}
	if (!strcmp(key, "guard")) {
		if (rule->has_guard || !value_guard(value, &rule->guard))
			return false;
		return rule->has_guard = true;
	}
	if (!strcmp(key, "timeout")) {
		if (rule->has_timeout || !value_time(value, &rule->timeout_ms))
			return false;
		return rule->has_timeout = true;
	}
	*known = false;
	return false;
}

static const char *wanted(const char *key)
{
	static const char * const values[][2] = {
		{ "state", "unplugged, online_movable, online_kernel or online" },
		{ "guard", "off, transition or always" },
		{ "timeout", "a time (30, 30s, 500ms, 5min, 1h) or none" },
		{ "serial", "a number, or up to 32 with commas" },
		{ "node", "a number, or up to 32 with commas" },
		{ "range", "FIRST-LAST" },
		{ "size", "SIZE, FROM-TO, FROM- or -TO" },
		{ "origin", "cxl, pmem or hmem" },
	};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!strcmp(key, values[i][0]))
			return values[i][1];
	}
	return "a name, or several with commas";
}

/* It is none of these, or it stands in the rule already. */
static void bad_value(struct parser *p, const char *key, const char *value)
{
	error(p, "%s = %s: %s takes %s, once in a rule", key, value, key,
	      wanted(key));
}

static int on_entry(void *user, const char *section, const char *key,
		    const char *value)
{
	struct parser *p = user;
	bool known;

	(void)section;
	if (!p->rule) {
		error(p, "'%s' stands outside of a rule", key);
		return 1;
	}
	if (is_matcher(key)) {
		if (set_matcher(p->rule, key, value))
			return 1;
		p->rule->bad_match = true;
		bad_value(p, key, value);
	} else if (!set_want(p->rule, key, value, &known)) {
		if (known)
			bad_value(p, key, value);
		else
			error(p, "unknown key '%s'", key);
	}
	return 1;
}

static bool matches_something(const struct rule *rule)
{
	return rule->device || rule->region || rule->uuid || rule->origin ||
	       rule->serial.count || rule->node.count || rule->has_range ||
	       rule->has_size;
}

/* What can only be said when all of a rule is there. */
static void check_rule(struct parser *p, struct rule *rule)
{
	if (rule->broken)
		return;
	p->rule = rule;
	p->line = rule->line;
	if (!matches_something(rule))
		error(p, "[%s] does not say which device it is for", rule->name);
	else if (!rule->has_state && !rule->has_guard && !rule->has_timeout)
		error(p, "[%s] wants nothing: no state, guard or timeout",
		      rule->name);
}

void config_parse(FILE *stream, const char *file, struct policy *policy)
{
	struct parser p = { .policy = policy, .stream = stream, .file = file };
	struct rule **first, *rule;

	if (!policy->tail)
		policy->tail = &policy->rules;
	first = policy->tail;
	ini_parse_stream(read_line, &p, on_entry, &p);
	for (rule = *first; rule; rule = rule->next)
		check_rule(&p, rule);
	policy->errors += p.failed;
	free(p.buf);
}

static int is_config(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 &&
	       !strcmp(e->d_name + len - 5, ".conf");
}

static void read_file(const char *dir, const char *name, struct policy *policy)
{
	char path[PATH_MAX];
	FILE *stream;
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	stream = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
	if (!stream) {
		fprintf(stderr, "daxplug: %s/%s: %s\n", dir, name,
			strerror(errno));
		policy->errors++;
		return;
	}
	config_parse(stream, path, policy);
	fclose(stream);
}

/* Return: 0, or what scandir(3) failed with: an empty policy. */
int config_read(const char *dir, struct policy *policy)
{
	struct dirent **list;
	int i, n;

	*policy = (struct policy){ .rules = NULL };
	policy->tail = &policy->rules;
	n = scandir(dir, &list, is_config, alphasort);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		read_file(dir, list[i]->d_name, policy);
		free(list[i]);
	}
	free(list);
	return 0;
}

void config_free(struct policy *policy)
{
	struct rule *rule = policy->rules, *next;

	for (; rule; rule = next) {
		next = rule->next;
		free(rule->file);
		free(rule->name);
		free(rule->device);
		free(rule->region);
		free(rule->uuid);
		free(rule->origin);
		free(rule);
	}
	*policy = (struct policy){ .rules = NULL };
}
