// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the parts of libdaxplug that the command does not use: references, structure sizes,
 * signals without a progress function, and threads. fake_kernel.c is linked in as the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../engine/state.h"
#include "../../engine/transaction.h"
#include "library.h"

/* --- references -------------------------------------------------------------- */

static void a_device_outlives_its_context(void **state)
{
	struct daxplug_device *dev = daxplug_device_ref(device(state, "dax1.0"));
	struct daxplug_device *again;
	struct daxplug_ctx *ctx;

	assert_int_equal(daxplug_new(&ctx), 0);
	assert_int_equal(daxplug_device_get_by_name(ctx, "dax0.0", &again), 0);
	assert_int_equal(daxplug_device_get_by_name(ctx, "dax9.0", &again), -ENODEV);
	daxplug_unref(ctx);
	assert_int_equal(state_of(again), DAXPLUG_STATE_UNPLUGGED);
	daxplug_device_unref(again);

	assert_int_equal(daxplug_scan(*state), 0);
	assert_ptr_not_equal(dev, device(state, "dax1.0"));
	assert_null(daxplug_device_get_next(dev));
	*state = daxplug_unref(*state);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	assert_string_equal(daxplug_device_get_name(dev), "dax1.0");
	assert_null(daxplug_device_unref(dev));
}

/*
 * A handle of a removed device must not change a new device with the same name. This can happen
 * if a CXL region is created again while a program still has handles of its old devices.
 */
static void another_of_its_name_is_not_touched(void **state)
{
	struct daxplug_device *dev = daxplug_device_ref(device(state, "dax0.0"));
	static const char * const dirs[] = {
		"sys/bus/dax/devices/dax0.0", "sys/bus/dax/devices/dax0.0/plug",
	};
	enum daxplug_state now;
	char from[4096], to[4096];

	assert_int_equal(rename(at(from, "%s", dirs[0]), at(to, "old")), 0);
	make_dirs(dirs, 2);
	assert_int_equal(symlink("../../drivers/kmem", at(to, "%s/driver", dirs[0])), 0);
	put(at(to, "%s/state", dirs[0]), "unplugged\n");
	put(at(to, "%s/plug/guard", dirs[0]), "off\n");
	assert_int_equal(daxplug_device_get_state(dev, &now), -ENODEV);
	assert_int_equal(daxplug_device_set_guard(dev, DAXPLUG_GUARD_ALWAYS), -ENODEV);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), -ENODEV);
	daxplug_device_unref(dev);
	assert_int_equal(daxplug_scan(*state), 0);
	assert_int_equal(state_of(device(state, "dax0.0")), DAXPLUG_STATE_UNPLUGGED);
	assert_int_equal(daxplug_device_set_guard(device(state, "dax0.0"),
						  DAXPLUG_GUARD_ALWAYS), 0);
}

/*
 * Remove the device, and create another one with the same name. An open directory of the removed
 * device is then empty, as in sysfs.
 */
