// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds out what would prevent a change, without changing anything.
 *
 * The reasons with DAXPLUG_LEVEL_FAILS come from the rules that the change itself follows (rules.c,
 * dp_may_bind(), dp_may_unbind()), or from a file that cannot be read or written. The others come
 * from what the kernel shows about memory and pages. Most checks add a note if they cannot be made.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Number of blockers that are reported one by one. */
#define BLOCKERS_MAX 8

struct reason {
	enum daxplug_level level;
	int err;
	const char *word;
	char text[256];
};

struct daxplug_preflight {
	struct reason *reasons;
	unsigned int count;
	bool failed;		/* an allocation failed, so a reason is missing or wrong */
	int before_err;
	struct dp_request request;
	uint64_t used;		/* in bytes; UINT64_MAX: unknown */
	uint64_t room;
	unsigned int blockers;
	bool knows_pools;	/* the huge page pools of the device's node */
};

__attribute__((format(printf, 5, 6)))
static void add_reason(struct daxplug_preflight *p, enum daxplug_level level, int err,
		       const char *word, const char *format, ...)
{
	struct reason *more = realloc(p->reasons, (p->count + 1) * sizeof(*more));
	struct reason *r;
	va_list args;

	if (!more) {
		p->failed = true;
		return;
	}
	p->reasons = more;
	r = &more[p->count++];
	*r = (struct reason){ .level = level, .err = err, .word = word };
	va_start(args, format);
	vsnprintf(r->text, sizeof(r->text), format, args);
	va_end(args);
}

static const char *size_text(uint64_t bytes, char *buf, size_t len)
{
	snprintf(buf, len, "%llu MiB", (unsigned long long)(bytes >> 20));
	return buf;
}

/* --- reasons for which the change would fail -------------------------------------- */

static void check_writable(struct daxplug_preflight *p, const char *dir,
			   const char *file)
{
	char path[PATH_MAX];

	if (dp_join_path(path, sizeof(path), dir, file) ||
	    !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) || errno == ENOENT)
		return;
	add_reason(p, DAXPLUG_LEVEL_FAILS, -errno, "permission", errno == EROFS ?
		   "sysfs is mounted read-only here" : "no permission to change its state");
}

static void check_permission(struct daxplug_preflight *p,
			     const struct daxplug_device *dev, enum dp_mode mode)
{
	if (mode == MODE_MODULE || mode == MODE_NATIVE)
		check_writable(p, dev->path, "state");
	else
		check_writable(p, dev->sysfs, mode == MODE_UNBOUND ?
			       "bus/dax/drivers/kmem/bind" :
			       "bus/dax/drivers/kmem/unbind");
}

/* @overlap is the result of dp_check_bound_overlap(). */
static void check_overlap(struct daxplug_preflight *p, const struct daxplug_device *dev,
			  int overlap)
{
	struct daxplug_device *other;

	p->failed |= overlap == -ENOMEM;
	if (overlap < 0)
		add_reason(p, DAXPLUG_LEVEL_FAILS, overlap, "state",
			   "whether another device has its addresses cannot be read: %s",
			   strerror(-overlap));
	if (overlap < 0 || daxplug_device_get_overlap(dev, &other))
		return;
	add_reason(p, DAXPLUG_LEVEL_FAILS, -EBUSY, "overlap",
		   "its addresses are those of %s, which is bound to kmem", other->name);
	daxplug_device_unref(other);
}

static void check_bind(struct daxplug_preflight *p,
		       const struct daxplug_device *dev)
{
	int err = dp_may_bind(dev);

	p->failed |= err == -ENOMEM;
	if (err == -EOPNOTSUPP)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "no-kmem",
			   "no driver holds it, and the driver kmem is not loaded");
	else if (err == -EBUSY)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "left-behind",
			   "some of its memory has no driver");
	else if (err)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "state",
			   "its memory blocks cannot be read: %s", strerror(-err));
}

/* Explain the result of dp_may_unbind(). */
static const char *unbind_reason(int err)
{
	switch (err) {
	case -ENODEV:
		return "some of its blocks are missing, and the stock driver would crash the "
		       "kernel when it is unbound";
	case -EBUSY:
		return "some of its memory was without a driver before, and the stock driver "
		       "would crash the kernel when it is unbound";
	default:
		return "its memory blocks cannot be read, so it is not known whether an unbind "
		       "of the stock driver is safe";
	}
}

