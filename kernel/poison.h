/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames with memory errors ("bad frames"), recorded as long as the module is
 * loaded.
 *
 * The kernel marks such a page in its page structure. The mark is lost when the block
 * is removed, and after the next plug the kernel would use the bad memory again. So this
 * file records the page frame numbers of the bad frames of all devices. When a
 * transaction brings a block with bad frames online, these frames are kept from the page
 * allocator and reported to the kernel again (memory_failure()). If another task brings the
 * block online, a work item reports the frames afterwards (poison_retire_later()).
 *
 * Context: any task context; all functions may sleep, except poison_begin(),
 * poison_set_lost(), poison_is_lost() and poison_count().
 */
#ifndef DAXPLUG_KERNEL_POISON_H
#define DAXPLUG_KERNEL_POISON_H

#include <linux/types.h>

struct kmem_memory;

/**
 * struct kmem_poison - what is known of the bad frames of one device, besides the records
 * @is_lost: a bad frame could not be recorded, because an allocation failed. Cleared by
 *	the thread of the device when a transaction begins, set by any task that takes a
 *	block offline. No lock protects it.
 */
struct kmem_poison {
	bool is_lost;
};

/** poison_exit() - drop all records; no device may be bound any more */
void poison_exit(void);

/**
 * poison_record() - find the bad pages of a block and record them
 * @pfn: the block's first page frame
 * @end: the page frame after its last
 *
 * Reads every page structure of the block. The caller keeps them valid.
 * Return: the number of bad frames of the block, with those recorded before; -ENOMEM if
 * one could not be recorded; 0 if the parameter retire_poisoned_pages is N.
 */
int poison_record(unsigned long pfn, unsigned long end);

/** poison_begin() - clear what poison_set_lost() has set, because a transaction begins */
void poison_begin(struct kmem_memory *mem);

/** poison_set_lost() - note that a bad frame of @mem could not be recorded */
void poison_set_lost(struct kmem_memory *mem);

/** poison_is_lost() - check whether poison_set_lost() was called since poison_begin() */
bool poison_is_lost(const struct kmem_memory *mem);

/** poison_count() - count the recorded bad frames in [@pfn, @end) */
unsigned int poison_count(unsigned long pfn, unsigned long end);

/** poison_count_blocks() - count the blocks of a device that have a known bad frame */
unsigned int poison_count_blocks(struct kmem_memory *mem);

/** poison_forget() - drop the records of a device's bad frames */
void poison_forget(struct kmem_memory *mem);

/**
 * poison_show() - print the text of plug/poison
 * @mem: the memory
 * @buf: one page
 *
 * First searches for new bad frames. Reads only those online blocks for which
 * table_may_have_poison() is true, and begins no further block after SHOW_TIME (four seconds).
 * Return: length of the text in bytes; -EINTR if a signal arrived meanwhile.
 */
ssize_t poison_show(struct kmem_memory *mem, char *buf);

/**
 * poison_retire_begin() - prepare for a block with bad frames that is about to come
 * online
 * @pfn: its first page frame
 * @end: the page frame after its last
 *
 * Keeps the bad frames from the page allocator, whichever task brings the block online,
 * unless another driver uses the kernel's hook for that. Takes retire_lock, a mutex, so
 * that only one block with bad frames at a time comes online. On success the caller must
 * call poison_retire_end(), which releases the mutex.
 * Context: may sleep. The wait for the mutex has no time limit, but a signal ends it.
 * Return: 0; -EINTR if a signal ended the wait. The mutex is not held then.
 */
int poison_retire_begin(unsigned long pfn, unsigned long end);

/**
 * poison_retire_end() - retire the bad frames of the block that poison_retire_begin()
 * named
 * @mem: the memory of the block, for the log
 *
 * Called when the block is online or has failed to come online. Reports the bad frames
 * to the kernel, which then counts them and does not use them. Releases retire_lock.
 */
void poison_retire_end(struct kmem_memory *mem);

/**
 * poison_retire_later() - retire the bad frames of a block that another task brought
 * online
 * @pfn: its first page frame
 * @end: the page frame after its last
 *
 * A work item reports the bad frames to the kernel.
 * Context: may be called under the hotplug locks.
 */
void poison_retire_later(unsigned long pfn, unsigned long end);

#endif
