// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the doctor's readers of the system. The input is split at NULs. The pieces are the
 * contents of the files of a simulated system, in the order of the array files. The last piece
 * is the output of systemctl. The doctor's findings must only have printable characters.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "checks.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/dev/shm/daxplug-fuzz.XXXXXX";
static struct daxplug_ctx *ctx;

static const char * const dirs[] = {
	"proc", "proc/77", "boot", "etc", "etc/udev", "etc/udev/rules.d", "etc/daxctl.conf.d",
	"sys", "sys/kernel", "sys/bus", "sys/bus/cxl", "sys/bus/cxl/devices",
	"sys/bus/cxl/devices/decoder0.0", "sys/bus/dax", "sys/bus/dax/devices", "sys/mem0",
	"sys/mem0/ram", "sys/mem0/pmem", "sys/endpoint1", "sys/endpoint1/decoder1.0",
	"sys/devices", "sys/devices/system", "sys/devices/system/memory",
	"sys/devices/system/node", "sys/devices/virtual",
	"sys/devices/virtual/memory_tiering",
	"sys/devices/virtual/memory_tiering/memory_tier4",
};

static const char * const files[] = {
	"proc/zoneinfo", "proc/iomem", "proc/cmdline", "sys/mem0/ram/size",
	"sys/mem0/pmem/size", "sys/mem0/serial", "sys/endpoint1/decoder1.0/region",
	"sys/bus/cxl/devices/decoder0.0/cap_ram", "sys/devices/system/node/has_memory",
	"sys/devices/system/node/has_cpu",
	"sys/devices/virtual/memory_tiering/memory_tier4/nodelist",
	"sys/devices/system/memory/auto_online_blocks", "etc/udev/rules.d/a.rules",
	"etc/daxctl.conf.d/a.conf", "sys/kernel/kexec_crash_loaded", "proc/77/comm",
	"proc/77/status",
};

static const char *at(char *buf, const char *file)
{
	snprintf(buf, 4096, "%s/%s", root, file);
	return buf;
}

static void must(int failed)
{
	if (failed) {
		perror(root);
		exit(2);
	}
}

static void put(const char *file, const uint8_t *data, size_t len)
{
	char path[4096];
	int fd = open(at(path, file), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd < 0 || write(fd, data, len) != (ssize_t)len);
	close(fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[4096];
	size_t i;

	(void)argc;
	(void)argv;
	must(!mkdtemp(root));
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		must(mkdir(at(path, dirs[i]), 0755));
	must(symlink("../../../mem0", at(path, "sys/bus/cxl/devices/mem0")));
	must(symlink("../../../endpoint1/decoder1.0", at(path, "sys/bus/cxl/devices/decoder1.0")));
	must(symlink("../mem0", at(path, "sys/endpoint1/uport")));
	put("sys/bus/cxl/devices/decoder0.0/create_ram_region", NULL, 0);
	must(setenv("DAXPLUG_ROOT", root, 1));
	at(path, "sys");
	must(daxplug_new(&ctx) || daxplug_set_sysfs_root(ctx, path) || daxplug_scan(ctx));
	return 0;
}

static void check_plain(const struct findings *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		const char *text = f->list[i].text;

		for (; *text; text++) {
			if (*text < ' ' || *text > '~')
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *nul;
	struct findings f = { .list = NULL };
	char path[4096], *text;
	size_t i;

	/* If the piece of a file is empty, the file does not exist. */
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		nul = data < end ? memchr(data, 0, (size_t)(end - data)) : NULL;
		unlink(at(path, files[i]));
		if (data < (nul ? nul : end))
			put(files[i], data, (size_t)((nul ? nul : end) - data));
		data = nul ? nul + 1 : end;
	}
	check_cxl(&f, ctx, "6.12");
	check_zones(&f);
	check_crash_kernel(&f, NULL);
	check_controllers(&f);
	check_pinned_memory(&f);
	text = strndup((const char *)data, (size_t)(end - data));
	if (text)
		check_unit_properties(&f, text, true);
	free(text);
	check_plain(&f);
	free_findings(&f);
	return 0;
}
