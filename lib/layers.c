// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds the files of the policy. They are in layers of directories, as with systemd's
 * programs. If several layers have a file of the same name, the first layer's file
 * counts. The files decide what daxplug does as root. So a file is read only if nobody except
 * root and the user who runs this program may write it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "internal.h"
#include "policy_internal.h"

#define MAIN_FILE "daxplug.conf"
#define DROP_INS "daxplug.conf.d"

static const char * const layers[] = {
	"/etc/daxplug", "/run/daxplug", "/usr/local/lib/daxplug",
	"/usr/lib/daxplug",
};

/* A value of @layer for a directory that belongs to no layer. Such a directory must exist. */
#define NO_LAYER ((size_t)-1)

/* A file that was found in a layer. It is read unless a file with the same name hides it. */
struct candidate {
	char *path;
	const char *name;	/* last part of @path */
	size_t layer;
};

struct candidates {
	struct candidate *list;
	size_t count;
};

/* Put the directory in $DAXPLUG_ROOT in front of @path, for tests. */
static const char *below_root(const char *path, char *buf, size_t len)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");

	snprintf(buf, len, "%s%s", root ? root : "", path);
	return buf;
}

static void report_error(const struct daxplug_policy *policy, const char *path, const char *text)
{
	const struct daxplug_policy_error e = { .file = path, .text = text };

	dp_policy_report_error(policy, &e);
}

/* Report that a system call failed for @path. */
static void report_errno(struct daxplug_policy *policy, const char *path, int err)
{
	if (err == -ENOMEM)
		dp_policy_report_no_memory(policy, path, 0);
	else
		report_error(policy, path, strerror(-err));
}

struct daxplug_policy_file *dp_policy_add_file(struct daxplug_policy *policy,
					       const char *path,
					       enum daxplug_file_status status)
{
	struct daxplug_policy_file *file = calloc(1, sizeof(*file));

	if (file)
		file->path = strdup(path);
	if (!file || !file->path) {
		free(file);
		dp_policy_report_no_memory(policy, path, 0);
		return NULL;
	}
	file->status = status;
	*policy->last_file = file;
	policy->last_file = &file->next;
	return file;
}

static void report_refused(const struct daxplug_policy *policy, const char *path, const char *why,
			   const char *command)
{
	char text[128], next[PATH_MAX + 128];
	const struct daxplug_policy_error e = {
		.file = path, .text = text, .next = next,
	};

	snprintf(text, sizeof(text), "refused: %s", why);
	snprintf(next, sizeof(next), "check what it contains, then %s %s", command,
		 path);
	dp_policy_report_error(policy, &e);
}

