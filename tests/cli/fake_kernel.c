// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays the kernel for tests with a made-up sysfs. This file is preloaded or linked in, and
 * replaces write() and some other functions of the C library. A regular file would accept every
 * string. Therefore write() changes the made-up sysfs as a kernel would, or fails.
 *
 * The functions run in the library's writing process, which shares memory with a program that may
 * have threads. Therefore they allocate no memory and take no lock, except for new_id. These
 * variables of the environment control them:
 *
 *	FAKE_ERRNO	a write to a device's state fails with this errno
 *	FAKE_STATE	the content of that file after the write ("-": remove the file;
 *			"gone": remove the device, too)
 *	FAKE_LOG	a write to a device's state adds this line to the kernel log
 *	FAKE_KMSG	the file that is read and written in place of the kernel log
 *	FAKE_STALL	a write to a device's state counts a stall in its plug/stats
 *	FAKE_WAIT	a write to a device's state waits for a signal first; "late": afterwards
 *	FAKE_WAIT_BLOCK	a write to this block's state waits for a signal first
 *	FAKE_WAIT_WORD	FAKE_WAIT_BLOCK applies only to a write of this state string
 *	FAKE_WAIT_BIND	a bind to kmem waits for a signal first; "late": afterwards
 *	FAKE_ONCE	FAKE_BIND and FAKE_WAIT_BIND act only if this file exists, and remove it
 *	FAKE_WAIT_DEVDAX	an unbind from device_dax waits for a signal first
 *	FAKE_WAIT_RENAME	a rename of a file to this name waits for a signal first
 *	FAKE_SIGNAL	SIGUSR1 is sent to the program when this block is brought online
 *	FAKE_READY	a FIFO; a line is written to it before each wait for a signal
 *	FAKE_STRAND	another program brings this block online before an unbind from kmem
 *			removes the offline blocks, or before a write to a device's state
 *	FAKE_BIND	"device_dax:16,kmem:12": the errno for a bind to this driver
 *	FAKE_OPENS	"FROM TO": a process opens the device's file when device_dax is
 *			unbound; TO in /proc becomes a link to FROM
 *	FAKE_FAIL	"33:offline:16,34:online:13": the errno for a string written to a block
 *	FAKE_REFUSE	"online:16,offline:22": the errno for a string written to a device's state
 *	FAKE_REFUSE_OF	"dax0.0:16": the errno for any string written to this device's state
 *	FAKE_LIST_AT_BIND	the module's list of initial states gets this text during a bind
 *	FAKE_LIST_LOCK	a write to that list, or to plug/policy, fails with EPERM unless a process
 *			holds the lock of this file
 *	FAKE_NATIVE	a write to a device's state switches its blocks, as the driver of
 *			Linux 7.3 does, except those for which FAKE_FAIL has an errno
 *	FAKE_FASTER	another program brings this block online, outside ZONE_MOVABLE,
 *			before the library can bring it online
 *
 * A block takes the requested state. If it already has that state, the write fails with EINVAL.
 * The file fake_blocks lists a device's blocks. A bind creates them offline, and an unbind removes
 * those that are offline. If daxplug's module is loaded, a bind creates the file `state` instead,
 * with "unplugged", or with "offline" if plug/policy contains that. If the device is offline or in
 * another online state, a write of an online state fails with EBUSY, because the device must be
 * unplugged first.
 *
 * A device with a file fake_no_type has the type of device_dax, so only new_id binds it to kmem. A
 * device without this file has the type of kmem, so only new_id binds it to device_dax. As in the
 * kernel, a write to new_id can also bind other devices that have no driver.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char root[4096];

static ssize_t really_write(int fd, const char *text, size_t len)
{
	return syscall(SYS_write, fd, text, len);
}

static void log_line(const char *text)
{
	const char *kmsg = getenv("FAKE_KMSG");
	int fd = kmsg ? open(kmsg, O_WRONLY | O_APPEND) : -1;
	char line[16384];
	int n = snprintf(line, sizeof(line), "6,1,2,-;%s\n", text);

	if (fd >= 0 && really_write(fd, line, (size_t)n) != n)
		unlink(kmsg);
	if (fd >= 0)
		close(fd);
}

