// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug plug --persist: writes a rule, so that the device is also plugged after the next boot.
 * The rule has the UUID or serial number of the device, because its name may be another device's
 * after a boot. The policy, the choice of the key and the access to the directory are checked
 * before the device is changed. If the write of the file then fails, for example because the disk
 * is full, the device stays changed, and the command reports that the file could not be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "policy.h"
#include "system.h"

struct plan {
	const char *device;
	char *file;		/* its name, or NULL if the policy already has such a rule */
	char *text;
};

struct persist {
	struct daxplug_policy *policy;
	struct plan *plan;
	unsigned int count;
	bool dry_run;
	bool quiet;
};

static bool have_same_uuid(const struct daxplug_device *a,
			   const struct daxplug_device *b)
{
	const char *x = daxplug_device_get_uuid(a);
	const char *y = daxplug_device_get_uuid(b);

	return x && y && !strcasecmp(x, y);
}

static bool have_same_card(const struct daxplug_device *a,
			   const struct daxplug_device *b)
{
	uint64_t serial;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(a); i++) {
		if (!daxplug_device_get_memdev(a, i, NULL, &serial) &&
		    has_serial_number(b, serial))
			return true;
	}
	return false;
}

/* Find another device that the same rule would match, or return NULL. */
static const char *find_other_match(struct daxplug_ctx *ctx, const struct daxplug_device *dev,
				    bool (*same)(const struct daxplug_device *a,
						 const struct daxplug_device *b))
{
	struct daxplug_device *other;

	daxplug_device_foreach(ctx, other) {
		if (strcmp(daxplug_device_get_name(other),
			   daxplug_device_get_name(dev)) && same(dev, other))
			return daxplug_device_get_name(other);
	}
	return NULL;
}

/* Is it a UUID? Only such a string may become part of the file and its name. */
static bool is_uuid(const char *uuid)
{
	return uuid && strlen(uuid) == 36 &&
	       strspn(uuid, "0123456789abcdefABCDEF-") == 36 &&
	       strspn(uuid, "0-") != 36;
}

/*
 * List the serial numbers of the device's cards: "0x1, 0x2". If a card has no unique serial
 * number, return false and set @why.
 */
static bool list_serials(const struct daxplug_policy *policy,
			 const struct daxplug_device *dev, char *list,
			 size_t len, char *why, size_t why_len)
{
	size_t at = 0;
	uint64_t serial;
	unsigned int i;

	*list = '\0';
	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (daxplug_device_get_memdev(dev, i, NULL, &serial)) {
			snprintf(why, why_len, "a card's serial number is not known");
			return false;
		}
		if (!is_serial_usable(policy, serial, why, why_len))
			return false;
		at += (size_t)snprintf(list + at, at < len ? len - at : 0,
				       "%s0x%" PRIx64, at ? ", " : "", serial);
	}
	if (!at)
		snprintf(why, why_len, "it has neither a UUID nor a serial number");
	return at && at < len;
}

/* Choose the key ("uuid" or "serial") and its value (@id) for the rule. */
static bool choose_key(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
		       const struct daxplug_device *dev, const char **key,
		       char *id, size_t len, char *why, size_t why_len)
{
	const char *uuid = daxplug_device_get_uuid(dev), *other = NULL;

	if (is_uuid(uuid)) {
		other = find_other_match(ctx, dev, have_same_uuid);
		*key = "uuid";
		snprintf(id, len, "%s", uuid);
		if (!other)
			return true;
	}
	if (!list_serials(policy, dev, id, len, why, why_len)) {
		if (other)
			snprintf(why, why_len, "%s has the same UUID", other);
		return false;
	}
	*key = "serial";
	other = find_other_match(ctx, dev, have_same_card);
	if (other)
		snprintf(why, why_len, "%s is on the same card", other);
	return !other;
}

static const char *get_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Does @rule take precedence over a file with this name? */
static bool is_before_file(const struct daxplug_rule *rule, const char *name)
{
	const char *its = get_base_name(get_rule_path(rule));

	return strcmp(its, "daxplug.conf") != 0 && strcmp(its, name) < 0;
}

/* A rule with a device name may match another device after the next boot. */
static bool has_numbered_name(const struct daxplug_rule *rule)
{
	const char *word;
	unsigned int i;

	for (i = 0; (word = daxplug_rule_get_word(rule, "device", i)); i++) {
		if (has_number_in_name(word))
			return true;
	}
	for (i = 0; (word = daxplug_rule_get_word(rule, "region", i)); i++) {
		if (has_number_in_name(word))
			return true;
	}
	return false;
}

static bool is_sufficient(const struct daxplug_rule *rule, const struct options *o,
			  enum daxplug_state want)
{
	enum daxplug_state state;
	enum daxplug_memmap memmap;
	unsigned int ms;

