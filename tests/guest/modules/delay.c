// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory notifiers that delay one event of four for a random time, so that other tasks can act
 * while a block is switched. One runs before all other notifiers, one after the guard's first
 * notifier, and one just before the guard's last notifier. The kernel holds its hotplug locks
 * during the delay.
 */
#include <linux/delay.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/notifier.h>

static unsigned int seed = 1;
module_param(seed, uint, 0644);
MODULE_PARM_DESC(seed, "which events are delayed, and for how long");

static unsigned int ms = 5;
module_param(ms, uint, 0644);
MODULE_PARM_DESC(ms, "longest delay, in milliseconds (0: none)");

static int delays;
module_param(delays, int, 0444);
MODULE_PARM_DESC(delays, "how many events were delayed");

static atomic_t events;

/* The seed and the number of the event decide whether it is delayed, and for how long. */
static int event(struct notifier_block *nb, unsigned long action, void *data)
{
	u64 dice = READ_ONCE(seed) + ((u64)(u32)atomic_inc_return(&events) << 32);
	unsigned int longest = READ_ONCE(ms) * 1000;

	dice = (dice ^ (dice >> 29)) * 0xbf58476d1ce4e5b9ULL;
	dice = (dice ^ (dice >> 32)) * 0x94d049bb133111ebULL;
	dice ^= dice >> 29;
	if (longest && dice % 4 == 0) {
		/* The kernel sends memory events one at a time, so `delays` needs no lock. */
		WRITE_ONCE(delays, delays + 1);
		dice = (dice >> 2) % longest;
		usleep_range(dice, dice + 50);
	}
	return NOTIFY_OK;
}

static struct notifier_block notifiers[] = {
	{ .notifier_call = event, .priority = INT_MAX },
	{ .notifier_call = event, .priority = 999 },
	{ .notifier_call = event, .priority = INT_MIN + 1 },
};

static int __init delay_init(void)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(notifiers); i++) {
		err = register_memory_notifier(&notifiers[i]);
		if (err)
			goto out;
	}
	return 0;

out:
	while (i-- > 0)
		unregister_memory_notifier(&notifiers[i]);
	return err;
}

static void __exit delay_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(notifiers); i++)
		unregister_memory_notifier(&notifiers[i]);
}

module_init(delay_init);
module_exit(delay_exit);
MODULE_DESCRIPTION("daxplug test: memory notifiers that take their time");
MODULE_LICENSE("GPL");
