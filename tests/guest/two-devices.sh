#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two writers plug and unplug two devices on one node at the same time, 100 times each. Every plug
# and unplug must succeed without an undo, and afterwards /proc/iomem and MemTotal must be as
# before. With a wrong module one device would make a plug or unplug of the other one fail.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 1G:2,1 --dax 512M --cmdline memhp_default_state=offline
. /lab/lib.sh
devices='dax0.0 dax1.0'
state_file() { echo /sys/bus/dax/devices/"$1"/state; }

for dev in $devices; do
	is "$(put "$(state_file "$dev")" unplugged)" ok "$dev: unplugged"
done
is "$(cat /sys/bus/dax/devices/dax0.0/target_node)" \
	"$(cat /sys/bus/dax/devices/dax1.0/target_node)" "both devices are on one node"
before=$(cat /proc/iomem)
total=$(meminfo MemTotal)

pids=''
for dev in $devices; do
	cycle "$dev" 100 online_movable >/tmp/"$dev" &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one word each
wait $pids
for dev in $devices; do
	is "$(cat /tmp/"$dev")" "100 100 100" "$dev: 100 of 100 cycles"
	is "$(awk '$1 == "undos" || $1 == "failed_undos" { n += $2 } END { print n }' \
		/sys/bus/dax/devices/"$dev"/plug/stats)" 0 "$dev: no change was undone"
done
same "$before" "$(cat /proc/iomem)" "/proc/iomem is as before"
is "$(meminfo MemTotal)" "$total" "MemTotal is as before"
finish
