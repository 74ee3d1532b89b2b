// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Changes system settings for the time of a bind, and restores them even if the process
 * is killed meanwhile. A record is written to /run/daxplug first, and then the setting
 * is changed. A later process that finds a record restores the setting.
 *
 * auto_online_blocks	The word before the bind. The writer removes this record before it
 *			releases the lock of all devices. So if another process has that
 *			lock and finds the record, the writer was killed. If the setting is
 *			no longer "offline", another program has changed it since, and it
 *			is not touched.
 * NAME.id		The library, and not the administrator, wrote the name to the
 *			driver's new_id. The record contains the inode of the driver's
 *			directory, because a driver that is loaded again has lost the name.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define POLICY "devices/system/memory/auto_online_blocks"
#define RECORD "auto_online_blocks"

/* Check whether the setting is the word that this library writes for the time of a bind. */
static bool is_bind_setting(const char *word)
{
	return !strcmp(word, type_name(TYPE_OFFLINE));
}

/*
 * Get the word that was set before a change that was killed. Without the lock of all
 * devices, it may be the word of a change that still runs. Return: NULL if there is
 * none.
 */
const char *dp_auto_online_find_left(const char *sysfs, const char *run)
{
	char word[ATTR_MAX], now[ATTR_MAX];
	enum online_type type;

	if (dp_run_read(run, RECORD, word, sizeof(word)) ||
	    dp_read(sysfs, POLICY, now, sizeof(now)) || !is_bind_setting(now))
		return NULL;
	type = type_parse(word, strlen(word));
	return type == TYPE_NONE || type == TYPE_OFFLINE ? NULL : type_name(type);
}

/* Restore the setting of a change that was killed. The caller holds the lock of all devices. */
void dp_auto_online_recover(const struct daxplug_device *dev)
{
	const char *word = dp_auto_online_find_left(dev->sysfs, dev->run);

	if (!word || !dp_write(dev->sysfs, POLICY, word))
		dp_run_remove(dev->run, RECORD);
}

/*
 * Save the setting in @was, for dp_auto_online_give_back(), and set it to offline. The
 * caller holds the lock of all devices.
 */
int dp_auto_online_borrow(const struct daxplug_device *dev, char *was, size_t len)
{
	int err = dp_read(dev->sysfs, POLICY, was, len);

	if (err || is_bind_setting(was))
		return err;
	/*
	 * If the record cannot be written, change the setting anyway, because the previous
	 * word is lost only if this process is killed.
	 */
	dp_run_write(dev->run, RECORD, was, strlen(was));
	err = dp_write(dev->sysfs, POLICY, type_name(TYPE_OFFLINE));
	if (err)
		dp_run_remove(dev->run, RECORD);
	return err;
}

int dp_auto_online_give_back(const struct daxplug_device *dev, const char *was)
{
	int err;

	if (is_bind_setting(was))
		return 0;
	err = dp_write(dev->sysfs, POLICY, was);
	dp_run_remove(dev->run, RECORD);
	return err;
}

static const char *id_name(const struct daxplug_device *dev, char *buf, size_t len)
{
	snprintf(buf, len, "%s.id", dev->name);
	return buf;
}

static uint64_t inode_of(const char *dir)
{
	struct stat st;

	return stat(dir, &st) ? 0 : st.st_ino;
}

/* Write the record before the name is written to new_id. */
void dp_note_new_id(const struct daxplug_device *dev, const char *driver)
{
	char name[ATTR_MAX], text[ATTR_MAX];
	int len = snprintf(text, sizeof(text), "%llu\n",
			   (unsigned long long)inode_of(driver));

	dp_run_write(dev->run, id_name(dev, name, sizeof(name)), text, (size_t)len);
}

/* Remove the name from the driver, if the library wrote it there. */
void dp_remove_new_id(const struct daxplug_device *dev, const char *driver)
{
	char name[ATTR_MAX], text[ATTR_MAX];
	uint64_t inode;

	id_name(dev, name, sizeof(name));
	if (dp_run_read(dev->run, name, text, sizeof(text)))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (dp_parse_u64(text, &inode) && inode && inode == inode_of(driver))
		dp_write(driver, "remove_id", dev->name);
	dp_run_remove(dev->run, name);
}
