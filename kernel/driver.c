// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem.ko: the memory of a dax device as system RAM, plugged and unplugged
 * whole. A drop-in for the stock module of that name.
 */
#include <linux/device.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "attrs.h"
#include "blockers.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "limit.h"
#include "plug.h"
#include "policy.h"
#include "range.h"
#include "tiers.h"

static void memory_free(struct kmem_memory *mem)
{
	if (!mem)
		return;
	kfree(mem->name);
	kvfree(mem->engine.ranges);
	kvfree(mem->engine.was);
	kvfree(mem->engine.order);
	kvfree(mem->engine.fill);
	kfree(mem->blockers);
	kvfree(mem->res);
	kvfree(mem->blocks);
	kvfree(mem->state);
	kfree(mem);
}

/*
 * The whole memory blocks of each range of the device. What does not fill a
 * block cannot become system RAM and is told once.
 */
static unsigned int take_ranges(struct dev_dax *dev_dax,
				struct engine_range *ranges,
				unsigned int *nr_blocks)
{
	u64 block_size = memory_block_size_bytes();
	u64 asked = 0, taken = 0;
	unsigned int nr = 0;
	int i;

	*nr_blocks = 0;
	for (i = 0; i < dev_dax->nr_range; i++) {
		const struct range *r = &dev_dax->ranges[i].range;
		unsigned long long start = r->start, end = r->end;

		asked += range_len(r);
		if (!range_align_to_blocks(&start, &end, block_size)) {
			dev_info(&dev_dax->dev,
				 "mapping%d: %#llx-%#llx holds no whole memory block\n",
				 i, start, end);
			continue;
		}
		ranges[nr].start = start;
		ranges[nr].size = end - start + 1;
		ranges[nr].first = *nr_blocks;
		ranges[nr].count = (unsigned int)(ranges[nr].size / block_size);
		*nr_blocks += ranges[nr].count;
		taken += ranges[nr].size;
		nr++;
	}

	if (taken && taken != asked)
		dev_info(&dev_dax->dev,
			 "%llu of %llu bytes used: the rest fills no memory block\n",
			 taken, asked);
	return nr;
}

static struct kmem_memory *memory_alloc(struct dev_dax *dev_dax)
{
	struct kmem_memory *mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	unsigned int nr, blocks;
	struct engine *e;

	if (!mem)
		return NULL;
	e = &mem->engine;
	mem->name = kstrdup(dev_name(&dev_dax->dev), GFP_KERNEL);
	e->ranges = kvcalloc(dev_dax->nr_range, sizeof(*e->ranges), GFP_KERNEL);
	if (!mem->name || !e->ranges)
		goto fail;

	nr = take_ranges(dev_dax, e->ranges, &blocks);
	e->nr_ranges = nr;
	e->nr_blocks = blocks;
	e->was = kvcalloc(blocks, sizeof(*e->was), GFP_KERNEL);
	e->order = kvcalloc(blocks, sizeof(*e->order), GFP_KERNEL);
	e->fill = kvcalloc(blocks, sizeof(*e->fill), GFP_KERNEL);
	mem->blockers = blockers_alloc();
	mem->res = kvcalloc(nr, sizeof(*mem->res), GFP_KERNEL);
	mem->blocks = kvcalloc(blocks, sizeof(*mem->blocks), GFP_KERNEL);
	mem->state = kvcalloc(blocks, sizeof(*mem->state), GFP_KERNEL);
	if (!e->was || !e->order || !e->fill || !mem->blockers || !mem->res ||
	    !mem->blocks || !mem->state)
		goto fail;

	mutex_init(&mem->lock);
	init_rwsem(&mem->presence);
	limit_setup(mem);
	INIT_WORK(&mem->report, plug_report_work);
	mem->nid = dev_dax->target_node;
	mem->flags = MHP_NID_IS_MGID;
	if (compat_memmap_on_memory(dev_dax))
		mem->flags |= MHP_MEMMAP_ON_MEMORY;
	mem->count[BLOCK_ABSENT] = e->nr_blocks;
	mem->reported = STATE_UNPLUGGED;
	mem->guard = GUARD_TRANSITION;
	plug_attach(mem);
	return mem;

fail:
	memory_free(mem);
	return NULL;
}

