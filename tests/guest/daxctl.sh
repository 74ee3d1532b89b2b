#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The same commands of the distribution's daxctl run in a guest with the stock module and in a guest
# with daxplug's module. Their exit status, their last line, the output of `daxctl list` and the
# blocks must be the same with both modules, so the script has one set of claims. With a wrong
# module daxctl would fail where it succeeds with the stock module, or would list other blocks.
# lab[6.12; several ranges are the harder case, and the third guest has them]: --module stock --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab[6.12; several ranges are the harder case, and the fourth guest has them]: --module ours --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --module stock --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --module ours --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

# daxctl assumes that a device has one range, which begins at the device's first byte and has the
# device's size. So with either module it does not see the last blocks of a device of several
# ranges.
first=$(blocks | head -n 1)
end=$((first + $(cat "$DIR/size") / BLOCK_SIZE))
visible_blocks() { blocks | awk -v end=$end '$1 < end'; }
total=$(visible_blocks | wc -l)

# run_daxctl STATUS LAST-LINE ARG...: run daxctl and check its status and its last line
run_daxctl() {
	local status=$1 last=$2
	shift 2
	out=$(daxctl "$@" 2>&1)
	is $? "$status" "daxctl $*: status $status"
	[ -z "$last" ] || is "$(echo "$out" | tail -n 1)" "$last" "daxctl $*: $last"
}

# list_has KEY VALUE: check a field of `daxctl list`
list_has() {
	is "$(daxctl list -d "$DEV" | sed -n "s/.*\"$1\":\"*\([^\",]*\)\"*,*$/\1/p")" "$2" \
		"daxctl list: $1 $2"
}
list_shows() {
	list_has mode "$1"
	[ "$1" = system-ram ] || return
	list_has total_memblocks "$total"
	list_has online_memblocks "$2"
	list_has movable "$3"
}
count_online() { grep -l -x online "$MEMORY"/memory*/state | grep -c -F "$(visible_blocks | sed 's,.*,memory&/,')"; }

list_shows system-ram 0 ''
run_daxctl 1 'offlined memory for 0 devices' offline-memory "$DEV"
run_daxctl 0 'onlined memory for 1 device' online-memory "$DEV"
list_shows system-ram "$total" true
is "$(count_online)" "$total" "each block that daxctl sees is online"
run_daxctl 1 'onlined memory for 0 devices' online-memory "$DEV"
run_daxctl 240 'reconfigured 0 devices' reconfigure-device -m devdax "$DEV"
list_shows system-ram "$total" true
run_daxctl 0 'offlined memory for 1 device' offline-memory "$DEV"
list_shows system-ram 0 ''
is "$(count_online)" 0 "no block that daxctl sees is online"

run_daxctl 0 '' reconfigure-device -m devdax "$DEV"
list_shows devdax
is "$(grep -c kmem /proc/iomem)" 0 "as devdax: nothing in /proc/iomem"
run_daxctl 0 '' reconfigure-device -m system-ram --no-online "$DEV"
list_shows system-ram 0 ''
run_daxctl 0 '' reconfigure-device -m system-ram "$DEV"
list_shows system-ram "$total" true
run_daxctl 0 '' reconfigure-device -m devdax -f "$DEV"
list_shows devdax
run_daxctl 0 '' reconfigure-device -m system-ram "$DEV"
list_shows system-ram "$total" true
is "$(grep -c 'System RAM (kmem)' /proc/iomem)" "$(find "$DIR"/ -name 'mapping[0-9]*' | wc -l)" \
	"/proc/iomem has 'System RAM (kmem)' for each range"

# daxctl onlines block by block. 7.3 then puts stacks of its own threads (such as kswapd) into the
# first memory of a node outside ZONE_MOVABLE. They cannot be migrated, so the offline fails there.
run_daxctl 0 'offlined memory for 1 device' offline-memory "$DEV"
run_daxctl 0 'onlined memory for 1 device' online-memory --no-movable "$DEV"
list_shows system-ram "$total" false
case $(uname -r) in
7.*) run_daxctl 240 'offlined memory for 0 devices' offline-memory "$DEV" ;;
*) run_daxctl 0 'offlined memory for 1 device' offline-memory "$DEV" ;;
esac
finish
