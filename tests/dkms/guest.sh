#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in a guest with the stock kernel. It installs the module that dkms has built where dkms installs it,
# uses it, and removes it. It calls depmod and modinfo of kmod by their paths, because those of busybox do
# not look into updates/.
. /lab/lib.sh
modules=/lib/modules/$(uname -r)

/usr/sbin/depmod
is "$(/usr/sbin/modinfo -n kmem)" "$modules/kernel/drivers/dax/kmem.ko" "guest: stock before"
mkdir -p "$modules/updates/dkms"
cp /lab/crc64.ko.xz "$modules/updates/dkms/kmem.ko.xz"
/usr/sbin/depmod
is "$(/usr/sbin/modprobe kmem 2>&1 | grep -o 'Invalid argument'), $(dmesg | grep -c 'decompression failed')" \
	"Invalid argument, 1" "guest: a module compressed with CRC64 does not load"
cp /lab/kmem.ko.xz "$modules/updates/dkms/kmem.ko.xz"
/usr/sbin/depmod
is "$(/usr/sbin/modinfo -n kmem)" "$modules/updates/dkms/kmem.ko.xz" "guest: ours in its place"
/usr/sbin/modprobe kmem
is "$(cat /sys/module/kmem/version)" "$(/usr/sbin/modinfo -F version kmem)" "guest: it loads"
is "$(cat "$STATE")" offline "guest: it has the device"
is "$(daxplug unplug "$DEV")" "$DEV: offline -> unplugged (1.0 GiB)" "guest: unplugged"
is "$(daxplug plug "$DEV")" "$DEV: unplugged -> online_movable (1.0 GiB)" "guest: plugged"
daxplug unplug "$DEV" >/dev/null
/usr/sbin/rmmod kmem
is $? 0 "guest: it unloads"
rm "$modules/updates/dkms/kmem.ko.xz"
/usr/sbin/depmod
/usr/sbin/modprobe kmem
is "$(ls -d /sys/module/kmem /sys/module/kmem/version 2>/dev/null)" /sys/module/kmem \
	"guest: the stock module again"
is "$(basename "$(readlink -f "$DIR/driver")"), $(ls "$STATE" 2>/dev/null)" "kmem, " \
	"guest: and it has the device"
finish
