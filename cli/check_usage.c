// SPDX-License-Identifier: GPL-2.0-only
/*
 * The use of a device's memory: what prevents an unplug, whether the content fits into the rest
 * of the memory, and which processes use or pin memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

#define SHOWN 5

struct blockers {
	struct findings *f;
	const char *name;
	int found;
	int poisoned;		/* not in @found, because they do not prevent an unplug */
};

static void add_blocker(const struct daxplug_blocker *b, void *data)
{
	bool poisoned = !strcmp(b->kind, "poisoned");
	struct blockers *all = data;
	char block[40] = "", page[40] = "";

	/*
	 * Skip a poisoned page in the list of what made the last unplug fail (b->last), because a
	 * poisoned page does not make a block refuse. check_poison() reports poisoned pages.
	 */
	if (poisoned && b->last)
		return;
	if ((poisoned ? all->poisoned++ : all->found++) >= SHOWN)
		return;
	if (b->block != DAXPLUG_NO_BLOCK)
		snprintf(block, sizeof(block), " memory%" PRIu64 ":", b->block);
	if (b->pfn)
		snprintf(page, sizeof(page), " page 0x%" PRIx64 ":", b->pfn);
	if (poisoned)
		add_finding(all->f, FOUND_POISON, LEVEL_PROBLEM, all->name,
			    "poisoned:%s%s a memory error was reported for it", block, page);
	else
		add_finding(all->f, FOUND_BLOCKER, LEVEL_WARNING, all->name, "%s%s%s %s %s",
			    b->last ? "prevented the last unplug:" :
				      "prevents an unplug:",
			    block, page, b->kind, b->owner);
}

/* Check whether the used memory fits elsewhere, and add what a dry run of an unplug reports. */
static void check_unplug(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_preflight *p;
	uint64_t used, room;
	unsigned int i;
	int err;

	err = daxplug_device_preflight(dev, DAXPLUG_STATE_UNPLUGGED, NULL, true, &p);
	if (err) {
		f->failed |= err == -ENOMEM;
		note_shortage(err);
		return;
	}
	if (!daxplug_preflight_get_used(p, &used) &&
	    !daxplug_preflight_get_room(p, &room)) {
		add_finding(f, FOUND_SPACE, used > room ? LEVEL_WARNING : LEVEL_OK, name,
			    "%" PRIu64 " MiB in use on node %d, about %" PRIu64
			    " MiB available elsewhere",
			    used >> 20, daxplug_device_get_target_node(dev), room >> 20);
		if (used > room)
			add_advice(f, "free that much memory before an unplug, or it will not fit");
	}
	for (i = 0; i < daxplug_preflight_get_reasons(p); i++) {
		const char *word = daxplug_preflight_get_word(p, i);
		bool note = daxplug_preflight_get_level(p, i) == DAXPLUG_LEVEL_NOTE;

		/*
		 * "room" is added above, and "kernel-zone" in check_usage(), both with advice, so
		 * skip them.
		 */
		if (strcmp(word, "room") && strcmp(word, "kernel-zone"))
			add_finding(f, strcmp(word, "hugetlb") ? FOUND_UNPLUG : FOUND_HUGETLB,
				    note ? LEVEL_NOTE : LEVEL_WARNING, name, "%s%s", note ?
				    "" : "prevents an unplug: ",
				    daxplug_preflight_get_text(p, i));
	}
	daxplug_preflight_free(p);
}

/* Count the pages of a process on a node, from its numa_maps. */
static uint64_t count_pages_on_node(const char *pid, int node)
{
	char path[PATH_MAX], key[32], *text = NULL;
	uint64_t pages = 0;
	size_t size = 0;
	FILE *file = open_to_read(format_system_path(path, "/proc/%s/numa_maps", pid));

	if (!file)
		return 0;
	snprintf(key, sizeof(key), " N%d=", node);
	while (getline(&text, &size, file) >= 0) {
		char *at;

		at = strstr(text, key);
		if (at)
			pages += strtoull(at + strlen(key), NULL, 10);
	}
	if (!feof(file))
		note_shortage(-errno);
	free(text);
	fclose(file);
	return pages;
}

struct user {
	uint64_t pages;
	char pid[32];
};

/* Insert @u if it is among the SHOWN largest. The list is sorted. */
static void insert_user(struct user *users, const struct user *u)
{
	size_t i = SHOWN;

	if (u->pages <= users[SHOWN - 1].pages)
		return;
	for (i = SHOWN - 1; i > 0 && users[i - 1].pages < u->pages; i--)
		users[i] = users[i - 1];
	users[i] = *u;
}

static void check_pinned_by_process(struct findings *f, const char *pid)
{
	char path[PATH_MAX], name[64];
	uint64_t kb;

	if (!read_kilobytes(format_system_path(path, "/proc/%s/status", pid), "VmPin:", &kb) ||
	    !kb || !read_first_line(format_system_path(path, "/proc/%s/comm", pid), name,
				    sizeof(name)))
		return;
	add_finding(f, FOUND_PINNED, LEVEL_WARNING, "pinned",
		    "%s[%s] pins %" PRIu64
		    " kB of memory, which cannot be migrated if it is in the device",
		    name, pid, kb);
	add_advice(f, "stop it before an unplug, if the unplug is refused");
}

