#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The stock kmem driver has the device online. It is unbound and unloaded, which orphans the memory
# until a reboot. Then daxplug's kmem is loaded in its place. It must adopt the memory without
# changing a block, and must be able to unplug it. A wrong module would report another state than
# that of the blocks, or would leave blocks or lines in /proc/iomem after the unplug.
# lab[6.12, long 6.1 7.3; adopt-stock.2 is the harder case, because its device has several ranges; make check-long runs the other kernels]: --module stock --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
all=$(blocks)
first=$(blocks | head -n 1)

# set_blocks WORD: switch the blocks one by one, as an operator would
set_blocks() {
	for b in $all; do
		echo "$1" >"$MEMORY"/memory"$b"/state || fail "stock: memory$b $1"
	done
}
blocks_snapshot() {
	snap "$DEV" | sed 1d
}

# count_lost_messages: print how often the kernel has logged that memory is lost until a reboot. The
# first text is that of 6.1 and 6.12, the second is that of 7.3.
count_lost_messages() {
	dmesg | grep -c -e 'cannot be hotremoved until the next reboot' -e 'stuck online until reboot'
}

# load_our_module: unbind and unload the stock module, and load daxplug's module in its place. What
# the stock module recorded about the device is lost with it.
load_our_module() {
	lost=$(count_lost_messages)
	echo "$DEV" >$driver/unbind
	/usr/sbin/rmmod kmem || fail "stock: rmmod"
	[ "$(count_lost_messages)" -gt "$lost" ] &&
		pass "stock: logs that the memory is lost until the next reboot" || fail "stock: logs no lost memory"
	discard_leak_reports
	load /lab/kmem.ko
}

for round in all-online one-block-offline; do
	set_blocks online_movable
	want=online_movable
	[ $round = all-online ] || {
		echo offline >"$MEMORY"/memory"$first"/state
		want=inconsistent
	}
	full=$(blocks_snapshot)
	load_our_module
	is "$(state)" $want "$round: daxplug's kmem is loaded in its place: $want"
	same "$full" "$(blocks_snapshot)" "$round: nothing has changed"
	rmmod kmem 2>/dev/null && fail "$round: the module was unloaded while memory is online" || pass "$round: the module cannot be unloaded while memory is online"
	last=$(blocks | tail -n 1)
	echo offline >"$MEMORY"/memory"$last"/state
	is "$(state)" inconsistent "$round: one block offline: inconsistent"
	is "$(put "$STATE" unplugged)" ok "$round: unplugged"
	is "$(grep -c -e kmem -e "$DEV" /proc/iomem)" 0 "$round: the device has no line in /proc/iomem"
	is "$(put "$STATE" online_movable)" ok "$round: plugged"
	is "$(put "$STATE" unplugged)" ok "$round: unplugged again"

	# Load the stock module again. It can add every block only if daxplug's module has left
	# nothing at the addresses of the device.
	rmmod kmem || fail "$round: rmmod"
	load kmem
	have=0
	for b in $all; do
		[ ! -e "$MEMORY"/memory"$b" ] || have=$((have + 1))
	done
	is $have "$(echo "$all" | wc -l)" "$round: the stock module has all blocks again"
done

# Memory outside ZONE_MOVABLE is adopted, too. It cannot always be unplugged, because the kernel may
# have pages of its own in it that cannot be migrated.
set_blocks online_kernel
full=$(blocks_snapshot)
load_our_module
is "$(state)" online_kernel "daxplug's kmem is loaded in its place: online_kernel"
same "$full" "$(blocks_snapshot)" "nothing has changed"
answer=$(put "$STATE" unplugged)
case $answer in
ok) is "$(state)" unplugged "unplugged" ;;
EBUSY) same "$full" "$(blocks_snapshot)" "refused because of the kernel's own pages: nothing has changed" ;;
*) fail "unplug: $answer" ;;
esac
finish
