#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# If the stock driver is unbound with memory online, the memory is orphaned until a reboot. If
# daxplug's kmem is then loaded in its place, it takes the memory over without a reboot.
# lab[6.12, long 6.1 7.3; several ranges are the harder case, next line, and make check-long has the others]: --module stock --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --module stock --dax 1G:2,2,1 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
all=$(blocks)
first=$(blocks | head -n 1)

# stock_plugs WORD: switch block by block, as an operator would
stock_plugs() {
	for b in $all; do
		echo "$1" >"$MEMORY"/memory"$b"/state || fail "stock: memory$b $1"
	done
}
books() {
	snap "$DEV" | sed 1d
}

# The messages of 6.1 and 6.12, and of 7.3.
complains() {
	dmesg | grep -c -e 'cannot be hotremoved until the next reboot' -e 'stuck online until reboot'
}

# swap: unbind and unload the stock module, which then has lost its data about the device, and
# load daxplug's in its place
swap() {
	lost=$(complains)
	echo "$DEV" >$driver/unbind
	/usr/sbin/rmmod kmem || fail "stock: rmmod"
	[ "$(complains)" -gt "$lost" ] &&
		pass "stock: logs that the memory is lost until the next reboot" || fail "stock: logs no lost memory"
	discard_leak_reports
	load /lab/kmem.ko
}

for round in whole one-block-offline; do
	stock_plugs online_movable
	want=online_movable
	[ $round = whole ] || {
		echo offline >"$MEMORY"/memory"$first"/state
		want=inconsistent
	}
	full=$(books)
	swap
	is "$(state)" $want "$round: daxplug's kmem is loaded in its place: $want"
	same "$full" "$(books)" "$round: nothing has changed"
	rmmod kmem 2>/dev/null && fail "$round: unloaded" || pass "$round: it cannot be unloaded now"
	last=$(blocks | tail -n 1)
	echo offline >"$MEMORY"/memory"$last"/state
	is "$(state)" inconsistent "$round: one block offline: inconsistent"
	is "$(put "$STATE" unplugged)" ok "$round: unplugged"
	is "$(grep -c -e kmem -e "$DEV" /proc/iomem)" 0 "$round: nothing in /proc/iomem"
	is "$(put "$STATE" online_movable)" ok "$round: plugged"
	is "$(put "$STATE" unplugged)" ok "$round: and unplugged"

	# Load the stock module again. It must get all blocks.
	rmmod kmem || fail "$round: rmmod"
	load kmem
	have=0
	for b in $all; do
		[ ! -e "$MEMORY"/memory"$b" ] || have=$((have + 1))
	done
	is $have "$(echo "$all" | wc -l)" "$round: the stock module has all blocks again"
done

# Memory outside ZONE_MOVABLE is adopted as well. Whether it can be unplugged depends on the
# kernel's own pages in it.
stock_plugs online_kernel
full=$(books)
swap
is "$(state)" online_kernel "daxplug's kmem is loaded in its place: online_kernel"
same "$full" "$(books)" "nothing has changed"
answer=$(put "$STATE" unplugged)
case $answer in
ok) is "$(state)" unplugged "unplugged" ;;
EBUSY) same "$full" "$(books)" "refused because of the kernel's own pages: nothing has changed" ;;
*) fail "unplug: $answer" ;;
esac
finish
