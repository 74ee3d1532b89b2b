/* SPDX-License-Identifier: GPL-2.0-only */
/* Waits for the locked pages of a block before it goes offline. */
#ifndef DAXPLUG_KERNEL_LOCKED_PAGES_H
#define DAXPLUG_KERNEL_LOCKED_PAGES_H

struct kmem_memory;

/**
 * locked_pages_wait() - wait until each page of a block has been seen unlocked
 * @mem: the memory
 * @block: the block, which is to go offline
 * @pfn: its first page frame after its own page structures
 * @end: the page frame after its last
 *
 * To migrate a page that is locked, the kernel waits with all hotplug locks held, and no
 * signal ends that wait. Most pages are locked for microseconds. But if the page waits for
 * data from a server, such as any user's FUSE process or a machine on the network, it may be
 * locked for ever. So this function waits for the locked pages before the offline begins,
 * and limit.c can end this wait. If a page is locked after this wait has ended, the
 * offline still waits for that page. A module cannot prevent that.
 *
 * Context: the transaction's thread; sleeps.
 * Return: 0; -ETIMEDOUT if one page stays locked for plug/stall_ms; or the errno for which
 * limit.c ends the transaction. In an undo that has less time left, that time replaces
 * plug/stall_ms (limit_begin_undo()). If plug/stall_ms is 0 or the parameter
 * end_stalled_offline is N, the wait for a page has no limit of its own.
 */
int locked_pages_wait(struct kmem_memory *mem, unsigned int block, unsigned long pfn,
		      unsigned long end);

#endif
