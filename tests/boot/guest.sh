#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in a Debian in which tests/boot/run has installed the packages. A udev rule (hostile.rules) contradicts
# the policy (policy.conf). Every device must be in the state of the policy, and no unit may fail.
. /lab/common.sh

up "booted: the system is running, and no unit has failed"
is "$(cat /sys/module/kmem/version)" "$(modinfo -F version kmem)" "the driver is ours"
is "$(systemctl is-active daxplug.service)" active "daxplug.service is active"
is "$(cat /sys/devices/system/memory/auto_online_blocks), $(cat /sys/module/kmem/parameters/policy)" \
	"online, cxl:unplugged,hmem:unplugged" "the devices wait for daxplug's policy, although the kernel's policy is online"

use "$(card 1)"
is "$(state), $(truly)" "online_movable, online_movable" \
	"the card with serial number 1 is plugged, in ZONE_MOVABLE"
offline_first() {
	if (echo offline >"$MEMORY/memory$(blocks | head -n 1)/state") 2>/dev/null; then
		echo accepted
	else
		echo refused
	fi
}
is "$(cat "$DIR/plug/guard"), $(offline_first), $(truly)" \
	"always, refused, online_movable" "and guarded: nobody else switches its blocks"
by_service unplugged card

spare=$(spare 512)
use "$spare"
is "$(state), $(truly)" "unplugged, unplugged" "the spare device is unplugged"
daxplug plug "$DEV" >/dev/null
is "$(truly)" online_movable "plugged by hand"
systemctl restart daxplug.service
is "$(truly)" unplugged "systemctl restart daxplug: as the policy wants it"

# udev applies the policy to a device that is bound to kmem. It must not do so if the command daxplug has
# bound the device, because a user requested that.
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
daxplug plug "$DEV" >/dev/null
up "bound and plugged by hand: the system is well"
is "$(truly)" online_movable "and it stays plugged, although the policy says unplugged"
daxplug unplug "$DEV" >/dev/null

# A device that returns from device_dax to kmem counts as a new one. So udev must apply the policy to it,
# although daxplug has bound the device before.
# starts: prints how often the service of the spare device was started
starts() { journal -u "daxplug@$spare.service" | grep -c ^Starting; }
is "$(starts)" 1 "udev has not started the service of the spare device when daxplug bound it"
modprobe device_dax
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
echo "$DEV" >/sys/bus/dax/drivers/device_dax/new_id
[ -e "$DIR/driver" ] || echo "$DEV" >/sys/bus/dax/drivers/device_dax/bind
is "$(basename "$(readlink "$DIR/driver")")" device_dax "the spare device is a devdax"
echo "$DEV" >/sys/bus/dax/drivers/device_dax/unbind
echo "$DEV" >/sys/bus/dax/drivers/device_dax/remove_id
echo "$DEV" >/sys/bus/dax/drivers/kmem/bind
started_again() { [ "$(starts)" -eq 2 ]; }
until_true "when it returns from devdax, udev starts its service again" started_again

# A device without a rule has the default guard, which lets the hostile udev rule switch its blocks.
use "$(spare 768)"
is "$(truly)" unplugged "the device without a rule is in its initial state"
is "$(journal -u "daxplug@$DEV.service" | grep -c "^$DEV: stays unplugged: no rule of the policy matches it")" 1 \
	"and the journal says that no rule matches it"
daxplug plug "$DEV" >/dev/null
is "$(daxplug unplug "$DEV"), $(truly)" \
	"$DEV: online_movable -> unplugged (768.0 MiB), unplugged" "it plugs and unplugs, hostile rule or not"
daxplug plug "$DEV" >/dev/null
block=$(blocks | head -n 1)
is_online() { [ "$(cat "$MEMORY/memory$block/state")" = online ]; }
is "$(offline_first)" accepted "one of its blocks offline"
until_true "the hostile rule brings it online again" is_online

lab-cxl-region 2
plugged_2() { [ "$(cat "/sys/bus/dax/devices/$(card 2)/state" 2>/dev/null)" = online_movable ]; }
until_true "the card with serial number 2 appears, and is plugged" plugged_2
use "$(card 2)"
is "$(truly), $(cat "$DIR/plug/timeout_ms")" "online_movable, 300000" "every block is online, and the time limit is set"
up "and the system is well"

is "$(daxplug apply --check)" "every device is as the policy wants it" "daxplug apply --check"
is "$(journal -p warning -u 'daxplug*')" "" "no warning of ours in the journal"
is "$(journal -k -p err -g 'kmem|dax')" "" "no error of the module's"

# The documents name "systemctl restart" and not "reload", because systemd does not reload a failed unit.
echo "[bad" >/etc/daxplug/daxplug.conf.d/90-bad.conf
systemctl restart daxplug.service 2>/dev/null || true
is "$(systemctl is-active daxplug.service)" failed "an error in the policy: the service has failed"
rm /etc/daxplug/daxplug.conf.d/90-bad.conf
systemctl restart daxplug.service
is "$(systemctl is-active daxplug.service)" active "when the error is removed, systemctl restart makes the service active"
journal -u 'daxplug*' | sed 's/^/# /'
finish
