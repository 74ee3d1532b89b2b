#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unplug leaves the kernel's counters of the node exact. A process uses memory of the device when
# the unplug begins, so the kernel migrates pages and counts them as isolated meanwhile. Then the node
# has no memory and is set offline. After the next plug no page of the node is in use, so all
# counters of pages in use must be 0. If the module were wrong, pages would stay counted as isolated on
# kernels before 6.12.117, and after some cycles an unplug would never end.
# lab[6.1, long 6.12 7.3; make check-long has the others]: --dax 512M --own-nodes --mem 1200M --cmdline memhp_default_state=offline
. /lab/lib.sh
# The kernel's thread for compaction must not wait for ever if the counters are wrong.
echo 0 >/proc/sys/vm/compaction_proactiveness
echo never >/sys/kernel/mm/transparent_hugepage/enabled
node=$(cat "$DIR/target_node")
cycles=$(scaled_count 12)

# wrong_counters: print each of the node's counters of pages in use whose value is not 0. A read of
# stat_refresh first makes each CPU add its changes to the counters.
wrong_counters() {
	cat /proc/sys/vm/stat_refresh
	grep -E '^nr_(in)?active_|^nr_isolated_' "/sys/devices/system/node/node$node/vmstat" |
		grep -v ' 0$' | tr '\n' ' '
}

unplugged
wrong=
moved=0
cycle=0
while [ $cycle -lt "$cycles" ] && [ -z "$wrong" ]; do
	cycle=$((cycle + 1))
	plugged online_movable
	wrong=$(wrong_counters)
	rm -f /tmp/load
	/lab/load "$node" 256 random 50 >/tmp/load &
	pid=$!
	until grep -q ready /tmp/load 2>/dev/null; do
		kill -0 $pid || { fail "set-up: $(cat /tmp/load)"; finish; }
	done
	before=$(awk '$1 == "pgmigrate_success" { print $2 }' /proc/vmstat)
	unplugged
	after=$(awk '$1 == "pgmigrate_success" { print $2 }' /proc/vmstat)
	moved=$((moved + after - before))
	kill $pid
	wait $pid
done
plugged online_movable
[ -n "$wrong" ] || wrong=$(wrong_counters)
[ $moved -gt $((cycle * 10000)) ] && pass "$cycle unplugs migrated pages" ||
	fail "$cycle unplugs migrated only $moved pages"
is "$wrong" '' "no page of the node counts as in use or isolated after $cycle unplugs"
unplugged
finish
