/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: a memory notifier that keeps the block table up to date and vetoes switches.
 *
 * The guard records the state of each block in the block table (block_table.h), whichever
 * task switches the block. It vetoes switches by other tasks according to the guard mode.
 * A notifier of the memory bus reports to it which blocks are added and removed.
 *
 * Locks: all functions take table_lock, a spinlock, for a few instructions, except
 * guard_init(), guard_exit(), guard_setup(), guard_notifiers_accepted(),
 * guard_notifier_vetoed(), guard_others_switched_recently(), guard_get_mode(),
 * guard_mode_name() and guard_is_device_removed().
 * Context: any task context.
 */
#ifndef DAXPLUG_KERNEL_GUARD_H
#define DAXPLUG_KERNEL_GUARD_H

#include <linux/types.h>

struct device;
struct kmem_memory;
struct range;
struct task_struct;

/**
 * enum guard_mode - which tasks may switch single blocks of a device
 * @GUARD_OFF: any task, at any time
 * @GUARD_TRANSITION: other tasks only while no plug or unplug of the device runs
 * @GUARD_ALWAYS: only the device's own transactions
 */
enum guard_mode {
	GUARD_OFF,
	GUARD_TRANSITION,
	GUARD_ALWAYS
};

/**
 * struct kmem_guard - which tasks may switch the blocks of one device
 * @mode: which other tasks may switch blocks
 * @vetoes: number of switches by other tasks that the guard vetoed
 * @owner: the task that switches blocks for the running transaction; NULL if none runs
 * @veto_onlines: @owner is adding blocks, and the kernel's auto-online policy must not
 *	bring them online
 * @dry_run: the offline that @owner has begun is a dry run
 * @begun: the kernel has isolated the block that @owner takes offline
 * @accepted: no memory notifier vetoed that offline
 * @device_removed: the DAX device is being removed or has been removed, so no file is
 *	left in which @mode could be changed
 *
 * table_lock protects all members. @mode, @begun, @accepted and @device_removed are read
 * without it, too.
 */
struct kmem_guard {
	enum guard_mode mode;
	unsigned long vetoes;
	struct task_struct *owner;
	bool veto_onlines;
	bool dry_run;
	bool begun;
	bool accepted;
	bool device_removed;
};

/**
 * guard_init() - register the notifiers of the guard
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of the registration that failed.
 */
int guard_init(void);

/** guard_exit() - unregister the notifiers of the guard */
void guard_exit(void);

/** guard_setup() - initialize a new memory, with the default guard mode */
void guard_setup(struct kmem_memory *mem);

/** guard_set_owner() - set the task that switches blocks for @mem; NULL if none does */
void guard_set_owner(struct kmem_memory *mem, struct task_struct *task);

/**
 * guard_set_veto_onlines() - set whether the guard vetoes even the owner's onlines
 *
 * The owner sets this while it adds blocks, so that the auto-online policy has no
 * effect.
 */
void guard_set_veto_onlines(struct kmem_memory *mem, bool veto);

/**
 * guard_begin_offline() - prepare for an offline of a block by the owner
 * @mem: the memory, owned by the current task
 * @dry_run: the guard vetoes the offline just before pages would be migrated
 */
void guard_begin_offline(struct kmem_memory *mem, bool dry_run);

/**
 * guard_notifiers_accepted() - check whether all notifiers have accepted the offline begun
 * last
 */
bool guard_notifiers_accepted(struct kmem_memory *mem);

/**
 * guard_notifier_vetoed() - check whether a notifier has vetoed the offline begun last
 *
 * The result is valid only after the offline has ended.
 */
bool guard_notifier_vetoed(struct kmem_memory *mem);

/**
 * guard_others_switched_recently() - check whether other tasks have switched blocks recently
 *
 * Any task that does not run a transaction counts as another task. All memory blocks of the
 * machine count.
 * Return: true if another task has begun or ended a switch in the last ten seconds.
 */
bool guard_others_switched_recently(void);

/** guard_get_vetoes() - get the number of switches by other tasks that were vetoed */
unsigned long guard_get_vetoes(struct kmem_memory *mem);

/** guard_mode_name() - get the name of a guard mode, as in plug/guard */
const char *guard_mode_name(enum guard_mode mode);

/** guard_get_mode() - get the guard mode */
enum guard_mode guard_get_mode(const struct kmem_memory *mem);

/** guard_set_mode() - set which other tasks may switch blocks from now on */
void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode);

/**
 * guard_note_device_removal() - record that a DAX device is being removed from the machine
 * @dev: the device
 * @addresses: one of its ranges
 *
 * From now on other tasks may switch the blocks of the device's memory even if the guard
 * mode is "always". While a transaction of the memory runs, the guard mode applies as before.
 * All this applies to the memory of @dev. It also applies to a memory in @addresses that was
 * kept when its device was unbound.
 */
void guard_note_device_removal(const struct device *dev, const struct range *addresses);

/**
 * guard_note_device_bound() - put the guard mode into force again after the device was
 * bound
 */
void guard_note_device_bound(struct kmem_memory *mem);

/** guard_is_device_removed() - check whether the device of @mem is being removed, or has been */
bool guard_is_device_removed(struct kmem_memory *mem);

#endif
