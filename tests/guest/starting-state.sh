#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The starting state of a device is set with the module's parameter, for its origin or for the
# device, or with the device's file plug/policy. Then the device is bound. It must be in that state
# after the bind, and an invalid setting must be refused as a whole, with its position in the log.
# With a wrong module a rule would apply to another device, or an invalid setting would replace the
# old one.
# lab[6.12 7.3; 6.1 makes no dax devices of CXL regions]: --dax 1G --cxl 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --dax 1G --pmem 1G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
param=/sys/module/kmem/parameters/policy
# device_below PATH: print the name of the device below PATH in /sys. The names differ between
# kernels, because 7.3 gives CXL devices the first numbers.
device_below() { for d in /sys/bus/dax/devices/dax*; do readlink -f "$d"; done | sed -n "s,.*$1.*/,,p"; }
hmem=$(device_below /hmem) other=$(device_below /ACPI0017) origin=cxl
[ -n "$other" ] || other=$(device_below /ndbus) origin=pmem
devices="$hmem $other"
state_of() { cat /sys/bus/dax/devices/"$1"/state; }
reload() {
	for dev in $devices; do
		put /sys/bus/dax/devices/"$dev"/state unplugged >/dev/null
	done
	rmmod kmem || fail "set-up: the module cannot be unloaded"
	load kmem "$@"
}

is "$(cat /sys/bus/dax/devices/"$hmem"/plug/policy)" default "plug/policy is default by default"
reload policy=$origin:online_movable,hmem:unplugged
is "$(state_of "$hmem")" unplugged "hmem:unplugged"
is "$(state_of "$other")" online_movable "$origin:online_movable"
is "$(cat $param)" $origin:online_movable,hmem:unplugged "the parameter reads as it was set"
reload policy="$hmem":online_movable,$origin:offline,hmem:unplugged
is "$(state_of "$hmem")" online_movable "a rule for a device takes precedence over one for its origin"
is "$(state_of "$other")" offline "$origin:offline"
reload policy="$other":default,$origin:online_movable
is "$(state_of "$other")" offline "default: the state that the kernel's auto-online policy gives"
reload policy="$other":online_kernel
is "$(state_of "$other")" online_kernel "$other:online_kernel"
is "$(state_of "$hmem")" offline "$other's rule does not apply to $hmem"

# check_refused POLICY POSITION MARK: claim that the invalid POLICY is refused, that the log has the
# POSITION of the error, and that the former policy stays
check_refused() {
	mark "policy-$3"
	is "$(put $param "$1")" EINVAL "refused: $1"
	dmesg | sed "1,/policy-$3/d" | grep -q "policy=.*: position $2: " &&
		pass "the log names position $2" ||
		fail "the log: $(dmesg | sed "1,/policy-$3/d" | grep policy=)"
	is "$(cat $param)" "$other":online_kernel "the former policy stays"
}
check_refused cxl:sideways 5 a
check_refused cxl:online,hmem:bogus 17 b
check_refused cxl 1 c
check_refused scsi:online 1 d
check_refused cxl:online,cxl:offline 12 e
check_refused cxl:online, 12 f
check_refused ,cxl:online 1 g
check_refused cxl:online:offline 5 h
for dev in $devices; do
	put /sys/bus/dax/devices/"$dev"/state unplugged >/dev/null
done
rmmod kmem
mark policy-load
message=$(/usr/sbin/modprobe kmem policy=cxl:nonsense 2>&1) && fail "loaded with an invalid policy"
case $message in
*kmem*': Invalid argument'*) pass "with an invalid policy the module is not loaded: EINVAL" ;;
*) fail "with an invalid policy: $message" ;;
esac
dmesg | sed 1,/policy-load/d | grep -q "policy=cxl:nonsense: position 5: " &&
	pass "the log names position 5" || fail "the log: $(dmesg | sed 1,/policy-load/d | grep policy=)"
[ ! -e /sys/module/kmem ] && pass "the module is not loaded" || fail "the module is loaded"
load kmem

# A write to the device's own file takes effect at the next bind.
own=/sys/bus/dax/devices/$hmem/plug/policy
for want in unplugged offline online_movable online_kernel; do
	was=$(state_of "$hmem")
	is "$(put "$own" $want)" ok "plug/policy: $want"
	is "$(cat "$own")" $want "reads $want"
	is "$(state_of "$hmem")" "$was" "the state does not change now"
	put /sys/bus/dax/devices/"$hmem"/state unplugged >/dev/null
	echo "$hmem" >$driver/unbind
	echo "$hmem" >$driver/bind
	is "$(state_of "$hmem")" $want "at the next bind: $want"
done
is "$(put "$own" sideways)" EINVAL "plug/policy: not a state"
is "$(put "$own" '')" ok "an empty write changes nothing"
is "$(cat "$own")" online_kernel "plug/policy is unchanged"
is "$(put "$own" default)" ok "plug/policy: default"
put /sys/bus/dax/devices/"$hmem"/state unplugged >/dev/null
echo "$hmem" >$driver/unbind
echo "$hmem" >$driver/bind
is "$(state_of "$hmem")" offline "at the next bind: the kernel's policy"

# Check the counts in plug/blocks and plug/stats.
is "$(tr '\n' ' ' </sys/bus/dax/devices/"$hmem"/plug/blocks)" \
	'total 8 absent 0 offline 8 kernel 0 movable 0 poisoned 0 memmap_pages 0 ' "plug/blocks, offline"
hmem_dir=/sys/bus/dax/devices/$hmem
put "$hmem_dir"/state online >/dev/null
put "$hmem_dir"/state unplugged >/dev/null
put "$hmem_dir"/state online_movable >/dev/null
is "$(tr '\n' ' ' <"$hmem_dir"/plug/blocks)" 'total 8 absent 0 offline 0 kernel 0 movable 8 poisoned 0 memmap_pages 0 ' "plug/blocks, online_movable"
echo offline >"$MEMORY"/memory"$(DIR=$hmem_dir blocks | head -n 1)"/state
is "$(tr '\n' ' ' <"$hmem_dir"/plug/blocks)" 'total 8 absent 0 offline 1 kernel 0 movable 7 poisoned 0 memmap_pages 0 ' "plug/blocks, one offline"
put "$hmem_dir"/state unplugged >/dev/null
is "$(tr '\n' ' ' <"$hmem_dir"/plug/blocks)" 'total 8 absent 8 offline 0 kernel 0 movable 0 poisoned 0 memmap_pages 0 ' "plug/blocks, unplugged"
is "$(sed '/pages_moved/,$d' "$hmem_dir"/plug/stats | tr '\n' ' ')" \
	'plugs 2 unplugs 2 refusals 1 undos 0 failed_undos 0 vetoes 0 ' "plug/stats"
finish
