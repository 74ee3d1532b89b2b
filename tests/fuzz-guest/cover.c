// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coverage by KCOV. The kernel records which points of the module's code have run, for each
 * process of a program, and for the module's threads that work for the processes ("remote").
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../guest/tools/sysfs.h"
#include "fuzz.h"

#define FILE_NAME "/sys/kernel/debug/kcov"
/* The number of points that are recorded. A search of a block's pages has more than 100,000. */
#define LOCAL_SIZE (1UL << 20)
#define REMOTE_SIZE (1UL << 22)
#define REMOTE_ID 1ULL

#define MAX_SECTIONS 8
#define SECTION_SIZE (1UL << 18)
#define EDGES (1U << 22)

struct section {
	char name[32];
	uint64_t start;
};

/* The last file and area are those of the module's threads. */
static int files[MAX_PROCS + 1];
static uint64_t *areas[MAX_PROCS + 1];
/* The module's sections now, and before the last reload. */
static struct section sections[MAX_SECTIONS], former[MAX_SECTIONS];
/* Not every kernel has KCOV. Without it, programs run without coverage. */
static bool has_kcov;
static uint8_t seen[COVER_BYTES], last[COVER_BYTES], edges_seen[EDGES / 8];

static bool set_bit(uint8_t *set, uint32_t bit)
{
	uint8_t mask = (uint8_t)(1U << bit % 8);
	bool new = !(set[bit / 8] & mask);

	set[bit / 8] |= mask;
	return new;
}

int section_address(const char *name, uint64_t *address)
{
	char path[300], word[64];

	snprintf(path, sizeof(path), "/sys/module/kmem/sections/%s", name);
	read_word(path, word, sizeof(word));
	*address = strtoull(word, NULL, 16);
	return *address ? 0 : ENOENT;
}

/* Reads the sections. A section keeps its place in the table when the module is reloaded. */
void cover_sections(void)
{
	DIR *dir = opendir("/sys/module/kmem/sections");
	struct dirent *entry;
	unsigned int i;

	memcpy(former, sections, sizeof(former));
	while (dir && (entry = readdir(dir))) {
		if (!strstr(entry->d_name, "text"))
			continue;
		for (i = 0; i < MAX_SECTIONS && *sections[i].name; i++)
			if (!strcmp(sections[i].name, entry->d_name))
				break;
		if (i == MAX_SECTIONS)
			continue;
		snprintf(sections[i].name, sizeof(sections[i].name), "%.31s", entry->d_name);
		section_address(sections[i].name, &sections[i].start);
	}
	if (dir)
		closedir(dir);
}

/* The number of the point at an address, or 0 if the address is in no section. */
static uint32_t point(const struct section *table, uint64_t pc)
{
	const struct section *s, *found = NULL;

	for (s = table; s < table + MAX_SECTIONS; s++)
		if (s->start && s->start <= pc && pc - s->start < SECTION_SIZE &&
		    (!found || s->start > found->start))
			found = s;
	return found ? (uint32_t)((uint64_t)(found - table) * SECTION_SIZE + pc - found->start) : 0;
}

/* Prints each point at once, so that it is not lost if the guest crashes. */
static void print_point(uint32_t bit)
{
	printf("covered %s %x\n", sections[bit / SECTION_SIZE].name,
	       (unsigned int)(bit % SECTION_SIZE));
}

static void open_area(unsigned int i, size_t size)
{
	files[i] = open(FILE_NAME, O_RDWR);
	if (files[i] < 0 || ioctl(files[i], KCOV_INIT_TRACE, size))
		err(2, "%s", FILE_NAME);
	areas[i] = mmap(NULL, size * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
			files[i], 0);
	if (areas[i] == MAP_FAILED)
		err(2, "%s: mmap", FILE_NAME);
}

/* The processes inherit a handle. By this handle the module's threads find the remote area. */
void cover_begin(void)
{
	struct kcov_remote_arg remote = {
		.trace_mode = KCOV_TRACE_PC,
		.area_size = REMOTE_SIZE,
		.common_handle = KCOV_SUBSYSTEM_COMMON | REMOTE_ID,
	};

	has_kcov = !access(FILE_NAME, F_OK);
	if (!has_kcov)
		return;
	for (unsigned int i = 0; i < MAX_PROCS; i++)
		open_area(i, LOCAL_SIZE);
	open_area(MAX_PROCS, REMOTE_SIZE);
	if (ioctl(files[MAX_PROCS], KCOV_REMOTE_ENABLE, &remote))
		err(2, "%s: remote", FILE_NAME);
	cover_sections();
	cover_sections();
}

void cover_load(const char *path)
{
	char line[80], name[32];
	FILE *f = fopen(path, "r");

	if (!f)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		char *space = strchr(line, ' ');
		unsigned long offset;

		if (!space)
			errx(2, "%s: not a point: %s", path, line);
		offset = strtoul(space, NULL, 16);
		*space = '\0';
		snprintf(name, sizeof(name), "%.31s", line);
		for (uint32_t i = 0; i < MAX_SECTIONS; i++)
			if (!strcmp(sections[i].name, name) && offset < SECTION_SIZE)
				set_bit(seen, i * (uint32_t)SECTION_SIZE + (uint32_t)offset);
	}
	fclose(f);
}

void cover_clear(void)
{
	for (unsigned int i = 0; has_kcov && i <= MAX_PROCS; i++)
		__atomic_store_n(areas[i], 0, __ATOMIC_RELAXED);
}

void cover_enable(unsigned int proc)
{
	if (has_kcov && ioctl(files[proc], KCOV_ENABLE, KCOV_TRACE_PC))
		err(2, "%s: enable", FILE_NAME);
}

static uint32_t edge(uint32_t from, uint32_t to)
{
	return (from * 2654435761U ^ to * 40503U) % EDGES;
}

unsigned int cover_take(unsigned int *edges)
{
	unsigned int new = 0;

	*edges = 0;
	memset(last, 0, sizeof(last));
	for (unsigned int i = 0; has_kcov && i <= MAX_PROCS; i++) {
		uint64_t count = __atomic_load_n(areas[i], __ATOMIC_RELAXED), n;
		uint32_t before = 0;

		for (n = 1; n <= count; n++) {
			uint32_t now = point(sections, areas[i][n]);

			if (!now)
				now = point(former, areas[i][n]);
			if (!now)
				continue;
			set_bit(last, now);
			if (set_bit(seen, now)) {
				print_point(now);
				new++;
			}
			*edges += set_bit(edges_seen, edge(before, now));
			before = now;
		}
	}
	return new;
}

void cover_copy_last(uint8_t *set)
{
	memcpy(set, last, sizeof(last));
}

bool cover_last_has(const uint8_t *set)
{
	for (unsigned int i = 0; i < COVER_BYTES; i++)
		if (set[i] & ~last[i])
			return false;
	return true;
}

unsigned int cover_count(const uint8_t *set)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < COVER_BYTES; i++)
		n += (unsigned int)__builtin_popcount(set[i]);
	return n;
}
