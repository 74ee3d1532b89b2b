// SPDX-License-Identifier: GPL-2.0-only
/*
 * CXL memory that is not a DAX device: cards without a region, and cards that the firmware passes
 * to the kernel as ordinary RAM.
 *
 * Documentation/ABI/testing/sysfs-bus-cxl of Linux describes the files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

#define BUS "/sys/bus/cxl/devices"

/* The number of findings of one kind that are listed. The rest is counted. */
#define SHOWN 16

/* If so many cards are part of a region, no card is reported, because the list is full. */
#define CARDS_MAX 1024

#define NAME_SIZE 32

struct names {
	char name[CARDS_MAX][NAME_SIZE];
	size_t count;
};

/* The root decoders (windows of the platform) that can hold one kind of memory. */
struct windows {
	unsigned int count;
	char name[NAME_SIZE];	/* name of the last one */
};

/* Does @name consist of @word and a number after it, as "mem0" does for the word "mem"? */
static bool is_numbered(const char *name, const char *word)
{
	size_t len = strlen(word), digits;

	if (strncmp(name, word, len) != 0)
		return false;
	digits = strspn(name + len, "0123456789");
	return digits && !name[len + digits] && len + digits < NAME_SIZE;
}

/* Is @name that of a decoder, such as "decoder0.1"? */
static bool is_decoder(const char *name)
{
	return !strncmp(name, "decoder", 7) && !name[strspn(name, "decoder0123456789.")] &&
	       strlen(name) < NAME_SIZE;
}

/* Read a number from a file of a device on the CXL bus. Return 0 if there is none. */
static uint64_t read_device_number(const char *device, const char *file)
{
	char path[PATH_MAX], text[64];
	uint64_t n;

	format_system_path(path, BUS "/%s/%s", device, file);
	return read_first_line(path, text, sizeof(text)) && parse_number(text, &n) ? n : 0;
}

static bool has_file(const char *device, const char *file)
{
	char path[PATH_MAX];

	return !access(format_system_path(path, BUS "/%s/%s", device, file), F_OK);
}

/*
 * Find the card to which an endpoint decoder belongs. The link "uport" of the endpoint leads to it.
 * Return: was a card found?
 */
static bool read_card_name(const char *decoder, char *name)
{
	char path[PATH_MAX], real[PATH_MAX], target[PATH_MAX];
	const char *base;
	ssize_t n;
	char *slash;

	if (!realpath(format_system_path(path, BUS "/%s", decoder), real))
		return false;
	slash = strrchr(real, '/');
	if (!slash || (size_t)(slash - real) + sizeof("/uport") > sizeof(real))
		return false;
	memcpy(slash, "/uport", sizeof("/uport"));
	n = readlink(real, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (!is_numbered(base, "mem"))
		return false;
	snprintf(name, NAME_SIZE, "%.31s", base);
	return true;
}

static bool is_in_region(const char *decoder)
{
	char path[PATH_MAX], region[64];

	format_system_path(path, BUS "/%s/region", decoder);
	return read_first_line(path, region, sizeof(region)) && is_numbered(region, "region");
}

/*
 * Count the root decoder if a region can be created in it. @ram selects volatile or persistent
 * memory.
 */
static void count_window(const char *decoder, bool ram, struct windows *w)
{
	if (read_device_number(decoder, ram ? "cap_ram" : "cap_pmem") != 1 ||
	    !has_file(decoder, ram ? "create_ram_region" : "create_pmem_region"))
		return;
	w->count++;
	snprintf(w->name, sizeof(w->name), "%.31s", decoder);
}

static void count_windows(bool ram, struct windows *w)
{
	char path[PATH_MAX];
	const struct dirent *e;
	DIR *bus = list_directory(format_system_path(path, BUS));

	*w = (struct windows){ .count = 0 };
	while (bus && read_next_entry(bus, &e) > 0) {
		if (is_decoder(e->d_name))
			count_window(e->d_name, ram, w);
	}
	if (bus)
		closedir(bus);
}

static bool has_name(const struct names *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (!strcmp(all->name[i], name))
			return true;
	}
	return false;
}

