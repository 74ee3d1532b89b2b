#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of memmap_on_memory, on a made-up kernel. It chooses whether the page structures of a device
# are in the device itself or in other memory. Each backend must apply the choice of the command or of
# the policy, or refuse it with a reason.
#
# usage: test_memmap.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

parameter=$DAXPLUG_SYSFS/module/memory_hotplug/parameters/memmap_on_memory
huge=$DAXPLUG_SYSFS/kernel/mm/transparent_hugepage/hpage_pmd_size
conf=$tmp/conf

# machine: makes dax0.0 of four blocks, without a driver, on a kernel that supports both choices
machine() {
	fresh
	answer ""
	blocks dax0.0 4
	mkdir -p "${parameter%/*}" "${huge%/*}"
	echo Y >"$parameter"
	echo 2097152 >"$huge"
	echo offline >"$memory/auto_online_blocks"
}
# module STATE [PAGES]: makes dax0.0, bound to daxplug's module, in STATE. PAGES pages of the device
# hold page structures
module() {
	machine
	ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
	mkdir -p "$DAXPLUG_SYSFS/module/kmem/parameters" "$devices/dax0.0/plug"
	: >"$DAXPLUG_SYSFS/module/kmem/parameters/policy"
	echo "$1" >"$devices/dax0.0/state"
	echo default >"$devices/dax0.0/plug/memmap_on_memory"
	counts "$1" "${2:-0}"
}
counts() {
	local absent=0 movable=4
	[ "$1" != unplugged ] || { absent=4 movable=0; }
	printf 'total 4\nabsent %d\noffline 0\nkernel 0\nmovable %d\npoisoned 0\nmemmap_pages %d\n' \
		$absent $movable "$2" >"$devices/dax0.0/plug/blocks"
}
chosen() { holds "$devices/dax0.0/plug/memmap_on_memory" "$1"; }
of_kernel() { holds "$devices/dax0.0/memmap_on_memory" "$1"; }

### words

machine
run "an unknown value" 2 plug --memmap-on-memory=maybe dax0.0
has err "unknown value 'maybe': --memmap-on-memory takes yes or no"
run "the value default" 2 plug --memmap-on-memory=default dax0.0
run "unplug has no such option" 2 unplug --memmap-on-memory=yes dax0.0

### daxplug's module

for word in yes no; do
	module unplugged
	run "module: $word: --dry-run" 0 plug --dry-run --memmap-on-memory=$word dax0.0
	has out "would be changed"
	chosen default
	run "module: $word" 0 plug --memmap-on-memory=$word dax0.0
	has out "dax0.0: unplugged -> online_movable"
	chosen $word
done
module unplugged
run "module: nothing is chosen" 0 plug dax0.0
chosen default

# If the plug fails after the choice was applied, the previous choice is restored
module unplugged
answer 12 unplugged
run "module: the plug fails" 4 plug --memmap-on-memory=yes dax0.0
chosen default
wrote dax0.0 unplugged

# An impossible choice is refused. The command does not plug with the other choice instead
module unplugged
echo N >"$parameter"
run "module: the parameter is off: --dry-run" 7 plug --dry-run --memmap-on-memory=yes dax0.0
has out "would be refused: its page structures cannot be in its own memory: the kernel's parameter memory_hotplug.memmap_on_memory is off"
run "module: the parameter is off" 7 plug --memmap-on-memory=yes dax0.0
has err "the kernel's parameter memory_hotplug.memmap_on_memory is off (EOPNOTSUPP); nothing was changed"
has err "next: daxplug doctor dax0.0"
wrote dax0.0 unplugged
chosen default
run "module: the parameter is off, as JSON" 7 plug --json --memmap-on-memory=yes dax0.0
has out '"step":"memmap"'
run "module: the parameter is off, and no is chosen" 0 plug --memmap-on-memory=no dax0.0
module unplugged
rm "$parameter"
run "module: no such parameter" 7 plug --memmap-on-memory=yes dax0.0
has err "this kernel has no parameter memory_hotplug.memmap_on_memory"
module unplugged
echo 33554432 >"$huge"
run "module: page structures of a block are too small" 7 plug --memmap-on-memory=yes dax0.0
has err "the page structures of a memory block, 2097152 bytes, are not a multiple of 33554432 bytes, which the kernel asks for"
wrote dax0.0 unplugged
echo force >"$parameter"
run "module: the parameter is force" 0 plug --memmap-on-memory=yes dax0.0
module unplugged
rm "$devices/dax0.0/plug/memmap_on_memory"
run "module: an old module without the setting" 7 plug --memmap-on-memory=yes dax0.0
has err "this driver has no setting memmap_on_memory"
run "module: an old module without the setting, and no is chosen" 0 plug --memmap-on-memory=no dax0.0

