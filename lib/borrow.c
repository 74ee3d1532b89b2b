// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Changes system settings that a bind needs, and restores them later, even if the process is
 * killed before that. A record is written to /run/daxplug first, and then the setting
 * is changed. A later process that finds a record restores the setting. The records are
 * these files:
 *
 * auto_online_blocks	The value of this setting before the bind. The writer removes this
 *			record before it releases the lock of all devices. So if another
 *			process has that lock and finds the record, the writer was killed
 *			or could not restore the setting. If the setting is no longer
 *			"offline", another program has changed it since, and it is not
 *			touched.
 *			If the record cannot be read, or the setting cannot be restored, the
 *			record stays, and a later change restores the setting.
 * NAME.id		Exists if the library, and not the administrator, wrote the name of
 *			the device to the driver's new_id. A driver that is loaded again
 *			has lost the name, and its directory has another inode. So the
 *			record contains the inode of the driver's directory.
 */
#include <errno.h>
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
 * Read the record, and check whether the setting must be restored. Return: 0, with the word
 * to restore in @left; -ENOENT if there is nothing to restore; or another negative errno if
 * that is unknown.
 */
static int read_left(const char *sysfs, const char *run, const char **left)
{
	char word[ATTR_MAX], now[ATTR_MAX];
	enum online_type type;
	int err = dp_run_read(run, RECORD, word, sizeof(word));

	if (!err)
		err = dp_read(sysfs, POLICY, now, sizeof(now));
	if (err)
		return err;
	type = type_parse(word, strlen(word));
	/*
	 * There is nothing to restore if the setting is no longer "offline". There is also nothing
	 * to restore if the record does not contain an online type. The library writes no such
	 * record, and it never writes only a part of a record.
	 */
	if (!is_bind_setting(now) || type == TYPE_NONE || type == TYPE_OFFLINE)
		return -ENOENT;
	*left = type_name(type);
	return 0;
}

/*
 * Find out what auto_online_blocks contained before a process changed it and was killed. If the
 * caller does not hold the lock of all devices, that process may still be running, and may restore
 * the setting itself. Return: the word, or NULL if there is none or it cannot be read.
 */
const char *dp_auto_online_find_left(const char *sysfs, const char *run)
{
	const char *left = NULL;

	return read_left(sysfs, run, &left) ? NULL : left;
}

/*
 * Restore the setting of a change that was killed. The caller holds the lock of all devices.
 * Return: 0 if the setting was restored; -ENOENT if there was nothing to restore; or another
 * negative errno. After another errno the record stays, because it has the only copy of the word.
 */
int dp_auto_online_recover(const struct daxplug_device *dev)
{
	const char *word = NULL;
	int err = read_left(dev->sysfs, dev->run, &word);

	if (!err)
		err = dp_write(dev->sysfs, POLICY, word);
	if (!err || err == -ENOENT)
		dp_run_remove(dev->run, RECORD);
	return err;
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

/* After an error the record stays, for dp_auto_online_recover(). */
int dp_auto_online_give_back(const struct daxplug_device *dev, const char *was)
{
	int err;

	if (is_bind_setting(was))
		return 0;
	err = dp_write(dev->sysfs, POLICY, was);
	if (!err)
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

/*
 * Remove the name from the driver, if the library wrote it there. If that fails, the record
 * stays, and the next unbind tries it again. A driver that is no longer loaded has lost the
 * name.
 */
void dp_remove_new_id(const struct daxplug_device *dev, const char *driver)
{
	char name[ATTR_MAX], text[ATTR_MAX];
	uint64_t inode;
	int err = 0;

	id_name(dev, name, sizeof(name));
	if (dp_run_read(dev->run, name, text, sizeof(text)))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (dp_parse_u64(text, &inode) && inode && inode == inode_of(driver))
		err = dp_write(driver, "remove_id", dev->name);
	if (!err || err == -ENOENT)
		dp_run_remove(dev->run, name);
}
