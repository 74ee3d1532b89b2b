#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs in the guest. It brings the devices into a state, copies files of /sys and /proc, and prints the
# copy. Such a copy is a tree. tests/trees/capture runs this script and unpacks the trees.
#
#   guest.sh machine|stock|large|shapes|nowhere
#
# The function with the name of the argument makes one or more trees.
. /lab/lib.sh
bus=/sys/bus/dax/devices
driver=/sys/bus/dax/drivers/kmem
tree=/tmp/tree

# give_up WHAT...: ends the script, because the devices cannot be brought into the requested state
give_up() { fail "$*"; finish; }

# try FILE TEXT: writes TEXT to FILE. The write must succeed.
try() {
	local result
	result=$(put "$1" "$2")
	[ "$result" = ok ] || give_up "$2 to $1: $result"
}

# --- making a tree ------------------------------------------------------------------

# directories: prints the directories of /sys that the command reads
directories() {
	local link
	for link in "$bus"/* /sys/bus/cxl/devices/* /sys/bus/nd/devices/*; do
		[ ! -e "$link" ] || readlink -f "$link"
	done
	for link in /sys/bus/dax /sys/bus/cxl/devices /sys/bus/nd/devices /sys/module/kmem /sys/module/memory_hotplug \
		/sys/devices/system/memory /sys/devices/system/node /sys/devices/virtual/memory_tiering \
		/sys/kernel/mm/hugepages /sys/kernel/mm/numa; do
		[ ! -e $link ] || echo $link
	done
}

# paths: prints the paths of the files that a tree has. copy_sysfs also makes their parent directories.
paths() {
	directories | sort -u | while read -r directory; do find "$directory" -maxdepth 3; done |
		grep -v -e '/power\(/\|$\)' -e '/uevent$' -e '/sections\(/\|$\)' -e '/notes\(/\|$\)' | sort -u
	printf '/proc/%s\n' cmdline iomem meminfo zoneinfo modules version sys/kernel/osrelease
	echo /sys/kernel/kexec_crash_loaded
	echo /sys/kernel/mm/transparent_hugepage/hpage_pmd_size
}

# save_modinfo: adds a script "modinfo" to the tree. For the arguments that the doctor uses, it prints what
# modinfo prints in the guest.
save_modinfo() {
	local file=$tree/usr/sbin/modinfo
	mkdir -p "${file%/*}"
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016 # the script expands it
		echo 'case "$*" in'
		printf "'-n kmem') echo '%s' ;;\n" "$(modinfo -n kmem)"
		printf "'-F vermagic '*) echo '%s' ;;\n" "$(modinfo -F vermagic kmem)"
		printf "'-F srcversion '*) echo '%s' ;;\n" "$(modinfo -F srcversion kmem)"
		echo 'esac'
	} >"$file"
	chmod 755 "$file"
}

# capture NAME: makes a tree of the present state and prints it
capture() {
	rm -rf $tree
	mkdir -p $tree
	paths | copy_sysfs $tree || give_up "$1: it cannot be copied"
	save_modinfo
	echo "tree $1"
	tar -cz -f - -C $tree . | base64
	echo "tree end"
	pass "$1: $(find $tree -type f | wc -l) files"
}

# --- the states of which trees are made ---------------------------------------------

# find_devices: finds one device of each kind. $hmem is the soft-reserved device with one range, $ranges the
# one with several ranges. A variable stays empty if there is no such device.
hmem='' ranges='' pmem='' cxl=''
find_devices() {
	local dev
	for dev in $(cd $bus && echo dax*); do
		case $(readlink -f $bus/"$dev") in
		*/dax_region*) cxl=$dev ;;
		*/ndbus*) pmem=$dev ;;
		*) if [ -e $bus/"$dev"/mapping1 ]; then ranges=$dev; else hmem=$dev; fi ;;
		esac
	done
}

# blocks_of DEV: prints the numbers of its memory blocks that exist. The kernel makes no block that is only
# partly in the device.
blocks_of() {
	local block
	# shellcheck disable=SC2034 # blocks() uses it
	DIR=$bus/$1
	for block in $(blocks); do
		[ ! -e "$MEMORY/memory$block" ] || echo "$block"
	done
}

# machine: four trees of the same devices, which our module drives
machine() {
	local dev block
	find_devices
	for dev in $hmem $ranges $pmem $cxl; do try $bus/"$dev"/state unplugged; done
	capture unplugged

	try $bus/"$hmem"/state online_movable
	try $bus/"$ranges"/state online_kernel
	try $bus/"$pmem"/state online_movable
	[ -z "$cxl" ] || try $bus/"$cxl"/state online
	capture plugged

	# One block of a device is offline. The persistent memory has no driver. Two devices have settings that
	# are not the default.
	block=$(blocks_of "$hmem" | tail -n 1)
	try "$MEMORY/memory$block/state" offline
	[ -z "$cxl" ] || try $bus/"$cxl"/plug/guard always
	try $driver/unbind "$pmem"
	try $bus/"$ranges"/plug/stall_ms 5000
	capture inconsistent

	try $bus/"$hmem"/state online_movable
	try $driver/bind "$pmem"
	try $bus/"$pmem"/state unplugged
	/usr/sbin/modprobe device_dax
	daxplug mode "$pmem" devdax >&2 || give_up "$pmem: devdax"
	if [ -n "$cxl" ]; then
		try $bus/"$cxl"/state unplugged
		try $driver/unbind "$cxl"
	fi
	capture drivers
}

