#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A plug or unplug fails at every block in turn, because another driver vetoes the block. A plug also
# fails at every range in turn, because the addresses of the range are in use. The write must return
# the errno of the failed step, nothing may have changed, and the next plug and unplug must work. If the undo fails,
# too, `state` must read "inconsistent", and the log must name the block. A wrong module would leave
# blocks switched, ranges reserved, or return another errno.
# lab: --dax 4G:8,6,4 --dax 256M --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
insmod /lab/refuse.ko
insmod /lab/claim.ko
refuse=/sys/module/refuse/parameters
claim=/sys/module/claim/parameters

# check_unchanged WHAT ERRNO ANSWER BEFORE: claim that ANSWER is ERRNO and all is as before
check_unchanged() {
	is "$3" "$2" "$1: $2"
	same "$4" "$(snap "$DEV")" "$1: nothing has changed"
}
check_works() {
	[ "$(state)" != unplugged ] || is "$(put "$STATE" online_movable)" ok "$1: plug works"
	is "$(put "$STATE" unplugged)" ok "$1: unplug works"
}

# A block of another device. refuse.ko delays the online of this block, and the kernel holds the
# hotplug lock meanwhile.
other=$(DIR=/sys/bus/dax/devices/dax1.0 blocks | head -n 1)

unplugged
empty=$(snap "$DEV")
echo 13 >$refuse/error		# EACCES, because no other step returns this errno
n=0
for block in $(blocks); do
	n=$((n + 1))
	echo "$block" >$refuse/online
	check_unchanged "memory$block refuses to go online" EACCES \
		"$(put "$STATE" online_movable)" "$empty"
	echo -1 >$refuse/online

	plugged online_movable
	full=$(snap "$DEV")
	echo "$block" >$refuse/offline
	check_unchanged "memory$block refuses to go offline" EACCES \
		"$(put "$STATE" unplugged)" "$full"
	echo -1 >$refuse/offline
	check_works "memory$block"
done
is $n 18 "all 18 blocks were tried"
is "$(cat $refuse/refused)" 36 "each block was vetoed once online and once offline"

for m in "$DIR"/mapping[0-9]*; do
	range=$(basename "$m") start=$(cat "$m/start")
	echo "$start" >$claim/region
	check_unchanged "$range cannot be reserved" EBUSY "$(put "$STATE" online_movable)" \
		"$(snap "$DEV")"
	echo 0 >$claim/region
	same "$empty" "$(snap "$DEV")" "$range: as before it was claimed"
	check_works "$range"

	# claim.ko must claim addresses of the range after the module has reserved the range, and
	# before the module adds it. The plug waits between these steps, because refuse.ko delays
	# the online of a block of another device, which holds the hotplug lock.
	echo "$other" >$refuse/hold_online
	echo online_movable >"$MEMORY"/memory"$other"/state &
	slow=$!
	until [ "$(cat $refuse/waiting)" = 1 ]; do :; done
	put "$STATE" online_movable >/tmp/answer &
	plug=$!
	until [ "$(grep -c "$DEV" /proc/iomem)" -eq 3 ]; do :; done
	echo "$start" >$claim/region
	echo -1 >$refuse/hold_online
	wait $slow $plug
	echo 0 >$claim/region
	echo offline >"$MEMORY"/memory"$other"/state
	check_unchanged "$range cannot be added" EEXIST "$(cat /tmp/answer)" "$empty"
	check_works "$range"
done

# Try the other online types with a veto at the last block only, where the undo has most to do.
for type in online online_kernel; do
	echo "$block" >$refuse/online
	check_unchanged "as $type: memory$block refuses to go online" EACCES \
		"$(put "$STATE" $type)" "$empty"
	echo -1 >$refuse/online
	plugged $type
	full=$(snap "$DEV")
	echo "$block" >$refuse/offline
	answer=$(put "$STATE" unplugged)
	# Outside ZONE_MOVABLE an earlier block may have unmovable pages of the kernel. Then the
	# unplug fails with EBUSY before it reaches the vetoed block.
	case $answer in EBUSY) answer=EACCES ;; esac
	check_unchanged "as $type: memory$block refuses to go offline" EACCES "$answer" "$full"
	echo -1 >$refuse/offline
	unplugged
done

# The undo fails, too. `state` and the log must report that, and a repair must work later.
plugged online_movable
# Use the second block, because the first block goes offline last and would still be online.
first=$(blocks | sed -n 2p)
echo "$block" >$refuse/offline
echo "$first" >$refuse/online
mark failing-undo
is "$(put "$STATE" unplugged)" EACCES "the unplug and its undo fail: the errno of the cause"
is "$(state)" inconsistent "state is inconsistent"
is "$(dmesg | sed '1,/failing-undo/d' | grep -c "undo: online of memory$first failed: -EACCES")" 1 \
	"the log names memory$first"
echo -1 >$refuse/online
echo -1 >$refuse/offline
is "$(put "$STATE" online_movable)" ok "a repair succeeds"
is "$(state)" online_movable "after the repair: online_movable"
check_works "after the repair"
same "$empty" "$(snap "$DEV")" "all is as before the first plug"
finish
