// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds the processes that have the file of a device, /dev/daxN.M, open or mapped.
 *
 * The file may have any name, or several, so it is recognized by its device number.
 * Each thread of a process is checked. A thread can have file descriptors of its own,
 * and if the first thread of a process has ended, only the other threads show the
 * descriptors. A descriptor that is in transit over a socket, or registered with
 * io_uring, cannot be found.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

struct search {
	const char *proc;
	char path[ATTR_MAX];	/* the usual path of the file */
	uint64_t major, minor;
	int unseen;		/* 0, or the errno for a process that could not be read */
};

/* Parse a device number such as "252:0". */
static int read_number(const struct daxplug_device *dev, struct search *s)
{
	char text[ATTR_MAX], *colon;
	int err = dp_read_at(dev->dir, "dev", text, sizeof(text));

	if (err)
		return err == -ENOENT && !dp_device_exists(dev) ? -ENODEV : err;
	colon = strchr(text, ':');
	if (!colon)
		return -EPROTO;
	*colon = '\0';
	return dp_parse_u64(text, &s->major) && dp_parse_u64(colon + 1, &s->minor) ?
	       0 : -EPROTO;
}

/* Ignore a process that has ended meanwhile, because it uses nothing. */
static void note_unreadable(struct search *s, int err)
{
	if (err != ENOENT && err != ESRCH)
		s->unseen = -err;
}

/* Do not query a file server, because one that is down would block the call. */
static bool is_device(const struct search *s, int dir, const char *name, int *err)
{
	struct statx st;

	*err = statx(dir, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) ?
	       errno : 0;
	return !*err && S_ISCHR(st.stx_mode) && st.stx_rdev_major == s->major &&
	       st.stx_rdev_minor == s->minor;
}

static bool has_open(struct search *s, const char *task)
{
	const struct dirent *e;
	char path[PATH_MAX];
	bool found = false;
	DIR *dir = NULL;
	int err, n = 0;

	if (!dp_join_path(path, sizeof(path), task, "fd"))
		dir = opendir(path);
	if (!dir) {
		note_unreadable(s, errno);
		return false;
	}
	while (!found && (n = dp_next_entry(dir, &e)) > 0) {
		if (e->d_name[0] == '.')
			continue;
		found = is_device(s, dirfd(dir), e->d_name, &err);
		if (err)
			note_unreadable(s, err);
	}
	if (n < 0)
		note_unreadable(s, -n);
	closedir(dir);
	return found;
}

/*
 * Parse a line of maps: "7f0000000000-7f0000200000 rw-s 00000000 00:06 310
 * /dev/dax0.0". The kernel maps such a device only as shared. The link in map_files leads
 * to the mapped file. Without permission to read that link, only the name is compared.
 */
static bool is_mapping_of(struct search *s, const char *task, const char *line)
{
	char name[ATTR_MAX], path[PATH_MAX], *end;
	uint64_t first, last;
	const char *file;
	bool is;
	int err;

	first = strtoull(line, &end, 16);
	if (*end != '-')
		return false;
	last = strtoull(end + 1, &end, 16);
	/* The flags are followed by numbers, and then by the name. */
	if (*end != ' ' || strlen(end) < sizeof(" rw-s") || end[4] != 's')
		return false;
	file = strchr(end, '/');
	if (!file)
		return false;
	snprintf(name, sizeof(name), "../../map_files/%" PRIx64 "-%" PRIx64, first, last);
	if (dp_join_path(path, sizeof(path), task, name))
		return false;
	is = is_device(s, AT_FDCWD, path, &err);
	return err ? !strcmp(file, s->path) : is;
}

static bool has_mapped(struct search *s, const char *task)
{
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	FILE *maps = NULL;
	size_t size = 0;

	if (!dp_join_path(path, sizeof(path), task, "maps"))
		maps = fopen(path, "re");
	if (!maps) {
		note_unreadable(s, errno);
		return false;
	}
	while (!found && getline(&line, &size, maps) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		found = is_mapping_of(s, task, line);
	}
	/* getline(3) also returns -1 if it cannot allocate memory. */
	if (!found && !feof(maps))
		note_unreadable(s, errno);
	free(line);
	fclose(maps);
	return found;
}

/* Return: true if the process uses the device. */
static bool process_uses_device(struct search *s, const char *pid, struct daxplug_user *user)
{
	char path[PATH_MAX], task[PATH_MAX], name[ATTR_MAX];
	const struct dirent *e;
	bool found = false;
	DIR *dir = NULL;
	int n = 0;

	snprintf(name, sizeof(name), "%s/task", pid);
	if (!dp_join_path(path, sizeof(path), s->proc, name))
		dir = opendir(path);
	if (!dir) {
		note_unreadable(s, errno);
		return false;
	}
	while (!user->mapped && (n = dp_next_entry(dir, &e)) > 0) {
		if (e->d_name[0] == '.')
			continue;
		if (dp_join_path(task, sizeof(task), path, e->d_name))
			continue;
		/* A mapping remains when the file has been closed. */
		user->mapped = has_mapped(s, task);
		found |= user->mapped || has_open(s, task);
	}
	if (n < 0)
		note_unreadable(s, -n);
	closedir(dir);
	return found;
}

static int each_process(struct search *s, daxplug_user_fn fn, void *data)
{
	DIR *dir = opendir(s->proc);
	const struct dirent *e;
	char name[32];
	int n = 0, err;

	if (!dir)
		return -errno;
	while ((err = dp_next_entry(dir, &e)) > 0) {
		struct daxplug_user user = { .name = name };
		const char *at = e->d_name;
		unsigned int pid;

		if (!dp_parse_id(&at, &pid) || *at || !process_uses_device(s, e->d_name, &user))
			continue;
		n++;
		user.pid = (int)pid;
		dp_process_name(s->proc, user.pid, name, sizeof(name));
		if (fn)
			fn(&user, data);
	}
	closedir(dir);
	/*
	 * If the rest of the directory cannot be read, other processes may use the device. If one
	 * process was found already, the device is in use in any case, so return the number.
	 */
	if (err)
		s->unseen = err;
	return n ? n : s->unseen;
}

int daxplug_device_each_user(const struct daxplug_device *dev, daxplug_user_fn fn,
			     void *data)
{
	const char *proc = secure_getenv("DAXPLUG_PROC");
	struct search s = { .proc = proc && *proc ? proc : "/proc" };
	int err = read_number(dev, &s);

	if (err)
		return err;
	snprintf(s.path, sizeof(s.path), "/dev/%s", dev->name);
	return each_process(&s, fn, data);
}
