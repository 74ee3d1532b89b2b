#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Allocations fail in the middle of transactions: each ends whole, state is
# true, and when the faults end the next plug works. What got lost on the way is
# found by kmemleak, what was used after it was freed by KASAN: see lab/init.
# add_pages() of the kernel warns when it could not allocate: that is what is done.
# lab[debug; only there can allocations be made to fail]: --dax 1G:1,1 --allow-warning add_pages --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
all=$(blocks)

# The module's code, by which an allocation is known as its own. The symbols
# end a little before the code does.
start=$(cat /sys/module/kmem/sections/.text)
end=$(awk '$4 == "[kmem]" && $2 ~ /^[tT]$/ { print $1 }' /proc/kallsyms | sort | tail -n 1)
end=$(printf '%x' $((((0x$end >> 12) + 1) << 12)))

# Spared: the kernel's entry of a node that gets its first memory. When that
# cannot be made, the kernel stops itself (add_memory_resource(), BUG_ON).
spared=$(awk '
	found { print spared, $1; exit }
	$3 == "__register_one_node" { spared = $1; found = 1 }' /proc/kallsyms)
[ -n "$spared" ] || { fail "__register_one_node is not in this kernel"; finish; }

# arm DEPTH INTERVAL TASK-FILTER PERCENT: of the allocations that have the module's code
# among their DEPTH innermost callers, every INTERVALth fails, in PERCENT of the cases
arm() {
	for what in failslab fail_page_alloc; do
		f=/sys/kernel/debug/$what
		echo "$1" >$f/stacktrace-depth
		echo "$start" >$f/require-start
		echo "0x$end" >$f/require-end
		echo "0x${spared% *}" >$f/reject-start
		echo "0x${spared#* }" >$f/reject-end
		echo "$2" >$f/interval
		echo "$3" >$f/task-filter
		echo 0 >$f/verbose
		echo 0 >$f/space
		echo N >$f/ignore-gfp-wait
		[ ! -e $f/min-order ] || echo 0 >$f/min-order
		[ ! -e $f/ignore-gfp-highmem ] || echo N >$f/ignore-gfp-highmem
		echo 1000000 >$f/times
		echo "$4" >$f/probability
	done
}
# injected FILE: how many of that kind failed since arm
injected() { echo $((1000000 - $(cat /sys/kernel/debug/"$1"/times))); }
disarm() {
	for what in failslab fail_page_alloc; do
		echo 0 >/sys/kernel/debug/$what/probability
	done
	slab=$(injected failslab) pages=$(injected fail_page_alloc)
}
# hit WHAT: were there any?
hit() {
	[ $((slab + pages)) -gt 0 ] && pass "$1: $slab slab and $pages page allocations were made to fail" ||
		fail "$1: no allocation was made to fail"
}
works() {
	is "$(put "$STATE" online_movable)" ok "$1: the next plug works"
	is "$(state)" online_movable "$1: and is whole"
	is "$(put "$STATE" unplugged)" ok "$1: and the next unplug"
	same "$empty" "$(snap "$DEV")" "$1: and all is as before"
}

[ -d /sys/kernel/debug/failslab ] || { fail "no fault injection in this kernel"; finish; }
unplugged
plugged online_movable
unplugged
empty=$(snap "$DEV")

# The module's own: what it asks for itself, or a function for it that it
# calls, in the writer's task and in the module's thread. At most one of a transaction,
# so that the way back has what it needs: then it must lead back.
arm 8 1 Y 20
# shellcheck disable=SC2086 # one word each
answers=$(faulty "$DEV" 600 $all)
status=$?
disarm
echo "$answers" | sed '$!d;s/^/# /'
is $status 0 "own allocations, 1 in 5: 600 transactions, each whole, each state true"
[ $status = 0 ] || echo "$answers" | head -n 20
failures=$(echo "$answers" | sed -n 's/^answers:.* failed=\([0-9]*\) .*/\1/p')
[ "${failures:-0}" -ge 100 ] && pass "own allocations: $failures were made to fail" ||
	fail "own allocations: $failures were made to fail"
# EEXIST is what the kernel says when it cannot enter the memory in its list of resources.
case $answers in
*ENOMEM=* | *EEXIST=*) pass "own allocations: and some transactions were refused for it" ;;
*) fail "own allocations: no transaction was refused for it" ;;
esac
[ "$(state)" = unplugged ] || unplugged
works "own allocations"

# Whatever is allocated below it, on the way there and on the way back: the
# kernel's own records of a block, page tables, the pages that data moves to. The
# way back may be barred then: inconsistent, if that is the truth, and mended.
arm 32 50 N 2
# shellcheck disable=SC2086 # one word each
answers=$(faulty "$DEV" 400 $all)
disarm
echo "$answers" | sed '$!d;s/^/# /'
is "$(echo "$answers" | tail -n 1 | sed 's/.*untrue=\([0-9]*\).*/\1/')" 0 \
	"all allocations below: 400 transactions, each state true"
hit "all allocations below"
[ "$(state)" = unplugged ] || unplugged
works "all allocations below"

# Bind and unbind: a bind that fails leaves the device unbound and nothing else.
arm 16 1 N 2
driver=/sys/bus/dax/drivers/kmem
good=0 refused=0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
	21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
	[ ! -e $driver/"$DEV" ] || echo "$DEV" >$driver/unbind
	if echo "$DEV" >$driver/bind; then good=$((good + 1)); else refused=$((refused + 1)); fi
done 2>/dev/null
disarm
echo "# 40 binds: $good bound, $refused refused"
hit "bind and unbind"
[ -e $driver/"$DEV" ] || echo "$DEV" >$driver/bind
[ "$(state)" = unplugged ] || unplugged
works "bind and unbind"
finish
