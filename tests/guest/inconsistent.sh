#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's fault injection makes every online or every offline of a block fail. A plug or unplug
# then fails and must be undone. If another veto makes the undo fail, too, `state` must read
# "inconsistent", and the write must return the errno of the first failure. The log must name each
# block that the undo could not switch, and a repair must work after the faults have ended. A wrong
# module would report the requested or the previous state, or could not repair the device.
# lab: --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
/usr/sbin/modprobe memory-notifier-error-inject
insmod /lab/refuse.ko
inject=/sys/kernel/debug/notifier-error-inject/memory/actions
refuse=/sys/module/refuse/parameters
all=$(blocks)
last=$(blocks | tail -n 1)
[ -d $inject ] || { fail "no fault injector"; finish; }

unplugged
empty=$(snap "$DEV")
echo -5 >$inject/MEM_GOING_ONLINE/error
is "$(put "$STATE" online_movable)" EIO "every online is vetoed: EIO"
same "$empty" "$(snap "$DEV")" "nothing has changed"
echo 0 >$inject/MEM_GOING_ONLINE/error

plugged online_movable
full=$(snap "$DEV")
echo -5 >$inject/MEM_GOING_OFFLINE/error
is "$(put "$STATE" unplugged)" EIO "every offline is vetoed: EIO"
same "$full" "$(snap "$DEV")" "nothing has changed"
echo 0 >$inject/MEM_GOING_OFFLINE/error

# An unplug that cannot be undone: the last block is vetoed, and the others cannot come back online.
mkdir /tmp/data
mount -t tmpfs none /tmp/data
dd if=/dev/urandom of=/tmp/data/file bs=1M count=64 2>/dev/null
sum=$(md5sum /tmp/data/file)
mark the-undo-fails
echo "$last" >$refuse/offline
echo -5 >$inject/MEM_GOING_ONLINE/error
is "$(put "$STATE" unplugged)" EBUSY "the unplug and its undo fail: the first errno"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(actual_state online_movable $all)" inconsistent "the blocks are inconsistent"
# An unplug takes the device's first block offline after all other empty blocks. So this block is
# still online when the last block is vetoed, and the undo does not have to switch it.
for b in $(echo "$all" | sed 1d); do
	[ "$b" = "$last" ] && continue
	dmesg | sed 1,/the-undo-fails/d | grep -q "undo: online of memory$b failed: -EIO" ||
		fail "memory$b is not named in the log"
done
dmesg | grep -q "unplug failed: offline of memory$last: -EBUSY; not undone: memory" &&
	pass "the log names the cause and the blocks" || fail "the log does not name the cause"
is "$(put "$STATE" online_movable)" EIO "a repair that fails: EIO"
is "$(state)" inconsistent "still inconsistent"
is "$(awk '$1 == "failed_undos" { print $2 }' "$DIR/plug/stats")" 1 "stats: one undo failed"
echo 0 >$inject/MEM_GOING_ONLINE/error
echo -1 >$refuse/offline
is "$(put "$STATE" online_movable)" ok "the faults have ended: repaired"
same "$full" "$(snap "$DEV")" "every block is as before"
is "$(md5sum /tmp/data/file)" "$sum" "the data is unchanged"
rm /tmp/data/file

# A plug that cannot be undone: the blocks stay online, and a later plug completes the device.
unplugged
echo "$last" >$refuse/online
echo -5 >$inject/MEM_GOING_OFFLINE/error
is "$(put "$STATE" online_movable)" EBUSY "a plug and its undo fail: the first errno"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(actual_state online_movable $all)" inconsistent "the blocks are inconsistent"
echo -1 >$refuse/online
echo 0 >$inject/MEM_GOING_OFFLINE/error
is "$(put "$STATE" online_movable)" ok "repaired in the requested state"
same "$full" "$(snap "$DEV")" "every block is as before"
unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
finish
