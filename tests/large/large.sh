#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs once, on a large device in blocks of 2 GiB, what other tests run on small devices. Real machines
# with much memory have such blocks. tests/large/run runs it and names the memory and time it needs.
# lab[none, large 6.1 6.12 7.3; make check-large has it]: --block-size 2G --dax ${LARGE_SIZE:-1T} --dax 9G --mem ${LARGE_MEM:-18G} --own-nodes --timeout ${LARGE_TIMEOUT:-14400} --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
# alone[1]: it takes most of the machine's memory
. /lab/lib.sh
PLUG=$DIR/plug
OTHER=/sys/bus/dax/devices/dax1.0
driver=/sys/bus/dax/drivers/kmem
refuse=/sys/module/refuse/parameters
GIB=$((1 << 30))
all=$(blocks)
total=$(echo "$all" | wc -l)
last=$(echo "$all" | tail -n 1)
node=$(cat "$DIR/target_node")
insmod /lab/refuse.ko

# seconds: prints the seconds since the guest has booted
seconds() { awk '{ print int($1) }' /proc/uptime; }
# timed WHAT COMMAND...: runs the command and prints how long it took
timed() {
	local what=$1 begin
	shift
	begin=$(seconds)
	"$@"
	echo "# $what: $(($(seconds) - begin)) s"
}
matches() { grep -q -- "$2" "/tmp/$1" && pass "it says: $2" || { fail "it does not say: $2"; sed 's/^/#   /' "/tmp/$1"; }; }
count() { awk -v key="$1" '$1 == key { print $2 }' "$PLUG/blocks"; }

is $((BLOCK_SIZE)) $((2 * GIB)) "memory blocks of 2 GiB"
is "$(state) $(cat "$OTHER/state")" "unplugged unplugged" "both devices start unplugged"
empty=$(snap "$DEV")

# --- before the plug: memory that does not fill a block -------------------------------------------------

# The other device begins 64 MiB after a block boundary and ends 1 GiB after another one. There are two
# complete blocks between these ends.
start=$(($(cat "$OTHER/resource") + (64 << 20)))
end=$(($(cat "$OTHER/resource") + 7 * GIB - 1))
lost=$((2 * GIB - (64 << 20) + GIB))
echo dax1.0 >$driver/unbind
echo 0 >"$OTHER/size"
printf '%x-%x\n' $start $end >"$OTHER/mapping"
mark ends
echo dax1.0 >$driver/bind
run 0 plug --dry-run dax1.0
matches out "note: $lost bytes .* stay unused: they fill no memory block of 2048 MiB"
run 0 show dax1.0
matches out "unusable  *2.9 GiB ($lost bytes)"
run 0 list --bytes --noheadings -o SIZE,USABLE dax1.0
matches out "^$((end + 1 - start)) *$((4 * GIB))\$"
dmesg | sed 1,/ends/d | grep -q "$((4 * GIB)) of $((end + 1 - start)) bytes used" &&
	pass "the kernel's log says how many bytes are used" || fail "the kernel's log does not say it"
before=$(meminfo MemTotal)
run 0 plug dax1.0
grown=$((($(meminfo MemTotal) - before) * 1024))
[ $grown -le $((4 * GIB)) ] && [ $grown -gt $((4 * GIB - 4 * GIB / 32)) ] &&
	pass "MemTotal grows by no more than the dry run has printed" || fail "MemTotal has grown by $grown bytes"
run 0 unplug dax1.0
run 0 plug --dry-run "$DEV"
grep -q 'stay unused' /tmp/out && fail "$DEV has no such ends" || pass "$DEV has no unused memory"

# --- plug, and every read ----------------------------------------------------

start watch daxplug watch
watch=$!
timed "plug" run 0 plug "$DEV"
# shellcheck disable=SC2086 # each block is one word
is "$(actual_state online_movable $all)" online_movable "each of $total blocks is online"
full=$(snap "$DEV")
for what in "list" "show $DEV" "doctor $DEV" "list --json" "list --metrics"; do
	# shellcheck disable=SC2086 # the arguments are words
	timed "$what" run 0 $what