static int is_kmsg(int fd)
{
	const char *kmsg = getenv("FAKE_KMSG");
	struct stat a, b;

	return kmsg && !fstat(fd, &a) && !stat(kmsg, &b) && S_ISREG(b.st_mode) &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* Return one line of the log as one record, or EINVAL if the buffer is too small for it. */
ssize_t read(int fd, void *buf, size_t nbytes)
{
	char line[16384];
	const char *end;
	ssize_t n;
	off_t at;

	if (!is_kmsg(fd))
		return syscall(SYS_read, fd, buf, nbytes);
	at = lseek(fd, 0, SEEK_CUR);
	n = pread(fd, line, sizeof(line), at);
	end = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;
	if (end)
		n = end - line + 1;
	if (n <= 0)
		return n;
	lseek(fd, at + n, SEEK_SET);
	if ((size_t)n > nbytes) {
		errno = EINVAL;
		return -1;
	}
	memcpy(buf, line, (size_t)n);
	return n;
}

/* Read the beginning of a file as text. */
static void get(const char *path, char *text, size_t len)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, len - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void wait_for_signal(void)
{
	const char *ready = getenv("FAKE_READY");
	int fd = ready ? open(ready, O_WRONLY) : -1;

	if (fd >= 0 && really_write(fd, "\n", 1) == 1)
		close(fd);
	pause();
}

int renameat(int oldfd, const char *old, int newfd, const char *new)
{
	const char *waits = getenv("FAKE_WAIT_RENAME");

	if (waits && !strcmp(waits, new))
		wait_for_signal();
	return (int)syscall(SYS_renameat2, oldfd, old, newfd, new, 0);
}

/* Replace the file by a rename. A reader sees the old or the new content, as in sysfs. */
static void put(const char *path, const char *text)
{
	char new[8192], line[64];
	int fd, n = snprintf(line, sizeof(line), "%s\n", text);

	snprintf(new, sizeof(new), "%s.%d", path, (int)getpid());
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return;
	if (really_write(fd, line, (size_t)n) == n)
		rename(new, path);
	close(fd);
}

static const char *block_path(char *buf, unsigned int block, const char *file)
{
	snprintf(buf, 8192, "%s/devices/system/memory/memory%u%s", root, block,
		 file);
	return buf;
}

static int is_offline(unsigned int block)
{
	char path[8192], word[32];

	get(block_path(path, block, "/state"), word, sizeof(word));
	return !strncmp(word, "offline", 7);
}

static void add_block(unsigned int block)
{
	char path[8192];

	mkdir(block_path(path, block, ""), 0755);
	put(block_path(path, block, "/state"), "offline");
	put(block_path(path, block, "/valid_zones"), "Movable Normal");
}

static void remove_block(unsigned int block)
{
	char path[8192];

	if (!is_offline(block))
		return;
	unlink(block_path(path, block, "/state"));
	unlink(block_path(path, block, "/valid_zones"));
	rmdir(block_path(path, block, ""));
}

/* Play another program that brings the block of FAKE_STRAND online first. */
static void strand(void)
{
	const char *number = getenv("FAKE_STRAND");
	unsigned int block = number ? (unsigned int)strtoul(number, NULL, 10) : 0;
	char path[8192];

	if (!number)
		return;
	put(block_path(path, block, "/state"), "online");
	put(block_path(path, block, "/valid_zones"), "Movable");
}

static const char *in_device(char *buf, const char *device, const char *file)
{
	snprintf(buf, 8192, "%s/bus/dax/devices/%.64s/%s", root, device, file);
	return buf;
}

static int is_ours(void)
{
	char path[8192];

	snprintf(path, sizeof(path), "%s/module/kmem/parameters/policy", root);
	return !access(path, F_OK);
}

/* Bind a device to device_dax or unbind it. This driver adds and removes no memory blocks. */
static void set_devdax(const char *device, int bound)
{
	char path[8192], from[4096];
	const char *opens = getenv("FAKE_OPENS");
	const char *to = opens ? strchr(opens, ' ') : NULL;

	in_device(path, device, "driver");
	if (bound && symlink("../../../bus/dax/drivers/device_dax", path))
		return;
	if (bound)
		return;
	unlink(path);
	if (!to)
		return;
	snprintf(from, sizeof(from), "%.*s", (int)(to - opens), opens);
	if (symlink(from, to + 1))
		return;
}

static void set_bound(const char *device, int bound)
{
	static char blocks[1 << 16];
	char path[8192], link[8192];
	const char *line = blocks;
	char *end;

	in_device(link, device, "driver");
	if (bound && symlink("../../../bus/dax/drivers/kmem", link))
		return;
	if (!bound) {
		unlink(link);
		strand();
	}
	if (bound && is_ours()) {
		char start[16];

		mkdir(in_device(path, device, "plug"), 0755);
		get(in_device(path, device, "plug/policy"), start, sizeof(start));
		put(in_device(path, device, "state"),
		    strncmp(start, "offline", 7) ? "unplugged" : "offline");
		/* Play another program that changes the list of initial states meanwhile. */
		if (getenv("FAKE_LIST_AT_BIND")) {
			snprintf(path, sizeof(path), "%s/module/kmem/parameters/policy", root);
			put(path, getenv("FAKE_LIST_AT_BIND"));
		}
		/* A bind sets the guard to its default again. */
		if (!access(in_device(path, device, "plug/guard"), F_OK))
			put(path, "transition");
		return;
	}
	if (bound && getenv("FAKE_NATIVE"))
		put(in_device(path, device, "state"), "offline");
	get(in_device(path, device, "fake_blocks"), blocks, sizeof(blocks));
	for (;; line = end) {
		unsigned int block = (unsigned int)strtoul(line, &end, 10);

		if (end == line)
			break;
		if (bound)
			add_block(block);
		else
			remove_block(block);
	}
}

/* The errno that FAKE_FAIL has for a block and a state string, or 0. */
static int failure(unsigned int block, const char *word)
{
	const char *all = getenv("FAKE_FAIL");
	char begin[64];
	const char *at;

	if (!all)
		return 0;
	snprintf(begin, sizeof(begin), "%u:%.40s:", block, word);
	at = strstr(all, begin);
	return at ? (int)strtol(at + strlen(begin), NULL, 10) : 0;
}

static void be_faster(unsigned int block, const char *word)
{
	const char *faster = getenv("FAKE_FASTER");
	char path[8192];

	if (!faster || strtoul(faster, NULL, 10) != block ||
	    !strcmp(word, "offline"))
		return;
	put(block_path(path, block, "/state"), "online");
	put(block_path(path, block, "/valid_zones"), "Normal");
}

static ssize_t switch_block(unsigned int block, const char *word, size_t len)
{
	const char *waits = getenv("FAKE_WAIT_BLOCK");
	const char *signals = getenv("FAKE_SIGNAL");
	const char *waits_for = getenv("FAKE_WAIT_WORD");
	char path[8192];
	int err = failure(block, word);

	be_faster(block, word);
	if (!err && is_offline(block) == !strcmp(word, "offline"))
		err = EINVAL;
	if (waits && strtoul(waits, NULL, 10) == block &&
	    (!waits_for || !strcmp(waits_for, word)))
		wait_for_signal();
	if (signals && strtoul(signals, NULL, 10) == block && !strncmp(word, "online", 6))
		kill(getppid(), SIGUSR1);
	if (err) {
		errno = err;
		return -1;
	}
	put(block_path(path, block, "/state"),
	    strncmp(word, "online", 6) ? "offline" : "online");
	put(block_path(path, block, "/valid_zones"),
	    !strcmp(word, "online_movable") ? "Movable" :
	    !strcmp(word, "offline") ? "Movable Normal" : "Normal");
	return (ssize_t)len;
}

/* Rename the directory of the file @state, so that the device disappears in one step. */
static void remove_device(const char *state)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s", state);
	*strrchr(dir, '/') = '\0';
	rename(dir, block_path((char[8192]){ 0 }, 0, "-gone"));
}