static void list_largest_users(int node, struct user *users)
{
	char path[PATH_MAX];
	DIR *dir = list_directory(format_system_path(path, "/proc"));
	const char *pid;

	while ((pid = read_next_process(dir))) {
		struct user u = { .pages = count_pages_on_node(pid, node) };

		snprintf(u.pid, sizeof(u.pid), "%.31s", pid);
		insert_user(users, &u);
	}
}

/* Report processes that pin memory. The kernel does not say which memory a process pins. */
void check_pinned_memory(struct findings *f)
{
	char path[PATH_MAX];
	DIR *dir = list_directory(format_system_path(path, "/proc"));
	const char *pid;

	while ((pid = read_next_process(dir)))
		check_pinned_by_process(f, pid);
}

static void check_users(struct findings *f, const struct daxplug_device *dev)
{
	struct user users[SHOWN] = { 0 };
	char path[PATH_MAX], name[64];
	size_t i;

	list_largest_users(daxplug_device_get_target_node(dev), users);
	for (i = 0; i < SHOWN && users[i].pages; i++) {
		if (!read_first_line(format_system_path(path, "/proc/%s/comm",
							users[i].pid), name, sizeof(name)))
			continue;
		add_finding(f, FOUND_USER, LEVEL_NOTE, daxplug_device_get_name(dev),
			    "%s[%s] has %" PRIu64 " pages on its node", name,
			    users[i].pid, users[i].pages);
	}
}

/*
 * Report the poisoned memory of a device that is bound to daxplug's module, plugged or not. @seen
 * is the number of poisoned pages that check_blockers() has found. Linux 6.1 does not count the
 * poisoned pages of a block, so plug/blocks misses pages that the driver has not recorded.
 * plug/blockers lists these pages, too. So check_usage() calls check_blockers() for a plugged
 * device before it calls check_poison().
 */
void check_poison(struct findings *f, const struct daxplug_device *dev, int seen)
{
	int frames = daxplug_device_each_poison(dev, NULL, NULL);
	const char *path = daxplug_device_get_path(dev);
	const char *name = daxplug_device_get_name(dev);
	unsigned int blocks;

	if (daxplug_device_get_poisoned(dev, &blocks))
		blocks = 0;
	if (!blocks && frames <= 0 && !seen)
		return;
	if (frames < 0)
		add_finding(f, FOUND_POISON, LEVEL_PROBLEM, name,
			    "%u of its blocks have poisoned pages; root can see which", blocks);
	else
		add_finding(f, FOUND_POISON, LEVEL_PROBLEM, name,
			    "%u of its blocks have poisoned pages; %d are recorded: "
			    "%s/plug/poison", blocks, frames, path);
	add_advice(f, "replace this memory; until then plug and unplug work: an unplug takes "
		      "these blocks last, and a plug does not use the recorded pages again; after "
		      "the replacement, with the device unplugged: echo forget >%s/plug/poison",
		   path);
}

/* Return: the number of poisoned pages among the blockers. */
static int check_blockers(struct findings *f, const struct daxplug_device *dev)
{
	struct blockers all = { .f = f, .name = daxplug_device_get_name(dev) };
	int n = daxplug_device_each_blocker(dev, add_blocker, &all);

	if (n == -EACCES || n == -EPERM) {
		add_finding(f, FOUND_BLOCKER, LEVEL_NOTE, all.name,
			    "what would prevent an unplug can be seen by root only");
		add_advice(f, "run it as root");
	} else if (n < 0 && n != -EOPNOTSUPP && n != -ENODEV) {
		add_finding(f, FOUND_BLOCKER, LEVEL_NOTE, all.name,
			    "what would prevent an unplug cannot be read: %s", strerror(-n));
	} else if (all.found > SHOWN) {
		add_finding(f, FOUND_BLOCKER, LEVEL_NOTE, all.name, "and %d more: %s/plug/blockers",
			    all.found - SHOWN, daxplug_device_get_path(dev));
	} else if (n >= 0 && !all.found) {
		add_finding(f, FOUND_BLOCKER, LEVEL_OK, all.name,
			    "nothing prevents an unplug");
	}
	return all.poisoned;
}

/* Return: is memory of the device online? */
bool check_usage(struct findings *f, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	struct daxplug_blocks b;

	if (daxplug_device_get_blocks(dev, &b) || !(b.kernel + b.movable)) {
		check_poison(f, dev, 0);
		return false;
	}
	check_unplug(f, dev);
	if (b.kernel) {
		add_finding(f, FOUND_KERNEL_BLOCKS, LEVEL_WARNING, name,
			    "%u of its blocks are outside ZONE_MOVABLE: the kernel's own data in "
			    "them cannot be migrated",
			    b.kernel);
		add_advice(f,
			   "to have it in ZONE_MOVABLE: daxplug unplug %s, then daxplug plug %s; "
			   "if that is refused, only a reboot helps: doc/install.md",
			   name, name);
	}
	check_tier(f, dev);
	check_poison(f, dev, check_blockers(f, dev));
	check_users(f, dev);
	return true;
}