done
run 0 list -o STATE,USABLE --noheadings "$DEV"
matches out "^online_movable"
timed "plug/blockers" cat "$PLUG/blockers" >/tmp/out
is "$(grep -v '^#' /tmp/out)" '' "plug/blockers lists no page"
for file in state plug/blocks plug/stats plug/blockers plug/poison; do
	interrupt "$DIR/$file" - 300000 >/tmp/answer
	read -r answer us </tmp/answer
	case $answer in
	ok | EINTR) [ "$us" -le 5000000 ] && pass "$file: read, or interrupted, in $us us" ||
		fail "$file: a read took $us us" ;;
	*) fail "$file: $answer" ;;
	esac
done

# --- one block ---------------------------------------------------------------------------

echo offline >"$MEMORY/memory$last/state"
is "$(state)" inconsistent "a block switched off by hand: inconsistent"
run 5 doctor "$DEV"
says out "of $total blocks"
begin=$(seconds)
run 0 plug "$DEV"
took=$(($(seconds) - begin))
same "$full" "$(snap "$DEV")" "repaired, in $took s: every block is as it was"

# --- what refuses an unplug ----------------------------------------------------------------

start load /lab/load "$node" 64 1 1
load=$!
echo "$last" >$refuse/offline
moved=$(awk '$1 == "pages_moved" { print $2 }' "$PLUG/stats")
refused() { is "$(put "$STATE" unplugged)" EBUSY "another driver refuses the last block: EBUSY"; }
timed "an unplug that another driver refuses" refused
echo -1 >$refuse/offline
same "$full" "$(snap "$DEV")" "nothing has changed"
[ $(($(awk '$1 == "pages_moved" { print $2 }' "$PLUG/stats") - moved)) -le 160 ] && pass "and at most 160 pages were migrated" ||
	fail "pages were moved for an unplug that was to be refused"

start page_user page_user pipe "$node"
page_user=$!
pfn=$(cat /tmp/page_user)
held=$(block_of_frame "$pfn")
grep -q "^now memory$held $pfn held" "$PLUG/blockers" && pass "a page in use is named before the unplug: memory$held" ||
	fail "plug/blockers does not name page $pfn"
run 4 unplug --dry-run "$DEV"
says out "memory$held: page $pfn: held"
echo 3000 >"$PLUG/stall_ms"
timed "an unplug that a page in use prevents" run 6 unplug "$DEV"
says err "undone (ETIMEDOUT); nothing was changed"
grep -q "^last memory$held $pfn held" "$PLUG/blockers" && pass "and it is named afterwards" ||
	fail "plug/blockers does not say what stopped it"
same "$full" "$(snap "$DEV")" "nothing has changed"
echo 20000 >"$PLUG/stall_ms"
kill $page_user
wait $page_user

# --- SIGINT ----------------------------------------------------------------------------------

