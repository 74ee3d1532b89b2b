// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug doctor: which driver and backend is at work, what is wrong with a
 * device, what to do next. It changes nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"

struct finding {
	enum level level;
	char *about;
	char *text;
	char *next;
};

struct findings {
	struct finding *list;
	size_t count;
	bool failed;		/* memory was short: the list is not whole */
};

static const char * const levels[] = {
	[LEVEL_OK] = "ok",
	[LEVEL_NOTE] = "note",
	[LEVEL_WARN] = "warning",
	[LEVEL_BAD] = "problem",
};

/* The next one in /proc; NULL after the last, when @dir is closed. */
const char *next_process(DIR *dir)
{
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (isdigit((unsigned char)e->d_name[0]))
			return e->d_name;
	}
	if (dir)
		closedir(dir);
	return NULL;
}

/*
 * Files and processes are named by anybody: what a terminal would obey, or JSON
 * may not have, is not told.
 */
static void make_plain(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

void find(struct findings *f, enum level level, const char *about,
	  const char *format, ...)
{
	struct finding *more, *new;
	va_list args;

	more = realloc(f->list, (f->count + 1) * sizeof(*more));
	if (!more) {
		f->failed = true;
		return;
	}
	f->list = more;
	new = &f->list[f->count];
	*new = (struct finding){ .level = level, .about = strdup(about) };
	va_start(args, format);
	if (vasprintf(&new->text, format, args) < 0)
		new->text = NULL;
	va_end(args);
	if (new->about && new->text) {
		make_plain(new->text);
		f->count++;
		return;
	}
	free(new->about);
	free(new->text);
	f->failed = true;
}

/* What to do about the last finding. */
void advise(struct findings *f, const char *format, ...)
{
	va_list args;

	if (!f->count || f->list[f->count - 1].next)
		return;
	va_start(args, format);
	if (vasprintf(&f->list[f->count - 1].next, format, args) < 0)
		f->list[f->count - 1].next = NULL;
	va_end(args);
}

/* A file of the system, or of the directory that tests have for one. */
const char *system_path(char *buf, const char *format, ...)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");
	int n = snprintf(buf, PATH_MAX, "%s", root ? root : "");
	va_list args;

	if (n < 0 || n >= PATH_MAX)
		n = 0;
	va_start(args, format);
	vsnprintf(buf + n, PATH_MAX - (size_t)n, format, args);
	va_end(args);
	return buf;
}

bool read_line_of(const char *path, char *buf, size_t len)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(buf, (int)len, file);

	if (file)
		fclose(file);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

/* That is where it is, whether or not the user looks there. */
#define MODINFO "PATH=$PATH:/usr/sbin:/sbin; command -v modinfo >/dev/null || exit 2; modinfo "

/*
 * A field of the module's file that modprobe would load now. Asked of modinfo,
 * not of libkmod: that would be loaded, with all it needs, for daxplug list too.
 * Return: 0 if there is one; 2 if there is no modinfo; else another number.
 */
