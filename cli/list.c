// SPDX-License-Identifier: GPL-2.0-only
/* daxplug list: prints a table, JSON or metrics. */
#include <json.h>

#include "cli.h"
#include "policy.h"

static int print_json(struct daxplug_ctx *ctx, const struct selection *s,
		      const struct options *o)
{
	struct daxplug_policy *policy = policy_read_quietly(ctx);
	struct json_object *root = json_new(o->command);
	struct json_object *devices = json_array(root, "devices");
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		json_add_device(devices, s->dev[i], policy, false);
	daxplug_policy_free(policy);
	return json_print(root, false);
}

int run_list(struct daxplug_ctx *ctx, const struct options *o)
{
	struct selection s;
	int code;

	select_devices(ctx, o, &s);
	code = s.code;
	if (code != EXIT_DONE && !s.nr && !o->json)
		return code;
	if (o->metrics)
		code = more_severe_exit_code(code, run_metrics(ctx, o));
	else if (o->json)
		code = more_severe_exit_code(code, print_json(ctx, &s, o));
	else if (o->nr_operands || o->node >= 0 || !report_if_no_devices(ctx))
		code = more_severe_exit_code(code, print_device_table(ctx, &s, o));
	selection_free(&s);
	return code;
}
