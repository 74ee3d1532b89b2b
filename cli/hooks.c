// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the hooks of a change and runs them in order. If several directories have a hook of the
 * same name, the one in the first directory is used, as with files of the policy.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooks.h"
#include "system.h"

static const char *const directories[] = {
	"/etc/daxplug/hooks.d", "/run/daxplug/hooks.d", "/usr/local/lib/daxplug/hooks.d",
	"/usr/lib/daxplug/hooks.d",
};

#define ENV_MAX 16
#define ENV_LEN 160

/* The environment of a hook. */
struct environment {
	char text[ENV_MAX][ENV_LEN];
	char *list[ENV_MAX + 1];
	size_t nr;
};

static const char *get_base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool has_name(const struct hooks *h, const char *name)
{
	for (size_t i = 0; i < h->nr; i++) {
		if (!strcmp(get_base_name(h->path[i]), name))
			return true;
	}
	return false;
}

/* Skip hidden files, and backup files of editors and dpkg. */
static bool is_hook_name(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && name[len - 1] != '~' && !strstr(name, ".dpkg-");
}

/* Refuse a file that others than root and the user of this process can write. */
static int check_owner(struct hooks *h, const char *path, const struct stat *st)
{
	if ((st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & 022))
		return 0;
	snprintf(h->refusal, sizeof(h->refusal), "%.200s can be written by others than root",
		 path);
	return -EPERM;
}

