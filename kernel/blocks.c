// SPDX-License-Identifier: GPL-2.0-only
/* Access to memory blocks through their devices; see blocks.h. */
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

/* Both are set once in blocks_init() and never change after that. */
static compat_bus_t *memory_bus;
static struct workqueue_struct *turn_queue;	/* its work item waits for the hotplug lock */

/*
 * The memory bus is not an exported symbol. Every device is in one kset, and the first
 * memory block in that kset points to its bus.
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

static struct memory_block *to_memory_block(struct device *dev)
{
	return container_of(dev, struct memory_block, dev);
}

u64 block_start(struct device *block)
{
	return PFN_PHYS(section_nr_to_pfn(to_memory_block(block)->start_section_nr));
}

unsigned long block_memmap_pages(struct device *block)
{
	return compat_block_memmap_pages(to_memory_block(block));
}

bool block_may_have_poison(struct device *block)
{
	return compat_block_poison(to_memory_block(block)) != 0;
}

bool block_has_counted_poison(struct device *block)
{
	return compat_block_poison(to_memory_block(block)) > 0;
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
 * How a task waits in line for the hotplug lock.
 *
 * The kernel's function that switches a block only tries to take the hotplug lock. If the
 * lock is taken, the function sleeps for 5 ms, and the switch must be tried again. If another
 * task takes the lock again and again, a try succeeds only if it begins just when the lock is
 * free.
 *
 * The kernel exports no function that only waits for this lock. But the function that adds
 * memory waits for the lock, too, and does nothing else if the addresses are in use. The call
 * then fails with -EEXIST as soon as it has the lock (register_memory_resource(), 6.1 to 7.3).
 * While the call holds the lock, other tasks that only try to take the lock find it taken, and
 * sleep. So when the call has returned, the next try of the switch is likely to get the lock.
 *
 * A work item makes that call. The task waits for the work item, and a signal can end
 * this wait.
 */
static DECLARE_WAIT_QUEUE_HEAD(turn_wait);
static unsigned int turns;	/* written by the work item only */

/* Get the address of the block with the zero page. That is RAM in use, which is never removed. */
static u64 block_in_use(void)
{
	return ALIGN_DOWN(PFN_PHYS(page_to_pfn(ZERO_PAGE(0))),
			  (u64)memory_block_size_bytes());
}

static void take_turn(struct work_struct *work)
{
	int err = compat_add_memory(0, block_in_use(), memory_block_size_bytes(),
				    "System RAM (kmem)", MHP_NONE, TYPE_OFFLINE);

	WARN_ON_ONCE(!err);
	WRITE_ONCE(turns, turns + 1);
	wake_up_all(&turn_wait);
}
static DECLARE_WORK(turn, take_turn);

/*
 * The longest wait of wait_for_turn() for the work item, in jiffies. After this time
 * block_switch() tries to take the hotplug lock in any case, and
 * blocks_wait_for_hotplug_lock() waits again.
 */
#define TURN_WAIT	(HZ / 2)

static int wait_for_turn(void)
{
	unsigned int before = READ_ONCE(turns);

	queue_work(turn_queue, &turn);
	wait_event_interruptible_timeout(turn_wait, READ_ONCE(turns) != before,
					 TURN_WAIT);
	return signal_pending(current) ? -EINTR : 0;
}

/*
 * How long blocks_wait_for_hotplug_lock() waits before a signal can end its wait, in jiffies.
 * If the hotplug lock is free, the work item needs far less time. So a signal ends the wait
 * only if another task holds the lock.
 */
#define TURN_GRACE	(HZ / 10)

int blocks_wait_for_hotplug_lock(void)
{
	unsigned int before = READ_ONCE(turns);
	int err = 0;

	queue_work(turn_queue, &turn);
	wait_event_timeout(turn_wait, READ_ONCE(turns) != before, TURN_GRACE);
	while (!err && READ_ONCE(turns) == before)
		err = wait_for_turn();
	return err;
}

void blocks_exit(void)
{
	destroy_workqueue(turn_queue);
}

/*
 * Clear the task's flag for a pending signal unless a signal is really pending. The kernel
 * has set this flag to request a restart of the system call (restart_syscall()). siglock is
 * held, because otherwise a signal that arrives at this moment could be lost.
 */
static void clear_restart_flag(void)
{
	/* A running task keeps its own sighand. */
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
	 * If the hotplug lock is taken, the kernel requests a restart of the system
	 * call. This thread is not in a system call, so wait here. Only a real signal
	 * ends the wait.
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

enum block_state block_read_state(struct device *block)
{
	u64 end = block_start(block) + memory_block_size_bytes();
	struct page *page = pfn_to_online_page(PHYS_PFN(end) - 1);

	/* Read the last page, because the first ones may hold the block's own page structures. */
	if (!page)
		return BLOCK_OFFLINE;
	return page_zonenum(page) == ZONE_MOVABLE ? BLOCK_MOVABLE : BLOCK_KERNEL;
}

/* Read the policy with the show function of the file auto_online_blocks. */
static enum online_type read_online_policy(void)
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

enum online_type blocks_online_policy(void)
{
	enum online_type type = compat_online_policy();

	return type != TYPE_NONE ? type : read_online_policy();
}
