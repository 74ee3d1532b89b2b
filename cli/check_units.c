// SPDX-License-Identifier: GPL-2.0-only
/* The systemd units that apply the policy: are they enabled, and has one failed? */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/* Units of further devices are not checked. */
#define UNITS_MAX 64

/* The properties of one unit that systemctl prints. */
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

static void check_unit(struct findings *f, const struct unit *u, bool has_rules)
{
	bool is_main = !strcmp(u->name, "daxplug.service");

	if (!strcmp(u->active, "failed")) {
		add_finding(f, FOUND_UNIT, LEVEL_WARNING, u->name, HAS_FAILED " (%s)", u->result);
		add_advice(f, "journalctl -b -u %s says why; then systemctl restart %s",
			      u->name, u->name);
	} else if (!is_main) {
		return;
	} else if (strcmp(u->load, "loaded") != 0) {
		if (has_rules)
			add_finding(f, FOUND_UNIT, LEVEL_NOTE, u->name,
				    "%s: nothing applies the policy at boot", u->load);
	} else if (has_rules && strcmp(u->file, "enabled") != 0) {
		add_finding(f, FOUND_UNIT, LEVEL_WARNING, u->name,
			    "%s: nothing applies the policy at boot", u->file);
		add_advice(f, "systemctl enable daxplug");
	} else {
		add_finding(f, FOUND_UNIT, LEVEL_OK, u->name, "%s, %s", u->file, u->active);
	}
}

/* @text is the output of systemctl show. An empty line separates units. */
void check_unit_properties(struct findings *f, char *text, bool has_rules)
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
			check_unit(f, &u, has_rules);
			u = (struct unit){ .name = "" };
		}
	}
}

void check_units(struct findings *f, const struct selection *s, bool has_rules)
{
	static char show[] = "show", names[UNITS_MAX][64], main_unit[] = "daxplug.service",
		    properties[] = "--property=Id,LoadState,UnitFileState,ActiveState,Result";
	char *arguments[UNITS_MAX + 8] = { "systemctl", show, properties, "--", main_unit };
	char path[PATH_MAX], text[UNITS_MAX * 256];
	size_t i, n = 5;
	int err;

	/* systemd creates this directory, so without it systemd does not run. */
	if (access(format_system_path(path, "/run/systemd/system"), F_OK))
		return;
	for (i = 0; i < s->nr && i < UNITS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "daxplug@%.40s.service",
			 daxplug_device_get_name(s->dev[i]));
		arguments[n++] = names[i];
	}
	err = run_program(arguments, text, sizeof(text));
	if (err == PROGRAM_SLOW)
		add_finding(f, FOUND_UNIT, LEVEL_NOTE, "units", "systemctl did not answer in time");
	else if (!err)
		check_unit_properties(f, text, has_rules);
}