static void add_region_advice(struct findings *f, const char *card, bool ram)
{
	struct windows w;

	count_windows(ram, &w);
	if (!has_file(card, "driver"))
		add_advice(f, "cxl enable-memdev %s; if that fails: "
			      "modprobe cxl_acpi; modprobe cxl_mem; "
			      "dmesg", card);
	else if (!w.count)
		add_advice(f, "the firmware has no window for it, or this kernel cannot "
			      "make regions%s: "
			      "cxl list -D -d root, dmesg",
			   ram ? " of volatile memory (Linux 6.3 or later)" : "");
	else if (w.count == 1)
		add_advice(f, "cxl create-region -m -t %s -d %s %s", ram ? "ram" : "pmem",
			      w.name, card);
	else
		add_advice(f,
			   "cxl create-region -m -t %s %s (with -d, one of the %u windows that cxl "
			   "list -D -d root shows)",
			   ram ? "ram" : "pmem", card, w.count);
}

static void check_card(struct findings *f, const char *card)
{
	uint64_t ram = read_device_number(card, "ram/size"),
		 pmem = read_device_number(card, "pmem/size");
	char size[32];

	add_finding(f, FOUND_CXL_REGION, LEVEL_NOTE, card,
		    "%s of %s memory (serial number 0x%" PRIx64
		    "), and no region, so it cannot be used",
		    format_size(ram ? ram : pmem, size, sizeof(size)),
		    ram ? "volatile" : "persistent", read_device_number(card, "serial"));
	add_region_advice(f, card, ram);
}

/* List the cards that are part of a region. Return: is the list complete? */
static bool list_used_cards(struct names *used)
{
	char path[PATH_MAX];
	const struct dirent *e;
	int n = 0;
	DIR *bus = list_directory(format_system_path(path, BUS));

	used->count = 0;
	while (bus && used->count < CARDS_MAX && (n = read_next_entry(bus, &e)) > 0) {
		if (is_decoder(e->d_name) && is_in_region(e->d_name) &&
		    read_card_name(e->d_name, used->name[used->count]) &&
		    !has_name(used, used->name[used->count]))
			used->count++;
	}
	if (bus)
		closedir(bus);
	return bus && n >= 0 && used->count < CARDS_MAX;
}

/* Compare two names by number. A shorter name has a smaller number. */
static int compare_by_number(const struct dirent **a, const struct dirent **b)
{
	size_t x = strlen((*a)->d_name), y = strlen((*b)->d_name);

	return x != y ? (x > y) - (x < y) : strcmp((*a)->d_name, (*b)->d_name);
}

static int is_card(const struct dirent *e)
{
	return is_numbered(e->d_name, "mem");
}

static void check_cards(struct findings *f)
{
	static struct names used;
	struct dirent **list;
	char path[PATH_MAX];
	unsigned int found = 0;
	int i, n = scandir(format_system_path(path, BUS), &list, is_card, compare_by_number);
	bool known;

	if (n < 0)
		note_shortage(-errno);
	known = n > 0 && list_used_cards(&used);
	for (i = 0; i < n; i++) {
		const char *card = list[i]->d_name;

		/*
		 * Skip a card without memory. It is not ready yet, or it is a CXL device of another
		 * kind.
		 */
		if (known && !has_name(&used, card) && (read_device_number(card, "ram/size") ||
				  read_device_number(card, "pmem/size")) &&
		    found++ < SHOWN)
			check_card(f, card);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	if (found > SHOWN)
		add_finding(f, FOUND_CXL_REGION, LEVEL_NOTE, "cxl",
			    "and %u more cards have no region", found - SHOWN);
}

/*
 * One line of /proc/iomem: "    4080000000-40ffffffff : System RAM". Only root sees the
 * addresses; other users read zeros.
 */
struct resource {
	unsigned int depth;
	uint64_t bytes;
	const char *name;
};

static bool parse_resource(char *line, struct resource *r)
{
	char *name = strstr(line, " : "), *end;
	size_t blanks = strspn(line, " ");
	uint64_t first, last;

	if (!name || strlen(line) < blanks)
		return false;
	first = strtoull(line + blanks, &end, 16);
	last = *end == '-' ? strtoull(end + 1, &end, 16) : 0;
	if (end != name)
		return false;
	r->depth = (unsigned int)blanks / 2;
	r->bytes = last > first ? last - first + 1 : 0;
	r->name = name + 3;
	return true;
}

/*
 * Does a CXL window contain System RAM that is not part of a DAX device? Such memory has been
 * ordinary RAM since boot.
 */
static bool has_cxl_ram(FILE *file, uint64_t *bytes)
{
	/*
	 * A line with a greater depth is inside the line above it. If the current line is inside a
	 * window, @window is the window's depth plus 1, else 0. @dax is the same for a DAX device.
	 */
	unsigned int window = 0, dax = 0;
	bool found = false;
	char line[256];

	*bytes = 0;
	while (fgets(line, sizeof(line), file)) {
		struct resource r;

		line[strcspn(line, "\n")] = '\0';
		if (!parse_resource(line, &r))
			continue;
		if (window && r.depth < window)
			window = 0;
		if (dax && r.depth < dax)
			dax = 0;
		if (!window && !strncmp(r.name, "CXL Window", 10))
			window = r.depth + 1;
		else if (!dax && !strncmp(r.name, "dax", 3))
			dax = r.depth + 1;
		/* Memory that kmem adds is called "System RAM (kmem)". */
		if (!window || dax || strcmp(r.name, "System RAM") != 0)
			continue;
		found = true;
		if (__builtin_add_overflow(*bytes, r.bytes, bytes))
			*bytes = UINT64_MAX;
	}
	return found;
}

static bool has_device(struct daxplug_ctx *ctx, unsigned int node)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(ctx, dev) {
		if (daxplug_device_get_target_node(dev) == (int)node)
			return true;
	}
	return false;
}

