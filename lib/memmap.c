// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the kernel's page structures of a device's memory are: in other memory, or at
 * the beginning of each of its own blocks (the kernel's memmap_on_memory).
 *
 * Daxplug's module has a setting for it. The stock drivers have the device's file
 * memmap_on_memory, since Linux 6.9. It can be written only while the driver is not
 * bound. If the kernel cannot do what the file requests, it ignores the request without
 * an error. So the code here checks the conditions first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define SETTING "plug/memmap_on_memory"
#define OF_KERNEL "memmap_on_memory"
#define PARAMETER "module/memory_hotplug/parameters/memmap_on_memory"

static int explain_missing(const struct daxplug_device *dev, int err)
{
	if (err != -ENOENT)
		return err;
	return dp_device_exists(dev) ? -EOPNOTSUPP : -ENODEV;
}

static int read_setting(const struct daxplug_device *dev, enum daxplug_memmap *memmap)
{
	char word[ATTR_MAX];
	int err = dp_read_at(dev->dir, SETTING, word, sizeof(word));

	if (err)
		return err;
	return daxplug_memmap_parse(word, memmap) ? -EPROTO : 0;
}

int daxplug_device_get_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap *memmap)
{
	int err = read_setting(dev, memmap);
	uint64_t on;

	if (err != -ENOENT)
		return err;
	err = dp_read_u64_at(dev->dir, OF_KERNEL, &on);
	if (err)
		return explain_missing(dev, err);
	*memmap = on ? DAXPLUG_MEMMAP_YES : DAXPLUG_MEMMAP_NO;
	return 0;
}

int dp_set_memmap(struct daxplug_change *c, const struct daxplug_device *dev,
		  enum daxplug_memmap memmap)
{
	const char *attr = SETTING, *word = daxplug_memmap_name(memmap);
	int err;

	if (memmap < DAXPLUG_MEMMAP_DEFAULT || memmap > DAXPLUG_MEMMAP_YES)
		return -EINVAL;
	if (!dp_device_exists(dev))
		return -ENODEV;
	if (!dp_exists_at(dev->dir, SETTING)) {
		if (memmap == DAXPLUG_MEMMAP_DEFAULT)
			return dp_exists_at(dev->dir, OF_KERNEL) ? -EINVAL : -EOPNOTSUPP;
		attr = OF_KERNEL;
		word = memmap == DAXPLUG_MEMMAP_YES ? "1" : "0";
	}
	err = dp_write_at(dev->dir, attr, word);
	dp_log_write(c, dev, attr, word, err);
	return explain_missing(dev, err);
}

int daxplug_device_set_memmap(const struct daxplug_device *dev,
			      enum daxplug_memmap memmap)
{
	return dp_set_memmap(NULL, dev, memmap);
}

/* Compute the size of the page structures for a stock driver, which does not report this size. */
static int size_by_count(const struct daxplug_device *dev, uint64_t *bytes)
{
	struct daxplug_blocks b;
	uint64_t size;
	int err = daxplug_device_get_blocks(dev, &b);

	if (!err)
		err = dp_block_size(dev, &size);
	if (err)
		return err;
	*bytes = !dp_memmap_is_own(dev, DAXPLUG_MEMMAP_DEFAULT) ? 0 :
		 size / (uint64_t)sysconf(_SC_PAGESIZE) * PAGE_STRUCTURE * (b.total - b.absent);
	return 0;
}

int daxplug_device_get_memmap_size(const struct daxplug_device *dev, uint64_t *bytes)
{
	char text[TEXT_MAX];
	uint64_t pages;
	int err = dp_read_text_at(dev->dir, "plug/blocks", text, sizeof(text));

	if (err == -ENOENT)
		return size_by_count(dev, bytes);
	if (err)
		return err;
	/* Version 0.1.0 of the module does not count page structures. */
	if (!strstr(text, "memmap_pages "))
		return -EOPNOTSUPP;
	if (!dp_find_count(text, "memmap_pages", &pages) ||
	    __builtin_mul_overflow(pages, (uint64_t)sysconf(_SC_PAGESIZE), bytes))
		return -EPROTO;
	return 0;
}

/*
 * Get the size of a block's page structures (@structures). The kernel requires that this size
 * is a multiple of @multiple. Both are in bytes.
 */
static bool read_condition(const struct daxplug_device *dev, uint64_t *structures,
			   uint64_t *multiple)
{
	uint64_t size, page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (dp_block_size(dev, &size) ||
	    dp_read_u64(dev->sysfs, "kernel/mm/transparent_hugepage/hpage_pmd_size",
			multiple) || !*multiple)
		return false;
	*structures = size / page * PAGE_STRUCTURE;
	return true;
}

static enum dp_obstacle find_kernel_obstacle(const struct daxplug_device *dev)
{
	uint64_t structures, multiple;
	char word[ATTR_MAX];

