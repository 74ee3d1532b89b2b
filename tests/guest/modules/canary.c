// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how long tasks wait for two of the kernel's locks. The first is slab_mutex. One thread
 * repeatedly creates and destroys a slab cache, and the kernel takes slab_mutex for both. The
 * second is the lock against CPU hotplug. Another thread repeatedly takes and releases this lock.
 * The parameters `slab_us` and `cpu_us` are the longest time that one such step has taken, in
 * microseconds. A step that has not ended yet counts, too. A write to one of these parameters
 * starts its measurement again. `slabs` and `cpus` are the numbers of steps that succeeded.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

struct canary {
	u64 begin;		/* of the current step, in ns; 0: no step is running */
	u64 longest;		/* in ns */
	u64 reset;		/* time at which the measurement was started, in ns */
	unsigned long steps;	/* that succeeded */
	bool (*step)(void);
	struct task_struct *task;
};

static bool slab_step(void)
{
	struct kmem_cache *cache = kmem_cache_create("daxplug-canary", 200, 0,
						     SLAB_ACCOUNT, NULL);
	void *object;

	if (!cache)
		return false;
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	if (object)
		kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	return object;
}

static bool cpu_step(void)
{
	cpus_read_lock();
	cpus_read_unlock();
	return true;
}

static struct canary slab = { .step = slab_step };
static struct canary cpu = { .step = cpu_step };

static int repeat_step(void *data)
{
	struct canary *c = data;

	while (!kthread_should_stop()) {
		u64 begin = ktime_get_ns(), took;
		bool done;

		WRITE_ONCE(c->begin, begin);
		done = c->step();
		took = ktime_get_ns() - begin;
		WRITE_ONCE(c->begin, 0);
		if (begin >= READ_ONCE(c->reset) && took > READ_ONCE(c->longest))
			WRITE_ONCE(c->longest, took);
		c->steps += done;
		usleep_range(1000, 2000);
	}
	return 0;
}

static int longest_set(const char *val, const struct kernel_param *kp)
{
	struct canary *c = kp->arg;

	WRITE_ONCE(c->reset, ktime_get_ns());
	WRITE_ONCE(c->longest, 0);
	return 0;
}

static int longest_get(char *buf, const struct kernel_param *kp)
{
	struct canary *c = kp->arg;
	u64 begin = READ_ONCE(c->begin), longest = READ_ONCE(c->longest);

	if (begin && begin >= READ_ONCE(c->reset))
		longest = max(longest, ktime_get_ns() - begin);
	return sysfs_emit(buf, "%llu\n", div_u64(longest, 1000));
}

static const struct kernel_param_ops longest_ops = {
	.set = longest_set,
	.get = longest_get,
};
module_param_cb(slab_us, &longest_ops, &slab, 0644);
MODULE_PARM_DESC(slab_us, "longest time for a slab cache, in microseconds");
module_param_cb(cpu_us, &longest_ops, &cpu, 0644);
MODULE_PARM_DESC(cpu_us, "longest wait for the CPU hotplug lock, in microseconds");
module_param_named(slabs, slab.steps, ulong, 0444);
module_param_named(cpus, cpu.steps, ulong, 0444);

static int __init canary_init(void)
{
	slab.task = kthread_run(repeat_step, &slab, "canary/slab");
	if (IS_ERR(slab.task))
		return PTR_ERR(slab.task);
	cpu.task = kthread_run(repeat_step, &cpu, "canary/cpu");
	if (IS_ERR(cpu.task)) {
		kthread_stop(slab.task);
		return PTR_ERR(cpu.task);
	}
	return 0;
}

static void __exit canary_exit(void)
{
	kthread_stop(cpu.task);
	kthread_stop(slab.task);
}

module_init(canary_init);
module_exit(canary_exit);
MODULE_DESCRIPTION("daxplug test: how long others wait");
MODULE_LICENSE("GPL");
