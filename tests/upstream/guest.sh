#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs the kernel's own selftest of `state` in the guest, on each of its dax devices, and
# prints what it prints. tests/upstream/run reads that.
#
#   guest.sh ours|stock
#
# With our module it then makes claims of its own: about the step that the selftest skips
# because our `state` is never out of date, and about the memory that its last step leaves
# online without a driver.
driver=$1
. /lab/lib.sh
kmem=/sys/bus/dax/drivers/kmem

total() { awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo; }

# The selftest clears the kernel's log with -C, which busybox calls -c and prints it besides. In
# a log that is not cleared it would find the "oops=panic" of the kernel's command line.
mkdir -p /tmp/bin
cat >/tmp/bin/dmesg <<'SCRIPT'
#!/bin/sh
if [ "$1" = -C ]; then exec /usr/bin/dmesg -c >/dev/null; fi
exec /usr/bin/dmesg "$@"
SCRIPT
chmod 755 /tmp/bin/dmesg

# kind DEV: what it is, for the one who reads the result
kind() {
	local kind=soft-reserved
	case $(readlink -f /sys/bus/dax/devices/"$1") in
	*/dax_region*) kind=CXL ;;
	*/ndbus*) kind=pmem ;;
	esac
	echo "$kind, $(find /sys/bus/dax/devices/"$1"/ -name 'mapping[0-9]*' | wc -l) ranges"
}

# after_it: the device that the selftest has left without a driver, its memory online
after_it() {
	local before block
	is "$(put $kmem/bind "$DEV")" ok "after the selftest: the device can be bound again"
	is "$(state)" online_movable "after the selftest: its memory, left online, is adopted"
	unplugged
	is "$(grep -cE " : $DEV\$" /proc/iomem)" 0 "after the selftest: no memory is left behind"

	before=$(total)
	plugged online_movable
	for block in $(blocks); do
		[ -e "$MEMORY/memory$block" ] || continue
		is "$(put "$MEMORY/memory$block/state" offline)" ok "memory$block goes offline by itself"
	done
	is "$(state)" offline "state says so, where the selftest expects that it does not"
	is "$(put $kmem/unbind "$DEV")" ok "the device is unbound, with every block offline"
	is "$(total)" "$before" "MemTotal is what it was"
	is "$(grep -cE " : $DEV\$" /proc/iomem)" 0 "no range is left in /proc/iomem"
	is "$(put $kmem/bind "$DEV")" ok "and it is bound again"
	unplugged
}

# Files come into the guest by name only, without their directories.
mkdir -p /tmp/selftests
tar -xf /lab/selftests.tar -C /tmp/selftests
for DEV in $(cd /sys/bus/dax/devices && echo dax*); do
	DIR=/sys/bus/dax/devices/$DEV
	# shellcheck disable=SC2034 # for lib.sh
	STATE=$DIR/state
	echo "device: $DEV, $(kind "$DEV")"
	PATH=/tmp/bin:$PATH DAX_KMEM_TEST_DEV=$DEV DAX_KMEM_TEST_UNBIND=1 \
		/lab/bash-static /tmp/selftests/dax/dax-kmem-hotplug.sh
	echo "selftest: exit $?"
	[ "$driver" = stock ] || after_it
done
finish