/* Count a stall in plug/stats of the device whose file `state` is @state. */
static void count_stall(const char *state)
{
	char stats[8192];

	snprintf(stats, sizeof(stats), "%.*s/plug/stats",
		 (int)(strrchr(state, '/') - state), state);
	put(stats, "plugs 1\nstalls 1");
}

/*
 * The table of doc/abi bars a write of an online state if the device is offline or in another
 * online state.
 */
static int is_barred(const char *path, const char *word)
{
	char now[32];

	get(path, now, sizeof(now));
	now[strcspn(now, "\n")] = '\0';
	return !strncmp(word, "online", 6) && strcmp(now, word) != 0 &&
	       (!strcmp(now, "offline") || !strncmp(now, "online", 6));
}

/* The errno that FAKE_REFUSE has for a state string, or 0. */
static int refusal(const char *word)
{
	const char *at = getenv("FAKE_REFUSE");
	size_t len = strlen(word);

	while (at && (strncmp(at, word, len) != 0 || at[len] != ':')) {
		at = strchr(at, ',');
		at += at ? 1 : 0;
	}
	return at ? (int)strtol(at + len + 1, NULL, 10) : 0;
}

/* The errno that FAKE_REFUSE_OF has for the device of this file "state", or 0. */
static int refusal_of(const char *path)
{
	const char *refuse = getenv("FAKE_REFUSE_OF"), *err;
	char name[64];

	err = refuse ? strchr(refuse, ':') : NULL;
	if (!err)
		return 0;
	snprintf(name, sizeof(name), "/%.*s/state", (int)(err - refuse), refuse);
	return strstr(path, name) ? (int)strtol(err + 1, NULL, 10) : 0;
}

