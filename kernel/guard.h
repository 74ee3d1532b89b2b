/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard: a memory notifier that knows the blocks of every device.
 *
 * It keeps the truth, what each block is now, whoever switched it, and it
 * refuses those who may not switch. Every call takes guard_lock, a spinlock,
 * for a few instructions and may be made in any task context.
 */
#ifndef DAXPLUG_KERNEL_GUARD_H
#define DAXPLUG_KERNEL_GUARD_H

#include "memory.h"

/** guard_init() - start listening. Return: 0 or what the kernel says. */
int guard_init(void);

/** guard_exit() - stop listening */
void guard_exit(void);

/** guard_watch() - watch the blocks of @mem from now on */
void guard_watch(struct kmem_memory *mem);

/** guard_unwatch() - forget them */
void guard_unwatch(struct kmem_memory *mem);

/**
 * guard_find() - the memory with exactly these ranges
 * @nid: their node
 * @ranges: the ranges
 * @nr: how many
 *
 * Two devices never have the same ranges: who finds it is its device again.
 * Return: the memory that is watched, or NULL.
 */
struct kmem_memory *guard_find(int nid, const struct engine_range *ranges,
			       unsigned int nr);

/**
 * guard_adopt() - the blocks of a range are there already
 * @mem: the memory, watched
 * @range: the range
 * @blocks: the devices of its blocks
 *
 * Takes each block for what its pages say it is.
 */
void guard_adopt(struct kmem_memory *mem, unsigned int range,
		 struct device **blocks);

/** guard_own() - @task switches blocks for @mem; NULL: nobody any more */
void guard_own(struct kmem_memory *mem, struct task_struct *task);

/** guard_hold_offline() - refuse the owner's onlines too, while it adds */
void guard_hold_offline(struct kmem_memory *mem, bool hold);

/**
 * guard_begin_offline() - the owner is about to take a block offline
 * @mem: the memory, owned by the current task
 * @asking: it only asks whether that would be possible: the switch is let go
 *	up to where pages would be moved, and then fails
 */
void guard_begin_offline(struct kmem_memory *mem, bool asking);

/** guard_agreed() - the last offline begun so got past all other listeners */
bool guard_agreed(struct kmem_memory *mem);

/** guard_refused() - it did not: one of them refused */
bool guard_refused(struct kmem_memory *mem);

/** guard_set_range() - the blocks of a range came or went */
void guard_set_range(struct kmem_memory *mem, unsigned int range,
		     enum block_state state);

/** guard_block() - what a block is now */
enum block_state guard_block(struct kmem_memory *mem, unsigned int block);

/** guard_state() - what a device is now */
enum device_state guard_state(struct kmem_memory *mem);

/** guard_count() - how many blocks are in each state now; also the vetoes */
unsigned long guard_count(struct kmem_memory *mem,
			  unsigned int count[BLOCK_STATES]);

/** guard_mode_name() - a mode in a word */
const char *guard_mode_name(enum guard_mode mode);

/** guard_set_mode() - who else may switch blocks from now on */
void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode);

/** guard_online() - how many blocks are online now */
unsigned int guard_online(struct kmem_memory *mem);

/** guard_request() - a new type is asked for. Return: the former one. */
enum online_type guard_request(struct kmem_memory *mem, enum online_type type);

#endif
