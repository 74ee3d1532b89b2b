// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug apply --print: prints the files of the policy as one, and what they mean for the
 * devices of this machine. daxplug apply --check-config: prints the errors in the files.
 */
#include <errno.h>
#include <json.h>
#include <string.h>

#include "cli.h"
#include "policy.h"
#include "report.h"

static void json_files(struct json_object *root, const struct daxplug_policy *policy)
{
	struct json_object *array = json_array(root, "files");
	const struct daxplug_policy_file *file;

	daxplug_policy_foreach_file(policy, file) {
		const struct daxplug_policy_file *by =
			daxplug_policy_file_get_hidden_by(file);
		struct json_object *o = json_object_new_object();

		json_string(o, "file", daxplug_policy_file_get_path(file));
		json_string(o, "status", daxplug_file_status_name(
				    daxplug_policy_file_get_status(file)));
		json_string(o, "by", by ? daxplug_policy_file_get_path(by) : NULL);
		json_object_object_add(o, "error", json_object_new_boolean(
				daxplug_policy_file_has_error(file)));
		json_object_array_add(array, o);
	}
}

/* Return: 0 or a negative errno. */
static int print_content(const char *path)
{
	FILE *stream = fopen(path, "re");
	int c, last = '\n', err = 0;

	if (!stream)
		return -errno;
	while ((c = getc(stream)) != EOF)
		last = putchar(c);
	if (ferror(stream))
		err = -errno;
	if (last != '\n')
		putchar('\n');
	fclose(stream);
	return err;
}

/*
 * Everything but the content is printed as a comment, so the output is itself a valid policy.
 * Return: an exit code.
 */
static int print_files(const struct daxplug_policy *policy)
{
	const struct daxplug_policy_file *file;
	int code = EXIT_DONE;

	daxplug_policy_foreach_file(policy, file) {
		const struct daxplug_policy_file *by =
			daxplug_policy_file_get_hidden_by(file);
		enum daxplug_file_status status = daxplug_policy_file_get_status(file);
		const char *path = daxplug_policy_file_get_path(file);

		if (status == DAXPLUG_FILE_STATUS_READ) {
			int err;

			printf("# %s\n", path);
			err = print_content(path);
			putchar('\n');
			if (!err)
				continue;
			fprintf(stderr, "daxplug: %s: %s\n", path, strerror(-err));
			code = EXIT_TROUBLE;
		} else if (by) {
			printf("# %s: not read: hidden by %s\n\n", path,
			       daxplug_policy_file_get_path(by));
		} else {
			printf("# %s: not read: %s\n\n", path,
			       daxplug_file_status_name(status));
		}
	}
	return code;
}

/* What a rule requests. A rule with an error requests nothing. */
struct wants {
	bool has_state, has_guard, has_timeout, has_memmap;
	enum daxplug_state state;
	enum daxplug_guard guard;
	unsigned int timeout_ms;
	enum daxplug_memmap memmap;
};

static struct wants get_wants(const struct daxplug_rule *rule)
{
	struct wants w = { .has_state = false };

	if (!rule || daxplug_rule_is_broken(rule))
		return w;
	w.has_state = !daxplug_rule_get_state(rule, &w.state);
	w.has_guard = !daxplug_rule_get_guard(rule, &w.guard);
	w.has_timeout = !daxplug_rule_get_timeout(rule, &w.timeout_ms);
	w.has_memmap = !daxplug_rule_get_memmap(rule, &w.memmap);
	return w;
}

static void print_device(const struct daxplug_device *dev,
			 const struct daxplug_rule *rule)
{
	const struct wants w = get_wants(rule);

	printf("# %s: ", daxplug_device_get_name(dev));
	if (!rule) {
		printf("no rule\n");
		return;
	}
	if (daxplug_rule_is_broken(rule))
		printf("not changed, its rule has an error ");
	if (w.has_state)
		printf("state %s ", daxplug_state_name(w.state));
	if (w.has_guard)
		printf("guard %s ", daxplug_guard_name(w.guard));
	if (w.has_timeout)
		printf(w.timeout_ms ? "timeout %u ms " : "timeout none ",
		       w.timeout_ms);
	if (w.has_memmap)
		printf("memmap_on_memory %s ", daxplug_memmap_name(w.memmap));
	printf("[%s, %s:%u]\n", daxplug_rule_get_name(rule), get_rule_path(rule),
	       daxplug_rule_get_line(rule));
}

