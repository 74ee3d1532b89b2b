#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug watch. It prints the present states, then "ready", then each change. The kernel's
# events come from a FIFO. test_python.sh tests that no change is lost while the present states are
# read.
#
# usage: test_watch.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/udev.so" \
	"$(dirname "$0")/fake_udev.c" || exit 1
export FAKE_EVENTS=$tmp/events
mkfifo "$tmp/events" "$tmp/lines" && exec 8<>"$tmp/events" 9<>"$tmp/lines" || exit 1
: >"$tmp/out"

watch() {
	LD_PRELOAD=$tmp/udev.so "$daxplug" watch "$@" >"$tmp/lines" 2>"$tmp/err" 9>&- &
	pid=$!
}
event() { printf x >&8; }
# state DEVICE WORD: replaces the file `state` by a rename, and sends an event
state() {
	echo "$2" >"$tmp/state"
	mv "$tmp/state" "$devices/$1/state"
	event
}
# says NAME PATTERN: claims that the next line matches. The limit only ends a test that hangs
says() {
	local line
	name=$1
	line=
	read -r -t 60 -u 9 line
	printf '%s\n' "$line" >"$tmp/out"
	if [[ $line =~ ^$2$ ]]; then ok; else fail "it says '$line', expected $2"; fi
}
ends() {
	local code
	name="$1: dies of the signal, and has said no more"
	kill -TERM $pid
	wait $pid
	code=$?
	echo end >&9
	read -r -u 9 line
	if [ $code -eq 143 ] && [ "$line" = end ] && [ ! -s "$tmp/err" ]; then ok; else fail "exit $code, it says '$line'"; fi
}
time='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z'

fresh
watch
says "no device" ready
ends "no device"

fresh
device dax0.0 1073741824 1 1 kmem unplugged
device dax2.0 1073741824 1 1 kmem online_movable
device dax3.0 1073741824 1 1 device_dax
watch
says "dax0.0 is present" "$time dax0.0: present, unplugged"
says "dax2.0 is present" "$time dax2.0: present, online_movable"
says "dax3.0 of another driver is present" "$time dax3.0: present, other_driver"
says "then ready" ready
event
state dax0.0 online
says "a change" "$time dax0.0: unplugged -> online"
device dax4.0 1073741824 1 1 kmem
state dax4.0 unplugged
says "a new device" "$time dax4.0: added, unplugged"
mv "$devices/dax2.0" "$tmp/gone"
event
says "a device that is removed" "$time dax2.0: removed"
ends "watch"

head='\{"schema":1,"version":"[^"]*","command":"watch","time":"'$time'"'
watch --json
says "JSON: dax0.0 is present" "$head,\"event\":\"present\",\"name\":\"dax0.0\",\"before\":null,\"after\":\"online\",\"wanted\":null\}"
says "JSON: and the next" "$head,\"event\":\"present\",\"name\":\"dax3.0\",\"before\":null,\"after\":\"other_driver\",\"wanted\":null\}"
says "JSON: and the next" "$head,\"event\":\"present\",\"name\":\"dax4.0\",\"before\":null,\"after\":\"unplugged\",\"wanted\":null\}"
says "JSON: then ready" "$head,\"event\":\"ready\",\"name\":null,\"before\":null,\"after\":null,\"wanted\":null\}"
state dax0.0 unplugged
says "JSON: a change" "$head,\"event\":\"changed\",\"name\":\"dax0.0\",\"before\":\"online\",\"after\":\"unplugged\",\"wanted\":null\}"
ends "JSON"

# With a policy, watch reports when a device differs from the policy, and when it agrees again.
mkdir -p "$DAXPLUG_ROOT/etc/daxplug"
printf '[all]\ndevice = dax0.*\nstate = online\n' >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf"
watch --json
for _ in 1 2 3 4; do says "JSON: present" "$head.*"; done
state dax0.0 online
says "JSON: as wanted: the change" "$head,\"event\":\"changed\",.*"
says "JSON: the device agrees with the policy" "$head,\"event\":\"met\",\"name\":\"dax0.0\",\"before\":null,\"after\":\"online\",\"wanted\":\"online\"\}"
ends "JSON, with a policy"
watch
for _ in 1 2 3 4; do says "present" ".*"; done
state dax0.0 online_kernel
says "a change to another state than that of the policy" "$time dax0.0: online -> online_kernel"
says "and the policy" "$time dax0.0: not as the policy wants it: online"
state dax0.0 unplugged
says "a change between two other states: no message about the policy" "$time dax0.0: online_kernel -> unplugged"
state dax0.0 online
says "a change to the state of the policy" "$time dax0.0: unplugged -> online"
says "and the policy" "$time dax0.0: as the policy wants it"
ends "with a policy"

# A rule does not match a serial number that two cards have, so watch prints no line of the policy for their devices.
fresh
device dax0.0 1073741824 1 1 kmem unplugged
device dax1.0 1073741824 1 1 kmem unplugged
device dax2.0 1073741824 1 1 kmem unplugged
card dax0.0 0 0x7
card dax1.0 1 0x7
card dax2.0 2 0x8
mkdir -p "$DAXPLUG_ROOT/etc/daxplug"
printf '[cards]\nserial = 0x7, 0x8\nstate = online\n' >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf"
watch
for _ in 1 2 3 4; do says "present" ".*"; done
state dax0.0 online
says "the serial number of two cards" "$time dax0.0: unplugged -> online"
state dax2.0 online
says "the serial number of one card" "$time dax2.0: unplugged -> online"
says "and the policy" "$time dax2.0: as the policy wants it"
ends "cards"
rm "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf"

# With --quiet, the first line is a change, so no line shows when watch has started. Therefore the
# test sends events until watch prints a line.
watch --quiet
line=
for ((n = 0; n < 600; n++)); do
	state dax0.0 online
	state dax0.0 unplugged
	read -r -t 0.1 -u 9 line && break
done
name="--quiet: neither what is there, nor ready"
if [[ $line =~ ^$time\ dax0.0:\ .*\ -\>\ .* ]]; then ok; else fail "it says '$line'"; fi
kill -TERM $pid
wait $pid

name="a full disk ends it"
if [ -e /dev/full ]; then
	# The limit only ends a test that hangs.
	LD_PRELOAD=$tmp/udev.so timeout 60 "$daxplug" watch >/dev/full 2>"$tmp/err"
	code=$?
	if [ $code -eq 1 ]; then ok; else fail "exit $code, expected 1"; fi
fi

finish
