// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays the source of uevents for a watch in a made-up sysfs. It is preloaded. A byte in the FIFO
 * FAKE_EVENTS is an event without content. The library then reads the devices again, as it does
 * after messages were lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct udev_monitor;
struct udev_device;

static int events(void)
{
	static int fd = -1;
	const char *path = getenv("FAKE_EVENTS");

	if (fd < 0 && path)
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fd;
}

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
	(void)monitor;
	return events();
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	char byte;

	(void)monitor;
	errno = read(events(), &byte, 1) == 1 ? ENOBUFS : EAGAIN;
	return NULL;
}
