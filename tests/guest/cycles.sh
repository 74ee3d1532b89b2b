#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device is plugged and unplugged 200 times. Each plug and unplug must be complete, free memory
# may shrink by at most 1 MiB, and the kernel must log no warning. A module that loses memory in
# each cycle would make free memory shrink.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 1G:2,2,1 --cmdline memhp_default_state=offline
. /lab/lib.sh

# free_kib: drop the caches and print the free memory in KiB. This is MemFree plus the free pages in
# the processors' pagesets, because MemFree does not count these and their number varies. Take the
# largest of three readings, because other processes can only make a reading smaller.
free_kib() {
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
# Run one cycle first, because the kernel and the module allocate some objects at their first use.
plugged online_movable
unplugged
mark two-hundred-cycles
before=$(snap "$DEV")
free=$(free_kib)
times=$(scaled_count 200)
answers=$(cycle "$DEV" "$times" online_movable)
after=$(free_kib)
is "$answers" "$times $times $times" "$times cycles: each plug and each unplug is complete"
same "$before" "$(snap "$DEV")" "all is as before"
lost=$((free - after))
if is_slow; then
	echo "# $lost KiB less: this kernel's own metadata grows; kmemleak finds leaks"
elif [ $lost -le 1024 ]; then
	pass "MemFree within 1 MiB: $lost KiB less"
else
	fail "MemFree: $lost KiB less"
fi
is "$(warnings_since two-hundred-cycles)" '' "no kernel message of level warning or worse"
finish
