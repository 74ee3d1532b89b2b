#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# In the guest: brings devices into a layout and prints what /sys and /proc then show.
# tests/trees/capture runs this and unpacks what it prints.
#
#   guest.sh machine|stock|large|shapes|nowhere
#
# Each of these functions takes one or more trees.
. /lab/lib.sh
bus=/sys/bus/dax/devices
driver=/sys/bus/dax/drivers/kmem
tree=/tmp/tree

# trouble WHAT...: the layout cannot be made; there is no tree then.
trouble() { fail "$*"; finish; }

# try FILE WORD: a write that has to succeed
try() {
	local answer
	answer=$(put "$1" "$2")
	[ "$answer" = ok ] || trouble "$2 to $1: $answer"
}

# --- taking a tree ------------------------------------------------------------------

# places: the directories of /sys in which the command looks
places() {
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

# paths: what a tree has. Parents of devices are made by the way.
paths() {
	places | sort -u | while read -r place; do find "$place" -maxdepth 3; done |
		grep -v -e '/power\(/\|$\)' -e '/uevent$' -e '/sections\(/\|$\)' -e '/notes\(/\|$\)' | sort -u
	printf '/proc/%s\n' cmdline iomem meminfo zoneinfo modules version sys/kernel/osrelease
	echo /sys/kernel/kexec_crash_loaded
	echo /sys/kernel/mm/transparent_hugepage/hpage_pmd_size
}

# save_modinfo: what the doctor asks modinfo, as a script that answers the same
save_modinfo() {
	local file=$tree/usr/sbin/modinfo
	mkdir -p "${file%/*}"
	{
		echo '#!/bin/sh'
		# shellcheck disable=SC2016 # for the script
		echo 'case "$*" in'
		printf "'-n kmem') echo '%s' ;;\n" "$(modinfo -n kmem)"
		printf "'-F vermagic '*) echo '%s' ;;\n" "$(modinfo -F vermagic kmem)"
		printf "'-F srcversion '*) echo '%s' ;;\n" "$(modinfo -F srcversion kmem)"
		echo 'esac'
	} >"$file"
	chmod 755 "$file"
}

# capture NAME
capture() {
	rm -rf $tree
	mkdir -p $tree
	paths | copy_sysfs $tree || trouble "$1: it cannot be copied"
	save_modinfo
	echo "tree $1"
	tar -cz -f - -C $tree . | base64
	echo "tree end"
	pass "$1: $(find $tree -type f | wc -l) files"
}

# --- layouts ------------------------------------------------------------------------

# find_devices: one of each kind, empty where there is none; the soft-reserved device that
# has several ranges is $ranges.
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

# blocks_of DEV: those that are there. Of a block that is not the device's as a whole, the
# kernel makes none.
blocks_of() {
	local block
	# shellcheck disable=SC2034 # for blocks()
	DIR=$bus/$1
	for block in $(blocks); do
		[ ! -e "$MEMORY/memory$block" ] || echo "$block"
	done
}

# Four times the same devices, with our module.
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

	# One block of one device, half of another one; a device without its driver.
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
	daxplug mode "$pmem" devdax >&2 || trouble "$pmem: devdax"
	if [ -n "$cxl" ]; then
		try $bus/"$cxl"/state unplugged
		try $driver/unbind "$cxl"
	fi
	capture drivers
}

# The kernel's own driver, its blocks offline at first; then some are online.
stock() {
	local dev block
	find_devices
	capture stock-offline
	for block in $(blocks_of "$hmem"); do try "$MEMORY/memory$block/state" online_movable; done
	for block in $(blocks_of "$ranges" | head -n 4); do try "$MEMORY/memory$block/state" online_kernel; done
	for dev in $pmem $cxl; do
		for block in $(blocks_of "$dev"); do try "$MEMORY/memory$block/state" online_movable; done
	done
	# It leaves the memory behind, with a warning.
	try $driver/unbind "$pmem"
	capture stock-online
}

