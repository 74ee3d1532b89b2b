#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Pages of the device are reported as failed (memory errors), and the device is unplugged and
# plugged, unbound and bound. After each step plug/poison must list the failed pages, the kernel
# must count them (HardwareCorrupted), and no process may get one of these page frames. A vetoed
# unplug must still be undone. A wrong module would forget a failed page when the memory is removed,
# and the kernel would later allocate it.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 1G:3,1,2 --own-nodes --cmdline memhp_default_state=offline
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 512M:2,1 --mem 1G --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
driver=/sys/bus/dax/drivers/kmem
refuse=/sys/module/refuse/parameters
per_block=$((BLOCK_SIZE / 4096))
all=$(blocks)
first=$(blocks | head -n 1)
last=$(blocks | tail -n 1)
mib=$(($(echo "$all" | wc -l) * (BLOCK_SIZE >> 20)))
insmod /lab/refuse.ko
/usr/sbin/modprobe hwpoison-inject
inject=/sys/kernel/debug/hwpoison/corrupt-pfn
[ -e $inject ] || { fail "set-up: no hwpoison-inject"; finish; }

corrupted() { meminfo HardwareCorrupted; }
# fail_page BLOCK PAGE: report this page of the block as failed
fail_page() {
	pfn=$(printf '0x%x' $(($1 * per_block + $2)))
	frames="$frames $pfn"
	echo "$pfn" >$inject || fail "set-up: $pfn does not fail"
}
expected_list() {
	local frame
	for frame in $frames; do
		echo "memory$((frame / per_block)) $frame"
	done | sort
}
# check_not_allocated WHAT: allocate almost all memory of the device, and claim that the kernel
# allocates page frames of the blocks with failed pages, but none of the failed frames
check_not_allocated() {
	# shellcheck disable=SC2046,SC2086 # words
	set -- "$1" $(seeker "$node" "$mib" once $frames)
	[ "$2" -gt 1000 ] && pass "$1: the kernel allocated $2 page frames of these blocks" ||
		fail "$1: set-up: the kernel allocated only $2 frames of these blocks"
	is "$3" 0 "$1: none of them has failed"
}
# check_replug WORD WHAT: plug the unplugged device, and claim that the blocks, HardwareCorrupted
# and plug/poison are as they were before the unplug
check_replug() {
	is "$(put "$STATE" "$1")" ok "$2: plug as $1"
	same "$full" "$(snap "$DEV")" "$2: every block is as before"
	is "$(corrupted)" "$kib" "$2: HardwareCorrupted is as before"
	is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "$2: plug/poison lists them"
}
unplugged
empty=$(snap "$DEV")
plugged online_movable
full=$(snap "$DEV")
is "$(corrupted)" 0 "no page has failed yet"
is "$(cat "$PLUG/poison" 2>&1)" '' "plug/poison is empty"
is "$(stat -c %a "$PLUG/poison" 2>&1)" 600 "plug/poison has mode 0600"
is "$(grep '^poisoned ' "$PLUG/blocks")" 'poisoned 0' "plug/blocks: poisoned 0"

# One page in the second block has failed. An unplug that is vetoed at any block must be undone.
frames=''
middle=$(blocks | sed -n 2p)
fail_page "$middle" 5000
kib=$(corrupted)
is "$kib" 4 "one page has failed"
is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "plug/poison lists it"
grep -q "^now memory$middle $pfn poisoned -$" "$PLUG/blockers" && pass "blockers names it" ||
	{ fail "blockers does not name it"; sed 's/^/# /' "$PLUG/blockers"; }
is "$(grep '^poisoned ' "$PLUG/blocks")" 'poisoned 1' "plug/blocks: poisoned 1"
for b in $all; do
	echo "$b" >$refuse/offline
	is "$(put "$STATE" unplugged)" EBUSY "memory$b is vetoed: EBUSY"
	same "$full" "$(snap "$DEV")" "memory$b is vetoed: as before"
	is "$(corrupted)" "$kib" "memory$b is vetoed: HardwareCorrupted is as before"
	[ "$(state)" = online_movable ] || break
done
echo -1 >$refuse/offline
is "$(state)" online_movable "online_movable"
check_not_allocated "poisoned while plugged"

# Unplug and plug. Then do the same while a process allocates and frees memory all the time.
unplugged
same "$empty" "$(snap "$DEV")" "unplugged with a failed page: no memory is left"
is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "plug/poison lists it while the device is unplugged"
check_replug online_movable "unplug, plug"
check_not_allocated "unplug, plug"
# Let a page fail while a process uses it.
taken=$( (spoil "$node"; :) 2>/dev/null)
frames="$frames $taken"
taken=$((taken / per_block))
echo "$all" | grep -q -x $taken || fail "set-up: spoil got memory$taken"
kib=$(corrupted)
is "$kib" 8 "a page in use has failed"
unplugged
# shellcheck disable=SC2086 # one word each
seeker "$node" "$mib" loop $frames >/tmp/seeker &
seeker=$!
for i in $(seq "$(scaled_count 5)"); do
	check_replug online_movable "plug $i beside an allocator"
	until [ "$(put "$STATE" unplugged)" = ok ]; do :; done
