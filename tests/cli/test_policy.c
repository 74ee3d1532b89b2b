// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the library's policy functions, called as other programs call them: files and layers,
 * the error function, getters of rules, and why a rule does or does not match a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#include "daxplug_policy.h"
#include "library.h"

#define TEXT_LEN 600

/* The last arguments of the error function, and the number of its calls. */
struct told {
	unsigned int count;
	unsigned int line;
	char file[TEXT_LEN];
	char text[TEXT_LEN];
	char next[TEXT_LEN];
};

static void copy(char *to, const char *text)
{
	snprintf(to, TEXT_LEN, "%s", text ? text : "");
}

static void be_told(const struct daxplug_policy_error *error, void *data)
{
	struct told *told = data;

	told->count++;
	told->line = error->line;
	copy(told->file, error->file);
	copy(told->text, error->text);
	copy(told->next, error->next);
}

static struct daxplug_policy *new_policy(struct told *told)
{
	struct daxplug_policy *policy;

	*told = (struct told){ .count = 0 };
	assert_int_equal(daxplug_policy_new(&policy), 0);
	daxplug_policy_set_error_fn(policy, be_told, told);
	assert_null(daxplug_policy_get_first_file(policy));
	assert_null(daxplug_policy_get_first_rule(policy));
	return policy;
}

/* Read a policy that consists of one file with this text. */
static void read_text(struct daxplug_policy *policy, const char *text)
{
	char path[4096];

	put(at(path, "rules.txt"), text);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(daxplug_policy_read_file(policy, path), 0);
}

static const struct daxplug_rule *nth(const struct daxplug_policy *policy, int n)
{
	const struct daxplug_rule *rule;

	daxplug_policy_foreach_rule(policy, rule) {
		if (!n--)
			return rule;
	}
	fail_msg("too few rules");
	return NULL;
}

static void rules_have_getters(void **state)
{
	enum daxplug_state wanted = DAXPLUG_STATE_UNKNOWN;
	enum daxplug_guard guard = DAXPLUG_GUARD_OFF;
	const struct daxplug_rule *rule;
	struct daxplug_policy *policy;
	uint64_t first = 7, last = 7;
	unsigned int ms = 7;
	struct told told;

	(void)state;
	policy = new_policy(&told);
	read_text(policy,
		  "[default]\nguard = always\n"
		  "[cards]\nserial = 0x12, 19\nuuid = AB*,\n  cd\nsize = 1G-\nstate = movable\n"
		  "[slow]\ndevice = all\nrange = 0x1000-0x1fff\ntimeout = 1h 30min\nguard = off\n");
	assert_int_equal(told.count, 0);
	assert_int_equal(daxplug_policy_get_errors(policy), 0);

	rule = nth(policy, 0);
	assert_int_equal(daxplug_rule_is_default(rule), 1);

	rule = nth(policy, 1);
	assert_string_equal(daxplug_rule_get_name(rule), "cards");
	assert_int_equal(daxplug_rule_get_line(rule), 3);
	assert_int_equal(daxplug_rule_is_default(rule), 0);
	assert_int_equal(daxplug_rule_is_broken(rule), 0);
	assert_ptr_equal(daxplug_rule_get_file(rule), daxplug_policy_get_first_file(policy));
	assert_int_equal(daxplug_rule_get_numbers(rule, "serial", 1, &first, &last), 0);
	assert_true(first == 19 && last == 19);
	assert_int_equal(daxplug_rule_get_numbers(rule, "serial", 2, &first, &last), -ENOENT);
	assert_int_equal(daxplug_rule_get_numbers(rule, "node", 0, &first, &last), -ENOENT);
	assert_int_equal(daxplug_rule_get_numbers(rule, "uuid", 0, &first, &last), -EINVAL);
	assert_int_equal(daxplug_rule_get_numbers(rule, "", 0, &first, &last), -EINVAL);
	assert_true(first == 19);
	assert_int_equal(daxplug_rule_get_numbers(rule, "size", 0, &first, &last), 0);
	assert_true(first == 1ULL << 30 && last == UINT64_MAX);
	assert_string_equal(daxplug_rule_get_word(rule, "uuid", 0), "AB*");
	assert_string_equal(daxplug_rule_get_word(rule, "uuid", 1), "cd");
	assert_null(daxplug_rule_get_word(rule, "uuid", 2));
	assert_null(daxplug_rule_get_word(rule, "device", 0));
	assert_null(daxplug_rule_get_word(rule, "size", 0));
	assert_int_equal(daxplug_rule_get_state(rule, &wanted), 0);
	assert_int_equal(wanted, DAXPLUG_STATE_ONLINE_MOVABLE);
	assert_int_equal(daxplug_rule_get_guard(rule, &guard), 0);
	assert_int_equal(guard, DAXPLUG_GUARD_ALWAYS);
	assert_int_equal(daxplug_rule_get_timeout(rule, &ms), -ENOENT);
	assert_int_equal(ms, 7);

	rule = nth(policy, 2);
	assert_null(daxplug_rule_get_next(rule));
	assert_int_equal(daxplug_rule_get_state(rule, &wanted), -ENOENT);
	assert_int_equal(daxplug_rule_get_guard(rule, &guard), 0);
	assert_int_equal(guard, DAXPLUG_GUARD_OFF);
	assert_int_equal(daxplug_rule_get_timeout(rule, &ms), 0);
	assert_int_equal(ms, 90 * 60 * 1000);

	/* The next read replaces all files and rules. */
	read_text(policy, "[other]\nnode = 1\nstate = unplugged\n");
	assert_string_equal(daxplug_rule_get_name(nth(policy, 0)), "other");
	assert_null(daxplug_rule_get_next(nth(policy, 0)));
	assert_null(daxplug_policy_file_get_next(daxplug_policy_get_first_file(policy)));
	daxplug_policy_free(policy);
}