static int module_field(const char *command, char *buf, size_t len)
{
	FILE *out = popen(command, "re");
	int status;

	buf[0] = '\0';
	if (!out)
		return 2;
	if (fgets(buf, (int)len, out))
		buf[strcspn(buf, "\n")] = '\0';
	status = pclose(out);
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
static void find_module_file(struct findings *f, const char *release)
{
	char path[PATH_MAX], file[PATH_MAX], loaded[64], installed[64];
	char vermagic[256];
	bool is_loaded = !access(system_path(path, "/sys/module/kmem"), F_OK);
	int err = module_field(MODINFO "-n kmem 2>/dev/null", file, sizeof(file));

	if (err) {
		find(f, LEVEL_NOTE, "module", err == 2 ?
		     "modinfo is missing: which kmem module is installed for %s cannot be told" :
		     "no kmem module is installed for %s", release);
		return;
	}
	if (!read_line_of(system_path(path, "/sys/module/kmem/srcversion"),
			  loaded, sizeof(loaded)))
		loaded[0] = '\0';
	/* The kernel's own has none in a distribution's build. */
	if (module_field(MODINFO "-F srcversion kmem 2>/dev/null", installed,
			 sizeof(installed)))
		installed[0] = '\0';
	if (!module_field(MODINFO "-F vermagic kmem 2>/dev/null", vermagic,
			  sizeof(vermagic)) &&
	    !is_for(vermagic, release)) {
		find(f, LEVEL_BAD, "module", "%s is built for %s, not for %s",
		     file, vermagic, release);
		advise(f, "build it again for this kernel: see doc/install.md");
	} else if (is_loaded && strcmp(loaded, installed) != 0) {
		find(f, LEVEL_WARN, "module",
		     "%s is not the kmem that is loaded", file);
		/* Ours holds a reference on itself while memory is plugged. */
		advise(f, *installed && !*loaded ?
			  "rmmod kmem; modprobe kmem: memory in use is taken over" :
			  "reboot; or unplug each device, then rmmod kmem; modprobe kmem");
	} else {
		find(f, LEVEL_OK, "module", "%s is the one for this kernel%s",
		     file, *loaded ? ", and loaded" : "");
	}
}

/* One device is enough to tell which driver it is. */
static bool any_has(struct daxplug_ctx *ctx, enum daxplug_backend backend)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_backend(dev) == backend)
			return true;
	}
	return false;
}

/* A part of the module that an operator has switched off. */
static void find_switched_off(struct findings *f)
{
	static const char * const parameters[] = {
		"check_space_before_plug", "dry_run_before_unplug",
		"ask_other_notifiers", "steer_pages_away", "end_unplug_on_oom",
		"end_stalled_offline", "retire_poisoned_pages",
	};
	char path[PATH_MAX], word[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		system_path(path, "/sys/module/kmem/parameters/%s", parameters[i]);
		if (!read_line_of(path, word, sizeof(word)) || strcmp(word, "N") != 0)
			continue;
		find(f, LEVEL_NOTE, "driver", "the module parameter %s is off",
		     parameters[i]);
		advise(f, "to switch it on: echo Y >%s", path);
	}
}

static void find_driver(struct findings *f, struct daxplug_ctx *ctx)
{
	char path[PATH_MAX], version[64] = "";

	read_line_of(system_path(path, "/sys/module/kmem/version"), version,
		     sizeof(version));
	if (access(system_path(path, "/sys/module/kmem"), F_OK)) {
		find(f, LEVEL_BAD, "driver", "the driver kmem is not loaded");
		advise(f, "modprobe kmem");
	} else if (!access(system_path(path, "/sys/module/kmem/parameters/policy"),
			   F_OK)) {
		find(f, LEVEL_OK, "driver",
		     "daxplug's own kmem%s%s: whole devices, truthful and guarded",
		     *version ? ", version " : "", version);
		if (*version && strcmp(version, daxplug_version()) != 0)
			find(f, LEVEL_NOTE, "driver",
			     "this daxplug is version %s", daxplug_version());
		find_switched_off(f);
	} else if (any_has(ctx, DAXPLUG_BACKEND_NATIVE)) {
		find(f, LEVEL_NOTE, "driver",
		     "the kernel's own kmem, with whole devices: it does not notice blocks "
		     "that refuse or that others switch, so daxplug looks at each");
		advise(f, "daxplug's kmem module does: package daxplug-dkms, or doc/install.md");
	} else if (!any_has(ctx, DAXPLUG_BACKEND_BLOCKS)) {
		find(f, LEVEL_NOTE, "driver",
		     "the kernel's own kmem; with no device bound to it it cannot be told "
		     "whether it knows whole devices");
	} else {
		find(f, LEVEL_WARN, "driver",
		     "the kernel's own kmem, which knows single blocks only: others can "
		     "disturb a plug or unplug, and an unbind at the wrong moment strands "
		     "memory until a reboot");
		advise(f, "install daxplug's kmem module: package daxplug-dkms, or doc/install.md");
	}
}