static void replace_device(const char *name)
{
	const char *dirs[] = { "", "/plug", "/mapping0" };
	static const char * const files[] = {
		"plug/guard", "always\n", "plug/timeout_ms", "1\n", "plug/stall_ms", "2\n",
		"plug/stats", "plugs 77\n", "plug/blockers", "now memory1 - pinned x\n",
		"plug/poison", "memory1 0x1\n", "mapping0/start", "0x500000000\n",
		"mapping0/end", "0x507ffffff\n", "state", "online\n",
		"plug/blocks", "total 1\nabsent 1\noffline 0\nkernel 0\nmovable 0\n",
	};
	char command[8192], path[4096];
	size_t i;

	snprintf(command, sizeof(command), "rm -r %s/sys/bus/dax/devices/%s", top, name);
	assert_int_equal(system(command), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(mkdir(at(path, "sys/bus/dax/devices/%s%s", name, dirs[i]),
				       0755), 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i += 2)
		put(at(path, "sys/bus/dax/devices/%s/%s", name, files[i]), files[i + 1]);
	assert_int_equal(symlink("../../drivers/kmem",
				 at(path, "sys/bus/dax/devices/%s/driver", name)), 0);
}

static void never_called(const struct daxplug_blocker *blocker, void *data)
{
	(void)blocker;
	(void)data;
	fail_msg("a blocker of another device");
}

static void another_of_its_name_is_not_read(void **state)
{
	struct daxplug_device *dev = daxplug_device_ref(device(state, "dax1.0"));
	uint64_t values[DAXPLUG_STATS], ms = 7, start = 7, end = 7;
	enum daxplug_guard guard = DAXPLUG_GUARD_OFF;
	struct daxplug_blocks b;
	unsigned int n;

	replace_device("dax1.0");
	assert_int_equal(daxplug_device_get_guard(dev, &guard), -ENODEV);
	assert_int_equal(daxplug_device_get_timeout(dev, &ms), -ENODEV);
	assert_int_equal(daxplug_device_get_stall(dev, &ms), -ENODEV);
	assert_int_equal(daxplug_device_get_stats(dev, values, DAXPLUG_STATS), -ENODEV);
	assert_int_equal(daxplug_device_each_blocker(dev, never_called, NULL), -ENODEV);
	assert_int_equal(daxplug_device_each_poison(dev, NULL, NULL), -ENODEV);
	assert_int_equal(daxplug_device_get_poisoned(dev, &n), -ENODEV);
	assert_int_equal(daxplug_device_get_range(dev, 0, &start, &end), -ENODEV);
	assert_int_equal(daxplug_device_get_blocks(dev, &b), -ENODEV);
	assert_int_equal(daxplug_device_set_stall(dev, 5), -ENODEV);
	assert_int_equal(ms, 7);
	assert_int_equal(start, 7);
	daxplug_device_unref(dev);
}

/* --- structures of a program of another version ------------------------------- */

static void a_structure_is_filled_by_its_size(void **state)
{
	struct {
		struct daxplug_blocks b;
		unsigned int later[2];
	} big;
	struct daxplug_device *dev = device(state, "dax1.0");
	unsigned char *byte = (unsigned char *)&big;
	size_t first = sizeof(struct daxplug_blocks), i;

	memset(&big, 0xa5, sizeof(big));
	assert_int_equal(daxplug_device_read_blocks(dev, &big.b, first - 1), -EINVAL);
	assert_int_equal(daxplug_device_read_blocks(dev, &big.b, first), 0);
	assert_int_equal(big.b.total, BLOCKS);
	assert_int_equal(big.b.absent, BLOCKS);
	for (i = first; i < sizeof(big); i++)
		assert_int_equal(byte[i], 0xa5);
	assert_int_equal(daxplug_device_read_blocks(dev, &big.b, sizeof(big)), 0);
	assert_int_equal(big.b.total, BLOCKS);
	assert_int_equal(big.later[0] | big.later[1], 0);
}

/* Each value has a name, and the name parses to that value. */
static void every_enum_has_words(void **state)
{
	enum daxplug_backend backend;
	enum daxplug_origin origin;
	enum daxplug_state s;
	enum daxplug_guard guard;
	enum daxplug_memmap memmap;
	enum daxplug_zone zone;
	enum daxplug_stat stat;
	enum daxplug_step step;
	unsigned int i;

	(void)state;
	for (i = 0; i <= DAXPLUG_STATE_INCONSISTENT; i++) {
		assert_int_equal(daxplug_state_parse(daxplug_state_name(i), &s), 0);
		assert_int_equal(s, i);
		assert_string_equal(daxplug_state_name(i), state_name((enum device_state)i));
	}
	assert_int_equal(daxplug_state_parse("online\n", &s), -EINVAL);
	for (i = STEP_RESERVE; i <= STEP_RELEASE; i++)
		assert_int_equal(daxplug_step_parse(engine_step_name(i), &step), 0);
	/* These states are never read from a device, so their names do not parse. */
	for (i = DAXPLUG_STATE_OTHER_DRIVER; i <= DAXPLUG_STATE_UNKNOWN; i++)
		assert_int_equal(daxplug_state_parse(daxplug_state_name(i), &s), -EINVAL);
	for (i = 0; strcmp(daxplug_zone_name(i), "unknown") != 0; i++) {
		assert_int_equal(daxplug_zone_parse(daxplug_zone_name(i), &zone), 0);
		assert_int_equal(zone, i);
	}
	assert_int_equal(i, DAXPLUG_ZONE_MOVABLE + 1);
	for (i = 0; strcmp(daxplug_backend_name(i), "unknown") != 0; i++) {
		assert_int_equal(daxplug_backend_parse(daxplug_backend_name(i), &backend), 0);
		assert_int_equal(backend, i);
	}
	assert_int_equal(i, DAXPLUG_BACKEND_BLOCKS + 1);
	/* "unknown" is a valid origin. */
	for (i = 0; i <= DAXPLUG_ORIGIN_HMEM; i++) {
		assert_int_equal(daxplug_origin_parse(daxplug_origin_name(i), &origin), 0);
		assert_int_equal(origin, i);
	}
	for (i = 0; strcmp(daxplug_guard_name(i), "unknown") != 0; i++) {
		assert_int_equal(daxplug_guard_parse(daxplug_guard_name(i), &guard), 0);
		assert_int_equal(guard, i);
	}
	assert_int_equal(i, DAXPLUG_GUARD_ALWAYS + 1);
	for (i = 0; strcmp(daxplug_memmap_name(i), "unknown") != 0; i++) {
		assert_int_equal(daxplug_memmap_parse(daxplug_memmap_name(i), &memmap), 0);
		assert_int_equal(memmap, i);
	}
	assert_int_equal(i, DAXPLUG_MEMMAP_YES + 1);
	assert_int_equal(daxplug_memmap_parse("force", &memmap), -EINVAL);
	for (i = 0; strcmp(daxplug_step_name(i), "unknown") != 0; i++) {
		assert_int_equal(daxplug_step_parse(daxplug_step_name(i), &step), 0);
		assert_int_equal(step, i);
	}
	assert_int_equal(i, DAXPLUG_STEP_CONSENT + 1);
	for (i = 0; daxplug_stat_name(i); i++) {
		assert_int_equal(daxplug_stat_parse(daxplug_stat_name(i), &stat), 0);
		assert_int_equal(stat, i);
	}
	assert_int_equal(i, DAXPLUG_STATS);
	assert_int_equal(daxplug_state_parse("onlin", &s), -EINVAL);
	assert_int_equal(daxplug_stat_parse("", &stat), -EINVAL);
}

static void a_bad_zone_leaves_nothing_of_before(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	enum daxplug_state now = DAXPLUG_STATE_OFFLINE;
	struct daxplug_change *c;
	uint64_t block;

	assert_int_equal(daxplug_change_new(&c), 0);
	setenv("FAKE_FAIL", "40:online_movable:13", 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EACCES);
	unsetenv("FAKE_FAIL");
	assert_int_equal(daxplug_change_get_block(c, &block), 0);
	assert_int_equal(daxplug_change_get_begun(c), 1);
	assert_int_equal(daxplug_device_plug(dev, (enum daxplug_zone)99, c), -EINVAL);
	assert_null(daxplug_change_get_step(c));
	assert_int_equal(daxplug_change_get_block(c, &block), -ENOENT);
	assert_int_equal(daxplug_change_get_begun(c), 0);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	assert_int_equal(daxplug_change_get_after(c, &now), 0);
	assert_int_equal(now, DAXPLUG_STATE_UNPLUGGED);
	assert_int_equal(daxplug_device_plug(dev, (enum daxplug_zone)99, NULL), -EINVAL);
	daxplug_change_free(c);
}

/* --- repair ------------------------------------------------------------------- */

static void repair_leaves_alone_what_is_whole(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c;

	assert_int_equal(daxplug_change_new(&c), 0);
	assert_int_equal(daxplug_device_repair(dev, c), 0);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_NOTHING);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	daxplug_change_free(c);
}