static void errors_are_told_by_file_and_line(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} bad[] = {
		{ "[a]\nnode = 1\nstate = onlin\nguard = no\n", 3, "state = onlin: state takes" },
		{ "[a]\nnode = 1\nstate = offline\n", 3, "state = offline" },
		{ "[a]\nnode = 1\nstate = other_driver\n", 3, "state = other_driver" },
		{ "[a]\norigin = unknown\nstate = online\n", 2, "origin takes cxl, pmem" },
		{ "[a]\nsize = 2G-1G\nstate = online\n", 2, "size = 2G-1G" },
		{ "[a]\nnode = 1\ntimeout = 0\n", 3, "timeout = 0" },
		{ "[a]\nnode = 1\ncolour = red\n", 3, "unknown key 'colour'" },
		{ "[a]\nnode = 1\n", 1, "[a] wants nothing" },
		{ "[a]\nstate = online\n", 1, "[a] does not say which device" },
		{ "\nnode = 1\n", 2, "outside of a rule" },
		{ "[a\n", 1, "']' is missing" },
	};
	struct daxplug_policy *policy;
	char path[4096], text[64];
	struct told told;
	size_t i;
	int fd, saved = dup(STDERR_FILENO);

	(void)state;
	policy = new_policy(&told);
	fd = open(at(path, "printed"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && saved >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		told.count = 0;
		read_text(policy, bad[i].text);
		assert_int_equal(told.count, 1);
		assert_int_equal(told.line, bad[i].line);
		assert_string_equal(told.file, at(path, "rules.txt"));
		assert_string_equal(told.next, "");
		assert_non_null(strstr(told.text, bad[i].says));
		assert_int_equal(daxplug_policy_get_errors(policy), 1);
		assert_int_equal(daxplug_policy_file_has_error(
					 daxplug_policy_get_first_file(policy)), 1);
	}
	told.count = 0;
	assert_int_equal(daxplug_policy_read_file(policy, at(path, "none")), 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.line, 0);
	assert_string_equal(told.text, strerror(ENOENT));
	assert_int_equal(daxplug_policy_get_errors(policy), 1);
	assert_int_equal(daxplug_policy_read_dir(policy, path), -ENOENT);
	assert_string_equal(told.file, path);

	/* Without an error function nothing is printed. */
	daxplug_policy_set_error_fn(policy, NULL, NULL);
	read_text(policy, bad[0].text);
	assert_int_equal(daxplug_policy_get_errors(policy), 1);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 0);
	close(saved);
	close(fd);
	daxplug_policy_free(policy);
	daxplug_policy_free(NULL);
}

