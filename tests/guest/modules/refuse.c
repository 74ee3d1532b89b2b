// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another driver with a memory notifier. It vetoes the online or the offline of chosen memory
 * blocks, or delays the switch while the kernel holds its hotplug locks. A parameter that names a
 * block has the block's number, or -1 for no block. Other parameters count events.
 */
#include <linux/delay.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/wait.h>

static int online = -1;
module_param(online, int, 0644);
MODULE_PARM_DESC(online, "block that may not go online");

static int offline = -1;
module_param(offline, int, 0644);
MODULE_PARM_DESC(offline, "block that may not go offline");

static int after = -1;

/* Did the block in `after` go offline after `after` was set, and is it still offline? */
static bool after_gone;

static int after_set(const char *val, const struct kernel_param *kp)
{
	WRITE_ONCE(after_gone, false);
	return param_set_int(val, kp);
}

static const struct kernel_param_ops after_ops = {
	.set = after_set,
	.get = param_get_int,
};
module_param_cb(after, &after_ops, &after, 0644);
MODULE_PARM_DESC(after, "block that must have gone offline before `offline` is refused");

static int error = EBUSY;
module_param(error, int, 0644);
MODULE_PARM_DESC(error, "errno to refuse with");

static int refused;
module_param(refused, int, 0644);
MODULE_PARM_DESC(refused, "number of refused switches");

static int going_offline;
module_param(going_offline, int, 0644);
MODULE_PARM_DESC(going_offline, "number of MEM_GOING_OFFLINE events");

static int cancelled;
module_param(cancelled, int, 0644);
MODULE_PARM_DESC(cancelled, "number of MEM_CANCEL_OFFLINE events");

static int overlapping;
module_param(overlapping, int, 0644);
MODULE_PARM_DESC(overlapping, "number of MEM_GOING_OFFLINE events before the previous one ended");

static int slow_ms;
module_param(slow_ms, int, 0644);
MODULE_PARM_DESC(slow_ms, "milliseconds that it takes to let a block go offline");

static bool offline_running;

static int hold_online = -1;
static DECLARE_WAIT_QUEUE_HEAD(hold_wait);

static int hold_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_int(val, kp);

	wake_up_all(&hold_wait);
	return err;
}

static const struct kernel_param_ops hold_ops = {
	.set = hold_set,
	.get = param_get_int,
};
module_param_cb(hold_online, &hold_ops, &hold_online, 0644);
MODULE_PARM_DESC(hold_online, "block whose online waits until this parameter changes");

static int hold_offline = -1;
module_param_cb(hold_offline, &hold_ops, &hold_offline, 0644);
MODULE_PARM_DESC(hold_offline, "block that waits after its offline until this parameter changes");

static int waiting;
module_param(waiting, int, 0444);
MODULE_PARM_DESC(waiting, "1 while a switch waits because of `hold_online` or `hold_offline`");

/*
 * Count the events. kmem.ko must switch one block at a time. If it does not, the parameter
 * `overlapping` is not 0.
 */
static void count(unsigned long action)
{
	switch (action) {
	case MEM_GOING_OFFLINE:
		overlapping += offline_running;
		offline_running = true;
		going_offline++;
		break;
	case MEM_CANCEL_OFFLINE:
		cancelled++;
		fallthrough;
	case MEM_OFFLINE:
		offline_running = false;
		break;
	}
}

static void wait_while_named(int *param, int block)
{
	if (READ_ONCE(*param) != block)
		return;
	WRITE_ONCE(waiting, 1);
	wait_event(hold_wait, READ_ONCE(*param) != block);
	WRITE_ONCE(waiting, 0);
}

static bool is_vetoed_offline(int block)
{
	return block == offline && (after == -1 || READ_ONCE(after_gone));
}

static int event(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct memory_notify *arg = data;
	int block = (int)(PFN_PHYS(arg->start_pfn) / memory_block_size_bytes());

	count(action);
	if (block == after && (action == MEM_OFFLINE || action == MEM_ONLINE))
		WRITE_ONCE(after_gone, action == MEM_OFFLINE);
	if (action == MEM_GOING_ONLINE)
		wait_while_named(&hold_online, block);
	if (action == MEM_OFFLINE)
		wait_while_named(&hold_offline, block);
	if (action == MEM_GOING_OFFLINE && READ_ONCE(slow_ms))
		msleep(READ_ONCE(slow_ms));
	if ((action == MEM_GOING_ONLINE && block == online) ||
	    (action == MEM_GOING_OFFLINE && is_vetoed_offline(block))) {
		refused++;
		return notifier_from_errno(-error);
	}
	return NOTIFY_OK;
}

static struct notifier_block refuse_notifier = {
	.notifier_call = event,
};

static int __init refuse_init(void)
{
	return register_memory_notifier(&refuse_notifier);
}

static void __exit refuse_exit(void)
{
	unregister_memory_notifier(&refuse_notifier);
}

module_init(refuse_init);
module_exit(refuse_exit);
MODULE_DESCRIPTION("daxplug test: refuse to switch a memory block");
MODULE_LICENSE("GPL");