	if (dp_read(dev->sysfs, PARAMETER, word, sizeof(word)))
		return OBSTACLE_KERNEL;
	if (!strcmp(word, "N"))
		return OBSTACLE_PARAMETER;
	/*
	 * With "force" the kernel accepts any size of the page structures, and leaves the memory
	 * behind them unused up to the next multiple.
	 */
	if (strcmp(word, "force") != 0 && read_condition(dev, &structures, &multiple) &&
	    structures % multiple)
		return OBSTACLE_BLOCK;
	return OBSTACLE_NONE;
}

/*
 * Check whether the driver has a setting for the place of the page structures. The module's
 * file for this setting exists only while the device is bound. Without a bind, assume that a
 * loaded module has the setting.
 */
static bool has_setting(const struct daxplug_device *dev, enum dp_mode mode)
{
	if (mode == MODE_MODULE)
		return dp_exists_at(dev->dir, SETTING);
	return (mode == MODE_UNBOUND && dp_is_module_loaded(dev)) ||
	       dp_exists_at(dev->dir, OF_KERNEL);
}

/* Find out what prevents a plug with @memmap. */
enum dp_obstacle dp_memmap_obstacle(const struct daxplug_device *dev, enum dp_mode mode,
				    enum daxplug_memmap memmap)
{
	if (memmap == DAXPLUG_MEMMAP_DEFAULT)
		return OBSTACLE_NONE;
	if (has_setting(dev, mode))
		return memmap == DAXPLUG_MEMMAP_YES ? find_kernel_obstacle(dev) : OBSTACLE_NONE;
	/*
	 * If the driver has no setting, the page structures are in other memory. There is one
	 * exception: version 0.1.0 of the module has no setting of its own, and uses the
	 * device's file memmap_on_memory.
	 */
	if (memmap == DAXPLUG_MEMMAP_YES)
		return OBSTACLE_SETTING;
	return dp_memmap_is_own(dev, DAXPLUG_MEMMAP_DEFAULT) ? OBSTACLE_SETTING : OBSTACLE_NONE;
}

const char *dp_memmap_text(const struct daxplug_device *dev, enum dp_obstacle obstacle,
			   char *buf, size_t len)
{
	uint64_t structures = 0, multiple = 0;

	*buf = '\0';
	switch (obstacle) {
	case OBSTACLE_SETTING:
		snprintf(buf, len, "this driver has no setting memmap_on_memory");
		break;
	case OBSTACLE_KERNEL:
		snprintf(buf, len, "this kernel has no parameter memory_hotplug.memmap_on_memory");
		break;
	case OBSTACLE_PARAMETER:
		snprintf(buf, len, "the kernel's parameter memory_hotplug.memmap_on_memory is off");
		break;
	case OBSTACLE_BLOCK:
		read_condition(dev, &structures, &multiple);
		snprintf(buf, len,
			 "the page structures of a memory block, %llu bytes, are not a multiple of "
			 "%llu bytes, which the kernel asks for",
			 (unsigned long long)structures, (unsigned long long)multiple);
		break;
	case OBSTACLE_NONE:
		break;
	}
	return buf;
}

/* Check whether memory that is added now would hold its own page structures. */
bool dp_memmap_is_own(const struct daxplug_device *dev, enum daxplug_memmap memmap)
{
	uint64_t on;

	if (memmap == DAXPLUG_MEMMAP_DEFAULT && read_setting(dev, &memmap))
		memmap = DAXPLUG_MEMMAP_DEFAULT;
	if (memmap == DAXPLUG_MEMMAP_DEFAULT &&
	    (dp_read_u64_at(dev->dir, OF_KERNEL, &on) || !on))
		return false;
	return memmap != DAXPLUG_MEMMAP_NO && find_kernel_obstacle(dev) == OBSTACLE_NONE;
}

/*
 * Check whether the device has memory whose page structures are not where @memmap
 * requests. Return: false also if that is unknown.
 */
bool dp_memmap_differs(const struct daxplug_device *dev, enum dp_mode mode,
		       enum daxplug_memmap memmap)
{
	uint64_t bytes;

	if (memmap == DAXPLUG_MEMMAP_DEFAULT || !dp_may_replug_in(mode) ||
	    dp_is_unplugged(dev) || daxplug_device_get_memmap_size(dev, &bytes))
		return false;
	return (bytes > 0) != (memmap == DAXPLUG_MEMMAP_YES);
}

/*
 * Bind the driver of Linux 7.3 again. It adds the memory again when it is bound, so remove the
 * memory, which is offline.
 */
static int bind_unplugged(struct daxplug_change *c)
{
	enum dp_mode mode = MODE_UNKNOWN;
	int err = dp_bind(c, c->dev);

	if (!err)
		err = dp_wait_settled_mode(c, &mode);
	if (!err && mode == MODE_NATIVE && !dp_is_unplugged(c->dev))
		err = dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
	return err;
}