static void check_unbind(struct daxplug_preflight *p,
			 const struct daxplug_device *dev)
{
	struct dp_blocks blocks;
	int err = dp_blocks_load(dev, &blocks);

	if (!err) {
		err = dp_may_unbind(dev, &blocks);
		dp_blocks_free(&blocks);
	}
	p->failed |= err == -ENOMEM;
	if (err)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "unbind", "%s", unbind_reason(err));
}

static void check_size(struct daxplug_preflight *p,
		       const struct daxplug_device *dev)
{
	uint64_t size = 0;

	dp_block_size(dev, &size);
	add_reason(p, DAXPLUG_LEVEL_FAILS, -EINVAL, "size",
		   "no memory block of %llu MiB fits into it",
		   (unsigned long long)(size >> 20));
}

static void check_transition(struct daxplug_preflight *p, const struct daxplug_device *dev,
			     enum dp_mode mode)
{
	bool repair = p->request.before == DAXPLUG_STATE_INCONSISTENT &&
		      p->request.want != DAXPLUG_STATE_UNPLUGGED;

	if (!dp_is_allowed(&p->request, dev, mode) && !(repair && p->request.replug))
		add_reason(p, DAXPLUG_LEVEL_FAILS, -EBUSY, "zone", repair ?
			   "it was last plugged in another way" :
			   "it is already plugged in another way");
	else if (repair && mode == MODE_MODULE && !p->request.replug)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "zone",
			   "it is refused if it was last plugged into another zone, "
			   "which is not known");
}

/*
 * Check whether the page structures can be in the requested place. Return: true if
 * check_transition() is not needed any more.
 */
static bool check_memmap(struct daxplug_preflight *p, const struct daxplug_device *dev,
			 enum dp_mode mode)
{
	enum dp_obstacle obstacle = dp_memmap_obstacle(dev, mode, p->request.memmap);
	bool replugs;

	if (obstacle) {
		char text[200];

		add_reason(p, DAXPLUG_LEVEL_FAILS, -EOPNOTSUPP, "memmap",
			   "its page structures cannot be in %s memory: %s",
			   p->request.memmap == DAXPLUG_MEMMAP_YES ? "its own" : "other",
			   dp_memmap_text(dev, obstacle, text, sizeof(text)));
	}
	if (!p->request.memmap_differs)
		return false;
	replugs = dp_needs_replug(&p->request, mode);
	add_reason(p, replugs ? DAXPLUG_LEVEL_NOTE : DAXPLUG_LEVEL_FAILS, replugs ? 0 : -EBUSY,
		   "memmap", "its memory exists, with page structures in %s memory%s",
		   p->request.memmap == DAXPLUG_MEMMAP_YES ? "other" : "its own",
		   replugs ? ": it is unplugged first" : "");
	return !replugs;
}

/* --- reasons against a plug ------------------------------------------------------- */

/*
 * Check whether there is memory for the page structures. If there is too little, the module refuses
 * the plug, unless its parameter check_space_before_plug is N. Without this check, the kernel may
 * kill processes to get memory. Other drivers have no such check.
 */
static void check_space(struct daxplug_preflight *p,
			const struct daxplug_device *dev, enum dp_mode mode)
{
	char word[ATTR_MAX] = "", need[32], have[32];
	uint64_t needed, available;
	bool may_choose;
	int err;

	if (dp_read(dev->sysfs, "module/kmem/parameters/check_space_before_plug",
		    word, sizeof(word)))
		word[0] = '\0';
	err = dp_space_for_plug(dev, p->request.memmap, &needed, &available);
	p->failed |= err == -ENOMEM;
	if (err) {
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "space",
			   "whether there is memory for its page structures is not known");
		return;
	}
	if (needed <= available)
		return;
	may_choose = !dp_memmap_is_own(dev, p->request.memmap) &&
		     !dp_memmap_obstacle(dev, mode, DAXPLUG_MEMMAP_YES);
	add_reason(p, DAXPLUG_LEVEL_MAY_FAIL, -ENOMEM, "space",
		   "its page structures need %s, and about %s are available for them%s%s",
		   size_text(needed, need, sizeof(need)), size_text(available, have, sizeof(have)),
		   *word == 'Y' ? "" : "; the kernel may kill processes to get more",
		   may_choose ? "; with memmap_on_memory yes they would be in the device itself" :
				"");
}