# Memory blocks of 2 GiB.
large() {
	try "$STATE" unplugged
	try "$STATE" online_movable
	capture large-blocks
}

# shape DEV START-END...: the device, without a driver, has these ranges.
shape() {
	local dev=$1 range
	shift
	[ ! -e $bus/"$dev"/driver ] || echo "$dev" >$bus/"$dev"/driver/unbind
	echo 0 >$bus/"$dev"/size
	for range; do
		printf '%x-%x\n' "$((${range%-*}))" "$((${range#*-} - 1))" >$bus/"$dev"/mapping || trouble "$dev: $range"
	done
}

# another: one more device of the region of dax0.0, of no size; its name is in $new
another() {
	local had d
	had=" $(cd $bus && echo dax*) "
	echo 1 >$bus/dax0.0/../dax_region/create || trouble "no further device"
	for d in $(cd $bus && echo dax*); do
		case $had in
		*" $d "*) ;;
		*) new=$d ;;
		esac
	done
}

# bind DEV: 6.1 must be told the name.
bind() {
	[ ! -e $bus/"$1"/driver ] || echo "$1" >$bus/"$1"/driver/unbind
	put $driver/bind "$1" >/dev/null
	[ -e $driver/"$1" ] || put $driver/new_id "$1" >/dev/null
	[ -e $driver/"$1" ] || put $driver/bind "$1" >/dev/null
	[ -e $driver/"$1" ]
}

# start_of DEV: its first address at which a block begins
start_of() { echo $((($(cat $bus/"$1"/resource) + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE)); }
# from N, to N: that many half blocks from $start
at() { echo $((start + $1 * BLOCK_SIZE / 2)); }

shapes() {
	local start
	start=$(start_of dax0.0)
	capture no-kmem
	insmod /lab/kmem.ko policy=hmem:unplugged || trouble insmod

	# What a card of dynamic capacity has: a device of the region that is empty, one whose
	# extents are apart from each other, one of a single extent, and capacity for more.
	shape dax0.0
	another
	shape "$new" "$(at 0)-$(at 2)" "$(at 8)-$(at 12)" "$(at 4)-$(at 6)"
	bind "$new" || trouble "$new is not bound"
	try $bus/"$new"/state online_movable
	another
	shape "$new" "$(at 16)-$(at 20)"
	bind "$new" || trouble "$new is not bound"
	capture dynamic
	try $bus/dax0.1/state unplugged

	# Parts of blocks: at the end of a range, a range without a whole block, a block that two
	# devices share, a device without a whole block.
	for dev in dax0.1 "$new"; do shape "$dev"; done
	shape dax0.0 "$(at 0)-$(at 3)" "$(at 5)-$(at 7)" "$(at 8)-$(at 11)"
	shape dax0.1 "$(at 11)-$(at 16)"
	shape "$new" "$(at 17)-$(at 18)"
	bind dax0.0 || trouble "dax0.0 is not bound"
	bind dax0.1 || trouble "dax0.1 is not bound"
	! bind "$new" || trouble "$new is bound"
	try $bus/dax0.0/state online_movable
	capture odd

	try $bus/dax0.0/state unplugged
	for dev in dax0.0 dax0.1 "$new"; do shape "$dev"; done
	many
}

# many: 64 devices of one region, every second one plugged. Three are there, of no size.
many() {
	local n=0
	while [ $n -lt 64 ]; do
		[ $n -lt 3 ] || another
		shape dax0.$n "$(at $((2 * n)))-$(at $((2 * n + 2)))"
		bind dax0.$n || trouble "dax0.$n is not bound"
		[ $((n % 2)) = 0 ] || try $bus/dax0.$n/state online_movable
		n=$((n + 1))
	done
	capture devices-64
}

# A device that the firmware puts on no node.
nowhere() {
	insmod /lab/kmem.ko || trouble insmod
	! bind dax0.0 || trouble "it is bound"
	capture no-node
}

"$1"
finish
