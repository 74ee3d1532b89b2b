// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device.h>

#include "attrs.h"
#include "guard.h"
#include "plug.h"

static ssize_t request(struct device *dev, enum word word, size_t count)
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
			  state_name(guard_state(dev_get_drvdata(dev))));
}

static ssize_t state_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	return request(dev, state_parse(buf, count), count);
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
	return request(dev, hotplug_parse(buf, count), count);
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

const struct attribute_group *kmem_attr_groups[] = {
	&state_group,
	NULL
};
