# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What the tests in the Debian that tests/boot/run boots share, beside lib.sh.
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

# in_use: is every block of the device online, in whatever zone?
in_use() {
	for b in $(blocks); do
		[ "$(cat "$MEMORY/memory$b/state" 2>/dev/null)" = online ] || return 1
	done
}

journal() { journalctl --boot --no-pager --output cat "$@"; }

# by_service FROM RULE: it was the device's own service that changed its state, once. If
# not, all that the journal has about the device is shown, with the unit that said it.
by_service() {
	got="$(systemctl show -P Result "daxplug@$DEV.service"), $(journal -u "daxplug@$DEV.service" |
		grep -c "^$DEV: state $1 -> online_movable: done \[$2, ")"
	is "$got" "success, 1" "by the service that udev started for it"
	[ "$got" != "success, 1" ] || return 0
	journalctl --boot --no-pager --output json --output-fields MESSAGE,_SYSTEMD_UNIT,UNIT,_PID |
		grep -F "$DEV" | sed 's/^/# /'
}

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
