#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# SIGINT at random moments of plug and unplug, with the device's memory in
# use: whole before and after, EINTR if undone, and no byte of data changed.
# lab: --dax 4G:8,6,4 --cmdline memhp_default_state=offline
. /lab/lib.sh

unplugged
plugged online_movable
mkdir -p /tmp/load
mount -t tmpfs -o size=3G none /tmp/load
# Data in place, and pages that come and go while blocks move.
i=0
while [ $i -lt 4 ]; do
	dd if=/dev/urandom of=/tmp/load/$i bs=1M count=48 2>/dev/null
	i=$((i + 1))
done
sums=$(md5sum /tmp/load/*)
sh -c 'while :; do dd if=/dev/zero of=/tmp/load/churn bs=64k count=64 2>/dev/null; done' &
churn=$!

# now: microseconds since boot
now() { awk '{ printf "%d\n", $1 * 1000000 }' /proc/uptime; }

# How long each takes here, so that the moments fall inside.
begin=$(now)
put "$STATE" unplugged >/dev/null
unplug_us=$(($(now) - begin))
begin=$(now)
put "$STATE" online_movable >/dev/null
plug_us=$(($(now) - begin))
echo "# undisturbed: plug ${plug_us} us, unplug ${unplug_us} us"

undone=0 done_=0 seed=4711
while [ $((undone + done_)) -lt 30 ] || [ $undone -lt 15 ]; do
	[ $((undone + done_)) -lt 120 ] || break
	from=$(state)
	if [ "$from" = unplugged ]; then
		word=online_movable us=$plug_us
	else
		word=unplugged us=$unplug_us
	fi
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	moment=$((seed / 7 % us + 1))
	before=$(snap "$DEV")
	answer=$(interrupt "$STATE" $word $moment)
	case $answer in
	EINTR)
		undone=$((undone + 1))
		same "$before" "$(snap "$DEV")" "$from, $word: EINTR after $moment us: undone"
		;;
	ok)
		done_=$((done_ + 1))
		is "$(state)" $word "$from, $word: too late after $moment us: done"
		;;
	EBUSY)
		# The churn kept a page in hand for longer than the kernel waits.
		same "$before" "$(snap "$DEV")" "$from, $word: EBUSY: undone"
		;;
	*) fail "$from, $word: $answer after $moment us" ;;
	esac
done
kill $churn
wait $churn 2>/dev/null
[ $undone -ge 15 ] && pass "at least 15 of the moments hit ($undone of $((undone + done_)))" ||
	fail "only $undone of $((undone + done_)) moments hit"
same "$sums" "$(md5sum /tmp/load/[0-9]*)" "the data is what it was"
rm -r /tmp/load/*
unplugged
is "$(grep -c kmem /proc/iomem)" 0 "nothing is left of it"
finish
