// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the policy and prints its errors. Also looks up CXL memory devices (cards) by serial
 * number.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "policy.h"

static void print_error(const struct daxplug_policy_error *error, void *data)
{
	(void)data;
	fprintf(stderr, "daxplug: ");
	if (error->file)
		fprintf(stderr, "%s:", error->file);
	if (error->file && error->line)
		fprintf(stderr, "%u:", error->line);
	fprintf(stderr, "%s%s\n", error->file ? " " : "", error->text);
	if (error->next)
		fprintf(stderr, "daxplug: %s: next: %s\n", error->file, error->next);
}

/* Return: an empty policy that prints errors, or NULL after an error message. */
struct daxplug_policy *policy_new(void)
{
	struct daxplug_policy *policy;

	if (daxplug_policy_new(&policy)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return NULL;
	}
	daxplug_policy_set_error_fn(policy, print_error, NULL);
	return policy;
}

/*
 * @policy is from policy_new(). Read all files of the directory @dir, which must exist, or the
 * files of all layers if @dir is NULL. Return: an exit code; after an error a message has been
 * printed.
 */
int policy_read(struct daxplug_policy *policy, const char *dir)
{
	int err;

	if (!policy)
		return EXIT_TROUBLE;
	err = dir ? daxplug_policy_read_dir(policy, dir) : daxplug_policy_read(policy);
	switch (err) {
	case 0:
		return EXIT_DONE;
	case -ENOMEM:
		return EXIT_TROUBLE;
	case -EACCES:
		return EXIT_NOT_SUPPORTED;
	default:
		return EXIT_USAGE;
	}
}

/*
 * Call after daxplug_scan(). Return: 0 or a negative errno; after an error a message has been
 * printed.
 */
int policy_load_cards(struct daxplug_policy *policy, struct daxplug_ctx *ctx)
{
	int err = daxplug_policy_read_cards(policy, ctx);

	if (err == -ENOMEM)
		fprintf(stderr, "daxplug: out of memory\n");
	else if (err)
		fprintf(stderr, "daxplug: the serial numbers of the CXL memory devices cannot be "
			"read: %s\n", strerror(-err));
	return err;
}

/* As policy_load_cards(). Return: an exit code. */
int policy_read_cards(struct daxplug_policy *policy, struct daxplug_ctx *ctx)
{
	return policy_load_cards(policy, ctx) ? EXIT_TROUBLE : EXIT_DONE;
}

/*
 * Read the policy and print no errors, for commands that only display something. The commands
 * apply and doctor report the errors. Call after daxplug_scan(). Return: the policy of the machine,
 * or NULL if it cannot be read.
 */
struct daxplug_policy *policy_read_quietly(struct daxplug_ctx *ctx)
{
	struct daxplug_policy *policy;

	if (daxplug_policy_new(&policy))
		return NULL;
	if (!daxplug_policy_read(policy) && !daxplug_policy_read_cards(policy, ctx))
		return policy;
	daxplug_policy_free(policy);
	return NULL;
}

const char *get_rule_path(const struct daxplug_rule *rule)
{
	return daxplug_policy_file_get_path(daxplug_rule_get_file(rule));
}

/* An interleaved region has several memory devices. One match is enough. */
bool has_serial_number(const struct daxplug_device *dev, uint64_t serial)
{
	uint64_t own;
	unsigned int i;

	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (!daxplug_device_get_memdev(dev, i, NULL, &own) &&
		    own == serial)
			return true;
	}
	return false;
}

/* Call after policy_read_cards(). If the result is false, @why is the reason. */
bool is_serial_usable(const struct daxplug_policy *policy, uint64_t serial,
		      char *why, size_t len)
{
	const char *one, *other;

	switch (daxplug_policy_check_serial(policy, serial, &one, &other)) {
	case 0:
		return true;
	case -ENOTUNIQ:
		snprintf(why, len, "%s and %s both have the serial number 0x%" PRIx64,
			 one, other, serial);
		return false;
	default:
		snprintf(why, len, "serial number 0 is that of cards without one");
		return false;
	}
}

/* Does the pattern contain a number of a device? After the next boot another device may have it. */
bool has_number_in_name(const char *pattern)
{
	while (*pattern && !isdigit((unsigned char)*pattern))
		pattern++;
	return *pattern;
}
