#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged process (the outsider) references a page of a block that has just come online.
# Then this block has to go offline again: in the undo of a plug, in a repair, or in a plug on a
# node without memory, where this block is needed only until the requested first block is online.
# The write must end within plug/stall_ms and 5 s of the guest's time, `state` must read
# "inconsistent", and the log and plug/blockers must name the block and the page. With a wrong
# module the undo would wait for the page without end, and all hotplug operations would wait for it.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --icount --cpus 2 --dax 1G:3,2 --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
insmod /lab/refuse.ko
refuse=/sys/module/refuse/parameters
all=$(blocks)
first=$(blocks | head -n 1)
second=$(blocks | sed -n 2p)
last=$(blocks | tail -n 1)
cpu=/sys/devices/system/cpu/cpu1/online
stall=1000
milliseconds() { echo $(($(microseconds) / 1000)); }

# wait_until_held: wait until refuse.ko's memory notifier delays the online of the block that the
# parameter hold_online names
wait_until_held() {
	until [ "$(cat $refuse/waiting)" = 1 ]; do
		kill -0 $writer 2>/dev/null || { fail "set-up: no block is held: $(cat /tmp/answer)"; finish; }
	done
}
# use_page: let user 65534 reference a page of the device's node
use_page() {
	start page_user page_user outsider "$node"
	page_user=$!
	pfn=$(cat /tmp/page_user)
	block=$(block_of_frame "$pfn") || { fail "set-up: page $pfn is not in the device"; finish; }
}
release_page() {
	kill $page_user
	wait $page_user
}
# online_blocks BLOCK...: print those blocks that are online
online_blocks() {
	for b; do
		[ "$(cat "$MEMORY/memory$b/state" 2>/dev/null)" != online ] || echo "$b"
	done
}
# check_end WHAT MS: claim that the writer ends within MS. If it does not end within twice that
# time, the test ends.
check_end() {
	until ! kill -0 $writer 2>/dev/null; do
		[ $(($(milliseconds) - begin)) -lt $((2 * $2)) ] || { fail "$1: no end"; finish; }
	done
	took=$(($(milliseconds) - begin))
	[ $took -le "$2" ] && pass "$1: within $2 ms: $took" || fail "$1: took $took ms, not $2"
}
check_named() {
	dmesg | sed "1,/$1/d" | grep -q "kmem: $DEV: undo: offline of memory$block failed: -ETIMEDOUT" &&
		pass "$2: the log names memory$block" || { fail "$2: the log does not name memory$block"; dmesg | sed "1,/$1/d" | sed 's/^/# /'; }
	grep -q "memory$block $pfn held" "$PLUG/blockers" && pass "$2: blockers names page $pfn" ||
		{ fail "$2: blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
}

unplugged
empty=$(snap "$DEV")
is "$(put "$PLUG/stall_ms" $stall)" ok "stall_ms: $stall"

# start_failing_plug TYPE BLOCK: start a plug that waits at BLOCK. Let the outsider reference a page
# of a block that is already online. Then let the plug continue, so that the online of BLOCK is
# vetoed and the undo meets the referenced page.
start_failing_plug() {
	echo "$2" >$refuse/hold_online
	echo "$2" >$refuse/online
	put "$STATE" "$1" >/tmp/answer &
	writer=$!
	wait_until_held
	use_page
	begin=$(milliseconds)
	echo -1 >$refuse/hold_online
}

mark the-plug
# The second block of the device goes online last.
start_failing_plug online_movable "$second"
check_end "the undo of a plug" $((stall + 5000))
is "$(cat /tmp/answer)" EBUSY "the write returns the errno of the veto"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(actual_state online_movable $all)" inconsistent "the blocks are inconsistent"
check_named the-plug "plug"
# shellcheck disable=SC2086 # one word each
is "$(online_blocks $all)" "$block" "all other blocks are removed or offline"
echo -1 >$refuse/online
is "$(put "$STATE" online_movable)" ok "repaired while the page is still referenced"
is "$(state)" online_movable "online_movable"
release_page
is "$(put "$STATE" unplugged)" ok "the page is released: unplugged"
same "$empty" "$(snap "$DEV")" "all is as before"

# Do the same again. During the undo the writer is killed, and a CPU goes offline and comes back
# online.
echo 0 >$refuse/refused
start_failing_plug online_movable "$second"
until [ "$(cat $refuse/refused)" -gt 0 ]; do
	kill -0 $writer 2>/dev/null || { fail "set-up: no veto: $(cat /tmp/answer)"; finish; }
done
kill -KILL $writer
# Also send a signal to the module's thread, as root could. It must not end a step of the undo.
for comm in /proc/[0-9]*/comm; do
	grep -q -x "kmem/$DEV" "$comm" && thread=$(basename "$(dirname "$comm")")
done
mark the-signals
kill -INT "$thread" && pass "a signal to the thread" || fail "set-up: there is no thread kmem/$DEV"
is "$(within 60 put $cpu 0)" ok "a CPU goes offline meanwhile"
cpu_took=$(($(milliseconds) - begin))
is "$(within 60 put $cpu 1)" ok "the CPU comes back online"
[ $cpu_took -le $((stall + 5000)) ] && pass "the CPU went offline within $cpu_took ms" || fail "the CPU took $cpu_took ms to go offline"
check_end "a writer that is killed meanwhile" $((stall + 5000))
is "$(state)" inconsistent "inconsistent"
check_named the-signals "a writer that is killed meanwhile"
# shellcheck disable=SC2086 # one word each
is "$(online_blocks $all)" "$block" "all other blocks are removed or offline"
release_page
echo -1 >$refuse/online
is "$(put "$STATE" unplugged)" ok "the page is released: unplugged without a repair"
same "$empty" "$(snap "$DEV")" "all is as before"

# If a node has no memory, the module first brings another block online in ZONE_MOVABLE, then the
# first block as requested. Then it takes the other block offline again, which a referenced page
# prevents here. The plug and its undo may each wait for stall_ms.
echo "$first" >$refuse/hold_online
put "$STATE" online_kernel >/tmp/answer &
writer=$!
wait_until_held
use_page
[ "$block" != "$first" ] && pass "memory$block came before memory$first" || fail "set-up: no other block came first"
mark the-starter
begin=$(milliseconds)
echo -1 >$refuse/hold_online
check_end "a node's first block" $((2 * stall + 5000))
is "$(cat /tmp/answer)" ETIMEDOUT "the write returns ETIMEDOUT"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(actual_state online_kernel $all)" inconsistent "the blocks are inconsistent"
check_named the-starter "first block"
release_page
unplugged
same "$empty" "$(snap "$DEV")" "all is as before"

# A repair must take a block in the wrong zone offline, and a referenced page prevents that. This
# part is the last one, because it leaves memory online outside ZONE_MOVABLE, and the kernel may put
# pages of its own there.
echo off >"$PLUG/guard"
plugged online_kernel
echo offline >"$MEMORY"/memory"$last"/state
echo online_movable >"$MEMORY"/memory"$last"/state
is "$(state)" inconsistent "memory$last is in the wrong zone"
before=$(snap "$DEV")
use_page
is "$block" "$last" "the page is in memory$last"
mark the-repair
begin=$(milliseconds)
put "$STATE" online_kernel >/tmp/answer &
writer=$!
check_end "a repair" $((stall + 5000))
is "$(cat /tmp/answer)" ETIMEDOUT "the write returns ETIMEDOUT"
is "$(state)" inconsistent "still inconsistent"
same "$before" "$(snap "$DEV")" "nothing has changed"
dmesg | sed "1,/the-repair/d" | grep -q "offline of memory$block.*ETIMEDOUT" && pass "the log names memory$block" ||
	{ fail "the log does not name memory$block"; dmesg | sed 1,/the-repair/d | sed 's/^/# /'; }
grep -q "memory$block $pfn held" "$PLUG/blockers" && pass "blockers names page $pfn" ||
	{ fail "blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
release_page
is "$(put "$STATE" online_kernel)" ok "the page is released: repaired"
is "$(state)" online_kernel "online_kernel"
finish