/* Most devices do not end at a border of memory blocks, and many do not begin at one. */
static void check_ends(struct daxplug_preflight *p,
		       const struct daxplug_device *dev)
{
	uint64_t all = daxplug_device_get_size(dev), usable, block;
	char lost[32];

	if (all == DAXPLUG_SIZE_UNKNOWN || dp_block_size(dev, &block) ||
	    daxplug_device_get_usable(dev, &usable) || !usable || usable >= all)
		return;
	add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "ends",
		   "%llu bytes (%s) of it stay unused: they fill no memory block of %llu MiB",
		   (unsigned long long)(all - usable), size_text(all - usable, lost, sizeof(lost)),
		   (unsigned long long)(block >> 20));
}

/* The plug itself succeeds, but the kernel may run out of memory later. */
static void check_zones(struct daxplug_preflight *p,
			const struct daxplug_device *dev)
{
	char rest[32], all[32];
	uint64_t movable, kernel;
	int err = dp_zones_after(dev, &movable, &kernel);

	p->failed |= err == -ENOMEM;
	if (err || movable / DAXPLUG_MOVABLE_RATIO <= kernel)
		return;
	add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "zone-movable",
		   "%s would be in ZONE_MOVABLE, and %s would be left for the kernel's own data: "
		   "more than %d:1, so that the kernel may run out of memory while much is free",
		   size_text(movable, all, sizeof(all)), size_text(kernel, rest, sizeof(rest)),
		   DAXPLUG_MOVABLE_RATIO);
}

/* --- reasons against an unplug ---------------------------------------------------- */

static void check_room(struct daxplug_preflight *p,
		       const struct daxplug_device *dev)
{
	char in_use[32], have[32];
	int err = daxplug_device_get_used(dev, &p->used), no_room;

	if (err)
		p->used = UINT64_MAX;
	no_room = dp_space_elsewhere(dev, &p->room);
	if (no_room)
		p->room = UINT64_MAX;
	p->failed |= err == -ENOMEM || no_room == -ENOMEM;
	if (err == -EOPNOTSUPP && dev->target_node >= 0)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "room-unknown",
			   "node %d may have other memory as well: "
			   "how much of this is in use is not known",
			   dev->target_node);
	else if (err)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "room-unknown",
			   "how much of it is in use is not known");
	else if (p->room == UINT64_MAX)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "room-unknown",
			   "whether what is in use fits elsewhere is not known");
	else if (p->used > p->room)
		add_reason(p, DAXPLUG_LEVEL_MAY_FAIL, -ENOMEM, "room",
			   "%s are in use in it, and about %s are available elsewhere",
			   size_text(p->used, in_use, sizeof(in_use)),
			   size_text(p->room, have, sizeof(have)));
}

/*
 * Check for reserved huge pages. The kernel removes unused huge pages together with the
 * memory. But a mapping can have reserved huge pages that it does not use yet. The kernel
 * keeps one unused huge page for each reservation, on any node. So it can remove only as many
 * unused huge pages as are not needed for reservations.
 */
static void check_reserved(struct daxplug_preflight *p,
			   const struct daxplug_device *dev, const char *pool,
			   uint64_t unused)
{
	bool alone = p->used != UINT64_MAX;
	uint64_t unreserved, reserved;
	char dir[PATH_MAX];

	if ((size_t)snprintf(dir, sizeof(dir), "%s/kernel/mm/hugepages/%s", dev->sysfs, pool) >=
		    sizeof(dir) ||
	    dp_read_u64(dir, "free_hugepages", &unreserved) ||
	    dp_read_u64(dir, "resv_hugepages", &reserved) || !reserved)
		return;
	unreserved = unreserved > reserved ? unreserved - reserved : 0;
	if (unused > unreserved)
		add_reason(p, alone ? DAXPLUG_LEVEL_MAY_FAIL : DAXPLUG_LEVEL_NOTE,
			   alone ? -EBUSY : 0, "hugetlb",
			   "%llu unused huge pages are on node %d, and mappings have reserved "
			   "all but %llu "
			   "of the machine's: the kernel can remove no more than that many",
			   (unsigned long long)unused, dev->target_node,
			   (unsigned long long)unreserved);
}

