// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem.ko, a replacement for the stock module of that name: plugs and unplugs the
 * memory of a whole DAX device as System RAM.
 *
 * This file binds and unbinds devices, and loads and unloads the module.
 */
#include <linux/device.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "attrs.h"
#include "block_table.h"
#include "blockers.h"
#include "blocks.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "memmap.h"
#include "memory.h"
#include "plug.h"
#include "poison.h"
#include "policy.h"
#include "power.h"
#include "range.h"
#include "report.h"
#include "steps.h"
#include "thread.h"
#include "tiers.h"

/*
 * Protects the assignment of addresses to devices. It is held while the block table is searched for
 * the addresses of a device that is bound, and while a struct kmem_memory enters the table, is
 * taken over by a device or leaves the table. So two devices cannot take the same addresses, and no
 * device is given a struct kmem_memory that is about to be freed. This lock also protects the
 * variables initialized and refused_bind.
 */
static DEFINE_MUTEX(bind_lock);

static void memory_free(struct kmem_memory *mem)
{
	if (!mem)
		return;
	thread_stop(mem);
	kfree(mem->name);
	kvfree(mem->engine.ranges);
	kvfree(mem->engine.was);
	kvfree(mem->engine.order);
	kvfree(mem->engine.fill);
	steps_free(mem);
	table_free(mem);
	kfree(mem);
}

/*
 * Size of a piece, in bytes. Memory is removed piece by piece, because the removal of each piece
 * holds the kernel's hotplug lock. To remove a piece of 4 GiB takes some 100 million instructions.
 * Memory is added in the same pieces or block by block (add_size() in steps.c).
 */
static u64 piece_size(void)
{
	return max_t(u64, SZ_4G, memory_block_size_bytes());
}

static unsigned int count_pieces(struct dev_dax *dev_dax)
{
	u64 nr = 0;
	int i;

	for (i = 0; i < dev_dax->nr_range; i++)
		nr += range_len(&dev_dax->ranges[i].range) / piece_size() + 1;
	return (unsigned int)nr;
}

/* Add a range of whole blocks to the device's ranges, cut into pieces. */
static void add_pieces(struct engine *e, u64 start, u64 size)
{
	u64 block_size = memory_block_size_bytes(), piece;
	bool first = true;

	for (; size; start += piece, size -= piece) {
		struct engine_range *r = &e->ranges[e->nr_ranges++];

		piece = min(size, piece_size());
		r->start = start;
		r->size = piece;
		r->first = e->nr_blocks;
		r->count = (unsigned int)(piece / block_size);
		r->continues = !first;
		e->nr_blocks += r->count;
		first = false;
	}
}

/*
 * Take the whole memory blocks of each range of the device. Memory that does not fill a
 * block cannot become System RAM. Log each range that contains no whole block. Log the number
 * of bytes used if this is only a part of the device.
 */
static void add_device_ranges(struct dev_dax *dev_dax, struct engine *e)
{
	u64 asked = 0, taken = 0;
	int i;

	for (i = 0; i < dev_dax->nr_range; i++) {
		const struct range *r = &dev_dax->ranges[i].range;
		unsigned long long start = r->start, end = r->end;

		asked += range_len(r);
		if (!range_align_to_blocks(&start, &end, memory_block_size_bytes())) {
			dev_info(&dev_dax->dev,
				 "mapping%d: %#llx-%#llx holds no whole memory block\n",
				 i, start, end);
			continue;
		}
		add_pieces(e, start, end - start + 1);
		taken += end - start + 1;
	}

	if (taken && taken != asked)
		dev_info(&dev_dax->dev,
			 "%llu of %llu bytes used: the rest fills no memory block\n",
			 taken, asked);
}

static struct kmem_memory *memory_alloc(struct dev_dax *dev_dax)
{
	struct kmem_memory *mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	unsigned int blocks;
	struct engine *e;

	if (!mem)
		return NULL;
	e = &mem->engine;
	mem->name = kstrdup(dev_name(&dev_dax->dev), GFP_KERNEL);
	e->ranges = kvcalloc(count_pieces(dev_dax), sizeof(*e->ranges), GFP_KERNEL);
	if (!mem->name || !e->ranges)
		goto fail;

	add_device_ranges(dev_dax, e);
	blocks = e->nr_blocks;
	e->was = kvcalloc(blocks, sizeof(*e->was), GFP_KERNEL);
	e->order = kvcalloc(blocks, sizeof(*e->order), GFP_KERNEL);
	e->fill = kvcalloc(blocks, sizeof(*e->fill), GFP_KERNEL);
	if (table_alloc(mem) || steps_setup(mem) || !e->was || !e->order || !e->fill)
		goto fail;

	mutex_init(&mem->lock);
	limit_setup(mem);
	hold_setup(mem);
	blockers_setup(mem);
	report_setup(mem);
	mem->nid = dev_dax->target_node;
	memmap_setup(mem, compat_memmap_on_memory(dev_dax));
	guard_setup(mem);
	return mem;

fail:
	memory_free(mem);
	return NULL;
}