/* Switch the device's blocks as the driver of Linux 7.3 does. */
static void switch_all(const char *state, const char *word)
{
	static char blocks[1 << 16];
	char path[8192], *end;
	const char *line = blocks;

	snprintf(path, sizeof(path), "%.*s/fake_blocks",
		 (int)(strrchr(state, '/') - state), state);
	get(path, blocks, sizeof(blocks));
	for (;; line = end) {
		unsigned int block = (unsigned int)strtoul(line, &end, 10);

		if (end == line)
			break;
		if (!strcmp(word, "unplugged")) {
			put(block_path(path, block, "/state"), "offline");
			remove_block(block);
			continue;
		}
		add_block(block);
		if (failure(block, word))
			continue;
		put(block_path(path, block, "/state"), "online");
		put(block_path(path, block, "/valid_zones"),
		    strcmp(word, "online_movable") ? "Normal" : "Movable");
	}
}

static ssize_t change_state(int fd, const char *path, const char *word,
			    size_t len)
{
	const char *err = getenv("FAKE_ERRNO"), *state = getenv("FAKE_STATE");
	const char *wait = getenv("FAKE_WAIT");
	int late = wait && !strcmp(wait, "late");

	strand();
	if (getenv("FAKE_LOG"))
		log_line(getenv("FAKE_LOG"));
	if (getenv("FAKE_STALL"))
		count_stall(path);
	if (wait && !late)
		wait_for_signal();
	errno = !err && !state && is_barred(path, word) ? EBUSY : refusal(word);
	errno = errno ? errno : refusal_of(path);
	if (errno)
		return -1;
	if (getenv("FAKE_NATIVE"))
		switch_all(path, word);
	if (state && !strcmp(state, "-"))
		unlink(path);
	else if (state && !strcmp(state, "gone"))
		remove_device(path);
	else if (ftruncate(fd, 0) ||
		 really_write(fd, state ? state : word,
			      strlen(state ? state : word)) < 0 ||
		 really_write(fd, "\n", 1) < 0)
		return -1;
	if (late)
		wait_for_signal();
	errno = err ? (int)strtol(err, NULL, 10) : 0;
	return err ? -1 : (ssize_t)len;
}

/* Without FAKE_ONCE a bind fails or waits each time. */
static int is_due(void)
{
	const char *once = getenv("FAKE_ONCE");

	return !once || !unlink(once);
}

/* The errno that FAKE_BIND has for a driver, or 0. */
static int bind_failure(const char *driver)
{
	const char *all = getenv("FAKE_BIND");
	const char *at = all ? strstr(all, driver) : NULL;

	return at && is_due() ? (int)strtol(at + strlen(driver) + 1, NULL, 10) : 0;
}

