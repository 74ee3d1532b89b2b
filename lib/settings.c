// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Saves the settings of a device that the module loses when the device is unbound, and
 * restores them after the next bind. The module's parameter "policy" is a list of the initial
 * states of all devices. An unbind does not change this list, but dp_rebind_offline() changes
 * the device's entry for a moment.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define POLICY "module/kmem/parameters/policy"

/* The state that dp_initial_state_borrow() writes to the device's entry. */
#define OFFLINE "offline"

/*
 * Record the result of reading one setting. A driver without the setting is no error. @err keeps
 * the first error.
 */
static void note_setting(int result, bool *has, int *err)
{
	*has = !result;
	if (result && result != -EOPNOTSUPP && !*err)
		*err = result;
}

int dp_settings_save(const struct daxplug_device *dev, struct dp_settings *s)
{
	enum dp_mode mode;
	int err = dp_get_mode(dev, &mode);

	*s = (struct dp_settings){ .has_timeout = false };
	note_setting(daxplug_device_get_timeout(dev, &s->timeout), &s->has_timeout, &err);
	note_setting(daxplug_device_get_stall(dev, &s->stall), &s->has_stall, &err);
	note_setting(daxplug_device_get_guard(dev, &s->guard), &s->has_guard, &err);
	if (mode == MODE_MODULE)
		note_setting(daxplug_device_get_memmap(dev, &s->memmap), &s->has_memmap, &err);
	return err;
}

void dp_settings_restore(struct daxplug_change *c, const struct dp_settings *s)
{
	if (s->has_timeout)
		dp_set_timeout(c, c->dev, s->timeout);
	if (s->has_stall)
		dp_set_stall(c, c->dev, s->stall);
	if (s->has_guard)
		dp_set_guard(c, c->dev, s->guard);
	/*
	 * If the device has memory after the bind, this write fails with EBUSY, and the
	 * setting stays as it is.
	 */
	if (s->has_memmap)
		dp_set_memmap(c, c->dev, s->memmap);
}

/* Find the entry of @name in a list "NAME:STATE,...". Return: the entry, or NULL. */
static char *find_entry(char *list, const char *name)
{
	size_t len = strlen(name);
	char *at = list;

	while (*at) {
		if (!strncmp(at, name, len) && at[len] == ':')
			return at;
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return NULL;
}

/* Read the list into @list, of TEXT_MAX bytes. @entry is the device's own entry in it, or NULL. */
static int read_list(const struct daxplug_device *dev, char *list, char **entry)
{
	int err = dp_read_text(dev->sysfs, POLICY, list, TEXT_MAX);

	*entry = err ? NULL : find_entry(list, dev->name);
	return err;
}

/*
 * Read the entry of the device itself; @word is empty if there is none. Return: 0 or a negative
 * errno, -ENOENT if the module has no such list.
 */
static int read_entry(const struct daxplug_device *dev, char *word, size_t len)
{
	char list[TEXT_MAX], *entry;
	int err = read_list(dev, list, &entry);

	*word = '\0';
	if (err || !entry)
		return err;
	entry += strlen(dev->name) + 1;
	entry[strcspn(entry, ",\n")] = '\0';
	return (size_t)snprintf(word, len, "%s", entry) < len ? 0 : -EOVERFLOW;
}

/*
 * Read the list, and change the state in the device's entry to @word. If @word is empty, remove the
 * entry. The whole list is written, because the module cannot remove a single entry, and cannot
 * change the entry of a device without a driver. If another program writes the list between this
 * read and this write, its write is lost. Other processes with this library write the list only
 * while they hold the lock of all devices, so the caller should hold it.
 * dp_initial_state_give_back() tries to take it, and goes on without it if that fails.
 */
static int change_entry(const struct daxplug_device *dev, const char *word)
{
	char list[TEXT_MAX], text[2 * TEXT_MAX], *entry, *rest;
	int err = read_list(dev, list, &entry);

	if (err || !entry)
		return err;
	rest = entry + strcspn(entry, ",");
	if (*word)
		entry += strlen(dev->name) + 1;
	else if (*rest)
		rest++;
	else if (entry > list)
		entry--;
	/* A write of no bytes does nothing, so the text ends with a newline. */
	snprintf(text, sizeof(text), "%.*s%s%s\n", (int)(entry - list), list, word, rest);
	return dp_write(dev->sysfs, POLICY, text);
}

static int restore_entry(const struct daxplug_device *dev, const char *word)
{
	char now[ATTR_MAX];
	int err = read_entry(dev, now, sizeof(now));

	/* If the entry is no longer "offline", another program has changed it since. */
	if (err || strcmp(now, OFFLINE) != 0)
		return err;
	/* If the device is bound, the module changes the one entry itself. */
	if (*word && !dp_write(dev->path, "plug/policy", word))
		return 0;
	return change_entry(dev, word);
}

int dp_initial_state_borrow(struct daxplug_change *c, char *word, size_t len)
{
	int lock, err = read_entry(c->dev, word, len);

	if (err == -ENOENT)
		return err;
	lock = dp_lock_all(c, c->dev);
	if (lock < 0)
		return lock;
	/* The entry may have changed before this process got the lock, so read it again. */
	err = read_entry(c->dev, word, len);
	if (!err)
		err = dp_write(c->dev->path, "plug/policy", OFFLINE "\n");
	dp_unlock(lock);
	return err;
}

int dp_initial_state_give_back(struct daxplug_change *c, const char *word)
{
	int lock = dp_lock_all(c, c->dev), err;

	/*
	 * Without the lock, the write of another process can be lost. Restore the entry anyway,
	 * because otherwise it stays at "offline".
	 */
	err = restore_entry(c->dev, word);
	if (lock >= 0)
		dp_unlock(lock);
	return err;
}