/*
 * A repair takes the zone from the saved requested state. If that is missing, it takes the zone of
 * the blocks that are still online.
 */
static void repair_brings_back(void **state)
{
	static const enum daxplug_zone zones[] = {
		DAXPLUG_ZONE_AUTO, DAXPLUG_ZONE_KERNEL, DAXPLUG_ZONE_MOVABLE
	};
	struct daxplug_device *dev = device(state, "dax1.0");
	enum daxplug_state whole;
	struct daxplug_change *c;
	char path[4096];
	size_t i;

	assert_int_equal(daxplug_change_new(&c), 0);
	for (i = 0; i < 2 * sizeof(zones) / sizeof(zones[0]); i++) {
		enum daxplug_zone zone = zones[i / 2];

		assert_int_equal(daxplug_device_plug(dev, zone, NULL), 0);
		assert_int_equal(daxplug_zone_state(zone, &whole), 0);
		assert_int_equal(state_of(dev), whole);
		put(at(path, "sys/devices/system/memory/memory35/state"), "offline\n");
		if (i % 2) {
			unlink(at(path, "run/dax1.0"));
			if (zone == DAXPLUG_ZONE_AUTO)
				whole = DAXPLUG_STATE_ONLINE_KERNEL;
		}
		assert_int_equal(state_of(dev), DAXPLUG_STATE_INCONSISTENT);
		assert_int_equal(daxplug_device_repair(dev, c), 0);
		assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_DONE);
		assert_int_equal(state_of(dev), whole);
		assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	}
	daxplug_change_free(c);
}

