#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The state of the device is changed by writes to `state` and by a switch of a single block. Some
# writes change nothing, and one unplug is undone. poll() on `state` and on `hotplug`, and uevents,
# must report each change once, with the old and the new state. A wrong module would not report the
# switch of the single block, or would report events where nothing has changed.
# lab: --dax 2G:4,3,2 --own-nodes --cmdline memhp_default_state=offline
# lab[7.3, long stock; the debugging kernel needs 10 GiB of metadata for 64 GiB, and make check-long runs the other kernels]: --dax 64G --own-nodes --mem 3G --cmdline memhp_default_state=offline
# lab[debug; the other kernels run this test with 64 GiB]: --dax 8G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
first=$(blocks | head -n 1)
insmod /lab/refuse.ko

uptime_s() {
	local now
	read -r now _ </proc/uptime
	echo "${now%.*}"
}

# count_lines FILE PATTERN COUNT: print how many lines of FILE have PATTERN. First wait until there
# are COUNT of them, for at most 30 s.
count_lines() {
	local end
	end=$(($(uptime_s) + 30))
	until [ "$(grep -c "$2" "$1")" -ge "$3" ] || [ "$(uptime_s)" -ge $end ]; do :; done
	grep -c "$2" "$1"
}

# wait_for_monitor N: send a change event with the number N, and claim that the monitor prints it. The
# monitor has then printed all earlier events, too.
wait_for_monitor() {
	local uuid=00000000-0000-4000-8000-00000000000$1
	echo "change $uuid" >"$DIR/uevent"
	is "$(count_lines /tmp/uevents "^SYNTH_UUID=$uuid" 1)" 1 "the monitor prints event $1 of the test"
}

unplugged
mkfifo /tmp/ready
for f in state hotplug; do
	: >/tmp/$f
	poller "$DIR/$f" /tmp/$f >/tmp/ready &
	read -r _ </tmp/ready
done
udevadm monitor --kernel --property --subsystem-match=dax >/tmp/uevents 2>/dev/null &
monitor=$!
# The monitor does not report when it begins to listen. So send change events until it prints one.
until grep -q SYNTH_UUID=0 /tmp/uevents; do
	echo change >"$DIR/uevent"
done
wait_for_monitor 1
: >/tmp/expected

# check_event STATE PREV: claim that poll() and uevents report one more change, from PREV to STATE
check_event() {
	printf '%s\n' "$1" >>/tmp/expected
	n=$(grep -c . /tmp/expected)
	is "$(count_lines /tmp/uevents '^DAX_STATE=' "$n")" "$n" "uevent $n: $2 -> $1"
	is "$(grep '^DAX_STATE=' /tmp/uevents | tail -n 1)" "DAX_STATE=$1" "DAX_STATE is $1"
	is "$(grep '^DAX_STATE_PREV=' /tmp/uevents | tail -n 1)" "DAX_STATE_PREV=$2" "DAX_STATE_PREV is $2"
	for f in state hotplug; do
		is "$(count_lines /tmp/$f . "$n")" "$n" "poll on $f: $n wake-ups so far"
		is "$(tail -n 1 /tmp/$f)" "$1" "poll on $f: the next read returns $1"
	done
}

# check_no_more_events: claim that there were no other events until now. A superfluous event may come
# late, from the worker that also reports the switch of a single block. So switch a block, and wait for
# that event.
check_no_more_events() {
	plugged online_movable
	check_event online_movable unplugged
	echo offline >"$MEMORY"/memory"$first"/state
	check_event inconsistent online_movable
	wait_for_monitor 2
	kill $monitor
	wait $monitor 2>/dev/null
	is "$(grep -c '^ACTION=change' /tmp/uevents | awk -v s="$(grep -c SYNTH_UUID /tmp/uevents)" '{ print $1 - s }')" \
		"$(grep -c . /tmp/expected)" "one change event per change, and no other"
	for f in state hotplug; do
		same "$(cat /tmp/expected)" "$(cat /tmp/$f)" "poll on $f: one wake-up per change, and no other"
	done
}

plugged online_movable
check_event online_movable unplugged
# The large device is needed only for this claim: the online of its 512 blocks causes one event.
if [ "$(cat "$DIR/size")" = $((64 << 30)) ]; then
	is "$(blocks | wc -l)" 512 "the device has 512 blocks"
	unplugged
	check_event unplugged online_movable
	check_no_more_events
	finish
fi
# None of these writes changes the state, and the unplug is undone. So they cause no event.
put "$STATE" online_movable >/dev/null
put "$STATE" online >/dev/null
put "$STATE" bogus >/dev/null
echo "$first" >/sys/module/refuse/parameters/offline
is "$(put "$STATE" unplugged)" EBUSY "an unplug that is undone"
echo -1 >/sys/module/refuse/parameters/offline
echo offline >"$MEMORY"/memory"$first"/state
check_event inconsistent online_movable
put "$STATE" online_movable >/dev/null
check_event online_movable inconsistent
put "$STATE" unplugged >/dev/null
check_event unplugged online_movable
put "$STATE" unplugged >/dev/null
plugged online_kernel
check_event online_kernel unplugged
echo offline >"$MEMORY"/memory"$first"/state
check_event inconsistent online_kernel
unplugged
check_event unplugged inconsistent

check_no_more_events
finish
