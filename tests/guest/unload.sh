#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded, plugs and unplugs two devices, and is unloaded, several times. The unload
# must be refused while a device has memory blocks. After an unload nothing of the module may remain
# in /proc/iomem, in /sys and in MemTotal. A wrong module could be unloaded while its memory exists,
# or would leave a memory tier, blocks or files behind.
# lab[6.12 7.3; 6.1 makes no dax devices of CXL regions]: --dax 2G:5,3 --cxl 1G --cmdline memhp_default_state=offline
# lab[6.1; the other kernels have a CXL device in place of this pmem device]: --dax 2G:5,3 --pmem 1G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
all='dax0.0 dax1.0'

# trace: print everything in which a module could leave something behind
trace() {
	grep -v -i 'kernel' /proc/iomem
	ls "$MEMORY"
	ls /sys/bus/dax/drivers /sys/bus/dax/devices/*/ /sys/devices/virtual/memory_tiering
	grep -H . /sys/devices/virtual/memory_tiering/*/nodelist
	grep MemTotal /proc/meminfo
}

mark unload-begin
is "$(rmmod kmem 2>&1 >/dev/null | grep -c .)" 1 "while memory blocks exist the module cannot be unloaded"
for dev in $all; do
	is "$(put /sys/bus/dax/devices/"$dev"/state unplugged)" ok "$dev: unplugged"
done
rmmod kmem
is $? 0 "after the unplugs the module is unloaded"
before=$(trace)
for _ in 1 2 3; do
	load kmem
	for dev in $all; do
		is "$(cat /sys/bus/dax/devices/"$dev"/state)" offline "$dev: bound again: offline"
		put /sys/bus/dax/devices/"$dev"/state unplugged >/dev/null
		is "$(put /sys/bus/dax/devices/"$dev"/state online_movable)" ok "$dev: plugged"
		is "$(put /sys/bus/dax/devices/"$dev"/state unplugged)" ok "$dev: unplugged"
	done
	rmmod kmem || fail "the module cannot be unloaded"
	same "$before" "$(trace)" "unloaded: nothing of it remains"
done

# An unbind removes the blocks of a device whose blocks are all offline.
load kmem
for dev in $all; do
	echo "$dev" >/sys/bus/dax/drivers/kmem/unbind
done
rmmod kmem
is $? 0 "unbound while offline, then unloaded"
same "$before" "$(trace)" "nothing of it remains"
is "$(warnings_since unload-begin)" '' "no kernel message of level warning or worse"
finish
