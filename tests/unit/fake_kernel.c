// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's part in a made-up sysfs, for tests of the command: preloaded, it
 * answers the writes that a kernel would act on. A file in a directory takes
 * any word.
 *
 *	FAKE_ERRNO	the errno to answer a write to a device's state with
 *	FAKE_STATE	what to leave in that file ("-": remove it)
 *	FAKE_WAIT	answer only when a signal comes
 *	FAKE_FAIL	"33:offline:16,34:online:13": the errno for a block's word
 *
 * Blocks become what is asked. A device's blocks are in its file fake_blocks;
 * bind makes them, offline, and unbind removes those that are offline.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[2048];

/* In one piece: a reader sees the old or the new, as in the real one. */
static void put(const char *path, const char *text)
{
	char new[4200];
	FILE *f;

	snprintf(new, sizeof(new), "%s.%d", path, (int)getpid());
	f = fopen(new, "w");
	if (f) {
		fprintf(f, "%s\n", text);
		fclose(f);
		rename(new, path);
	}
}

static const char *block_path(char *buf, unsigned int block, const char *file)
{
	snprintf(buf, 4096, "%s/devices/system/memory/memory%u%s", root, block,
		 file);
	return buf;
}

static int is_offline(unsigned int block)
{
	char path[4096], word[32] = "";
	FILE *f = fopen(block_path(path, block, "/state"), "r");

	if (f) {
		if (!fgets(word, sizeof(word), f))
			word[0] = '\0';
		fclose(f);
	}
	return !strncmp(word, "offline", 7);
}

static void add_block(unsigned int block)
{
	char path[4096];

	mkdir(block_path(path, block, ""), 0755);
	put(block_path(path, block, "/state"), "offline");
	put(block_path(path, block, "/valid_zones"), "Movable Normal");
}

static void remove_block(unsigned int block)
{
	char path[4096];

	if (!is_offline(block))
		return;
	unlink(block_path(path, block, "/state"));
	unlink(block_path(path, block, "/valid_zones"));
	rmdir(block_path(path, block, ""));
}

static void set_bound(const char *device, int bound)
{
	char path[4096], link[4096];
	char line[32];
	FILE *f;

	snprintf(link, sizeof(link), "%s/bus/dax/devices/%.64s/driver", root,
		 device);
	if (bound && symlink("../../../bus/dax/drivers/kmem", link))
		return;
	if (!bound)
		unlink(link);
	snprintf(path, sizeof(path), "%s/bus/dax/devices/%.64s/fake_blocks",
		 root, device);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned int block = (unsigned int)strtoul(line, NULL, 10);

		if (bound)
			add_block(block);
		else
			remove_block(block);
	}
	if (f)
		fclose(f);
}

/* The errno that FAKE_FAIL has for a block and a word, or 0. */
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

static ssize_t switch_block(unsigned int block, const char *word, size_t len)
{
	char path[4096];
	int err = failure(block, word);

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

static ssize_t change_state(int fd, const char *path, const char *word,
			    size_t len)
{
	const char *err = getenv("FAKE_ERRNO"), *state = getenv("FAKE_STATE");

	if (getenv("FAKE_WAIT"))
		pause();
	if (state && !strcmp(state, "-"))
		unlink(path);
	else if (ftruncate(fd, 0))
		return -1;
	else
		dprintf(fd, "%s\n", state ? state : word);
	errno = err ? (int)strtol(err, NULL, 10) : 0;
	return err ? -1 : (ssize_t)len;
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

ssize_t write(int fd, const void *buf, size_t n)
{
	static const char block_dir[] = "/system/memory/memory";
	static ssize_t (*real)(int fd, const void *buf, size_t n);
	char path[4096], word[64];
	const char *file, *memory;
	size_t len = n;

	if (!real)
		real = (ssize_t (*)(int, const void *, size_t))
			dlsym(RTLD_NEXT, "write");
	if (!path_of(fd, path, sizeof(path)) || len >= sizeof(word))
		return real(fd, buf, len);
	memcpy(word, buf, len);
	word[len] = '\0';
	word[strcspn(word, "\n")] = '\0';
	file = strrchr(path, '/');
	memory = strstr(path, block_dir);
	if (memory)
		return switch_block((unsigned int)strtoul(
			memory + strlen(block_dir), NULL, 10), word, len);
	if (!strcmp(file, "/bind") || !strcmp(file, "/unbind"))
		set_bound(word, !strcmp(file, "/bind"));
	else if (!strcmp(file, "/state"))
		return change_state(fd, path, word, len);
	else if (ftruncate(fd, 0))
		return -1;
	else
		return real(fd, buf, len);
	return (ssize_t)len;
}
