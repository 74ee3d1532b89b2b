/* SPDX-License-Identifier: GPL-2.0-only */
/* The transaction of one device: the engine's steps, done by this kernel. */
#ifndef DAXPLUG_KERNEL_PLUG_H
#define DAXPLUG_KERNEL_PLUG_H

#include "memory.h"

/**
 * plug_init() - make what every transaction needs
 *
 * Return: 0 or -ENOMEM.
 */
int plug_init(void);

/** plug_exit() - free it; no transaction runs any more */
void plug_exit(void);

/** plug_attach() - set up @mem for transactions */
void plug_attach(struct kmem_memory *mem);

/**
 * plug_request() - bring a device where a word asks it to be
 * @mem: its memory
 * @word: what was written; not WORD_UNKNOWN
 *
 * Waits for a running transaction of the same device. Sleeps, for as long as
 * it takes to move the pages away on an unplug.
 *
 * Return: 0 when it is there; -ENODEV when this module is being unloaded;
 * -EBUSY when the table does not allow it from this state; -EINTR when a
 * signal came; else the errno of the step that failed. After every error the
 * device is as it was before, or, if that could not be had back, its state
 * reads "inconsistent" and the log names the block.
 */
int plug_request(struct kmem_memory *mem, enum word word);

/**
 * plug_adopt() - take over what another driver left behind
 * @mem: the memory, new and watched
 *
 * Ranges that the stock driver added and could not remove are plugged as they
 * are; they unplug as if they had always been ours.
 * Return: true when there was any.
 */
bool plug_adopt(struct kmem_memory *mem);

/**
 * plug_start() - take the starting state at bind
 * @mem: the memory, unplugged and just watched
 * @type: TYPE_NONE for unplugged, TYPE_OFFLINE or an online type
 *
 * Return: 0; the errno when the ranges cannot be claimed or added. Blocks
 * that refuse to go online leave the device unplugged and bound: 0.
 */
int plug_start(struct kmem_memory *mem, enum online_type type);

/**
 * plug_stop() - the device is unbound
 * @mem: its memory
 *
 * Takes away what is offline.
 * Return: true when nothing is left, false when memory stays online.
 */
bool plug_stop(struct kmem_memory *mem);

/** plug_report_work() - tell listeners of a change that others made */
void plug_report_work(struct work_struct *work);

#endif