done
check_replug online_movable "plug beside an allocator"
until grep -q found /tmp/seeker; do
	kill -0 $seeker || { fail "set-up: seeker"; finish; }
done
kill $seeker
wait $seeker
# shellcheck disable=SC2046 # two words
set -- $(tail -n 1 /tmp/seeker)
allocated=$1 failed_allocated=$2
pass "beside an allocator: it got $allocated page frames of these blocks"
is "$failed_allocated" 0 "beside an allocator: none of them has failed"

# Unbind and bind the driver, with the memory plugged and unplugged.
echo "$DEV" >$driver/unbind
echo "$DEV" >$driver/bind
is "$(state)" online_movable "unbind, bind while plugged: adopted"
is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "unbind, bind while plugged: plug/poison lists them"
is "$(corrupted)" "$kib" "unbind, bind while plugged: HardwareCorrupted is as before"
unplugged
echo "$DEV" >$driver/unbind
echo "$DEV" >$driver/bind
unplugged
check_replug online_movable "unplug, unbind, bind, plug"
check_not_allocated "unplug, unbind, bind, plug"

# Another program brings the blocks online one by one. There are more failed pages than the kernel
# can queue at a time. The module retires them later, in a worker, so wait for that, for at most 60
# s.
i=0
while [ $i -lt 20 ]; do
	fail_page "$middle" $((5100 + 8 * i))
	i=$((i + 1))
done
kib=$(corrupted)
unplugged
echo "$DEV" >$driver/unbind
echo "$DEV" >$driver/bind
is "$(state)" offline "unbind, bind: offline"
for b in $all; do
	echo online_movable >"$MEMORY"/memory"$b"/state
done
is "$(state)" online_movable "another program brings it online"
end=$(($(microseconds) + 60000000))
until [ "$(corrupted)" = "$kib" ] || [ "$(microseconds)" -gt $end ]; do :; done
is "$(corrupted)" "$kib" "another program brings it online: HardwareCorrupted is as before"
check_not_allocated "another program brings it online"
unplugged
check_replug online_movable "plugged by a write to state"

# Blocks with failed pages go offline last. If one of these blocks is offline and the next one is
# vetoed, the undo must bring the first one back online. The module chooses the order of the blocks,
# so try all pairs. In pairs with the other order there is no veto, and the unplug succeeds.
before=$kib
for b in $first $last; do
	fail_page "$b" 7000
done
kib=$(corrupted)
is "$kib" $((before + 8)) "two more have failed"
poisoned=$(for pfn in $frames; do echo $((pfn / per_block)); done | sort -u)
is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "plug/poison lists them"
is "$(grep '^poisoned ' "$PLUG/blocks")" "poisoned $(echo "$poisoned" | wc -l)" "plug/blocks counts their blocks"
undone=0
for gone in $poisoned; do
	for b in $poisoned; do
		[ "$b" != "$gone" ] || continue
		echo "$gone" >$refuse/after
		echo "$b" >$refuse/offline
		answer=$(put "$STATE" unplugged)
		echo -1 >$refuse/offline
		echo -1 >$refuse/after
		case $answer in
		ok) check_replug online_movable "memory$gone goes offline after memory$b" ;;
		EBUSY)
			undone=$((undone + 1))
			same "$full" "$(snap "$DEV")" "memory$b is vetoed, memory$gone comes back online: as before"
			is "$(corrupted)" "$kib" "memory$gone comes back online: HardwareCorrupted is as before"
			;;
		*) fail "memory$b is vetoed when memory$gone is offline: $answer" ;;
		esac
		[ "$(state)" = online_movable ] || { fail "memory$gone does not come back online: $(state)"; break 2; }
	done
done
[ $undone -gt 0 ] && pass "$undone undos brought back a block with a failed page" || fail "no undo brought back a block with a failed page"
check_not_allocated "after an undo"

# A write of "forget" discards the list.
unplugged
is "$(put "$PLUG/poison" remember)" EINVAL "another word: EINVAL"
is "$(put "$PLUG/poison" '')" ok "an empty write changes nothing"
is "$(sort "$PLUG/poison" 2>&1)" "$(expected_list)" "plug/poison still lists them"
is "$(put "$PLUG/poison" forget)" ok "a write of forget succeeds"
is "$(cat "$PLUG/poison" 2>&1)" '' "plug/poison is empty"
plugged online_movable
same "$full" "$(snap "$DEV")" "plugged"
is "$(corrupted)" 0 "no page has failed"
is "$(grep '^poisoned ' "$PLUG/blocks")" 'poisoned 0' "plug/blocks: poisoned 0"
# shellcheck disable=SC2046,SC2086 # words
set -- $(seeker "$node" "$mib" once $frames)
[ "$2" -gt 0 ] && pass "the kernel allocates the frames again" || fail "the kernel does not allocate the frames again"
unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
is "$(corrupted)" 0 "HardwareCorrupted: 0"
finish
