// SPDX-License-Identifier: GPL-2.0-only
/* The memory types of nodes; see tiers.h. */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/memory-tiers.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "tiers.h"

/* As in drivers/dax/kmem.c: memory without a measured distance is a low tier. */
#define LOW_TIER_ADISTANCE	(MEMTIER_ADISTANCE_DRAM * 5)

/* A memory type that this module has created. It is kept until the module is unloaded. */
struct tier {
	struct list_head node;
	struct memory_dev_type *type;
};

/*
 * A node that has devices of this module.
 *
 * The kernel keeps one memory type per node, and counts the users of this type.
 * init_node_memory_type() counts one more user only if its argument is the type of the node.
 * So all devices of a node use the type of the first one, even if the platform has changed
 * the distance since.
 */
struct tier_node {
	struct list_head node;
	int nid;
	unsigned int devices;
	struct memory_dev_type *type;
};

static DEFINE_MUTEX(tiers_lock);	/* protects tiers and tier_nodes */
static LIST_HEAD(tiers);
static LIST_HEAD(tier_nodes);

/* mt_find_alloc_memory_type() does the same, but not every kernel has it. */
static struct memory_dev_type *find_or_alloc_type(int adistance)
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

static struct tier_node *find_node(int nid)
{
	struct tier_node *node;

	list_for_each_entry(node, &tier_nodes, node)
		if (node->nid == nid)
			return node;
	return NULL;
}

static struct tier_node *make_node(int nid)
{
	int adistance = compat_adistance(nid, LOW_TIER_ADISTANCE);
	struct memory_dev_type *type = find_or_alloc_type(adistance);
	struct tier_node *node;

	if (IS_ERR(type))
		return ERR_CAST(type);
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->nid = nid;
	node->type = type;
	list_add(&node->node, &tier_nodes);
	return node;
}

int tiers_join(int nid)
{
	struct tier_node *node;
	int err = 0;

	mutex_lock(&tiers_lock);
	node = find_node(nid) ?: make_node(nid);
	if (IS_ERR(node)) {
		err = PTR_ERR(node);
	} else {
		node->devices++;
		init_node_memory_type(nid, node->type);
	}
	mutex_unlock(&tiers_lock);
	return err;
}

/*
 * This function passes to clear_node_memory_type() the type that tiers_join() has passed to
 * init_node_memory_type(). The stock driver passes NULL instead. On a node that has another type
 * (DRAM), NULL makes the kernel drop a reference that this driver never took.
 */
void tiers_leave(int nid)
{
	struct tier_node *node;

	mutex_lock(&tiers_lock);
	node = find_node(nid);
	clear_node_memory_type(nid, node->type);
	if (!--node->devices) {
		list_del(&node->node);
		kfree(node);
	}
	mutex_unlock(&tiers_lock);
}

void tiers_exit(void)
{
	struct tier *tier, *next;

	list_for_each_entry_safe(tier, next, &tiers, node) {
		compat_put_memory_type(tier->type);
		kfree(tier);
	}
}
