/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the tests of libdaxplug: a made-up sysfs with two devices, and helpers that read them.
 * fake_kernel.c plays the kernel.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daxplug.h"

#define BLOCKS 16
#define FIRST 32

static char top[] = "/tmp/daxplug-library.XXXXXX";

static inline const char *at(char *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline const char *at(char *buf, const char *format, ...)
{
	int n = snprintf(buf, 4096, "%s/", top);
	va_list args;

	va_start(args, format);
	vsnprintf(buf + n, 4096 - (size_t)n, format, args);
	va_end(args);
	return buf;
}

/* Some versions of cmocka do not declare that fail_msg() never returns. Hence the abort(). */
static inline FILE *open_or_fail(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (f)
		return f;
	fail_msg("%s cannot be opened", path);
	abort();
}

static inline void put(const char *path, const char *text)
{
	FILE *f = open_or_fail(path, "w");
	int error;

	fputs(text, f);
	error = fclose(f);
	assert_int_equal(error, 0);
}

static inline void make_dirs(const char *const *dirs, size_t n)
{
	char path[4096];
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(mkdir(at(path, "%s", dirs[i]), 0755), 0);
}

/* Make dax0.0, bound to the module, and dax1.0, unbound, for the block by block backend. */
static inline int set_up(void **state)
{
	static const char * const dirs[] = {
		"sys", "sys/bus", "sys/bus/dax", "sys/bus/dax/devices",
		"sys/bus/dax/drivers", "sys/bus/dax/drivers/kmem",
		"sys/bus/dax/devices/dax0.0", "sys/bus/dax/devices/dax0.0/plug",
		"sys/bus/dax/devices/dax1.0",
		"sys/bus/dax/devices/dax1.0/mapping0", "sys/devices",
		"sys/devices/system", "sys/devices/system/memory",
	};
	static const char * const files[] = { "bind", "unbind", "new_id", "remove_id" };
	char path[4096], text[8 * BLOCKS] = "";
	struct daxplug_ctx *ctx;
	size_t i;

	snprintf(top, sizeof(top), "/tmp/daxplug-library.XXXXXX");
	assert_non_null(mkdtemp(top));
	make_dirs(dirs, sizeof(dirs) / sizeof(dirs[0]));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put(at(path, "sys/bus/dax/drivers/kmem/%s", files[i]), "");
	assert_int_equal(symlink("../../drivers/kmem",
				 at(path, "sys/bus/dax/devices/dax0.0/driver")), 0);
	put(at(path, "sys/bus/dax/devices/dax0.0/state"), "unplugged\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/size"), "134217728\n");
	put(at(path, "sys/bus/dax/devices/dax1.0/size"), "2147483648\n");
	put(at(path, "sys/bus/dax/devices/dax1.0/target_node"), "1\n");
	put(at(path, "sys/bus/dax/devices/dax1.0/mapping0/start"), "0x100000000\n");
	put(at(path, "sys/bus/dax/devices/dax1.0/mapping0/end"), "0x17fffffff\n");
	for (i = 0; i < BLOCKS; i++)
		sprintf(text + strlen(text), "%zu\n", FIRST + i);
	put(at(path, "sys/bus/dax/devices/dax1.0/fake_blocks"), text);
	put(at(path, "sys/devices/system/memory/block_size_bytes"), "8000000\n");
	put(at(path, "sys/devices/system/memory/auto_online_blocks"), "online\n");
	setenv("DAXPLUG_SYSFS", at(path, "sys"), 1);
	setenv("DAXPLUG_RUN", at(path, "run"), 1);
	unsetenv("FAKE_WAIT");
	unsetenv("FAKE_FAIL");
	unsetenv("FAKE_SIGNAL");
	assert_int_equal(daxplug_new(&ctx), 0);
	assert_int_equal(daxplug_scan(ctx), 0);
	*state = ctx;
	return 0;
}

static inline int tear_down(void **state)
{
	char command[4096];

	daxplug_unref(*state);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static inline struct daxplug_device *device(void **state, const char *name)
{
	struct daxplug_device *dev;

	daxplug_device_foreach(*state, dev) {
		if (!strcmp(daxplug_device_get_name(dev), name))
			return dev;
	}
	fail_msg("no %s", name);
	return NULL;
}

static inline enum daxplug_state state_of(const struct daxplug_device *dev)
{
	enum daxplug_state state;

	assert_int_equal(daxplug_device_get_state(dev, &state), 0);
	return state;
}

static inline void is_block(unsigned int number, const char *word)
{
	char path[4096], text[32] = "";
	FILE *f;
	bool read;

	f = open_or_fail(at(path, "sys/devices/system/memory/memory%u/state", number), "r");
	read = fgets(text, sizeof(text), f);
	fclose(f);
	assert_true(read);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, word);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif /* LIBRARY_H */