static void what_others_may_write_is_refused(void **state)
{
	const struct daxplug_policy_file *file;
	struct daxplug_policy *policy;
	struct told told;
	char path[4096];
	int fd;

	(void)state;
	policy = new_policy(&told);
	put(at(path, "open.conf"), "[a]\nnode = 1\nstate = online\n");
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(daxplug_policy_read_file(policy, path), 0);
	assert_non_null(strstr(told.text, "refused: its group may write it"));
	assert_non_null(strstr(told.next, "chmod go-w"));
	assert_int_equal(daxplug_policy_get_errors(policy), 1);
	assert_null(daxplug_policy_get_first_rule(policy));
	file = daxplug_policy_get_first_file(policy);
	assert_int_equal(daxplug_policy_file_get_status(file),
			 DAXPLUG_FILE_STATUS_REFUSED);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(daxplug_policy_check_owner(policy, fd, path), -EPERM);
	assert_int_equal(fchmod(fd, 0644), 0);
	told.count = 0;
	assert_int_equal(daxplug_policy_check_owner(policy, fd, path), 0);
	assert_int_equal(told.count, 0);
	close(fd);
	daxplug_policy_free(policy);
}

static void layers_hide_and_mask(void **state)
{
	static const char * const dirs[] = {
		"etc", "etc/daxplug", "etc/daxplug/daxplug.conf.d", "usr", "usr/lib",
		"usr/lib/daxplug", "usr/lib/daxplug/daxplug.conf.d",
	};
	static const struct {
		const char *path;
		const char *text;
		enum daxplug_file_status status;
	} files[] = {
		{ "etc/daxplug/daxplug.conf.d/10-a.conf", "[one]\nnode = 1\nstate = online\n",
		  DAXPLUG_FILE_STATUS_READ },
		{ "usr/lib/daxplug/daxplug.conf.d/10-a.conf", "nonsense\n",
		  DAXPLUG_FILE_STATUS_HIDDEN },
		{ "etc/daxplug/daxplug.conf.d/20-b.conf", "", DAXPLUG_FILE_STATUS_MASKED },
		{ "usr/lib/daxplug/daxplug.conf", "[last]\ndevice = all\nstate = unplugged\n",
		  DAXPLUG_FILE_STATUS_READ },
	};
	const struct daxplug_policy_file *file, *above = NULL;
	struct daxplug_policy *policy;
	struct told told;
	char path[4096];
	size_t i = 0;

	(void)state;
	policy = new_policy(&told);
	make_dirs(dirs, sizeof(dirs) / sizeof(dirs[0]));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put(at(path, "%s", files[i].path), files[i].text);
		assert_int_equal(chmod(path, 0644), 0);
	}
	setenv("DAXPLUG_ROOT", top, 1);
	assert_int_equal(daxplug_policy_read(policy), 0);
	unsetenv("DAXPLUG_ROOT");
	assert_int_equal(told.count, 0);
	i = 0;
	daxplug_policy_foreach_file(policy, file) {
		assert_true(i < sizeof(files) / sizeof(files[0]));
		assert_string_equal(daxplug_policy_file_get_path(file),
				    at(path, "%s", files[i].path));
		assert_int_equal(daxplug_policy_file_get_status(file), files[i].status);
		assert_ptr_equal(daxplug_policy_file_get_hidden_by(file),
				 i == 1 ? above : NULL);
		above = file;
		i++;
	}
	assert_int_equal(i, sizeof(files) / sizeof(files[0]));
	assert_string_equal(daxplug_rule_get_name(nth(policy, 0)), "one");
	assert_string_equal(daxplug_rule_get_name(nth(policy, 1)), "last");
	daxplug_policy_free(policy);
}

