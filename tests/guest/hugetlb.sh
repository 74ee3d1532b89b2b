#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The device has pools of huge pages, of 2 MiB or of 1 GiB, unused or in use. Before the unplug,
# `unplug --dry-run` and `doctor` must report what will happen to the pool. Then exactly that must
# happen. The pool shrinks, or pages in use move to other nodes, or the unplug is undone. A wrong
# report would not agree with the number of huge pages after the unplug.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 3G --mem 4G --own-nodes --timeout 1200 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged hugepagesz=1G hugepages=0:1"
. /lab/lib.sh
node=$(cat "$DIR/target_node")
pools=/sys/devices/system/node/node$node/hugepages

# count_all KIB: print the number of huge pages of this size in the machine
# count_on_node KIB: print how many of these are on the device's node
count_all() { cat "/sys/kernel/mm/hugepages/hugepages-$1kB/nr_hugepages"; }
count_on_node() { cat "$pools/hugepages-$1kB/nr_hugepages"; }
# set_pool KIB COUNT: set the number of huge pages of this size on the device's node
set_pool() {
	echo "$2" >"$pools/hugepages-$1kB/nr_hugepages"
	is "$(count_on_node "$1")" "$2" "a pool of $2 pages of $(($1 / 1024)) MiB on the device"
}
use_huge_pages() {
	start huge huge "$node" "$1" "$2"
	huge=$!
	grep -q ready /tmp/huge || { fail "set-up: huge: $(cat /tmp/huge)"; finish; }
	pfn=$(sed 's/ready //' /tmp/huge)
	[ -n "$(block_of_frame "$pfn")" ] || fail "set-up: page $pfn is not in the device"
}
release_huge_pages() {
	kill $huge
	wait $huge && pass "$1: the contents of the huge pages are unchanged" || fail "$1: the contents of the huge pages have changed"
}
check_reports() {
	run "$1" unplug --dry-run "$DEV"
	says out "$2"
	daxplug doctor --id hugetlb >/tmp/out
	says out "$2"
}

unplugged
elsewhere=$(count_all 1048576)
for kib in 2048 1048576; do
	mib=$((kib / 1024)) count=$((kib == 2048 ? 20 : 1))
	if [ $kib = 1048576 ] && [ -d /sys/kernel/mm/hugepages/hugepages-${kib}kB ]; then
		# The kernel allocates no page of this size in ZONE_MOVABLE.
		plugged online_movable
		echo 1 >"$pools/hugepages-${kib}kB/nr_hugepages"
		is "$(count_on_node $kib)" 0 "1024 MiB, online_movable: the kernel allocates none on the device"
		unplugged
		plugged online_kernel
	else
		plugged online_movable
	fi
	[ -d "$pools/hugepages-${kib}kB" ] || { echo "skipped huge pages of $mib MiB: this kernel has none"; unplugged; continue; }
	before=$(count_all $kib)
	set_pool $kib $count
	check_reports 0 "$count unused huge pages of $mib MiB are reserved on node $node; those in this device go with it, and the pool shrinks"
	run 0 unplug "$DEV"
	is "$(count_all $kib)" "$before" "$mib MiB, unused: the pool has shrunk by these pages"
done

# Test huge pages of 2 MiB that are in use. For each of them the kernel allocates a new huge page on
# another node.
plugged online_movable
before=$(count_all 2048)
set_pool 2048 20
use_huge_pages 2048 12
check_reports 0 "12 huge pages of 2 MiB are in use on node $node; each needs an unused huge page, or free memory in one piece, elsewhere"
says out "8 unused huge pages of 2 MiB are reserved on node $node; those in this device go with it, and the pool shrinks"
run 0 unplug "$DEV"
is "$(count_all 2048)" $((before + 12)) "2 MiB, in use: 12 new ones elsewhere"
release_huge_pages "2 MiB"
echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

# Test a huge page of 1 GiB that is in use, outside ZONE_MOVABLE. It can be migrated only to an
# unused huge page of another node.
if [ "$elsewhere" -gt 0 ]; then
	for unused in 1 0; do
		echo $unused >/sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages
		plugged online_kernel
		set_pool 1048576 1
		use_huge_pages 1048576 1
		full=$(snap "$DEV")
		if [ $unused = 1 ]; then
			check_reports 0 "1 huge pages of 1024 MiB are in use on node $node; they take unused ones of other nodes, and the pool shrinks"
			run 0 unplug "$DEV"
			is "$(count_all 1048576)" 1 "1 GiB, in use: the pool has shrunk by one"
			release_huge_pages "1 GiB"
			continue
		fi
		check_reports 4 "1 huge pages of 1024 MiB are in use on node $node; each needs an unused huge page on another node, and there are too few"
		echo 4000 >"$DIR/plug/stall_ms"
		run 6 unplug "$DEV"
		same "$full" "$(snap "$DEV")" "1 GiB, in use, none elsewhere: nothing has changed"
		grep -q "^last memory[0-9]* $pfn hugepage" "$DIR/plug/blockers" && pass "blockers names page $pfn" ||
			{ fail "blockers does not name page $pfn"; sed 's/^/# /' "$DIR/plug/blockers"; }
		release_huge_pages "1 GiB, none elsewhere"
		run 0 unplug "$DEV"
	done
else
	echo "skipped huge pages of 1 GiB in use: the machine had no memory for another"
fi
finish
