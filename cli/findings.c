// SPDX-License-Identifier: GPL-2.0-only
/* Keeps the list of findings, prints it, and chooses the exit code. */
#include <json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "findings.h"

static const char * const level_names[] = {
	[LEVEL_OK] = "ok",
	[LEVEL_NOTE] = "note",
	[LEVEL_WARNING] = "warning",
	[LEVEL_PROBLEM] = "problem",
};

/*
 * Monitors rely on these names, and daxplug-doctor(8) lists them. A name is never removed and
 * never changes its meaning.
 */
static const char * const id_names[FINDING_IDS] = {
	[FOUND_NOT_ROOT] = "not-root",
	[FOUND_KERNEL_RELEASE] = "kernel-release",
	[FOUND_KMEM_DRIVER] = "kmem-driver",
	[FOUND_KMEM_VERSION] = "kmem-version",
	[FOUND_KMEM_PARAMETER] = "kmem-parameter",
	[FOUND_MODULE_FILE] = "module-file",
	[FOUND_AUTO_ONLINE] = "auto-online",
	[FOUND_UDEV_RULE] = "udev-rule",
	[FOUND_DAXCTL_CONFIG] = "daxctl-config",
	[FOUND_AGENT] = "agent",
	[FOUND_NO_DEVICES] = "no-devices",
	[FOUND_DEVICE_STATE] = "device-state",
	[FOUND_INCONSISTENT] = "inconsistent",
	[FOUND_ORPHANED] = "orphaned",
	[FOUND_OTHER_DRIVER] = "other-driver",
	[FOUND_OVERLAP] = "overlap",
	[FOUND_UNREADABLE] = "unreadable",
	[FOUND_PLUG] = "plug",
	[FOUND_UNPLUG] = "unplug",
	[FOUND_SPACE] = "space",
	[FOUND_KERNEL_BLOCKS] = "kernel-blocks",
	[FOUND_BLOCKER] = "blocker",
	[FOUND_POISON] = "poison",
	[FOUND_USER] = "user",
	[FOUND_PINNED] = "pinned",
	[FOUND_BOOT_PARAMETER] = "boot-parameter",
	[FOUND_CXL_REGION] = "cxl-region",
	[FOUND_FIRMWARE_RAM] = "firmware-ram",
	[FOUND_ZONE_MOVABLE] = "zone-movable",
	[FOUND_HUGETLB] = "hugetlb",
	[FOUND_MEMORY_TIER] = "memory-tier",
	[FOUND_CRASH_KERNEL] = "crash-kernel",
	[FOUND_MEMMAP] = "memmap",
	[FOUND_POLICY] = "policy",
	[FOUND_POLICY_RULE] = "policy-rule",
	[FOUND_UNIT] = "unit",
	[FOUND_POLICY_STATE] = "policy-state",
};

const char *finding_id_name(size_t i)
{
	return i < FINDING_IDS ? id_names[i] : NULL;
}

/* Parse "inconsistent,poison". One bit for each name is set in @ids. */
bool parse_finding_ids(const char *list, uint64_t *ids)
{
	const char *at = list;

	for (;;) {
		size_t i, len = strcspn(at, ",");

		for (i = 0; i < FINDING_IDS; i++) {
			if (strlen(id_names[i]) == len && !strncmp(at, id_names[i], len))
				break;
		}
		if (i == FINDING_IDS) {
			fprintf(stderr, "daxplug: unknown id '%.*s'; valid are", (int)len, at);
			for (i = 0; i < FINDING_IDS; i++)
				fprintf(stderr, " %s", id_names[i]);
			fprintf(stderr, "\n");
			return false;
		}
		*ids |= 1ULL << i;
		if (!at[len])
			return true;
		at += len + 1;
	}
}

/*
 * Replace characters that a terminal would obey or that JSON must not contain. Any user can
 * choose the name of a file or process.
 */
static void replace_unprintable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