/*
 * Check for unused huge pages in the pools of other nodes. To migrate a huge page of 1 GiB,
 * the kernel does not create a new one. So an unused one must exist on another node. A pool
 * that cannot be read counts as empty.
 */
static bool has_unused_elsewhere(const struct daxplug_device *dev, const char *pool,
				 uint64_t here, uint64_t needed)
{
	char dir[PATH_MAX];
	uint64_t unused;

	return (size_t)snprintf(dir, sizeof(dir), "%s/kernel/mm/hugepages/%s", dev->sysfs,
				pool) < sizeof(dir) &&
	       !dp_read_u64(dir, "free_hugepages", &unused) && unused >= here + needed;
}

/*
 * Check for huge pages. Pages of normal size can be migrated to any free pages. A huge page needs
 * free memory in one piece, so free memory alone is not sufficient.
 */
static void check_huge_pages(struct daxplug_preflight *p,
			     const struct daxplug_device *dev, const char *node,
			     const char *pool)
{
	bool alone = p->used != UINT64_MAX, stays;
	uint64_t all, unused, kb;
	char dir[PATH_MAX];

	if (!dp_find_kb(pool, "hugepages-", &kb) ||
	    (size_t)snprintf(dir, sizeof(dir), "%s/hugepages/%s", node, pool) >=
	    sizeof(dir) ||
	    dp_read_u64(dir, "nr_hugepages", &all) || !all ||
	    dp_read_u64(dir, "free_hugepages", &unused) || unused > all)
		return;
	if (unused) {
		check_reserved(p, dev, pool, unused);
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "hugetlb",
			   "%llu unused huge pages of %llu MiB are reserved on node %d; "
			   "those in this device go with it, and the pool shrinks",
			   (unsigned long long)unused, (unsigned long long)(kb >> 10),
			   dev->target_node);
	}
	if (all == unused)
		return;
	stays = kb >= 1U << 20 && !has_unused_elsewhere(dev, pool, unused, all - unused);
	add_reason(p, stays && alone ? DAXPLUG_LEVEL_MAY_FAIL : DAXPLUG_LEVEL_NOTE,
		   stays && alone ? -EBUSY : 0, "hugetlb",
		   "%llu huge pages of %llu MiB are in use on node %d; %s",
		   (unsigned long long)(all - unused), (unsigned long long)(kb >> 10),
		   dev->target_node,
		   kb < 1U << 20 ? "each needs an unused huge page, or free memory in one piece, "
				   "elsewhere" :
		   stays ? "each needs an unused huge page on another node, and there are "
			   "too few" :
		   "they take unused ones of other nodes, and the pool shrinks");
}

/* Check each pool of huge pages in the directory @path of the node. Return: 0 or an errno < 0. */
static int check_pools(struct daxplug_preflight *p, const struct daxplug_device *dev,
		       const char *node, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	int n;

	if (!dir)
		return -errno;
	while ((n = dp_next_entry(dir, &e)) > 0)
		if (!strncmp(e->d_name, "hugepages-", 10))
			check_huge_pages(p, dev, node, e->d_name);
	closedir(dir);
	return n;
}

static void check_hugetlb(struct daxplug_preflight *p,
			  const struct daxplug_device *dev)
{
	char node[PATH_MAX], path[PATH_MAX];
	int err;

	if (dp_node_dir(dev, node, sizeof(node)) ||
	    dp_join_path(path, sizeof(path), node, "hugepages"))
		return;
	err = check_pools(p, dev, node, path);
	p->knows_pools = !err;
	/* A kernel without huge pages has no such directory. */
	if (err && err != -ENOENT)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "hugetlb",
			   "whether huge pages are on node %d is not known: %s", dev->target_node,
			   strerror(-err));
}

