#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The page structures of a device of 24 GiB do not fit into the guest's memory, and the device is
# plugged, by a write and at bind. The plug must fail at once with ENOMEM, and the log must have the
# needed and the available bytes. A wrong module would call the OOM killer, lose memory, or take a
# long time to fail. A smaller device must still be plugged.
# lab[stock; the debugging kernel needs several times this memory, most of it not for page structures]: --mem 448M --dax 24G --dax 1G --timeout 240 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
small=dax1.0
small_state=/sys/bus/dax/devices/$small/state
need=$(($(cat "$DIR/size") / 64))
message="kmem: $DEV: not plugged: page structures need [0-9]* bytes, [0-9]* bytes are available"
# Start a process that the OOM killer could kill. At the end it checks that its memory still has the
# contents that it wrote.
start load /lab/load any 32 1 1
loader=$!

now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }
# settle: drop the caches, because their size would change the measured free memory
settle() { echo 3 >/proc/sys/vm/drop_caches; }
check_near() {
	local less=$(($1 - $2))
	[ $less -le 8192 ] && pass "$3: $less KiB less than before" || fail "$3: $less KiB less than before"
}

# check_no_damage WHAT...: claim that no process, memory or log line shows any damage
check_no_damage() {
	local line
	settle
	check_near "$free" "$(meminfo MemFree)" "$*: MemFree"
	check_near "$available" "$(meminfo MemAvailable)" "$*: MemAvailable"
	is "$(dmesg | grep -c -E 'Out of memory|oom-kill|invoked oom')" 0 "$*: the OOM killer was not called"
	kill -0 $loader 2>/dev/null && pass "$*: no process was killed" || fail "$*: the load was killed"
	is "$(grep -c "$DEV" /proc/iomem)" 0 "$*: no line in /proc/iomem"
	is "$(dmesg | sed "1,/$mark/d" | grep -c "$message")" 1 "$*: one line in the log"
	line=$(dmesg | sed "1,/$mark/d" | grep "$message" | sed 's/.*need //; s/ bytes//g; s/ are available//; s/,//')
	# The needed bytes are a 64th of the device's size, and a little more for the blocks' own
	# data.
	[ -n "$line" ] && [ "${line% *}" -ge $need ] && [ "${line% *}" -lt $((need + need / 20)) ] &&
		pass "$*: with the bytes that are needed: ${line% *}" || fail "$*: with the bytes that are needed: '${line% *}', not $need"
	# The module's figure for available memory is above a quarter of MemAvailable and below the
	# needed bytes.
	[ -n "$line" ] && [ "${line#* }" -gt $((available * 1024 / 4)) ] && [ "${line#* }" -lt $need ] &&
		pass "$*: with the bytes that are available: ${line#* }" || fail "$*: with the bytes that are available: '${line#* }' of $((available * 1024))"
}

unplugged
is "$(put $small_state unplugged)" ok "set-up: $small is unplugged"
empty=$(snap "$DEV")
settle
free=$(meminfo MemFree)
available=$(meminfo MemAvailable)
[ $((available * 1024)) -lt $need ] && pass "$((available >> 10)) MiB are available, $((need >> 20)) are needed" ||
	{ fail "set-up: too much memory"; finish; }

for type in online_movable online_kernel online; do
	mark=nostruct-$type-
	mark $mark
	begin=$(now_ms)
	is "$(put "$STATE" $type)" ENOMEM "$type: ENOMEM"
	took=$(($(now_ms) - begin))
	[ $took -lt 1000 ] && pass "$type: within 1 s: $took ms" || fail "$type: it took $took ms"
	same "$empty" "$(snap "$DEV")" "$type: nothing has changed"
	check_no_damage "$type"
	[ "${failed:-0}" -eq 0 ] || finish
done
daxplug plug -q "$DEV" 2>/tmp/err && fail "daxplug: exit 0"
grep -q ENOMEM /tmp/err && pass "daxplug prints ENOMEM" || { fail "daxplug"; sed 's/^/# /' /tmp/err; }

# At a bind the policy requests online_movable. The bind must succeed and the plug must fail.
echo "$DEV" >$driver/unbind
echo "$DEV:online_movable,hmem:unplugged" >/sys/module/kmem/parameters/policy
mark=nostruct-bind-
mark $mark
is "$(put $driver/bind "$DEV")" ok "the policy asks for online_movable: bound"
is "$(state)" unplugged "the policy asks for online_movable: the device stays unplugged"
check_no_damage "at bind"
echo hmem:unplugged >/sys/module/kmem/parameters/policy
same "$empty" "$(snap "$DEV")" "nothing has changed"

# A smaller device can be plugged, with the check of free memory and without it.
for check in Y N; do
	echo $check >/sys/module/kmem/parameters/check_space_before_plug
	is "$(put $small_state online_movable)" ok "check $check: 1 GiB is plugged"
	is "$(put $small_state unplugged)" ok "check $check: 1 GiB is unplugged"
done
echo Y >/sys/module/kmem/parameters/check_space_before_plug

# Free memory in ZONE_MOVABLE is of no use for page structures, but free memory in other zones is.
is "$(put $small_state online_movable)" ok "1 GiB in ZONE_MOVABLE"
is "$(put "$STATE" online_movable)" ENOMEM "with 1 GiB in ZONE_MOVABLE, 24 GiB still fail: ENOMEM"
is "$(put $small_state unplugged)" ok "1 GiB is unplugged"
is "$(put $small_state online_kernel)" ok "1 GiB outside ZONE_MOVABLE"
is "$(put "$STATE" online_movable)" ok "with 1 GiB outside ZONE_MOVABLE, 24 GiB are plugged"
is "$(state)" online_movable "all of the 24 GiB are online_movable"
is "$(put "$STATE" unplugged)" ok "the 24 GiB are unplugged"
is "$(dmesg | grep -c -E 'Out of memory|oom-kill|invoked oom')" 0 "no process was killed"
kill $loader
wait $loader && pass "the load's memory is unchanged" || fail "the load: $(cat /tmp/load)"
finish
