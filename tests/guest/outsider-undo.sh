#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process without rights holds a page of a block that has just come online, and
# the switch that brought the block online fails: the undo of a plug, a repair, a
# node's first block. Each ends within plug/stall_ms and 5 s of the guest's own time.
# lab[7.3, long 6.1 6.12; make check-long has the others]: --icount --cpus 2 --dax 1G:3,2 --own-nodes --cmdline memhp_default_state=offline
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

# until_held: the switch of the block in refuse/hold waits in a memory notifier
until_held() {
	until [ "$(cat $refuse/held)" = 1 ]; do
		kill -0 $writer 2>/dev/null || { fail "set-up: no block is held: $(cat /tmp/answer)"; finish; }
	done
}
# hold_page: uid 65534 takes a page of the device's node
hold_page() {
	start holder holder outsider "$node"
	holder=$!
	pfn=$(cat /tmp/holder)
	block=$(held_block "$pfn") || { fail "set-up: page $pfn is in another's memory"; finish; }
}
let_go() {
	kill $holder
	wait $holder
}
# on BLOCK...: which of them are online
on() {
	for b; do
		[ "$(cat "$MEMORY/memory$b/state" 2>/dev/null)" != online ] || echo "$b"
	done
}
# ends WHAT MS: the writer's end, which is the test's if it does not come in twice
# the bound.
ends() {
	until ! kill -0 $writer 2>/dev/null; do
		[ $(($(milliseconds) - begin)) -lt $((2 * $2)) ] || { fail "$1: no end"; finish; }
	done
	took=$(($(milliseconds) - begin))
	[ $took -le "$2" ] && pass "$1: within $2 ms: $took" || fail "$1: took $took ms, not $2"
}
named() {
	dmesg | sed "1,/$1/d" | grep -q "kmem: $DEV: undo: offline of memory$block failed: -ETIMEDOUT" &&
		pass "$2: the log names memory$block" || { fail "$2: the log does not name memory$block"; dmesg | sed "1,/$1/d" | sed 's/^/# /'; }
	grep -q "memory$block $pfn held" "$PLUG/blockers" && pass "$2: blockers names page $pfn" ||
		{ fail "$2: blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
}

unplugged
empty=$(snap "$DEV")
is "$(put "$PLUG/stall_ms" $stall)" ok "stall_ms: $stall"

# plug_held TYPE BLOCK: a plug that waits at BLOCK, which it will be refused, with a
# page of an earlier block held.
plug_held() {
	echo "$2" >$refuse/hold
	echo "$2" >$refuse/online
	put "$STATE" "$1" >/tmp/answer &
	writer=$!
	until_held
	hold_page
	begin=$(milliseconds)
	echo -1 >$refuse/hold
}

mark the-plug
# The second block goes online last.
plug_held online_movable "$second"
ends "the undo of a plug" $((stall + 5000))
is "$(cat /tmp/answer)" EBUSY "it answers what the block was refused with"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(truth online_movable $all)" inconsistent "and so it is"
named the-plug "plug"
# shellcheck disable=SC2086 # one word each
is "$(on $all)" "$block" "all other blocks of it are gone or offline"
echo -1 >$refuse/online
is "$(put "$STATE" online_movable)" ok "repaired with the page still held"
is "$(state)" online_movable "online_movable"
let_go
is "$(put "$STATE" unplugged)" ok "let go: unplugged"
same "$empty" "$(snap "$DEV")" "all is as before"

# The same again, and the writer is killed meanwhile, and a CPU goes and comes.
plug_held online_movable "$second"
until [ "$(cat $refuse/refused)" -gt 0 ]; do :; done
echo 0 >$refuse/refused
kill -KILL $writer
# A signal that root sends the thread itself ends no step of an undo.
for comm in /proc/[0-9]*/comm; do
	grep -q -x "kmem/$DEV" "$comm" && thread=$(basename "$(dirname "$comm")")
done
mark the-signals
kill -INT "$thread" && pass "a signal to the thread" || fail "set-up: there is no thread kmem/$DEV"
is "$(within 60 put $cpu 0)" ok "a CPU goes offline meanwhile"
cpu_took=$(($(milliseconds) - begin))
is "$(within 60 put $cpu 1)" ok "and comes back"
[ $cpu_took -le $((stall + 5000)) ] && pass "within $cpu_took ms" || fail "that took $cpu_took ms"
ends "a writer that is killed meanwhile" $((stall + 5000))
is "$(state)" inconsistent "inconsistent"
named the-signals "a writer that is killed meanwhile"
# shellcheck disable=SC2086 # one word each
is "$(on $all)" "$block" "all other blocks of it are gone or offline"
let_go
echo -1 >$refuse/online
is "$(put "$STATE" unplugged)" ok "let go: unplugged without a repair"
same "$empty" "$(snap "$DEV")" "all is as before"

# The first block of a node that has no memory is brought online behind another, which
# is movable and goes offline again: not with a page held. Once of the plug itself and
# once in its undo is how often the module may wait for it.
echo "$first" >$refuse/hold
put "$STATE" online_kernel >/tmp/answer &
writer=$!
until_held
hold_page
[ "$block" != "$first" ] && pass "memory$block came before memory$first" || fail "set-up: no other block came first"
mark the-starter
begin=$(milliseconds)
echo -1 >$refuse/hold
ends "a node's first block" $((2 * stall + 5000))
is "$(cat /tmp/answer)" ETIMEDOUT "it answers ETIMEDOUT"
is "$(state)" inconsistent "inconsistent"
# shellcheck disable=SC2086 # one word each
is "$(truth online_kernel $all)" inconsistent "and so it is"
named the-starter "first block"
let_go
unplugged
same "$empty" "$(snap "$DEV")" "all is as before"

# A repair: a block in the wrong zone, which a held page keeps there. It comes last: the
# kernel may keep pages of its own in the memory that it leaves online.
echo off >"$PLUG/guard"
plugged online_kernel
echo offline >"$MEMORY"/memory"$last"/state
echo online_movable >"$MEMORY"/memory"$last"/state
is "$(state)" inconsistent "memory$last is in the wrong zone"
before=$(snap "$DEV")
hold_page
is "$block" "$last" "the page is in memory$last"
mark the-repair
begin=$(milliseconds)
put "$STATE" online_kernel >/tmp/answer &
writer=$!
ends "a repair" $((stall + 5000))
is "$(cat /tmp/answer)" ETIMEDOUT "it answers ETIMEDOUT"
is "$(state)" inconsistent "still inconsistent"
same "$before" "$(snap "$DEV")" "nothing has changed"
dmesg | sed "1,/the-repair/d" | grep -q "offline of memory$block.*ETIMEDOUT" && pass "the log names memory$block" ||
	{ fail "the log does not name memory$block"; dmesg | sed 1,/the-repair/d | sed 's/^/# /'; }
grep -q "memory$block $pfn held" "$PLUG/blockers" && pass "blockers names page $pfn" ||
	{ fail "blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
let_go
is "$(put "$STATE" online_kernel)" ok "let go: repaired"
is "$(state)" online_kernel "online_kernel"
finish
