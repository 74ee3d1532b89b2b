#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device in use is unplugged in a guest with little other memory. If the pages in use do not fit
# into other memory, the unplug must fail with ENOMEM before it migrates pages. If that memory is
# used up during the unplug, the unplug must be undone. If there are page tables in the device, the
# unplug must be refused at once, and plug/blockers must name the page. A wrong module would migrate
# pages in vain, call the OOM killer, or never end.
# lab[6.12, long stock; the guest of the debugging kernel gets more RAM, so memory would not run short; make check-long runs the other kernels]: --dax 1G --mem 640M --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
pages_moved() { awk '$1 == "pages_moved" { print $2 }' "$PLUG/stats"; }

# wait_for_line FILE PID: wait until the background process PID has printed a line to FILE, because
# it is ready then
wait_for_line() {
	until [ -s "$1" ]; do
		kill -0 "$2" 2>/dev/null || { fail "set-up: no $1"; finish; }
	done
}

unplugged
plugged online_movable
/lab/load "$node" 850 1 1 >/tmp/load &
pid=$!
wait_for_line /tmp/load $pid
full=$(snap "$DEV") from=$(pages_moved)
is "$(put "$STATE" unplugged)" ENOMEM "the pages do not fit elsewhere: ENOMEM"
same "$full" "$(snap "$DEV")" "nothing has changed"
[ $(($(pages_moved) - from)) -lt 2176 ] && pass "less than 1 in 100 of its pages was migrated" ||
	fail "$(($(pages_moved) - from)) pages were migrated"
grep -q '^last - - nomemory [0-9]* pages in use, room for [0-9]* elsewhere$' "$PLUG/blockers" &&
	pass "blockers has the reason" || { fail "blockers does not have the reason"; sed 's/^/# /' "$PLUG/blockers"; }
daxplug unplug -q "$DEV" 2>/tmp/err
is $? 4 "daxplug: exit 4"
grep -q 'its used memory does not fit elsewhere (ENOMEM); nothing was changed' /tmp/err &&
	pass "daxplug prints the reason" || { fail "daxplug does not print the reason"; sed 's/^/# /' /tmp/err; }
is "$(dmesg | grep -c -E 'Out of memory|oom-kill')" 0 "no process was killed"
kill $pid
wait $pid && pass "the load's memory is unchanged" || fail "$(cat /tmp/load)"
is "$(put "$STATE" unplugged)" ok "with enough memory elsewhere: unplugged"

# A referenced page keeps its block online while the other blocks go offline. Then another process
# uses up the free memory outside the device. The referenced page is part of a huge page, because the
# module does not count references to such a page when it measures the blocks (has_extra_refs() in
# kernel/pages.c). If the module counted this reference, it would try to take this block offline
# first, and the other blocks would stay online.
#
# Enable huge pages, because the kernel does not enable them itself on a machine with so little RAM.
echo always >/sys/kernel/mm/transparent_hugepage/enabled
plugged online_movable
rm /tmp/load
echo 0 >"$PLUG/stall_ms"
/lab/page_user huge "$node" >/tmp/page_user &
page_user=$!
wait_for_line /tmp/page_user $page_user
full=$(snap "$DEV")
case $full in *offline*) fail "set-up: not all of it is online" ;; esac
put "$STATE" unplugged >/tmp/answer &
until [ "$(state)" = inconsistent ]; do :; done
# The OOM killer may kill this load, although the unplug is undone and the device's memory is usable
# again. The load may need memory for the kernel, such as a page table, and the memory of the device
# cannot be used for that. So do not claim that the load survives.
/lab/load any 850 1 1 >/tmp/load &
pid=$!
until [ -s /tmp/answer ]; do :; done
is "$(cat /tmp/answer)" ENOMEM "another process takes the memory meanwhile: ENOMEM"
same "$full" "$(snap "$DEV")" "nothing has changed"
kill $pid $page_user
wait $page_user
echo 20000 >"$PLUG/stall_ms"
unplugged

# A page that cannot be migrated makes the unplug fail at once, also with enough free memory.
plugged online_kernel
/lab/page_user tables "$node" >/tmp/tables &
pid=$!
wait_for_line /tmp/tables $pid
full=$(snap "$DEV")
is "$(put "$STATE" unplugged)" EBUSY "page tables in it: EBUSY"
same "$full" "$(snap "$DEV")" "nothing has changed"
grep -q -E '^last memory[0-9]* 0x[0-9a-f]+ pagetable -$' "$PLUG/blockers" && pass "blockers has a page table" ||
	{ fail "blockers has no page table"; sed 's/^/# /' "$PLUG/blockers"; }
daxplug unplug -q "$DEV" 2>/tmp/err
grep -q 'memory[0-9]* refused to go offline (EBUSY); nothing was changed' /tmp/err &&
	pass "daxplug names a block" || { fail "daxplug names no block"; sed 's/^/# /' /tmp/err; }
kill $pid
wait $pid
unplugged
finish
