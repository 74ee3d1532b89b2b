#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# device_dax does not take a device. Where its page structures do not fit, the command refuses
# before anything is changed; when the kernel refuses, the device comes back to kmem as it was.
# lab[6.12, long 6.1 7.3; make check-long has the others]: --module ours --mem 512M --dax 160G --dax 1G --timeout 240 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
need=$(($(cat "$DIR/size") / 256 / 1024))
driver() { basename "$(readlink "$DIR/driver")"; }
as_before() {
	is "$(driver)" kmem "its driver is kmem"
	is "$(state)" unplugged "it is unplugged"
	is "$(cat "$DIR/plug/timeout_ms")" 4321 "with its time limit"
	same "$before" "$(snap "$DEV")" "nothing has changed"
}

[ "$(meminfo MemAvailable)" -lt $need ] && pass "$need KiB are needed, there are less" ||
	{ fail "set-up: too much memory"; finish; }
/usr/sbin/modprobe device_dax
unplugged
is "$(put "$DIR/plug/timeout_ms" 4321)" ok "set-up: a time limit of its own"
before=$(snap "$DEV")
free=$(meminfo MemFree)

run 4 mode --dry-run "$DEV" devdax
says out "its page structures need 640.0 MiB"
run 4 mode "$DEV" devdax
says err "its page structures need 640.0 MiB"
says err "(ENOMEM); nothing was changed"
as_before
[ "$(meminfo MemFree)" -gt $((free - 16384)) ] && pass "no memory is lost" ||
	fail "MemFree was $free KiB, is $(meminfo MemFree) KiB"

# Its addresses are somebody else's for a while, which only the kernel can see.
# shellcheck disable=SC2034 # lib.sh reads STATE
DEV=dax1.0 DIR=/sys/bus/dax/devices/dax1.0 STATE=/sys/bus/dax/devices/dax1.0/state
unplugged
is "$(put "$DIR/plug/timeout_ms" 4321)" ok "set-up: a time limit of its own"
insmod /lab/claim.ko
cat "$DIR/mapping0/start" >/sys/module/claim/parameters/region
before=$(snap "$DEV")
for _ in 1 2 3; do
	run 4 mode "$DEV" devdax
	says err "the driver device_dax refused the device"
	says err "it was undone, mode is still system-ram"
	as_before
done
echo 0 >/sys/module/claim/parameters/region
# The kernel's device_dax remembers the failed try, and takes such a device no more: in 6.12 it
# says "dynamic-dax with pre-populated page map". As system RAM the device is as good as before.
run 0 plug "$DEV"
run 0 unplug "$DEV"
finish
