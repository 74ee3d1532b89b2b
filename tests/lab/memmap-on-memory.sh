#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that keeps its own page structures (memmap_on_memory), which is what
# the kernel asks of CXL memory where it is enabled: whole or nothing all the same.
# lab[6.12 7.3; 6.1 has no such devices]: --cxl 512M --cmdline "memhp_default_state=offline memory_hotplug.memmap_on_memory=1"
. /lab/lib.sh
all=$(blocks)
insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters

# managed: pages that the device's node has for use
managed() {
	awk -v node="$(cat "$DIR/target_node")," '$1 == "Node" { here = $2 == node }
		here && $1 == "managed" { n += $2 } END { print n + 0 }' /proc/zoneinfo
}

is "$(cat "$DIR/memmap_on_memory")" 1 "the device asks for it"
unplugged
empty=$(snap "$DEV")
pages=$(($(cat "$DIR/size") / 4096))
for type in online_movable online_kernel online; do
	plugged $type
	# shellcheck disable=SC2086 # one word each
	is "$(truth $type $all)" $type "$type: every block"
	is "$(managed)" $((pages - pages / 64)) "$type: a 64th of it holds its page structures"
	full=$(snap "$DEV")
	for b in $all; do
		echo "$b" >$refuse/offline
		answer=$(put "$STATE" unplugged)
		echo -1 >$refuse/offline
		[ "$answer" = EBUSY ] || fail "$type: memory$b refuses: $answer"
		[ "$full" = "$(snap "$DEV")" ] || same "$full" "$(snap "$DEV")" "$type: memory$b refuses: nothing has changed"
	done
	same "$full" "$(snap "$DEV")" "$type: refused at each block in turn: nothing has changed"
	unplugged
done
for b in $all; do
	echo "$b" >$refuse/online
	[ "$(put "$STATE" online_movable)" = EBUSY ] || fail "memory$b refuses to go online"
done
echo -1 >$refuse/online
same "$empty" "$(snap "$DEV")" "plugs refused at each block in turn: nothing has changed"
finish
