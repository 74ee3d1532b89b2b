#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's fault injection makes memory allocations fail in the middle of plugs, unplugs and
# binds. Each transaction must be complete or undone, `state` must agree with the blocks, and the
# next plug must work when the faults have ended. A wrong module would leave the device half
# changed, or would lose memory or use it after it was freed. kmemleak and KASAN report the last
# two. The guest allows the warning of add_pages(), because the kernel warns if its own allocation
# fails there.
# lab[debug; only the debugging kernel can make allocations fail]: --dax 1G:1,1 --allow-warning add_pages --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
all=$(blocks)

# The fault injection recognizes the module's allocations by the address range of the module's
# code. The last symbol begins a little before the end of the code, so round its address up.
start=$(cat /sys/module/kmem/sections/.text)
end=$(awk '$4 == "[kmem]" && $2 ~ /^[tT]$/ { print $1 }' /proc/kallsyms | sort | tail -n 1)
end=$(printf '%x' $((((0x$end >> 12) + 1) << 12)))

# The kernel calls __register_one_node() when a node gets its first memory. If that call fails,
# add_memory_resource() ends in a BUG_ON(). So inject no failure below this function.
spared=$(awk '
	found { print spared, $1; exit }
	$3 == "__register_one_node" { spared = $1; found = 1 }' /proc/kallsyms)
[ -n "$spared" ] || { fail "__register_one_node is not in this kernel"; finish; }

# arm DEPTH INTERVAL TASK-FILTER PERCENT: start to inject failures. Only allocations that have the
# module's code among their DEPTH innermost callers can fail. Of these, every INTERVALth fails with
# a probability of PERCENT. With TASK-FILTER Y, only allocations of chosen tasks can fail.
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
# injected failslab|fail_page_alloc: print the number of injected failures of this kind since `arm`
injected() { echo $((1000000 - $(cat /sys/kernel/debug/"$1"/times))); }
disarm() {
	for what in failslab fail_page_alloc; do
		echo 0 >/sys/kernel/debug/$what/probability
	done
	slab=$(injected failslab) pages=$(injected fail_page_alloc)
}
# check_failures WHAT: claim that allocations failed
check_failures() {
	[ $((slab + pages)) -gt 0 ] && pass "$1: $slab slab and $pages page allocations were made to fail" ||
		fail "$1: no allocation was made to fail"
}
check_next_cycle() {
	is "$(put "$STATE" online_movable)" ok "$1: the next plug works"
	is "$(state)" online_movable "$1: the plug is complete"
	is "$(put "$STATE" unplugged)" ok "$1: the next unplug works"
	same "$empty" "$(snap "$DEV")" "$1: all is as before"
}

[ -d /sys/kernel/debug/failslab ] || { fail "no fault injection in this kernel"; finish; }
unplugged
plugged online_movable
unplugged
empty=$(snap "$DEV")

# First, inject failures only near the module. An allocation can fail if the module's code is among
# its 8 innermost callers, and if it is made by the writer's task or by the module's thread. At most
# one allocation of a transaction fails, so the undo has the memory that it needs and must succeed.
arm 8 1 Y 20
# shellcheck disable=SC2086 # one word each
answers=$(faulty "$DEV" 600 $all)
status=$?
disarm
echo "$answers" | sed '$!d;s/^/# /'
is $status 0 "own allocations, 1 in 5: 600 transactions, each complete or undone, and state agrees with the blocks"
[ $status = 0 ] || echo "$answers" | head -n 20
failures=$(echo "$answers" | sed -n 's/^answers:.* failed=\([0-9]*\) .*/\1/p')
[ "${failures:-0}" -ge 100 ] && pass "own allocations: $failures were made to fail" ||
	fail "own allocations: $failures were made to fail"
# The kernel returns EEXIST if it cannot insert the memory into its resource tree.
case $answers in
*ENOMEM=* | *EEXIST=*) pass "own allocations: some transactions failed because of it" ;;
*) fail "own allocations: no transaction failed because of it" ;;
esac
[ "$(state)" = unplugged ] || unplugged
check_next_cycle "own allocations"

# Then let any allocation below the module's code fail, also during an undo. These are the kernel's
# data about a block, page tables, and target pages of migrations. If the undo fails, too, `state`
# must read "inconsistent". When the faults have ended, an unplug must work again.
arm 32 50 N 2
# shellcheck disable=SC2086 # one word each
answers=$(faulty "$DEV" 400 $all)
disarm
echo "$answers" | sed '$!d;s/^/# /'
is "$(echo "$answers" | tail -n 1 | sed 's/.*wrong_states=\([0-9]*\).*/\1/')" 0 \
	"all allocations below: 400 transactions, and state agrees with the blocks"
check_failures "all allocations below"
[ "$(state)" = unplugged ] || unplugged
check_next_cycle "all allocations below"

# Last, let allocations fail during binds and unbinds. A bind may fail. When the faults have ended,
# the device must work as before.
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
check_failures "bind and unbind"
[ -e $driver/"$DEV" ] || echo "$DEV" >$driver/bind
[ "$(state)" = unplugged ] || unplugged
check_next_cycle "bind and unbind"
finish