/* --- signals ------------------------------------------------------------------ */

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	(void)sig;
	caught++;
}

static void catch_signal(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	caught = 0;
	assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
}

struct sender {
	pthread_t to;
	int ready;		/* send the signal after a line from this FIFO */
};

static void *send_signal(void *data)
{
	const struct sender *s = data;
	char line;

	if (read(s->ready, &line, 1) != 1)
		return data;
	pthread_kill(s->to, SIGUSR1);
	return NULL;
}

static bool mask_is_clean(void)
{
	sigset_t now;
	int sig;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	for (sig = 1; sig < SIGRTMAX; sig++) {
		if (sigismember(&now, sig) == 1)
			return false;
	}
	return true;
}

/* A signal ends the plug. The call returns -EINTR, and the program's handler runs once. */
static void interrupted_plug(struct daxplug_device *dev)
{
	struct daxplug_change *c;

	catch_signal();
	assert_int_equal(daxplug_change_new(&c), 0);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), -EINTR);
	assert_int_equal(caught, 1);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_UNDONE);
	assert_true(mask_is_clean());
	daxplug_change_free(c);
}

static void a_signal_ends_a_write(void **state)
{
	struct sender s = { .to = pthread_self() };
	struct daxplug_device *dev = device(state, "dax0.0");
	pthread_t thread;
	char path[4096];

	assert_int_equal(mkfifo(at(path, "ready"), 0600), 0);
	s.ready = open(path, O_RDWR | O_CLOEXEC);
	assert_true(s.ready >= 0);
	setenv("FAKE_READY", path, 1);
	setenv("FAKE_WAIT", "1", 1);
	assert_int_equal(pthread_create(&thread, NULL, send_signal, &s), 0);
	interrupted_plug(dev);
	pthread_join(thread, NULL);
	close(s.ready);
}

/*
 * Send the signal at one block after another. It must always end the plug. A plug brings the second
 * block online last (order_for_plug()), and may complete before a signal at that block ends it.
 * Therefore this test begins with the third block.
 */
static void no_signal_goes_unnoticed(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	char number[16];
	int i;

	for (i = 0; i < 10; i++) {
		snprintf(number, sizeof(number), "%d", FIRST + 2 + i);
		setenv("FAKE_SIGNAL", number, 1);
		interrupted_plug(dev);
		unsetenv("FAKE_SIGNAL");
		assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
	}
}

