#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Measure rows of bench/rows in the guest.
#
# Usage: guest.sh HOW ROW...
#
# HOW is the interface that plugs and unplugs a device: "state", a write to the file; or
# "daxctl" or "daxplug", the command. Prints one line for each measurement, with tabs
# between the fields:
#   result ROW OPERATION ANSWER NANOSECONDS COPIED IN-USE COMMAND NOTE
. /lab/lib.sh
how=$1
shift
bus=/sys/bus/dax/devices
mkfifo /tmp/ready
exec 3<>/tmp/ready
# Disable proactive compaction, which wakes up twice a second if memory is fragmented. It would
# move pages and take time independently of an unplug.
echo 0 >/proc/sys/vm/compaction_proactiveness

# words VERB: print the arguments of `cost` for this operation.
words() {
	case $how.$1 in
	state.plug) echo online_movable ;;
	state.unplug) echo unplugged ;;
	daxctl.plug) echo '-- daxctl reconfigure-device -m system-ram {}' ;;
	daxctl.unplug) echo '-- daxctl reconfigure-device -m devdax -f {}' ;;
	daxplug.*) echo "-- daxplug $1 {}" ;;
	esac
}

# act VERB DEV...: run the operation and set $line to the output of `cost`.
act() {
	local verb=$1
	shift
	# shellcheck disable=SC2046 # the result is split into words on purpose
	line=$(cost ${limit:+-l "$limit"} "$(echo "$@" | tr ' ' ,)" $(words "$verb"))
}

# must VERB DEV: do the same as act, and fail if the operation fails.
must() {
	act "$@"
	case $line in
	'ok '*) ;;
	*) fail "set-up of $row: $*: $line" ;;
	esac
}

# told VERB DEV...: print the measured command as a user would type it.
told() {
	case $how in
	state) echo "echo $(words "$1") >$(shift; echo "$@" | sed "s,[^ ]*,$bus/&/state,g")" ;;
	*) words "$1" | sed "s/-- //; s/{}/$(shift; echo "$@")/" ;;
	esac
}

# result OPERATION LINE COMMAND [NOTE]: print a result line of the current row.
result() {
	printf 'result\t%s\t%s\t%s\t%s\t%s\n' "$row" "$1" "$(echo "$2" | tr ' ' '\t')" "$3" "${4:--}"
}

# warm_up DEV: plug and unplug once, because the first plug after boot costs more than later
# ones, with either driver.
warm_up() {
	case " $warm " in
	*" $1 "*) return ;;
	esac
	must plug "$1"
	must unplug "$1"
	warm="$warm $1"
}
warm=''

# middle: print the median of three lines, because a timer interrupt may disturb one of them.
middle() { sort -t ' ' -k 2n | sed -n 2p; }

empty() {
	dev=$1
	warm_up "$dev"
	for _ in 1 2 3; do
		must plug "$dev"
		echo "$line" >>/tmp/plug
		must unplug "$dev"
		echo "$line" >>/tmp/unplug
	done
	result plug "$(middle </tmp/plug)" "$(told plug "$dev")"
	result unplug "$(middle </tmp/unplug)" "$(told unplug "$dev")"
	rm /tmp/plug /tmp/unplug
}

# large DEV: measure the same as empty, but in only one cycle, because a cycle takes minutes.
large() {
	warm_up "$1"
	must plug "$1"
	result plug "$line" "$(told plug "$1")"
	must unplug "$1"
	result unplug "$line" "$(told unplug "$1")"
}

with_many_devices() {
	[ -e /sys/module/many_devices ] || insmod /lab/many_devices.ko count=5000
	empty "$1"
}

# others DEV: start the other users whose waits are measured. One of them switches a block of DEV.
others() {
	other=$1
	must plug "$other"
	insmod /lab/canary.ko
	switcher "/sys/devices/system/memory/memory$(last_block "$other")/state" 20000 offline online_movable >>/tmp/others &
	switcher=$!
	heard
}
# heard: set $block_ms to the next result of the switcher, which also prints one at its start.
heard() {
	until [ -s /tmp/others ]; do usleep 10000; done
	read -r _ _ block_ms </tmp/others
	: >/tmp/others
}
# anew: start a new measurement of the waits.
anew() {
	echo 0 >/sys/module/canary/parameters/slab_us
	echo 0 >/sys/module/canary/parameters/cpu_us
	kill -USR1 $switcher
	heard
}
# waited OPERATION DEV: print a result whose cost is the longest of the three waits.
waited() {
	local slab_us cpu_us
	slab_us=$(cat /sys/module/canary/parameters/slab_us)
	cpu_us=$(cat /sys/module/canary/parameters/cpu_us)
	kill -USR1 $switcher
	heard
	line=$(echo "$line $slab_us $cpu_us $block_ms" | awk '{
		longest = $5 > $6 ? $5 : $6
		if ($7 * 1000 > longest)
			longest = $7 * 1000
		print $1, longest * 1000, $3, $4
	}')
	result "$1" "$line" "$(told "$@")" \
		"waits: slab cache $((slab_us / 1000)) ms, CPU hotplug lock $((cpu_us / 1000)) ms, other block $block_ms ms"
}
others_leave() {
	kill $switcher
	wait $switcher
	: >/tmp/others
	rmmod canary
	# The switcher may have ended while its block was offline, so bring the block online again.
	echo online_movable >"/sys/devices/system/memory/memory$(last_block "$other")/state" 2>/dev/null
	must unplug "$other"
}

