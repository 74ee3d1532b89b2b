// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the policy's parser: any bytes are a file. What comes out is matched
 * against nothing, but every rule must be whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy = { .rules = NULL };
	struct policy_file *file;
	const struct rule *rule;
	FILE *stream;

	if (!size)
		return 0;
	stream = fmemopen((void *)data, size, "r");
	if (!stream)
		return 0;
	file = policy_add_file(&policy, "fuzz", FILE_READ);
	if (!file)
		abort();
	config_parse(stream, file, &policy);
	config_finish(&policy);
	for (rule = policy.rules; rule; rule = rule->next) {
		/* A rule that wants or matches nothing may not be a whole one. */
		if (!rule->name || !rule->line ||
		    (!rule->broken && !rule->has_state && !rule->has_guard &&
		     !rule->has_timeout) ||
		    (rule->broken && !policy.errors))
			abort();
	}
	policy_free(&policy);
	fclose(stream);
	return 0;
}
