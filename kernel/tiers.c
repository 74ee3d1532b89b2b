// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/memory-tiers.h>
#include <linux/mutex.h>

#include "compat.h"
#include "tiers.h"

/* drivers/dax/kmem.c: memory that nobody measured counts as a low tier. */
#define LOW_TIER_ADISTANCE	(MEMTIER_ADISTANCE_DRAM * 5)

static DEFINE_MUTEX(tiers_lock);	/* protects tiers */
static LIST_HEAD(tiers);

struct memory_dev_type *tiers_join(int nid)
{
	int adistance = LOW_TIER_ADISTANCE;
	struct memory_dev_type *type;

	mt_calc_adistance(nid, &adistance);
	mutex_lock(&tiers_lock);
	type = mt_find_alloc_memory_type(adistance, &tiers);
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
	mt_put_memory_types(&tiers);
}
