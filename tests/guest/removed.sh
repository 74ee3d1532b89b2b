#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device is plugged with guard=always, and is unbound or removed, with its memory online. After an
# unbind the guard must still refuse other programs. After a removal other programs must be able to
# switch the blocks. When the device appears again, it must have its memory and its guard again. A
# wrong module would keep the guard of a removed device, and then no program could offline its
# blocks any more.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 512M --mem 1G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
parent=$(dirname "$(readlink -f "$DIR")")
parent_driver=$(readlink -f "$parent/driver")
all=$(blocks)

# switch_blocks WORD: switch each block as another program would, and print the distinct results
switch_blocks() {
	local b
	for b in $all; do put "$MEMORY/memory$b/state" "$1"; done | sort -u
}
# bind_to_kmem: bind the device to kmem. On 6.1 it may be bound to device_dax first.
bind_to_kmem() {
	[ -e "$driver/$DEV" ] && return
	[ ! -e "$DIR/driver" ] || echo "$DEV" >"$DIR/driver/unbind"
	put "$driver/bind" "$DEV" >/dev/null
	[ -e "$driver/$DEV" ] || { fail "set-up: $DEV is not bound"; finish; }
}
add_device() { put "$parent_driver/bind" "${parent##*/}" >/dev/null; bind_to_kmem; }
remove_device() { echo "${parent##*/}" >"$parent_driver/unbind"; }

unplugged
empty=$(snap "$DEV")
for round in "without device_dax before" "with device_dax before"; do
	plugged online_movable
	is "$(put "$DIR/plug/guard" always)" ok "$round: guard: always"
	is "$(switch_blocks offline)" EBUSY "$round: another program may not offline a block"
	echo "$DEV" >$driver/unbind
	is "$(switch_blocks offline)" EBUSY "$round: unbound: another program may not offline a block"
	bind_to_kmem
	is "$(state) $(cat "$DIR/plug/guard")" "online_movable always" "$round: bound again: as before"
	is "$(switch_blocks offline)" EBUSY "$round: bound again: another program may not offline a block"

	mark "removal $round-"
	remove_device
	[ ! -e "$DIR" ] && pass "$round: the device is removed" || fail "$round: set-up: the device is still there"
	dmesg | sed "1,/removal $round-/d" | grep -q "removed, but its blocks remain: online_movable" &&
		pass "$round: the log reports it" || fail "$round: the log does not report it"
	is "$(switch_blocks offline)" ok "$round: removed: another program may offline its blocks"
	is "$(switch_blocks online_movable)" ok "$round: removed: another program may online its blocks"
	is "$(switch_blocks offline)" ok "$round: removed: another program may offline them again"

	add_device
	is "$(state) $(cat "$DIR/plug/guard")" "offline always" "$round: back: it has its memory and its guard"
	is "$(put "$STATE" unplugged)" ok "$round: back: unplugged"

	plugged online_movable
	is "$(switch_blocks offline)" EBUSY "$round: plugged again: another program may not offline a block"
	echo "$DEV" >$driver/unbind
	is "$(switch_blocks offline)" EBUSY "$round: unbound first: another program may not offline a block"
	remove_device
	is "$(switch_blocks offline)" ok "$round: unbound, then removed: another program may offline its blocks"
	add_device
	is "$(state) $(cat "$DIR/plug/guard")" "offline always" "$round: back again: it has its memory and its guard"
	is "$(switch_blocks online_movable)" EBUSY "$round: back: another program may not online a block"
	is "$(put "$STATE" unplugged)" ok "$round: back: unplugged"
	same "$empty" "$(snap "$DEV")" "$round: back: unplugged, all is as before"

	# For the second round, bind device_dax to the device once. Afterwards dax_alive() of the
	# kernel returns false for this device, so the module must detect the removal in another
	# way.
	/usr/sbin/modprobe device_dax
	echo "$DEV" >$driver/unbind
	put /sys/bus/dax/drivers/device_dax/bind "$DEV" >/dev/null
	[ -e /sys/bus/dax/drivers/device_dax/"$DEV" ] || put /sys/bus/dax/drivers/device_dax/new_id "$DEV" >/dev/null
	[ -e /sys/bus/dax/drivers/device_dax/"$DEV" ] || fail "set-up: $DEV is not bound to device_dax"
	bind_to_kmem
	unplugged
done
finish