# If the memory blocks already exist, a plug cannot move their page structures
module online_movable 2048
run "module: the memory exists, with this choice" 0 plug --memmap-on-memory=yes dax0.0
has out "nothing to do: already online_movable"
run "module: the memory exists, with the other choice: --dry-run" 4 plug --dry-run --memmap-on-memory=no dax0.0
has out "would be refused: its memory exists, with page structures in its own memory"
run "module: the memory exists, with the other choice" 4 plug --memmap-on-memory=no dax0.0
has err "its memory exists, with page structures in its own memory (EBUSY); nothing was changed"
has err "next: daxplug plug --replug"
wrote dax0.0 online_movable
chosen default
run "module: --replug --dry-run" 0 plug --dry-run --replug --memmap-on-memory=no dax0.0
has out "would be changed, by way of an unplug"
has out "note: its memory exists, with page structures in its own memory: it is unplugged first"
run "module: --replug" 0 plug --replug --memmap-on-memory=no dax0.0
chosen no
run "module: an unplug after that" 0 unplug dax0.0

# The device is unplugged, and the new plug fails. The plug that should undo the unplug fails, too,
# because the kernel refuses online_movable. The device stays unplugged, and the previous choice is
# restored
module online_movable 0
export FAKE_REFUSE=online_movable:16
run "module: --replug fails" 5 plug --replug --memmap-on-memory=yes dax0.0
chosen default
wrote dax0.0 unplugged
unset FAKE_REFUSE

### the kernel's own driver, block by block

machine
run "kernel: no such file" 7 plug --memmap-on-memory=yes dax0.0
has err "this driver has no setting memmap_on_memory"
run "kernel: no such file, and no is chosen" 0 plug --memmap-on-memory=no dax0.0
machine
echo 0 >"$devices/dax0.0/memmap_on_memory"
run "kernel: yes" 0 plug --memmap-on-memory=yes dax0.0
of_kernel 1
run "kernel: the memory exists, with the other choice" 4 plug --memmap-on-memory=no dax0.0
has err "its memory exists, with page structures in its own memory"
of_kernel 1
run "kernel: --replug" 0 plug --replug --memmap-on-memory=no dax0.0
of_kernel 0
run "kernel: show" 0 show dax0.0
has out "  memmap     no"
machine
echo 0 >"$devices/dax0.0/memmap_on_memory"
export FAKE_BIND=kmem:16
run "kernel: the bind fails" 4 plug --memmap-on-memory=yes dax0.0
of_kernel 0
unset FAKE_BIND

### the kernel's own driver of 7.3, which must be bound again to apply a choice

# native: makes the device, bound to the native driver and unplugged
native() {
	machine
	ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
	echo 0 >"$devices/dax0.0/memmap_on_memory"
	echo unplugged >"$devices/dax0.0/state"
	export FAKE_NATIVE=1
}
native
run "native: no" 0 plug --memmap-on-memory=no dax0.0
name="$name: the driver was not unbound"
if [ -s "$drivers/kmem/unbind" ]; then fail; else ok; fi
native
run "native: yes" 0 plug --memmap-on-memory=yes dax0.0
of_kernel 1
name="$name: the driver was unbound"
if [ -s "$drivers/kmem/unbind" ]; then ok; else fail; fi

# is_bound: claims that the device has its driver
is_bound() {
	name="$name: bound"
	if [ -L "$devices/dax0.0/driver" ]; then ok; else fail "no driver is bound"; fi
}
# is_unbound: claims that the device has no driver
is_unbound() {
	name="$name: unbound"
	if [ ! -L "$devices/dax0.0/driver" ]; then ok; else fail "a driver is bound"; fi
}
# once VARIABLE VALUE: exports VARIABLE, which acts on the first bind only
once() {
	: >"$tmp/once"
	export FAKE_ONCE=$tmp/once "$1=$2"
}
# as_before: claims that the undo has restored the setting, the driver and the state
as_before() {
	if [ ! -e "$tmp/once" ]; then ok; else fail "nothing has failed"; fi
	of_kernel 0
	is_bound
	wrote dax0.0 unplugged
	unset FAKE_ONCE FAKE_BIND FAKE_WAIT_BIND FAKE_REFUSE
}