	return !daxplug_rule_is_broken(rule) && !has_numbered_name(rule) &&
	       !daxplug_rule_get_state(rule, &state) && state == want &&
	       (o->memmap == DAXPLUG_MEMMAP_DEFAULT ||
		(!daxplug_rule_get_memmap(rule, &memmap) && memmap == o->memmap)) &&
	       (!o->has_timeout || (!daxplug_rule_get_timeout(rule, &ms) &&
				    ms == o->timeout_ms));
}

static bool fill_plan(struct plan *plan, const char *key, const char *id,
		      const struct options *o, enum daxplug_state want)
{
	char limit[64] = "", memmap[64] = "";

	if (o->has_timeout && o->timeout_ms)
		snprintf(limit, sizeof(limit), "timeout = %ums\n", o->timeout_ms);
	else if (o->has_timeout)
		snprintf(limit, sizeof(limit), "timeout = none\n");
	if (o->memmap != DAXPLUG_MEMMAP_DEFAULT)
		snprintf(memmap, sizeof(memmap), "memmap_on_memory = %s\n",
			 daxplug_memmap_name(o->memmap));
	return asprintf(&plan->text,
			"# By \"daxplug %s --persist\" for the device that was %s then.\n"
			"[%s %s]\n%s = %s\nstate = %s\n%s%s",
			o->command, plan->device, key, id, key, id,
			daxplug_state_name(want), limit, memmap) >= 0;
}

/* Return: an exit code; after an error a message has been printed. */
static int plan_device(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
		       const struct daxplug_device *dev, const struct options *o,
		       enum daxplug_state want, struct plan *plan)
{
	const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, dev);
	char id[512], why[300];
	const char *key;

	plan->device = daxplug_device_get_name(dev);
	if (rule && is_sufficient(rule, o, want))
		return EXIT_DONE;
	if (!choose_key(ctx, policy, dev, &key, id, sizeof(id), why, sizeof(why))) {
		fprintf(stderr,
			"daxplug: %s: no rule can be written for it: %s; nothing was changed\n"
			"daxplug: %s: next: write one by range or size, daxplug.conf(5)\n",
			plan->device, why, plan->device);
		return EXIT_REFUSED;
	}
	if (asprintf(&plan->file, "10-persist-%s-%.*s.conf", key,
		     (int)strcspn(id, ","), id) < 0 ||
	    !fill_plan(plan, key, id, o, want)) {
		fprintf(stderr, "daxplug: out of memory; nothing was changed\n");
		return EXIT_TROUBLE;
	}
	if (!rule || !is_before_file(rule, plan->file))
		return EXIT_DONE;
	fprintf(stderr,
		"daxplug: %s: its rule is [%s] in %s:%u, which comes before one of --persist; "
		"nothing was changed\n"
		"daxplug: %s: next: change that rule, then daxplug apply\n",
		plan->device, daxplug_rule_get_name(rule), get_rule_path(rule),
		daxplug_rule_get_line(rule), plan->device);
	return EXIT_REFUSED;
}

/*
 * Set the mode explicitly, because of the umask. A failure is found when the directory is opened.
 */
static void make_directory(const char *dir)
{
	char path[PATH_MAX];

	format_system_path(path, "%s", dir);
	if (!mkdir(path, 0755) && chmod(path, 0755))
		rmdir(path);
}

/*
 * Open the directory. With @make, create it first. Return: a file descriptor, or -1 after an
 * error message.
 */
