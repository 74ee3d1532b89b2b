// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of the module kmem that modprobe would load now.
 *
 * Asked of modinfo, not of libkmod: that would be loaded, with all it needs, for
 * daxplug list too. The doctor is run by root, wherever root happens to be. So
 * modinfo is run by absolute paths only, without a shell, from the root directory,
 * and with an environment of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"

/* In the child: becomes modinfo, or ends with 2 if there is none. */
static void become_modinfo(char *const arguments[])
{
	static const char * const dirs[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };
	static char * const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL
	};
	char path[PATH_MAX];
	size_t i;
	int null = open("/dev/null", O_RDWR);

	if (chdir("/") || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		execve(system_path(path, "%s/modinfo", dirs[i]), arguments, environment);
	_exit(2);
}

/*
 * The first line of what modinfo says.
 * Return: 0 if there is one; 2 if there is no modinfo; else another number.
 */
static int module_field(char *option, char *field, char *buf, size_t len)
{
	int fd[2], status = 0;
	size_t have = 0;
	ssize_t n = 1;
	pid_t pid;

	buf[0] = '\0';
	if (pipe2(fd, O_CLOEXEC))
		return 1;
	pid = fork();
	if (!pid) {
		char *arguments[] = { "modinfo", option, field ? field : "kmem",
				      field ? "kmem" : NULL, NULL };

		if (dup2(fd[1], STDOUT_FILENO) < 0)
			_exit(1);
		become_modinfo(arguments);
	}
	close(fd[1]);
	while (pid > 0 && n && have < len - 1) {
		n = read(fd[0], buf + have, len - 1 - have);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	buf[have] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	close(fd[0]);
	if (pid < 0)
		return 1;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return 1;
	}
	if (status)
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return !*buf;
}

/* "6.12.9-amd64 SMP ...": its first word is the release. */
static bool is_for(const char *vermagic, const char *release)
{
	size_t len = strlen(release);

	return !strncmp(vermagic, release, len) &&
	       (!vermagic[len] || vermagic[len] == ' ');
}

/* That file, against what is loaded and the kernel that runs. */
void find_module_file(struct findings *f, const char *release)
{
	char path[PATH_MAX], file[PATH_MAX], loaded[64], installed[64];
	char vermagic[256];
	bool is_loaded = !access(system_path(path, "/sys/module/kmem"), F_OK);
	int err = module_field("-n", NULL, file, sizeof(file));

	if (err) {
		find(f, FOUND_MODULE_FILE, LEVEL_NOTE, "module", err == 2 ?
		     "modinfo is missing: which kmem module is installed for %s cannot be told" :
		     "no kmem module is installed for %s", release);
		return;
	}
	if (!read_line_of(system_path(path, "/sys/module/kmem/srcversion"),
			  loaded, sizeof(loaded)))
		loaded[0] = '\0';
	/* The kernel's own has none in a distribution's build. */
	if (module_field("-F", "srcversion", installed, sizeof(installed)))
		installed[0] = '\0';
	if (!module_field("-F", "vermagic", vermagic, sizeof(vermagic)) &&
	    !is_for(vermagic, release)) {
		find(f, FOUND_MODULE_FILE, LEVEL_BAD, "module", "%s is built for %s, not for %s",
		     file, vermagic, release);
		advise(f, "build it again for this kernel: see doc/install.md");
	} else if (is_loaded && strcmp(loaded, installed) != 0) {
		find(f, FOUND_MODULE_FILE, LEVEL_WARN, "module",
		     "%s is not the kmem that is loaded", file);
		/* Ours holds a reference on itself while memory is plugged. */
		advise(f, *installed && !*loaded ?
			  "rmmod kmem; modprobe kmem: memory in use is taken over" :
			  "reboot; or unplug each device, then rmmod kmem; modprobe kmem");
	} else {
		find(f, FOUND_MODULE_FILE, LEVEL_OK, "module", "%s is the one for this kernel%s",
		     file, *loaded ? ", and loaded" : "");
	}
}
