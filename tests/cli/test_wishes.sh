#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of policy settings: the limit for ZONE_MOVABLE, required devices, retries, daxplug wait, and
# the comparison of the requested with the actual state.
#
# usage: test_wishes.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/udev.so" \
	"$(dirname "$0")/fake_udev.c" || exit 1
export FAKE_EVENTS=$tmp/events
mkfifo "$tmp/events" && exec 8<>"$tmp/events" || exit 1
event() { printf x >&8; }

# waits_for_events PID: returns when the process catches SIGINT and sleeps, or when it has ended. The
# limit only ends a test that hangs.
waits_for_events() {
	local end=$((SECONDS + 60))
	until { grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status" && grep -q '^State:.*sleeping' "/proc/$1/status"; } 2>/dev/null ||
		! kill -0 "$1" 2>/dev/null; do
		[ $SECONDS -lt $end ] || { fail "it does not wait for events"; return; }
	done
}

gib=$((1 << 30))
conf=$tmp/root/etc/daxplug/daxplug.conf
# policy LINE...: writes the machine's policy
policy() {
	mkdir -p "${conf%/*}"
	printf '%s\n' "$@" >"$conf"
}
# zones MOVABLE KERNEL: sets the GiB of the machine inside and outside ZONE_MOVABLE
zones() {
	mkdir -p "$DAXPLUG_ROOT/proc"
	printf '%s\n' "Node 0, zone   Normal" "  pages free     900000" "        high     100" \
		"        present  $(($2 << 18))" "Node 0, zone  Movable" "        present  $(($1 << 18))" \
		>"$DAXPLUG_ROOT/proc/zoneinfo"
}
# module DEVICE GIB STATE: makes a device of our module, in blocks of 128 MiB
module() {
	local n=$(($2 * 8)) movable=0 kernel=0 absent=0

	device "$1" $(($2 * gib)) 1 1 kmem "$3"
	case $3 in
	online_movable) movable=$n ;;
	online_kernel) kernel=$n ;;
	unplugged) absent=$n ;;
	esac
	printf '%s\n' "total $n" "absent $absent" "offline 0" "kernel $kernel" "movable $movable" >"$devices/$1/plug/blocks"
}
# states WORD...: claims the states of dax0.0, dax1.0, ...
states() {
	local i=0 got=
	name="$name: states"
	while [ -e "$devices/dax$i.0" ]; do
		got+=" $(head -n 1 "$devices/dax$i.0/state")"
		i=$((i + 1))
	done
	if [ "$got" = " $*" ]; then ok; else fail "they are$got, expected $*"; fi
}

### the requested state

fresh
answer ""
module dax0.0 1 unplugged
module dax1.0 1 online_movable
module dax2.0 1 online_movable
policy "[cards]" "device = dax[01].*" "state = online_movable"
run "wanted: list" 0 list --raw --noheadings -o NAME,STATE,WANTED
out "\
dax0.0 unplugged online_movable
dax1.0 online_movable online_movable
dax2.0 online_movable -"
run "wanted: show" 0 show dax0.0
has out "  wanted     online_movable [cards, $conf:1]"
run "wanted: show, without a rule" 0 show dax2.0
name="no line"; if grep -q wanted "$tmp/out"; then fail "there is one"; else ok; fi
run "wanted: JSON" 0 list --json
has out '"wanted":"online_movable"'
has out '"wanted_by":"cards"'
has out '"wanted":null'

### movable_max

# three [MOVABLE]: makes three unplugged devices of 4 GiB, on a machine with 4 GiB of other memory. With
# movable_max = 2x, two of the devices may be in ZONE_MOVABLE. MOVABLE GiB are in ZONE_MOVABLE already.
three() {
	fresh
	unset FAKE_REFUSE_OF
	answer ""
	zones "${1:-0}" 4
	module dax0.0 4 unplugged
	module dax1.0 4 unplugged
	module dax2.0 4 unplugged
}
all="device = dax*"
three
policy "[default]" "movable_max = 2x" "[all]" "$all" "state = online_movable"
run "movable_max: check" 1 apply --check
has err "daxplug: dax2.0: not plugged as online_movable: movable_max allows 8.0 GiB in ZONE_MOVABLE, and with it there would be 12.0 GiB [default, $conf:1]"
has out "dax0.0: state unplugged -> online_movable: differs"
states unplugged unplugged unplugged
run "movable_max: check, JSON" 1 apply --check --json
has out '"differs":2'
has out '"want":"online_movable"'
has out '"reason":"movable_max allows 8.0 GiB in ZONE_MOVABLE, and with it there would be 12.0 GiB"'
run "movable_max: check of the one that is kept out" 0 apply --check dax2.0
run "movable_max: check of a device that may be plugged" 1 apply --check dax1.0
run "movable_max: a device that is named does not precede the devices before it" 0 apply dax2.0
states unplugged unplugged unplugged
run "movable_max: apply" 0 apply
states online_movable online_movable unplugged
run "movable_max: --strict" 1 apply --strict --check
run "movable_max: --quiet" 0 apply --quiet
same err ""