/*
 * Unbind the driver of Linux 7.3. Memory that is offline is removed first. If memory is online, it
 * is in use, so the driver is not unbound (-EBUSY).
 */
static int unbind_unplugged(struct daxplug_change *c)
{
	enum daxplug_state now;
	int err = daxplug_device_get_state(c->dev, &now);

	c->begun = true;
	if (!err && now == DAXPLUG_STATE_OFFLINE)
		err = dp_attribute_change(c, DAXPLUG_STATE_UNPLUGGED);
	else if (!err && now != DAXPLUG_STATE_UNPLUGGED)
		err = -EBUSY;
	return err ? err : dp_unbind(c->dev);
}

/* The file of a stock driver can be written only while the driver is not bound. */
static int write_setting(struct daxplug_change *c, enum daxplug_memmap memmap)
{
	enum dp_mode mode;
	int err = dp_get_mode(c->dev, &mode);

	if (err)
		return err;
	if (mode != MODE_NATIVE)
		return dp_set_memmap(c, c->dev, memmap);
	/* After a signal or the deadline, nothing is begun any more. */
	err = dp_check_stop(c);
	if (!err)
		err = unbind_unplugged(c);
	if (!err)
		err = dp_set_memmap(c, c->dev, memmap);
	return err ? err : bind_unplugged(c);
}

/*
 * Restore the setting and the driver, whatever step of write_setting() or of the plug has failed.
 * The driver is bound again even if the setting cannot be written.
 */
static int restore_setting(struct daxplug_change *c)
{
	enum daxplug_memmap now;
	int err = 0, back = 0;

	/* The module loses its setting when it is unbound. The next bind sets it to the default. */
	if (c->memmap_of_module && !dp_exists_at(c->dev->dir, SETTING))
		return 0;
	if (daxplug_device_get_memmap(c->dev, &now) || now != c->memmap_was) {
		if (dp_read_mode(c->dev) == MODE_NATIVE)
			err = unbind_unplugged(c);
		if (!err)
			err = dp_set_memmap(c, c->dev, c->memmap_was);
	}
	if (c->memmap_was_bound && dp_read_mode(c->dev) == MODE_UNBOUND)
		back = bind_unplugged(c);
	return err ? err : back;
}

/*
 * Set @memmap for the next plug of a device without memory, and keep the previous value
 * for dp_memmap_undo(). For the driver of 7.3 the device is unbound and bound again. After an
 * error the previous value and the driver have been restored, unless c->memmap_changed is true.
 */
int dp_memmap_choose(struct daxplug_change *c, enum daxplug_memmap memmap)
{
	enum daxplug_memmap was = DAXPLUG_MEMMAP_DEFAULT;
	int err;

	if (memmap == DAXPLUG_MEMMAP_DEFAULT)
		return 0;
	err = daxplug_device_get_memmap(c->dev, &was);
	if (!err && was == memmap)
		return 0;
	/*
	 * The driver has no setting. dp_memmap_obstacle() has checked that it puts the page
	 * structures into other memory.
	 */
	if (err == -EOPNOTSUPP && memmap == DAXPLUG_MEMMAP_NO)
		return 0;
	if (err) {
		c->step = DAXPLUG_STEP_MEMMAP;
		return err;
	}
	if (!c->memmap_changed) {
		c->memmap_was = was;
		c->memmap_of_module = dp_exists_at(c->dev->dir, SETTING);
		c->memmap_was_bound = dp_read_mode(c->dev) == MODE_NATIVE;
	}
	c->memmap_changed = true;
	err = write_setting(c, memmap);
	if (err) {
		dp_memmap_undo(c);
		c->step = DAXPLUG_STEP_MEMMAP;
		c->block = DAXPLUG_NO_BLOCK;
		return err;
	}
	dp_log(c, DAXPLUG_LOG_INFO, "memmap_on_memory was %s and is %s",
	       daxplug_memmap_name(was), daxplug_memmap_name(memmap));
	return 0;
}

/*
 * Restore the setting after a failed plug. The device must have no memory blocks. Neither a signal
 * nor the deadline ends this. After an error c->memmap_changed stays true, and the outcome of the
 * change is DAXPLUG_OUTCOME_INCONSISTENT.
 */
int dp_memmap_undo(struct daxplug_change *c)
{
	int err;

	if (!c->memmap_changed)
		return 0;
	c->undoing = true;
	err = restore_setting(c);
	if (!err)
		c->memmap_changed = false;
	dp_log(c, err ? DAXPLUG_LOG_WARNING : DAXPLUG_LOG_INFO,
	       "memmap_on_memory back to %s: %s", daxplug_memmap_name(c->memmap_was),
	       dp_errno_name(err));
	return err;
}