/* A device whose type matches kmem can be bound to device_dax only by new_id. */
static int write_devdax(const char *file, const char *device)
{
	char path[8192];

	if (!strcmp(file, "/unbind")) {
		if (getenv("FAKE_WAIT_DEVDAX"))
			wait_for_signal();
		set_devdax(device, 0);
		return 0;
	}
	errno = bind_failure("device_dax");
	if (!errno && !strcmp(file, "/bind") &&
	    access(in_device(path, device, "fake_no_type"), F_OK))
		errno = ENODEV;
	if (errno)
		return -1;
	if (!strcmp(file, "/new_id") && !access(in_device(path, "dax7.0", "fake_no_type"), F_OK))
		set_devdax("dax7.0", 1);
	set_devdax(device, 1);
	return 0;
}

/* Return: 0, or -1 and errno. */
static int write_driver(const char *file, const char *device)
{
	char path[8192];

	errno = strcmp(file, "/unbind") ? bind_failure("kmem") : 0;
	if (errno)
		return -1;
	if (!strcmp(file, "/unbind")) {
		set_bound(device, 0);
	} else if (!strcmp(file, "/bind")) {
		const char *wait = getenv("FAKE_WAIT_BIND");
		int late = wait && !strcmp(wait, "late"), waits = wait && is_due();

		if (waits && !late)
			wait_for_signal();
		errno = ENODEV;
		if (!access(in_device(path, device, "fake_no_type"), F_OK))
			return -1;
		set_bound(device, 1);
		if (waits && late)
			wait_for_signal();
	} else {
		const struct dirent *e;
		DIR *dir;

		snprintf(path, sizeof(path), "%s/bus/dax/devices", root);
		dir = opendir(path);
		while (dir && (e = readdir(dir))) {
			if (!strncmp(e->d_name, "dax", 3))
				set_bound(e->d_name, 1);
		}
		if (dir)
			closedir(dir);
	}
	return 0;
}

static int path_of(int fd, char *path, size_t len)
{
	const char *sysfs = getenv("DAXPLUG_SYSFS");
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, len - 1);
	if (n < 0 || !sysfs || !realpath(sysfs, root))
		return 0;
	path[n] = '\0';
	return !strncmp(path, root, strlen(root));
}

/* Check whether a process holds the lock of this file. If @path is NULL, no lock is needed. */
static int has_lock(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, held;

	if (!path)
		return 1;
	held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return held;
}

/* Replace the content of the file, so that a test can see what was written last. */
static int record(int fd, const void *buf, size_t len)
{
	return ftruncate(fd, 0) || really_write(fd, buf, len) != (ssize_t)len;
}

ssize_t write(int fd, const void *buf, size_t n)
{
	static const char block_dir[] = "/system/memory/memory";
	char path[4096], word[64];
	const char *file, *memory;
	size_t len = n;

	if (!path_of(fd, path, sizeof(path)) || len >= sizeof(word))
		return really_write(fd, buf, len);
	memcpy(word, buf, len);
	word[len] = '\0';
	word[strcspn(word, "\n")] = '\0';
	file = strrchr(path, '/');
	memory = strstr(path, block_dir);
	if (memory)
		return switch_block((unsigned int)strtoul(
			memory + strlen(block_dir), NULL, 10), word, len);
	if (!strcmp(file, "/bind") || !strcmp(file, "/unbind") ||
	    !strcmp(file, "/new_id")) {
		int err = record(fd, buf, len);

		if (!err)
			err = strstr(path, "/device_dax/") ? write_devdax(file, word) :
			      write_driver(file, word);
		return err ? -1 : (ssize_t)len;
	}
	if (!strcmp(file, "/policy") && !has_lock(getenv("FAKE_LIST_LOCK"))) {
		errno = EPERM;
		return -1;
	}
	if (!strcmp(file, "/state"))
		return change_state(fd, path, word, len);
	else if (ftruncate(fd, 0))
		return -1;
	else
		return really_write(fd, buf, len);
	return (ssize_t)len;
}
