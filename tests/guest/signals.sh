#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# SIGINT at 30 random moments within a plug or an unplug, with the device's
# memory in use: whole before and after, EINTR and undone, no byte of data changed.
# lab[6.12, long 6.1 7.3; make check-long has the others]: --dax 2G:4,3,2 --cmdline memhp_default_state=offline
. /lab/lib.sh

unplugged
plugged online_movable
mkdir -p /tmp/load
mount -t tmpfs -o size=1G none /tmp/load
# Data in place, and pages that come and go while blocks move.
for i in 1 2 3 4; do
	dd if=/dev/urandom of=/tmp/load/$i bs=1M count=24 2>/dev/null
done
sums=$(md5sum /tmp/load/*)
sh -c 'while :; do dd if=/dev/zero of=/tmp/load/churn bs=64k count=64 2>/dev/null; done' &
churn=$!

# whole WORD: a write that nobody interrupts, and how long it took, which is
# where the next moments are looked for. The churn may keep a page in hand for
# longer than the kernel waits: EBUSY, and again.
whole() {
	local tries=0
	until
		interrupt "$STATE" "$1" 0 >/tmp/answer
		read -r answer us </tmp/answer
		[ "$answer" = ok ]
	do
		tries=$((tries + 1))
		[ "$answer" = EBUSY ] && [ $tries -lt 100 ] || { fail "set-up: $1: $answer"; finish; }
	done
}

# back FROM: to the state that a write is to be interrupted from
back() {
	case $1 in
	unplugged) whole unplugged ;;
	*) whole online_movable ;;
	esac
}

# interrupted FROM WORD HITS: at so many moments in a change from FROM to WORD.
# Moments that come too late are made up for.
interrupted() {
	local from=$1 word=$2 want=$3 hits=0 tries=0 moment before
	whole "$word"
	limit=$us
	back "$from"
	before=$(snap "$DEV")
	while [ $hits -lt "$want" ] && [ $tries -lt $((10 * want)) ]; do
		tries=$((tries + 1))
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		moment=$((seed / 7 % limit + 1))
		interrupt "$STATE" "$word" "$moment" >/tmp/answer
		read -r answer us </tmp/answer
		case $answer in
		EINTR)
			hits=$((hits + 1))
			same "$before" "$(snap "$DEV")" "$word: EINTR after $moment of $limit us: undone"
			;;
		ok)
			late=$((late + 1))
			is "$(state)" "$word" "$word: too late after $moment us: done"
			[ "$us" -ge "$limit" ] || limit=$us
			back "$from"
			before=$(snap "$DEV")
			;;
		EBUSY) same "$before" "$(snap "$DEV")" "$word: EBUSY: undone" ;;
		early) ;; # the signal came before the write: another moment
		*) fail "$word: $answer after $moment us" ;;
		esac
	done
	all=$((all + hits))
}

all=0 late=0 seed=4711
rounds=$(often 3)
for _ in $(seq "$rounds"); do
	interrupted online_movable unplugged 5
	back unplugged
	interrupted unplugged online_movable 5
	back online_movable
done
kill $churn
wait $churn 2>/dev/null
is $all $((10 * rounds)) "$all moments within a transaction ($late more came too late)"
same "$sums" "$(md5sum /tmp/load/[0-9]*)" "the data is what it was"
moved=$(awk '$1 == "pages_moved" { print $2 }' "$DIR/plug/stats")
[ "$moved" -gt 0 ] && pass "it did move: $moved pages" || fail "nothing was moved"
rm -r /tmp/load/*
unplugged
is "$(grep -c kmem /proc/iomem)" 0 "nothing is left of it"
finish
