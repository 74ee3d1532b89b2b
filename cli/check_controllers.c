// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other controllers of memory blocks: the kernel's auto-online policy, udev rules, the
 * configuration of daxctl, and running programs.
 */
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

/* Programs that are known to switch blocks. The kernel cuts names in `comm` to 15 characters. */
static const char * const agents[] = {
	"daxctl", "chmem", "qemu-ga", "kata-agent",
};

static void check_auto_online(struct findings *f)
{
	char path[PATH_MAX], word[64], value[64];

	if (!read_first_line(format_system_path(path,
						"/sys/devices/system/memory/auto_online_blocks"),
			     word, sizeof(word)))
		return;
	if (!strcmp(word, "offline")) {
		add_finding(f, FOUND_AUTO_ONLINE, LEVEL_OK, "auto_online_blocks",
			    "offline: the kernel brings no new block online by itself");
		return;
	}
	add_finding(f, FOUND_AUTO_ONLINE, LEVEL_NOTE, "auto_online_blocks",
		    "%s%s: the kernel brings new blocks online by itself%s", word,
		    read_boot_parameter("memhp_default_state", word, value, sizeof(value)) ?
		    " (memhp_default_state= on the kernel's command line)" : "",
		    strcmp(word, "online_movable") ?
		    ", often in a zone from which they cannot be unplugged" : "");
	add_advice(f,
		   "daxplug always requests a zone; for other memory: memhp_default_state=offline "
		   "on the kernel's command line");
}

static int is_not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool has_suffix(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a > b && !strcmp(name + a - b, end);
}

/*
 * Does a udev rule switch memory blocks? ATTR{state}="..." sets a value, and ATTR{state}=="..."
 * compares. A rule for memory either matches "memory" itself, or follows a line that skips all
 * other subsystems (@memory_only). A rule with both "RUN" and "state" in its text counts, too.
 */
static bool is_switching_rule(const char *line, bool *memory_only)
{
	const char *at = strstr(line, "ATTR{state}=");

	line += strspn(line, " \t");
	if (*line == '#')
		return false;
	if (strstr(line, "SUBSYSTEM!=\"memory\""))
		*memory_only = true;
	if (!strstr(line, "\"memory\"") &&
	    (!*memory_only || strstr(line, "SUBSYSTEM==")))
		return false;
	while (at) {
		if (at[strlen("ATTR{state}=")] != '=')
			return true;
		at = strstr(at + 1, "ATTR{state}=");
	}
	return strstr(line, "RUN") && strstr(line, "state");
}

/* One rule as one line. In the file it may continue over several lines. */
struct rule_text {
	unsigned int line;	/* number of its first line */
	unsigned int lines;
	char text[8192];	/* longer rules are cut */
};

static bool read_next_rule(FILE *file, struct rule_text *r)
{
	size_t len = 0;

	r->line += r->lines;
	r->lines = 0;
	r->text[0] = '\0';
	while (!feof(file) && !ferror(file) &&
	       fgets(r->text + len, (int)(sizeof(r->text) - len), file)) {
		r->lines++;
		len += strcspn(r->text + len, "\n");
		r->text[len] = '\0';
		if (!len || r->text[len - 1] != '\\')
			break;
		r->text[--len] = '\0';
	}
	return r->lines;
}

static unsigned int check_rules_file(struct findings *f, const char *path)
{
	struct rule_text r = { .line = 1 };
	FILE *file = open_to_read(path);
	bool memory_only = false;
	unsigned int found = 0;

	if (!file)
		return 0;
	while (read_next_rule(file, &r)) {
		if (!is_switching_rule(r.text, &memory_only))
			continue;
		found++;
		add_finding(f, FOUND_UDEV_RULE, LEVEL_WARNING, "udev",
			    "%s:%u switches memory blocks: %s", path, r.line, r.text);
		add_advice(f, "remove it, or use daxplug's module with guard = always");
	}
	fclose(file);
	return found;
}

/* Does a directory with higher priority have a file of the same name? It replaces this one. */
static bool is_masked(const char *const *dirs, size_t i, const char *name)
{
	char path[PATH_MAX];

	while (i-- > 0) {
		if (!access(format_system_path(path, "%s/%s", dirs[i], name), F_OK))
			return true;
	}
	return false;
}

