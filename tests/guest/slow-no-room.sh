#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process releases one referenced page of the device each second, so an unplug makes only slow
# progress. If there is enough memory elsewhere, the unplug must continue and succeed. If there is
# not, it must end after plug/stall_ms, because the machine is short of memory as long as the unplug
# runs. If other tasks use up the memory during an unplug, the unplug must end with ENOMEM before it
# tries again to take the current block offline. A wrong module would continue, and the OOM killer
# would be called for the unplug.
# lab[6.12, long stock; the result does not depend on the kernel]: --dax 512M --mem 2G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
node=$(cat "$DIR/target_node")
echo 5000 >"$DIR/plug/stall_ms"

# plug_with_users: plug, and let two processes use 44 MiB of the device. Ten of these pages are
# referenced.
plug_with_users() {
	unplugged
	plugged online_movable
	rm -f /tmp/drip /tmp/load
	/lab/load "$node" 40 1 1 >/tmp/load &
	load=$!
	/lab/page_user drip "$node" 10 >/tmp/drip &
	drip=$!
	until [ -s /tmp/load ] && [ -s /tmp/drip ]; do
		kill -0 $load $drip 2>/dev/null || { fail "set-up: no process uses the device"; finish; }
	done
	full=$(snap "$DEV")
}
# end_users: end the users of the device, and claim that the load's memory has not changed
end_users() {
	kill -KILL $drip
	kill $load
	wait $load && pass "the load's memory is unchanged" || fail "$(cat /tmp/load)"
}
free_mib() { awk '/MemFree/ { print int($4 / 1024) }' /sys/devices/system/node/node0/meminfo; }

plug_with_users
kill -USR1 $drip
is "$(put "$STATE" unplugged)" ok "with enough memory elsewhere, a page each second is progress"
end_users

plug_with_users
# Leave 58 MiB free, which is the 44 MiB in use and 14 MiB more. On a machine of 2 GiB the module
# does not count 16 MiB of the free memory, so for the module the pages in use do not fit. If the kernel
# needs some of the free memory in between, the OOM killer ends the process. So try a few times.
for _ in 1 2 3 4 5; do
	/lab/load 0 $(($(free_mib) - 58)) 1 1 lock >/tmp/hog &
	hog=$!
	until [ -s /tmp/hog ]; do kill -0 $hog 2>/dev/null || break; done
	[ ! -s /tmp/hog ] || break
	wait $hog
done
[ -s /tmp/hog ] || { fail "set-up: no process can use all but 58 MiB"; finish; }
kill -USR1 $drip
answer=$(put "$STATE" unplugged)
# The result is ENOMEM if another process has needed memory by then.
case $answer in
ETIMEDOUT | ENOMEM) pass "without enough memory elsewhere, the unplug ends: $answer" ;;
*) fail "without enough memory elsewhere, the unplug continues: $answer" ;;
esac
same "$full" "$(snap "$DEV")" "nothing has changed"
# After ENOMEM the reason is that too little memory is free. If enough memory is free again when the
# module records the reason, the reason is the referenced page.
page='memory[0-9]+ 0x[0-9a-f]+ held '
nomemory='- - nomemory [0-9]+ pages in use, room for [0-9]+ elsewhere$'
case $answer in
ENOMEM) reason="^last ($page|$nomemory)" ;;
*) reason="^last $page" ;;
esac
grep -q -E "$reason" "$DIR/plug/blockers" && pass "$answer: blockers has the reason: $(grep -E -m 1 "$reason" "$DIR/plug/blockers")" ||
	{ fail "$answer: blockers does not have the reason"; sed 's/^/# /' "$DIR/plug/blockers"; }
# The OOM killer may have killed the hog, because the migrated pages leave almost no free memory.
kill "$hog" 2>/dev/null
wait "$hog"
end_users
is "$(put "$STATE" unplugged)" ok "with enough memory elsewhere: unplugged"

plugged online_movable
# Other tasks may call the OOM killer, which then kills the hog. The unplug must not call it.
oom_calls_of_unplug() { dmesg | grep -cE ' (put|kmem/[^ ]*) invoked oom-killer'; }
killed=$(oom_calls_of_unplug)
echo 60000 >"$DIR/plug/stall_ms"
/lab/load "$node" 430 1 1 >/tmp/load &
load=$!
# The unplug begins with the block of the referenced page, and retries this block for a minute.
/lab/page_user pipe "$node" >/tmp/page_user &
page_user=$!
until [ -s /tmp/load ] && [ -s /tmp/page_user ]; do :; done
full=$(snap "$DEV")
rm -f /tmp/answer
put "$STATE" unplugged >/tmp/answer &
writer=$!
# Meanwhile the other pages of the block are migrated. Wait until most of them are migrated.
migrated() { awk '$1 == "pgmigrate_success" { print $2 }' /proc/vmstat; }
from=$(migrated)
until [ $(($(migrated) - from)) -gt 20000 ] || [ -s /tmp/answer ]; do :; done
/lab/load 0 $(($(free_mib) - 60)) 1 1 lock >/tmp/hog &
hog=$!
end=$(($(awk '{ print int($1) }' /proc/uptime) + 100))
until [ -s /tmp/answer ] || [ "$(awk '{ print int($1) }' /proc/uptime)" -gt $end ]; do :; done
[ -s /tmp/answer ] || kill -INT $writer
wait $writer
is "$(cat /tmp/answer)" ENOMEM "the memory is used up during the unplug: ENOMEM"
same "$full" "$(snap "$DEV")" "nothing has changed"
grep -q '^last - - nomemory [0-9]* pages in use, room for [0-9]* elsewhere$' "$DIR/plug/blockers" &&
	pass "blockers has the reason" || { fail "blockers does not have the reason"; sed 's/^/# /' "$DIR/plug/blockers"; }
is "$(oom_calls_of_unplug)" "$killed" "the OOM killer was not called for the unplug"
kill $hog $page_user $load
wait $load && pass "the load's memory is unchanged" || fail "$(cat /tmp/load)"
finish
