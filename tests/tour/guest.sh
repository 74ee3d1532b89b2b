#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the commands of the tour in the Debian that tests/tour/run has booted, and prints Markdown.
#
#   guest.sh short|whole DEFAULT
#
# DEFAULT is the value of memhp_default_state on the kernel's command line. "short" ends after the first
# section. "whole" continues with the section "Keeping it", for which it reboots the system once.
part=$1 default=$2 status=0
rebooted=/var/lib/tour.rebooted

say() { printf '\n%s\n\n' "$*"; }
# try WANTED COMMAND: runs the command and prints what a user at a terminal would see. WANTED is the
# expected exit status, or "any" if it depends on the kernel.
try() {
	echo "    # $2"
	code=0
	out=$(sh -c "$2" 2>&1) || code=$?
	[ -z "$out" ] || echo "$out" | sed 's/^/    /; s/ *$//'
	if [ "$1" != any ] && [ $code -ne "$1" ]; then
		echo "    exit status $code, expected $1"
		status=1
	fi
}

# Wait until the services and the devices are ready. The wait has a limit, because an emulated machine may
# lose the timer that would end it.
timeout 300 systemctl is-system-running --wait >/dev/null
udevadm settle

if [ -e $rebooted ]; then
	say "The system is up again. No command was needed:"
	try 0 "daxplug list"
	try 0 "journalctl -b -u 'daxplug*' --no-pager -o cat | grep serial"
	say "## Taking the card out"
	say "A dry run says whether the unplug is possible, and changes nothing:"
	try 0 "daxplug unplug --dry-run serial:1"
	try 0 "daxplug unplug serial:1"
	try 0 "daxplug list"
	say "Nothing uses the card now. Remove it from the kernel; then the slot can be switched off:"
	card=$(basename "$(dirname "$(readlink -f /sys/bus/cxl/devices/mem0)")")
	try 0 "echo 1 >/sys/bus/pci/devices/$card/remove"
	udevadm settle
	try 0 "daxplug list"
	exit $status
fi

say "## memhp_default_state=$default"
try 0 "daxplug list"
case $default in
offline | online_movable)
	try 0 "daxplug plug serial:1"
	;;
*)
	say "The kernel has already brought the memory online, outside ZONE_MOVABLE. Memory that should be unplugged again belongs into ZONE_MOVABLE:"
	try 4 "daxplug plug serial:1"
	try any "daxplug plug --replug serial:1"
	if [ $code -ne 0 ]; then
		say "The unplug is refused, because the kernel has put its own data into the memory, and that data cannot be moved. daxplug doctor shows it:"
		try any "daxplug doctor serial:1"
		say "So this memory cannot be unplugged until the next boot. To have it in ZONE_MOVABLE after that boot, make a rule of the policy: see \"Keeping it\" below."
		exit $status
	fi
	;;
esac
try 0 "daxplug list"
try 0 "daxplug unplug serial:1"
try 0 "daxplug list"
[ "$part" = whole ] || exit $status

say "## Keeping it, over a reboot"
try 0 "daxplug --help"
try 0 "daxplug plug --persist serial:1"
try 0 "daxplug apply --print"
touch $rebooted
try 0 "systemctl reboot"
# Wait here until systemd ends this script during the reboot.
exec sleep infinity
