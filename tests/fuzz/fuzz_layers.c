// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the layers of the policy, and the choice of the rule for a device with cards. The
 * input is split at NULs. The first byte of each piece selects a file, with its layer, and the
 * file's permissions. The other bytes are the content. The last piece is the serial number of
 * the card.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daxplug.h"
#include "daxplug_policy.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES 4

static char root[] = "/dev/shm/daxplug-fuzz.XXXXXX";
static struct daxplug_ctx *ctx;

static const char * const files[] = {
	"etc/daxplug/daxplug.conf", "etc/daxplug/daxplug.conf.d/a.conf",
	"etc/daxplug/daxplug.conf.d/b.conf", "run/daxplug/daxplug.conf.d/a.conf",
	"run/daxplug/daxplug.conf", "usr/lib/daxplug/daxplug.conf.d/b.conf",
	"usr/lib/daxplug/daxplug.conf", "usr/lib/daxplug/daxplug.conf.d/c.txt",
};

static const char * const dirs[] = {
	"etc", "etc/daxplug", "etc/daxplug/daxplug.conf.d", "run", "run/daxplug",
	"run/daxplug/daxplug.conf.d", "usr", "usr/lib", "usr/lib/daxplug",
	"usr/lib/daxplug/daxplug.conf.d", "bus", "bus/dax", "bus/dax/devices", "bus/cxl",
	"bus/cxl/devices", "region0", "region0/dax_region0", "region0/dax_region0/dax0.0",
	"endpoint1", "endpoint1/decoder1.0", "mem0", "mem1",
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

static void put(const char *file, const uint8_t *data, size_t len, mode_t mode)
{
	char path[4096];
	int fd = open(at(path, file), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd < 0 || write(fd, data, len) != (ssize_t)len || fchmod(fd, mode));
	close(fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t two[] = "0x2\n", target[] = "decoder1.0\n";
	char path[4096];
	size_t i;

	(void)argc;
	(void)argv;
	must(!mkdtemp(root));
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		must(mkdir(at(path, dirs[i]), 0755));
	must(symlink("../../../region0/dax_region0/dax0.0", at(path, "bus/dax/devices/dax0.0")));
	must(symlink("../../../endpoint1/decoder1.0", at(path, "bus/cxl/devices/decoder1.0")));
	must(symlink("../../../mem0", at(path, "bus/cxl/devices/mem0")));
	must(symlink("../../../mem1", at(path, "bus/cxl/devices/mem1")));
	must(symlink("../mem0", at(path, "endpoint1/uport")));
	put("mem1/serial", two, sizeof(two) - 1, 0644);
	put("region0/target0", target, sizeof(target) - 1, 0644);
	must(setenv("DAXPLUG_ROOT", root, 1));
	must(daxplug_new(&ctx) || daxplug_set_sysfs_root(ctx, root));
	return 0;
}

/* Return: the input after the next piece. @len is the length of the piece. */
static const uint8_t *cut(const uint8_t *data, const uint8_t *end, size_t *len)
{
	const uint8_t *nul = data < end ? memchr(data, 0, (size_t)(end - data)) : NULL;

	*len = (size_t)((nul ? nul : end) - data);
	return nul ? nul + 1 : end;
}

static void fill(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	char path[4096];
	size_t i, len;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(at(path, files[i]));
	for (i = 0; i < FILES; i++) {
		const uint8_t *piece = data;

		data = cut(data, end, &len);
		if (len)
			put(files[piece[0] % 8], piece + 1, len - 1,
			    piece[0] & 0x80 ? 0666 : 0644);
	}
	cut(data, end, &len);
	put("mem0/serial", data, len, 0644);
}

static void check_files(const struct daxplug_policy *policy)
{
	const struct daxplug_policy_file *file;

	daxplug_policy_foreach_file(policy, file) {
		bool hidden = daxplug_policy_file_get_status(file) == DAXPLUG_FILE_STATUS_HIDDEN;

		if (hidden != !!daxplug_policy_file_get_hidden_by(file))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct daxplug_policy *policy;
	struct daxplug_device *dev;

	fill(data, size);
	must(daxplug_policy_new(&policy));
	daxplug_policy_read(policy);
	must(daxplug_scan(ctx) || daxplug_policy_read_cards(policy, ctx));
	daxplug_device_foreach(ctx, dev) {
		const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, dev);

		if (rule && daxplug_rule_is_default(rule))
			abort();
	}
	check_files(policy);
	daxplug_policy_free(policy);
	return 0;
}
