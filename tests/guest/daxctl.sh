#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# daxctl of the distribution has the same results with daxplug's module as with the stock one. The
# same claims run in a guest with each.
# lab[6.12; several ranges are the harder case, in the last line but one]: --module stock --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab[6.12; several ranges are the harder case, in the last line]: --module ours --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --module stock --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
# lab[6.12, long 6.1 7.3; make check-long has the others]: --module ours --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

# daxctl assumes one range. For several ranges, and with either module, it sees only the blocks
# from the device's first byte up to its size.
first=$(blocks | head -n 1)
end=$((first + $(cat "$DIR/size") / BLOCK_SIZE))
seen() { blocks | awk -v end=$end '$1 < end'; }
total=$(seen | wc -l)

# ctl STATUS LAST-LINE ARG...: run daxctl and check its status and its last line
ctl() {
	local status=$1 last=$2
	shift 2
	out=$(daxctl "$@" 2>&1)
	is $? "$status" "daxctl $*: status $status"
	[ -z "$last" ] || is "$(echo "$out" | tail -n 1)" "$last" "daxctl $*: $last"
}

# listed KEY VALUE: check a field of `daxctl list`
listed() {
	is "$(daxctl list -d "$DEV" | sed -n "s/.*\"$1\":\"*\([^\",]*\)\"*,*$/\1/p")" "$2" \
		"daxctl list: $1 $2"
}
device() {
	listed mode "$1"
	[ "$1" = system-ram ] || return
	listed total_memblocks "$total"
	listed online_memblocks "$2"
	listed movable "$3"
}
online() { grep -l -x online "$MEMORY"/memory*/state | grep -c -F "$(seen | sed 's,.*,memory&/,')"; }

device system-ram 0 ''
ctl 1 'offlined memory for 0 devices' offline-memory "$DEV"
ctl 0 'onlined memory for 1 device' online-memory "$DEV"
device system-ram "$total" true
is "$(online)" "$total" "the blocks agree"
ctl 1 'onlined memory for 0 devices' online-memory "$DEV"
ctl 240 'reconfigured 0 devices' reconfigure-device -m devdax "$DEV"
device system-ram "$total" true
ctl 0 'offlined memory for 1 device' offline-memory "$DEV"
device system-ram 0 ''
is "$(online)" 0 "the blocks agree"

ctl 0 '' reconfigure-device -m devdax "$DEV"
device devdax
is "$(grep -c kmem /proc/iomem)" 0 "as devdax: nothing in /proc/iomem"
ctl 0 '' reconfigure-device -m system-ram --no-online "$DEV"
device system-ram 0 ''
ctl 0 '' reconfigure-device -m system-ram "$DEV"
device system-ram "$total" true
ctl 0 '' reconfigure-device -m devdax -f "$DEV"
device devdax
ctl 0 '' reconfigure-device -m system-ram "$DEV"
device system-ram "$total" true
is "$(grep -c 'System RAM (kmem)' /proc/iomem)" "$(find "$DIR"/ -name 'mapping[0-9]*' | wc -l)" \
	"/proc/iomem has 'System RAM (kmem)' for each range"

# Block by block, 7.3 puts stacks of its own threads (kswapd) into a node's first memory outside
# ZONE_MOVABLE, and they cannot be migrated.
ctl 0 'offlined memory for 1 device' offline-memory "$DEV"
ctl 0 'onlined memory for 1 device' online-memory --no-movable "$DEV"
device system-ram "$total" false
case $(uname -r) in
7.*) ctl 240 'offlined memory for 0 devices' offline-memory "$DEV" ;;
*) ctl 0 'offlined memory for 1 device' offline-memory "$DEV" ;;
esac
finish
