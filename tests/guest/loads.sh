#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# No unplug that the stock driver grants is refused by ours, and nobody's memory
# is lost: random loads, each tried on both, one after the other in one guest.
# A few here; make check-loads tries 500, also with the device on its own node: what
# came of it is in doc/performance.md.
# lab[none, long 7.3; make check-long has it; after some of these loads 6.12 does not let the device go, with its own driver]: --icount --module none --dax 512M --mem 1G --cmdline "memhp_default_state=offline loads=1-15"
. /lab/lib.sh
seeds=$(sed -n 's/.*loads=\([0-9,-]*\).*/\1/p' /proc/cmdline)
driver=/sys/bus/dax/drivers/kmem
size=$(($(cat "$DIR/size") >> 20))

# Files with a page cache need a file system that has a disk; its pages are in
# ordinary RAM, since the device is not memory yet.
modprobe -a loop ext4
dd if=/dev/zero of=/tmp/disk bs=1M count=112 2>/dev/null
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

# answer FILE WORD: of one write. One that goes on for 5 seconds, ten times what
# those take that come to an end, is interrupted. The clock counts instructions:
# how busy the machine is changes nothing.
answer() { timeout 5 put "$@" 2>/dev/null || echo timeout; }

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
now() { awk '{ print int($1 * 1000) }' /proc/uptime; }
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

# try DRIVER SEED: one line, what the unplug was answered, how many were killed
# for it, what of the load was lost, how long it took, and what the load was
try() {
	local loader node before begin took answer died lost mix
	echo "# try $2 $1"
	answer=$(plug online_movable)
	[ "$answer" = ok ] || { fail "set-up of seed $2: $1: plug: $answer"; finish; }
	node=$(cat "$DIR/target_node")
	[ "$node" != 0 ] || node=any
	loads "$2" "$node" "$size" /tmp/files >&3 2>&1 &
	loader=$!
	read -r mix <&3
	case $mix in
	*ready*) ;;
	*) fail "set-up of seed $2: $1: loads: $mix" ;;
	esac
	before=$(killed)
	begin=$(now)
	answer=$(unplug)
	took=$(($(now) - begin))
	died=$(($(killed) - before))
	kill "$loader" 2>/dev/null
	wait "$loader"
	case $? in
	0) lost=nothing ;;
	1) lost=content ;;
	*) lost=process ;;
	esac
	echo "$2 $answer $died $lost $took ms ${mix#ready }" >>"/tmp/$1"
	empty || { fail "seed $2: $1: the device does not come free: $mix"; finish; }
}

# again SEED: at the very end of memory it is a matter of luck what the stock driver
# grants. What it grants each of six times counts; else both must have some luck.
again() {
	local with
	for _ in 1 2 3 4 5; do
		for with in stock ours; do
			use $with || { fail "set-up of seed $1: $with is not ready"; finish; }
			try $with "$1"
		done
	done
	stock=$(grep -c "^$1 ok 0 nothing " /tmp/stock)
	ours=$(grep -c "^$1 ok " /tmp/ours)
	echo "# seed $1, six times: granted by stock $stock, by ours $ours"
	edge=$((edge + 1)) edge_stock=$((edge_stock + stock)) edge_ours=$((edge_ours + ours))
	[ "$stock" -lt 6 ] || fail "seed $1: always granted by the stock driver, $ours times of six by ours"
}

# judge SEED: both lines of it
judge() {
	local stock ours was answer died lost
	stock=$(grep "^$1 " "/tmp/stock")
	ours=$(grep "^$1 " "/tmp/ours")
	echo "# seed $stock; ours: ${ours#* }"
	case $stock in
	"$1 ok 0 nothing "*) was=clean ;;
	"$1 ok "*) was=unclean ;;
	*) was=refused ;;
	esac
	answer=$(echo "$ours" | cut -d ' ' -f 2)
	died=$(echo "$ours" | cut -d ' ' -f 3)
	lost=$(echo "$ours" | cut -d ' ' -f 4)
	killed=$((killed + died))
	[ "$lost" != content ] || fail "seed $1: ours: content lost"
	case $was.$answer in
	clean.ok)
		both=$((both + 1))
		[ "$died" = 0 ] || fail "seed $1: ours: granted with $died killed, the stock driver with none"
		;;
	clean.*) again "$1" ;;
	unclean.*) unclean=$((unclean + 1)) ;;
	refused.ok) only=$((only + 1)) ;;
	refused.*) neither=$((neither + 1)) ;;
	esac
}

# In batches, first the one driver, then the other: what is tried with both is
# not far apart.
batch=15 both=0 neither=0 only=0 unclean=0 edge=0 edge_stock=0 edge_ours=0 killed=0
# shellcheck disable=SC2046 # words are words
set -- $(echo "$seeds" | tr , '\n' | while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done)
while [ $# -gt 0 ]; do
	some=$(echo "$@" | cut -d ' ' -f "1-$batch")
	for with in stock ours; do
		use $with || { fail "set-up of seed $1: $with is not ready"; finish; }
		for seed in $some; do try $with "$seed"; done
	done
	for seed in $some; do
		judge "$seed"
		shift
	done
done
# shellcheck disable=SC2154 # lib.sh counts
[ $edge_ours -ge $((edge_stock / 2)) ] || fail "where the stock driver is not sure: it $edge_stock times, ours $edge_ours"
# shellcheck disable=SC2154
[ "$failed" -gt 0 ] || pass "what the stock driver grants, $both times, is granted"
echo "# granted by both $both, refused by both $neither, granted by ours alone $only, by the stock driver with a process killed $unclean, at the edge $edge (of six times each: stock $edge_stock, ours $edge_ours), killed with ours in all $killed; $(cut -d' ' -f1 /proc/uptime) s"
[ $both -gt 0 ] && pass "and it granted some" || fail "nothing was granted at all"
finish
