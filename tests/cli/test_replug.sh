#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of a plug of a device that already has memory blocks, on each backend of a made-up kernel. The
# blocks are offline, as after a boot with memhp_default_state=offline, or they are in another zone,
# with --replug. Also tests the undo of each step.
#
# usage: test_replug.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

# module STATE, native STATE and byblock STATE make dax0.0 of four blocks, in STATE, for the backend
# of that name. bound() does what these have in common.
bound() {
	local b

	fresh
	answer ""
	blocks dax0.0 4
	ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
	[ "$1" = unplugged ] || for b in 32 33 34 35; do
		mkdir -p "$memory/memory$b"
		echo "${1%%_*}" >"$memory/memory$b/state"
		echo Movable >"$memory/memory$b/valid_zones"
		[ "$1" != online_kernel ] || echo Normal >"$memory/memory$b/valid_zones"
	done
	echo offline >"$memory/auto_online_blocks"
}
module() {
	bound unplugged
	mkdir -p "$DAXPLUG_SYSFS/module/kmem/parameters" "$devices/dax0.0/plug"
	echo "pmem:online" >"$DAXPLUG_SYSFS/module/kmem/parameters/policy"
	echo "$1" >"$devices/dax0.0/state"
	echo always >"$devices/dax0.0/plug/guard"
	echo 2500 >"$devices/dax0.0/plug/timeout_ms"
	echo default >"$devices/dax0.0/plug/policy"
}
native() {
	bound "$1"
	echo "$1" >"$devices/dax0.0/state"
	export FAKE_NATIVE=1
}
byblock() { bound "$1"; }
# state WORD: claims that daxplug list prints WORD
state() {
	run "$name: list" 0 list
	name="$name: $1"
	if [ "$(awk '$1 == "dax0.0" { print $NF }' "$tmp/out")" = "$1" ]; then ok; else fail "expected: $1"; fi
}

### offline: an unplug before is not necessary

for backend in module native byblock; do
	for zone in movable:online_movable kernel:online_kernel auto:online; do
		$backend offline
		run "$backend: plug from offline, ${zone%:*}" 0 plug --zone "${zone%:*}" dax0.0
		has out "dax0.0: offline -> ${zone#*:} (512.0 MiB)"
		state "${zone#*:}"
	done
	run "$backend: and unplug" 0 unplug dax0.0
	state unplugged
done
for backend in module native byblock; do
	$backend offline
	run "$backend: --dry-run from offline" 0 plug --dry-run dax0.0
	state offline
done

### the plug fails, and the device is offline again

module offline
export FAKE_REFUSE=online_movable:13
run "module: back to offline" 4 plug dax0.0
has err "; it was unplugged for the change, and is offline again"
state offline
holds "$DAXPLUG_SYSFS/module/kmem/parameters/policy" "pmem:online"
holds "$devices/dax0.0/plug/guard" always
holds "$devices/dax0.0/plug/timeout_ms" 2500
: >"$DAXPLUG_SYSFS/module/kmem/parameters/policy"
run "module: back to offline, without a policy" 4 plug dax0.0
holds "$DAXPLUG_SYSFS/module/kmem/parameters/policy" ""

# For the bind, the command changes the device's entry in the list of initial states. The list can
# also have entries of other devices. When the command restores the entry, it must keep what another
# program has changed meanwhile.
# restored BEFORE MEANWHILE AFTER: claims that the list is AFTER, if it was BEFORE, and if another
# program changed it to MEANWHILE during the bind
list=$DAXPLUG_SYSFS/module/kmem/parameters/policy
restored() {
	name="the list was \"$1\", then \"$2\""
	module offline
	export FAKE_REFUSE=online_movable:13
	echo "$1" >"$list"
	export FAKE_LIST_AT_BIND="$2"
	run "$name" 4 plug dax0.0
	unset FAKE_LIST_AT_BIND
	holds "$list" "$3"
}
restored pmem:online pmem:online,cxl:offline pmem:online,cxl:offline
restored pmem:online pmem:online,dax0.0:offline pmem:online
restored pmem:online dax0.0:offline,cxl:offline cxl:offline
restored "" dax0.0:offline ""
restored dax0.0:online,pmem:online dax0.0:offline,cxl:online dax0.0:offline,cxl:online
holds "$devices/dax0.0/plug/policy" online
restored dax0.00:online dax0.00:online,dax0.0:offline,dax0.01:offline dax0.00:online,dax0.01:offline
# If another program has changed the entry of this device meanwhile, the entry is not restored.
restored pmem:online pmem:online,dax0.0:online pmem:online,dax0.0:online
restored dax0.0:unplugged dax0.0:online dax0.0:online
holds "$devices/dax0.0/plug/policy" offline
# The command restores the list under a lock, so that two commands do not lose each other's changes.
export FAKE_LIST_LOCK=$DAXPLUG_RUN/all.lock
restored pmem:online pmem:online,dax0.0:offline pmem:online
unset FAKE_LIST_LOCK
# A setting that cannot be read is lost, but the undo goes on, and the other settings stay.
module offline
export FAKE_REFUSE=online_movable:13 FAKE_CANNOT_OPEN=24:plug/timeout_ms
run "module: back to offline, and a setting cannot be read" 4 plug dax0.0
has err "and is offline again"
unset FAKE_CANNOT_OPEN
state offline
holds "$devices/dax0.0/plug/guard" always
module offline
export FAKE_REFUSE=unplugged:16
run "module: the unplug before the plug is refused" 4 plug dax0.0
has err "it must be unplugged first, and a block refused to go offline (EBUSY); nothing was changed, state is still offline"
native offline
echo online >"$memory/auto_online_blocks"
export FAKE_FAIL=34:online_movable:13
run "native: back to offline" 4 plug dax0.0
has err "memory34 was not in the requested state at the final check (EBUSY); it was unplugged for the change, and is offline again"
state offline
holds "$memory/auto_online_blocks" online
byblock offline
export FAKE_FAIL=34:online_movable:13
run "byblock: back to offline" 4 plug dax0.0
has err "memory34 refused to come online (EACCES); nothing was changed, state is still offline"
state offline