static void json_device(struct json_object *array,
			const struct daxplug_device *dev,
			const struct daxplug_rule *rule)
{
	struct json_object *o = json_object_new_object();
	const struct wants w = get_wants(rule);

	json_string(o, "name", daxplug_device_get_name(dev));
	json_rule(o, rule);
	json_object_object_add(o, "error", json_object_new_boolean(
				       rule && daxplug_rule_is_broken(rule)));
	json_string(o, "state", w.has_state ? daxplug_state_name(w.state) : NULL);
	json_string(o, "guard", w.has_guard ? daxplug_guard_name(w.guard) : NULL);
	json_object_object_add(o, "timeout_ms", w.has_timeout ?
			       json_object_new_int64(w.timeout_ms) : NULL);
	json_string(o, "memmap_on_memory",
		    w.has_memmap ? daxplug_memmap_name(w.memmap) : NULL);
	json_object_array_add(array, o);
}

/* Return: the number of settings that a device cannot have. */
static unsigned int print_devices(const struct selection *s,
				  const struct daxplug_policy *policy,
				  struct json_object *root)
{
	struct json_object *devices = NULL, *unmet = NULL;
	unsigned int i, n = 0;

	if (root) {
		devices = json_array(root, "devices");
		unmet = json_array(root, "unmet");
	}
	for (i = 0; i < s->nr; i++) {
		const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, s->dev[i]);

		if (root)
			json_device(devices, s->dev[i], rule);
		else
			print_device(s->dev[i], rule);
		if (rule && !daxplug_rule_is_broken(rule))
			n += report_unmet_guard(rule, s->dev[i], unmet, true);
	}
	return n;
}

/* Return: the number of rules, serial numbers and settings without effect. */
static unsigned int print_meaning(struct daxplug_ctx *ctx, const struct daxplug_policy *policy,
				  const struct selection *s, struct json_object *root)
{
	unsigned int n = print_devices(s, policy, root);

	/* Lines on standard error must follow this output. */
	fflush(stdout);
	n += report_warnings(policy, root ? json_array(root, "warnings") : NULL, true);
	n += report_unmatched(policy, ctx, root ? json_array(root, "unmatched") : NULL, true);
	return n;
}

static void json_add_unknown_meaning(struct json_object *root)
{
	json_string(root, "devices", NULL);
	json_string(root, "unmet", NULL);
	json_string(root, "warnings", NULL);
	json_string(root, "unmatched", NULL);
}

int run_print_policy(struct daxplug_ctx *ctx, struct daxplug_policy *policy,
		     const struct options *o)
{
	struct json_object *root = o->json ? json_new(o->command) : NULL;
	unsigned int n = 0;
	struct selection s;
	bool has_cards;
	int code;

	select_devices(ctx, o, &s);
	code = policy_read_cards(policy, ctx);
	has_cards = code == EXIT_DONE;
	if (root)
		json_files(root, policy);
	else
		code = more_severe_exit_code(code, print_files(policy));
	/* Without the list of cards, it is not known whether two have the same serial number. */
	if (has_cards)
		n = print_meaning(ctx, policy, &s, root);
	else if (root)
		json_add_unknown_meaning(root);
	code = more_severe_exit_code(code, s.code);
	selection_free(&s);
	if (daxplug_policy_get_errors(policy))
		code = more_severe_exit_code(code, EXIT_USAGE);
	else if (o->strict && n)
		code = more_severe_exit_code(code, EXIT_DIFFERS);
	return more_severe_exit_code(code, root ? json_print(root, false) : finish_output());
}

/* The devices are not read, because the policy may be for another machine. */
int run_check_config(const struct daxplug_policy *policy, const struct options *o)
{
	struct json_object *root = o->json ? json_new(o->command) : NULL;
	unsigned int files = 0, rules = 0, n;
	const struct daxplug_policy_file *file;
	const struct daxplug_rule *rule;
	int code = EXIT_DONE;

	daxplug_policy_foreach_file(policy, file)
		files += daxplug_policy_file_get_status(file) == DAXPLUG_FILE_STATUS_READ;
	daxplug_policy_foreach_rule(policy, rule)
		rules += !daxplug_rule_is_default(rule) && !daxplug_rule_is_broken(rule);
	n = report_warnings(policy, root ? json_array(root, "warnings") : NULL,
			    !o->quiet || o->strict);
	if (root) {
		json_files(root, policy);
		json_object_object_add(root, "rules",
				       json_object_new_int64(rules));
		json_object_object_add(root, "errors",
				       json_object_new_int64(daxplug_policy_get_errors(policy)));
	} else if (!o->quiet) {
		printf("files read: %u, rules without an error: %u, files with an error: %u\n",
		       files, rules, daxplug_policy_get_errors(policy));
	}
	if (daxplug_policy_get_errors(policy))
		code = EXIT_USAGE;
	else if (o->strict && n)
		code = EXIT_DIFFERS;
	return more_severe_exit_code(code, root ? json_print(root, false) : finish_output());
}
