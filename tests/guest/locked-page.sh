#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged process keeps a page of the device locked forever, because it reads a file from a
# file server of its own that never answers. The kernel's offline would wait for this page with all
# hotplug locks held, and no signal ends that wait. So the unplug must end before that wait begins:
# after plug/stall_ms, at a signal, or after plug/timeout_ms. With a wrong module the unplug would
# hang, and so would every later switch of a processor.
# lab[6.1 6.12, long 7.3; make check-long runs the other kernels]: --dax 1G:3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
cpu=/sys/devices/system/cpu/cpu1/online
[ -c /dev/fuse ] || /usr/sbin/modprobe fuse
mkdir -p /tmp/served
milliseconds() { echo $(($(microseconds) / 1000)); }
# check_end WHAT WANTED COMMAND...: run COMMAND, which unplugs, and claim that it ends with WANTED
check_end() {
	local what=$1 wanted=$2 answer
	shift 2
	answer=$(within 60 "$@")
	# If the unplug waits for the page with the hotplug locks held, nothing else can be tested.
	[ $? -ne 124 ] || { fail "$what: no end"; finish; }
	is "${answer%% *}" "$wanted" "$what: $wanted"
}

unplugged
empty=$(snap "$DEV")
is "$(put "$PLUG/stall_ms" 2000)" ok "stall_ms: 2000"
plugged online_movable
start silent silent /tmp/served "$node"
server=$!
before=$(snap "$DEV")

begin=$(milliseconds)
check_end "a page that stays locked" ETIMEDOUT put "$STATE" unplugged
took=$(($(milliseconds) - begin))
[ $took -ge 2000 ] && pass "the unplug ended after $took ms, not before stall_ms" || fail "the unplug ended after $took ms, before stall_ms"
same "$before" "$(snap "$DEV")" "nothing has changed"
grep -q -E "^last memory[0-9]+ 0x[0-9a-f]+ locked" "$PLUG/blockers" && pass "blockers has the kind locked" ||
	{ fail "blockers does not have the kind locked"; sed 's/^/# /' "$PLUG/blockers"; }
is "$(awk '$1 == "stalls" { print $2 }' "$PLUG/stats")" 1 "stats: stalls 1"

is "$(put "$PLUG/stall_ms" 0)" ok "stall_ms: 0"
check_end "stall_ms 0, a signal" EINTR interrupt "$STATE" unplugged 1000000
same "$before" "$(snap "$DEV")" "nothing has changed"
echo 1000 >"$PLUG/timeout_ms"
put "$STATE" unplugged >/tmp/answer &
writer=$!
is "$(within 60 put $cpu 0)" ok "a CPU goes offline meanwhile"
is "$(within 60 put $cpu 1)" ok "the CPU comes back online"
wait $writer
is "$(cat /tmp/answer)" ETIMEDOUT "timeout_ms ends the unplug: ETIMEDOUT"

kill $server
wait $server
umount /tmp/served
echo 0 >"$PLUG/timeout_ms"
check_end "the server is gone" ok put "$STATE" unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
finish