static int open_directory(const struct daxplug_policy *policy, bool make)
{
	char path[PATH_MAX];
	int fd;

	if (make) {
		make_directory("/etc/daxplug");
		make_directory(CONFIG_DIR);
	}
	format_system_path(path, CONFIG_DIR);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fprintf(stderr, "daxplug: %s: %s; nothing was changed\n", path,
			strerror(errno));
	else if (faccessat(fd, ".", W_OK, AT_EACCESS))
		fprintf(stderr, "daxplug: %s: %s; nothing was changed\n", path,
			strerror(errno));
	else if (!daxplug_policy_check_owner(policy, fd, path))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int plan_all(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
		    const struct options *o, const struct selection *s,
		    enum daxplug_state want, struct persist *p)
{
	int code = EXIT_DONE;

	for (p->count = 0; p->count < s->nr; p->count++) {
		code = more_severe_exit_code(code, plan_device(ctx, policy, s->dev[p->count], o,
							       want, &p->plan[p->count]));
	}
	return code;
}

static int prepare_plans(struct daxplug_ctx *ctx, const struct options *o,
			 const struct selection *s, enum daxplug_state want,
			 struct persist *p)
{
	int code, fd = o->dry_run ? -1 : open_directory(p->policy, true);

	if (fd < 0 && !o->dry_run)
		return EXIT_NOT_SUPPORTED;
	if (fd >= 0)
		close(fd);
	code = policy_read(p->policy, NULL);
	if (code == EXIT_TROUBLE) {
		fprintf(stderr, "daxplug: the policy cannot be read; nothing was changed\n");
		return code;
	}
	if (code || daxplug_policy_get_errors(p->policy)) {
		fprintf(stderr,
			"daxplug: the policy has errors, repair them first; nothing was changed\n");
		return EXIT_USAGE;
	}
	code = policy_read_cards(p->policy, ctx);
	return code ? code : plan_all(ctx, p->policy, o, s, want, p);
}

/* Call after daxplug_scan(). Return: an exit code. If it is not 0, do not change any device. */
int persist_begin(struct daxplug_ctx *ctx, const struct options *o,
		  const struct selection *s, enum daxplug_state want,
		  struct persist **out)
{
	struct persist *p = calloc(1, sizeof(*p));
	int code;

	if (p)
		p->plan = calloc(s->nr + 1UL, sizeof(*p->plan));
	if (!p || !p->plan) {
		fprintf(stderr, "daxplug: out of memory\n");
		persist_free(p);
		return EXIT_TROUBLE;
	}
	p->policy = policy_new();
	if (!p->policy) {
		persist_free(p);
		return EXIT_TROUBLE;
	}
	p->dry_run = o->dry_run;
	p->quiet = o->quiet;
	code = prepare_plans(ctx, o, s, want, p);
	if (code) {
		persist_free(p);
		return code;
	}
	*out = p;
	return EXIT_DONE;
}

void persist_free(struct persist *p)
{
	if (!p)
		return;
	while (p->plan && p->count) {
		p->count--;
		free(p->plan[p->count].file);
		free(p->plan[p->count].text);
	}
	daxplug_policy_free(p->policy);
	free(p->plan);
	free(p);
}

/*
 * Write a temporary file and rename it, so that a reader never sees an incomplete file. Return: 0
 * or a negative errno.
 */
static int write_file(int dir, const char *name, const char *text)
{
	size_t len = strlen(text);
	char temp[NAME_MAX + 1];
	int fd, err = 0;

	snprintf(temp, sizeof(temp), ".%.200s.%d", name, (int)getpid());
	unlinkat(dir, temp, 0);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	/* Set the mode explicitly, because of the umask. */
	if (fchmod(fd, 0644))
		err = -errno;
	if (!err) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			err = -errno;
		else if ((size_t)n != len)
			err = -ENOSPC;
	}
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir, temp, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, temp, 0);
	else
		fsync(dir);
	return err;
}

static int write_plan(const struct daxplug_policy *policy, const struct plan *plan)
{
	int err, dir = open_directory(policy, false);

	if (dir < 0)
		return EXIT_NOT_SUPPORTED;
	err = write_file(dir, plan->file, plan->text);
	close(dir);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "daxplug: %s: changed, but %s/%s could not be written: %s\n",
		plan->device, CONFIG_DIR, plan->file, strerror(-err));
	return EXIT_NOT_SUPPORTED;
}

static void json_add_plan(struct json_object *root, const struct plan *plan,
			  const char *outcome)
{
	struct json_object *array, *o = json_object_new_object();
	char path[PATH_MAX];

	if (!json_object_object_get_ex(root, "persisted", &array))
		array = json_array(root, "persisted");
	snprintf(path, sizeof(path), CONFIG_DIR "/%.200s",
		 plan->file ? plan->file : "");
	json_string(o, "name", plan->device);
	json_string(o, "outcome", outcome);
	json_string(o, "file", plan->file ? path : NULL);
	json_object_array_add(array, o);
}

/*
 * Write the rule of device @i of the selection, after the device has been changed. After a dry run,
 * write no file, but report which file would be written.
 */
int persist_device(const struct persist *p, unsigned int i,
		   struct json_object *root)
{
	const struct plan *plan = &p->plan[i];
	const char *outcome = "nothing";
	int code = EXIT_DONE;

	if (plan->file && p->dry_run) {
		outcome = "dry_run";
	} else if (plan->file) {
		code = write_plan(p->policy, plan);
		outcome = code ? "failed" : "done";
	}
	if (root)
		json_add_plan(root, plan, outcome);
	else if (!p->quiet && !plan->file)
		printf("%s: the policy already has such a rule\n", plan->device);
	else if (!p->quiet && !code)
		printf("%s: %s " CONFIG_DIR "/%s\n", plan->device,
		       p->dry_run ? "would be persisted by" : "persisted by",
		       plan->file);
	return code;
}
