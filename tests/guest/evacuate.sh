#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device in use is unplugged. The pages in use are contiguous, in pieces with holes, or random
# single pages. In one guest the device is on the node of the RAM, in the other on a node of its
# own. Depending on the layout, the kernel may copy at most 1.01 or 1.10 pages for each page in use,
# and the pages must keep their contents. If the module emptied the blocks in a bad order, pages
# would be copied again from one block of the device to the next.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 512M --mem 2G --cmdline memhp_default_state=offline
# lab[6.1, long 6.12 7.3; make check-long runs the other kernels]: --dax 512M:2,1 --own-nodes --mem 1200M --cmdline memhp_default_state=offline
. /lab/lib.sh
# The kernel has one count for all migrations. So switch off everything else that migrates pages.
echo 0 >/proc/sys/vm/compaction_proactiveness
echo never >/sys/kernel/mm/transparent_hugepage/enabled
size=$(($(cat "$DIR/size") >> 20))
node=any
[ "$(cat "$DIR/target_node")" = 0 ] || node=$(cat "$DIR/target_node")
unplugged

# count_copies NAME MIB KEEP OF HUNDREDTHS: let `load` use memory of the device, and unplug. MIB,
# KEEP and OF are the arguments of `load` (bench/tools/load.c). Claim that the kernel copies at most
# HUNDREDTHS pages for 100 pages in use.
count_copies() {
	local name=$1 most=$5 answer ns copies used
	plugged online_movable
	rm -f /tmp/load
	/lab/load "$node" "$2" "$3" "$4" >/tmp/load &
	pid=$!
	until grep -q ready /tmp/load 2>/dev/null; do
		kill -0 $pid || { fail "set-up: $name: $(cat /tmp/load)"; finish; }
	done
	# shellcheck disable=SC2046 # four words
	set -- $(cost "$DEV" unplugged)
	answer=$1 ns=$2 copies=$3 used=$4
	is "$answer" ok "$name: unplugged"
	[ "$used" -gt 5000 ] && pass "$name: with $used pages in use ($((ns / 1000000)) ms)" ||
		fail "$name: only $used pages were in use"
	[ $((copies * 100)) -le $((used * most)) ] && pass "$name: $copies copies, at most $most for 100" ||
		fail "$name: $copies copies for $used pages"
	kill $pid
	wait $pid && pass "$name: the contents are unchanged" || fail "$name: $(cat /tmp/load)"
}
count_copies "contiguous" $((size / 2)) 1 1 101
count_copies "2 MiB of every 6" $((size * 15 / 16)) 2 6 110
count_copies "single pages, half of them" $((size * 15 / 16)) random 50 110
count_copies "nearly full" $((size * 7 / 8)) 1 1 101
is "$(state)" unplugged "the device is unplugged"
finish
