// SPDX-License-Identifier: GPL-2.0-only
/* The sysfs files of a bound device; see attrs.h. */
#include <linux/device.h>

#include "attrs.h"
#include "block_table.h"
#include "blockers.h"
#include "guard.h"
#include "limit.h"
#include "memmap.h"
#include "memory.h"
#include "plug.h"
#include "poison.h"
#include "policy.h"
#include "stats.h"

static ssize_t request_state(struct device *dev, enum word word, size_t count)
{
	int err = -EINVAL;

	if (word != WORD_UNKNOWN)
		err = plug_request(dev_get_drvdata(dev), word);
	return err ?: (ssize_t)count;
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  state_name(table_device_state(dev_get_drvdata(dev))));
}

static ssize_t state_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	return request_state(dev, state_parse(buf, count), count);
}
static DEVICE_ATTR_RW(state);

static ssize_t hotplug_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return state_show(dev, attr, buf);
}

static ssize_t hotplug_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	return request_state(dev, hotplug_parse(buf, count), count);
}
static DEVICE_ATTR_RW(hotplug);

static struct attribute *state_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_hotplug.attr,
	NULL
};

static const struct attribute_group state_group = {
	.attrs = state_attrs,
};

static ssize_t guard_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	const struct kmem_memory *mem = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", guard_mode_name(guard_get_mode(mem)));
}

static ssize_t guard_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	size_t len = count && buf[count - 1] == '\n' ? count - 1 : count;
	int mode;

	for (mode = GUARD_OFF; mode <= GUARD_ALWAYS; mode++) {
		const char *name = guard_mode_name(mode);

		if (strlen(name) == len && !memcmp(name, buf, len)) {
			guard_set_mode(dev_get_drvdata(dev), mode);
			return (ssize_t)count;
		}
	}
	return -EINVAL;
}
static DEVICE_ATTR_RW(guard);

static ssize_t policy_attr_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", policy_show(dev));
}

static ssize_t policy_attr_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t count)
{
	return policy_set(dev, buf, count) ?: (ssize_t)count;
}
static struct device_attribute dev_attr_policy =
	__ATTR(policy, 0644, policy_attr_show, policy_attr_store);

static ssize_t blocks_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	unsigned int count[BLOCK_STATES];
	struct kmem_memory *mem = dev_get_drvdata(dev);

	table_get_counts(mem, count);
	return sysfs_emit(buf,
			  "total %u\n"
			  "absent %u\n"
			  "offline %u\n"
			  "kernel %u\n"
			  "movable %u\n"
			  "poisoned %u\n"
			  "memmap_pages %lu\n",
			  mem->engine.nr_blocks, count[BLOCK_ABSENT],
			  count[BLOCK_OFFLINE], count[BLOCK_KERNEL],
			  count[BLOCK_MOVABLE], poison_count_blocks(mem),
			  table_total_memmap_pages(mem));
}
static DEVICE_ATTR_RO(blocks);

static ssize_t stats_attr_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	return stats_show(dev_get_drvdata(dev), buf);
}
static struct device_attribute dev_attr_stats =
	__ATTR(stats, 0444, stats_attr_show, NULL);

static ssize_t blockers_attr_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return blockers_show(dev_get_drvdata(dev), buf);
}
/* Readable by root only, because it shows page frames and other users' file names. */
static struct device_attribute dev_attr_blockers =
	__ATTR(blockers, 0400, blockers_attr_show, NULL);

static ssize_t poison_attr_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	return poison_show(dev_get_drvdata(dev), buf);
}

static ssize_t poison_attr_store(struct device *dev, struct device_attribute *attr,
				 const char *buf, size_t count)
{
	if (!sysfs_streq(buf, "forget"))
		return -EINVAL;
	poison_forget(dev_get_drvdata(dev));
	return (ssize_t)count;
}
static struct device_attribute dev_attr_poison =
	__ATTR(poison, 0600, poison_attr_show, poison_attr_store);

static ssize_t timeout_ms_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%u\n", limit_get_timeout_ms(dev_get_drvdata(dev)));
}

static ssize_t timeout_ms_store(struct device *dev, struct device_attribute *attr,
				const char *buf, size_t count)
{
	unsigned int ms;
	int err = kstrtouint(buf, 10, &ms);

	if (err)
		return err;
	limit_set_timeout_ms(dev_get_drvdata(dev), ms);
	return (ssize_t)count;
}
static DEVICE_ATTR_RW(timeout_ms);

static ssize_t stall_ms_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%u\n", limit_get_stall_ms(dev_get_drvdata(dev)));
}

static ssize_t stall_ms_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	unsigned int ms;
	int err = kstrtouint(buf, 10, &ms);

	if (err)
		return err;
	limit_set_stall_ms(dev_get_drvdata(dev), ms);
	return (ssize_t)count;
}
static DEVICE_ATTR_RW(stall_ms);

static ssize_t memmap_on_memory_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	const struct kmem_memory *mem = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", memmap_choice_name(memmap_get_choice(mem)));
}

static ssize_t memmap_on_memory_store(struct device *dev,
				      struct device_attribute *attr,
				      const char *buf, size_t count)
{
	return memmap_set_choice(dev_get_drvdata(dev), buf) ?: (ssize_t)count;
}
static DEVICE_ATTR_RW(memmap_on_memory);

static struct attribute *plug_attrs[] = {
	&dev_attr_guard.attr,
	&dev_attr_policy.attr,
	&dev_attr_blocks.attr,
	&dev_attr_stats.attr,
	&dev_attr_blockers.attr,
	&dev_attr_timeout_ms.attr,
	&dev_attr_stall_ms.attr,
	&dev_attr_poison.attr,
	&dev_attr_memmap_on_memory.attr,
	NULL
};

static const struct attribute_group plug_group = {
	.name = "plug",
	.attrs = plug_attrs,
};

const struct attribute_group *kmem_attr_groups[] = {
	&state_group,
	&plug_group,
	NULL
};
