#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# First invalid words are written to `state`, some of them longer than a page. Then 64 processes
# write valid and invalid words for 20 seconds at once. Each write must return with "ok" or an
# expected errno, the kernel must log no warning, and at the end `state` and the blocks must agree
# with the last accepted write. A wrong module would hang, or would report changes that do not
# follow from one another.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 2G:4,3,2 --own-nodes --cmdline "memhp_default_state=offline log_buf_len=1M"
. /lab/lib.sh
unplugged
before=$(snap "$DEV")

is "$(put "$STATE" online_movable 4096)" EINVAL "a word and NULs up to a page"
is "$(put "$STATE" online_movable 4097)" EINVAL "a word and NULs past a page"
is "$(put "$STATE" online_movable 100000)" EINVAL "a word and NULs up to 100000 bytes"
is "$(put "$STATE" online_movable 15)" EINVAL "a word and one NUL"
is "$(put "$STATE" online 3)" EINVAL "half a word"
is "$(put "$DIR/hotplug" online 8192)" EINVAL "hotplug: past a page"
dd if=/dev/zero of="$STATE" bs=64k count=1 2>/dev/null && fail "64 KiB of NULs are accepted" ||
	pass "64 KiB of NULs are refused"
same "$before" "$(snap "$DEV")" "none of these writes changed anything"

# uevents arrive in the order of the changes. So the last uevent has the state that was accepted
# last.
udevadm monitor --kernel --property --subsystem-match=dax >/tmp/uevents 2>/dev/null &
monitor=$!
until grep -q SYNTH_UUID=0 /tmp/uevents; do
	echo change >"$DIR/uevent"
done
mark sixty-four-writers
answers=$(hammer "$STATE" 20 64 online_movable unplugged online_kernel online bogus \
	"online_movable
")
is $? 0 "64 writers for 20 s: every write returned: $answers"
case $answers in
*ok=*) pass "some writes were accepted" ;;
*) fail "no write was accepted" ;;
esac
other_results=$(echo "$answers" | tr ' ' '\n' | grep -v -E '^(ok|EBUSY|EINVAL)=' | tr -d '\n')
is "$other_results" '' "no other result than ok, EBUSY, EINVAL"
is "$(warnings_since sixty-four-writers)" '' "no kernel message of level warning or worse"

# Make one more change. When its uevent has arrived, all earlier uevents have arrived, too.
from=$(state)
case $from in
unplugged) plugged online_movable ;;
*) unplugged ;;
esac
until [ "$(grep '^DAX_STATE=' /tmp/uevents | tail -n 1)" = "DAX_STATE=$(state)" ] &&
	[ "$(grep '^DAX_STATE_PREV=' /tmp/uevents | tail -n 1)" = "DAX_STATE_PREV=$from" ]; do :; done
kill $monitor
last=$(grep '^DAX_STATE=' /tmp/uevents | tail -n 2 | head -n 1)
is "$last" "DAX_STATE=$from" "the state at the end is the one last accepted"
changes=$(grep -c '^DAX_STATE=' /tmp/uevents)
is "$(awk -F= '$1 == "DAX_STATE" { s = $2 } $1 == "DAX_STATE_PREV" { if (prev != "" && $2 != prev) bad++; prev = s } END { print bad + 0 }' /tmp/uevents)" \
	0 "each of the $changes changes began where the one before ended"
[ "$from" = unplugged ] && unplugged || plugged "$from"

# Compare `state` with the blocks.
case $(state) in
unplugged | online | online_kernel | online_movable) pass "complete at the end: $(state)" ;;
*) fail "at the end: $(state)" ;;
esac
online=0
for b in $(blocks); do
	[ "$(cat "$MEMORY"/memory"$b"/state 2>/dev/null)" = online ] && online=$((online + 1))
done
case $(state) in
unplugged) is $online 0 "none of its blocks is online" ;;
*) is $online 9 "all of its blocks are online" ;;
esac
unplugged
same "$before" "$(snap "$DEV")" "unplugged, all is as before"
finish