static int add_hook(struct hooks *h, const char *dir, const char *name)
{
	char (*path)[PATH_MAX];
	struct stat st;
	int err;

	path = reallocarray(h->path, h->nr + 1, sizeof(*path));
	if (!path)
		return -ENOMEM;
	h->path = path;
	if (snprintf(path[h->nr], PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (stat(path[h->nr], &st))
		return errno == ENOENT ? 0 : -errno;
	/* A link to /dev/null or a file that is not executable hides hooks of the same name. */
	err = S_ISREG(st.st_mode) ? check_owner(h, path[h->nr], &st) : 0;
	if (!err)
		h->nr++;
	return err;
}

static int add_directory(struct hooks *h, const char *dir)
{
	const struct dirent *e;
	struct stat st;
	int err;
	DIR *d = opendir(dir);

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	err = fstat(dirfd(d), &st) ? -errno : check_owner(h, dir, &st);
	while (!err) {
		err = read_next_entry(d, &e);
		if (err <= 0)
			break;
		err = is_hook_name(e->d_name) && !has_name(h, e->d_name) ?
		      add_hook(h, dir, e->d_name) : 0;
	}
	closedir(d);
	return err;
}

static int compare_by_name(const void *a, const void *b)
{
	return strcmp(get_base_name(a), get_base_name(b));
}

static bool is_executable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static void find_hooks(struct hooks *h)
{
	char dir[PATH_MAX];
	size_t i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(directories) && !h->err; i++)
		h->err = add_directory(h, format_system_path(dir, "%s", directories[i]));
	if (h->err && !h->refusal[0])
		snprintf(h->refusal, sizeof(h->refusal), "%.150s: %s", dir, strerror(-h->err));
	for (i = 0; i < h->nr; i++) {
		if (is_executable(h->path[i]))
			memmove(h->path[nr++], h->path[i], sizeof(*h->path));
	}
	h->nr = nr;
	if (nr)
		qsort(h->path, nr, sizeof(*h->path), compare_by_name);
}

__attribute__((format(printf, 2, 3)))
static void add_variable(struct environment *env, const char *format, ...)
{
	va_list args;

	if (env->nr == ENV_MAX)
		return;
	va_start(args, format);
	vsnprintf(env->text[env->nr], ENV_LEN, format, args);
	va_end(args);
	env->list[env->nr] = env->text[env->nr];
	env->list[++env->nr] = NULL;
}

static void add_change_variables(struct environment *env, const struct hooks *h,
				 const struct daxplug_device *dev)
{
	const char *uuid = daxplug_device_get_uuid(dev);
	uint64_t bytes;

	add_variable(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	add_variable(env, "LC_ALL=C.UTF-8");
	add_variable(env, "DAXPLUG_DEVICE=%s", daxplug_device_get_name(dev));
	add_variable(env, "DAXPLUG_NODE=%d", daxplug_device_get_target_node(dev));
	add_variable(env, "DAXPLUG_ORIGIN=%s", daxplug_origin_name(daxplug_device_get_origin(dev)));
	if (uuid)
		add_variable(env, "DAXPLUG_UUID=%s", uuid);
	if (!daxplug_device_get_usable(dev, &bytes))
		add_variable(env, "DAXPLUG_BYTES=%" PRIu64, bytes);
	add_variable(env, "DAXPLUG_ACTION=%s",
		     h->want == DAXPLUG_STATE_UNPLUGGED ? "unplug" : "plug");
	add_variable(env, "DAXPLUG_FROM=%s", daxplug_state_name(h->before));
	add_variable(env, "DAXPLUG_TO=%s", daxplug_state_name(h->want));
}

/* Set the reason of the refusal. It begins with the name of the hook. */
static void set_refusal(struct hooks *h, const char *path, enum hook_end end,
			const char *first_line)
{
	switch (end) {
	case HOOK_TIMED_OUT:
		snprintf(h->refusal, sizeof(h->refusal), "%s did not end within %u s",
			 get_base_name(path), h->seconds);
		break;
	case HOOK_STOPPED:
		snprintf(h->refusal, sizeof(h->refusal), "%s was interrupted", get_base_name(path));
		break;
	default:
		snprintf(h->refusal, sizeof(h->refusal), "%s: %s", get_base_name(path),
			 *first_line ? first_line : "it refused without a reason");
	}
}

/* Run the hooks in order until one refuses. Return: the number that accepted. */
static size_t run_until_refused(struct hooks *h, const char *phase, struct environment *env)
{
	char first_line[200];
	size_t i;

	for (i = 0; i < h->nr; i++) {
		enum hook_end end = hook_run(h->path[i], phase, env->list, h->seconds, true,
					     first_line, sizeof(first_line));

		if (end != HOOK_ACCEPTED) {
			set_refusal(h, h->path[i], end, first_line);
			break;
		}
	}
	return i;
}

/*
 * Run the first @nr hooks in reverse order, so that each undoes its work before those that ran
 * earlier.
 */
static void run_in_reverse_order(const struct hooks *h, size_t nr, const char *phase,
				 struct environment *env)
{
	char first_line[200];

	while (nr-- > 0) {
		if (hook_run(h->path[nr], phase, env->list, h->seconds, false, first_line,
			     sizeof(first_line)) != HOOK_ACCEPTED)
			fprintf(stderr, "daxplug: hook %s %s failed%s%s\n", h->path[nr], phase,
				*first_line ? ": " : "", first_line);
	}
}

/* Runs in a thread of the library: see daxplug_change_set_consent(). */
static int on_consent(const struct daxplug_device *dev, enum daxplug_state before,
		      enum daxplug_state want, void *data)
{
	struct environment env = { .nr = 0 };
	struct hooks *h = data;
	size_t nr_accepted;

	h->before = before;
	h->want = want;
	if (h->err)
		return h->err;
	h->refusal[0] = '\0';
	add_change_variables(&env, h, dev);
	nr_accepted = run_until_refused(h, "check", &env);
	if (nr_accepted < h->nr)
		run_in_reverse_order(h, nr_accepted, "undo-check", &env);
	else if (run_until_refused(h, "pre", &env) == h->nr)
		return 0;
	return stop_requested() ? -EINTR : -ECANCELED;
}

/* Runs after the change, whatever its outcome is. */
static void on_end(const struct daxplug_device *dev, enum daxplug_outcome outcome, int err,
		   void *data)
{
	struct environment env = { .nr = 0 };
	struct hooks *h = data;
	enum daxplug_state now;

	if (h->err)
		return;
	add_change_variables(&env, h, dev);
	add_variable(&env, "DAXPLUG_OUTCOME=%s",
		     outcome == DAXPLUG_OUTCOME_INCONSISTENT ? "inconsistent"
		     : !err				     ? "done"
		     : h->refusal[0]			     ? "refused"
							     : "undone");
	add_variable(&env, "DAXPLUG_ERRNO=%d", -err);
	if (!daxplug_device_get_state(dev, &now))
		add_variable(&env, "DAXPLUG_STATE=%s", daxplug_state_name(now));
	run_in_reverse_order(h, h->nr, "post", &env);
}

/* Read the time limit of each hook, which the administrator can set. */
static void read_limit(struct hooks *h)
{
	const char *text = secure_getenv("DAXPLUG_HOOK_SECONDS");
	uint64_t seconds = HOOK_SECONDS;

	if (text && (!parse_number(text, &seconds) || !seconds || seconds > HOOK_SECONDS_MAX)) {
		h->err = -EINVAL;
		snprintf(h->refusal, sizeof(h->refusal),
			 "DAXPLUG_HOOK_SECONDS is not a number from 1 to %d", HOOK_SECONDS_MAX);
	}
	h->seconds = (unsigned int)seconds;
}

void hooks_attach(struct hooks *h, struct daxplug_change *c)
{
	*h = (struct hooks){ 0 };
	find_hooks(h);
	if (h->nr)
		read_limit(h);
	if (h->nr || h->err)
		daxplug_change_set_consent(c, on_consent, on_end, h);
}

void hooks_detach(struct hooks *h, struct daxplug_change *c)
{
	daxplug_change_set_consent(c, NULL, NULL, NULL);
	free(h->path);
	h->path = NULL;
	h->nr = 0;
}
