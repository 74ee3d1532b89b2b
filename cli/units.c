// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy, as far as it has errors or no effect, and systemd's units that apply it.
 */
#include <errno.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "policy.h"
#include "report.h"

/* More of one kind than anybody reads. */
#define SHOWN 8

/* Of more devices the units are not looked at. */
#define UNITS_MAX 64

struct errors {
	struct findings *f;
	unsigned int count;
};

static void add_policy_error(const struct daxplug_policy_error *error, void *data)
{
	struct errors *all = data;
	char line[16] = "";

	if (all->count++ >= SHOWN)
		return;
	if (error->line)
		snprintf(line, sizeof(line), ":%u", error->line);
	add_finding(all->f, FOUND_POLICY, LEVEL_PROBLEM, "policy", "%s%s%s%s", error->file ?
		    error->file : "", line, error->file ? ": " : "", error->text);
	add_advice(all->f, "%s", error->next ? error->next :
		   "mend it; until then the rule in which it is has no effect");
}

static unsigned int count_rules(const struct daxplug_policy *policy)
{
	const struct daxplug_rule *rule;
	unsigned int n = 0;

	daxplug_policy_foreach_rule(policy, rule) {
		n += !daxplug_rule_is_default(rule);
	}
	return n;
}

/* Return: how many rules there are. */
static unsigned int check_policy_files(struct findings *f, struct daxplug_policy *policy)
{
	struct errors errors = { .f = f };
	unsigned int rules;
	int err;

	daxplug_policy_set_error_fn(policy, add_policy_error, &errors);
	err = daxplug_policy_read(policy);
	rules = count_rules(policy);
	f->failed |= err == -ENOMEM;
	if (errors.count > SHOWN)
		add_finding(f, FOUND_POLICY, LEVEL_PROBLEM, "policy", "and %u more errors",
			    errors.count - SHOWN);
	else if (errors.count)
		;
	else if (rules)
		add_finding(f, FOUND_POLICY, LEVEL_OK, "policy", "%u rules, without an error",
			    rules);
	else
		add_finding(f, FOUND_POLICY, LEVEL_OK, "policy",
			    "there is none: devices stay as they are, or as the kernel has it");
	return rules;
}

static const char *get_json_string(struct json_object *o, const char *key)
{
	struct json_object *value;
	const char *text = json_object_object_get_ex(o, key, &value) && value ?
			   json_object_get_string(value) : NULL;

	return text ? text : "";
}

/* What report.c has in an array for apply --json. */
static void add_reported_rules(struct findings *f, struct json_object *array)
{
	size_t i, n = json_object_array_length(array);

	for (i = 0; i < n && i < SHOWN; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		const char *device = get_json_string(o, "name");

		add_finding(f, FOUND_POLICY_RULE, LEVEL_WARNING, *device ? device : "policy",
			    "%s:%s: [%s]: %s", get_json_string(o, "file"),
			    get_json_string(o, "line"), get_json_string(o, "rule"),
			    get_json_string(o, "reason"));
		add_advice(f, "daxplug apply --print shows which rule each device has");
	}
	if (n > SHOWN)
		add_finding(f, FOUND_POLICY_RULE, LEVEL_WARNING, "policy", "and %zu more",
			    n - SHOWN);
}

/* What a device is, and what its rule wants. */
static void check_wanted_state(struct findings *f, const struct daxplug_policy *policy,
			       const struct daxplug_device *dev)
{
	const struct daxplug_rule *rule;
	enum daxplug_state want;

	if (!policy_get_wanted_state(policy, dev, &want) || policy_has_wanted_state(dev, want) != 0)
		return;
	rule = daxplug_policy_get_rule(policy, dev);
	add_finding(f, FOUND_POLICY_STATE, LEVEL_WARNING, daxplug_device_get_name(dev),
		    "%s, policy wants %s", read_state_string(dev), daxplug_state_name(want));
	add_advice(f, "daxplug apply %s, which says what prevents it; the rule is [%s] in %s:%u",
		   daxplug_device_get_name(dev), daxplug_rule_get_name(rule), get_rule_path(rule),
		   daxplug_rule_get_line(rule));
}

static void check_policy_rules(struct findings *f, struct daxplug_policy *policy,
			       struct daxplug_ctx *ctx, const struct selection *s)
{
	struct json_object *reported[3] = {
		json_object_new_array(), json_object_new_array(), json_object_new_array()
	};
	struct daxplug_device *dev;
	size_t i;

	f->failed |= daxplug_policy_read_cards(policy, ctx) == -ENOMEM;
	for (i = 0; i < s->nr; i++)
		check_wanted_state(f, policy, s->dev[i]);
	if (reported[0])
		report_unmatched(policy, ctx, reported[0], false);
	if (reported[1])
		report_warnings(policy, reported[1], false);
	daxplug_device_foreach(ctx, dev) {
		const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, dev);