void add_finding(struct findings *f, enum finding_id id, enum level level,
		 const char *about, const char *format, ...)
{
	struct finding *more, *new;
	va_list args;

	f->no_last = true;
	more = realloc(f->list, (f->count + 1) * sizeof(*more));
	if (!more) {
		f->failed = true;
		return;
	}
	f->list = more;
	new = &f->list[f->count];
	*new = (struct finding){ .id = id, .level = level, .about = strdup(about) };
	va_start(args, format);
	if (vasprintf(&new->text, format, args) < 0)
		new->text = NULL;
	va_end(args);
	if (new->about && new->text) {
		replace_unprintable(new->text);
		f->count++;
		f->no_last = false;
		return;
	}
	free(new->about);
	free(new->text);
	f->failed = true;
}

/* Say why findings are missing. */
const char *describe_failure(const struct findings *f, char *buf, size_t len)
{
	if (f->cards_err)
		snprintf(buf, len, "serial numbers of CXL cards cannot be read: %s",
			 strerror(-f->cards_err));
	else
		snprintf(buf, len, "out of memory");
	return buf;
}

/*
 * Add advice to the last finding, unless it has some. If memory ran out when that finding was
 * added, the finding is not in the list, and its advice is left out.
 */
void add_advice(struct findings *f, const char *format, ...)
{
	struct finding *last = f->count ? &f->list[f->count - 1] : NULL;
	va_list args;

	if (!last || last->next || f->no_last)
		return;
	va_start(args, format);
	if (vasprintf(&last->next, format, args) < 0)
		last->next = NULL;
	va_end(args);
	if (last->next) {
		replace_unprintable(last->next);
		return;
	}
	/* Another piece of advice must not take its place. */
	f->no_last = true;
	f->failed = true;
}

static bool is_selected(const struct finding *i, const struct options *o)
{
	return !o->ids || o->ids & (1ULL << i->id);
}

/* Return the exit code for the findings that are printed. */
static int get_exit_code(const struct findings *f, const struct options *o)
{
	enum level limit = o->strict ? LEVEL_WARNING : LEVEL_PROBLEM;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < f->count; i++) {
		const struct finding *at = &f->list[i];

		if (!is_selected(at, o) || at->level < limit)
			continue;
		code = more_severe_exit_code(code, at->id == FOUND_INCONSISTENT ||
				   at->id == FOUND_ORPHANED ?
				   EXIT_INCONSISTENT : EXIT_PROBLEM);
	}
	return code;
}

static void print_finding(const struct finding *i, bool colours)
{
	const char *begin = "", *end = "";

	if (colours && i->level >= LEVEL_WARNING) {
		begin = i->level == LEVEL_PROBLEM ? COLOUR_PROBLEM : COLOUR_WARNING;
		end = COLOUR_END;
	}
	printf("%s%-8s%s %s: %s [%s]\n", begin, level_names[i->level], end, i->about,
	       i->text, id_names[i->id]);
	if (i->next)
		printf("%-8s   next: %s\n", "", i->next);
}

static struct json_object *json_new_finding(const struct finding *i)
{
	struct json_object *object = json_object_new_object();

	json_string(object, "id", id_names[i->id]);
	json_string(object, "level", level_names[i->level]);
	json_string(object, "about", i->about);
	json_string(object, "text", i->text);
	json_string(object, "next", i->next);
	return object;
}

/* Return: an exit code. */
int print_findings(const struct findings *f, const struct options *o)
{
	struct json_object *root = NULL, *array = NULL;
	bool colours = !o->json && may_use_colours(stdout);
	size_t i;

	if (o->json) {
		root = json_new(o->command);
		array = json_array(root, "findings");
	}
	for (i = 0; i < f->count; i++) {
		if (!is_selected(&f->list[i], o))
			continue;
		if (array)
			json_object_array_add(array, json_new_finding(&f->list[i]));
		else
			print_finding(&f->list[i], colours);
	}
	return more_severe_exit_code(get_exit_code(f, o),
				     root ? json_print(root, false) : finish_output());
}

/* Remove all findings after the first @count. */
void drop_findings(struct findings *f, size_t count)
{
	/* Advice that follows would be about a finding that was removed. */
	f->no_last = true;
	while (f->count > count) {
		f->count--;
		free(f->list[f->count].about);
		free(f->list[f->count].text);
		free(f->list[f->count].next);
	}
}

void free_findings(struct findings *f)
{
	drop_findings(f, 0);
	free(f->list);
}