/* Everything that the memory holds besides its blocks. */
static int memory_register(struct kmem_memory *mem)
{
	int mgid;

	mem->tier = tiers_join(mem->nid);
	if (IS_ERR(mem->tier))
		return PTR_ERR(mem->tier);

	mgid = memory_group_register_static(mem->nid,
					    PHYS_PFN(mem->engine.nr_blocks *
						     (u64)memory_block_size_bytes()));
	if (mgid < 0) {
		tiers_leave(mem->nid, mem->tier);
		return mgid;
	}
	mem->mgid = mgid;
	guard_watch(mem);
	return 0;
}

static void memory_unregister(struct kmem_memory *mem)
{
	guard_unwatch(mem);
	cancel_work_sync(&mem->report);
	memory_group_unregister(mem->mgid);
	tiers_leave(mem->nid, mem->tier);
}

/* Memory that was online when this device was unbound is its own again. */
static bool take_back(struct device *dev, struct kmem_memory *new)
{
	struct kmem_memory *old = guard_find(new->nid, new->engine.ranges,
					     new->engine.nr_ranges);

	if (!old)
		return false;
	mutex_lock(&old->lock);
	old->dev = dev;
	mutex_unlock(&old->lock);
	dev_set_drvdata(dev, old);
	dev_info(dev, "adopted: %s\n", state_name(guard_state(old)));
	return true;
}

static int kmem_bind(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct kmem_memory *mem;
	int err;

	if (dev_dax->target_node < 0) {
		dev_warn(dev, "not bound: its node is not known (%d)\n",
			 dev_dax->target_node);
		return -EINVAL;
	}

	mem = memory_alloc(dev_dax);
	if (!mem)
		return -ENOMEM;
	err = -EINVAL;
	if (!mem->engine.nr_blocks) {
		dev_warn(dev, "not bound: no whole memory block in it\n");
		goto out_free;
	}
	if (take_back(dev, mem)) {
		err = 0;
		goto out_free;
	}

	err = memory_register(mem);
	if (err)
		goto out_free;

	mem->dev = dev;
	dev_set_drvdata(dev, mem);
	if (plug_adopt(mem)) {
		dev_info(dev, "adopted from another driver: %s\n",
			 state_name(guard_state(mem)));
		return 0;
	}
	err = plug_start(mem, policy_start(dev));
	if (!err)
		return 0;

	dev_err(dev, "not bound: its memory could not be added: %pe\n",
		ERR_PTR(err));
	plug_stop(mem);
	memory_unregister(mem);
out_free:
	memory_free(mem);
	return err;
}

static void kmem_unbind(struct dev_dax *dev_dax)
{
	struct kmem_memory *mem = dev_get_drvdata(&dev_dax->dev);

	dev_set_drvdata(&dev_dax->dev, NULL);
	if (!plug_stop(mem)) {
		dev_warn(&dev_dax->dev,
			 "unbound with memory online: %s; bind it again to unplug it\n",
			 state_name(guard_state(mem)));
		return;
	}
	memory_unregister(mem);
	memory_free(mem);
}

static struct dax_device_driver kmem_driver = {
	COMPAT_DAX_DRIVER_KMEM
	.probe = kmem_bind,
	.remove = kmem_unbind,
	.drv.dev_groups = kmem_attr_groups,
};

static int __init kmem_init(void)
{
	int err;

	err = blocks_init();
	if (err)
		return err;
	err = plug_init();
	if (err)
		return err;
	err = limit_init();
	if (err)
		goto out_plug;
	err = guard_init();
	if (err)
		goto out_limit;
	err = __dax_driver_register(&kmem_driver, THIS_MODULE, KBUILD_MODNAME);
	if (err)
		goto out_guard;
	return 0;

out_guard:
	guard_exit();
out_limit:
	limit_exit();
out_plug:
	plug_exit();
	return err;
}

static void __exit kmem_exit(void)
{
	dax_driver_unregister(&kmem_driver);
	guard_exit();
	limit_exit();
	plug_exit();
	blocks_exit();
	tiers_exit();
}

module_init(kmem_init);
module_exit(kmem_exit);
MODULE_AUTHOR("The daxplug authors");
MODULE_DESCRIPTION("DAX devices as system RAM, plugged and unplugged whole");
MODULE_LICENSE("GPL");
MODULE_VERSION(DAXPLUG_VERSION);
MODULE_ALIAS("dax:t0*");
