#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cost of reading the state: `daxplug list` on a device of 512 blocks executes at most a tenth
# of the instructions of `daxctl list`. The guest's clock counts all instructions (one a
# nanosecond), also those of the kernel and the dynamic loader.
# lab[6.1; the cost is the same on all kernels, and 6.1 has fewer tests of the command]: --icount --dax 64G --mem 4G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
unplugged
plugged online_movable
is "$(blocks | wc -l)" 512 "a device of 512 blocks"

# cost COMMAND...: print the median of eleven runs, after one run that warms up
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
# Measure a program that does nothing, to show the cost of the measurement itself.
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
