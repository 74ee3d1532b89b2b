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
	const struct rule *rule;
	FILE *stream;

	if (!size)
		return 0;
	stream = fmemopen((void *)data, size, "r");
	if (!stream)
		return 0;
	config_parse(stream, "fuzz", &policy);
	for (rule = policy.rules; rule; rule = rule->next) {
		/* A rule that wants or matches nothing may not be a whole one. */
		if (!rule->name || !rule->line ||
		    (!rule->broken && !rule->has_state && !rule->has_guard &&
		     !rule->has_timeout) ||
		    rule->serial.count > LIST_MAX || rule->node.count > LIST_MAX ||
		    (rule->broken && !policy.errors))
			abort();
	}
	config_free(&policy);
	fclose(stream);
	return 0;
}