three 6
policy "[default]" "movable_max = 8G" "[all]" "$all" "state = online_movable"
run "movable_max in bytes: others' memory counts" 0 apply
states unplugged unplugged unplugged
three
policy "[default]" "movable_max = 1.5x" "[kernel]" "device = dax2.0" "state = online_kernel" "[all]" "$all" "state = online_movable"
run "movable_max: a kernel zone counts as other memory" 1 apply --check
run "movable_max: of kernel zones" 0 apply
states online_movable online_movable online_kernel
three
zones 0 2
policy "[default]" "movable_max = 1x" "[kernel]" "device = dax2.0" "state = online_kernel" "[all]" "$all" "state = online_movable"
export FAKE_REFUSE_OF=dax2.0:12
run "movable_max: other memory that could not be plugged does not count" 4 apply
states unplugged unplugged unplugged
has err "daxplug: dax0.0: not plugged as online_movable: movable_max allows 2.0 GiB"
three
policy "[default]" "movable_max = 1.5x" "[last]" "device = dax2.0" "state = online_movable" "[all]" "$all" "state = online_movable"
run "movable_max: in the order of the rules" 0 apply
states unplugged unplugged online_movable
three
export FAKE_REFUSE_OF=dax0.0:12
policy "[default]" "movable_max = 1x" "[all]" "$all" "state = online_movable"
run "movable_max: one that fails keeps its place" 4 apply
states unplugged unplugged unplugged
three
policy "[all]" "$all" "state = online_movable" "movable_max = 1x"
run "movable_max: valid only in [default]" 2 apply
has err "movable_max is for the whole machine: it stands in [default]"
for value in 0x 0 0.00x 1.234x x 3X -1x 1.x 99999999999x 1.0x1x; do
	policy "[default]" "movable_max = $value"
	run "movable_max = $value" 2 apply --check-config
done
for value in 1x 0.5x 1.0x 3.00x 2.25x 512G 4294967296; do
	policy "[default]" "movable_max = $value"
	run "movable_max = $value" 0 apply --check-config
done
three
policy "[default]" "movable_max = 1x" "[all]" "$all" "state = online_movable"
run "--arrived: before the first run over all" 0 apply --arrived dax0.0
out "dax0.0: left to daxplug.service: movable_max is for all devices together"
states unplugged unplugged unplugged
run "--arrived: run over all" 0 apply
states online_movable unplugged unplugged
three
policy "[default]" "movable_max = 1x" "[all]" "$all" "state = online_movable"
export FAKE_CANNOT_OPEN=24:/proc/zoneinfo:2
run "movable_max: the sizes of zones cannot be read before a plug" 1 apply
has err "movable_max cannot be kept: the size of a zone or of the device is not known: Too many open files"
states unplugged unplugged unplugged
export FAKE_CANNOT_OPEN=19:state
run "movable_max: the devices were removed meanwhile" 3 apply
has err "dax0.0: not plugged: the device does not exist any more"
export FAKE_CANNOT_OPEN=24:/block_size_bytes
run "movable_max: the size of a device cannot be read" 1 apply
has err "movable_max cannot be kept: the size of a zone or of the device is not known: Too many open files"
states unplugged unplugged unplugged
unset FAKE_CANNOT_OPEN
run "movable_max: they can be read again" 0 apply
states online_movable unplugged unplugged
rm -f "$DAXPLUG_ROOT/proc/zoneinfo"
run "movable_max: no sizes of zones: nothing into ZONE_MOVABLE" 1 apply
has err "movable_max cannot be kept: the size of a zone or of the device is not known"
states online_movable unplugged unplugged

### required

