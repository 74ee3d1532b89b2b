// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The context: the sysfs directory, and the devices found by the last scan.
 *
 * The devices are found with scandir(3) and not with libudev. One directory has them all,
 * and nothing from udev's database is needed.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct daxplug_ctx {
	unsigned int refs;
	char *root;
	char *run;
	struct dp_log log;
	struct daxplug_device *devices;
};

const char *daxplug_version(void)
{
	return DAXPLUG_VERSION;
}

static void drop_devices(struct daxplug_device *dev)
{
	while (dev) {
		struct daxplug_device *next = dev->next;

		dev->next = NULL;
		daxplug_device_unref(dev);
		dev = next;
	}
}

static int new_context(const char *root, const char *run, struct daxplug_ctx **out)
{
	struct daxplug_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return -ENOMEM;
	ctx->refs = 1;
	ctx->root = strdup(root && *root ? root : "/sys");
	ctx->run = strdup(run && *run ? run : "/run/daxplug");
	if (!ctx->root || !ctx->run) {
		daxplug_unref(ctx);
		return -ENOMEM;
	}
	*out = ctx;
	return 0;
}

int daxplug_new(struct daxplug_ctx **out)
{
	return new_context(secure_getenv("DAXPLUG_SYSFS"), secure_getenv("DAXPLUG_RUN"), out);
}

/* Create another context with the same directories and log. */
int dp_context_copy(const struct daxplug_ctx *ctx, struct daxplug_ctx **out)
{
	int err = new_context(ctx->root, ctx->run, out);

	if (!err)
		(*out)->log = ctx->log;
	return err;
}

/* Create a context with the directories and the log of a device. */
int dp_context_of(const struct daxplug_device *dev, struct daxplug_ctx **out)
{
	int err = new_context(dev->sysfs, dev->run, out);

	if (!err)
		(*out)->log = dev->log;
	return err;
}

struct daxplug_ctx *daxplug_ref(struct daxplug_ctx *ctx)
{
	__atomic_add_fetch(&ctx->refs, 1, __ATOMIC_RELAXED);
	return ctx;
}

struct daxplug_ctx *daxplug_unref(struct daxplug_ctx *ctx)
{
	if (!ctx || __atomic_sub_fetch(&ctx->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	drop_devices(ctx->devices);
	free(ctx->root);
	free(ctx->run);
	free(ctx);
	return NULL;
}

int daxplug_set_sysfs_root(struct daxplug_ctx *ctx, const char *root)
{
	char *copy;

	if (!*root)
		return -EINVAL;
	copy = strdup(root);
	if (!copy)
		return -ENOMEM;
	free(ctx->root);
	ctx->root = copy;
	return 0;
}

void daxplug_set_log(struct daxplug_ctx *ctx, daxplug_log_fn fn, void *data)
{
	ctx->log = (struct dp_log){ .fn = fn, .data = data };
}

int daxplug_get_left_auto_online(const struct daxplug_ctx *ctx,
				 const char **word)
{
	const char *left = dp_auto_online_find_left(ctx->root, ctx->run);

	if (!left)
		return -ENOENT;
	*word = left;
	return 0;
}

static int is_device(const struct dirent *e)
{
	unsigned int region, instance;

	return dp_parse_device(e->d_name, &region, &instance);
}

static int compare_by_number(const struct dirent **a, const struct dirent **b)
{
	unsigned int ra = 0, ia = 0, rb = 0, ib = 0;

	dp_parse_device((*a)->d_name, &ra, &ia);
	dp_parse_device((*b)->d_name, &rb, &ib);
	if (ra != rb)
		return ra < rb ? -1 : 1;
	return (ia > ib) - (ia < ib);
}

/* Load the devices of a list of directory entries, and free the entries. */
static int load_devices(struct daxplug_ctx *ctx, struct dirent **list, int n,
			struct daxplug_device **head)
{
	struct daxplug_device **tail = head;
	int i, err = 0;

	for (i = 0; i < n; i++) {
		if (!err)
			err = dp_device_load(ctx->root, ctx->run,
					     list[i]->d_name, tail);
		if (err == -ENODEV)
			err = 0;
		if (*tail) {
			(*tail)->log = ctx->log;
			tail = &(*tail)->next;
		}
		free(list[i]);
	}
	free(list);
	return err;
}

int daxplug_scan(struct daxplug_ctx *ctx)
{
	struct daxplug_device *head = NULL;
	struct dirent **list = NULL;
	char dir[PATH_MAX];
	int n, err;

	err = dp_join_path(dir, sizeof(dir), ctx->root, "bus/dax/devices");
	if (err)
		return err;
	n = scandir(dir, &list, is_device, compare_by_number);
	if (n < 0 && (errno != ENOENT || !dp_exists(ctx->root, "bus")))
		return -errno;
	err = load_devices(ctx, list, n, &head);
	if (err) {
		drop_devices(head);
		return err;
	}
	drop_devices(ctx->devices);
	ctx->devices = head;
	return 0;
}

struct daxplug_device *daxplug_device_get_first(struct daxplug_ctx *ctx)
{
	return ctx->devices;
}

struct daxplug_device *daxplug_device_get_next(struct daxplug_device *dev)
{
	return dev->next;
}

int daxplug_device_get_by_name(struct daxplug_ctx *ctx, const char *name,
			       struct daxplug_device **dev)
{
	unsigned int region, instance;
	int err;

	if (!dp_parse_device(name, &region, &instance))
		return -ENODEV;
	err = dp_device_load(ctx->root, ctx->run, name, dev);
	if (!err)
		(*dev)->log = ctx->log;
	return err;
}
