#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How long do other tasks wait? During plugs and unplugs one task creates and destroys slab caches,
# one takes the lock against CPU hotplug, and a processor and a block of another device are switched
# offline and online. No operation without page migration lets any of them wait for more than a
# second of the guest's time. That clock counts the instructions of all processors. The processor
# is switched three times a second. While it is switched, the other processors spin, and the clock
# counts that, too.
# lab[none, long 6.1 6.12 7.3; make check-long has it]: --icount --cpus 4 --mem 2G --dax 16G --dax 512M --own-nodes --timeout 1800 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
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

# wait_for_lines: wait until both switchers have printed a line. They print one at their start, too;
# a signal before that would end them.
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
	# This also discards a write that began before the measurement.
	read_counts
	begin=$(now_ms)
}

# check_waits WHAT LIMIT: check the longest waits since start_measurement
check_waits() {
	slab=$(($(cat $canary/slab_us) / 1000))
	lock=$(($(cat $canary/cpu_us) / 1000))
	took=$(($(now_ms) - begin))
	read_counts
	echo "# $1: $took ms; slab cache $slab ms, CPU hotplug lock $lock ms, cpu1 $c_ms ms ($c_good ok, $c_bad not), other block $b_ms ms ($b_good ok, $b_bad not)"
	for pair in "slab cache:$slab" "CPU hotplug lock:$lock" "processor:$c_ms" "block:$b_ms"; do
		[ "${pair#*:}" -le "$2" ] && pass "$1: ${pair%:*} waited ${pair#*:} ms at most" ||
			fail "$1: ${pair%:*} waited ${pair#*:} ms"
	done
}

# First the waits of these tasks for each other, without a plug.
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

# 96 blocks have pages in use, and slab caches are being filled. The dry run queries the other
# memory notifiers about all of these blocks. One notifier vetoes the last block, so no page is
# migrated.
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
check_waits "vetoed unplug of 96 blocks in use" $limit
going=$(($(cat /sys/module/refuse/parameters/going_offline) - going))
echo "# dry runs: $going"

# A signal ends the dry run quickly at any moment.
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

# Without a veto pages are migrated. The whole unplug takes 4.8 s here, but the others run between
# two blocks. With 0.1.0 they waited for the whole unplug, 3.7 to 4.0 s.
start_measurement
is "$(put "$STATE" unplugged)" ok "without a veto: unplugged"
echo "# $(grep pages_moved "$PLUG/stats")"
check_waits "unplug of 96 blocks in use" $((5 * limit / 2))
# shellcheck disable=SC2086 # one word each
kill $listers $spread $cpu $block
wait $spread && pass "the contents of the pages are unchanged" || fail "spread: $(tail -n 1 /tmp/spread)"
finish
