#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device of 512 blocks is online. `daxplug list`, also with --json, must execute at most a tenth
# of the instructions that `daxctl list` executes. The guest's clock advances by one nanosecond for
# each instruction, also for those of the kernel and of the dynamic loader. If the library did as
# much work for each block as daxctl does, the claims would fail.
# lab[6.1; the cost is the same on all kernels, and 6.1 has fewer tests of the command]: --icount --dax 64G --mem 4G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
unplugged
plugged online_movable
is "$(blocks | wc -l)" 512 "a device of 512 blocks"

# cost COMMAND...: run COMMAND twelve times, and print the median time of the last eleven runs in
# microseconds. The first run only fills the caches.
cost() {
	local i=0 begin
	"$@" >/dev/null
	: >/tmp/cost
	while [ $i -lt 11 ]; do
		i=$((i + 1))
		begin=$(microseconds)
		"$@" >/dev/null
		echo $(($(microseconds) - begin)) >>/tmp/cost
	done
	sort -n /tmp/cost | sed -n 6p
}
# Also measure a program that does nothing. Its cost is that of the measurement itself.
start_cost=$(cost /bin/busybox true)
daxctl_cost=$(cost daxctl list)
daxplug_cost=$(cost daxplug list)
json_cost=$(cost daxplug list --json)
echo "# thousands of instructions: daxctl list $daxctl_cost, daxplug list $daxplug_cost, --json $json_cost," \
	"of which $start_cost to start a program and read the clock"
[ $((daxplug_cost * 10)) -le "$daxctl_cost" ] && pass "daxplug list: at most a tenth of daxctl list" ||
	fail "daxplug list: $daxplug_cost instead of at most a tenth of $daxctl_cost"
[ $((json_cost * 10)) -le "$daxctl_cost" ] && pass "daxplug list --json: at most a tenth of daxctl list" ||
	fail "daxplug list --json: $json_cost instead of at most a tenth of $daxctl_cost"
finish
