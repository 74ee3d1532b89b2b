#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device is plugged and unplugged 50 times. Meanwhile an unprivileged user (the outsider) reads
# every file of the device, references pages, unlinks files, fills memory and forks. Each plug and
# unplug must end within plug/stall_ms and 5 s, `state` must agree with the blocks, no data may
# change, and no task may sleep uninterruptibly for longer. With a wrong module the outsider could
# make a write hang, or make `state` wrong.
# lab[6.12; this guest does a tenth of the next one, which takes six minutes]: --icount --cpus 2 --dax 512M:2,1 --own-nodes --mem 1G --cmdline "memhp_default_state=offline test.cycles=5"
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --timeout 3600 --icount --cpus 2 --dax 512M:2,1 --own-nodes --mem 1G --cmdline "memhp_default_state=offline test.cycles=50"
. /lab/lib.sh
PLUG=$DIR/plug
node=$(cat "$DIR/target_node")
all=$(blocks)
stall=2000
bound=$((stall + 5000))
cycles=$(scaled_count "$(sed 's/.*test.cycles=\([0-9]*\).*/\1/' /proc/cmdline)")
wait_seconds=$((3 * bound / 1000))
! is_slow || wait_seconds=$((10 * wait_seconds))
milliseconds() { echo $(($(microseconds) / 1000)); }

is "$(put "$PLUG/stall_ms" $stall)" ok "stall_ms: $stall"
unplugged
empty=$(snap "$DEV")
mkdir -p /tmp/data /tmp/outsider
mount -t tmpfs none /tmp/data
mount -t tmpfs -o size=64M none /tmp/outsider
chmod 1777 /tmp/outsider
dd if=/dev/urandom of=/tmp/data/file bs=1M count=32 2>/dev/null
sum=$(md5sum /tmp/data/file)

mischief "$DIR" /tmp/outsider "$node" 64 4711 >/tmp/ready 2>/tmp/writable &
mischief=$!
until [ -s /tmp/ready ]; do
	kill -0 $mischief 2>/dev/null || { fail "set-up: mischief"; finish; }
done
waits $bound >/tmp/waits &
waits=$!

# compare_state: compare state with the blocks while the outsider's processes are stopped
compare_state() {
	kill -STOP -$mischief
	# shellcheck disable=SC2086 # one word each
	want=$(actual_state online_movable $all) got=$(state)
	kill -CONT -$mischief
	samples=$((samples + 1))
	if [ "$got" = "$want" ]; then
		true_samples=$((true_samples + 1))
	else
		echo "# cycle $i: state $got, blocks $want"
	fi
}
# write_state WORD: make one write and measure its time. A write that takes too long is counted. The
# test ends if a write takes three times as long as it may, or thirty times on a slow kernel.
write_state() {
	local begin took
	begin=$(milliseconds)
	answer=$(within $wait_seconds put "$STATE" "$1")
	[ $? != 124 ] || { fail "cycle $i: $1: no end"; finish; }
	took=$(($(milliseconds) - begin))
	[ $took -le $longest ] || longest=$took
	[ $took -le $bound ] || { late=$((late + 1)); echo "# cycle $i: $1: $answer after $took ms"; }
	case $answer in
	ok) succeeded=$((succeeded + 1)) ;;
	ETIMEDOUT | EBUSY | ENOMEM) refused="$refused $1:$answer" ;;
	*) fail "cycle $i: $1: $answer" ;;
	esac
	compare_state
}

i=0 longest=0 late=0 succeeded=0 samples=0 true_samples=0 refused=''
while [ $i -lt "$cycles" ]; do
	i=$((i + 1))
	write_state online_movable
	# Copy a file. Some of the copy's pages are on the device, so that the unplug must migrate
	# them.
	cp /tmp/data/file /tmp/data/copy
	write_state unplugged
	[ "$(md5sum </tmp/data/copy)" = "${sum%% *}  -" ] || fail "cycle $i: the copied file has changed"
	rm /tmp/data/copy
done
echo "# $succeeded of $samples done, the longest took $longest ms; other results:"
echo "$refused" | tr ' ' '\n' | sort | uniq -c | sed 's/^/# /'
is $samples $((2 * cycles)) "$samples plugs and unplugs"
is $true_samples $samples "every sampled state agrees with the blocks"
if is_slow; then
	echo "# what a slow kernel takes is not claimed"
else
	is $late 0 "each ended within $bound ms"
fi
[ $succeeded -ge "$cycles" ] && pass "at least half of them succeeded: $succeeded" || fail "only $succeeded of $samples succeeded"
is "$(cat /tmp/writable)" '' "uid 65534 can write none of the files"
is "$(md5sum /tmp/data/file)" "$sum" "the data is unchanged"

kill -KILL -$mischief
is "$(within 70 sh -c "while grep -q . /proc/$mischief/cmdline; do :; done" 2>/dev/null; echo $?)" 0 "the outsider can be killed"
wait $mischief 2>/dev/null
kill $waits
wait $waits
[ "$(sed -n 's/^proof //p' /tmp/waits)" -ge 500 ] && pass "an uninterruptible sleep is seen" ||
	fail "set-up: an uninterruptible sleep is not seen"
is_slow || is "$(head -n -2 /tmp/waits)" '' "no task slept uninterruptibly for longer than $bound ms"
echo "# the longest uninterruptible sleep: $(tail -n 2 /tmp/waits | head -n 1) ms"
unplugged
same "$empty" "$(snap "$DEV")" "all is as before"
finish