fresh
unset FAKE_REFUSE_OF
answer ""
module dax0.0 1 unplugged
policy "[here]" "device = dax0.0" "state = online_movable" "required = yes" "[there]" "device = dax7.0" "state = online_movable" "required = 1500ms"
run "required: check" 1 apply --check
has err "daxplug: $conf:5: [there]: required, but no device matches it"
run "required: without --wait" 3 apply
states online_movable
run "required: JSON" 3 apply --json
has out '"missing":['
has out '"reason":"required, but no device matches it"'
run "required: names" 0 apply dax0.0
run "required: --wait with names" 2 apply --wait dax0.0
preload="$tmp/fake.so $tmp/udev.so"
run "required: apply --wait times out" 3 apply --wait
has err "[there]: required, but no device matched it within 1.500 s"
policy "[there]" "device = dax7.0" "state = online_movable" "required = 10min"
module dax7.0 1 unplugged
mv "$devices/dax7.0" "$tmp/dax7.0"
LD_PRELOAD=$preload "$daxplug" apply --wait >"$tmp/out" 2>"$tmp/err" &
pid=$!
waits_for_events $pid
mv "$tmp/dax7.0" "$devices/dax7.0"
event
wait $pid
code=$?
name="required: a device that comes is plugged"
if [ $code -eq 0 ] && [ "$(cat "$devices/dax7.0/state")" = online_movable ]; then ok; else fail "exit $code"; fi
rm -r "$devices/dax7.0"
LD_PRELOAD=$preload "$daxplug" apply --wait >"$tmp/out" 2>"$tmp/err" &
pid=$!
waits_for_events $pid
kill -INT $pid
wait $pid
code=$?
name="required: SIGINT ends the wait"
if [ $code -eq 130 ]; then ok; else fail "exit $code"; fi
LD_PRELOAD=$preload "$daxplug" apply --wait --json >"$tmp/out" 2>"$tmp/err" &
pid=$!
waits_for_events $pid
kill -INT $pid
wait $pid
name="required: after SIGINT it is not known which device is missing"
if grep -q '"missing":null' "$tmp/out"; then ok; else fail; fi
mv "$DAXPLUG_SYSFS" "$tmp/sysfs"
rm -f "$DAXPLUG_RUN/applied"
run "required: no sysfs, so it is not known which device is missing" 7 apply
out ""
err "daxplug: cannot read the DAX devices in sysfs: no sysfs is mounted"
name="required: no sysfs: the policy does not count as applied"
if [ -e "$DAXPLUG_RUN/applied" ]; then fail; else ok; fi
mv "$tmp/sysfs" "$DAXPLUG_SYSFS"
# During the wait a card appears whose serial number cannot be read.
FAKE_CANNOT_OPEN=24:/mem99/serial LD_PRELOAD=$preload "$daxplug" apply --wait >"$tmp/out" 2>"$tmp/err" &
pid=$!
waits_for_events $pid
mkdir -p "$DAXPLUG_SYSFS/bus/cxl/devices/mem99"
echo 0x99 >"$DAXPLUG_SYSFS/bus/cxl/devices/mem99/serial"
event
wait $pid
code=$?
name="required: the list of cards cannot be read during the wait"
if [ $code -eq 1 ]; then ok; else fail "exit $code"; fi
has err "daxplug: the serial numbers of the CXL memory devices cannot be read: Too many open files"
has err "daxplug: cannot wait for devices: Too many open files"
rm -r "$DAXPLUG_SYSFS/bus/cxl"
for value in 0 maybe none -5; do
	policy "[here]" "device = dax0.0" "state = online_movable" "required = $value"
	run "required = $value" 2 apply --check-config
done
policy "[default]" "required = yes" "[not]" "device = dax7.0" "state = online_movable" "required = no"
run "required = no, against [default]" 0 apply

### retry

fresh
answer ""
mkdir -p "$DAXPLUG_ROOT/run/systemd/system" "$DAXPLUG_ROOT/usr/bin"
cat >"$DAXPLUG_ROOT/usr/bin/systemctl" <<-END
	#!/bin/sh
	echo "\$@" >>"$tmp/systemctl"
END
chmod +x "$DAXPLUG_ROOT/usr/bin/systemctl"
module dax0.0 1 unplugged
module dax1.0 1 unplugged
policy "[default]" "retry = yes" "[all]" "$all" "state = online_movable"
# started ARGUMENTS: claims that the last call of systemctl had ARGUMENTS. Then deletes the record
# of the calls
started() {
	name="$name: $1"
	if [ "$(tail -n 1 "$tmp/systemctl" 2>/dev/null)" = "$1" ]; then ok; else fail "$(cat "$tmp/systemctl")"; fi
	rm -f "$tmp/systemctl"
}
export FAKE_REFUSE_OF=dax0.0:16
for seconds in 5 10 20 40 80 160 300 300; do
	run "retry: it fails" 4 apply
	has err "daxplug: failed changes are repeated in $seconds s"
	started "--no-block restart daxplug-retry@${seconds}s.timer"
