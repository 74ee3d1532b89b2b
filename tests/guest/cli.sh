#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command runs with each of its backends: daxplug's module, the native driver of 7.3, and single
# blocks with a stock driver that has no file `state`. The test plugs and unplugs, lets another
# driver veto a block, interrupts the command, applies a policy and watches. Exit status, messages
# and blocks must be the same with each backend, except for the weaknesses in daxplug(8), BACKENDS.
# A wrong backend would return another exit status, or would print a state that the blocks do not
# have.
# lab[6.12; one kernel is enough for daxplug's module]: --module ours --dax 1G:2,2,1 --cxl 512M --own-nodes --cmdline "memhp_default_state=offline test.backend=module"
# lab[6.12; newer kernels have a native driver]: --module stock --dax 1G:2,2,1 --cxl 512M --own-nodes --cmdline "memhp_default_state=offline test.backend=blocks"
# lab[7.3; older kernels have no native driver]: --module stock --dax 1G:2,2,1 --cxl 512M --own-nodes --cmdline "memhp_default_state=offline test.backend=native"
. /lab/lib.sh
backend=$(sed 's/.*test.backend=\([a-z]*\).*/\1/' /proc/cmdline)
# Find the device with three ranges. Its number differs between kernels.
DEV=$(cd /sys/bus/dax/devices && for d in dax*; do [ ! -e "$d/mapping2" ] || echo "$d"; done)
DIR=/sys/bus/dax/devices/$DEV
all=$(blocks)
first=$(echo "$all" | head -n 1) last=$(blocks | sort -n | tail -n 1)
cxl=$(daxplug list | awk '$5 == "cxl" { print $1 }')

listed_state() { daxplug list | awk -v dev="$DEV" '$1 == dev { print $NF }'; }
# blocks_are STATE: check that the blocks, and the output of `daxplug list`, have this state
blocks_are() {
	# shellcheck disable=SC2086 # one word each
	is "$(actual_state "$1" $all)" "$1" "the blocks are $1"
	is "$(listed_state)" "$1" "daxplug list: $1"
}
# use_page: start page_user, which references one page of the device
# release_page: end page_user
use_page() {
	start page_user page_user pipe "$(cat "$DIR/target_node")"
	page_user=$!
}
release_page() {
	kill "$page_user"
	wait "$page_user"
}
# wait_until_started PID: wait until the command has started its child, which makes the write
wait_until_started() {
	until [ -n "$(cat "/proc/$1/task/"*/children 2>/dev/null)" ]; do
		kill -0 "$1" || { fail "set-up: the command ended before it started its child"; finish; }
	done
}
count_ram_ranges() { grep -c 'System RAM (kmem)' /proc/iomem; }

run 0 list
is "$(daxplug list | awk -v dev="$DEV" '$1 == dev { print $5, $6, $7 }')" "hmem kmem $backend" \
	"the backend is $backend"
is "$(daxplug show "$cxl" | awk '$1 == "memdev" { print $NF }')" 0x1 "the CXL device's serial number"

# After a boot with memhp_default_state=offline every block is offline. A plug that is vetoed must
# leave the blocks offline. Then a plug succeeds.
insmod /lab/refuse.ko
blocks_are offline
echo "$last" >/sys/module/refuse/parameters/online
run 4 plug "$DEV"
says err "offline"
blocks_are offline
echo -1 >/sys/module/refuse/parameters/online
run 0 plug "$DEV"
blocks_are online_movable

run 0 unplug "$DEV"
blocks_are unplugged
run 0 unplug all
is "$(count_ram_ranges)" 0 "unplug all: no device has memory in /proc/iomem"
run 0 unplug "$DEV"
says out "nothing to do"

run 0 plug "$DEV"
blocks_are online_movable
run 0 plug "$DEV"
says out "nothing to do"
run 4 plug --zone kernel "$DEV"
says err "it is already plugged in another way (EBUSY); nothing was changed, state is still online_movable"
blocks_are online_movable
echo "$last" >/sys/module/refuse/parameters/offline
run 4 plug --replug --zone auto "$DEV"
says err "nothing was changed, state is still online_movable"
blocks_are online_movable
echo -1 >/sys/module/refuse/parameters/offline
run 0 unplug node:"$(cat "$DIR/target_node")"
run 0 plug serial:1
is "$(daxplug list | awk -v dev="$cxl" '$1 == dev { print $NF }')" online_movable "plugged by its serial number"
run 0 unplug "$(daxplug show "$cxl" | awk '$1 == "region" { print $2 }')"
# Exit 2: wrong usage. Exit 3: no such device. Exit 7: the device has another driver.
run 2 plug
run 3 plug dax9.9
says err "dax9.9: no such device"
echo "$cxl" >/sys/bus/dax/devices/"$cxl"/driver/unbind
modprobe device_dax
echo "$cxl" >/sys/bus/dax/drivers/device_dax/bind 2>/dev/null ||
	echo "$cxl" >/sys/bus/dax/drivers/device_dax/new_id
run 7 plug "$cxl"
says err "it is bound to the driver device_dax, not to kmem"
echo "$cxl" >/sys/bus/dax/drivers/device_dax/unbind
run 0 plug "$cxl"
is "$(daxplug list | awk -v dev="$cxl" '$1 == dev { print $NF }')" online_movable "$cxl is bound to kmem again, and plugged"
run 0 unplug "$cxl"

