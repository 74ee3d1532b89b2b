/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ends an unplug that would not end: its time limit, and memory running
 * out. Either way it is undone; nothing is lost, and nobody is killed for it.
 *
 * A block's switch gives up only for a signal. So the task that runs the
 * unplug is made to believe that it has one, and told apart here.
 */
#ifndef DAXPLUG_KERNEL_LIMIT_H
#define DAXPLUG_KERNEL_LIMIT_H

#include "memory.h"

/** limit_init() - make what every limit needs. Return: 0 or an errno. */
int limit_init(void);

/** limit_exit() - free it; no unplug runs any more */
void limit_exit(void);

/** limit_setup() - a new memory, with the default time limit for its size */
void limit_setup(struct kmem_memory *mem);

/** limit_begin() - the current task begins an unplug of @mem */
void limit_begin(struct kmem_memory *mem);

/** limit_end() - it has ended, or is past the point where it can be */
void limit_end(struct kmem_memory *mem);

/**
 * limit_patience() - come back for another try
 * @mem: its memory; the current task runs its unplug
 * @ms: limit_reached() gives -EAGAIN so many milliseconds from now; 0: no more
 */
void limit_patience(struct kmem_memory *mem, unsigned int ms);

/**
 * limit_reached() - shall the running unplug end?
 *
 * Return: 0; -ETIMEDOUT, -ENOMEM or -EAGAIN; -EINTR when it is a signal.
 */
int limit_reached(struct kmem_memory *mem);

#endif
