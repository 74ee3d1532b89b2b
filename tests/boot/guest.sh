#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the Debian that tests/boot/run has installed the packages in, after it has
# booted: is every device as the policy (policy.conf) says, with a udev rule at
# work that says otherwise (hostile.rules), and is the system well?
. /lab/lib.sh

# up WHAT: nothing is starting, no event is waiting, and all is well.
up() {
	udevadm settle
	is "$(systemctl is-system-running --wait), $(systemctl --failed --no-legend)" "running, " "$1"
}

# card SERIAL, spare MIB: the device that it is.
card() { daxplug show "serial:$1" --json | grep -oE '"name": *"dax[0-9.]+"' | grep -oE 'dax[0-9.]+'; }
spare() { daxplug list | awk -v size="$1.0" '$2 == size && $5 == "hmem" { print $1 }'; }

# use DEVICE: what lib.sh and the rest speak of from here on.
# shellcheck disable=SC2034 # lib.sh asks for STATE
use() {
	DEV=$1 DIR=/sys/bus/dax/devices/$1
	STATE=$DIR/state
}

# truly: the state, worked out from the memory blocks.
truly() {
	# shellcheck disable=SC2046 # numbers
	truth none $(blocks)
}

journal() { journalctl --boot --no-pager --output cat "$@"; }

# until_true WHAT COMMAND...: the limit only tells a dead guest from a slow one.
until_true() {
	what=$1
	shift
	end=$(($(cut -d. -f1 /proc/uptime) + 300))
	until "$@"; do
		if [ "$(cut -d. -f1 /proc/uptime)" -gt $end ]; then
			fail "$what"
			return
		fi
		udevadm settle
	done
	pass "$what"
}

up "booted: the system is running, and no unit has failed"
is "$(cat /sys/module/kmem/version)" "$(modinfo -F version kmem)" "the driver is ours"
is "$(systemctl is-active daxplug.service)" active "daxplug.service is active"

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
is "$(systemctl show -P Result "daxplug@$DEV.service"), $(journal -u "daxplug@$DEV.service" |
	grep -c "^$DEV: state unplugged -> online_movable: done \[card, ")" "success, 1" \
	"by the service that udev started for it"

spare=$(spare 512)
use "$spare"
is "$(state), $(truly)" "unplugged, unplugged" "the spare device is unplugged"
daxplug plug "$DEV" >/dev/null
is "$(truly)" online_movable "plugged by hand"
systemctl reload daxplug.service
is "$(truly)" unplugged "systemctl reload daxplug: as the policy wants it"

# What somebody has asked for is not what udev is to put right.
echo "$DEV" >/sys/bus/dax/drivers/kmem/unbind
daxplug plug "$DEV" >/dev/null
up "bound and plugged by hand: the system is well"
is "$(truly)" online_movable "and so it stays, against the policy"
daxplug unplug "$DEV" >/dev/null

# A device without a rule, for the udev rule to bite.
use "$(spare 768)"
is "$(truly)" unplugged "the device without a rule is as it started"
daxplug plug "$DEV" >/dev/null
is "$(daxplug unplug "$DEV"), $(truly)" \
	"$DEV: online_movable -> unplugged (768.0 MiB), unplugged" "it plugs and unplugs, hostile rule or not"
daxplug plug "$DEV" >/dev/null
block=$(blocks | head -n 1)
is_online() { [ "$(cat "$MEMORY/memory$block/state")" = online ]; }
is "$(offline_first)" accepted "one of its blocks offline"
until_true "the hostile rule is at work: it comes back" is_online

lab-cxl-region 2
plugged_2() { [ "$(cat "/sys/bus/dax/devices/$(card 2)/state" 2>/dev/null)" = online_movable ]; }
until_true "the card with serial number 2 comes, and is plugged" plugged_2
use "$(card 2)"
is "$(truly), $(cat "$DIR/plug/timeout_ms")" "online_movable, 300000" "in truth, with its time limit"
up "and the system is well"

is "$(daxplug apply --check)" "every device is as the policy wants it" "daxplug apply --check"
is "$(journal -u "daxplug@$spare.service" | grep -c ^Starting)" 1 \
	"udev has not asked for the spare device again when it was bound by hand"
is "$(journal -p warning -u 'daxplug*')" "" "no warning of ours in the journal"
is "$(journal -k -p err -g 'kmem|dax')" "" "no error of the module's"
journal -u 'daxplug*' | sed 's/^/# /'
finish