# interrupted STEP WORD KEY COUNT [MICROSECONDS]...: sends SIGINT in that step of a transaction and claims
# that it is undone. It tries the delays in turn until the log shows that the signal hit the step.
interrupted() {
	local step=$1 word=$2 key=$3 limit=$4 try=0 from us answer ms all_ms line
	shift 4
	from=$(snap "$DEV")
	for us; do
		try=$((try + 1))
		mark "interrupt-$step-$try"
		midway "$DEV" "$word" "$key" "$limit" "$us" >/tmp/answer
		read -r answer ms all_ms </tmp/answer
		line=$(dmesg | sed "1,/interrupt-$step-$try/d" | sed -n 's/.*plug undone: \([a-z]*\) of.*/\1/p')
		if [ "$answer" = EINTR ]; then
			same "$from" "$(snap "$DEV")" "SIGINT in $line of $word: undone"
		fi
		[ "$answer $line" != "EINTR $step" ] || break
		echo "# SIGINT at $us us: $answer ${line:-}"
		case $answer in
		ok | early)
			if [ "$word" = unplugged ]; then plugged online_movable; else unplugged; fi ;;
		esac
	done
	is "$answer $line" "EINTR $step" "SIGINT in $step of $word: EINTR, ${ms:-?} ms later, ${all_ms:-?} ms in all"
}
half=$((total / 2))
# The load's pages have left the device, and an empty device has no dry run. So start a new load.
restart_load() {
	kill $load
	wait $load && pass "the content of the load is intact" || fail "$(cat /tmp/load)"
	start load /lab/load "$node" 64 1 1
	load=$!
}
restart_load
# The step `ask` calls the memory notifiers of other drivers in a dry run. refuse.ko delays it, so that the
# signal arrives in it and not in the step before, `room`, which takes a millisecond.
echo 50 >$refuse/slow_ms
# shellcheck disable=SC2046 # each delay is one word
interrupted ask unplugged - 0 $(seq 5000 10000 100000)
echo 0 >$refuse/slow_ms
interrupted offline unplugged offline $half 0 0 0
kill $load
wait $load && pass "the content of the load is intact" || fail "$(cat /tmp/load)"
interrupted remove unplugged absent $half 0 0 0
timed "unplug" run 0 unplug "$DEV"
same "$empty" "$(snap "$DEV")" "unplugged: all is as it was"
interrupted add online_movable offline $half 0 0 0
interrupted online online_movable movable $half 0 0 0

# --- adoption, and the policy ------------------------------------------------------------------

mkdir -p /tmp/policy
printf '[large]\nsize = 16G-\nstate = online_movable\n' >/tmp/policy/50.conf
run 1 apply --check --config /tmp/policy
timed "apply" run 0 apply --config /tmp/policy
is "$(state)" online_movable "apply plugs it"
run 0 apply --check --config /tmp/policy
full=$(snap "$DEV")
echo "$DEV" >$driver/unbind
rmmod kmem 2>/dev/null && fail "the module was unloaded with memory of its own" || pass "unbound, the module stays"
bind() { echo "$DEV" >$driver/bind; }
timed "bind with its memory there" bind
is "$(state)" online_movable "bound again: adopted"
same "$full" "$(snap "$DEV")" "nothing was touched"
timed "unplug" run 0 unplug "$DEV"

kill $watch
wait $watch
for word in online_movable inconsistent unplugged; do
	grep -q "$DEV: .*$word" /tmp/watch && pass "watch: $word" || { fail "watch: $word is missing"; sed 's/^/#   /' /tmp/watch; }
done

# Adopt memory that the stock driver has plugged.
rmmod kmem
module=$(find /lib/modules/"$(uname -r)"/kernel -name 'kmem.ko*' | head -n 1)
if [ "$(uname -r | cut -d . -f 1)" -lt 7 ] && [ -n "$module" ]; then
	load "$module"
	stock_plugs() { for b in $all; do echo online_movable >"$MEMORY/memory$b/state"; done; }
	timed "each block online, with the stock driver" stock_plugs
	# The other device's blocks are offline, and the unbind removes them.
	echo dax1.0 >$driver/unbind 2>/dev/null
	full=$(snap "$DEV" | sed 1d)
	echo "$DEV" >$driver/unbind 2>/dev/null
	rmmod kmem
	timed "our module in its place" load /lab/kmem.ko policy=hmem:unplugged
	is "$(state)" online_movable "memory of the stock driver: adopted"
	same "$full" "$(snap "$DEV" | sed 1d)" "nothing was touched"
	timed "unplug" run 0 unplug "$DEV"
	is "$(grep -c -e kmem -e "$DEV" /proc/iomem)" 0 "nothing is left of it"
else
	echo "skipped the stock driver's memory: $([ -n "$module" ] && echo "on 7.3 it plugs whole devices" || echo "there is no stock module in this guest")"
	load /lab/kmem.ko policy=hmem:unplugged
	unplugged
fi
finish
