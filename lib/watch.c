// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reports changes of state as events.
 *
 * The kernel sends a message when a DAX device or a memory block is added or removed, and when a
 * block is switched. It does so whichever driver is bound to the device. A message is used only as
 * a sign that something has changed. Then the states of all devices are read, and each difference
 * is reported. So no change can be lost; it can only be merged with the next one.
 */
#include <errno.h>
#include <libudev.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct seen {
	struct daxplug_device *dev;
	enum daxplug_state state;
	bool there;		/* found by the last scan */
	bool is_new;		/* not reported yet */
};

struct daxplug_watch {
	struct udev *udev;
	struct udev_monitor *monitor;
	struct daxplug_ctx *ctx;
	struct seen *seen;
	unsigned int nr;
	unsigned int next;	/* the first one that is not compared yet */
	unsigned int present;	/* the next one to report as present */
	struct daxplug_device *removed;	/* reported last; the caller may still use it */
	struct daxplug_watch_event event;	/* reported last */
	bool needs_scan;	/* a message has arrived since the last scan */
};

/* Use the kernel's own messages, so that udevd is not needed. */
static int open_monitor(struct daxplug_watch *w)
{
	int err;

	w->udev = udev_new();
	if (!w->udev)
		return -ENOMEM;
	w->monitor = udev_monitor_new_from_netlink(w->udev, "kernel");
	if (!w->monitor)
		return errno ? -errno : -ENOMEM;
	err = udev_monitor_filter_add_match_subsystem_devtype(w->monitor, "dax",
							      NULL);
	if (err >= 0)
		err = udev_monitor_filter_add_match_subsystem_devtype(
			w->monitor, "memory", NULL);
	/*
	 * If the buffer cannot be enlarged, messages may be lost. That is no error, because each
	 * loss is reported (ENOBUFS) and causes a scan.
	 */
	udev_monitor_set_receive_buffer_size(w->monitor, 1 << 20);
	if (err >= 0)
		err = udev_monitor_enable_receiving(w->monitor);
	return err < 0 ? err : 0;
}

/* Read a state. Return: false if the device is gone; a message about that will follow. */
static bool read_watched_state(const struct daxplug_device *dev, enum daxplug_state *state)
{
	int err = daxplug_device_get_state(dev, state);

	/* -EOPNOTSUPP can also mean that the kernel has no memory blocks. */
	if (err == -EOPNOTSUPP && dev->driver && strcmp(dev->driver, "kmem") != 0)
		*state = DAXPLUG_STATE_OTHER_DRIVER;
	else if (err && err != -ENODEV)
		*state = DAXPLUG_STATE_UNKNOWN;
	return err != -ENODEV;
}

static struct seen *find_seen(struct daxplug_watch *w, const char *name)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		if (!strcmp(daxplug_device_get_name(w->seen[i].dev), name))
			return &w->seen[i];
	}
	return NULL;
}

