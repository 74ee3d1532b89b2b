#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# This test measures how long other tasks wait for the kernel's locks while a large device is
# plugged and unplugged. One task creates and destroys slab caches, one takes the lock against CPU
# hotplug, and two programs switch a processor and a block of another device offline and online. If
# no page is migrated, none of them may wait for more than a second. A module that holds the hotplug
# lock for a whole plug or unplug would make them wait for seconds.
#
# Times are those of the guest's clock, which counts the instructions of all processors. While one
# processor is switched, the others spin, and the clock counts that, too. So the processor is
# switched only three times a second.
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --icount --cpus 4 --mem 2G --dax 16G --dax 512M --own-nodes --timeout 1800 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
limit=1000
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
other=/sys/bus/dax/devices/dax1.0
canary=/sys/module/canary/parameters
insmod /lab/canary.ko
insmod /lab/refuse.ko
now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

[ "$(put $other/state online_movable)" = ok ] || { fail "set-up: dax1.0"; finish; }
other_block=$(DIR=$other blocks | tail -n 1)
unplugged
/lab/switcher "$MEMORY/memory$other_block"/state 20000 offline online_movable >>/tmp/block &
block=$!
/lab/switcher /sys/devices/system/cpu/cpu1/online 300000 0 1 >>/tmp/cpu &
cpu=$!

# wait_for_lines: wait until both switchers have printed a line. Each prints its first line when it
# has set up its signal handler. A signal before that would end it.
wait_for_lines() {
	until [ -s /tmp/block ] && [ -s /tmp/cpu ]; do :; done
}
wait_for_lines
: >/tmp/block
: >/tmp/cpu

# read_counts: read the counts of the switchers since the last call
read_counts() {
	kill -USR1 $cpu $block
	wait_for_lines
	read -r b_good b_bad b_ms </tmp/block
	read -r c_good c_bad c_ms </tmp/cpu
	: >/tmp/block
	: >/tmp/cpu
}

# start_measurement: start a new measurement
start_measurement() {
	echo 0 >$canary/slab_us
	echo 0 >$canary/cpu_us
	# This also discards the times of switches that began before the measurement.
	read_counts
	slabs=$(cat $canary/slabs)
	locks=$(cat $canary/cpus)
	begin=$(now_ms)
}

# check_waits WHAT LIMIT: claim that each of the four tasks has succeeded since start_measurement, and
# that none has waited for longer than LIMIT ms
check_waits() {
	slab=$(($(cat $canary/slab_us) / 1000))
	lock=$(($(cat $canary/cpu_us) / 1000))
	took=$(($(now_ms) - begin))
	slabs=$(($(cat $canary/slabs) - slabs))
	locks=$(($(cat $canary/cpus) - locks))
	read_counts
	echo "# $1: $took ms; slab cache $slab ms ($slabs), CPU hotplug lock $lock ms ($locks), cpu1 $c_ms ms ($c_good ok, $c_bad not), other block $b_ms ms ($b_good ok, $b_bad not)"
	for pair in "slab cache:$slabs" "CPU hotplug lock:$locks" "processor:$c_good" "block:$b_good"; do
		[ "${pair#*:}" -gt 0 ] && pass "$1: ${pair%:*} succeeded ${pair#*:} times" || fail "$1: ${pair%:*} never succeeded"
	done
	for pair in "slab cache:$slab" "CPU hotplug lock:$lock" "processor:$c_ms" "block:$b_ms"; do
		[ "${pair#*:}" -le "$2" ] && pass "$1: ${pair%:*} waited ${pair#*:} ms at most" ||
			fail "$1: ${pair%:*} waited ${pair#*:} ms"
	done
}

# First measure how long these tasks wait for each other, without a plug.
start_measurement
end=$(($(microseconds) + 700000))
until [ "$(microseconds)" -gt $end ]; do :; done
check_waits "no plug" $limit
start_measurement
is "$(put "$STATE" online_movable)" ok "16 GiB are plugged"
check_waits "plug" $limit
start_measurement
is "$(put "$STATE" unplugged)" ok "16 GiB are unplugged, empty"
check_waits "unplug" $limit

# Then unplug while almost every block has pages in use. Two background loops list files, so that
# the kernel's slab caches are filled meanwhile. The dry run queries the other memory notifiers
# about each block. One notifier vetoes the last block, so no page is migrated.
plugged online_movable
i=0
mkdir /tmp/tree
while [ $i -lt 60 ]; do
	mkdir -p /tmp/tree/$i/a/b/c /tmp/tree/$i/d/e/f
	i=$((i + 1))
done
start spread /lab/spread "$node" $((16384 - 768)) 64
spread=$!
listers=''
for _ in 1 2; do
	while :; do ls -R /sys /proc/self /tmp/tree >/dev/null 2>&1; done &
	listers="$listers $!"
done
echo "# in use: $(cat /tmp/spread)"
last=$(blocks | tail -n 1)
echo "$last" >/sys/module/refuse/parameters/offline
going=$(cat /sys/module/refuse/parameters/going_offline)
start_measurement
is "$(put "$STATE" unplugged)" EBUSY "the last block is vetoed"
check_waits "vetoed unplug of a device in use" $limit
going=$(($(cat /sys/module/refuse/parameters/going_offline) - going))
echo "# dry runs: $going"

# A signal must end the dry run quickly. Send one after a quarter and one after half of its time.
half=$((took * 500))
for after in $((half / 2)) $half; do
	answer=$(interrupt "$STATE" unplugged "$after")
	us=${answer#* }
	case $answer in
	EINTR*)
		[ $((us - after)) -lt 2000000 ] && pass "SIGINT after $((after / 1000)) ms: ended after $(((us - after) / 1000)) ms" ||
			fail "SIGINT after $((after / 1000)) ms: ended after $(((us - after) / 1000)) ms" ;;
	EBUSY*) [ "$us" -lt $((after + 2000000)) ] && pass "SIGINT after $((after / 1000)) ms: the veto came first" ||
		fail "SIGINT after $((after / 1000)) ms: $answer" ;;
	*) fail "SIGINT after $((after / 1000)) ms: $answer" ;;
	esac
done
echo -1 >/sys/module/refuse/parameters/offline

# Without a veto pages are migrated. The complete unplug takes 4.8 s here. The other tasks get the
# locks between two blocks, so they wait for less. With version 0.1.0 they waited for the complete
# unplug, which took 3.7 to 4.0 s.
start_measurement
is "$(put "$STATE" unplugged)" ok "without a veto: unplugged"
echo "# $(grep pages_moved "$PLUG/stats")"
check_waits "unplug of a device in use" $((5 * limit / 2))
# shellcheck disable=SC2086 # one word each
kill $listers $spread $cpu $block
wait $spread && pass "the contents of the pages are unchanged" || fail "spread: $(tail -n 1 /tmp/spread)"
finish
