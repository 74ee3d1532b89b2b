// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of daxplug_device_repair() of a device of daxplug's module. The module does not show which
 * state was last requested, and refuses the others. fake_kernel.c plays the module.
 */
#include <errno.h>

#include "library.h"

#define MAX_ASKED 8

/* The states that the library has tried, in their order. */
struct tried {
	unsigned int nr;
	enum daxplug_state state[MAX_ASKED];
};

static int note_state(const struct daxplug_device *dev, enum daxplug_state before,
		      enum daxplug_state want, void *data)
{
	struct tried *t = data;

	(void)dev;
	assert_int_equal(before, DAXPLUG_STATE_INCONSISTENT);
	assert_true(t->nr < MAX_ASKED);
	t->state[t->nr++] = want;
	return 0;
}

/*
 * Repair dax0.0, an inconsistent device of the module with @kernel and @movable online blocks. The
 * module refuses the states that @refused has in the format of FAKE_REFUSE. Return: the result.
 */
static int repair(void **state, unsigned int kernel, unsigned int movable, const char *refused,
		  struct tried *t)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_change *c;
	char path[4096], text[128];
	int err;

	put(at(path, "sys/bus/dax/devices/dax0.0/state"), "inconsistent\n");
	snprintf(text, sizeof(text), "total %u\nabsent 0\noffline 1\nkernel %u\nmovable %u\n",
		 kernel + movable + 1, kernel, movable);
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/blocks"), text);
	setenv("FAKE_REFUSE", refused, 1);
	assert_int_equal(daxplug_change_new(&c), 0);
	t->nr = 0;
	daxplug_change_set_consent(c, note_state, NULL, t);
	err = daxplug_device_repair(dev, c);
	assert_int_equal(daxplug_change_get_outcome(c), err ? DAXPLUG_OUTCOME_UNDONE :
							      DAXPLUG_OUTCOME_DONE);
	assert_int_equal(daxplug_change_get_failed_step(c), DAXPLUG_STEP_NONE);
	daxplug_change_free(c);
	unsetenv("FAKE_REFUSE");
	return err;
}

/*
 * Test each online state as the requested one, with online blocks in one zone, with online blocks
 * in two zones, and without an online block. The zones need not fit the requested state, because
 * another program may have brought the blocks online.
 */
static void a_repair_tries_each_state(void **state)
{
	static const struct {
		enum daxplug_state requested;
		const char *refused;
	} cases[] = {
		{ DAXPLUG_STATE_ONLINE, "online_kernel:16,online_movable:16" },
		{ DAXPLUG_STATE_ONLINE_KERNEL, "online:16,online_movable:16" },
		{ DAXPLUG_STATE_ONLINE_MOVABLE, "online:16,online_kernel:16" },
	};
	static const unsigned int blocks[][2] = { { 3, 0 }, { 0, 3 }, { 1, 2 }, { 0, 0 } };
	struct daxplug_device *dev = device(state, "dax0.0");
	struct tried t;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < sizeof(blocks) / sizeof(blocks[0]); n++) {
			assert_int_equal(repair(state, blocks[n][0], blocks[n][1],
						cases[i].refused, &t), 0);
			assert_int_equal(state_of(dev), cases[i].requested);
			assert_true(t.nr <= 3);
		}
	}
}

/* Without a requested state the module refuses all three, and the device is not changed. */
static void a_repair_without_a_requested_state(void **state)
{
	struct tried t;

	assert_int_equal(repair(state, 1, 2, "online:16,online_kernel:16,online_movable:16", &t),
			 -EBUSY);
	assert_int_equal(t.nr, 3);
	assert_int_not_equal(t.state[0], t.state[1]);
	assert_int_not_equal(t.state[1], t.state[2]);
	assert_int_not_equal(t.state[0], t.state[2]);
	assert_int_equal(state_of(device(state, "dax0.0")), DAXPLUG_STATE_INCONSISTENT);
}

/* Only EBUSY means that another state was requested. */
static void a_repair_that_fails_is_not_repeated(void **state)
{
	struct tried t;

	assert_int_equal(repair(state, 0, 3, "online:12,online_kernel:12,online_movable:12", &t),
			 -ENOMEM);
	assert_int_equal(t.nr, 1);
	assert_int_equal(t.state[0], DAXPLUG_STATE_ONLINE_MOVABLE);
}

/*
 * The library saves no state when it changes a device that is bound to the module, so a saved state
 * can be older than the last plug.
 */
static void a_saved_state_is_not_of_the_module(void **state)
{
	char path[4096];
	struct tried t;

	mkdir(at(path, "run"), 0755);
	put(at(path, "run/dax0.0"), "online_kernel\n");
	assert_int_equal(repair(state, 0, 3, "online:16,online_kernel:16", &t), 0);
	assert_int_equal(t.nr, 1);
	assert_int_equal(t.state[0], DAXPLUG_STATE_ONLINE_MOVABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_repair_tries_each_state),
		TEST(a_repair_without_a_requested_state),
		TEST(a_repair_that_fails_is_not_repeated),
		TEST(a_saved_state_is_not_of_the_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