done
run "retry: of one, while a wait has begun" 4 apply dax0.0
name="retry: nothing is started"; if [ -e "$tmp/systemctl" ]; then fail "$(cat "$tmp/systemctl")"; else ok; fi
run "retry: of one that does not fail" 0 apply dax1.0
holds "$DAXPLUG_RUN/retry" 300
unset FAKE_REFUSE_OF
run "retry: all is well" 0 apply
started "--no-block stop daxplug-retry@*.timer"
name="retry: nothing waits"; if [ -e "$DAXPLUG_RUN/retry" ]; then fail "there is a file"; else ok; fi
run "retry: and again" 0 apply
name="retry: nothing is stopped"; if [ -e "$tmp/systemctl" ]; then fail "$(cat "$tmp/systemctl")"; else ok; fi
echo unplugged >"$devices/dax0.0/state"
export FAKE_REFUSE_OF=dax0.0:16
run "retry: of one, the first" 4 apply dax0.0
started "--no-block restart daxplug-retry@5s.timer"
run "retry: check changes nothing" 1 apply --check
name="retry: nothing is started by --check"; if [ -e "$tmp/systemctl" ]; then fail "$(cat "$tmp/systemctl")"; else ok; fi
policy "[all]" "$all" "state = online_movable"
run "no retry unless the policy says so" 4 apply
name="retry: off"; if grep -q restart "$tmp/systemctl"; then fail "$(cat "$tmp/systemctl")"; else ok; fi
policy "[all]" "$all" "state = online_movable" "retry = yes"
rm -r "$DAXPLUG_ROOT/run/systemd"
run "retry: without systemd" 4 apply
has err "daxplug: failed changes are not repeated: daxplug-retry@5s.timer cannot be started"
policy "[all]" "$all" "state = online_movable" "retry = often"
run "retry = often" 2 apply --check-config

### wait

fresh
preload="$tmp/fake.so $tmp/udev.so"
module dax0.0 1 unplugged
policy "[cards]" "device = dax[01].0" "state = online_movable" "[none]" "device = dax9.0" "state = online"
# waits ARGUMENT...: runs daxplug wait in the background
waits() {
	LD_PRELOAD=$preload "$daxplug" wait --timeout 10min "$@" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
}
# ended NAME EXIT: claims that daxplug wait has ended with EXIT
ended() {
	local code
	wait $pid
	code=$?
	name=$1
	if [ $code -eq "$2" ]; then ok; else fail "exit $code, expected $2"; fi
}
run "wait: times out" 6 wait dax0.0 --timeout 200ms
err "daxplug: timed out: dax0.0 is unplugged, and online_movable is wanted"
run "wait: no such device" 6 wait dax8.0 --timeout 100ms
err "daxplug: timed out: dax8.0: there is no such device"
run "wait: no device of the rule" 6 wait none --timeout 100ms
err "daxplug: timed out: [none]: no device matches this rule"
run "wait: neither a device nor a rule" 2 wait
waits dax0.0
waits_for_events $pid
echo online >"$devices/dax0.0/state"
event
echo online_movable >"$devices/dax0.0/state.new"
mv "$devices/dax0.0/state.new" "$devices/dax0.0/state"
event
ended "wait: the device gets the state of the policy" 0
run "wait: the device already has the state of the policy" 0 wait dax0.0
run "wait: a rule" 0 wait cards --timeout 60s
module dax1.0 1 unplugged
mv "$devices/dax1.0" "$tmp/dax1.0"
waits cards dax1.0
waits_for_events $pid
mv "$tmp/dax1.0" "$devices/dax1.0"
event
echo online_movable >"$devices/dax1.0/state.new"
mv "$devices/dax1.0/state.new" "$devices/dax1.0/state"
event
ended "wait: a device that comes" 0
module dax2.0 1 unplugged
run "wait: without a rule" 6 wait dax2.0 --timeout 100ms
err "daxplug: timed out: dax2.0 is unplugged, and online is wanted (no rule of the policy requests a state)"
echo online_kernel >"$devices/dax2.0/state"
run "wait: without a rule, online" 0 wait dax2.0
waits dax8.0
waits_for_events $pid
kill -INT $pid
ended "wait: SIGINT" 130
finish
