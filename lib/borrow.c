// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a bind changes of the system for a moment, and how it is put back even if
 * the process is killed in between: first a record in /run/daxplug, then the
 * change. Who finds a record finishes what it says.
 *
 * auto_online_blocks	the word that was there. Who has the lock of all devices
 *			finds a record only if its writer did not live to remove
 *			it. If by now the word is not the one that was written,
 *			somebody else has decided, and it stays.
 * NAME.id		the name was given to the driver in new_id, by us and not by
 *			the administrator: the inode of the driver's directory, for
 *			a driver that is loaded anew has forgotten it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define POLICY "devices/system/memory/auto_online_blocks"
#define RECORD "auto_online_blocks"
#define OURS "offline"

static const char * const policies[] = {
	"online", "online_kernel", "online_movable"
};

/*
 * The word that was there before a change that was killed, or NULL. Without the
 * lock of all devices it may be one that is at work.
 */
const char *dp_policy_left(const char *sysfs, const char *run)
{
	char word[ATTR_MAX], now[ATTR_MAX];
	size_t i;

	if (dp_run_read(run, RECORD, word, sizeof(word)) ||
	    dp_read(sysfs, POLICY, now, sizeof(now)) || strcmp(now, OURS) != 0)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		if (!strcmp(word, policies[i]))
			return policies[i];
	}
	return NULL;
}

/* The caller has the lock of all devices. */
void dp_policy_recover(const struct daxplug_device *dev)
{
	const char *word = dp_policy_left(dev->sysfs, dev->run);

	if (!word || !dp_write(dev->sysfs, POLICY, word))
		dp_run_remove(dev->run, RECORD);
}

/* The caller has the lock of all devices. @was is for dp_policy_give_back(). */
int dp_policy_borrow(const struct daxplug_device *dev, char *was, size_t len)
{
	int err = dp_read(dev->sysfs, POLICY, was, len);

	if (err || !strcmp(was, OURS))
		return err;
	/* Without a record it is lost only to who kills us. */
	dp_run_write(dev->run, RECORD, was, strlen(was));
	err = dp_write(dev->sysfs, POLICY, OURS);
	if (err)
		dp_run_remove(dev->run, RECORD);
	return err;
}

int dp_policy_give_back(const struct daxplug_device *dev, const char *was)
{
	int err;

	if (!strcmp(was, OURS))
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

/* Before new_id is written. */
void dp_id_note(const struct daxplug_device *dev, const char *driver)
{
	char name[ATTR_MAX], text[ATTR_MAX];
	int len = snprintf(text, sizeof(text), "%llu\n",
			   (unsigned long long)inode_of(driver));

	dp_run_write(dev->run, id_name(dev, name, sizeof(name)), text, (size_t)len);
}

/* Takes the name out of the driver again, if it is there by us. */
void dp_id_remove(const struct daxplug_device *dev, const char *driver)
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