static int add_seen(struct daxplug_watch *w, struct daxplug_device *dev)
{
	struct seen *more;

	more = realloc(w->seen, (w->nr + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	w->seen = more;
	w->seen[w->nr++] = (struct seen){
		.dev = daxplug_device_ref(dev),
		.there = true,
		.is_new = true,
	};
	return 0;
}

static void drop_seen(struct daxplug_watch *w, unsigned int i)
{
	daxplug_device_unref(w->seen[i].dev);
	w->nr--;
	memmove(&w->seen[i], &w->seen[i + 1],
		(w->nr - i) * sizeof(*w->seen));
}

/* Scan for devices. Those that are gone stay in the list until this is reported. */
static int look_for_devices(struct daxplug_watch *w)
{
	struct daxplug_device *dev;
	unsigned int i;
	int err = daxplug_scan(w->ctx);

	if (err)
		return err;
	for (i = 0; i < w->nr; i++)
		w->seen[i].there = false;
	daxplug_device_foreach(w->ctx, dev) {
		struct seen *s;

		s = find_seen(w, daxplug_device_get_name(dev));
		if (!s) {
			err = add_seen(w, dev);
			if (err)
				return err;
			continue;
		}
		s->there = true;
		daxplug_device_unref(s->dev);
		s->dev = daxplug_device_ref(dev);
	}
	return 0;
}

int daxplug_watch_new(struct daxplug_ctx *ctx, struct daxplug_watch **out)
{
	struct daxplug_watch *w = calloc(1, sizeof(*w));
	unsigned int i;
	int err;

	if (!w)
		return -ENOMEM;
	/* First the socket, then the scan, so that no change in between is lost. */
	err = open_monitor(w);
	if (!err)
		err = dp_context_copy(ctx, &w->ctx);
	if (!err)
		err = look_for_devices(w);
	if (err) {
		daxplug_watch_free(w);
		return err;
	}
	for (i = 0; i < w->nr; i++) {
		read_watched_state(w->seen[i].dev, &w->seen[i].state);
		w->seen[i].is_new = false;
	}
	w->next = w->nr;
	*out = w;
	return 0;
}

void daxplug_watch_free(struct daxplug_watch *w)
{
	if (!w)
		return;
	while (w->nr)
		drop_seen(w, w->nr - 1);
	daxplug_device_unref(w->removed);
	free(w->seen);
	daxplug_unref(w->ctx);
	udev_monitor_unref(w->monitor);
	udev_unref(w->udev);
	free(w);
}

int daxplug_watch_get_fd(const struct daxplug_watch *w)
{
	return udev_monitor_get_fd(w->monitor);
}

/* Read all messages that are waiting, because one scan is enough for all of them. */
static void receive_all_messages(struct daxplug_watch *w)
{
	struct udev_device *message;

	do {
		errno = 0;
		message = udev_monitor_receive_device(w->monitor);
		/* Lost messages also mean that something has changed. */
		if (message || errno == ENOBUFS)
			w->needs_scan = true;
		udev_device_unref(message);
	} while (message || errno == ENOBUFS || errno == EINTR);
}

static int set_event(struct daxplug_watch *w, enum daxplug_event type, struct daxplug_device *dev,
		     enum daxplug_state before, enum daxplug_state after)
{
	w->event = (struct daxplug_watch_event){
		.type = type, .dev = dev, .before = before, .after = after,
	};
	return 1;
}

static int next_event(struct daxplug_watch *w)
{
	for (;;) {
		enum daxplug_state before;
		struct seen *s;

		if (w->next >= w->nr) {
			int err;

			if (!w->needs_scan)
				return 0;
			err = look_for_devices(w);
			if (err)
				return err;
			w->needs_scan = false;
			w->next = 0;
			continue;
		}
		s = &w->seen[w->next];
		if (!s->there && s->is_new) {
			drop_seen(w, w->next);
			continue;
		}
		before = s->state;
		if (!s->there) {
			w->removed = daxplug_device_ref(s->dev);
			drop_seen(w, w->next);
			return set_event(w, DAXPLUG_EVENT_REMOVED, w->removed, before,
					 DAXPLUG_STATE_UNPLUGGED);
		}
		w->next++;
		if (!read_watched_state(s->dev, &s->state))
			continue;
		if (s->is_new) {
			s->is_new = false;
			return set_event(w, DAXPLUG_EVENT_ADDED, s->dev, DAXPLUG_STATE_UNPLUGGED,
					 s->state);
		}
		if (before != s->state)
			return set_event(w, DAXPLUG_EVENT_CHANGED, s->dev, before, s->state);
	}
}

/*
 * Reports the states of the scan in daxplug_watch_new(). daxplug_watch_next() reports
 * the changes after it.
 */
int daxplug_watch_present(struct daxplug_watch *w,
			  const struct daxplug_watch_event **event)
{
	const struct seen *s;

	*event = NULL;
	if (w->present >= w->nr)
		return 0;
	s = &w->seen[w->present++];
	*event = &w->event;
	return set_event(w, DAXPLUG_EVENT_PRESENT, s->dev, s->state, s->state);
}

int daxplug_watch_next(struct daxplug_watch *w,
		       const struct daxplug_watch_event **event)
{
	int n;

	*event = NULL;
	daxplug_device_unref(w->removed);
	w->removed = NULL;
	w->present = UINT_MAX;
	receive_all_messages(w);
	n = next_event(w);
	if (n > 0)
		*event = &w->event;
	return n;
}
