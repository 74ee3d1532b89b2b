#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device in use is plugged and unplugged, and SIGINT arrives at 30 random moments of the write. An
# interrupted write must return EINTR and must be undone, and no data may change. A wrong module
# would leave the device half changed, or in the new state although the write has returned EINTR.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 2G:4,3,2 --cmdline memhp_default_state=offline
. /lab/lib.sh

unplugged
plugged online_movable
mkdir -p /tmp/load
mount -t tmpfs -o size=1G none /tmp/load
# Four files stay as they are. Another file (the churn) is written again and again, so that its
# pages are allocated and freed while blocks are switched.
for i in 1 2 3 4; do
	dd if=/dev/urandom of=/tmp/load/$i bs=1M count=24 2>/dev/null
done
sums=$(md5sum /tmp/load/*)
sh -c 'while :; do dd if=/dev/zero of=/tmp/load/churn bs=64k count=64 2>/dev/null; done' &
churn=$!

# write_completely WORD: make a write without a signal, and measure its time. The random moments are
# within this time. The churn may reference a page for longer than the kernel waits, and then the
# write fails with EBUSY. Repeat it in that case.
write_completely() {
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

# return_to FROM: bring the device back to the state FROM, from which the next write begins
return_to() {
	case $1 in
	unplugged) write_completely unplugged ;;
	*) write_completely online_movable ;;
	esac
}

# interrupt_at_random FROM WORD HITS: interrupt a change from FROM to WORD at HITS random moments. A
# signal after the end of the change is counted in $late instead.
interrupt_at_random() {
	local from=$1 word=$2 want=$3 hits=0 tries=0 moment before
	write_completely "$word"
	limit=$us
	return_to "$from"
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
			is "$(state)" "$word" "$word: the signal after $moment us was too late: done"
			[ "$us" -ge "$limit" ] || limit=$us
			return_to "$from"
			before=$(snap "$DEV")
			;;
		EBUSY) same "$before" "$(snap "$DEV")" "$word: EBUSY: undone" ;;
		early) ;; # The signal came before the write, so try another moment.
		*) fail "$word: $answer after $moment us" ;;
		esac
	done
	total_hits=$((total_hits + hits))
}

total_hits=0 late=0 seed=4711
rounds=$(scaled_count 3)
for _ in $(seq "$rounds"); do
	interrupt_at_random online_movable unplugged 5
	return_to unplugged
	interrupt_at_random unplugged online_movable 5
	return_to online_movable
done
kill $churn
wait $churn 2>/dev/null
is $total_hits $((10 * rounds)) "$total_hits signals arrived during a transaction ($late more arrived too late)"
same "$sums" "$(md5sum /tmp/load/[0-9]*)" "the data is unchanged"
moved=$(awk '$1 == "pages_moved" { print $2 }' "$DIR/plug/stats")
[ "$moved" -gt 0 ] && pass "$moved pages were migrated" || fail "no page was migrated"
rm -r /tmp/load/*
unplugged
is "$(grep -c kmem /proc/iomem)" 0 "the device has no line in /proc/iomem"
finish