/* Skip the blockers of the last unplug, because they may not exist any more. */
static void add_blocker(const struct daxplug_blocker *b, void *data)
{
	struct daxplug_preflight *p = data;
	char block[40] = "";

	/*
	 * Skip poisoned pages, because they do not prevent an unplug. Skip huge pages if
	 * check_huge_pages() has reported whether they can be migrated.
	 */
	if (b->last || !strcmp(b->kind, "poisoned") ||
	    (p->knows_pools && !strcmp(b->kind, "hugepage")) ||
	    p->blockers++ >= BLOCKERS_MAX)
		return;
	if (b->block != DAXPLUG_NO_BLOCK)
		snprintf(block, sizeof(block), "memory%llu: ",
			 (unsigned long long)b->block);
	add_reason(p, DAXPLUG_LEVEL_MAY_FAIL,
		   !strcmp(b->kind, "held") || !strcmp(b->kind, "locked") ? -ETIMEDOUT : -EBUSY,
		   "blocker", "%spage 0x%llx: %s %s", block, (unsigned long long)b->pfn, b->kind,
		   b->owner);
}

static void check_pages(struct daxplug_preflight *p,
			const struct daxplug_device *dev)
{
	int n = daxplug_device_each_blocker(dev, add_blocker, p);

	if (p->blockers > BLOCKERS_MAX)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "blockers",
			   "and %u more pages that cannot be moved now",
			   p->blockers - BLOCKERS_MAX);
	if (n == -EACCES || n == -EPERM)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "blockers",
			   "which pages cannot be moved is shown to root only");
	else if (n < 0)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "blockers",
			   "whether a page is pinned or cannot be moved otherwise is not known");
}

static void check_zone(struct daxplug_preflight *p,
		       const struct daxplug_blocks *b)
{
	if (b->kernel)
		add_reason(p, DAXPLUG_LEVEL_NOTE, 0, "kernel-zone",
			   "%u of its %u blocks are outside ZONE_MOVABLE: the kernel's own data in "
			   "them cannot be moved",
			   b->kernel, b->total);
}

static void check_unplug(struct daxplug_preflight *p,
			 const struct daxplug_device *dev, bool quick)
{
	struct daxplug_blocks b;

	p->used = 0;
	if (daxplug_device_get_blocks(dev, &b) || !(b.kernel + b.movable))
		return;
	check_room(p, dev);
	check_zone(p, &b);
	check_hugetlb(p, dev);
	if (!quick)
		check_pages(p, dev);
}

/* ------------------------------------------------------------------------------------ */

/* Check the current state. Return: false if no further check makes sense. */
static bool check_state(struct daxplug_preflight *p,
			const struct daxplug_device *dev, enum dp_mode mode)
{
	int err = p->before_err;

	if (!err)
		return true;
	p->failed |= err == -ENOMEM;
	if (err == -ENODEV)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "gone",
			   "the device does not exist any more");
	else if (mode == MODE_FOREIGN && dev->driver)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "driver",
			   "it is bound to the driver %s, not to kmem", dev->driver);
	else if (err == -EOPNOTSUPP)
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "no-blocks",
			   "this kernel has no memory blocks, or another driver has just been "
			   "bound to the device");
	else
		add_reason(p, DAXPLUG_LEVEL_FAILS, err, "state", "its state cannot be read: %s",
			   strerror(-err));
	return false;
}

