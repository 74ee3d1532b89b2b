// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of the module kmem that modprobe would load now.
 *
 * Asked of modinfo, not of libkmod: that would be loaded, with all it needs, for
 * daxplug list too.
 */
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "system.h"

/*
 * The first line of what modinfo says.
 * Return: 0 if there is one; PROGRAM_MISSING if there is no modinfo; else another number.
 */
static int read_modinfo(char *option, char *field, char *buf, size_t len)
{
	char *arguments[] = { "modinfo", option, field ? field : "kmem",
			      field ? "kmem" : NULL, NULL };
	int err = run_program(arguments, buf, len);

	buf[strcspn(buf, "\n")] = '\0';
	return err ? err : !*buf;
}

/* "6.12.9-amd64 SMP ...": its first word is the release. */
static bool is_built_for(const char *vermagic, const char *release)
{
	size_t len = strlen(release);

	return !strncmp(vermagic, release, len) &&
	       (!vermagic[len] || vermagic[len] == ' ');
}

/* That file, against what is loaded and the kernel that runs. */
void check_module_file(struct findings *f, const char *release)
{
	char path[PATH_MAX], file[PATH_MAX], loaded[64], installed[64];
	char vermagic[256];
	bool is_loaded = !access(format_system_path(path, "/sys/module/kmem"), F_OK);
	int err = read_modinfo("-n", NULL, file, sizeof(file));

	if (err) {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_NOTE, "module",
			    err == PROGRAM_MISSING ?
			    "modinfo is missing: which kmem module is installed for %s cannot be "
			    "told" :
			    "no kmem module is installed for %s", release);
		return;
	}
	if (!read_first_line(format_system_path(path, "/sys/module/kmem/srcversion"),
			     loaded, sizeof(loaded)))
		loaded[0] = '\0';
	/* The kernel's own has none in a distribution's build. */
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
		/* Ours holds a reference on itself while memory is plugged. */
		add_advice(f, *installed && !*loaded ?
			      "rmmod kmem; modprobe kmem: memory in use is taken over" :
			      "reboot; or unplug each device, then rmmod kmem; modprobe kmem");
	} else {
		add_finding(f, FOUND_MODULE_FILE, LEVEL_OK, "module",
			    "%s is the one for this kernel%s", file, *loaded ? ", and loaded" : "");
	}
}