/*
 * If a layer cannot be read, its files are unknown, and some could hide files of other layers. So
 * the read reports the error of each such layer, and returns the first one. A layer that is refused
 * because other users may write it is reported, too, but does not change the returned error.
 */
static void each_layer_is_read_or_reported(void **state)
{
	static const char * const dirs[] = {
		"etc", "etc/daxplug", "etc/daxplug/daxplug.conf.d", "run", "run/daxplug", "usr",
		"usr/lib", "usr/lib/daxplug", "usr/lib/daxplug/daxplug.conf.d",
	};
	static const struct {
		const char *fails;
		int err;
		unsigned int reports;
	} cases[] = {
		{ "24:/etc/daxplug", -EMFILE, 3 },
		{ "24:/usr/lib/daxplug", -EMFILE, 2 },
		{ "5:/run/daxplug", -EIO, 2 },
		{ "2:/etc/daxplug", 0, 2 },
	};
	struct daxplug_policy *policy;
	struct told told;
	char path[4096];
	size_t i;

	(void)state;
	policy = new_policy(&told);
	make_dirs(dirs, sizeof(dirs) / sizeof(dirs[0]));
	/* Two layers have a directory that others may write. */
	assert_int_equal(chmod(at(path, "run/daxplug"), 0777), 0);
	assert_int_equal(chmod(at(path, "usr/lib/daxplug/daxplug.conf.d"), 0777), 0);
	setenv("DAXPLUG_ROOT", top, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err;

		told.count = 0;
		setenv("FAKE_CANNOT_OPEN", cases[i].fails, 1);
		err = daxplug_policy_read(policy);
		unsetenv("FAKE_CANNOT_OPEN");
		if (err != cases[i].err || told.count != cases[i].reports)
			fail_msg("%s: %d, %u reports", cases[i].fails, err, told.count);
	}
	assert_int_equal(daxplug_policy_get_errors(policy), 2);
	assert_int_equal(chmod(at(path, "run/daxplug"), 0755), 0);
	unsetenv("DAXPLUG_ROOT");
	daxplug_policy_free(policy);
}

/* Claim that the first rule matches the device, or that @want_key prevents the match. */
static void matches(const struct daxplug_policy *policy,
		    const struct daxplug_device *dev, enum daxplug_match want,
		    const char *want_key)
{
	const struct daxplug_rule *rule = nth(policy, 0);
	const char *key = "unset";

	assert_int_equal(daxplug_policy_match(policy, rule, dev, &key), want);
	assert_int_equal(daxplug_policy_match(policy, rule, dev, NULL), want);
	if (want_key)
		assert_string_equal(key, want_key);
	else
		assert_null(key);
	assert_ptr_equal(daxplug_policy_get_rule(policy, dev),
			 want == DAXPLUG_MATCH_YES ? rule : NULL);
}