static void find_kernel(struct findings *f, struct daxplug_ctx *ctx)
{
	struct utsname name;

	if (uname(&name))
		return;
	find(f, LEVEL_OK, "kernel", "%s", name.release);
	if (geteuid() != 0) {
		find(f, LEVEL_NOTE, "doctor", "not run as root: much cannot be seen");
		advise(f, "run it as root");
	}
	find_driver(f, ctx);
	find_module_file(f, name.release);
}

static void find_none(struct findings *f)
{
	find(f, LEVEL_NOTE, "devices", "there are no DAX devices");
	advise(f, "a CXL card needs a region (cxl list -R) and Linux 6.3 or later, "
		  "persistent memory a namespace of mode devdax (ndctl list)");
}

/* Memory, but no driver that could take it out again. */
static void advise_left_behind(struct findings *f)
{
	advise(f, "memory was left behind without a driver: load daxplug's kmem "
		  "module (rmmod kmem; modprobe kmem), which takes it over, or reboot");
}

/*
 * The zone that an inconsistent device was most likely last plugged into. No file
 * of the driver says it. Blocks in two zones can only have been left to the kernel,
 * unless somebody else switched some.
 */
static const char *likely_zone(const struct daxplug_blocks *b)
{
	if (!b->kernel)
		return "movable";
	return b->movable ? "auto" : "kernel";
}

static void advise_repair(struct findings *f, const char *name,
			  const struct daxplug_blocks *b)
{
	advise(f, "repair it: daxplug plug %s --zone=%s, or with another zone if that one is "
		  "refused, which changes nothing; what is online stays in use, so neither unbind "
		  "it nor reboot, and see doc/troubleshoot.md; or take it out: daxplug unplug %s",
	       name, likely_zone(b), name);
}

static void find_inconsistent(struct findings *f,
			      const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_blocks b = { .total = 0 };

	if (daxplug_device_get_blocks(dev, &b))
		find(f, LEVEL_BAD, name, "inconsistent");
	else
		find(f, LEVEL_BAD, name,
		     "inconsistent: of %u blocks %u are movable, %u kernel, %u offline, %u absent",
		     b.total, b.movable, b.kernel, b.offline, b.absent);
	if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NONE)
		advise_left_behind(f);
	else if (daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_BLOCKS && b.absent)
		advise(f, "the kernel's own driver would crash in letting go of what is "
			  "missing: leave it bound, and do not unload kmem, until a reboot");
	else
		advise_repair(f, name, &b);
}

/* Without a driver, while another device over the same addresses has one. */
static bool find_overlap(struct findings *f, const struct daxplug_device *dev)
{
	struct daxplug_device *other;

	if (daxplug_device_get_driver(dev) ||
	    daxplug_device_get_overlap(dev, &other))
		return false;
	find(f, LEVEL_WARN, daxplug_device_get_name(dev),
	     "its addresses are those of %s, which is bound to kmem: it cannot be bound as well",
	     daxplug_device_get_name(other));
	advise(f, "use %s for this memory", daxplug_device_get_name(other));
	daxplug_device_unref(other);
	return true;
}

/* What "daxplug plug" would be refused for. It is not advised then. */
static bool find_plug_refused(struct findings *f,
			      const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_preflight *p;
	unsigned int worst;
	bool refused;

	if (daxplug_device_preflight(dev, DAXPLUG_STATE_ONLINE_MOVABLE, NULL, true,
				     &p))
		return false;
	refused = daxplug_preflight_get_worst(p, &worst);
	if (refused)
		find(f, LEVEL_WARN, name, "a plug %s be refused: %s",
		     daxplug_preflight_get_level(p, worst) == DAXPLUG_LEVEL_FAILS ?
		     "would" : "may", daxplug_preflight_get_text(p, worst));
	if (refused && !strcmp(daxplug_preflight_get_word(p, worst), "no-kmem"))
		advise(f, "modprobe kmem");
	daxplug_preflight_free(p);
	return refused;
}

