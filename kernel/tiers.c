// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/list.h>
#include <linux/memory-tiers.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "tiers.h"

/* drivers/dax/kmem.c: memory that nobody measured counts as a low tier. */
#define LOW_TIER_ADISTANCE	(MEMTIER_ADISTANCE_DRAM * 5)

/* A memory type that this module made, for the life of the module. */
struct tier {
	struct list_head node;
	struct memory_dev_type *type;
};

static DEFINE_MUTEX(tiers_lock);	/* protects tiers */
static LIST_HEAD(tiers);

/* mt_find_alloc_memory_type() does it on some kernels, this on all. */
static struct memory_dev_type *find_or_make(int adistance)
{
	struct tier *tier;

	list_for_each_entry(tier, &tiers, node)
		if (tier->type->adistance == adistance)
			return tier->type;

	tier = kzalloc(sizeof(*tier), GFP_KERNEL);
	if (!tier)
		return ERR_PTR(-ENOMEM);
	tier->type = alloc_memory_type(adistance);
	if (IS_ERR(tier->type)) {
		struct memory_dev_type *err = tier->type;

		kfree(tier);
		return err;
	}
	list_add(&tier->node, &tiers);
	return tier->type;
}

struct memory_dev_type *tiers_join(int nid)
{
	int adistance = compat_adistance(nid, LOW_TIER_ADISTANCE);
	struct memory_dev_type *type;

	mutex_lock(&tiers_lock);
	type = find_or_make(adistance);
	mutex_unlock(&tiers_lock);
	if (!IS_ERR(type))
		init_node_memory_type(nid, type);
	return type;
}

/*
 * The stock driver passes no type here, which on a node that has another one
 * (DRAM) drops a reference that was never taken.
 */
void tiers_leave(int nid, struct memory_dev_type *type)
{
	clear_node_memory_type(nid, type);
}

void tiers_exit(void)
{
	struct tier *tier, *next;

	list_for_each_entry_safe(tier, next, &tiers, node) {
		compat_put_memory_type(tier->type);
		kfree(tier);
	}
}