static void check_all(struct daxplug_preflight *p, const struct daxplug_device *dev, bool quick)
{
	enum dp_mode mode;
	int err = dp_get_mode(dev, &mode);
	bool unplugs;

	/* Without the mode it is not known which rules apply, so nothing else is checked. */
	if (err)
		p->before_err = err;

	if (p->request.want == DAXPLUG_STATE_UNPLUGGED)
		p->request.memmap = DAXPLUG_MEMMAP_DEFAULT;
	p->request.memmap_differs = dp_memmap_differs(dev, mode, p->request.memmap);
	unplugs = p->request.want == DAXPLUG_STATE_UNPLUGGED ||
		  dp_needs_replug(&p->request, mode);
	if (!check_state(p, dev, mode))
		return;
	err = dp_check_bound_overlap(&p->request, dev, mode);
	if (err) {
		check_overlap(p, dev, err);
		return;
	}
	if (p->request.before == p->request.want && !p->request.memmap_differs)
		return;
	if (dp_is_too_small(&p->request, dev, mode))
		check_size(p, dev);
	if (dp_is_without_node(&p->request, dev, mode))
		add_reason(p, DAXPLUG_LEVEL_FAILS, -EINVAL, "node",
			   "the firmware gives no node (no SRAT entry, no CFMWS window) for its "
			   "addresses, or NUMA is off");
	if (mode == MODE_UNBOUND)
		check_bind(p, dev);
	if (mode == MODE_BLOCKS && unplugs)
		check_unbind(p, dev);
	if (!check_memmap(p, dev, mode))
		check_transition(p, dev, mode);
	check_permission(p, dev, mode);
	if (p->request.want != DAXPLUG_STATE_UNPLUGGED &&
	    p->request.before == DAXPLUG_STATE_UNPLUGGED)
		check_space(p, dev, mode);
	if (p->request.want != DAXPLUG_STATE_UNPLUGGED)
		check_ends(p, dev);
	if (p->request.want == DAXPLUG_STATE_ONLINE_MOVABLE)
		check_zones(p, dev);
	if (unplugs)
		check_unplug(p, dev, quick);
}

int daxplug_device_preflight(const struct daxplug_device *dev,
			     enum daxplug_state want,
			     const struct daxplug_change *change, int quick,
			     struct daxplug_preflight **out)
{
	struct daxplug_preflight *p;

	if (dp_type_of_state(want) == TYPE_OFFLINE ||
	    (dp_type_of_state(want) == TYPE_NONE && want != DAXPLUG_STATE_UNPLUGGED))
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->request.want = want;
	p->request.replug = change && change->replug;
	p->request.memmap = change ? change->memmap : DAXPLUG_MEMMAP_DEFAULT;
	p->used = UINT64_MAX;
	p->room = UINT64_MAX;
	p->before_err = daxplug_device_get_state(dev, &p->request.before);
	check_all(p, dev, quick);
	if (p->failed) {
		daxplug_preflight_free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void daxplug_preflight_free(struct daxplug_preflight *p)
{
	if (!p)
		return;
	free(p->reasons);
	free(p);
}

int daxplug_preflight_get_before(const struct daxplug_preflight *p,
				 enum daxplug_state *state)
{
	if (!p->before_err)
		*state = p->request.before;
	return p->before_err;
}

unsigned int daxplug_preflight_get_reasons(const struct daxplug_preflight *p)
{
	return p->count;
}

enum daxplug_level daxplug_preflight_get_level(const struct daxplug_preflight *p,
					       unsigned int index)
{
	return index < p->count ? p->reasons[index].level : DAXPLUG_LEVEL_NOTE;
}

int daxplug_preflight_get_errno(const struct daxplug_preflight *p,
				unsigned int index)
{
	return index < p->count ? p->reasons[index].err : 0;
}

const char *daxplug_preflight_get_word(const struct daxplug_preflight *p,
				       unsigned int index)
{
	return index < p->count ? p->reasons[index].word : NULL;
}

const char *daxplug_preflight_get_text(const struct daxplug_preflight *p,
				       unsigned int index)
{
	return index < p->count ? p->reasons[index].text : NULL;
}

int daxplug_preflight_get_worst(const struct daxplug_preflight *p,
				unsigned int *index)
{
	unsigned int i, worst = 0;

	for (i = 1; i < p->count; i++) {
		if (p->reasons[i].level > p->reasons[worst].level)
			worst = i;
	}
	if (!p->count || p->reasons[worst].level == DAXPLUG_LEVEL_NOTE)
		return 0;
	*index = worst;
	return p->reasons[worst].err;
}

int daxplug_preflight_get_used(const struct daxplug_preflight *p, uint64_t *bytes)
{
	if (p->used == UINT64_MAX)
		return -EOPNOTSUPP;
	*bytes = p->used;
	return 0;
}

int daxplug_preflight_get_room(const struct daxplug_preflight *p, uint64_t *bytes)
{
	if (p->room == UINT64_MAX)
		return -EOPNOTSUPP;
	*bytes = p->room;
	return 0;
}
