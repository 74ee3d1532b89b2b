// SPDX-License-Identifier: GPL-2.0-only
/* The list of initial states, and the module parameter `policy`; see policy.h. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "blocks.h"
#include "policy.h"

#define POLICY_NAME	16	/* bytes for the name of a device or an origin, with NUL */
#define POLICY_ENTRIES	64	/* largest number of entries in the list */

/**
 * struct entry - the initial state of one name
 * @name: a device (dax0.0), or an origin: what created the device (cxl, hmem or pmem)
 * @start: the initial state
 */
struct entry {
	char name[POLICY_NAME];
	enum start {
		START_DEFAULT,
		START_UNPLUGGED,
		START_OFFLINE,
		START_ONLINE,
		START_ONLINE_KERNEL,
		START_ONLINE_MOVABLE
	} start;
};

static const char *const start_words[] = {
	[START_DEFAULT] = "default",
	[START_UNPLUGGED] = "unplugged",
	[START_OFFLINE] = "offline",
	[START_ONLINE] = "online",
	[START_ONLINE_KERNEL] = "online_kernel",
	[START_ONLINE_MOVABLE] = "online_movable",
};

static DEFINE_MUTEX(policy_lock);	/* protects policy and policy_count */
static struct entry policy[POLICY_ENTRIES];
static unsigned int policy_count;

/* Get the origin of a device. It follows from the bus of the parent, which created the device. */
static const char *device_origin(struct device *dev)
{
	const char *bus = dev->parent && dev->parent->bus ?
				  dev->parent->bus->name : "";

	if (!strcmp(bus, "cxl"))
		return "cxl";
	if (!strcmp(bus, "nd"))
		return "pmem";
	return "hmem";
}

static int parse_start(const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(start_words); i++)
		if (strlen(start_words[i]) == len &&
		    !strncmp(start_words[i], word, len))
			return (int)i;
	return -EINVAL;
}

static struct entry *find_entry(struct entry *list, unsigned int count,
				const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (strlen(list[i].name) == len && !strncmp(list[i].name, name, len))
			return &list[i];
	return NULL;
}

static bool is_name(const char *name, size_t len)
{
	if (len == 3)
		return !strncmp(name, "cxl", 3);
	return len >= 4 && len < POLICY_NAME &&
	       (!strncmp(name, "dax", 3) ||
		(len == 4 && (!strncmp(name, "hmem", 4) || !strncmp(name, "pmem", 4))));
}

/*
 * Parse NAME:STATE[,NAME:STATE]... into @list. Return: the number of entries; -EINVAL
 * if @val is wrong, after logging the reason and its position in @val.
 */
static int parse_list(const char *val, struct entry *list)
{
	size_t len, colon, all = strcspn(val, "\n");
	unsigned int count = 0;
	const char *at = val;
	const char *why;
	int start;

	if (!all)
		return 0;
	for (;; at += len + 1) {
		len = strcspn(at, ",\n");
		colon = strcspn(at, ":,\n");
		why = "not NAME:STATE";
		if (colon == len)
			break;
		why = "neither cxl, hmem, pmem nor a dax device";
		if (!is_name(at, colon))
			break;
		why = "named twice";
		if (find_entry(list, count, at, colon))
			break;
		why = "too many names";
		if (count == POLICY_ENTRIES)
			break;
		start = parse_start(at + colon + 1, len - colon - 1);
		if (start < 0) {
			why = "not a state to start in";
			at += colon + 1;
			break;
		}
		memset(&list[count], 0, sizeof(list[count]));
		memcpy(list[count].name, at, colon);
		list[count++].start = (enum start)start;
		if (at + len >= val + all)
			return (int)count;
	}

	pr_err("kmem: policy=%.*s: position %zu: '%.*s': %s\n", (int)all, val,
	       (size_t)(at - val) + 1, (int)strcspn(at, ",\n"), at, why);
	return -EINVAL;
}

static int policy_param_set(const char *val, const struct kernel_param *kp)
{
	struct entry *list = kcalloc(POLICY_ENTRIES, sizeof(*list), GFP_KERNEL);
	int count;

	if (!list)
		return -ENOMEM;
	count = parse_list(val, list);
	if (count >= 0) {
		mutex_lock(&policy_lock);
		memcpy(policy, list, sizeof(policy));
		policy_count = (unsigned int)count;
		mutex_unlock(&policy_lock);
	}
	kfree(list);
	return count < 0 ? count : 0;
}

static int policy_param_get(char *buf, const struct kernel_param *kp)
{
	unsigned int i;
	int len = 0;

	mutex_lock(&policy_lock);
	for (i = 0; i < policy_count; i++)
		len += scnprintf(buf + len, PAGE_SIZE - len, "%s%s:%s",
				 i ? "," : "", policy[i].name,
				 start_words[policy[i].start]);
	mutex_unlock(&policy_lock);
	return len + scnprintf(buf + len, PAGE_SIZE - len, "\n");
}

static const struct kernel_param_ops policy_ops = {
	.set = policy_param_set,
	.get = policy_param_get,
};
module_param_cb(policy, &policy_ops, NULL, 0644);
MODULE_PARM_DESC(policy,
		 "state to take at bind, as NAME:STATE,...; "
		 "NAME is cxl, hmem, pmem or a device such as dax0.0; "
		 "STATE is default, unplugged, offline, online, online_kernel or online_movable");

static enum start find_start(struct device *dev)
{
	const char *name = dev_name(dev), *from = device_origin(dev);
	enum start start = START_DEFAULT;
	struct entry *e;

	mutex_lock(&policy_lock);
	e = find_entry(policy, policy_count, name, strlen(name));
	if (!e)
		e = find_entry(policy, policy_count, from, strlen(from));
	if (e)
		start = e->start;
	mutex_unlock(&policy_lock);
	return start;
}

enum online_type policy_start(struct device *dev)
{
	switch (find_start(dev)) {
	case START_UNPLUGGED:
		return TYPE_NONE;
	case START_OFFLINE:
		return TYPE_OFFLINE;
	case START_ONLINE:
		return TYPE_ONLINE;
	case START_ONLINE_KERNEL:
		return TYPE_ONLINE_KERNEL;
	case START_ONLINE_MOVABLE:
		return TYPE_ONLINE_MOVABLE;
	default:
		return blocks_online_policy();
	}
}

const char *policy_show(struct device *dev)
{
	return start_words[find_start(dev)];
}

int policy_set(struct device *dev, const char *word, size_t len)
{
	const char *name = dev_name(dev);
	struct entry *e;
	int start, err = 0;

	if (len && word[len - 1] == '\n')
		len--;
	start = parse_start(word, len);
	if (start < 0 || strlen(name) >= POLICY_NAME)
		return -EINVAL;

	mutex_lock(&policy_lock);
	e = find_entry(policy, policy_count, name, strlen(name));
	if (!e && policy_count < POLICY_ENTRIES) {
		e = &policy[policy_count++];
		strscpy(e->name, name, sizeof(e->name));
	}
	if (e)
		e->start = (enum start)start;
	else
		err = -ENOSPC;
	mutex_unlock(&policy_lock);
	return err;
}
