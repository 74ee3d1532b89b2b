// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which files the policy has: those of three layers, as systemd's own programs
 * have it. Of files of one name that of the first layer counts. Whoever may write a
 * file decides what root's daxplug does, so only root's are read.
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

#include "policy.h"

#define MAIN_FILE "daxplug.conf"
#define DROP_INS "daxplug.conf.d"

static const char * const layers[] = {
	"/etc/daxplug", "/run/daxplug", "/usr/local/lib/daxplug",
	"/usr/lib/daxplug",
};

/* Of a directory that is named and must be there. */
#define NO_LAYER ((size_t)-1)

/* A file that may be there. */
struct candidate {
	char *path;
	const char *name;	/* its end */
	size_t layer;
};

struct candidates {
	struct candidate *list;
	size_t count;
};

/* Where @path is; for tests, below another directory. */
const char *policy_path(const char *path, char *buf, size_t len)
{
	const char *root = secure_getenv("DAXPLUG_ROOT");

	snprintf(buf, len, "%s%s", root ? root : "", path);
	return buf;
}

struct policy_file *policy_add_file(struct policy *policy, const char *path,
				    enum file_status status)
{
	struct policy_file *file = calloc(1, sizeof(*file));

	if (file)
		file->path = strdup(path);
	if (!file || !file->path) {
		fprintf(stderr, "daxplug: out of memory\n");
		free(file);
		policy->errors++;
		return NULL;
	}
	file->status = status;
	if (!policy->last_file)
		policy->last_file = &policy->files;
	if (!policy->tail)
		policy->tail = &policy->rules;
	*policy->last_file = file;
	policy->last_file = &file->next;
	return file;
}

