#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `daxplug mode` moves a device of two ranges to device_dax and back, with each driver for system
# RAM. It must refuse while the device is plugged, or while a process has it open. After each change
# the driver, MemTotal and the kernel's policy for new memory must be as expected. A wrong command
# would take the device from its user, bring its memory online without being told to, or leave the
# kernel's policy changed.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --module ours --dax 1G:2,2 --own-nodes --cmdline "memhp_default_state=online_movable"
# lab[6.12; one kernel whose stock driver has no file state is enough]: --module stock --dax 1G:2,2 --own-nodes --cmdline "memhp_default_state=online_movable"
# lab[7.3; older kernels have no native driver]: --module stock --dax 1G:2,2 --own-nodes --cmdline "memhp_default_state=online_movable"
. /lab/lib.sh
DEV=$(cd /sys/bus/dax/devices && for d in dax*; do [ ! -e "$d/mapping1" ] || echo "$d"; done)
DIR=/sys/bus/dax/devices/$DEV
policy=/sys/devices/system/memory/auto_online_blocks

driver() { basename "$(readlink "$DIR/driver")"; }
# in_mode MODE DRIVER: claim that the command prints MODE, and that DRIVER is bound
in_mode() {
	run 0 mode "$DEV"
	says out "$DEV: $1"
	is "$(driver)" "$2" "the driver is $2"
}
total() { meminfo MemTotal; }

# after_unplug: claim the mode that a device has after an unplug. With the backend "blocks" it has
# no driver then (daxplug(8), BACKENDS).
after_unplug() {
	case $backend in
	blocks) in_mode none "" ;;
	*) in_mode system-ram kmem ;;
	esac
}

[ -n "$DEV" ] && pass "there is a device of two ranges, $DEV" || fail "there is no device of two ranges"
daxplug plug "$DEV" >/dev/null 2>&1
plugged_total=$(total)
backend=$(daxplug list "$DEV" -o BACKEND --noheadings)
is "$(cat $policy)" online_movable "the kernel brings new memory online"

[ -d /sys/bus/dax/drivers/device_dax ] || {
	run 7 mode "$DEV" devdax
	says err "next: modprobe device_dax"
}
/usr/sbin/modprobe device_dax
run 4 mode "$DEV" devdax
says err "$DEV: mode not changed"
in_mode system-ram kmem
is "$(total)" "$plugged_total" "its memory stays plugged"

run 0 unplug "$DEV"
unplugged_total=$(total)
run 0 mode --dry-run "$DEV" devdax
after_unplug
run 0 mode "$DEV" devdax
in_mode devdax device_dax
[ -c "/dev/$DEV" ] && pass "there is /dev/$DEV" || fail "there is no /dev/$DEV"
run 7 plug "$DEV"

mkfifo /tmp/never
start user sh -c "exec 5<'/dev/$DEV'; echo open; exec cat /tmp/never"
user=$!
run 4 mode "$DEV" system-ram
says err "(process $user) has it open"
in_mode devdax device_dax
kill "$user"
wait "$user"

run 0 mode "$DEV" system-ram
in_mode system-ram kmem
is "$(total)" "$unplugged_total" "its memory does not come online with the driver"
is "$(cat $policy)" online_movable "the kernel's policy for new memory is as before"
is "$(daxplug list "$DEV" -o STATE --noheadings)" offline "its blocks are there, offline"
run 0 mode "$DEV" devdax
in_mode devdax device_dax
run 0 mode "$DEV" system-ram
run 0 plug "$DEV"
is "$(total)" "$plugged_total" "all of its memory comes back"
run 0 unplug "$DEV"
is "$(total)" "$unplugged_total" "its memory is removed"

i=0
while [ $i -lt 10 ]; do
	daxplug mode -q "$DEV" devdax && daxplug mode -q "$DEV" system-ram || break
	i=$((i + 1))
done
is $i 10 "changed to devdax and back ten times"
in_mode system-ram kmem
finish
