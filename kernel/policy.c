// SPDX-License-Identifier: GPL-2.0-only
#include "blocks.h"
#include "policy.h"

enum online_type policy_start(void)
{
	return blocks_policy();
}
