#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The device is a lower memory tier, and it is unplugged while the kernel migrates pages between the
# tiers. DRAM is nearly full, so for each page that arrives in DRAM the kernel demotes another page.
# The kernel may copy at most 1.1 pages for each page in use, or 1.3 with NUMA balancing mode 2, and
# no process may be killed. During the unplug the module allocates the device's free pages. If it
# did not, the kernel would demote pages to the device and would have to copy them again. The cases
# are demotion, NUMA balancing, limits of control groups, zswap, locked memory, swap space, and
# pages with a long-term pin.
# lab[none, long 6.12; on 7.3 the rows tier-... of make bench measure this]: --icount --dax 512M --mem 1200M --own-nodes --timeout 1200 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
PLUG=$DIR/plug
param=/sys/module/kmem/parameters
node=$(cat "$DIR/target_node")
group=/tmp/cgroup
limit=110
# The kernel has one count for all migrations. So switch off everything else that migrates pages.
echo 0 >/proc/sys/vm/compaction_proactiveness
echo never >/sys/kernel/mm/transparent_hugepage/enabled
echo 0 >/proc/sys/kernel/numa_balancing

vmstat() { awk -v name="$1" 'index($1, name) == 1 { n += $2 } END { print n + 0 }' /proc/vmstat; }
node_free() { awk '$3 == "MemFree:" { print int($4 / 1024) }' "/sys/devices/system/node/node$1/meminfo"; }

# Prepare to fill DRAM with page cache, which the kernel can drop or demote. The page cache is that
# of a sparse file, which needs no disk space. A process in a cpuset of node 0 reads the file,
# because otherwise the page cache would also use the device.
modprobe -a loop ext4 zram
dd if=/dev/zero of=/tmp/disk bs=1M count=24 2>/dev/null
mke2fs -F /tmp/disk >/dev/null
losetup /dev/loop0 /tmp/disk
mkdir /tmp/files $group
mount -t ext4 /dev/loop0 /tmp/files && dd if=/dev/zero of=/tmp/files/cold bs=1 count=1 seek=2147483646 2>/dev/null ||
	{ fail "set-up: no file system"; finish; }
mount -t cgroup2 none $group && echo '+cpuset +memory' >$group/cgroup.subtree_control &&
	mkdir $group/dram $group/limited && echo 0 >$group/dram/cpuset.mems ||
	{ fail "set-up: no control groups"; finish; }

# in_group GROUP COMMAND...: run COMMAND in the control group GROUP. in_group is a program, because
# in a function $$ would be the PID of this script. COMMAND replaces in_group and has its PID, so
# after `start` $! is the PID of COMMAND.
cat >/tmp/in_group <<-end
	#!/bin/sh
	echo \$\$ >$group/\$1/cgroup.procs && shift && exec "\$@"
end
chmod +x /tmp/in_group
fill_dram() {
	local mib=$(($(node_free 0) - 12))
	[ $mib -le 0 ] || /tmp/in_group dram dd if=/tmp/files/cold of=/dev/null bs=1M count=$mib 2>/dev/null
}

# check_copies NAME COMMAND...: unplug while COMMAND uses memory of the device
check_copies() {
	local name=$1 answer copies used down up
	shift
	[ "$(state)" != unplugged ] || plugged online_movable
	start load "$@"
	load=$!
	fill_dram
	down=$(vmstat pgdemote_) up=$(vmstat pgpromote_success)
	# shellcheck disable=SC2046 # four words
	set -- $(cost "$DEV" unplugged)
	answer=$1 copies=$3 used=$4
	hundredths=$((copies * 100 / (used + 1)))
	echo "# $name: $copies copies for $used pages in use, demoted $(($(vmstat pgdemote_) - down)), promoted $(($(vmstat pgpromote_success) - up)), $(($2 / 1000000)) ms"
	is "$answer" ok "$name: unplugged"
	[ "$used" -gt 5000 ] || fail "set-up: $name: only $used pages were in use"
	[ $hundredths -le $limit ] && pass "$name: at most $limit copies for 100 pages in use" ||
		fail "$name: $hundredths copies for 100 pages in use"
	kill $load
	wait $load && pass "$name: the contents are unchanged" || fail "$name: $(cat /tmp/load)"
	echo 3 >/proc/sys/vm/drop_caches
}