wait_empty() {
	warm_up "$1"
	others dax0.0
	for verb in plug unplug; do
		anew
		act $verb "$1"
		waited $verb "$1"
	done
	others_leave
}

wait_refused() {
	dev=$1
	warm_up "$dev"
	others dax1.0
	must plug "$dev"
	fill 1024 1 1
	insmod /lab/refuse.ko offline="$(last_block "$dev")" error=16
	anew
	act unplug "$dev"
	waited unplug "$dev"
	rmmod refuse
	empty_again
	must unplug "$dev"
	others_leave
}

read_state() {
	warm_up "$1"
	must plug "$1"
	if [ -e "$bus/$1/state" ]; then
		result read "$(cost -r 100 "$1")" "cat $bus/$1/state"
	fi
	must unplug "$1"
}

list() {
	warm_up "$1"
	must plug "$1"
	if [ -e "$bus/$1/plug" ]; then
		result list "$(cost "$1" -- daxplug list)" "daxplug list"
	else
		result list "$(cost "$1" -- daxctl list)" "daxctl list"
	fi
	must unplug "$1"
}

# fill MIB KEEP OF [hold]: start a load in the device that was plugged last. The load is bound to
# the node of the device, unless that is node 0.
fill() {
	node=$(cat "$bus/$dev/target_node")
	/lab/load "$([ "$node" = 0 ] && echo any || echo "$node")" "$@" >&3 2>&1 &
	loaders="$loaders $!"
	read -r word pages frame <&3
	[ "$word" = ready ] || fail "set-up of $row: load: $word $pages $frame"
}
loaders=''

# empty_again: end the loads, and fail if their contents have changed.
empty_again() {
	local text loader
	for loader in $loaders; do
		kill "$loader"
		wait "$loader"
		case $? in
		0) read -r text <&3 ;;
		1) read -r text <&3; fail "$row: $text" ;;
		*) fail "$row: the load died" ;;
		esac
	done
	loaders=''
}

size() { echo $(($(cat "$bus/$1/size") >> 20)); }

# loaded "DEV..." MIB KEEP OF: measure the unplug of devices in use.
loaded() {
	local devs=$1 d
	shift
	for d in $devs; do warm_up "$d"; done
	for d in $devs; do must plug "$d"; done
	for dev in $devs; do
		fill "$@"
		[ "$node" != 0 ] || break
	done
	# shellcheck disable=SC2086 # the result is split into words on purpose
	act unplug $devs
	# shellcheck disable=SC2086
	result unplug "$line" "$(told unplug $devs)" "load $*: $pages pages"
	empty_again
	for d in $devs; do
		[ "$how" = daxctl ] || [ "$(cat "$bus/$d/state")" = unplugged ] || must unplug "$d"
	done
}

last_block() { DIR=$bus/$1 blocks | tail -n 1; }

refused() {
	dev=$1
	warm_up "$dev"
	must plug "$dev"
	fill 1024 1 1
	insmod /lab/refuse.ko offline="$(last_block "$dev")" error=16
	act unplug "$dev"
	result unplug "$line" "$(told unplug "$dev")" "state after: $(state_now)"
	rmmod refuse
	empty_again
	must unplug "$dev"
}
state_now() { cat "$bus/$dev/state" 2>/dev/null || echo -; }

pinned() {
	dev=$1
	warm_up "$dev"
	must plug "$dev"
	[ ! -e "$bus/$dev/plug" ] || echo 2000 >"$bus/$dev/plug/timeout_ms"
	fill 64 1 1 hold
	limit=8 act unplug "$dev"
	note="state after: $(state_now)"
	if [ -e "$bus/$dev/plug" ]; then
		if grep -q -w "$frame" "$bus/$dev/plug/blockers"; then
			note="$note, page $frame named"
		else
			note="$note, page $frame not named"
		fi
		echo 0 >"$bus/$dev/plug/timeout_ms"
	fi
	result unplug "$line" "$(told unplug "$dev")" "$note"
	empty_again
	must unplug "$dev"
}