### plugged in another zone: only with --replug

for backend in module native byblock; do
	$backend online_kernel
	run "$backend: another zone" 4 plug dax0.0
	err "\
daxplug: dax0.0: not plugged: it is already plugged in another way (EBUSY); nothing was changed, state is still online_kernel
daxplug: dax0.0: next: daxplug plug --replug dax0.0 unplugs it first"
	run "$backend: --dry-run another zone" 4 plug --dry-run dax0.0
	run "$backend: --dry-run --replug another zone" 0 plug --dry-run --replug dax0.0
	state online_kernel
	run "$backend: --replug to another zone" 0 plug --replug dax0.0
	has out "dax0.0: online_kernel -> online_movable (512.0 MiB)"
	state online_movable
	run "$backend: --replug where it is already" 0 plug --replug dax0.0
	has out "nothing to do"
done

module online_kernel
export FAKE_REFUSE=online_movable:16
run "module: --replug fails, and the old state is restored" 4 plug --replug dax0.0
has err "not plugged: its range is taken, or a block refused to come online (EBUSY); it was unplugged for the change, and is online_kernel again"
state online_kernel
export FAKE_REFUSE=unplugged:16
run "module: --replug, and the unplug is refused" 4 plug --replug dax0.0
has err "it must be unplugged first, and a block refused to go offline (EBUSY); nothing was changed, state is still online_kernel"
run "module: --replug, as JSON" 4 plug --replug --json dax0.0
has out '"step":"unplug"'
native online_kernel
export FAKE_FAIL=34:online_movable:13
run "native: --replug fails, and the old state is restored" 4 plug --replug dax0.0
has err "; it was unplugged for the change, and is online_kernel again"
state online_kernel
export FAKE_FAIL=34:online_movable:13,33:online_kernel:12
run "native: --replug fails, and so does the plug back" 5 plug --replug dax0.0
has err "state was online_kernel and is now unplugged"
has err "next: it was unplugged for the change, and could not be plugged again: remove the reason, then daxplug plug dax0.0"
byblock online_kernel
export FAKE_FAIL=34:online_movable:13
run "byblock: --replug fails, and the old state is restored" 4 plug --replug dax0.0
has err "memory34 refused to come online (EACCES); it was unplugged for the change, and is online_kernel again"
state online_kernel
# If the requested state was "online", the undo restores "online". The zone of each block may change.
unset FAKE_FAIL
byblock online
echo Normal >"$memory/memory32/valid_zones"
mkdir -p "$DAXPLUG_RUN"
echo online >"$DAXPLUG_RUN/dax0.0"
export FAKE_FAIL=34:online_movable:13
run "byblock: --replug from online fails, and the old state is restored" 4 plug --replug dax0.0
has err "is online again"
state online
export FAKE_FAIL=34:offline:16
run "byblock: --replug from online, and the unplug is refused" 4 plug --replug dax0.0
has err "nothing was changed, state is still online"
state online

### inconsistent: it is repaired if it can be, else unplugged and plugged

byblock online_kernel
echo offline >"$memory/memory34/state"
run "byblock: inconsistent, another zone" 4 plug dax0.0
run "byblock: inconsistent, --replug" 0 plug --replug dax0.0
state online_movable
native online_kernel
echo offline >"$memory/memory34/state"
run "native: inconsistent, another zone" 4 plug dax0.0
run "native: inconsistent, --replug" 0 plug --replug dax0.0
state online_movable
native online_kernel
echo offline >"$memory/memory34/state"
export FAKE_FAIL=34:online_movable:13
run "native: inconsistent, --replug fails: the actual state is reported" 5 plug --replug dax0.0
has err "state was inconsistent and is now unplugged"

### no signal or time limit ends the undo

module online_kernel
export FAKE_REFUSE=online_movable:16
name="module: --replug times out"
FAKE_WAIT=1 run "$name" 6 plug --replug -t 200ms dax0.0
has err "the time limit passed: undone (ETIMEDOUT); nothing was changed, state is still online_kernel"
byblock online_kernel
unset FAKE_REFUSE
export FAKE_WAIT_BLOCK=34 FAKE_WAIT_WORD=online_movable
name="byblock: --replug is interrupted in the second half"
waiting "$daxplug" plug --replug dax0.0
kill -INT $!
wait $!
code=$?
if [ $code -eq 130 ]; then ok; else fail "exit $code, expected 130"; fi
has err "interrupted at memory34: undone (EINTR); it was unplugged for the change, and is online_kernel again"
unset FAKE_WAIT_BLOCK FAKE_WAIT_WORD
state online_kernel

finish