# check_all_loads NAME: unplug with three layouts of the pages in use
check_all_loads() {
	check_copies "$1, contiguous" /lab/load "$node" 200 1 1
	check_copies "$1, 2 MiB of every 6" /lab/load "$node" 420 2 6
	check_copies "$1, single pages, half of them" /lab/load "$node" 400 random 50
}

unplugged
killed=$(vmstat oom_kill)
plugged online_movable
echo true >/sys/kernel/mm/numa/demotion_enabled
is "$(cat /sys/kernel/mm/numa/demotion_enabled)" true "demotion is on"
check_all_loads "demotion"

# With keep_demotion_out off, the kernel must copy more pages. That shows that the claims can fail.
echo N >$param/keep_demotion_out
limit=100000
check_copies "keep_demotion_out off, single pages, half of them" /lab/load "$node" 400 random 50
[ $hundredths -gt 130 ] && pass "keep_demotion_out off: $hundredths copies for 100 pages in use" ||
	fail "keep_demotion_out off: only $hundredths copies for 100 pages in use"
limit=110
echo Y >$param/keep_demotion_out

# During an unplug the module holds the free memory of the device. A process that needs memory of
# the device's node must get it, and the OOM killer must kill nobody. A referenced page keeps the
# unplug running meanwhile.
plugged online_movable
echo 0 >"$PLUG/stall_ms"
start load /lab/load "$node" 400 random 50
load=$!
start page_user page_user pipe "$node"
page_user=$!
rm -f /tmp/answer
free=$(node_free "$node")
put "$STATE" unplugged >/tmp/answer &
end=$(($(cut -d. -f1 /proc/uptime) + 100))
until [ "$(node_free "$node")" -lt $((free / 4)) ] || [ -s /tmp/answer ]; do
	[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || { fail "the free memory of the device is not held"; finish; }
done
pass "the free memory of the device is held: $free MiB were free, $(node_free "$node") MiB are"
hog "$node" 40 >/tmp/hog
grep -q '^done' /tmp/hog && pass "a process that is bound to the node gets 40 MiB" || fail "a process that is bound to the node: $(cat /tmp/hog)"
is "$(cat /tmp/answer)" '' "the unplug continues"
kill $page_user
wait $page_user
until [ -s /tmp/answer ]; do :; done
is "$(cat /tmp/answer)" ok "the unplug succeeds when the page is released"
kill $load
wait $load && pass "the contents of the pages are unchanged" || fail "$(cat /tmp/load)"
echo 20000 >"$PLUG/stall_ms"

# fill_page_cache: put page cache on the device. kswapd can drop it there.
fill_page_cache() {
	[ "$(state)" != unplugged ] || plugged online_movable
	echo "$node" >$group/limited/cpuset.mems
	/tmp/in_group limited dd if=/tmp/files/cold of=/dev/null bs=1M count=150 skip=1024 2>/dev/null
	echo >$group/limited/cpuset.mems
}
fill_page_cache
check_copies "demotion, 150 MiB of files beside single pages" /lab/load "$node" 200 random 50

for mode in 1 2; do
	# In mode 2 the kernel promotes pages while the device is emptied. Each promotion is a copy.
	# The kernel then demotes other pages into the freed memory before the module can hold that
	# memory. So the limit is higher.
	[ $mode = 1 ] || limit=130
	echo $mode >/proc/sys/kernel/numa_balancing
	is "$(cat /proc/sys/kernel/numa_balancing)" $mode "numa_balancing is $mode"
	check_copies "numa_balancing $mode, single pages, half of them" /lab/load "$node+" 400 random 50 touch
	check_copies "numa_balancing $mode, contiguous" /lab/load "$node+" 200 1 1 touch
done
limit=110
echo 0 >/proc/sys/kernel/numa_balancing

# The process has almost reached the memory limit of its control group. The kernel must not charge a
# migrated page again, or the process would be killed.
echo 80M >$group/limited/memory.max
check_copies "memory.max, contiguous" /tmp/in_group limited /lab/load "$node" 76 1 1
is "$(awk '$1 == "oom_kill" { print $2 }' $group/limited/memory.events)" 0 "memory.max: no process of the group was killed"

check_copies "mlock, single pages, half of them" /lab/load "$node+" 400 random 50 lock

# A process uses 300 MiB with a limit of 80 MiB, so zswap compresses most of its memory. The pages
# of zswap are on the device, because the process prefers the device's node.
zspages() { awk -v zone="Node $node, zone" 'index($0, zone) { on = 1 } /^Node/ && !index($0, zone) { on = 0 } on && $1 == "nr_zspages" { n += $2 } END { print n + 0 }' /proc/zoneinfo; }
echo 256M >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || fail "set-up: no swap space"
if [ -e /sys/module/zswap/parameters/enabled ] && echo Y >/sys/module/zswap/parameters/enabled; then
	plugged online_movable
	/tmp/in_group limited /lab/load "$node+" 300 1 1 >/tmp/swapped &
	swapped=$!
	until grep -q ready /tmp/swapped; do kill -0 $swapped || { fail "set-up: zswap: $(cat /tmp/swapped)"; finish; }; done
	is "$(cat /sys/module/zswap/parameters/enabled)" Y "zswap is on"
	[ "$(zspages)" -gt 100 ] && pass "zswap: $(zspages) of its pages are on the device" ||
		fail "set-up: zswap has $(zspages) pages on the device"
	check_copies "zswap, single pages, half of them" /lab/load "$node" 200 random 50
	is "$(zspages)" 0 "zswap: none of its pages is on the device any more"
	kill $swapped
	wait $swapped && pass "zswap: the compressed contents are unchanged" || fail "zswap: $(cat /tmp/swapped)"
	echo N >/sys/module/zswap/parameters/enabled
else
	echo "skipped zswap: this kernel has none"
fi
# Ordinary swap space is the last level of demotion. So the kernel swaps cold pages of the device
# out.
check_copies "swap space, 2 MiB of every 6" /lab/load "$node" 420 2 6
swapoff /dev/zram0

# A long-term pin first migrates the page out of ZONE_MOVABLE, so that it does not prevent an
# unplug.
plugged online_movable
start page_user page_user uring "$node"
page_user=$!
pfn=$(cat /tmp/page_user)
[ -z "$(block_of_frame "$pfn")" ] && pass "pinned for long: the page has left the device" || fail "pinned for long: page $pfn is in the device"
check_copies "a page pinned for long elsewhere" /lab/load "$node" 200 1 1
kill $page_user
wait $page_user

# Outside ZONE_MOVABLE the kernel does not migrate the page at the pin. Then the dry run and the
# doctor must name the page and the process, and the unplug must be undone after plug/stall_ms.
plugged online_kernel
start page_user page_user uring "$node"
page_user=$!
pfn=$(cat /tmp/page_user)
block=$(block_of_frame "$pfn")
[ -n "$block" ] && pass "pinned for long, online_kernel: the page is in memory$block" || fail "set-up: page $pfn is not in the device"
run 4 unplug --dry-run "$DEV"
says out "memory$block: page $pfn: pinned"
run 0 doctor
says out "memory$block: page $pfn: pinned a process's own memory"
says out "page_user[$page_user] pins 4 kB of memory"
before=$(snap "$DEV")
echo 2000 >"$PLUG/stall_ms"
run 6 unplug "$DEV"
same "$before" "$(snap "$DEV")" "pinned for long, online_kernel: nothing has changed"
grep -q "^last memory$block $pfn pinned" "$PLUG/blockers" && pass "blockers names page $pfn" ||
	{ fail "blockers does not name page $pfn"; sed 's/^/# /' "$PLUG/blockers"; }
kill $page_user
wait $page_user
unplugged

is "$(vmstat oom_kill)" "$killed" "no process was killed"
finish
