#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A page of the device is referenced, so its block cannot go offline. An unplug must end by itself
# when no page has left the block for plug/stall_ms, by default 20 s, for a device of any size.
# While pages leave the block, or another driver delays the events, the unplug must continue. A
# wrong module would retry without end, or would end an unplug that makes progress. Times are those
# of the guest's clock, which counts instructions.
# lab[6.1, long 6.12 7.3; make check-long runs the other kernels]: --icount --dax 1G:3,2 --cmdline memhp_default_state=offline
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --icount --dax 16G --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
stalls() { awk '$1 == "stalls" { print $2 }' "$PLUG/stats"; }

# use_pages WAY [COUNT]: let page_user reference pages of the device
use_pages() {
	start page_user page_user "$1" any ${2:+"$2"}
	page_user=$!
	pfn=$(cat /tmp/page_user)
	block=$(block_of_frame "$pfn") || { fail "set-up: page $pfn is not in the device"; finish; }
}
release_pages() {
	kill $page_user
	wait $page_user
}
# try_unplug MICROSECONDS: unplug, and send SIGINT after this time. With 0 no signal is sent.
try_unplug() {
	interrupt "$STATE" unplugged "$1" >/tmp/answer
	read -r answer us </tmp/answer
}

is "$(cat "$PLUG/stall_ms" 2>&1)" 20000 "stall_ms: 20000 by default"
is "$(cat "$PLUG/timeout_ms")" 0 "timeout_ms: 0 by default"
is "$(stat -c %a "$PLUG/stall_ms" 2>&1)" 644 "everybody may read stall_ms"
for bad in soon -1 '' '1 2' 0x10; do
	is "$(put "$PLUG/stall_ms" "$bad")" "$(put "$PLUG/timeout_ms" "$bad")" "stall_ms: '$bad': as timeout_ms"
done
is "$(put "$PLUG/stall_ms" soon)" EINVAL "stall_ms: not a number: EINVAL"
is "$(put "$PLUG/stall_ms" -1)" EINVAL "stall_ms: negative: EINVAL"
is "$(put "$PLUG/stall_ms" 4294967296)" ERANGE "stall_ms: too large: ERANGE"
is "$(cat "$PLUG/stall_ms" 2>&1)" 20000 "stall_ms: as before"
is "$(stalls)" 0 "stats: stalls 0"

unplugged
plugged online_movable
use_pages pipe
before=$(snap "$DEV")
# If the module does not end the unplug, SIGINT ends it after 40 s. The result is then EINTR, and
# the claim fails. Without the signal, the lab's time limit would end the guest.
try_unplug 40000000
is "$answer" ETIMEDOUT "a referenced page, default settings: ETIMEDOUT"
if is_slow; then
	echo "# it took $us us; what a slow kernel takes is not claimed"
else
	[ "$us" -ge 19000000 ] && [ "$us" -le 25000000 ] && pass "within 25 s: $us us" || fail "it took $us us, not 20 to 25 s"
fi
same "$before" "$(snap "$DEV")" "nothing has changed"
grep -q "^last memory$block $pfn held" "$PLUG/blockers" && pass "blockers names page $pfn" ||
	{ fail "blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
dmesg | grep -v -w -E 'migrat|page|raw|memcg|flags|head' | tail -n 1 |
	grep -q "unplug undone: offline of memory$block: -ETIMEDOUT" && pass "the log names memory$block" ||
	fail "the last log line is: $(dmesg | tail -n 1)"
is "$(stalls)" 1 "stats: stalls 1"
[ "$(cat "$DIR/size")" -le $((1 << 30)) ] || {
	release_pages
	unplugged
	finish
}

# Try a shorter limit, and no limit.
is "$(put "$PLUG/stall_ms" 1000)" ok "stall_ms: 1000"
try_unplug 10000000
is "$answer" ETIMEDOUT "stall_ms 1000: ETIMEDOUT"
is_slow || { [ "$us" -le 3000000 ] && pass "within 3 s: $us us" || fail "it took $us us, not 1 to 3 s"; }
same "$before" "$(snap "$DEV")" "nothing has changed"
is "$(put "$PLUG/stall_ms" 0)" ok "stall_ms: 0"
try_unplug 3000000
is "$answer" EINTR "stall_ms 0: three times as long, until a signal: EINTR"
[ "$us" -ge 3000000 ] && pass "stall_ms 0: the unplug did not end before the signal: $us us" || fail "it took $us us"
same "$before" "$(snap "$DEV")" "nothing has changed"
# A signal that arrives in the write, but before the transaction has begun, must not be lost.
answered=0
for us in 1 2 4 7 10 14 19 25 32 40 50 60 75 90 110 130 160 200 250 300 400 500 700 1000; do
	answer=$(within 30 interrupt "$STATE" unplugged $us)
	[ $? -ne 124 ] || { fail "stall_ms 0, a signal after $us us: no end"; finish; }
	case $answer in
	EINTR*) answered=$((answered + 1)) ;;
	early*) ;;
	*) fail "stall_ms 0, a signal after $us us: $answer" ;;
	esac
done
[ $answered -ge 12 ] && pass "stall_ms 0: EINTR for a signal at each of $answered early moments" ||
	fail "stall_ms 0: only $answered moments were before the write"
same "$before" "$(snap "$DEV")" "nothing has changed"
# timeout_ms is independent of stall_ms.
echo 1000 >"$PLUG/timeout_ms"
try_unplug 10000000
is "$answer" ETIMEDOUT "stall_ms 0, timeout_ms 1000: ETIMEDOUT"
echo 0 >"$PLUG/timeout_ms"
release_pages
is "$(put "$PLUG/stall_ms" 2000)" ok "stall_ms: 2000"
try_unplug 0
is "$answer" ok "the page is released: unplugged"

# Six pages of one block are released, one each second. This is slow, but it is progress.
plugged online_movable
use_pages drip 6
kill -USR1 $page_user
try_unplug 20000000
is "$answer" ok "a page leaves each second, stall_ms 2000: unplugged"
[ "$us" -ge 4000000 ] && pass "the unplug took $us us" || fail "set-up: the unplug took only $us us"
is "$(state)" unplugged "unplugged"
release_pages
is "$(stalls)" 2 "stats: stalls 2, which does not count timeout_ms"

# A memory notifier delays each offline by 1 s before the first page is migrated. The module ends
# one try of an offline after 0.75 s without progress (TRY_TIME in kernel/limit.c). It must not
# count the delay, because no page can leave the block during the delay.
insmod /lab/refuse.ko
echo 1000 >/sys/module/refuse/parameters/slow_ms
plugged online_movable
start load /lab/load "$(cat "$DIR/target_node")" 100 1 1
load=$!
echo 5000 >"$PLUG/stall_ms"
try_unplug 60000000
is "$answer" ok "another driver takes 1 s for each block: unplugged"
[ "$us" -ge 5000000 ] && pass "the unplug took $us us" || fail "set-up: the unplug took only $us us"
kill $load
wait $load && pass "the contents of the pages are unchanged" || fail "$(cat /tmp/load)"
finish