# Exit 4: another driver vetoes one block
echo "$last" >/sys/module/refuse/parameters/online
run 4 plug "$DEV"
says err "nothing was changed, state is still unplugged"
blocks_are unplugged
is "$(count_ram_ranges)" 0 "no memory is added"
echo -1 >/sys/module/refuse/parameters/online
run 0 plug "$DEV"
echo "$last" >/sys/module/refuse/parameters/offline
run 4 unplug "$DEV"
says err "nothing was changed, state is still online_movable"
[ "$backend" = native ] || says err "memory$last refused to go offline"
blocks_are online_movable
# Exit 5: the unplug is vetoed, and its undo cannot bring the second block back online. The test
# does not use the first block for this, because that block may go offline last.
echo "$all" | sed -n 2p >/sys/module/refuse/parameters/online
run 5 unplug "$DEV"
says err "is now inconsistent"
blocks_are inconsistent
run 5 doctor "$DEV"
says out "inconsistent: of 5 blocks"
echo -1 >/sys/module/refuse/parameters/online
echo -1 >/sys/module/refuse/parameters/offline
run 0 plug "$DEV"
says out "inconsistent -> online_movable"
blocks_are online_movable

# Another process takes one block offline. The command must report that and repair it.
echo offline >"$MEMORY"/memory"$first"/state
blocks_are inconsistent
run 0 plug "$DEV"
blocks_are online_movable

# Exit 6: the time limit ends an unplug. Then Ctrl-C ends one. In both cases a referenced page
# prevents its block from going offline.
use_page
run 6 unplug --timeout 2s "$DEV"
says err ": undone (ETIMEDOUT); nothing was changed"
blocks_are online_movable
daxplug unplug "$DEV" >/tmp/out 2>/tmp/err &
pid=$!
wait_until_started $pid
kill -INT $pid
wait $pid
is $? 130 "Ctrl-C: undone, then ended by the signal"
says err ": undone (EINTR); nothing was changed"
blocks_are online_movable
release_page
run 0 unplug "$DEV"
blocks_are unplugged

# Apply a policy that plugs both devices.
mkdir -p /etc/daxplug/daxplug.conf.d
cat >/etc/daxplug/daxplug.conf.d/50-lab.conf <<-END
	[card]
	serial = 1
	state = online_movable
	guard = always
	timeout = 30s
	[rest]
	origin = hmem
	state = online_movable
END
run 1 apply --check
run 0 apply
blocks_are online_movable
run 0 apply --check
run 0 apply
says out "every device is as the policy wants it"
is "$(daxplug list | awk -v dev="$cxl" '$1 == dev { print $NF }')" online_movable "the policy plugs the card by its serial number"
run 0 doctor
run 0 list --json
run 0 list --metrics
says out "daxplug_device_state{device=\"$DEV\",state=\"online_movable\"} 1"

# watch must print each change of state, whichever program made it.
daxplug watch >/tmp/watch &
pid=$!
until grep -qx ready /tmp/watch; do :; done
is "$(grep -c " \($DEV\|$cxl\): present, online_movable$" /tmp/watch)" 2 "watch: prints the existing devices first"
# wait_for_watch DEV STATE: wait until watch's last line for DEV has STATE. Lines before it do not
# matter, because watch may leave out a state that lasts only a short time.
wait_for_watch() { until grep "$1:" /tmp/watch | tail -n 1 | grep -q " $2$"; do :; done; }
run 0 unplug "$DEV" "$cxl"
wait_for_watch "$DEV" unplugged
wait_for_watch "$cxl" unplugged
# With another driver bound, watch prints the same state string as list.
if [ -e "/sys/bus/dax/devices/$cxl/driver" ]; then echo "$cxl" >"/sys/bus/dax/devices/$cxl/driver/unbind"; fi
echo "$cxl" >/sys/bus/dax/drivers/device_dax/bind 2>/dev/null ||
	echo "$cxl" >/sys/bus/dax/drivers/device_dax/new_id
wait_for_watch "$cxl" other_driver
is "$(daxplug list "$cxl" -o STATE --noheadings)" other_driver "bound to device_dax: list prints other_driver"
echo "$cxl" >/sys/bus/dax/drivers/device_dax/unbind
wait_for_watch "$cxl" unplugged
# The native driver may store the state "online" only after its last event. watch reads the state
# when an event arrives, so it may not print this state. Leave this part out for that driver.
if [ "$backend" != native ]; then
	run 0 plug --zone auto "$cxl"
	wait_for_watch "$cxl" online
fi
kill -INT $pid
wait $pid
is $? 130 "watch: ended by the signal"

# Outside ZONE_MOVABLE there can be pages of the kernel that cannot be migrated. With the native and
# the stock driver the kernel puts stacks of its own threads there, which is a documented weakness.
# The unplug may fail then, but it must be complete or undone.
daxplug unplug -q "$DEV"
run 0 plug --zone kernel "$DEV"
blocks_are online_kernel
daxplug unplug "$DEV" >/tmp/out 2>/tmp/err
case $? in
0) blocks_are unplugged ;;
4) blocks_are online_kernel ;;
*) fail "unplug from kernel zones: neither complete nor undone: $(cat /tmp/err)" ;;
esac
finish
