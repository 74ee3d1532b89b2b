// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds the process that holds a lock. Each line of /proc/locks has the inode of a file
 * and the number of the process that took its lock. That process may have ended, and
 * another process may have its number now. So a process counts only if it has the file
 * open.
 *
 * A child process that inherits the open file also holds the lock. So if exactly one process, apart
 * from the caller, has the file open, that process is the holder. Only root can see the open files
 * of all processes. Another user can find only a holder that runs as the same user.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/*
 * A line is "3: FLOCK  ADVISORY  WRITE 1234 00:19:567 0 EOF". The line of a waiting process has
 * "->" before FLOCK, so it is not parsed.
 */
static bool parse_lock(char *line, int *pid, uint64_t *inode)
{
	char *save = NULL, *field[6];
	const char *number;
	unsigned int id;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return false;
	}
	number = field[4];
	if (strcmp(field[1], "FLOCK") != 0 || !dp_parse_id(&number, &id) || *number ||
	    !id || id > INT_MAX)
		return false;
	*pid = (int)id;
	number = strrchr(field[5], ':');
	return number && dp_parse_u64(number + 1, inode);
}

/* A file, and its path as the links in /proc/PID/fd show it. */
struct file {
	struct statx st;
	char path[PATH_MAX];
};

/* Do not query a file server, because one that is down would block the call. */
static bool stat_without_sync(int dir, const char *name, struct statx *st)
{
	return !statx(dir, name, AT_STATX_DONT_SYNC, STATX_INO, st);
}

static bool read_path(int dir, const char *name, char *buf, size_t len)
{
	ssize_t n = readlinkat(dir, name, buf, len - 1);

	if (n >= 0)
		buf[n] = '\0';
	return n >= 0;
}

static bool identify_file(int fd, struct file *f)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return read_path(AT_FDCWD, link, f->path, sizeof(f->path)) &&
	       stat_without_sync(AT_FDCWD, link, &f->st);
}

/* Compare the paths first, so that files elsewhere are not accessed at all. */
static bool is_file(int dir, const char *name, const struct file *f)
{
	char path[PATH_MAX];
	struct statx st;

	return read_path(dir, name, path, sizeof(path)) && !strcmp(path, f->path) &&
	       stat_without_sync(dir, name, &st) && st.stx_ino == f->st.stx_ino &&
	       st.stx_dev_major == f->st.stx_dev_major && st.stx_dev_minor == f->st.stx_dev_minor;
}

static bool has_file_open(int pid, const struct file *f)
{
	const struct dirent *e;
	bool found = false;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	/*
	 * After an error the process counts as one that does not have the file open. This is also
	 * so for a process of another user, because only root can see its files.
	 */
	while (dir && !found && dp_next_entry(dir, &e) > 0)
		found = is_file(dirfd(dir), e->d_name, f);
	if (dir)
		closedir(dir);
	return found;
}

/*
 * Check the user that runs the process. The owner of its directory in /proc does not show
 * that, because the owner can be root for a process of another user (proc(5), dumpable).
 */
static bool is_run_by_us(int pid)
{
	char path[64], text[TEXT_MAX];
	const char *uid;
	unsigned int id;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (dp_read_text_at(AT_FDCWD, path, text, sizeof(text)))
		return false;
	uid = strstr(text, "\nUid:\t");
	if (!uid)
		return false;
	uid += strlen("\nUid:\t");
	return dp_parse_id(&uid, &id) && id == getuid();
}

/* Replace unprintable characters, because any user may choose the name of a process. */
void dp_process_name(const char *proc, int pid, char *name, size_t len)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d/comm", proc, pid);
	if (dp_read_at(AT_FDCWD, path, name, len))
		name[0] = '\0';
	for (; *name; name++) {
		if (*name < ' ' || *name > '~')
			*name = '?';
	}
}

static bool find_in_locks(const struct file *f, int *pid)
{
	uint64_t inode;
	bool found = false;
	char line[256];
	FILE *locks = fopen("/proc/locks", "re");

	while (locks && !found && fgets(line, sizeof(line), locks))
		found = parse_lock(line, pid, &inode) && inode == f->st.stx_ino &&
			has_file_open(*pid, f);
	if (locks)
		fclose(locks);
	return found;
}

struct openers {
	unsigned int count;	/* without this process */
	int pid;		/* the last one found */
	bool all_ours;
};

/*
 * If the list of processes cannot be read to its end, the holder may be a process that was not
 * listed. So report no process, and do not rule out that the holder is a process of this user.
 */
static void find_openers(const struct file *f, struct openers *o)
{
	const struct dirent *e;
	const char *name;
	unsigned int pid;
	DIR *proc = opendir("/proc");
	int n = -1;

	*o = (struct openers){ .all_ours = true };
	while (proc && (n = dp_next_entry(proc, &e)) > 0) {
		name = e->d_name;
		if (!dp_parse_id(&name, &pid) || *name || (int)pid == getpid() ||
		    !has_file_open((int)pid, f))
			continue;
		o->count++;
		o->pid = (int)pid;
		o->all_ours &= is_run_by_us((int)pid);
	}
	if (n < 0)
		*o = (struct openers){ .all_ours = true };
	if (proc)
		closedir(proc);
}

/* Find the holder of a lock. The pid is 0 if it is unknown. */
void dp_find_holder(int lock, struct dp_holder *h)
{
	struct openers o;
	struct file f;

	*h = (struct dp_holder){ .may_be_ours = true };
	if (!identify_file(lock, &f))
		return;
	if (find_in_locks(&f, &h->pid)) {
		h->may_be_ours = is_run_by_us(h->pid);
	} else {
		find_openers(&f, &o);
		h->pid = o.count == 1 ? o.pid : 0;
		h->may_be_ours = o.all_ours;
	}
	if (h->pid)
		dp_process_name("/proc", h->pid, h->name, sizeof(h->name));
}
