/* SPDX-License-Identifier: GPL-2.0-only */
/* Begins, ends and interrupts the transactions of a device. */
#ifndef DAXPLUG_KERNEL_PLUG_H
#define DAXPLUG_KERNEL_PLUG_H

#include <linux/types.h>

#include "state.h"

struct kmem_memory;

/**
 * struct kmem_plug - the data of plug.c for one struct kmem_memory
 * @has_module_ref: this module holds a reference to itself, because blocks exist;
 *	kmem_memory.lock protects it
 */
struct kmem_plug {
	bool has_module_ref;
};

/**
 * plug_request() - bring a device into the state that was written to `state` or
 * `hotplug`
 * @mem: its memory
 * @word: the word that was written; not WORD_UNKNOWN
 *
 * First waits until no other transaction of the device runs. An unplug lasts until all
 * used pages are migrated.
 * Context: process context; sleeps; takes @mem->lock.
 * Return: 0 if the device is in the requested state, else
 * -ENODEV if this module is being unloaded or the device is being unbound,
 * -EBUSY if the transition table does not allow @word in this state, a block in the
 * device's ranges belongs to another driver, or the system is about to hibernate,
 * -EOPNOTSUPP in a kdump kernel, or if the memory cannot hold its own page structures and
 * plug/memmap_on_memory is "yes",
 * -ENOMEM if the page structures do not fit into memory, or the used pages do not fit into
 * other memory,
 * -ETIMEDOUT if an unplug took longer than plug/timeout_ms, or a switch made no progress
 * for plug/stall_ms,
 * -EINTR if a signal arrived,
 * or the errno of the step that failed. After an error the device is in its previous
 * state. If that state could not be restored, `state` shows the actual state of the blocks,
 * which is mostly "inconsistent", and the log names a block.
 */
int plug_request(struct kmem_memory *mem, enum word word);

/**
 * plug_adopt() - take over memory that another driver has added to the device's ranges
 * @mem: the memory, which was just entered into the block table
 *
 * The stock driver leaves ranges that it could not remove. These ranges are adopted
 * with the states of their blocks, and can be unplugged like all others.
 * Context: process context; sleeps; takes @mem->lock.
 * Return: true if a range was adopted.
 */
bool plug_adopt(struct kmem_memory *mem);

/**
 * plug_interrupt() - end the running transaction, because the device is about to be
 * unbound
 * @mem: its memory
 *
 * A running plug or unplug is undone, and its write returns -ENODEV. But if all of its blocks
 * are switched already, it may still succeed. Every later write to `state`, `hotplug` or
 * plug/memmap_on_memory returns -ENODEV, too, until the device is unbound. Does not wait for
 * the undo.
 */
void plug_interrupt(struct kmem_memory *mem);

/**
 * plug_start() - bring a device into its initial state at bind
 * @mem: the memory, unplugged, which was just entered into the block table
 * @type: TYPE_NONE for unplugged, TYPE_OFFLINE or an online type
 *
 * Signals to the calling task have no effect.
 * Context: process context; sleeps; takes @mem->lock.
 * Return: 0 or a negative errno. The caller does not bind the device if the result is an errno.
 * If @type is TYPE_NONE, or if this is a kdump kernel, nothing is plugged and the result is 0.
 * Otherwise the result is an errno in two cases. If the step that reserves or adds a range failed
 * and the plug was undone, the result is the errno of that step. If a block in the device's
 * ranges belongs to another driver, the result is -EBUSY. In all other cases the result is 0,
 * even if the plug failed, for example because a block did not come online, or because memory was
 * too small for the page structures when the plug began. If the plug failed and the result is 0,
 * the device is unplugged. If the undo failed, too, `state` shows the actual state of the blocks.
 */
int plug_start(struct kmem_memory *mem, enum online_type type);

/**
 * plug_stop() - unplug a device that is being unbound, unless a block of it is online
 * @mem: its memory
 *
 * Context: process context; sleeps; takes @mem->lock.
 * Return: true if no block remains that this module has added or adopted; false if such
 * blocks remain, because one is online or could not be removed.
 */
bool plug_stop(struct kmem_memory *mem);

#endif