# prepare_tiers: create a page cache that can be dropped or demoted. It is a sparse file, so it
# needs no disk space. A process in a cpuset reads it, because the page cache would otherwise
# also use the device.
prepare_tiers() {
	[ ! -d /tmp/cgroup ] || return
	mkdir /tmp/cgroup /tmp/files
	modprobe -a loop ext4
	dd if=/dev/zero of=/tmp/disk bs=1M count=24 2>/dev/null
	mke2fs -F /tmp/disk >/dev/null
	losetup /dev/loop0 /tmp/disk
	mount -t ext4 /dev/loop0 /tmp/files
	dd if=/dev/zero of=/tmp/files/cold bs=1 count=1 seek=2147483646 2>/dev/null
	mount -t cgroup2 none /tmp/cgroup
	echo +cpuset >/tmp/cgroup/cgroup.subtree_control
	mkdir /tmp/cgroup/dram
	echo 0 >/tmp/cgroup/dram/cpuset.mems
	is "$(cat /tmp/cgroup/dram/cpuset.mems)" 0 "set-up of $row: a cpuset"
}
fill_dram() {
	local mib
	mib=$(awk '$3 == "MemFree:" { print int($4 / 1024) - 12 }' /sys/devices/system/node/node0/meminfo)
	[ "$mib" -le 0 ] || sh -c "echo \$\$ >/tmp/cgroup/dram/cgroup.procs &&
		exec dd if=/tmp/files/cold of=/dev/null bs=1M count=$mib 2>/dev/null"
}
demoted() { awk '/^pgdemote_/ { n += $2 } END { print n + 0 }' /proc/vmstat; }

# tiered MIB KEEP OF: measure the unplug of a device that is a lower memory tier. The kernel
# demotes pages from DRAM to it while the unplug fills DRAM.
tiered() {
	local down
	warm_up "$dev"
	must plug "$dev"
	prepare_tiers
	echo true >/sys/kernel/mm/numa/demotion_enabled
	fill "$@"
	fill_dram
	down=$(demoted)
	act unplug "$dev"
	result unplug "$line" "$(told unplug "$dev")" "load $*: $pages pages; demoted meanwhile: $(($(demoted) - down))"
	echo false >/sys/kernel/mm/numa/demotion_enabled
	empty_again
	echo 3 >/proc/sys/vm/drop_caches
	[ "$how" = daxctl ] || [ "$(cat "$bus/$dev/state")" = unplugged ] || must unplug "$dev"
}

# one ROW: measure a row. The options of the guest decide on which node the device is, so a row
# own-NAME is measured as the row NAME.
one() {
	local two
	dev=dax1.0
	case ${1#own-} in
	empty-1) empty dax0.0 ;;
	empty-4) empty dax1.0 ;;
	empty-16) empty dax2.0 ;;
	empty-64) empty dax3.0 ;;
	large-128) large dax0.0 ;;
	large-256) large dax1.0 ;;
	large-512) large dax2.0 ;;
	large-1024) large dax3.0 ;;
	crowd-16) with_many_devices dax2.0 ;;
	crowd-64) with_many_devices dax3.0 ;;
	wait-16) wait_empty dax2.0 ;;
	wait-64) wait_empty dax3.0 ;;
	wait-refused) wait_refused dax0.0 ;;
	state) read_state dax1.0 ;;
	list) list dax1.0 ;;
	contiguous | contiguous-bytes) loaded dax0.0 1536 1 1 ;;
	fragmented) loaded dax0.0 $(($(size dax0.0) - 120)) 2 6 ;;
	random) loaded dax0.0 $(($(size dax0.0) - 120)) random 50 ;;
	random-25) loaded dax0.0 $(($(size dax0.0) - 120)) random 25 ;;
	refused) refused dax0.0 ;;
	pinned) pinned dax0.0 ;;
	contiguous-*) loaded $dev $(($(size $dev) * ${1##*-} / 100)) 1 1 ;;
	fragmented-25) loaded $dev $(($(size $dev) - 120)) 2 8 ;;
	fragmented-50) loaded $dev $(($(size $dev) - 120)) 2 4 ;;
	fragmented-75) loaded $dev $(($(size $dev) - 120)) 6 8 ;;
	tier-*)
		dev=dax0.0
		case $1 in
		tier-contiguous) tiered 400 1 1 ;;
		tier-fragmented) tiered $(($(size $dev) - 120)) 2 6 ;;
		tier-random) tiered $(($(size $dev) - 120)) random 50 ;;
		esac ;;
	two)
		two=$(($(size dax1.0) - 120))
		[ "$(cat $bus/dax1.0/target_node)" != 0 ] || two=$((two + $(size dax2.0)))
		loaded 'dax1.0 dax2.0' $two 2 4 ;;
	*) fail "no such row: $1" ;;
	esac
}

for dev in $(cd $bus && echo dax*); do
	row=start
	must unplug "$dev"
done
for row; do one "$row"; done
finish
