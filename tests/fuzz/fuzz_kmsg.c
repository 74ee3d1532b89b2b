// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzzes the reader of the kernel's log. The first byte selects plug or unplug. The other
 * bytes are the content of the log, in one or several records.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "dax0.0";
	static int fd = -1;
	struct daxplug_device dev = { .name = name };
	struct daxplug_change c = { .block = DAXPLUG_NO_BLOCK, .stuck = DAXPLUG_NO_BLOCK };

	if (fd < 0)
		fd = memfd_create("kmsg", MFD_CLOEXEC);
	if (fd < 0 || !size || ftruncate(fd, 0) || pwrite(fd, data + 1, size - 1, 0) < 0)
		return 0;
	lseek(fd, 0, SEEK_SET);
	c.plug = data[0] & 1;
	dp_kmsg_read(fd, &dev, &c);
	/* The step must be a known one, and only a plug can fail because of missing space. */
	if (!strcmp(daxplug_step_name(c.step), "unknown") ||
	    (!c.plug && (c.needed || c.available)))
		abort();
	return 0;
}
