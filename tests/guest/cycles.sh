#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# 200 plugs and unplugs: no memory is lost, the kernel has nothing to say.
# lab[7.3, long 6.1 6.12; make check-long has the others]: --dax 1G:2,2,1 --cmdline memhp_default_state=offline
. /lab/lib.sh

# Free memory in KiB with nothing in caches: MemFree, and the free pages that
# each processor keeps to hand, which MemFree leaves out and which come and go.
# The most of three looks: what else runs can only take some away.
free_now() {
	local most=0 free
	for _ in 1 2 3; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		cat /proc/sys/vm/stat_refresh
		free=$(($(meminfo MemFree) + 4 * $(awk '/^ +count:/ { n += $2 } END { print n }' /proc/zoneinfo)))
		[ "$free" -gt "$most" ] && most=$free
	done
	echo "$most"
}

unplugged
# Once before, so that what is made on first use is made.
plugged online_movable
unplugged
mark two-hundred-cycles
before=$(snap "$DEV")
free=$(free_now)
times=$(often 200)
answers=$(cycle "$DEV" "$times" online_movable)
after=$(free_now)
is "$answers" "$times $times $times" "$times of $times cycles"
same "$before" "$(snap "$DEV")" "and all is as before"
lost=$((free - after))
if is_slow; then
	echo "# $lost KiB less: the kernel's own books grow; kmemleak tells what is lost"
elif [ $lost -le 1024 ]; then
	pass "MemFree within 1 MiB: $lost KiB less"
else
	fail "MemFree: $lost KiB less"
fi
is "$(complaints two-hundred-cycles)" '' "no kernel message of level warning or worse"
finish
