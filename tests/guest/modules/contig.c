// SPDX-License-Identifier: GPL-2.0-only
/*
 * An experiment that did not become a part of kmem.ko. THREADS threads empty COUNT memory blocks,
 * from block FIRST on. For each block, a thread calls alloc_contig_range() and frees the memory
 * again. A write of "FIRST COUNT THREADS" to the parameter `empty` does this. A read of the
 * parameter returns how many blocks were emptied, and how many nanoseconds it took.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/module.h>

#ifndef ACR_FLAGS_NONE
#define ACR_FLAGS_NONE MIGRATE_MOVABLE
#endif

static unsigned long first, count;
static atomic_t next, running, had;
static DECLARE_COMPLETION(done);
static u64 took;

static int work(void *unused)
{
	unsigned long pages = PHYS_PFN(memory_block_size_bytes());
	unsigned long block;

	while ((block = (unsigned long)atomic_fetch_inc(&next)) < count) {
		unsigned long pfn = (first + block) * pages;

		if (alloc_contig_range(pfn, pfn + pages, ACR_FLAGS_NONE, GFP_KERNEL))
			continue;
		atomic_inc(&had);
		free_contig_range(pfn, pages);
	}
	if (atomic_dec_and_test(&running))
		complete(&done);
	return 0;
}

static int empty_set(const char *val, const struct kernel_param *kp)
{
	struct task_struct *task;
	unsigned int threads, i;
	u64 begin;

	if (sscanf(val, "%lu %lu %u", &first, &count, &threads) != 3 || !threads)
		return -EINVAL;
	atomic_set(&next, 0);
	atomic_set(&had, 0);
	atomic_set(&running, (int)threads);
	reinit_completion(&done);
	begin = ktime_get_ns();
	for (i = 0; i < threads; i++) {
		task = kthread_run(work, NULL, "contig/%u", i);
		if (IS_ERR(task) && atomic_dec_and_test(&running))
			complete(&done);
	}
	wait_for_completion(&done);
	took = ktime_get_ns() - begin;
	return 0;
}

static int empty_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d %llu\n", atomic_read(&had), took);
}

static const struct kernel_param_ops empty_ops = {
	.set = empty_set,
	.get = empty_get,
};
module_param_cb(empty, &empty_ops, NULL, 0600);
MODULE_PARM_DESC(empty, "FIRST COUNT THREADS: blocks to empty");

static int __init contig_init(void)
{
	return 0;
}

static void __exit contig_exit(void)
{
}

module_init(contig_init);
module_exit(contig_exit);
MODULE_DESCRIPTION("daxplug test: empty memory blocks in parallel");
MODULE_LICENSE("GPL");