static int go_on(const struct daxplug_progress *p, void *data)
{
	unsigned int *calls = data;

	assert_true(p->done <= p->total);
	++*calls;
	return 0;
}

/* If there is a progress function, it decides whether a signal ends the change. */
static void a_progress_function_decides(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_change *c;
	unsigned int calls = 0;

	catch_signal();
	setenv("FAKE_SIGNAL", "35", 1);
	assert_int_equal(daxplug_change_new(&c), 0);
	daxplug_change_set_progress(c, go_on, &calls);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, c), 0);
	unsetenv("FAKE_SIGNAL");
	assert_int_equal(caught, 1);
	assert_true(calls > 0);
	assert_int_equal(daxplug_change_get_outcome(c), DAXPLUG_OUTCOME_DONE);
	is_block(FIRST + BLOCKS - 1, "online");
	daxplug_change_free(c);
}

/* --- the files in plug/ --------------------------------------------------------- */

static void the_stall_limit_is_a_setting(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	char path[4096];
	uint64_t ms = 7;

	assert_int_equal(daxplug_device_get_stall(dev, &ms), -EOPNOTSUPP);
	assert_int_equal(daxplug_device_get_stall(device(state, "dax1.0"), &ms), -EOPNOTSUPP);
	assert_int_equal(daxplug_device_set_stall(dev, 5), -EOPNOTSUPP);
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/stall_ms"), "20000\n");
	assert_int_equal(daxplug_device_get_stall(dev, &ms), 0);
	assert_int_equal(ms, 20000);
	assert_int_equal(daxplug_device_set_stall(dev, 0), 0);
	assert_int_equal(daxplug_device_get_stall(dev, &ms), 0);
	assert_int_equal(ms, 0);
	put(path, "soon\n");
	assert_int_equal(daxplug_device_get_stall(dev, &ms), -EPROTO);
	assert_int_equal(ms, 0);
}

static void add_up(uint64_t block, uint64_t pfn, void *data)
{
	*(uint64_t *)data += block * 0x10000 + pfn;
}

