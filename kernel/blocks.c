// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpu.h>
#include <linux/kobject.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "blocks.h"
#include "compat.h"

/* Both set once in blocks_init(). */
static compat_bus_t *memory_bus;
static struct workqueue_struct *turn_queue;	/* waits in line for the hotplug lock */

/*
 * The bus itself has no exported name. Every device hangs in one set, and
 * the first memory block in there knows its bus.
 */
int blocks_init(void)
{
	struct device *cpu = get_cpu_device(0);
	struct kobject *kobj;
	struct kset *devices;

	if (!cpu || !cpu->kobj.kset)
		return -ENODEV;
	devices = cpu->kobj.kset;

	spin_lock(&devices->list_lock);
	list_for_each_entry(kobj, &devices->list, entry) {
		const struct device *dev = kobj_to_dev(kobj);

		if (kobj->ktype != cpu->kobj.ktype || !dev->bus ||
		    strcmp(dev->bus->name, "memory"))
			continue;
		memory_bus = dev->bus;
		break;
	}
	spin_unlock(&devices->list_lock);
	if (!memory_bus)
		return -ENODEV;
	turn_queue = alloc_workqueue("kmem_turn", WQ_UNBOUND, 0);
	return turn_queue ? 0 : -ENOMEM;
}

static struct memory_block *block_of(struct device *dev)
{
	return container_of(dev, struct memory_block, dev);
}

u64 block_start(struct device *block)
{
	return PFN_PHYS(section_nr_to_pfn(block_of(block)->start_section_nr));
}

unsigned long block_memmap_pages(struct device *block)
{
	return compat_block_memmap_pages(block_of(block));
}

bool block_may_have_poison(struct device *block)
{
	return compat_block_poison(block_of(block)) != 0;
}

bool block_counts_poison(struct device *block)
{
	return compat_block_poison(block_of(block)) > 0;
}

void blocks_for_each(int (*fn)(struct device *block, void *data), void *data)
{
	bus_for_each_dev(memory_bus, NULL, data, fn);
}

int blocks_register_notifier(struct notifier_block *nb)
{
	return bus_register_notifier(memory_bus, nb);
}

void blocks_unregister_notifier(struct notifier_block *nb)
{
	bus_unregister_notifier(memory_bus, nb);
}

static struct device_attribute *find_attribute(struct device *dev,
					       const char *name)
{
	const struct attribute_group **group;
	struct attribute **attr;

	for (group = dev->groups; group && *group; group++)
		for (attr = (*group)->attrs; attr && *attr; attr++)
			if (!strcmp((*attr)->name, name))
				return container_of(*attr, struct device_attribute,
						    attr);
	return NULL;
}

/*
 * A turn at the hotplug lock. A switch only tries for that lock, and sleeps 5 ms
 * when it is taken: against somebody who takes it again and again it would have to
 * wake in just the right moment. The kernel exports no way to wait in line for the
 * lock but in calls that do something under it. Of these, adding memory over
 * addresses that are in use fails as soon as it has the lock (-EEXIST from
 * register_memory_resource(), 6.1 to 7.3), before it touches anything. When it comes
 * back, others who tried have found the lock taken and sleep, and the lock is there
 * to be tried for.
 *
 * A work item waits in line, so that a signal ends the wait for it.
 */
static DECLARE_WAIT_QUEUE_HEAD(turn_wait);
static unsigned int turns;	/* only the work item writes it */

/* The block that holds the kernel's page of zeroes: RAM that never goes. */
static u64 block_in_use(void)
{
	return ALIGN_DOWN(PFN_PHYS(page_to_pfn(ZERO_PAGE(0))),
			  (u64)memory_block_size_bytes());
}

static void turn_come(struct work_struct *work)
{
	int err = compat_add_memory(0, block_in_use(), memory_block_size_bytes(),
				    "System RAM (kmem)", MHP_NONE, TYPE_OFFLINE);

	WARN_ON_ONCE(!err);
	WRITE_ONCE(turns, turns + 1);
	wake_up_all(&turn_wait);
}
static DECLARE_WORK(turn, turn_come);

/* Longer than it may take is no harm: the lock is tried for then all the same. */
#define TURN_WAIT	(HZ / 2)

static int wait_for_turn(void)
{
	unsigned int before = READ_ONCE(turns);

	queue_work(turn_queue, &turn);
	wait_event_interruptible_timeout(turn_wait, READ_ONCE(turns) != before,
					 TURN_WAIT);
	return signal_pending(current) ? -EINTR : 0;
}

int blocks_wait_for_hotplug_lock(void)
{
	unsigned int before = READ_ONCE(turns);
	int err;

	do {
		err = wait_for_turn();
	} while (!err && READ_ONCE(turns) == before);
	return err;
}

void blocks_exit(void)
{
	destroy_workqueue(turn_queue);
}

/*
 * The kernel has asked for the system call to be restarted and has set the flag of a
 * pending signal for that. Clear it, unless a signal is really there: siglock keeps
 * one that comes at this moment from being lost.
 */
static void clear_restart_flag(void)
{
	/* A task's own stays for as long as it runs. */
	struct sighand_struct *sighand = rcu_dereference_protected(current->sighand, true);

	spin_lock_irq(&sighand->siglock);
	recalc_sigpending();
	spin_unlock_irq(&sighand->siglock);
}

int block_switch(struct device *block, enum online_type type)
{
	struct device_attribute *state = find_attribute(block, "state");
	const char *word = type_name(type);
	ssize_t ret;
	int err;

	if (!state || !state->store)
		return -EOPNOTSUPP;

	/*
	 * If the hotplug lock is taken, the kernel asks for the system call to be
	 * restarted. This thread makes no system call, so wait here: only a real
	 * signal ends the wait.
	 */
	for (;;) {
		ret = state->store(block, state, word, strlen(word));
		if (ret != -ERESTARTNOINTR)
			return ret < 0 ? (int)ret : 0;
		clear_restart_flag();
		err = wait_for_turn();
		if (err)
			return err;
	}
}

enum block_state block_look(struct device *block)
{
	u64 end = block_start(block) + memory_block_size_bytes();
	struct page *page = pfn_to_online_page(PHYS_PFN(end) - 1);

	/* The last page: the first ones may hold the block's own memmap. */
	if (!page)
		return BLOCK_OFFLINE;
	return page_zonenum(page) == ZONE_MOVABLE ? BLOCK_MOVABLE : BLOCK_KERNEL;
}

/* auto_online_blocks, as whoever reads the file gets it. */
static enum online_type read_policy(void)
{
	enum online_type type = TYPE_OFFLINE;
	struct device_attribute *policy;
	struct device *root;
	ssize_t len;
	char *page;

	page = (char *)__get_free_page(GFP_KERNEL);
	root = compat_bus_root(memory_bus);
	policy = root ? find_attribute(root, "auto_online_blocks") : NULL;
	if (page && policy && policy->show) {
		len = policy->show(root, policy, page);
		if (len > 0)
			type = type_parse(page, (unsigned long)len);
		if (type == TYPE_NONE)
			type = TYPE_OFFLINE;
	}
	put_device(root);
	free_page((unsigned long)page);
	return type;
}

enum online_type blocks_policy(void)
{
	enum online_type type = compat_online_policy();

	return type != TYPE_NONE ? type : read_policy();
}
