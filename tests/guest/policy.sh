#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's auto-online policy is set to each of its values, and the device is plugged in each
# zone, unbound and bound. The policy must decide only the starting state after a bind. A plug must
# always use the requested zone. With a wrong module the blocks would be in the policy's zone after
# a plug, which valid_zones shows.
# lab: --dax 2G:5,3 --own-nodes --cmdline memhp_default_state=offline
# lab[6.12 7.3; 6.1 makes no dax devices of CXL regions]: --cxl 1G --cmdline memhp_default_state=offline
. /lab/lib.sh

# zones: print the zones of the device's blocks, each once
zones() {
	for b in $(blocks); do
		cat "$MEMORY"/memory"$b"/valid_zones
	done | sort -u | tr '\n' ' '
}
drivers=/sys/bus/dax/drivers/kmem

unplugged
for policy in offline online online_kernel online_movable; do
	echo $policy >"$MEMORY"/auto_online_blocks
	for type in online_kernel online_movable; do
		is "$(put "$STATE" $type)" ok "policy $policy: $type"
		is "$(state)" $type "policy $policy: state is $type"
		case $type in
		online_kernel) is "$(zones)" "Normal " "policy $policy: $type: zone Normal" ;;
		online_movable) is "$(zones)" "Movable " "policy $policy: $type: zone Movable" ;;
		esac
		unplugged
	done
	is "$(put "$STATE" online)" ok "policy $policy: online"
	unplugged

	echo "$DEV" >$drivers/unbind
	echo "$DEV" >$drivers/bind
	is "$(state)" $policy "policy $policy: the starting state"
	unplugged
done
finish