		if (reported[2] && rule && !daxplug_rule_is_broken(rule))
			report_unmet_guard(rule, dev, reported[2], false);
	}
	for (i = 0; i < ARRAY_SIZE(reported); i++) {
		if (reported[i])
			add_reported_rules(f, reported[i]);
		else
			f->failed = true;
		json_object_put(reported[i]);
	}
}

/* What systemctl shows of one unit. */
struct unit {
	char name[80];
	char load[32];
	char file[32];
	char active[32];
	char result[32];
};

static void read_property(struct unit *u, const char *line)
{
	static const struct {
		const char *key;
		size_t offset, size;
	} keys[] = {
		{ "Id=", offsetof(struct unit, name), sizeof(u->name) },
		{ "LoadState=", offsetof(struct unit, load), sizeof(u->load) },
		{ "UnitFileState=", offsetof(struct unit, file), sizeof(u->file) },
		{ "ActiveState=", offsetof(struct unit, active), sizeof(u->active) },
		{ "Result=", offsetof(struct unit, result), sizeof(u->result) },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strncmp(line, keys[i].key, strlen(keys[i].key)))
			snprintf((char *)u + keys[i].offset, keys[i].size, "%s",
				 line + strlen(keys[i].key));
	}
}

#define HAS_FAILED "it has failed"

bool is_unit_failure(const struct finding *f)
{
	return f->id == FOUND_UNIT && !strncmp(f->text, HAS_FAILED, strlen(HAS_FAILED));
}

static void check_unit(struct findings *f, const struct unit *u, bool rules)
{
	bool is_main = !strcmp(u->name, "daxplug.service");

	if (!strcmp(u->active, "failed")) {
		add_finding(f, FOUND_UNIT, LEVEL_WARNING, u->name, HAS_FAILED " (%s)", u->result);
		add_advice(f, "journalctl -b -u %s says why; then systemctl restart %s",
			      u->name, u->name);
	} else if (!is_main) {
		return;
	} else if (strcmp(u->load, "loaded") != 0) {
		if (rules)
			add_finding(f, FOUND_UNIT, LEVEL_NOTE, u->name,
				    "%s: nothing applies the policy at boot", u->load);
	} else if (rules && strcmp(u->file, "enabled") != 0) {
		add_finding(f, FOUND_UNIT, LEVEL_WARNING, u->name,
			    "%s: nothing applies the policy at boot", u->file);
		add_advice(f, "systemctl enable daxplug");
	} else {
		add_finding(f, FOUND_UNIT, LEVEL_OK, u->name, "%s, %s", u->file, u->active);
	}
}

/* @text: of systemctl show; the units are apart by an empty line. */
void check_unit_properties(struct findings *f, char *text, bool rules)
{
	struct unit u = { .name = "" };
	char *line, *end;

	for (line = text; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (*line)
			read_property(&u, line);
		if (*u.name && (!*line || !*end)) {
			check_unit(f, &u, rules);
			u = (struct unit){ .name = "" };
		}
	}
}

static void check_units(struct findings *f, const struct selection *s, bool rules)
{
	static char show[] = "show", names[UNITS_MAX][64], main_unit[] = "daxplug.service",
		    properties[] = "--property=Id,LoadState,UnitFileState,ActiveState,Result";
	char *arguments[UNITS_MAX + 8] = { "systemctl", show, properties, "--", main_unit };
	char path[PATH_MAX], text[UNITS_MAX * 256];
	size_t i, n = 5;
	int err;

	/* systemd itself makes it, and nobody else. */
	if (access(format_system_path(path, "/run/systemd/system"), F_OK))
		return;
	for (i = 0; i < s->nr && i < UNITS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "daxplug@%.40s.service",
			 daxplug_device_get_name(s->dev[i]));
		arguments[n++] = names[i];
	}
	err = run_program(arguments, text, sizeof(text));
	if (err == PROGRAM_SLOW)
		add_finding(f, FOUND_UNIT, LEVEL_NOTE, "units", "systemctl gives no answer");
	else if (!err)
		check_unit_properties(f, text, rules);
}

void check_policy_and_units(struct findings *f, struct daxplug_ctx *ctx,
			    const struct selection *s)
{
	struct daxplug_policy *policy;
	unsigned int rules;

	if (daxplug_policy_new(&policy)) {
		f->failed = true;
		return;
	}
	rules = check_policy_files(f, policy);
	check_policy_rules(f, policy, ctx, s);
	check_units(f, s, rules);
	daxplug_policy_free(policy);
}
