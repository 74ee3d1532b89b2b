// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CXL memory devices by their serial numbers. A rule may not use a serial number that
 * several devices have. Devices without a serial number report 0.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "policy_internal.h"

static int store_card(struct daxplug_policy *policy, const char *name, uint64_t serial)
{
	struct dp_card *more;
	size_t i;

	for (i = 0; i < policy->nr_cards; i++) {
		if (!strcmp(policy->card[i].name, name))
			return 0;
	}
	more = realloc(policy->card, (policy->nr_cards + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	policy->card = more;
	more += policy->nr_cards;
	more->serial = serial;
	more->name = strdup(name);
	if (!more->name)
		return -ENOMEM;
	policy->nr_cards++;
	return 0;
}

static int add_card_of_bus(struct daxplug_policy *policy, const char *bus, const char *name)
{
	char path[PATH_MAX];
	uint64_t serial;
	int err;

	if (strncmp(name, "mem", 3) != 0)
		return 0;
	err = dp_join_path(path, sizeof(path), bus, name);
	if (!err)
		err = dp_read_u64(path, "serial", &serial);
	/* No rule matches a device that was removed meanwhile or has no valid serial number. */
	if (err == -ENOENT || err == -ENODEV || err == -EPROTO)
		return 0;
	return err ? err : store_card(policy, name, serial);
}

/*
 * Add the devices of the CXL bus, even those that belong to no DAX device. If one cannot be read,
 * the list is incomplete, and a second device with the same serial number could go unnoticed. So
 * that is an error. Without a CXL bus the list is empty.
 */
static int add_cards_of_bus(struct daxplug_policy *policy, const char *sysfs)
{
	const struct dirent *e;
	char path[PATH_MAX];
	DIR *dir;
	int err = dp_join_path(path, sizeof(path), sysfs, "bus/cxl/devices");

	if (err)
		return err;
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	do {
		err = dp_next_entry(dir, &e);
		if (err > 0)
			err = add_card_of_bus(policy, path, e->d_name);
	} while (e && !err);
	closedir(dir);
	return err;
}

static int add_cards_of_device(struct daxplug_policy *policy, const struct daxplug_device *dev)
{
	const char *name;
	uint64_t serial;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < dev->nr_memdevs; i++) {
		if (!daxplug_device_get_memdev(dev, i, &name, &serial))
			err = store_card(policy, name, serial);
	}
	return err;
}

int daxplug_policy_read_cards(struct daxplug_policy *policy, struct daxplug_ctx *ctx)
{
	struct daxplug_device *dev = daxplug_device_get_first(ctx);
	int err;

	dp_cards_free(policy);
	err = dev ? add_cards_of_bus(policy, dev->sysfs) : 0;
	for (; !err && dev; dev = daxplug_device_get_next(dev))
		err = add_cards_of_device(policy, dev);
	if (err)
		dp_cards_free(policy);
	return err;
}

void dp_cards_free(struct daxplug_policy *policy)
{
	while (policy->nr_cards)
		free(policy->card[--policy->nr_cards].name);
	free(policy->card);
	policy->card = NULL;
}

int daxplug_policy_check_serial(const struct daxplug_policy *policy,
				uint64_t serial, const char **one,
				const char **other)
{
	const char *first = NULL;
	size_t i;

	if (!serial)
		return -EINVAL;
	for (i = 0; i < policy->nr_cards; i++) {
		const struct dp_card *card = &policy->card[i];

		if (card->serial != serial)
			continue;
		if (!first) {
			first = card->name;
			continue;
		}
		if (one)
			*one = first;
		if (other)
			*other = card->name;
		return -ENOTUNIQ;
	}
	return 0;
}
