# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions for the scripts that run in a Debian that packages.sh boots. They use lib.sh, too.
. /lab/lib.sh

# up WHAT: waits until systemd has started everything and udev has processed all events. Claims that the
# system runs and that no unit has failed.
up() {
	udevadm settle
	is "$(systemctl is-system-running --wait), $(systemctl --failed --no-legend)" "running, " "$1"
}

# card SERIAL: prints the name of the device of the CXL card with this serial number
# spare MIB: prints the name of the soft-reserved device of this size
card() { daxplug show "serial:$1" --json | grep -oE '"name": *"dax[0-9.]+"' | grep -oE 'dax[0-9.]+'; }
spare() { daxplug list | awk -v size="$1.0" '$2 == size && $5 == "hmem" { print $1 }'; }

# use DEVICE: makes it the device on which the functions here and in lib.sh work
# shellcheck disable=SC2034 # lib.sh uses STATE
use() {
	DEV=$1 DIR=/sys/bus/dax/devices/$1
	STATE=$DIR/state
}

# truly: prints the device's actual state, which /lab/actual_state computes from the memory blocks
truly() {
	# shellcheck disable=SC2046 # each number is one word
	actual_state none $(blocks)
}

# in_use: succeeds if every block of the device is online, in any zone
in_use() {
	for b in $(blocks); do
		[ "$(cat "$MEMORY/memory$b/state" 2>/dev/null)" = online ] || return 1
	done
}

journal() { journalctl --boot --no-pager --output cat "$@"; }

# by_service FROM RULE: claims that the service daxplug@DEVICE has plugged the device by this rule, exactly once,
# and that its state was FROM before. If that is not so, prints the journal's messages about the device with
# their units.
by_service() {
	got="$(systemctl show -P Result "daxplug@$DEV.service"), $(journal -u "daxplug@$DEV.service" |
		grep -c "^$DEV: state $1 -> online_movable: done \[$2, ")"
	is "$got" "success, 1" "by the service that udev started for it"
	[ "$got" != "success, 1" ] || return 0
	journalctl --boot --no-pager --output json --output-fields MESSAGE,_SYSTEMD_UNIT,UNIT,_PID |
		grep -F "$DEV" | sed 's/^/# /'
}

# until_true WHAT COMMAND...: waits until the command succeeds. Fails after 5 minutes, which is enough for a slow
# guest.
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
