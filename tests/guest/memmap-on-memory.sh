#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A CXL device has its page structures in its own memory. This is the kernel's default for CXL
# memory if memmap_on_memory is enabled. The device is plugged and unplugged, empty and in use, and
# is vetoed at each block. Each plug and unplug must be complete or undone, and the page structures
# must not count as pages in use. A wrong module would make dry runs for an empty device, name page
# structures in plug/blockers, or leave blocks in another state after an undo.
# lab[6.12, long 7.3; 6.1 has no such devices, and make check-long runs 7.3]: --cxl 512M --cmdline "memhp_default_state=offline memory_hotplug.memmap_on_memory=1"
. /lab/lib.sh
all=$(blocks)
insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters

# managed: print the number of pages that the allocator manages on the device's node
managed() {
	awk -v node="$(cat "$DIR/target_node")," '$1 == "Node" { here = $2 == node }
		here && $1 == "managed" { n += $2 } END { print n + 0 }' /proc/zoneinfo
}

is "$(cat "$DIR/memmap_on_memory")" 1 "the device has memmap_on_memory"
unplugged

# The page structures must not count as pages in use, and must not prevent an unplug.
count=$(echo "$all" | wc -l)
node=$(cat "$DIR/target_node")
# counted FIELD: print a count of refuse.ko
counted() { cat $refuse/"$1"; }
plugged online_movable
is "$(cat "$DIR/plug/blockers")" '' "empty and plugged: nothing in blockers"
before=$(counted going_offline)
unplugged
is $(($(counted going_offline) - before)) "$count" "empty: no dry run, each block goes offline once"
plugged online_movable
start page_user /lab/page_user pipe "$node"
page_user=$!
frame=$(cat /tmp/page_user)
block=$((frame * 4096 / BLOCK_SIZE))
is "$(grep -c "memory$block $frame " "$DIR/plug/blockers")" 1 "plug/blockers names the referenced page"
is "$(grep -c -v " $frame " "$DIR/plug/blockers")" 0 "plug/blockers names no other page"
before=$(counted going_offline)
echo 1000 >"$DIR/plug/timeout_ms"
is "$(put "$STATE" unplugged)" ETIMEDOUT "a page is referenced: ETIMEDOUT"
grep -q "^last memory$block $frame " "$DIR/plug/blockers" && pass "plug/blockers names it" ||
	{ fail "plug/blockers does not name it"; sed 's/^/# /' "$DIR/plug/blockers" | head; }
echo 0 >"$DIR/plug/timeout_ms"
kill $page_user
wait $page_user
# Each block gets one event for its dry run and one for its offline. A few blocks get more, because
# their offline is retried. For most blocks the module itself sends the event of the dry run. If the
# module also started the kernel's offline as a dry run of each block, each block would get three
# events.
before=$(counted going_offline)
start load /lab/load "$node" 64 1 1
load=$!
unplugged
going=$(($(counted going_offline) - before))
[ $going -lt $((3 * count)) ] && pass "in use: $going offline events for $count blocks" ||
	fail "in use: $going offline events for $count blocks"
kill $load
wait $load && pass "the load has its memory" || fail "the load: $(cat /tmp/load)"
empty=$(snap "$DEV")
pages=$(($(cat "$DIR/size") / 4096))
for type in online_movable online_kernel online; do
	plugged $type
	# shellcheck disable=SC2086 # one word each
	is "$(actual_state $type $all)" $type "$type: every block"
	is "$(managed)" $((pages - pages / 64)) "$type: a 64th of it holds its page structures"
	full=$(snap "$DEV")
	for b in $all; do
		echo "$b" >$refuse/offline
		answer=$(put "$STATE" unplugged)
		echo -1 >$refuse/offline
		[ "$answer" = EBUSY ] || fail "$type: memory$b is vetoed: $answer"
		[ "$full" = "$(snap "$DEV")" ] || same "$full" "$(snap "$DEV")" "$type: memory$b is vetoed: nothing has changed"
	done
	same "$full" "$(snap "$DEV")" "$type: vetoed at each block in turn: nothing has changed"
	unplugged
done
for b in $all; do
	echo "$b" >$refuse/online
	[ "$(put "$STATE" online_movable)" = EBUSY ] || fail "the veto of memory$b did not fail the plug"
done
echo -1 >$refuse/online
same "$empty" "$(snap "$DEV")" "plugs vetoed at each block in turn: nothing has changed"
finish
