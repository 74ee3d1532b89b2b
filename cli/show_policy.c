// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug apply --print: the policy's files as one, and what they mean for the
 * devices that there are; daxplug apply --check-config: their errors.
 */
#include <json.h>

#include "cli.h"
#include "policy.h"
#include "report.h"

static const char *status_word(const struct policy_file *file)
{
	switch (file->status) {
	case FILE_READ:
		return "read";
	case FILE_MASKED:
		return "masked";
	case FILE_HIDDEN:
		return "hidden";
	default:
		return "refused";
	}
}

static void json_files(struct json_object *root, const struct policy *policy)
{
	struct json_object *array = json_array(root, "files");
	const struct policy_file *file;

	for (file = policy->files; file; file = file->next) {
		struct json_object *o = json_object_new_object();

		json_string(o, "file", file->path);
		json_string(o, "status", status_word(file));
		json_string(o, "by", file->by ? file->by->path : NULL);
		json_object_object_add(o, "error",
				       json_object_new_boolean(file->failed));
		json_object_array_add(array, o);
	}
}

static void print_content(const char *path)
{
	FILE *stream = fopen(path, "re");
	int c, last = '\n';

	while (stream && (c = getc(stream)) != EOF)
		last = putchar(c);
	if (last != '\n')
		putchar('\n');
	if (stream)
		fclose(stream);
}

/* All else is a comment, so that what is printed is a policy of the same meaning. */
static void print_files(const struct policy *policy)
{
	const struct policy_file *file;

	for (file = policy->files; file; file = file->next) {
		if (file->status == FILE_READ) {
			printf("# %s\n", file->path);
			print_content(file->path);
			putchar('\n');
		} else if (file->status == FILE_HIDDEN) {
			printf("# %s: not read: hidden by %s\n\n", file->path,
			       file->by ? file->by->path : "another");
		} else {
			printf("# %s: not read: %s\n\n", file->path,
			       status_word(file));
		}
	}
}

static void print_device(const struct daxplug_device *dev,
			 const struct rule *rule)
{
	printf("# %s: ", daxplug_device_get_name(dev));
	if (!rule) {
		printf("no rule\n");
		return;
	}
	if (rule->broken)
		printf("left alone, its rule has an error ");
	else if (rule->has_state)
		printf("state %s ", daxplug_state_name(rule->state));
	if (!rule->broken && rule->has_guard)
		printf("guard %s ", daxplug_guard_name(rule->guard));
	if (!rule->broken && rule->has_timeout)
		printf(rule->timeout_ms ? "timeout %u ms " : "timeout none ",
		       rule->timeout_ms);
	printf("[%s, %s:%u]\n", rule->name, rule->file, rule->line);
}

static void json_device(struct json_object *array,
			const struct daxplug_device *dev,
			const struct rule *rule)
{
	struct json_object *o = json_object_new_object();
	bool wants = rule && !rule->broken;

	json_string(o, "name", daxplug_device_get_name(dev));
	json_rule(o, rule);
	json_object_object_add(o, "error",
			       json_object_new_boolean(rule && rule->broken));
	json_string(o, "state", wants && rule->has_state ?
		    daxplug_state_name(rule->state) : NULL);
	json_string(o, "guard", wants && rule->has_guard ?
		    daxplug_guard_name(rule->guard) : NULL);
	json_object_object_add(o, "timeout_ms", wants && rule->has_timeout ?
			       json_object_new_int64(rule->timeout_ms) : NULL);
	json_object_array_add(array, o);
}

/* Return: how many wishes cannot be met. */
static unsigned int each_device(const struct selection *s,
				const struct policy *policy,
				struct json_object *root)
{
	struct json_object *devices = NULL, *unmet = NULL;
	unsigned int i, n = 0;

	if (root) {
		devices = json_array(root, "devices");
		unmet = json_array(root, "unmet");
	}
	for (i = 0; i < s->nr; i++) {
		const struct rule *rule = rule_for(policy, s->dev[i]);

		if (root)
			json_device(devices, s->dev[i], rule);
		else
			print_device(s->dev[i], rule);
		if (rule && !rule->broken)
			n += report_unmet(rule, s->dev[i], unmet, true);
	}
	return n;
}

int run_print_policy(struct daxplug_ctx *ctx, struct policy *policy,
		     const struct options *o)
{
	struct json_object *root = o->json ? json_new(o->command) : NULL;
	unsigned int n;
	struct selection s;
	int code;

	select_devices(ctx, o, &s);
	policy_assign(policy, ctx);
	if (root)
		json_files(root, policy);
	else
		print_files(policy);
	n = each_device(&s, policy, root);
	/* The lines on standard error belong below. */
	fflush(stdout);
	n += report_warnings(policy, root ? json_array(root, "warnings") : NULL, true);
	n += report_unmatched(policy, root ? json_array(root, "unmatched") : NULL,
			      true);
	code = s.code;
	selection_free(&s);
	if (policy->errors)
		code = worse(code, EXIT_USAGE);
	else if (o->strict && n)
		code = worse(code, EXIT_DIFFERS);
	return worse(code, root ? json_print(root, false) : finish_output());
}

/* No device is looked at: the policy may be for another machine. */
int run_check_config(const struct policy *policy, const struct options *o)
{
	struct json_object *root = o->json ? json_new(o->command) : NULL;
	unsigned int files = 0, rules = 0, n;
	const struct policy_file *file;
	const struct rule *rule;
	int code = EXIT_DONE;

	for (file = policy->files; file; file = file->next)
		files += file->status == FILE_READ;
	for (rule = policy->rules; rule; rule = rule->next)
		rules += !rule->is_default && !rule->broken;
	n = report_warnings(policy, root ? json_array(root, "warnings") : NULL,
			    !o->quiet || o->strict);
	if (root) {
		json_files(root, policy);
		json_object_object_add(root, "rules",
				       json_object_new_int64(rules));
		json_object_object_add(root, "errors",
				       json_object_new_int64(policy->errors));
	} else if (!o->quiet) {
		printf("files read: %u, rules without an error: %u, files with an error: %u\n",
		       files, rules, policy->errors);
	}
	if (policy->errors)
		code = EXIT_USAGE;
	else if (o->strict && n)
		code = EXIT_DIFFERS;
	return worse(code, root ? json_print(root, false) : finish_output());
}
