#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process without rights keeps a page locked for ever: it reads a file whose server, a
# process of his, never answers. The kernel waits for such a page with all hotplug
# locks, and no signal ends that. The unplug gives up before it comes to that.
# lab[6.1 6.12, long 7.3; make check-long has the others]: --dax 1G:3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
cpu=/sys/devices/system/cpu/cpu1/online
[ -c /dev/fuse ] || /usr/sbin/modprobe fuse
mkdir -p /tmp/served
milliseconds() { echo $(($(microseconds) / 1000)); }
# ends WHAT WANTED COMMAND...: an unplug that is not to hang
ends() {
	local what=$1 wanted=$2 answer
	shift 2
	answer=$(within 60 "$@")
	# Who waits for that page with the hotplug locks waits for ever, and others for him.
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
ends "a page that stays locked" ETIMEDOUT put "$STATE" unplugged
took=$(($(milliseconds) - begin))
[ $took -ge 2000 ] && pass "after $took ms" || fail "after $took ms already"
same "$before" "$(snap "$DEV")" "nothing has changed"
grep -q -E "^last memory[0-9]+ 0x[0-9a-f]+ locked" "$PLUG/blockers" && pass "blockers says locked" ||
	{ fail "blockers does not say locked"; sed 's/^/# /' "$PLUG/blockers"; }
is "$(awk '$1 == "stalls" { print $2 }' "$PLUG/stats")" 1 "stats: stalls 1"

is "$(put "$PLUG/stall_ms" 0)" ok "stall_ms: 0"
ends "and a signal" EINTR interrupt "$STATE" unplugged 1000000
same "$before" "$(snap "$DEV")" "nothing has changed"
echo 1000 >"$PLUG/timeout_ms"
put "$STATE" unplugged >/tmp/answer &
writer=$!
is "$(within 60 put $cpu 0)" ok "a CPU goes offline meanwhile"
is "$(within 60 put $cpu 1)" ok "and comes back"
wait $writer
is "$(cat /tmp/answer)" ETIMEDOUT "the limit for the whole: ETIMEDOUT"

kill $server
wait $server
umount /tmp/served
echo 0 >"$PLUG/timeout_ms"
ends "the server is gone" ok put "$STATE" unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as it was"
finish
