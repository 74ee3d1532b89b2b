// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of the module kmem that modprobe would load now.
 *
 * This runs modinfo instead of linking with libkmod, because libkmod and its dependencies would
 * then be loaded by every command, also by daxplug list.
 */
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "system.h"

/*
 * Read the first line of modinfo's output. Return: 0; PROGRAM_MISSING if modinfo is not
 * installed; else another number.
 */
static int read_modinfo(char *option, char *field, char *buf, size_t len)
{
	char *arguments[] = { "modinfo", option, field ? field : "kmem",
			      field ? "kmem" : NULL, NULL };
	int err = run_program(arguments, buf, len);

	buf[strcspn(buf, "\n")] = '\0';
	return err ? err : !*buf;
}

/* Is the first word of @vermagic ("6.12.9-amd64 SMP ...") the release? */
static bool is_built_for(const char *vermagic, const char *release)
{
	size_t len = strlen(release);

	return !strncmp(vermagic, release, len) &&
	       (!vermagic[len] || vermagic[len] == ' ');
}

/* Compare the installed file with the loaded module and the running kernel. */
void check_module_file(struct findings *f, const char *release)
{
	char path[PATH_MAX], file[PATH_MAX], loaded[64], installed[64];
	char vermagic[256];
	bool is_loaded = !access(format_system_path(path, "/sys/module/kmem"), F_OK);
	int err = read_modinfo("-n", NULL, file, sizeof(file));

	if (err) {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_NOTE, "module",
			    err == PROGRAM_MISSING ?
			    "modinfo is not installed, so it is not known which kmem module is "
			    "installed for %s" :
			    "no kmem module is installed for %s", release);
		return;
	}
	if (!read_first_line(format_system_path(path, "/sys/module/kmem/srcversion"),
			     loaded, sizeof(loaded)))
		loaded[0] = '\0';
	/* The stock module of a distribution has no srcversion. */
	if (read_modinfo("-F", "srcversion", installed, sizeof(installed)))
		installed[0] = '\0';
	if (!read_modinfo("-F", "vermagic", vermagic, sizeof(vermagic)) &&
	    !is_built_for(vermagic, release)) {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_PROBLEM, "module",
			    "%s is built for %s, not for %s", file, vermagic, release);
		add_advice(f, "build it again for this kernel: see doc/install.md");
	} else if (is_loaded && strcmp(loaded, installed) != 0) {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_WARNING, "module",
			    "%s is not the kmem that is loaded", file);
		/*
		 * The first advice is for the kernel's own module. daxplug's module takes a module
		 * reference while memory is plugged, so its rmmod fails before an unplug.
		 */
		add_advice(f, *installed && !*loaded ?
			      "rmmod kmem; modprobe kmem: memory in use is adopted" :
			      "reboot; or unplug each device, then rmmod kmem; modprobe kmem");
	} else {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_OK, "module",
			    "%s is the one for this kernel%s", file, *loaded ? ", and loaded" : "");
	}
}
