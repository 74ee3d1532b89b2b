#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unplug cannot succeed, because a page is referenced or pinned, or because another driver vetoes
# the offline of a block. It must end at its time limit, at a signal or with the veto, and must be
# undone. plug/blockers must name the page or the driver. A wrong module would not end the unplug,
# would leave blocks offline, or would name another cause. Times are those of the guest's clock,
# which counts instructions.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --icount --dax 1G:3,2 --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
insmod /lab/pin.ko
insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters
all=$(blocks)

# use_page WAY [FILE]: let page_user use one page of the device
use_page() {
	local way=$1
	shift
	start page_user page_user "$way" any "$@"
	page_user=$!
	pfn=$(cat /tmp/page_user)
	block=$((pfn * PAGE_SIZE / BLOCK_SIZE))
	echo "$all" | grep -q -x "$block" || fail "set-up: $way: page $pfn is in memory$block, which is not the device's"
}
release_page() {
	kill "$page_user"
	wait "$page_user"
	rm /tmp/page_user
}
pages_moved() { awk '$1 == "pages_moved" { print $2 }' "$PLUG/stats"; }
milliseconds() { echo $(($(microseconds) / 1000)); }

is "$(cat "$PLUG/timeout_ms")" 0 "timeout_ms: 0 by default"
is "$(put "$PLUG/timeout_ms" 180000)" ok "timeout_ms: 180000"
is "$(put "$PLUG/timeout_ms" soon)" EINVAL "timeout_ms: not a number: EINVAL"
is "$(put "$PLUG/timeout_ms" -1)" EINVAL "timeout_ms: negative: EINVAL"
is "$(put "$PLUG/timeout_ms" 4294967296)" ERANGE "timeout_ms: too large: ERANGE"
is "$(cat "$PLUG/timeout_ms")" 180000 "timeout_ms is unchanged"

# Switch stall_ms off, so that only timeout_ms ends an unplug here. stall.sh tests stall_ms.
is "$(put "$PLUG/stall_ms" 0)" ok "stall_ms: 0"
unplugged
plugged online_movable
is "$(cat "$PLUG/blockers")" '' "no blocker: plug/blockers is empty"
mkdir -p /tmp/data
mount -t tmpfs none /tmp/data
dd if=/dev/urandom of=/tmp/data/it bs=1M count=64 2>/dev/null
sum=$(md5sum /tmp/data/it)

# check_page WAY KIND OWNER [FILE]: check that a page that is used in this WAY makes an unplug fail,
# and that plug/blockers shows this KIND and OWNER
check_page() {
	local way=$1 kind=$2 owner=$3 begin took answer before from
	shift 3
	use_page "$way" "$@"
	grep -q "^now memory$block $pfn $kind $owner" "$PLUG/blockers" &&
		pass "$way: before the unplug: memory$block $pfn $kind $owner" ||
		{ fail "$way: before the unplug plug/blockers does not name the page"; sed 's/^/# /' "$PLUG/blockers"; }
	echo 1000 >"$PLUG/timeout_ms"
	before=$(snap "$DEV") from=$(pages_moved)
	begin=$(milliseconds)
	answer=$(put "$STATE" unplugged)
	took=$(($(milliseconds) - begin))
	is "$answer" ETIMEDOUT "$way: ETIMEDOUT"
	if is_slow; then
		echo "# $way: ended after $took ms of 1000; what a slow kernel takes is not claimed"
	elif [ $took -le 2000 ]; then
		pass "$way: ended within a second after the limit of 1000 ms: after $took ms"
	else
		fail "$way: took $took ms for a limit of 1000"
	fi
	same "$before" "$(snap "$DEV")" "$way: nothing has changed"
	grep -q "^last memory$block $pfn $kind $owner" "$PLUG/blockers" &&
		pass "$way: afterwards: memory$block $pfn $kind $owner" ||
		{ fail "$way: afterwards plug/blockers does not name the page"; sed 's/^/# /' "$PLUG/blockers"; }
	dmesg | tail -n 1 | grep -q "unplug undone: offline of memory$block: -ETIMEDOUT" &&
		pass "$way: the log names memory$block" || fail "$way: the last log line is: $(dmesg | tail -n 1)"
	[ $(($(pages_moved) - from)) -le $((2 * BLOCK_SIZE / PAGE_SIZE)) ] && pass "$way: only pages of the page's own block were migrated" ||
		fail "$way: $(($(pages_moved) - from)) pages were migrated"

	# With timeout_ms and stall_ms 0, only a signal ends the unplug.
	echo 0 >"$PLUG/timeout_ms"
	is "$(interrupt "$STATE" unplugged 700000 | cut -d " " -f 1)" EINTR "$way: no limit, a signal: EINTR"
	same "$before" "$(snap "$DEV")" "$way: no limit, a signal: nothing has changed"
	release_page
	echo 180000 >"$PLUG/timeout_ms"
	is "$(put "$STATE" unplugged)" ok "$way: the page is released: unplugged"
	is "$(cat "$PLUG/blockers")" '' "$way: plug/blockers is empty"
	plugged online_movable
}
check_page pipe held "a process's own memory"
check_page dma pinned "a process's own memory"
check_page dma pinned "file he?d, inode [0-9]* of tmpfs (tmpfs)" "$(printf '/tmp/data/he\nd')"

# If the page is released before the limit, the unplug succeeds. Release it when the unplug has tried
# to migrate it, because before that the page does not delay the unplug.
failed_migrations() { awk '$1 == "pgmigrate_fail" { print $2 }' /proc/vmstat; }
use_page dma
echo 60000 >"$PLUG/timeout_ms"
from=$(failed_migrations)
put "$STATE" unplugged >/tmp/answer &
writer=$!
until [ "$(failed_migrations)" -gt "$from" ] || ! kill -0 $writer 2>/dev/null; do :; done
kill -0 $writer 2>/dev/null && pass "the unplug has tried to migrate the page, and continues" ||
	fail "the unplug ended while the page was pinned: $(cat /tmp/answer)"
release_page
wait $writer
is "$(cat /tmp/answer)" ok "the page is released before the limit: unplugged"
echo 180000 >"$PLUG/timeout_ms"
plugged online_movable

# Another driver vetoes the offline of a block. The unplug fails with that driver's errno before any
# page is migrated. The device is in use, so the unplug begins with dry runs. They query the memory
# notifiers about one block at a time, and cancel each query before the next one.
echo 0 >$refuse/going_offline
echo 0 >$refuse/cancelled
for b in $all; do
	before=$(snap "$DEV") from=$(pages_moved)
	echo 5 >$refuse/error
	echo "$b" >$refuse/offline
	is "$(put "$STATE" unplugged)" EIO "memory$b is vetoed by another driver: the write returns its errno"
	echo -1 >$refuse/offline
	same "$before" "$(snap "$DEV")" "memory$b: nothing has changed"
	is "$(head -n 1 "$PLUG/blockers")" "last memory$b - refused another driver: -EIO, event [refuse]" "memory$b: plug/blockers names the notifier"
	[ $(($(pages_moved) - from)) -le $((160 * 4096 / PAGE_SIZE)) ] && pass "memory$b: at most 1 in 100 of the pages in use was copied" ||
		fail "memory$b: $(($(pages_moved) - from)) pages were copied"
done
is "$(cat $refuse/cancelled)" "$(cat $refuse/going_offline)" "each of $(cat $refuse/going_offline) queries was cancelled"
is "$(cat $refuse/overlapping)" 0 "each query was cancelled before the next"
is "$(md5sum /tmp/data/it)" "$sum" "the data is unchanged"
rm /tmp/data/*
unplugged
finish
