#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Unplugs loads in the guest: guest.sh DRIVER KIND:PERCENT:SEED...
#
# DRIVER is "ours" or "stock", which is loaded already. Each load is of one kind and
# fills PERCENT of the device. One line for each, when its unplug has been answered;
# its words apart by tabs:
#   result KIND PERCENT SEED ANSWER KILLED LOST MILLISECONDS PAGES-MOVED
# KILLED: processes that the kernel killed for want of memory during the unplug. LOST:
# "content" or "process" of the load, or "nothing". Once the device cannot be emptied
# any more the guest ends, with a line "stuck".
. /lab/lib.sh
shift
size=$(($(cat "$DIR/size") >> 20))
node=$(cat "$DIR/target_node")
[ "$node" != 0 ] || node=any

# Files with a page cache need a file system that has a disk; its pages are in
# ordinary RAM, since the device is not memory yet.
modprobe -a loop ext4
dd if=/dev/zero of=/tmp/disk bs=1M count=$((size + 64)) 2>/dev/null
mke2fs -F /tmp/disk >/dev/null
losetup /dev/loop0 /tmp/disk
mkdir /tmp/files
mount -t ext4 /dev/loop0 /tmp/files || { fail "set-up: no file system"; finish; }
# Else the kernel spreads pages that are dirty over all nodes.
echo 100 >/proc/sys/vm/dirty_background_ratio
echo 100 >/proc/sys/vm/dirty_ratio
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
mkfifo /tmp/ready
exec 3<>/tmp/ready

# The clock counts instructions. Half a minute is ten times what the longest takes
# that comes to an end.
answer() { timeout 30 put "$@" 2>/dev/null || echo ETIMEDOUT; }

# Where the driver has no file "state": the device's blocks one by one, in the
# order of their addresses, as daxctl does; the first that refuses ends it.
all_blocks() {
	local b got=ok
	for b in $(blocks); do
		[ "$(cat "$MEMORY/memory$b/state")" != "${1%_movable}" ] || continue
		got=$(answer "$MEMORY/memory$b/state" "$1")
		[ "$got" = ok ] || break
	done
	echo "$got"
}
plug() { if [ -e "$STATE" ]; then answer "$STATE" online_movable; else all_blocks online_movable; fi; }
unplug() { if [ -e "$STATE" ]; then answer "$STATE" unplugged; else all_blocks offline; fi; }
now() { awk '{ print int($1 * 1000) }' /proc/uptime; }
of_vmstat() { awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat; }

# It is empty again: what is left of it goes, now or a little later.
empty() {
	local tries=0
	until [ "$(unplug)" = ok ]; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || return
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# try KIND PERCENT SEED
try() {
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
	killed=$(of_vmstat oom_kill)
	moved=$(of_vmstat pgmigrate_success)
	begin=$(now)
	answer=$(unplug)
	took=$(($(now) - begin))
	moved=$(($(of_vmstat pgmigrate_success) - moved))
	killed=$(($(of_vmstat oom_kill) - killed))
	kill "$loader" 2>/dev/null
	wait "$loader"
	case $? in
	0) lost=nothing ;;
	1) lost=content ;;
	*) lost=process ;;
	esac
	printf 'result\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$answer" "$killed" "$lost" "$took" "$moved"
	empty || { echo stuck; finish; }
}

empty || { fail "set-up: the device is not empty at first"; finish; }
for load; do
	seed=${load##*:} load=${load%:*}
	try "${load%:*}" "${load#*:}" "$seed"
done
finish