static void a_match_has_a_reason(void **state)
{
	static const struct {
		const char *keys;
		enum daxplug_match match;
		const char *key;
	} cases[] = {
		{ "device = dax1.*", DAXPLUG_MATCH_YES, NULL },
		{ "device = all", DAXPLUG_MATCH_YES, NULL },
		{ "device = dax2.0", DAXPLUG_MATCH_NO, "device" },
		{ "device = dax1.0\nregion = region1", DAXPLUG_MATCH_NO, "region" },
		{ "uuid = *", DAXPLUG_MATCH_NO, "uuid" },
		{ "origin = cxl", DAXPLUG_MATCH_NO, "origin" },
		{ "node = 0", DAXPLUG_MATCH_NO, "node" },
		{ "size = 2G", DAXPLUG_MATCH_YES, NULL },
		{ "size = -1G\nserial = 1", DAXPLUG_MATCH_NO, "size" },
		{ "serial = 1", DAXPLUG_MATCH_NO, "serial" },
		{ "range = 0x100000000-0x17fffffff", DAXPLUG_MATCH_YES, NULL },
		{ "range = 0x100000000-0x17ffffffe", DAXPLUG_MATCH_NO, "range" },
		{ "size = 2G\nnode = x", DAXPLUG_MATCH_NO_RULE, NULL },
		{ "size = 2G\ncolour = red", DAXPLUG_MATCH_YES, NULL },
	};
	struct daxplug_device *dev = device(state, "dax1.0");
	struct daxplug_policy *policy;
	char text[4096], path[4096];
	struct told told;
	size_t i;

	policy = new_policy(&told);
	assert_int_equal(daxplug_policy_read_cards(policy, *state), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "[a]\n%s\nstate = online\n", cases[i].keys);
		read_text(policy, text);
		matches(policy, dev, cases[i].match, cases[i].key);
	}
	assert_int_equal(daxplug_rule_is_broken(nth(policy, 0)), 1);
	read_text(policy, "[default]\nstate = online\n");
	matches(policy, dev, DAXPLUG_MATCH_NO_RULE, NULL);
	read_text(policy, "[a]\nrange = 0-0x1ffffffff\nstate = online\n");
	matches(policy, dev, DAXPLUG_MATCH_YES, NULL);
	assert_int_equal(unlink(at(path, "sys/bus/dax/devices/dax1.0/mapping0/end")), 0);
	matches(policy, dev, DAXPLUG_MATCH_UNKNOWN, "range");
	daxplug_policy_free(policy);
}

/* Put dax1.0 into a CXL region over the card mem0. mem1 is another card. */
static void make_cards(struct daxplug_ctx *ctx)
{
	static const char * const dirs[] = {
		"sys/real", "sys/real/root0", "sys/real/root0/decoder0.0",
		"sys/real/root0/decoder0.0/region7",
		"sys/real/root0/decoder0.0/region7/dax_region7", "sys/real/port1",
		"sys/real/port1/endpoint2", "sys/real/port1/endpoint2/decoder2.0",
		"sys/real/pci", "sys/real/pci/mem0", "sys/real/pci/mem1", "sys/bus/cxl",
		"sys/bus/cxl/devices",
	};
	static const char * const links[][2] = {
		{ "../../../real/root0/decoder0.0/region7/dax_region7/dax1.0",
		  "sys/bus/dax/devices/dax1.0" },
		{ "../../../real/port1/endpoint2/decoder2.0",
		  "sys/bus/cxl/devices/decoder2.0" },
		{ "../../pci/mem0", "sys/real/port1/endpoint2/uport" },
		{ "../../../real/pci/mem0", "sys/bus/cxl/devices/mem0" },
		{ "../../../real/pci/mem1", "sys/bus/cxl/devices/mem1" },
	};
	char from[4096], to[4096];
	size_t i;

	make_dirs(dirs, sizeof(dirs) / sizeof(dirs[0]));
	assert_int_equal(rename(at(from, "sys/bus/dax/devices/dax1.0"),
				at(to, "sys/real/root0/decoder0.0/region7/dax_region7/dax1.0")),
			 0);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		assert_int_equal(symlink(links[i][0], at(to, "%s", links[i][1])), 0);
	put(at(to, "sys/real/root0/decoder0.0/region7/target0"), "decoder2.0\n");
	put(at(to, "sys/real/pci/mem0/serial"), "0x7\n");
	put(at(to, "sys/real/pci/mem1/serial"), "0x8\n");
	assert_int_equal(daxplug_scan(ctx), 0);
}