/* The library ignores unknown lines. */
static void poison_is_counted_and_named(void **state)
{
	static const char blocks[] = "total 1\nabsent 0\noffline 0\nkernel 0\nmovable 1\n";
	struct daxplug_device *dev = device(state, "dax0.0");
	struct daxplug_blocks b;
	char path[4096], text[256];
	unsigned int count = 7;
	uint64_t sum = 0;

	assert_int_equal(daxplug_device_get_poisoned(dev, &count), -EOPNOTSUPP);
	assert_int_equal(daxplug_device_each_poison(dev, add_up, &sum), -EOPNOTSUPP);
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/blocks"), blocks);
	assert_int_equal(daxplug_device_get_poisoned(dev, &count), -EOPNOTSUPP);
	assert_int_equal(count, 7);
	snprintf(text, sizeof(text), "%sfuture 3\npoisoned 1\nlater 2\n", blocks);
	put(path, text);
	assert_int_equal(daxplug_device_get_poisoned(dev, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(daxplug_device_get_blocks(dev, &b), 0);
	assert_int_equal(b.total, 1);
	put(at(path, "sys/bus/dax/devices/dax0.0/plug/poison"),
	    "memory32 0x11\nmemory32 0x12 more\nmemory 0x1\nmemory3x 0x1\nmemory3 -\nmore\n");
	assert_int_equal(daxplug_device_each_poison(dev, add_up, &sum), 2);
	assert_int_equal(sum, 2 * 32 * 0x10000 + 0x11 + 0x12);
	assert_int_equal(daxplug_device_each_poison(dev, NULL, NULL), 2);
}

static void later_counters_are_passed_over(void **state)
{
	struct daxplug_device *dev = device(state, "dax0.0");
	uint64_t values[DAXPLUG_STATS + 1];
	char path[4096];

	put(at(path, "sys/bus/dax/devices/dax0.0/plug/stats"),
	    "plugs 3\nlater 9\nstalls 2\nstalls_later 8\n");
	values[DAXPLUG_STATS] = 77;
	assert_int_equal(daxplug_device_get_stats(dev, values, DAXPLUG_STATS), 0);
	assert_int_equal(values[DAXPLUG_STAT_PLUGS], 3);
	assert_int_equal(values[DAXPLUG_STAT_VETOES], 0);
	assert_int_equal(values[DAXPLUG_STAT_STALLS], 2);
	assert_int_equal(values[DAXPLUG_STATS], 77);
	/* A program built before DAXPLUG_STAT_STALLS existed passes a smaller array. */
	values[DAXPLUG_STAT_STALLS] = 77;
	assert_int_equal(daxplug_device_get_stats(dev, values, DAXPLUG_STAT_STALLS), 0);
	assert_int_equal(values[DAXPLUG_STAT_STALLS], 77);
}

static void no_blocker(const struct daxplug_blocker *blocker, void *data)
{
	(void)blocker;
	(void)data;
	fail_msg("there is no blocker");
}

struct bombardment {
	pthread_t to;
	int writer;		/* closed after the last signal, so that the read always ends */
	volatile bool over;
};

static void *bombard(void *data)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const struct bombardment *b = data;
	int i;

	for (i = 0; i < 2000 && !b->over; i++) {
		nanosleep(&pause, NULL);
		pthread_kill(b->to, SIGUSR1);
	}
	close(b->writer);
	return NULL;
}

/* A read of plug/blockers can take seconds in the kernel, so a signal must end the read. */
static void a_signal_ends_a_read_of_blockers(void **state)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct bombardment b = { .to = pthread_self() };
	struct daxplug_device *dev = device(state, "dax0.0");
	pthread_t thread;
	char path[4096];
	int err;

	at(path, "sys/bus/dax/devices/dax0.0/plug/blockers");
	assert_int_equal(mkfifo(path, 0600), 0);
	b.writer = open(path, O_RDWR | O_CLOEXEC);
	assert_true(b.writer >= 0);
	assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, bombard, &b), 0);
	err = daxplug_device_each_blocker(dev, no_blocker, NULL);
	b.over = true;
	pthread_join(thread, NULL);
	assert_int_equal(err, -EINTR);
}

/* --- two devices over the same addresses --------------------------------------- */

static void another_over_the_same_addresses(void **state)
{
	struct daxplug_device *bound = device(state, "dax0.0");
	struct daxplug_device *other, *dev = device(state, "dax1.0");
	static const char * const dirs[] = { "sys/bus/dax/devices/dax0.0/mapping0" };
	char path[4096];

	assert_int_equal(daxplug_device_get_overlap(dev, &other), -ENOENT);
	make_dirs(dirs, 1);
	put(at(path, "sys/bus/dax/devices/dax0.0/mapping0/start"), "0x180000000\n");
	put(at(path, "sys/bus/dax/devices/dax0.0/mapping0/end"), "0x187ffffff\n");
	assert_int_equal(daxplug_device_get_overlap(dev, &other), -ENOENT);
	assert_int_equal(daxplug_device_get_overlap(bound, &other), -ENOENT);
	put(at(path, "sys/bus/dax/devices/dax0.0/mapping0/start"), "0x17fffffff\n");
	assert_int_equal(daxplug_device_get_overlap(dev, &other), 0);
	assert_string_equal(daxplug_device_get_name(other), "dax0.0");
	daxplug_device_unref(other);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), -EBUSY);
	assert_int_equal(daxplug_device_unplug(dev, NULL), 0);
	assert_int_equal(unlink(at(path, "sys/bus/dax/devices/dax0.0/driver")), 0);
	assert_int_equal(daxplug_device_get_overlap(dev, &other), -ENOENT);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), 0);
	assert_int_equal(state_of(dev), DAXPLUG_STATE_ONLINE_MOVABLE);
}