/*
 * Find the first node that has memory, no processors and no DAX device. Return -1 if there is
 * none.
 */
static int find_node_without_device(struct daxplug_ctx *ctx)
{
	struct node_list memory, cpus;
	unsigned int i;

	read_nodes("has_memory", &memory);
	read_nodes("has_cpu", &cpus);
	for (i = 0; i < NODES_MAX; i++) {
		if (is_node_in_list(memory.text, i) && !is_node_in_list(cpus.text, i) &&
		    !has_device(ctx, i))
			return (int)i;
	}
	return -1;
}

/* Does the kernel's configuration in /boot say that it has no CONFIG_EFI_SOFT_RESERVE? */
static bool lacks_soft_reserve(const char *release)
{
	char path[PATH_MAX], line[256];
	bool off = false;
	FILE *file = open_to_read(format_system_path(path, "/boot/config-%s", release));

	while (file && !off && fgets(line, sizeof(line), file))
		off = !strcmp(line, "# CONFIG_EFI_SOFT_RESERVE is not set\n");
	if (file)
		fclose(file);
	return off;
}

static void add_soft_reserve_advice(struct findings *f, const char *release)
{
	char value[256];

	if (read_boot_parameter("efi", "nosoftreserve", value, sizeof(value)))
		add_advice(f, "efi=%s on the kernel's command line does that: remove "
			      "nosoftreserve from it, and reboot", value);
	else if (lacks_soft_reserve(release))
		add_advice(f, "the kernel %s is built without CONFIG_EFI_SOFT_RESERVE: use "
			      "another kernel",
			   release);
	else
		add_advice(f, "for a DAX device configure the firmware to set the memory aside: "
			      "its setup may call this special purpose memory, or leave it to the "
			      "operating system");
}

static void check_firmware_ram(struct findings *f, struct daxplug_ctx *ctx, const char *release)
{
	char path[PATH_MAX], value[256];
	uint64_t bytes = 0;
	bool found = false;
	int node;
	FILE *iomem = open_to_read(format_system_path(path, "/proc/iomem"));

	if (iomem && has_cxl_ram(iomem, &bytes)) {
		char size[32];

		found = true;
		add_finding(f, FOUND_FIRMWARE_RAM, LEVEL_NOTE, "firmware",
			    "%s of CXL memory are ordinary RAM since boot, and not a DAX device",
			    bytes ? format_size(bytes, size, sizeof(size)) : "some");
		add_soft_reserve_advice(f, release);
	}
	if (iomem)
		fclose(iomem);
	node = found ? -1 : find_node_without_device(ctx);
	if (node >= 0) {
		found = true;
		add_finding(f, FOUND_FIRMWARE_RAM, LEVEL_NOTE, "firmware",
			    "node %d has memory, no processor and no DAX device: if that is a "
			    "card, the firmware passed it to the kernel as ordinary RAM", node);
		add_soft_reserve_advice(f, release);
	}
	if (!found && read_boot_parameter("efi", "nosoftreserve", value, sizeof(value))) {
		add_finding(f, FOUND_FIRMWARE_RAM, LEVEL_NOTE, "firmware",
			    "efi=%s: memory that the firmware sets aside is ordinary RAM, and not "
			    "a DAX device",
			    value);
		add_advice(f, "remove nosoftreserve from the kernel's command line, and reboot");
	}
}

void check_cxl(struct findings *f, struct daxplug_ctx *ctx, const char *release)
{
	check_cards(f);
	check_firmware_ram(f, ctx, release);
}
