#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs in the guest. It runs the kernel's own selftest of `state` on each DAX device and prints the output,
# which tests/upstream/run reads.
#
#   guest.sh ours|stock
#
# With our module, the script makes claims of its own after the selftest. Some are about the step that the
# selftest skips, because our `state` is always up to date. The others are about the memory that the last
# step of the selftest leaves online without a driver.
driver=$1
. /lab/lib.sh
kmem=/sys/bus/dax/drivers/kmem

mem_total() { awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo; }

# The selftest clears the kernel's log with "dmesg -C", which busybox does not have. Its -c clears the log,
# too, but also prints it. If the log was not cleared, the selftest would take "oops=panic" in the line with
# the kernel's command line for an error.
mkdir -p /tmp/bin
cat >/tmp/bin/dmesg <<'SCRIPT'
#!/bin/sh
if [ "$1" = -C ]; then exec /usr/bin/dmesg -c >/dev/null; fi
exec /usr/bin/dmesg "$@"
SCRIPT
chmod 755 /tmp/bin/dmesg

# describe DEV: prints the origin and the number of ranges of the device, for the reader of the results
describe() {
	local kind=soft-reserved
	case $(readlink -f /sys/bus/dax/devices/"$1") in
	*/dax_region*) kind=CXL ;;
	*/ndbus*) kind=pmem ;;
	esac
	echo "$kind, $(find /sys/bus/dax/devices/"$1"/ -name 'mapping[0-9]*' | wc -l) ranges"
}

# check_after_selftest: makes our own claims. The selftest has left the device without a driver and with its
# memory online.
check_after_selftest() {
	local before block
	is "$(put $kmem/bind "$DEV")" ok "after the selftest: the device can be bound again"
	is "$(state)" online_movable "after the selftest: its memory, left online, is adopted"
	unplugged
	is "$(grep -cE " : $DEV\$" /proc/iomem)" 0 "after the selftest: no memory is left behind"

	before=$(mem_total)
	plugged online_movable
	for block in $(blocks); do
		[ -e "$MEMORY/memory$block" ] || continue
		is "$(put "$MEMORY/memory$block/state" offline)" ok "memory$block goes offline by itself"
	done
	is "$(state)" offline "state reads offline, although the selftest expects online_movable"
	is "$(put $kmem/unbind "$DEV")" ok "the device is unbound, with every block offline"
	is "$(mem_total)" "$before" "MemTotal is what it was"
	is "$(grep -cE " : $DEV\$" /proc/iomem)" 0 "no range is left in /proc/iomem"
	is "$(put $kmem/bind "$DEV")" ok "and it is bound again"
	unplugged
}

# A file is copied into the guest without its directory, so the selftest comes as an archive.
mkdir -p /tmp/selftests
tar -xf /lab/selftests.tar -C /tmp/selftests
for DEV in $(cd /sys/bus/dax/devices && echo dax*); do
	DIR=/sys/bus/dax/devices/$DEV
	# shellcheck disable=SC2034 # lib.sh uses it
	STATE=$DIR/state
	echo "device: $DEV, $(describe "$DEV")"
	PATH=/tmp/bin:$PATH DAX_KMEM_TEST_DEV=$DEV DAX_KMEM_TEST_UNBIND=1 \
		/lab/bash-static /tmp/selftests/dax/dax-kmem-hotplug.sh
	echo "selftest: exit $?"
	[ "$driver" = stock ] || check_after_selftest
done
finish
