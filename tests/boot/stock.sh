#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the same Debian without daxplug's module, as in doc/install.md, with the same units and the
# same policy (policy.conf). Every device must be in the state of the policy. Then a udev rule that
# contradicts the policy (hostile.rules) is added. With the stock driver the rule may win, and then
# the service must report it.
#
#   stock.sh BACKEND
. /lab/common.sh
backend=$1

# reported: prints the backend and the state that the command reports, to compare with the actual state
reported() { daxplug list | awk -v dev="$DEV" '$1 == dev { print $(NF - 1), $NF }'; }

up "$backend: booted: the system is running, and no unit has failed"
is "$([ -e /sys/module/kmem/version ] || echo none)" none "the driver is the kernel's own"
is "$(systemctl is-active daxplug.service)" active "daxplug.service is active"

use "$(card 1)"
is "$(reported), $(truly)" "$backend online_movable, online_movable" \
	"the card with serial number 1 is plugged, in ZONE_MOVABLE"
by_service offline card
use "$(spare 512)"
is "$(truly)" unplugged "the spare device is unplugged"
daxplug plug "$DEV" >/dev/null
up "plugged by hand: the system is well"
is "$(reported), $(truly)" "$backend online_movable, online_movable" "and it stays plugged, although the policy says unplugged"
systemctl restart daxplug.service
is "$(truly)" unplugged "systemctl restart daxplug: as the policy wants it"
is "$(daxplug apply --check 2>/dev/null)" "every device is as the policy wants it, as far as it can be: \
rules or serial numbers without a device: 1, wishes that cannot be met: 1" \
	"daxplug apply --check: the second card is not there yet, and this driver has no guard"
is "$(journal -p warning -u 'daxplug*')" "" "no warning of ours in the journal"

# With the rule: the device has the requested state, or the service fails and reports it.
mkdir -p /run/udev/rules.d
cp /lab/hostile.rules /run/udev/rules.d/40-hostile.rules
udevadm control --reload
lab-cxl-region 2
ended() { journal -u "daxplug@$(card 2).service" | grep -qE '^(Finished|Failed to start) '; }
until_true "the card with serial number 2 appears, and its service has run" ended
use "$(card 2)"
said=$(journal -u "daxplug@$DEV.service" | grep -oE "^daxplug: $DEV: (not (un)?plugged|next): ")
result=$(systemctl show -P Result "daxplug@$DEV.service")
case "$result, $(truly)" in
"success, online_movable") is "$said" "" "it is plugged in spite of the rule, and no message says otherwise" ;;
exit-code,*)
	is "$(echo "$said" | grep -c next)" 1 "the rule wins: the service has failed, and reports the reason and the next step"
	;;
*) fail "the service ends in $result, and the device is $(truly)" ;;
esac
systemctl restart daxplug.service 2>/dev/null || true
case "$(systemctl is-active daxplug.service), $(truly)" in
"active, online_movable" | "failed, "*) pass "daxplug.service is well only if the device is" ;;
*) fail "daxplug.service is $(systemctl is-active daxplug.service), and the device is $(truly)" ;;
esac
journal -u 'daxplug*' | sed 's/^/# /'
finish
