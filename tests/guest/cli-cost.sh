#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The cost of reading the state: `daxplug list` on a device of 512 blocks executes at most a tenth
# of the instructions of `daxctl list`. The guest's clock counts all instructions (one a
# nanosecond), also those of the kernel and the dynamic loader.
# lab[6.1; it costs the same on all, and this one has fewer tests of the command]: --icount --dax 64G --mem 4G --own-nodes --cmdline memhp_default_state=offline
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
nothing=$(cost /bin/busybox true)
theirs=$(cost daxctl list)
ours=$(cost daxplug list)
json=$(cost daxplug list --json)
echo "# thousands of instructions: daxctl list $theirs, daxplug list $ours, --json $json," \
	"of which $nothing to start a program and read the clock"
[ $((ours * 10)) -le "$theirs" ] && pass "daxplug list: at most a tenth of daxctl list" ||
	fail "daxplug list: $ours instead of at most a tenth of $theirs"
[ $((json * 10)) -le "$theirs" ] && pass "daxplug list --json: at most a tenth of daxctl list" ||
	fail "daxplug list --json: $json instead of at most a tenth of $theirs"
finish