/* Return: is there something to be mended: inconsistent, or left behind? */
static bool find_state(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	enum daxplug_backend backend = daxplug_device_get_backend(dev);
	const char *driver = daxplug_device_get_driver(dev);
	enum daxplug_state state;
	int err = daxplug_device_get_state(dev, &state);

	if (err == -EOPNOTSUPP && driver && strcmp(driver, "kmem") != 0) {
		find(f, LEVEL_NOTE, name, "held by the driver %s: not system RAM",
		     driver);
		advise(f, "to make it so, if nobody uses it: daxctl reconfigure-device -m "
			  "system-ram %s",
		       name);
	} else if (err) {
		find(f, LEVEL_BAD, name, "its state cannot be read: %s",
		     err == -EOPNOTSUPP ? "this kernel has no memory blocks" :
					  strerror(-err));
		if (err == -EACCES)
			advise(f, "run it as root");
	} else if (state == DAXPLUG_STATE_INCONSISTENT) {
		find_inconsistent(f, dev);
		return true;
	} else if (state != DAXPLUG_STATE_UNPLUGGED &&
		   backend == DAXPLUG_BACKEND_NONE) {
		find(f, LEVEL_BAD, name, "%s, but no driver has it",
		     daxplug_state_name(state));
		advise_left_behind(f);
		return true;
	} else {
		find(f, LEVEL_OK, name, "%s, backend %s",
		     daxplug_state_name(state), daxplug_backend_name(backend));
		if ((state == DAXPLUG_STATE_UNPLUGGED ||
		     state == DAXPLUG_STATE_OFFLINE) &&
		    !find_plug_refused(f, dev))
			advise(f, "daxplug plug %s makes it system RAM", name);
	}
	return false;
}

static void print_finding(const struct finding *i)
{
	printf("%-8s %s: %s\n", levels[i->level], i->about, i->text);
	if (i->next)
		printf("%-8s   next: %s\n", "", i->next);
}

static int print_findings(const struct findings *f, const struct options *o)
{
	struct json_object *root, *array;
	size_t i;

	if (!o->json) {
		for (i = 0; i < f->count; i++)
			print_finding(&f->list[i]);
		return finish_output();
	}
	root = json_new(o->command);
	array = json_array(root, "findings");
	for (i = 0; i < f->count; i++) {
		struct json_object *object;

		object = json_object_new_object();
		json_string(object, "level", levels[f->list[i].level]);
		json_string(object, "about", f->list[i].about);
		json_string(object, "text", f->list[i].text);
		json_string(object, "next", f->list[i].next);
		json_object_array_add(array, object);
	}
	return json_print(root, false);
}

static void free_findings(struct findings *f)
{
	while (f->count) {
		f->count--;
		free(f->list[f->count].about);
		free(f->list[f->count].text);
		free(f->list[f->count].next);
	}
	free(f->list);
}

int run_doctor(struct daxplug_ctx *ctx, const struct options *o)
{
	struct findings f = { .list = NULL };
	struct selection s;
	unsigned int i;
	bool online = false;
	int code;

	select_devices(ctx, o, &s);
	code = s.code;
	find_kernel(&f, ctx);
	find_meddlers(&f);
	/* A scan that failed has found none either. */
	if ((code == EXIT_DONE || code == EXIT_NO_DEVICE) &&
	    !daxplug_device_get_first(ctx))
		find_none(&f);
	for (i = 0; i < s.nr; i++) {
		/* Its blocks are that device's, which is looked at on its own. */
		if (find_overlap(&f, s.dev[i]))
			continue;
		if (find_state(&f, s.dev[i]))
			code = worse(code, EXIT_INCONSISTENT);
		online |= find_holders(&f, s.dev[i]);
	}
	if (online)
		find_pinning(&f);
	if (f.failed) {
		fprintf(stderr, "daxplug: out of memory: findings are missing\n");
		code = worse(code, EXIT_TROUBLE);
	}
	code = worse(code, print_findings(&f, o));
	free_findings(&f);
	selection_free(&s);
	return code;
}
