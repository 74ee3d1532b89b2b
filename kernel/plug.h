/* SPDX-License-Identifier: GPL-2.0-only */
/* The transactions of one device: their begin, their end, and what is told of them. */
#ifndef DAXPLUG_KERNEL_PLUG_H
#define DAXPLUG_KERNEL_PLUG_H

#include "memory.h"

/**
 * plug_request() - bring a device where a word asks it to be
 * @mem: its memory
 * @word: what was written; not WORD_UNKNOWN
 *
 * Waits for a running transaction of the same device. Sleeps, for as long as
 * it takes to move the pages away on an unplug.
 *
 * Return: 0 when it is there; -ENODEV when this module is being unloaded or the device
 * is being unbound; -EBUSY when the table does not allow it from this state, or a block
 * in the device's ranges belongs to another driver; -ENOMEM when the page structures
 * do not fit into memory; -EINTR when a signal came; else the errno of the step that
 * failed. After every error the device is as it was before, or, if that could not be
 * had back, its state reads "inconsistent" and the log names the block.
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
 * plug_interrupt() - the device is about to be unbound
 * @mem: its memory
 *
 * A plug or unplug that runs is undone, and its write returns -ENODEV. So does every
 * write that comes before the unbind. Does not wait.
 */
void plug_interrupt(struct kmem_memory *mem);

/**
 * plug_start() - take the starting state at bind
 * @mem: the memory, unplugged and just watched
 * @type: TYPE_NONE for unplugged, TYPE_OFFLINE or an online type
 *
 * Signals to the calling task do not matter.
 * Return: 0; the errno when the ranges cannot be claimed or added. Blocks that refuse
 * to go online, or too little memory for the page structures, leave the device
 * unplugged and bound: 0.
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
