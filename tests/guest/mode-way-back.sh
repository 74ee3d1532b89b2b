#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `daxplug mode` is to bind a device to device_dax, which cannot succeed. First the page structures
# do not fit into memory, and the command must refuse before any change. Then the kernel refuses the
# bind of another device, and the command must bind this device to kmem again, with its state and
# its time limit as before. A wrong command would leave the device without a driver, or lose its
# settings or memory.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --module ours --mem 512M --dax 160G --dax 1G --timeout 240 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
need=$(($(cat "$DIR/size") / 256 / 1024))
driver() { basename "$(readlink "$DIR/driver")"; }
check_unchanged() {
	is "$(driver)" kmem "its driver is kmem"
	is "$(state)" unplugged "it is unplugged"
	is "$(cat "$DIR/plug/timeout_ms")" 4321 "its time limit is unchanged"
	same "$before" "$(snap "$DEV")" "nothing has changed"
}

[ "$(meminfo MemAvailable)" -lt $need ] && pass "set-up: page structures need $need KiB, and less is available" ||
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
check_unchanged
[ "$(meminfo MemFree)" -gt $((free - 16384)) ] && pass "no memory is lost" ||
	fail "MemFree was $free KiB, is $(meminfo MemFree) KiB"

# Let claim.ko claim the addresses of the other device. The command cannot detect this claim before
# the bind, so it unbinds kmem, and then the kernel's device_dax refuses the device.
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
	check_unchanged
done
echo 0 >/sys/module/claim/parameters/region
# After a failed bind, device_dax of the kernel refuses the device also without the claim. 6.12 logs
# "dynamic-dax with pre-populated page map" then. So only check that the device works as system RAM.
run 0 plug "$DEV"
run 0 unplug "$DEV"
finish