/* --- threads ------------------------------------------------------------------ */

static void *ask(void *data)
{
	struct daxplug_blocks b;
	enum daxplug_state state;
	uint64_t start, end;
	int i;

	for (i = 0; i < 50; i++) {
		if (daxplug_device_get_state(data, &state) ||
		    daxplug_device_get_blocks(data, &b) || b.total != BLOCKS ||
		    daxplug_device_get_range(data, 0, &start, &end) ||
		    start != 0x100000000)
			return data;
	}
	return NULL;
}

static void *plug_and_unplug(void *data)
{
	int i, err = 0;

	for (i = 0; i < 3 && !err; i++) {
		err = daxplug_device_plug(data, DAXPLUG_ZONE_MOVABLE, NULL);
		if (!err)
			err = daxplug_device_unplug(data, NULL);
		/* The other thread may have changed the state between the two calls. */
		if (err == -EBUSY)
			err = 0;
	}
	return err ? data : NULL;
}

static void threads_share_a_handle(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	pthread_t threads[6];
	void *failed;
	int i;

	for (i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < 4 ? ask :
						plug_and_unplug, dev), 0);
	for (i = 0; i < 6; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
}

/* If memory or descriptors run out, a scan fails. A missing value could make another rule match. */
static void a_scan_is_complete_or_an_error(void **state)
{
	static const struct {
		const char *name, *value;
		int err;
	} cases[] = {
		{ "FAKE_CANNOT_OPEN", "24:size", -EMFILE },
		{ "FAKE_CANNOT_OPEN", "12:align", -ENOMEM },
		{ "FAKE_CANNOT_OPEN", "23:target_node", -ENFILE },
		{ "FAKE_CANNOT_LINK", "12:driver", -ENOMEM },
		{ "FAKE_CANNOT_LINK", "5:driver", -EIO },
		{ "FAKE_CANNOT_OPEN", "13:size", 0 },
		{ "FAKE_CANNOT_OPEN", "2:target_node", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err;

		setenv(cases[i].name, cases[i].value, 1);
		err = daxplug_scan(*state);
		unsetenv(cases[i].name);
		if (err != cases[i].err)
			fail_msg("%s: %d", cases[i].value, err);
	}
}

/* With an incomplete list of devices, a device with the same addresses could be overlooked. */
static void without_the_list_of_devices_nothing_is_bound(void **state)
{
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_preflight *preflight;

	setenv("FAKE_CANNOT_OPEN", "24:align", 1);
	assert_int_equal(daxplug_device_plug(dev, DAXPLUG_ZONE_MOVABLE, NULL), -EMFILE);
	setenv("FAKE_CANNOT_OPEN", "12:align", 1);
	assert_int_equal(daxplug_device_preflight(dev, DAXPLUG_STATE_ONLINE_MOVABLE, NULL, 1,
						  &preflight), -ENOMEM);
	unsetenv("FAKE_CANNOT_OPEN");
	assert_int_equal(state_of(dev), DAXPLUG_STATE_UNPLUGGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_outlives_its_context),
		TEST(another_of_its_name_is_not_touched),
		TEST(another_of_its_name_is_not_read),
		TEST(a_structure_is_filled_by_its_size),
		TEST(every_enum_has_words),
		TEST(a_bad_zone_leaves_nothing_of_before),
		TEST(repair_leaves_alone_what_is_whole),
		TEST(repair_brings_back),
		TEST(a_signal_ends_a_write),
		TEST(no_signal_goes_unnoticed),
		TEST(a_progress_function_decides),
		TEST(the_stall_limit_is_a_setting),
		TEST(poison_is_counted_and_named),
		TEST(later_counters_are_passed_over),
		TEST(a_signal_ends_a_read_of_blockers),
		TEST(another_over_the_same_addresses),
		TEST(threads_share_a_handle),
		TEST(a_scan_is_complete_or_an_error),
		TEST(without_the_list_of_devices_nothing_is_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