/* Register the memory type and the memory group of @mem, and enter @mem into the block table. */
static int memory_register(struct kmem_memory *mem)
{
	int mgid, err;

	err = tiers_join(mem->nid);
	if (err)
		return err;

	mgid = memory_group_register_static(mem->nid,
					    PHYS_PFN(mem->engine.nr_blocks *
						     (u64)memory_block_size_bytes()));
	if (mgid < 0) {
		tiers_leave(mem->nid);
		return mgid;
	}
	mem->mgid = mgid;
	table_watch(mem);
	return 0;
}

static void memory_unregister(struct kmem_memory *mem)
{
	table_unwatch(mem);
	report_stop(mem);
	memory_group_unregister(mem->mgid);
	tiers_leave(mem->nid);
}

/* The device is bound again. Assign to it the memory that was kept at its last unbind. */
static void give_memory_back(struct device *dev, struct kmem_memory *old)
{
	mutex_lock(&old->lock);
	WRITE_ONCE(old->dev, dev);
	WRITE_ONCE(old->unbinding, false);
	mutex_unlock(&old->lock);
	guard_note_device_bound(old);
	dev_set_drvdata(dev, old);
	dev_info(dev, "adopted: %s\n", state_name(table_device_state(old)));
}

/*
 * Reserve the addresses of a device for it. This fails if one of them belongs to another
 * device, or to memory that was kept at an unbind and has other ranges or another node.
 * Return: 0 if @mem is now in the block table; 1 if the device got back the memory that was kept at
 * an earlier unbind, so that @mem is not used; or a negative errno.
 */
static int claim_addresses(struct device *dev, struct kmem_memory *mem)
{
	struct kmem_memory *other;
	bool same = false;
	int err;

	mutex_lock(&bind_lock);
	other = table_find_overlap(mem, &same);
	if (!other) {
		mem->dev = dev;
		err = memory_register(mem);
	} else if (same && !other->dev) {
		give_memory_back(dev, other);
		err = 1;
	} else {
		dev_err(dev, "not bound: its addresses are those of %s\n",
			other->dev ? dev_name(other->dev) : other->name);
		err = -EBUSY;
	}
	mutex_unlock(&bind_lock);
	return err;
}

/*
 * Log that blocks of the device remain. The caller holds bind_lock, because without it
 * another device with the same addresses could take @mem, unplug it and free it.
 */
static void log_memory_kept(struct device *dev, struct kmem_memory *mem)
{
	lockdep_assert_held(&bind_lock);
	if (guard_is_device_removed(mem))
		dev_warn(dev, "removed, but its blocks remain: %s; others may switch them now\n",
			 state_name(table_device_state(mem)));
	else
		dev_warn(dev, "unbound, but its blocks remain: %s; bind it again to unplug it\n",
			 state_name(table_device_state(mem)));
}

/*
 * Detach the memory structure from its device at an unbind. If blocks remain, because one is
 * online or could not be removed, the structure is kept for the next bind.
 */
static void end_memory(struct device *dev, struct kmem_memory *mem)
{
	bool gone;

	dev_set_drvdata(dev, NULL);
	mutex_lock(&bind_lock);
	gone = plug_stop(mem);
	if (gone)
		memory_unregister(mem);
	else
		log_memory_kept(dev, mem);
	mutex_unlock(&bind_lock);
	if (gone)
		memory_free(mem);
}

/*
 * Log that the device has no node. Memory can be added only to a node. The kernel knows
 * no node for addresses that are in no table of the firmware.
 */
static void log_no_node(struct dev_dax *dev_dax)
{
	int i;

	for (i = 0; i < dev_dax->nr_range; i++)
		dev_warn(&dev_dax->dev,
			 "not bound: the firmware gives no node (no SRAT entry, no CFMWS window) "
			 "for %#llx-%#llx, or NUMA is off\n",
			 dev_dax->ranges[i].range.start, dev_dax->ranges[i].range.end);
}

/*
 * While the module is being initialized (initialized is false), no device is bound. Otherwise the
 * initialization could fail when a device is plugged already, and the kernel would free the module
 * although the memory of the device is online. Such a failure is possible since 6.10:
 * bus_add_driver() first binds devices, then calls module_add_driver(), and fails if that call
 * fails. Protected by bind_lock.
 */
static bool initialized;
static bool refused_bind;

/*
 * Return: 0 if the module is initialized. Else -ENODEV, so that the driver core leaves the device
 * unbound without a message.
 */
static int check_initialized(void)
{
	bool refuse;

	mutex_lock(&bind_lock);
	refuse = !initialized;
	refused_bind |= refuse;
	mutex_unlock(&bind_lock);
	return refuse ? -ENODEV : 0;
}