static void a_serial_number_is_that_of_one_card(void **state)
{
	const char *one = NULL, *other = NULL;
	struct daxplug_policy *policy;
	struct told told;
	char path[4096];

	make_cards(*state);
	policy = new_policy(&told);
	read_text(policy, "[a]\nserial = 7, 0\nstate = online\n");
	assert_int_equal(daxplug_policy_read_cards(policy, *state), 0);
	assert_int_equal(daxplug_policy_check_serial(policy, 7, &one, &other), 0);
	assert_int_equal(daxplug_policy_check_serial(policy, 99, &one, &other), 0);
	assert_int_equal(daxplug_policy_check_serial(policy, 0, &one, &other), -EINVAL);
	assert_true(!one && !other);
	matches(policy, device(state, "dax1.0"), DAXPLUG_MATCH_YES, NULL);
	matches(policy, device(state, "dax0.0"), DAXPLUG_MATCH_NO, "serial");

	/* A change of a serial number counts after the next daxplug_policy_read_cards(). */
	put(at(path, "sys/real/pci/mem1/serial"), "0x7\n");
	matches(policy, device(state, "dax1.0"), DAXPLUG_MATCH_YES, NULL);
	assert_int_equal(daxplug_policy_read_cards(policy, *state), 0);
	assert_int_equal(daxplug_policy_check_serial(policy, 7, &one, &other), -ENOTUNIQ);
	assert_int_equal(daxplug_policy_check_serial(policy, 7, NULL, NULL), -ENOTUNIQ);
	assert_true(one && other && strcmp(one, other) != 0);
	matches(policy, device(state, "dax1.0"), DAXPLUG_MATCH_SERIAL, "serial");

	put(at(path, "sys/real/pci/mem0/serial"), "0\n");
	assert_int_equal(daxplug_scan(*state), 0);
	assert_int_equal(daxplug_policy_read_cards(policy, *state), 0);
	matches(policy, device(state, "dax1.0"), DAXPLUG_MATCH_SERIAL, "serial");
	daxplug_policy_free(policy);
}

/*
 * The linker calls __wrap_strndup() instead of strndup() (unit.mk).
 * NOLINTBEGIN: the linker chooses the names.
 */
char *__wrap_strndup(const char *text, size_t len);
char *__real_strndup(const char *text, size_t len);

static bool no_memory;

char *__wrap_strndup(const char *text, size_t len)
{
	if (!no_memory)
		return __real_strndup(text, len);
	errno = ENOMEM;
	return NULL;
}
/* NOLINTEND */

/*
 * If memory runs out while a file is read, the policy must have no rules. If only the second rule
 * were kept, it would match devices that belong to the first rule.
 */
static void without_memory_there_are_no_rules(void **state)
{
	struct daxplug_policy *policy;
	char path[4096];
	struct told told;

	(void)state;
	policy = new_policy(&told);
	put(at(path, "rules.txt"), "[mine]\nregion = region0\nstate = unplugged\nx\n"
				   "[rest]\nnode = 1\nstate = online_movable\n");
	assert_int_equal(chmod(path, 0644), 0);
	no_memory = true;
	assert_int_equal(daxplug_policy_read_file(policy, path), -ENOMEM);
	no_memory = false;
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text, "out of memory");
	assert_string_equal(told.file, path);
	assert_int_equal(told.line, 2);
	assert_null(daxplug_policy_get_first_rule(policy));
	assert_null(daxplug_policy_get_first_file(policy));
	assert_int_equal(daxplug_policy_read_file(policy, path), 0);
	assert_string_equal(told.text, "neither [rule] nor key = value");
	assert_string_equal(daxplug_rule_get_word(nth(policy, 0), "region", 0), "region0");
	daxplug_policy_free(policy);
}