int daxplug_policy_check_owner(const struct daxplug_policy *policy, int fd,
			       const char *path)
{
	const char *who = NULL;
	struct stat st;
	char why[96];

	if (fstat(fd, &st)) {
		int err = -errno;

		report_error(policy, path, strerror(-err));
		return err;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		snprintf(why, sizeof(why), "it belongs to the user %u, not to root",
			 (unsigned int)st.st_uid);
		report_refused(policy, path, why, "chown root:root");
		return -EPERM;
	}
	if (st.st_mode & S_IWOTH)
		who = "everybody";
	else if (st.st_mode & S_IWGRP)
		who = "its group";
	if (!who)
		return 0;
	snprintf(why, sizeof(why), "%s may write it (mode %04o)", who,
		 (unsigned int)(st.st_mode & 07777));
	report_refused(policy, path, why, "chmod go-w");
	return -EPERM;
}

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* Return: a descriptor; -1 if nothing is read, with the reason in *status. */
static int open_file(struct daxplug_policy *policy, const char *path,
		     enum daxplug_file_status *status)
{
	/* Without blocking, because it may be a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	*status = DAXPLUG_FILE_STATUS_REFUSED;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == EIO)) {
		/*
		 * The content of the file is not known, so rules may be missing. Report the policy
		 * as incomplete, as if only a part of the file had been read.
		 */
		dp_policy_report_incomplete(policy, path, 0, -errno);
	} else if (fd < 0 || fstat(fd, &st)) {
		report_errno(policy, path, -errno);
	} else if (is_null_device(&st)) {
		*status = DAXPLUG_FILE_STATUS_MASKED;
	} else if (!S_ISREG(st.st_mode)) {
		report_error(policy, path, "not a regular file");
	} else if (!daxplug_policy_check_owner(policy, fd, path)) {
		*status = st.st_size ? DAXPLUG_FILE_STATUS_READ :
			  DAXPLUG_FILE_STATUS_MASKED;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct daxplug_policy_file *read_file(const char *path,
					     struct daxplug_policy *policy)
{
	enum daxplug_file_status status;
	int fd = open_file(policy, path, &status);
	struct daxplug_policy_file *file = dp_policy_add_file(policy, path, status);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");

	if (status == DAXPLUG_FILE_STATUS_REFUSED)
		policy->errors++;
	if (fd >= 0 && !stream)
		dp_policy_report_no_memory(policy, path, 0);
	if (file && stream)
		dp_config_parse(stream, file, policy);
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	return file;
}

static int is_config(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 &&
	       !strcmp(e->d_name + len - 5, ".conf");
}

static bool add_candidate(struct candidates *c, const char *dir,
			  const char *name, size_t layer)
{
	struct candidate *more = realloc(c->list, (c->count + 1) * sizeof(*more));

	if (!more)
		return false;
	c->list = more;
	if (asprintf(&more[c->count].path, "%s/%s", dir, name) < 0)
		return false;
	more[c->count].name = more[c->count].path + strlen(dir) + 1;
	more[c->count].layer = layer;
	c->count++;
	return true;
}

/*
 * Return: 0; -EPERM if others may write the directory; or another negative errno. Errors are
 * reported, except if a layer does not have the directory (-ENOENT).
 */
static int list_dir(struct daxplug_policy *policy, const char *dir, size_t layer,
		    struct candidates *c)
{
	int i, n, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list;

	if (fd < 0) {
		n = -errno;
		if (n != -ENOENT || layer == NO_LAYER)
			report_errno(policy, dir, n);
		return n;
	}
	n = daxplug_policy_check_owner(policy, fd, dir);
	if (n) {
		close(fd);
		return n;
	}
	n = scandirat(fd, ".", &list, is_config, alphasort);
	if (n < 0)
		n = -errno;
	close(fd);
	for (i = 0; i < n; i++) {
		if (!add_candidate(c, dir, list[i]->d_name, layer))
			dp_policy_report_no_memory(policy, dir, 0);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	else
		report_errno(policy, dir, n);
	return n < 0 ? n : 0;
}

/* Sort files of the same name together, the first layer's file first. */
static int compare_by_name(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->layer > y->layer) - (x->layer < y->layer);
}

static void read_candidates(struct candidates *c, struct daxplug_policy *policy)
{
	const struct daxplug_policy_file *above = NULL;
	size_t i;

	if (c->count)
		qsort(c->list, c->count, sizeof(*c->list), compare_by_name);
	for (i = 0; i < c->count; i++) {
		if (i && !strcmp(c->list[i - 1].name, c->list[i].name)) {
			struct daxplug_policy_file *file = dp_policy_add_file(
				policy, c->list[i].path, DAXPLUG_FILE_STATUS_HIDDEN);

			if (file)
				file->by = above;
		} else {
			above = read_file(c->list[i].path, policy);
		}
	}
	for (i = 0; i < c->count; i++)
		free(c->list[i].path);
	free(c->list);
}

/*
 * The directory of the layer is checked, too, because a user who may write it can replace
 * the files in it.
 */
static int find_in_layer(struct daxplug_policy *policy, size_t layer,
			 struct candidates *main_files, struct candidates *drop_ins)
{
	char dir[PATH_MAX];
	int fd, err, drop_ins_err = 0;

	below_root(layers[layer], dir, sizeof(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		if (err != -ENOENT)
			report_errno(policy, dir, err);
		return err;
	}
	err = daxplug_policy_check_owner(policy, fd, dir);
	if (!err) {
		char path[PATH_MAX + sizeof(DROP_INS)];
		struct stat st;

		snprintf(path, sizeof(path), "%s/" MAIN_FILE, dir);
		if (!lstat(path, &st)) {
			if (!add_candidate(main_files, dir, MAIN_FILE, layer))
				dp_policy_report_no_memory(policy, dir, 0);
		} else if (errno != ENOENT) {
			err = -errno;
			report_errno(policy, path, err);
		}
		snprintf(path, sizeof(path), "%s/" DROP_INS, dir);
		drop_ins_err = list_dir(policy, path, layer, drop_ins);
	}
	close(fd);
	return err ? err : drop_ins_err;
}

/*
 * Record the error of a layer or directory. A directory that others may write (-EPERM) counts as
 * one error, and the rest of the policy is used. After any other error it is not known which rules
 * are missing, so the caller must not use the rest. @all keeps the first of these errors.
 */
static void add_error(struct daxplug_policy *policy, int err, int *all)
{
	if (err == -EPERM)
		policy->errors++;
	else if (!*all)
		*all = err;
}

/*
 * Read the drop-ins first, because the first rule that matches decides.
 * Return: 0, or the first error of a layer except -ENOENT and -EPERM.
 */
static int read_layers(struct daxplug_policy *policy)
{
	struct candidates main_files = { .count = 0 }, drop_ins = { .count = 0 };
	size_t i;
	int all = 0;

	for (i = 0; i < ARRAY_SIZE(layers); i++) {
		int err = find_in_layer(policy, i, &main_files, &drop_ins);

		if (err != -ENOENT)
			add_error(policy, err, &all);
	}
	read_candidates(&drop_ins, policy);
	read_candidates(&main_files, policy);
	return all;
}

/*
 * If a part of a file could not be read, a rule is missing. A later rule could then match the
 * devices of the missing rule, so no rule is kept. This counts as an error of the policy, except if
 * memory ran out.
 */
static int finish_reading(struct daxplug_policy *policy, int err)
{
	int incomplete;

	if (!policy->incomplete)
		dp_config_finish(policy);
	/* dp_config_finish() may run out of memory, too. */
	incomplete = policy->incomplete;
	if (incomplete) {
		dp_policy_clear(policy);
		policy->errors = incomplete != -ENOMEM;
		return incomplete;
	}
	return err;
}

int daxplug_policy_read(struct daxplug_policy *policy)
{
	dp_policy_clear(policy);
	return finish_reading(policy, read_layers(policy));
}

int daxplug_policy_read_dir(struct daxplug_policy *policy, const char *dir)
{
	struct candidates c = { .count = 0 };
	int err = 0;

	dp_policy_clear(policy);
	add_error(policy, list_dir(policy, dir, NO_LAYER, &c), &err);
	read_candidates(&c, policy);
	return finish_reading(policy, err);
}

int daxplug_policy_read_file(struct daxplug_policy *policy, const char *path)
{
	dp_policy_clear(policy);
	read_file(path, policy);
	return finish_reading(policy, 0);
}