# The bind fails after the setting was written. The undo restores the setting and binds again.
native
once FAKE_BIND kmem:16
run "native: the bind fails" 4 plug --memmap-on-memory=yes dax0.0
err "daxplug: dax0.0: not plugged: memmap_on_memory cannot be set, for which the driver kmem is unbound and bound again (EBUSY); nothing was changed, state is still unplugged
daxplug: dax0.0: next: daxplug doctor dax0.0; or omit --memmap-on-memory, or the key of the policy"
as_before
native
once FAKE_BIND kmem:16
run "native: the bind fails: --json" 4 plug --json --memmap-on-memory=yes dax0.0
has out '"outcome":"undone"'
has out '"step":"memmap"'
as_before

# The deadline ends the bind, either before or after the kernel has bound the device. The deadline
# does not end the undo. It is 10 s, so that even a busy machine begins the bind in that time.
for when in 1 late; do
	native
	once FAKE_WAIT_BIND $when
	run "native: the deadline ends the bind ($when)" 6 plug --timeout=10s --memmap-on-memory=yes dax0.0
	has err "not plugged: the time limit passed: undone (ETIMEDOUT); nothing was changed, state is still unplugged"
	as_before
done

# The bind of the undo fails, too. The device has no driver, and the message says so.
native
export FAKE_BIND=kmem:16
run "native: no bind succeeds" 5 plug --memmap-on-memory=yes dax0.0
err "daxplug: dax0.0: not plugged: memmap_on_memory cannot be set, for which the driver kmem is unbound and bound again (EBUSY); state is still unplugged, and the driver kmem could not be bound to it again
daxplug: dax0.0: next: see dmesg for the reason; daxplug plug --memmap-on-memory=no dax0.0 binds kmem, with the setting from before"
of_kernel 0
is_unbound
unset FAKE_BIND
run "native: no bind succeeds: the advice" 0 plug --memmap-on-memory=no dax0.0
of_kernel 0
is_bound
native
export FAKE_BIND=kmem:16
run "native: no bind succeeds: --json" 5 plug --json --memmap-on-memory=yes dax0.0
has out '"outcome":"inconsistent"'
unset FAKE_BIND

# The bind adds the memory, and the driver does not remove it again.
native
export FAKE_REFUSE=unplugged:16
run "native: the memory cannot be removed after the bind" 5 plug --memmap-on-memory=yes dax0.0
has err "; state was unplugged and is now offline, and memmap_on_memory was no and is now yes"
has err "next: daxplug unplug dax0.0 removes its blocks, which are not in use"
is_bound
unset FAKE_REFUSE
run "native: the memory cannot be removed after the bind: the advice" 0 unplug dax0.0
wrote dax0.0 unplugged

# The plug fails after the setting was changed. The undo needs a bind.
native
export FAKE_REFUSE=online_movable:16
run "native: the plug fails" 4 plug --memmap-on-memory=yes dax0.0
has err "; nothing was changed, state is still unplugged"
of_kernel 0
is_bound
unset FAKE_REFUSE

# The bind fails after the device was unplugged for another place of the page structures.
native
run "native: plugged" 0 plug dax0.0
once FAKE_BIND kmem:16
run "native: --replug: the bind fails" 4 plug --replug --memmap-on-memory=yes dax0.0
has err "(EBUSY); it was unplugged for the change, and is online_movable again"
of_kernel 0
is_bound
wrote dax0.0 online_movable
unset FAKE_ONCE
run "native: --replug: no bind succeeds" 5 plug --replug --memmap-on-memory=yes dax0.0
has err "; state was online_movable and is now unplugged, and the driver kmem could not be bound to it again"
of_kernel 0
is_unbound
unset FAKE_BIND
run "native: --replug: no bind succeeds: the advice" 0 plug --memmap-on-memory=no dax0.0
unset FAKE_NATIVE

### what is shown

