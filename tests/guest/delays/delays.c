// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides how long kmem.ko waits at each boundary that delays.h marks.
 *
 * Each boundary has a temper, which depends on the seed and on the boundary's place in the source.
 * Half of all boundaries rarely delay, a quarter often delay for a short time, and a quarter
 * often delay for a long time. So each seed makes another part of the module slow while the rest
 * is fast. If all boundaries were equally slow, the order in which two tasks do their steps would
 * hardly change. A task passes a boundary many times. The seed also decides which of these times
 * are delayed, and for how long.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stringhash.h>

static unsigned int delay_seed = 1;
module_param(delay_seed, uint, 0644);
MODULE_PARM_DESC(delay_seed, "which boundaries delay, and when");

static unsigned int delay_ms = 5;
module_param(delay_ms, uint, 0644);
MODULE_PARM_DESC(delay_ms, "longest sleep at one boundary, in milliseconds (0: none at all)");

static unsigned int delay_spin_us = 100;
module_param(delay_spin_us, uint, 0644);
MODULE_PARM_DESC(delay_spin_us, "longest delay where the module must not sleep, in microseconds");

static atomic_long_t passages, spins, sleeps;

static int counts_show(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%ld %ld %ld\n", atomic_long_read(&passages),
			 atomic_long_read(&spins), atomic_long_read(&sleeps));
}

static const struct kernel_param_ops counts_ops = {
	.get = counts_show,
};
module_param_cb(delay_counts, &counts_ops, NULL, 0444);
MODULE_PARM_DESC(delay_counts, "boundaries passed, delays without sleep, sleeps");

/* The finalizer of splitmix64: every bit of @x changes half of all bits of the result. */
static u64 mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* A caller that has set its task state in order to sleep must not sleep here, either. */
static bool may_sleep(void)
{
	return preemptible() && !rcu_preempt_depth() &&
	       get_current_state() == TASK_RUNNING;
}

void delays_here(const char *file, unsigned int line, atomic_t *passed)
{
	u64 place = mix(((u64)READ_ONCE(delay_seed) << 32) ^
			full_name_hash(NULL, file, strlen(file)) ^ ((u64)line << 20));
	u64 dice = mix(place ^ (u32)atomic_inc_return(passed));
	unsigned int temper = place & 3, ms = READ_ONCE(delay_ms);

	atomic_long_inc(&passages);
	/* Delay one passage of 32 for tempers 0 and 1, and one of 4 for tempers 2 and 3. */
	if (!ms || dice % (temper < 2 ? 32 : 4))
		return;
	dice >>= 8;
	if (may_sleep() && (dice & 1)) {
		atomic_long_inc(&sleeps);
		dice = (dice >> 1) % (temper == 3 ? ms * 1000 : ms * 50);
		usleep_range(dice, dice + 50);
	} else {
		atomic_long_inc(&spins);
		udelay((dice >> 1) % (READ_ONCE(delay_spin_us) / (temper == 3 ? 1 : 8) + 1));
	}
}
