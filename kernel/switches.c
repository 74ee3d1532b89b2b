// SPDX-License-Identifier: GPL-2.0-only
/* The module parameters of switches.h. */
#include <linux/moduleparam.h>

#include "switches.h"

#define SWITCH(name, text)			\
	bool name = true;			\
	module_param(name, bool, 0644);		\
	MODULE_PARM_DESC(name, text)

SWITCH(check_space_before_plug,
       "refuse a plug whose page structures do not fit into memory (default: Y)");
SWITCH(dry_run_before_unplug,
       "ask whether every block would go offline before pages are migrated (default: Y)");
SWITCH(ask_other_notifiers,
       "ask the other memory notifiers about all blocks in one dry run (default: Y)");
SWITCH(steer_pages_away,
       "migrate pages out of ZONE_MOVABLE while there is room (default: Y)");
SWITCH(keep_demotion_out,
       "hold the device's free memory in an unplug while pages may be demoted (default: Y)");
SWITCH(end_unplug_on_oom,
       "end an unplug when memory runs out for the whole machine (default: Y)");
SWITCH(end_stalled_offline,
       "end the offline of a block that no page leaves any more (default: Y)");
SWITCH(retire_poisoned_pages,
       "remember page frames with memory errors and retire them again (default: Y)");