module online_movable 2048
run "list" 0 list --noheadings -o NAME,MEMMAP dax0.0
has out "dax0.0 yes"
run "show" 0 show dax0.0
has out "  memmap     yes, 8.0 MiB of it"
run "show: JSON" 0 show --json dax0.0
has out '"memmap_on_memory":"default"'
has out '"memmap_bytes":8388608'
run "doctor" 0 doctor --id memmap dax0.0
out "ok       dax0.0: 8.0 MiB of it hold its page structures, which take no other memory [memmap]"
module unplugged
run "show: unplugged" 0 show dax0.0
has out "  memmap     default"
mkdir -p "$DAXPLUG_ROOT${parameter#"$tmp"}"
rmdir "$DAXPLUG_ROOT${parameter#"$tmp"}"
echo N >"$DAXPLUG_ROOT${parameter#"$tmp"}"
run "doctor: the parameter is off" 0 doctor --id memmap dax0.0
out "note     dax0.0: plugged, its 512.0 MiB take 8.0 MiB of other memory for page structures, 64 bytes for each page: the kernel's parameter memory_hotplug.memmap_on_memory is off [memmap]
           next: to have them in the device itself: memory_hotplug.memmap_on_memory=1 on the kernel's command line, then daxplug plug --memmap-on-memory=yes dax0.0"
rm "$devices/dax0.0/plug/memmap_on_memory"
run "show: no such setting: JSON" 0 show --json dax0.0
has out '"memmap_on_memory":null'

# With little free memory, the page structures fit only into the device itself
module unplugged
mkdir -p "$DAXPLUG_ROOT/proc"
printf '%s\n' "Node 0, zone   Normal" "  pages free     200" "        high     100" >"$DAXPLUG_ROOT/proc/zoneinfo"
run "little memory" 4 plug --dry-run dax0.0
has out "may be refused: its page structures need 8 MiB"
has out "; with memmap_on_memory yes they would be in the device itself"
run "little memory: yes" 0 plug --dry-run --memmap-on-memory=yes dax0.0
echo yes >"$devices/dax0.0/plug/memmap_on_memory"
run "little memory: yes, by the setting" 0 plug --dry-run dax0.0
run "little memory: no" 4 plug --dry-run --memmap-on-memory=no dax0.0

# A range that does not begin on a block boundary
module unplugged
printf '0x%x\n' 0x101000000 >"$devices/dax0.0/mapping0/start"
echo $((0x1f000000)) >"$devices/dax0.0/size"
run "unused ends" 0 plug --dry-run dax0.0
has out "note: 117440512 bytes (112 MiB) of it stay unused: they fill no memory block of 128 MiB"

### the policy

policy() {
	rm -rf "$conf"
	mkdir -p "$conf"
	printf '%s\n' '[r]' 'device = dax0.0' "$@" >"$conf/r.conf"
}
for value in default maybe 1 ''; do
	policy "memmap_on_memory = $value"
	run "policy: '$value'" 2 apply --check-config --config "$conf"
	has err "memmap_on_memory takes yes or no, once in a rule"
done
policy "memmap_on_memory = yes" "memmap_on_memory = yes"
run "policy: twice" 2 apply --check-config --config "$conf"

policy "state = online_movable" "memmap_on_memory = yes"
module unplugged
run "policy: --print" 0 apply --print --config "$conf"
has out "# dax0.0: state online_movable memmap_on_memory yes [r,"
run "policy: --print --json" 0 apply --print --json --config "$conf"
has out '"memmap_on_memory":"yes"'
run "policy: plugged with the choice of the rule" 0 apply --config "$conf"
has out "dax0.0: state unplugged -> online_movable: done"
chosen yes
counts online_movable 2048
run "policy: the memory exists, with this choice" 0 apply --check --config "$conf"
module online_movable 0
run "policy: the memory exists, with the other choice: --check" 1 apply --check --config "$conf"
has out "dax0.0: memmap_on_memory no -> yes: differs"
run "policy: the memory exists, with the other choice: --check --json" 1 apply --check --json --config "$conf"
has out '"what":"memmap_on_memory"'
run "policy: the memory exists, with the other choice" 0 apply --config "$conf"
has out "dax0.0: memmap_on_memory no -> yes: done"
chosen yes
module unplugged
echo N >"$parameter"
run "policy: the parameter is off" 7 apply --config "$conf"
has err "the kernel's parameter memory_hotplug.memmap_on_memory is off"
has out "dax0.0: state unplugged -> online_movable: failed"
wrote dax0.0 unplugged

policy "memmap_on_memory = no"
module unplugged
run "policy: no state: --check" 1 apply --check --config "$conf"
has out "dax0.0: memmap_on_memory default -> no: differs"
run "policy: no state" 0 apply --config "$conf"
chosen no
run "policy: no state: the choice is set" 0 apply --check --config "$conf"

printf '%s\n' '[default]' 'memmap_on_memory = yes' '[r]' 'device = dax0.0' 'state = online_movable' >"$conf/r.conf"
module unplugged
run "policy: from [default]" 0 apply --config "$conf"
chosen yes

finish
