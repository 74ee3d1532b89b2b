// SPDX-License-Identifier: GPL-2.0-only
/* The module parameters of params.h. */
#include <linux/moduleparam.h>

#include "params.h"

#define PARAM(name, text)			\
	bool name = true;			\
	module_param(name, bool, 0644);		\
	MODULE_PARM_DESC(name, text)

PARAM(check_space_before_plug,
      "refuse a plug whose page structures do not fit into memory (default: Y)");
PARAM(dry_run_before_unplug,
      "look for blocks that would be refused before pages are migrated (default: Y)");
PARAM(ask_other_notifiers,
      "ask the other memory notifiers about all blocks in one dry run (default: Y)");
PARAM(steer_pages_away,
      "migrate pages out of ZONE_MOVABLE while there is room (default: Y)");
PARAM(keep_demotion_out,
      "hold the device's free memory in an unplug while pages may be demoted (default: Y)");
PARAM(end_unplug_on_oom,
      "end an unplug when memory runs out for the whole machine (default: Y)");
PARAM(end_stalled_offline,
      "end the offline of a block that no page leaves any more (default: Y)");
PARAM(retire_poisoned_pages,
      "remember page frames with memory errors and retire them again (default: Y)");