/* Is it root's (or the caller's own), and does nobody else write it? Else says so. */
bool policy_is_protected(int fd, const char *path)
{
	const char *what = NULL;
	struct stat st;

	if (fstat(fd, &st)) {
		fprintf(stderr, "daxplug: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid())
		fprintf(stderr,
			"daxplug: %s: refused: it belongs to the user %u, not to root\n"
			"daxplug: %s: next: look at what it says, then chown root:root %s\n",
			path, (unsigned int)st.st_uid, path, path);
	else if (st.st_mode & S_IWOTH)
		what = "everybody";
	else if (st.st_mode & S_IWGRP)
		what = "its group";
	else
		return true;
	if (what)
		fprintf(stderr,
			"daxplug: %s: refused: %s may write it (mode %04o)\n"
			"daxplug: %s: next: look at what it says, then chmod go-w %s\n",
			path, what, (unsigned int)(st.st_mode & 07777), path, path);
	return false;
}

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* Return: a descriptor, or -1, and *status says of what it is. */
static int open_file(const char *path, enum file_status *status)
{
	/* Not blocking: it may be a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	*status = FILE_REFUSED;
	if (fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "daxplug: %s: %s\n", path, strerror(errno));
	} else if (is_null_device(&st)) {
		*status = FILE_MASKED;
	} else if (!S_ISREG(st.st_mode)) {
		fprintf(stderr, "daxplug: %s: not a regular file\n", path);
	} else if (policy_is_protected(fd, path)) {
		*status = st.st_size ? FILE_READ : FILE_MASKED;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct policy_file *read_file(const char *path, struct policy *policy)
{
	enum file_status status;
	int fd = open_file(path, &status);
	struct policy_file *file = policy_add_file(policy, path, status);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");

	if (status == FILE_REFUSED)
		policy->errors++;
	if (file && stream)
		config_parse(stream, file, policy);
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

static void add_candidate(struct candidates *c, const char *dir,
			  const char *name, size_t layer)
{
	struct candidate *more = realloc(c->list, (c->count + 1) * sizeof(*more));

	if (!more)
		return;
	c->list = more;
	if (asprintf(&more[c->count].path, "%s/%s", dir, name) < 0)
		return;
	more[c->count].name = more[c->count].path + strlen(dir) + 1;
	more[c->count].layer = layer;
	c->count++;
}

/* Return: 0; -EPERM if others may write it; or what open(2) said. It has been said. */
static int list_dir(const char *dir, size_t layer, struct candidates *c)
{
	int i, n, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list;

	if (fd < 0) {
		n = -errno;
		if (n != -ENOENT || layer == NO_LAYER)
			fprintf(stderr, "daxplug: %s: %s\n", dir, strerror(-n));
		return n;
	}
	if (!policy_is_protected(fd, dir)) {
		close(fd);
		return -EPERM;
	}
	n = scandirat(fd, ".", &list, is_config, alphasort);
	if (n < 0)
		n = -errno;
	close(fd);
	for (i = 0; i < n; i++) {
		add_candidate(c, dir, list[i]->d_name, layer);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n < 0 ? n : 0;
}

/* Files of one name stand together, that of the first layer before the others. */
static int by_name(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->layer > y->layer) - (x->layer < y->layer);
}

static void read_candidates(struct candidates *c, struct policy *policy)
{
	const struct policy_file *above = NULL;
	size_t i;

	if (c->count)
		qsort(c->list, c->count, sizeof(*c->list), by_name);
	for (i = 0; i < c->count; i++) {
		if (i && !strcmp(c->list[i - 1].name, c->list[i].name)) {
			struct policy_file *file = policy_add_file(
				policy, c->list[i].path, FILE_HIDDEN);

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

/* Its own directory counts, too: whoever may write it can exchange what is in it. */
static int find_in_layer(size_t layer, struct candidates *main_files,
			 struct candidates *drop_ins)
{
	char dir[PATH_MAX];
	int fd, err = -EPERM;

	policy_path(layers[layer], dir, sizeof(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		if (err != -ENOENT)
			fprintf(stderr, "daxplug: %s: %s\n", dir, strerror(-err));
		return err;
	}
	if (policy_is_protected(fd, dir)) {
		char path[PATH_MAX + sizeof(DROP_INS)];
		struct stat st;

		snprintf(path, sizeof(path), "%s/" MAIN_FILE, dir);
		if (!lstat(path, &st))
			add_candidate(main_files, dir, MAIN_FILE, layer);
		snprintf(path, sizeof(path), "%s/" DROP_INS, dir);
		err = list_dir(path, layer, drop_ins);
	}
	close(fd);
	return err;
}

/*
 * The drop-ins come first, since the first rule that matches decides.
 * Return: 0, or the last error of a layer, which has been said.
 */
static int read_layers(struct policy *policy)
{
	struct candidates main_files = { .count = 0 }, drop_ins = { .count = 0 };
	size_t i;
	int all = 0;

	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		int err = find_in_layer(i, &main_files, &drop_ins);

		if (err && err != -ENOENT)
			all = err;
	}
	read_candidates(&drop_ins, policy);
	read_candidates(&main_files, policy);
	return all;
}

/*
 * @dir: all files of one directory, which must be there; NULL: those of the layers.
 * Return: 0, or the negative errno of a directory. All errors have been said.
 */
int policy_read(const char *dir, struct policy *policy)
{
	struct candidates c = { .count = 0 };
	int err = 0;

	*policy = (struct policy){ .rules = NULL };
	policy->tail = &policy->rules;
	policy->last_file = &policy->files;
	if (dir)
		err = list_dir(dir, NO_LAYER, &c);
	else
		err = read_layers(policy);
	read_candidates(&c, policy);
	config_finish(policy);
	if (err == -EPERM) {
		policy->errors++;
		err = 0;
	}
	return err;
}

static void rule_free(struct rule *rule)
{
	words_free(&rule->device);
	words_free(&rule->region);
	words_free(&rule->uuid);
	words_free(&rule->origin);
	free(rule->range.span);
	free(rule->size.span);
	free(rule->serial.span);
	free(rule->node.span);
	free(rule->name);
	free(rule);
}

void policy_free(struct policy *policy)
{
	struct policy_file *file;
	struct rule *rule;

	while ((rule = policy->rules)) {
		policy->rules = rule->next;
		rule_free(rule);
	}
	while ((file = policy->files)) {
		policy->files = file->next;
		free(file->path);
		free(file);
	}
	cards_free(&policy->cards);
}
