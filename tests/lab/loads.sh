#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# No unplug that the stock driver grants is refused by ours, and nobody's memory
# is lost: random loads, each tried on both, one after the other in one guest.
# A few here; make check-loads tries 500.
# lab[6.12 7.3; the kernel's own driver is asked the same way there as on 6.12]: --module none --dax 512M --mem 1G --cmdline "memhp_default_state=offline loads=1-15"
# lab[6.12 7.3; the kernel's own driver is asked the same way there as on 6.12]: --module none --dax 512M --mem 1G --own-nodes --cmdline "memhp_default_state=offline loads=16-30"
. /lab/lib.sh
seeds=$(sed -n 's/.*loads=\([0-9-]*\).*/\1/p' /proc/cmdline)
driver=/sys/bus/dax/drivers/kmem
size=$(($(cat "$DIR/size") >> 20))

# Files with a page cache need a file system that has a disk; its pages are in
# ordinary RAM, since the device is not memory yet.
modprobe -a loop ext4
dd if=/dev/zero of=/tmp/disk bs=1M count=192 2>/dev/null
mke2fs -F /tmp/disk >/dev/null
losetup /dev/loop0 /tmp/disk
mkdir /tmp/files
mount -t ext4 /dev/loop0 /tmp/files || fail "set-up: no file system"
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
mkfifo /tmp/ready
exec 3<>/tmp/ready

# use DRIVER: it is the one bound to the device, which is unplugged, or all offline
use() {
	if [ -e $driver ]; then
		echo "$DEV" >$driver/unbind
		/usr/sbin/rmmod kmem || return
	fi
	case $1 in
	stock) load kmem ;;
	ours) load /lab/kmem.ko ;;
	esac
	[ ! -e "$STATE" ] || [ "$(put "$STATE" unplugged)" = ok ]
}

# answer FILE WORD: of one write. One that goes on for half a minute, ten times
# what those take that come to an end, is interrupted.
answer() { timeout 30 put "$@" || echo timeout; }

# Where the stock driver has no state, the device's blocks one by one, in the
# order of their addresses, as daxctl does; the first that refuses ends it.
all_blocks() {
	local b got
	for b in $(blocks); do
		got=$(answer "$MEMORY/memory$b/state" "$1")
		[ "$got" = ok ] || break
	done
	echo "$got"
}
plug() { if [ -e "$STATE" ]; then answer "$STATE" "$1"; else all_blocks "$1"; fi; }
unplug() { if [ -e "$STATE" ]; then answer "$STATE" unplugged; else all_blocks offline; fi; }
killed() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

# The memory is empty again: what is left of it goes, now or a little later.
empty() {
	local tries=0
	until [ "$(unplug)" = ok ]; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || return
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# try DRIVER SEED: in $got what the unplug was answered, in $died how many were
# killed for it, in $lost what became of the load, in $mix what it was
try() {
	local loader node before
	use "$1" || { fail "set-up of seed $2: $1 is not ready"; finish; }
	got=$(plug online_movable)
	[ "$got" = ok ] || { fail "set-up of seed $2: $1: plug: $got"; finish; }
	node=$(cat "$DIR/target_node")
	[ "$node" != 0 ] || node=any
	loads "$2" "$node" $size /tmp/files >&3 2>&1 &
	loader=$!
	read -r mix <&3
	case $mix in
	*ready*) ;;
	*) fail "set-up of seed $2: $1: loads: $mix" ;;
	esac
	before=$(killed)
	got=$(unplug)
	died=$(($(killed) - before))
	kill $loader 2>/dev/null
	wait $loader
	case $? in
	0) lost=nothing ;;
	1) lost=content ;;
	*) lost=process ;;
	esac
	read -r -t 1 _ <&3
	empty || { fail "set-up of seed $2: $1: the empty device stays"; finish; }
}

# clean: nobody was killed and nothing lost
clean() { [ "$got" = ok ] && [ "$died" = 0 ] && [ "$lost" = nothing ]; }

seed=${seeds%-*} both=0 neither=0 only=0 unclean=0
while [ "$seed" -le "${seeds#*-}" ]; do
	try stock "$seed"
	clean && granted=yes || granted=no
	stock="$got, killed $died, lost $lost"
	try ours "$seed"
	[ "$lost" != content ] && [ "$died" = 0 ] || fail "seed $seed ($mix): ours: killed $died, lost $lost"
	case $granted.$got in
	yes.ok) both=$((both + 1)) ;;
	yes.*) fail "seed $seed ($mix): granted by the stock driver; ours: $got" ;;
	no.ok) only=$((only + 1)) ;;
	*) neither=$((neither + 1)) ;;
	esac
	case $stock in
	ok,*killed\ 0,\ lost\ nothing) ;;
	ok,*) unclean=$((unclean + 1)) ;;
	esac
	echo "# seed $seed: stock: $stock; ours: $got, killed $died, lost $lost; $mix"
	seed=$((seed + 1))
done
[ "$failed" -gt 0 ] || pass "seeds $seeds: what the stock driver grants is granted: $both"
echo "# granted by both $both, by neither $neither, by ours alone $only; by stock, with somebody killed $unclean"
[ $both -gt 0 ] && pass "and some were" || fail "no load was granted at all"
finish