static void check_udev_rules(struct findings *f)
{
	static const char * const dirs[] = {
		"/etc/udev/rules.d", "/run/udev/rules.d",
		"/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
	};
	unsigned int found = 0;
	struct dirent **list;
	char path[PATH_MAX];
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		int n;

		n = scandir(format_system_path(path, "%s", dirs[i]), &list, is_not_hidden,
			    alphasort);
		for (k = 0; k < n; k++) {
			if (has_suffix(list[k]->d_name, ".rules") &&
			    !is_masked(dirs, i, list[k]->d_name))
				found += check_rules_file(f, format_system_path(
					path, "%s/%s", dirs[i], list[k]->d_name));
			free(list[k]);
		}
		if (n >= 0)
			free(list);
	}
	if (!found)
		add_finding(f, FOUND_UDEV_RULE, LEVEL_OK, "udev", "no rule switches memory blocks");
}

static bool has_line(const char *path, const char *begin)
{
	FILE *file = open_to_read(path);
	bool found = false;
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return false;
	while (!found && getline(&text, &size, file) >= 0)
		found = !strncmp(text + strspn(text, " \t"), begin,
				 strlen(begin));
	if (!found && !feof(file))
		note_shortage(-errno);
	free(text);
	fclose(file);
	return found;
}

static void check_daxctl_config(struct findings *f)
{
	static const char dir[] = "/etc/daxctl.conf.d";
	struct dirent **list;
	char path[PATH_MAX];
	int k, n = scandir(format_system_path(path, "%s", dir), &list, is_not_hidden,
			   alphasort);

	for (k = 0; k < n; k++) {
		format_system_path(path, "%s/%s", dir, list[k]->d_name);
		if (has_suffix(list[k]->d_name, ".conf") &&
		    has_line(path, "[reconfigure-device")) {
			add_finding(f, FOUND_DAXCTL_CONFIG, LEVEL_WARNING, "daxctl",
				    "%s reconfigures devices when they appear", path);
			add_advice(f, "write it in daxplug's policy instead: daxplug.conf(5)");
		}
		free(list[k]);
	}
	if (n >= 0)
		free(list);
}

/*
 * Is @link the `state` or `online` file of a memory block? Compare the complete path, because any
 * user can create a file whose path contains this one.
 */
static bool is_block_file(const char *link)
{
	static const char begin[] = "/sys/devices/system/memory/memory";
	size_t len = sizeof(begin) - 1, digits;

	if (strncmp(link, begin, len) != 0)
		return false;
	digits = strspn(link + len, "0123456789");
	link += len + digits;
	return digits && (!strcmp(link, "/state") || !strcmp(link, "/online"));
}

/* Does the process have a `state` or `online` file of a memory block open now? */
static bool has_block_file_open(const char *pid)
{
	char path[PATH_MAX], link[PATH_MAX];
	const struct dirent *e;
	bool found = false;
	DIR *dir = list_directory(format_system_path(path, "/proc/%s/fd", pid));

	while (dir && !found && read_next_entry(dir, &e) > 0) {
		ssize_t n;

		n = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		found = is_block_file(link);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void check_process(struct findings *f, const char *pid)
{
	char path[PATH_MAX], name[64];
	size_t i;

	if (strtol(pid, NULL, 10) == getpid() ||
	    !read_first_line(format_system_path(path, "/proc/%s/comm", pid), name,
			     sizeof(name)))
		return;
	if (has_block_file_open(pid)) {
		add_finding(f, FOUND_AGENT, LEVEL_WARNING, "agents",
			    "%s[%s] is switching memory blocks right now", name, pid);
		add_advice(f, "stop it, or use daxplug's module with guard = always");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(agents); i++) {
		if (!strcmp(name, agents[i]))
			add_finding(f, FOUND_AGENT, LEVEL_NOTE, "agents",
				    "%s[%s] runs, and can switch memory blocks", name,
				    pid);
	}
}

static void check_processes(struct findings *f)
{
	char path[PATH_MAX];
	DIR *dir = list_directory(format_system_path(path, "/proc"));
	const char *pid;

	while ((pid = read_next_process(dir)))
		check_process(f, pid);
}

/*
 * auto_online_blocks applies to all memory, not only to DAX devices. While the library binds a
 * device it sets the value to offline. If the process was killed at that time, the previous value
 * is still saved.
 */
void check_left_auto_online(struct findings *f, struct daxplug_ctx *ctx)
{
	const char *word;

	if (daxplug_get_left_auto_online(ctx, &word))
		return;
	add_finding(f, FOUND_AUTO_ONLINE, LEVEL_WARNING,
		    "auto_online_blocks",
		    "a daxplug that was killed while it bound a device has left the value at "
		    "offline; before it was %s", word);
	add_advice(f, "the next plug or unplug restores it, or: echo %s "
		      ">/sys/devices/system/memory/auto_online_blocks", word);
}

void check_controllers(struct findings *f)
{
	check_auto_online(f);
	check_boot_parameters(f);
	check_udev_rules(f);
	check_daxctl_config(f);
	check_processes(f);
}
