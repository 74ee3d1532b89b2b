#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs in the guest. For each load it plugs the device, starts the load, and unplugs the device.
#
#   guest.sh DRIVER KIND:PERCENT:SEED...
#
# DRIVER is "ours" or "stock"; that driver is already loaded. Each load consists of one kind of memory and
# fills PERCENT of the device. For each load a line is printed, with tabs between its fields:
#   result KIND PERCENT SEED ANSWER KILLED LOST MILLISECONDS PAGES-MOVED
# ANSWER is the result of the unplug. KILLED is the number of processes that the OOM killer killed during
# the unplug. LOST is "content" if the load found wrong content, "process" if the load died, or "nothing".
# If the device cannot be emptied after a load, the script prints "stuck" and ends.
. /lab/lib.sh
shift
size=$(($(cat "$DIR/size") >> 20))
node=$(cat "$DIR/target_node")
[ "$node" != 0 ] || node=any

# Files in the page cache need a file system on a disk. The pages of the disk are in ordinary RAM, because
# the device is not plugged yet.
modprobe -a loop ext4
dd if=/dev/zero of=/tmp/disk bs=1M count=$((size + 64)) 2>/dev/null
mke2fs -F /tmp/disk >/dev/null
losetup /dev/loop0 /tmp/disk
mkdir /tmp/files
mount -t ext4 /dev/loop0 /tmp/files || { fail "set-up: no file system"; finish; }
# With lower limits, the kernel would spread dirty pages over all nodes.
echo 100 >/proc/sys/vm/dirty_background_ratio
echo 100 >/proc/sys/vm/dirty_ratio
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
mkfifo /tmp/ready
exec 3<>/tmp/ready

# write_state FILE WORD: prints the result of the write. A write is interrupted after 30 seconds, which is ten
# times the longest write that ends. The clock counts instructions, so the speed of the host does not matter.
write_state() { timeout 30 put "$@" 2>/dev/null || echo ETIMEDOUT; }

# switch_blocks WORD: for a driver without a file "state". Switches the device's blocks one by one, in the order
# of their addresses, as daxctl does. Ends at the first block that refuses.
switch_blocks() {
	local b got=ok
	for b in $(blocks); do
		[ "$(cat "$MEMORY/memory$b/state")" != "${1%_movable}" ] || continue
		got=$(write_state "$MEMORY/memory$b/state" "$1")
		[ "$got" = ok ] || break
	done
	echo "$got"
}
plug() { if [ -e "$STATE" ]; then write_state "$STATE" online_movable; else switch_blocks online_movable; fi; }
unplug() { if [ -e "$STATE" ]; then write_state "$STATE" unplugged; else switch_blocks offline; fi; }
now() { awk '{ print int($1 * 1000) }' /proc/uptime; }
vmstat_counter() { awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat; }

# empty_device: unplugs the device before the next load. Pages of the last load can be freed late, so the
# unplug is repeated. Returns 1 if it fails 20 times.
empty_device() {
	local tries=0
	until [ "$(unplug)" = ok ]; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || return
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# try_load KIND PERCENT SEED
try_load() {
	local loader said begin took answer killed moved lost
	answer=$(plug)
	[ "$answer" = ok ] || { fail "set-up of $*: plug: $answer"; finish; }
	loads "$3" "$node" "$size" /tmp/files "$1" "$2" >&3 2>&1 &
	loader=$!
	read -r said <&3
	case $said in
	ready*) ;;
	*) fail "set-up of $*: loads: $said"; finish ;;
	esac
	killed=$(vmstat_counter oom_kill)
	moved=$(vmstat_counter pgmigrate_success)
	begin=$(now)
	answer=$(unplug)
	took=$(($(now) - begin))
	moved=$(($(vmstat_counter pgmigrate_success) - moved))
	killed=$(($(vmstat_counter oom_kill) - killed))
	kill "$loader" 2>/dev/null
	wait "$loader"
	case $? in
	0) lost=nothing ;;
	1) lost=content ;;
	*) lost=process ;;
	esac
	printf 'result\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$answer" "$killed" "$lost" "$took" "$moved"
	empty_device || { echo stuck; finish; }
}

empty_device || { fail "set-up: the device is not empty at first"; finish; }
for load; do
	seed=${load##*:} load=${load%:*}
	try_load "${load%:*}" "${load#*:}" "$seed"
done
finish
