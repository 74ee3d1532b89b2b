// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deliberate data race. Two threads add to one variable without a lock while the module is
 * loaded. A kernel with KCSAN must report this race (tests/guest/kcsan.sh).
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned long number;
static struct task_struct *threads[2];

static noinline void racy_add(void)
{
	number++;
}

static int racy_thread(void *data)
{
	int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 1000; i++)
			racy_add();
		cond_resched();
	}
	return 0;
}

static int __init racy_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(racy_thread, NULL, "racy/%u", i);
		if (IS_ERR(threads[i])) {
			if (i)
				kthread_stop(threads[0]);
			return PTR_ERR(threads[i]);
		}
	}
	return 0;
}

static void __exit racy_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
}

module_init(racy_init);
module_exit(racy_exit);
MODULE_DESCRIPTION("daxplug test: a data race");
MODULE_LICENSE("GPL");