# stock: two trees with the kernel's own driver, first with all blocks offline, then with some online
stock() {
	local dev block
	find_devices
	capture stock-offline
	for block in $(blocks_of "$hmem"); do try "$MEMORY/memory$block/state" online_movable; done
	for block in $(blocks_of "$ranges" | head -n 4); do try "$MEMORY/memory$block/state" online_kernel; done
	for dev in $pmem $cxl; do
		for block in $(blocks_of "$dev"); do try "$MEMORY/memory$block/state" online_movable; done
	done
	# The stock driver prints a warning, and leaves the memory online without a driver.
	try $driver/unbind "$pmem"
	capture stock-online
}

# large: a tree with memory blocks of 2 GiB
large() {
	try "$STATE" unplugged
	try "$STATE" online_movable
	capture large-blocks
}

# set_ranges DEV [START-END]...: unbinds the device and gives it these ranges, or none. END is the first
# address after the range.
set_ranges() {
	local dev=$1 range
	shift
	[ ! -e $bus/"$dev"/driver ] || echo "$dev" >$bus/"$dev"/driver/unbind
	echo 0 >$bus/"$dev"/size
	for range; do
		printf '%x-%x\n' "$((${range%-*}))" "$((${range#*-} - 1))" >$bus/"$dev"/mapping || give_up "$dev: $range"
	done
}

# create_device: creates a device of size 0 in the region of dax0.0. Sets new to its name.
create_device() {
	local before d
	before=" $(cd $bus && echo dax*) "
	echo 1 >$bus/dax0.0/../dax_region/create || give_up "no further device"
	for d in $(cd $bus && echo dax*); do
		case $before in
		*" $d "*) ;;
		*) new=$d ;;
		esac
	done
}

# bind DEV: binds the device to kmem, and returns 1 if it is not bound then. Linux 6.1 binds it only if its
# name was written to new_id.
bind() {
	[ ! -e $bus/"$1"/driver ] || echo "$1" >$bus/"$1"/driver/unbind
	put $driver/bind "$1" >/dev/null
	[ -e $driver/"$1" ] || put $driver/new_id "$1" >/dev/null
	[ -e $driver/"$1" ] || put $driver/bind "$1" >/dev/null
	[ -e $driver/"$1" ]
}

# start_of DEV: prints the first address of the device at which a memory block begins
start_of() { echo $((($(cat $bus/"$1"/resource) + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE)); }
# at N: prints the address that is N half blocks after $start
at() { echo $((start + $1 * BLOCK_SIZE / 2)); }

# shapes: four trees of devices in one region, whose ranges are written by this script
shapes() {
	local start
	start=$(start_of dax0.0)
	capture no-kmem
	insmod /lab/kmem.ko policy=hmem:unplugged || give_up insmod

	# A region as of a CXL card with dynamic capacity. It has an empty device, a device with three extents
	# that do not touch each other, a device with one extent, and free capacity.
	set_ranges dax0.0
	create_device
	set_ranges "$new" "$(at 0)-$(at 2)" "$(at 8)-$(at 12)" "$(at 4)-$(at 6)"
	bind "$new" || give_up "$new is not bound"
	try $bus/"$new"/state online_movable
	create_device
	set_ranges "$new" "$(at 16)-$(at 20)"
	bind "$new" || give_up "$new is not bound"
	capture dynamic
	try $bus/dax0.1/state unplugged

	# Ranges that do not consist of complete blocks. Some ranges of dax0.0 end within a block, and one
	# contains no complete block. dax0.0 and dax0.1 share a block. The third device has no complete block.
	for dev in dax0.1 "$new"; do set_ranges "$dev"; done
	set_ranges dax0.0 "$(at 0)-$(at 3)" "$(at 5)-$(at 7)" "$(at 8)-$(at 11)"
	set_ranges dax0.1 "$(at 11)-$(at 16)"
	set_ranges "$new" "$(at 17)-$(at 18)"
	bind dax0.0 || give_up "dax0.0 is not bound"
	bind dax0.1 || give_up "dax0.1 is not bound"
	! bind "$new" || give_up "$new is bound"
	try $bus/dax0.0/state online_movable
	capture odd

	try $bus/dax0.0/state unplugged
	for dev in dax0.0 dax0.1 "$new"; do set_ranges "$dev"; done
	many_devices
}

# many_devices: a tree of 64 devices in one region, of which every second one is plugged. Three devices exist
# already, with size 0.
many_devices() {
	local n=0
	while [ $n -lt 64 ]; do
		[ $n -lt 3 ] || create_device
		set_ranges dax0.$n "$(at $((2 * n)))-$(at $((2 * n + 2)))"
		bind dax0.$n || give_up "dax0.$n is not bound"
		[ $((n % 2)) = 0 ] || try $bus/dax0.$n/state online_movable
		n=$((n + 1))
	done
	capture devices-64
}

# nowhere: a tree of a device to which the firmware gives no node
nowhere() {
	insmod /lab/kmem.ko || give_up insmod
	! bind dax0.0 || give_up "it is bound"
	capture no-node
}

"$1"
finish
