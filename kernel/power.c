// SPDX-License-Identifier: GPL-2.0-only
/* The power management notifier; see power.h. */
#include <linux/crash_dump.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/suspend.h>

#include "memory.h"
#include "power.h"

static DEFINE_MUTEX(power_lock);	/* protects devices_with_blocks and hibernating */
static unsigned int devices_with_blocks;	/* includes devices about to have blocks */
static bool hibernating;

void power_count_memory(int more)
{
	mutex_lock(&power_lock);
	devices_with_blocks += more;
	mutex_unlock(&power_lock);
}

bool power_is_kdump(void)
{
	return is_kdump_kernel();
}

int power_check_plug(const struct kmem_memory *mem)
{
	bool refused;

	if (power_is_kdump()) {
		pr_err("kmem: %s: not plugged: this is a kdump kernel\n", mem->name);
		return -EOPNOTSUPP;
	}
	mutex_lock(&power_lock);
	refused = hibernating;
	mutex_unlock(&power_lock);
	if (refused)
		pr_err("kmem: %s: not plugged: the system is about to hibernate\n", mem->name);
	return refused ? -EBUSY : 0;
}

/*
 * Refuse PM_HIBERNATION_PREPARE while devices are plugged. PM_RESTORE_PREPARE is not
 * refused. The kernel that restores an image is replaced by the restored one, and does not
 * need the memory that it has plugged. The restored kernel had no device plugged when it
 * hibernated.
 */
static int power_event(struct notifier_block *nb, unsigned long action, void *data)
{
	unsigned int count;

	switch (action) {
	case PM_HIBERNATION_PREPARE:
		mutex_lock(&power_lock);
		count = devices_with_blocks;
		hibernating = !count;
		mutex_unlock(&power_lock);
		if (!count)
			break;
		pr_err("kmem: hibernation refused: %u device(s) plugged; unplug them first\n",
		       count);
		return notifier_from_errno(-EBUSY);
	case PM_POST_HIBERNATION:
		mutex_lock(&power_lock);
		hibernating = false;
		mutex_unlock(&power_lock);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block power_notifier = {
	.notifier_call = power_event,
};

int power_init(void)
{
	return register_pm_notifier(&power_notifier);
}

void power_exit(void)
{
	unregister_pm_notifier(&power_notifier);
}