/* In an incomplete list, a serial number that two cards have could look like that of one card. */
static void the_list_of_cards_is_complete_or_an_error(void **state)
{
	static const struct {
		const char *name, *value;
		int err;
	} cases[] = {
		{ "FAKE_CANNOT_OPEN", "24:/bus/cxl/devices", -EMFILE },
		{ "FAKE_CANNOT_OPEN", "13:/bus/cxl/devices", -EACCES },
		{ "FAKE_CANNOT_OPEN", "12:/bus/cxl/devices", -ENOMEM },
		{ "FAKE_CANNOT_LIST", "/bus/cxl/devices", -ENOTDIR },
		{ "FAKE_CANNOT_OPEN", "24:/mem1/serial", -EMFILE },
		{ "FAKE_CANNOT_OPEN", "5:/mem1/serial", -EIO },
		/* No error: a machine without CXL, and a card that is removed meanwhile. */
		{ "FAKE_CANNOT_OPEN", "2:/bus/cxl/devices", 0 },
		{ "FAKE_CANNOT_OPEN", "2:/mem1/serial", 0 },
	};
	struct daxplug_policy *policy;
	struct told told;
	char path[4096];
	size_t i;

	make_cards(*state);
	put(at(path, "sys/real/pci/mem1/serial"), "0x7\n");
	policy = new_policy(&told);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err;

		setenv(cases[i].name, cases[i].value, 1);
		err = daxplug_policy_read_cards(policy, *state);
		unsetenv(cases[i].name);
		if (err != cases[i].err)
			fail_msg("%s: %d", cases[i].value, err);
		assert_int_equal(daxplug_policy_check_serial(policy, 7, NULL, NULL), 0);
	}
	/* A card whose file `serial` contains no number has no serial number. */
	put(at(path, "sys/real/pci/mem1/serial"), "none\n");
	assert_int_equal(daxplug_policy_read_cards(policy, *state), 0);
	daxplug_policy_free(policy);
}

static void times_and_words(void **state)
{
	static const char * const bad[] = {
		"", "0", "0s", "-1", "s", "1x", "1 s s", "5000000", "1s,", "9999999999999999d",
	};
	enum daxplug_file_status status;
	enum daxplug_match match;
	unsigned int ms = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(daxplug_time_parse(bad[i], &ms), -EINVAL);
	assert_int_equal(ms, 7);
	assert_int_equal(daxplug_time_parse("2min 3 s", &ms), 0);
	assert_int_equal(ms, 123000);
	assert_int_equal(daxplug_time_parse("none", &ms), 0);
	assert_int_equal(ms, 0);
	for (i = 0; i <= DAXPLUG_FILE_STATUS_REFUSED; i++) {
		const char *word = daxplug_file_status_name((enum daxplug_file_status)i);

		assert_int_equal(daxplug_file_status_parse(word, &status), 0);
		assert_int_equal(status, i);
	}
	assert_string_equal(daxplug_file_status_name((enum daxplug_file_status)i), "unknown");
	for (i = 0; i <= DAXPLUG_MATCH_NO_RULE; i++) {
		const char *word = daxplug_match_name((enum daxplug_match)i);

		assert_int_equal(daxplug_match_parse(word, &match), 0);
		assert_int_equal(match, i);
	}
	assert_null(daxplug_match_name((enum daxplug_match)i));
	assert_int_equal(daxplug_match_parse("perhaps", &match), -EINVAL);
	assert_int_equal(daxplug_file_status_parse("unknown", &status), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_have_getters),
		TEST(errors_are_told_by_file_and_line),
		TEST(what_others_may_write_is_refused),
		TEST(layers_hide_and_mask),
		TEST(each_layer_is_read_or_reported),
		TEST(a_match_has_a_reason),
		TEST(a_serial_number_is_that_of_one_card),
		TEST(without_memory_there_are_no_rules),
		TEST(the_list_of_cards_is_complete_or_an_error),
		TEST(times_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