static int kmem_bind(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct kmem_memory *mem;
	int err;

	err = check_initialized();
	if (err)
		return err;
	if (dev_dax->target_node < 0) {
		log_no_node(dev_dax);
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
	err = thread_start(mem);
	if (err)
		goto out_free;
	err = claim_addresses(dev, mem);
	if (err) {
		err = min(err, 0);
		goto out_free;
	}

	dev_set_drvdata(dev, mem);
	if (plug_adopt(mem)) {
		dev_info(dev, "adopted from another driver: %s\n",
			 state_name(table_device_state(mem)));
		return 0;
	}
	err = plug_start(mem, policy_start(dev));
	if (!err)
		return 0;

	dev_err(dev, "not bound: its memory could not be added: %pe\n",
		ERR_PTR(err));
	end_memory(dev, mem);
	return err;
out_free:
	memory_free(mem);
	return err;
}

static void kmem_unbind(struct dev_dax *dev_dax)
{
	struct kmem_memory *mem = dev_get_drvdata(&dev_dax->dev);

	end_memory(&dev_dax->dev, mem);
}

static struct dax_device_driver kmem_driver = {
	COMPAT_DAX_DRIVER_KMEM
	.probe = kmem_bind,
	.remove = kmem_unbind,
	.drv.dev_groups = kmem_attr_groups,
};

/*
 * Notifier of the dax bus, for two events. When the driver core is about to unbind a
 * device, this function ends the running transaction of the device. When a device is about
 * to be removed, this function records that in the guard before the unbind, because
 * log_memory_kept() reads it at the unbind. device_del() calls this notifier before
 * it unbinds the device (6.1 to 7.3). dax_alive() cannot be used to detect a removal, because
 * it stays false after the driver device_dax was bound to the device and unbound.
 */
static int unbind_event(struct notifier_block *nb, unsigned long action, void *data)
{
	struct device *dev = data;
	const struct dev_dax *dev_dax = container_of(dev, struct dev_dax, dev);
	int i;

	for (i = 0; action == BUS_NOTIFY_DEL_DEVICE && i < dev_dax->nr_range; i++)
		guard_note_device_removal(dev, &dev_dax->ranges[i].range);
	if (action == BUS_NOTIFY_UNBIND_DRIVER && dev->driver == &kmem_driver.drv &&
	    dev_get_drvdata(dev))
		plug_interrupt(dev_get_drvdata(dev));
	return NOTIFY_OK;
}

static struct notifier_block unbind_notifier = {
	.notifier_call = unbind_event,
};

static int check_build(void)
{
	const char *build = compat_other_build();

	if (!build)
		return 0;
	pr_err("kmem: built for kernel build \"%s\", this one is \"%s\"\n", build,
	       init_utsname()->version);
	return -ENOEXEC;
}

#define LOG_WITHOUT(symbol, consequence) \
	pr_notice("kmem: this kernel does not export %s: %s\n", symbol, consequence);

/* The bus of DAX devices, which is not an exported symbol. */
static compat_bus_t *dax_bus;

/*
 * Let devices be bound, and bind those that were refused. If drivers_autoprobe is 0, the bus has
 * not tried to bind a device, so none was refused, and none is bound here. There is one exception:
 * if a bind by hand (sysfs) was refused, all devices are bound here, whatever drivers_autoprobe is.
 */
static void allow_binds(void)
{
	bool bind;

	mutex_lock(&bind_lock);
	initialized = true;
	bind = refused_bind;
	mutex_unlock(&bind_lock);
	if (bind && driver_attach(&kmem_driver.drv))
		pr_err("kmem: the devices could not be bound\n");
}

static int __init kmem_init(void)
{
	int err = check_build();

	if (err)
		return err;
	DAXPLUG_WITHOUT(LOG_WITHOUT)
	err = blocks_init();
	if (err)
		return err;
	err = limit_init();
	if (err)
		goto out_blocks;
	err = guard_init();
	if (err)
		goto out_limit;
	err = power_init();
	if (err)
		goto out_guard;
	err = __dax_driver_register(&kmem_driver, THIS_MODULE, KBUILD_MODNAME);
	if (err)
		goto out_power;
	dax_bus = kmem_driver.drv.bus;
	err = bus_register_notifier(dax_bus, &unbind_notifier);
	if (err)
		goto out_driver;
	allow_binds();
	return 0;

out_driver:
	dax_driver_unregister(&kmem_driver);
out_power:
	power_exit();
out_guard:
	guard_exit();
out_limit:
	limit_exit();
out_blocks:
	blocks_exit();
	return err;
}

static void __exit kmem_exit(void)
{
	dax_driver_unregister(&kmem_driver);
	bus_unregister_notifier(dax_bus, &unbind_notifier);
	power_exit();
	guard_exit();
	limit_exit();
	blocks_exit();
	tiers_exit();
	poison_exit();
}

module_init(kmem_init);
module_exit(kmem_exit);
MODULE_AUTHOR("The daxplug authors");
MODULE_DESCRIPTION("DAX devices as system RAM, plugged and unplugged whole");
MODULE_LICENSE("GPL");
MODULE_VERSION(DAXPLUG_VERSION);
MODULE_ALIAS("dax:t0*");
