#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Processes use memory of the device in a random way (a load). With each load the device is
# unplugged twice in one guest: with the stock driver, and with daxplug's driver. If the stock
# driver succeeds, daxplug's driver must, too, and no process may be killed for it. In no case may
# content be lost. A wrong driver would refuse a load that the stock driver unplugs, or would lose
# content.
#
# This test runs a few loads. make check-loads runs 500, half of them with the device on its own
# node (doc/performance.md).
# lab[none, long 7.3; make check-long runs it; after some of these loads the stock driver of 6.12 cannot unplug the device]: --icount --module none --dax 512M --mem 1G --cmdline "memhp_default_state=offline loads=1-15"
. /lab/lib.sh
seeds=$(sed -n 's/.*loads=\([0-9,-]*\).*/\1/p' /proc/cmdline)
driver=/sys/bus/dax/drivers/kmem
size=$(($(cat "$DIR/size") >> 20))

# Files in the page cache need a file system on a disk. The pages of the disk are in ordinary
# RAM, because the device is not plugged yet.
modprobe -a loop ext4
dd if=/dev/zero of=/tmp/disk bs=1M count=112 2>/dev/null
mke2fs -F /tmp/disk >/dev/null
losetup /dev/loop0 /tmp/disk
mkdir /tmp/files
mount -t ext4 /dev/loop0 /tmp/files || fail "set-up: no file system"
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
mkfifo /tmp/ready
exec 3<>/tmp/ready

# use_driver stock|ours: load this driver, bind the device to it, and unplug the device if the
# driver has a file `state`. With a driver that has none, the blocks are offline after the bind.
use_driver() {
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

# put_with_limit FILE WORD: make a write and print its result, or "timeout" if it does not end
# within 5 seconds. This is ten times as long as the longest write that succeeds. The clock counts
# instructions, so the result does not depend on how busy the machine is.
put_with_limit() { timeout 5 put "$@" 2>/dev/null || echo timeout; }

# switch_blocks WORD: switch the blocks one by one in address order, as daxctl does, until one
# fails, and print the last result. This is for a stock driver that has no file `state`.
switch_blocks() {
	local b got
	for b in $(blocks); do
		got=$(put_with_limit "$MEMORY/memory$b/state" "$1")
		[ "$got" = ok ] || break
	done
	echo "$got"
}
plug() { if [ -e "$STATE" ]; then put_with_limit "$STATE" "$1"; else switch_blocks "$1"; fi; }
unplug() { if [ -e "$STATE" ]; then put_with_limit "$STATE" unplugged; else switch_blocks offline; fi; }
now_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }
oom_kills() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

# unplug_after_load: unplug when the load has ended. The unplug is repeated, because some pages of
# the load are freed only later.
unplug_after_load() {
	local tries=0
	until [ "$(unplug)" = ok ]; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || return
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# try_load DRIVER SEED: plug, start the load of this seed, unplug, and end the load. Append a line
# with these fields to /tmp/DRIVER: the seed, the result of the unplug, the number of killed
# processes, what the load lost, the time, and the parts of the load.
try_load() {
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
	before=$(oom_kills)
	begin=$(now_ms)
	answer=$(unplug)
	took=$(($(now_ms) - begin))
	died=$(($(oom_kills) - before))
	kill "$loader" 2>/dev/null
	wait "$loader"
	case $? in
	0) lost=nothing ;;
	1) lost=content ;;
	*) lost=process ;;
	esac
	echo "$2 $answer $died $lost $took ms ${mix#ready }" >>"/tmp/$1"
	unplug_after_load || { fail "seed $2: $1: the device cannot be unplugged after the load: $mix"; finish; }
}

# retry_load SEED: try the load of this seed five more times with each driver. This is done if the
# stock driver has unplugged the device, without a killed process or lost content, and daxplug's
# driver has not unplugged it.
# With almost no free memory the result depends on chance. If the stock driver succeeds in all six
# tries, the test fails, because daxplug's driver has failed in at least one try. Otherwise the
# results of all such seeds are added up, and at the end daxplug's driver must have succeeded at
# least half as often as the stock driver.
retry_load() {
	local with
	for _ in 1 2 3 4 5; do
		for with in stock ours; do
			use_driver $with || { fail "set-up of seed $1: $with is not ready"; finish; }
			try_load $with "$1"
		done
	done
	stock=$(grep -c "^$1 ok 0 nothing " /tmp/stock)
	ours=$(grep -c "^$1 ok " /tmp/ours)
	echo "# seed $1, six times: granted by stock $stock, by ours $ours"
	edge=$((edge + 1)) edge_stock=$((edge_stock + stock)) edge_ours=$((edge_ours + ours))
	[ "$stock" -lt 6 ] || fail "seed $1: the stock driver always unplugs, daxplug's $ours times in six"
}

# compare_results SEED: compare the results of this seed with the two drivers
compare_results() {
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
	[ "$lost" != content ] || fail "seed $1: daxplug's driver: content lost"
	case $was.$answer in
	clean.ok)
		both=$((both + 1))
		[ "$died" = 0 ] || fail "seed $1: daxplug's driver unplugs and $died processes are killed, with the stock driver none"
		;;
	clean.*) retry_load "$1" ;;
	unclean.*) unclean=$((unclean + 1)) ;;
	refused.ok) only=$((only + 1)) ;;
	refused.*) neither=$((neither + 1)) ;;
	esac
}

# Run the seeds in batches, each batch first with one driver and then with the other. So the two
# tries of a seed are close together, and a driver is not loaded again for each seed.
batch=15 both=0 neither=0 only=0 unclean=0 edge=0 edge_stock=0 edge_ours=0 killed=0
# shellcheck disable=SC2046 # the list is split into words on purpose
set -- $(echo "$seeds" | tr , '\n' | while IFS=- read -r from to; do seq "$from" "${to:-$from}"; done)
while [ $# -gt 0 ]; do
	some=$(echo "$@" | cut -d ' ' -f "1-$batch")
	for with in stock ours; do
		use_driver $with || { fail "set-up of seed $1: $with is not ready"; finish; }
		for seed in $some; do try_load $with "$seed"; done
	done
	for seed in $some; do
		compare_results "$seed"
		shift
	done
done
# shellcheck disable=SC2154 # lib.sh counts
[ $edge_ours -ge $((edge_stock / 2)) ] || fail "seeds with which the stock driver fails sometimes: it unplugs $edge_stock times, daxplug's $edge_ours"
# shellcheck disable=SC2154
[ "$failed" -gt 0 ] || pass "daxplug's driver unplugs whatever the stock driver does: $both loads"
echo "# granted by both $both, refused by both $neither, granted by ours alone $only, by the stock driver with a process killed $unclean, at the edge $edge (of six times each: stock $edge_stock, ours $edge_ours), killed with ours in all $killed; $(cut -d' ' -f1 /proc/uptime) s"
[ $both -gt 0 ] && pass "both drivers unplugged some loads" || fail "no load was unplugged by both drivers"
finish
