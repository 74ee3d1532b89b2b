#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of --dry-run and of the doctor on a made-up kernel. If a change is refused, both must say so
# beforehand, with the same reason as the change.
#
# usage: test_preflight.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

node=$DAXPLUG_SYSFS/devices/system/node/node1
# both NAME EXIT TEXT COMMAND...: claims that --dry-run and the change both end with EXIT and the reason
# TEXT
both() {
	local title=$1 code=$2 text=$3
	shift 3
	run "$title: --dry-run" "$code" "$@" --dry-run
	has out "would be refused: $text"
	run "$title" "$code" "$@"
	has err "$text"
}
# elsewhere MiB: makes a /proc/meminfo with this much available memory
elsewhere() {
	mkdir -p "$DAXPLUG_ROOT/proc"
	printf 'MemTotal: 8000000 kB\nMemAvailable: %d kB\nSwapFree: 0 kB\n' $(($1 * 1024)) >"$DAXPLUG_ROOT/proc/meminfo"
}

### plug

fresh
answer ""
blocks dax0.0 4
printf '0x%x\n' 0x101000000 >"$devices/dax0.0/mapping0/start"
printf '0x%x\n' 0x10fffffff >"$devices/dax0.0/mapping0/end"
kernel 9999999
run "a device smaller than a block: --dry-run" 0 plug --dry-run dax0.0
has out "would be bound to kmem, and changed (backend none)"
printf '0x%x\n' 0x10effffff >"$devices/dax0.0/mapping0/end"
both "a device smaller than a block" 4 "no memory block" plug dax0.0
has err "(EINVAL); nothing was changed"
name="$name: it was not bound"
if [ -s "$drivers/kmem/bind" ]; then fail; else ok; fi
run "doctor: smaller than a block" 1 doctor dax0.0
has out "warning  dax0.0: a plug would be refused: no memory block of 128 MiB fits into it"
name="$name: a plug is not advised"
if grep -q "makes it system RAM" "$tmp/out"; then fail; else ok; fi

# A device without a node has no file target_node.
fresh
blocks dax0.0 4
rm "$devices/dax0.0/target_node"
kernel 9999999
both "a device on no node" 4 "the firmware gives no node (no SRAT entry, no CFMWS window) for its addresses, or NUMA is off" plug dax0.0
has err "(EINVAL); nothing was changed"
has err "next: boot without numa=off"
name="$name: it was not bound"
if [ -s "$drivers/kmem/bind" ]; then fail; else ok; fi
run "doctor: on no node" 0 doctor --id plug dax0.0
has out "warning  dax0.0: a plug would be refused: the firmware gives no node"
has out "next: boot without numa=off"
run "unplug: on no node, and nothing to do" 0 unplug dax0.0
run "list: on no node" 0 list --noheadings -o NODE dax0.0
# Whether libsmartcols pads a single column depends on its version.
name="$name: a dash"
if [ "$(tr -d ' ' <"$tmp/out")" = - ]; then ok; else fail "expected: -"; fi
run "on no node, in JSON" 4 plug --json dax0.0
has out '"step":"node"'

fresh
blocks dax0.0 4
kernel 9999999
rm -r "$drivers/kmem"
both "the driver is not loaded" 7 "no driver holds it, and the driver kmem is not loaded" plug dax0.0
run "doctor: the driver is not loaded" 1 doctor dax0.0
has out "a plug would be refused: no driver holds it, and the driver kmem is not loaded"
has out "next: modprobe kmem"

fresh
blocks dax0.0 4
kernel 100
run "no memory for page structures: --dry-run" 4 plug --dry-run dax0.0
has out "may be refused: its page structures need 8 MiB, and about 0 MiB are available for them; the kernel may kill processes"
run "no memory for page structures: JSON" 4 plug --dry-run --json dax0.0
has out '"outcome":"dry_run"'
has out '"word":"space"'
has out '"level":"may_fail"'
has out '"errno":12'
run "doctor: no memory for page structures" 1 doctor dax0.0
has out "warning  dax0.0: a plug may be refused: its page structures need 8 MiB"
kernel 9999999
echo 1 >"$devices/dax0.0/memmap_on_memory"
run "memory for page structures" 0 plug --dry-run dax0.0
has out "would be bound to kmem, and changed"
rm "$DAXPLUG_ROOT/proc/zoneinfo"
run "it is not known how much memory there is" 0 plug --dry-run dax0.0
has out "note: whether there is memory for its page structures is not known"

fresh
device dax0.0 4294967296 0 1 kmem online_kernel
both "another zone" 4 "it is already plugged in another way" plug dax0.0
fresh
device dax0.0 4294967296 0 1 kmem unplugged
device dax0.1 4294967296 0 1 -
mkdir -p "$drivers/kmem"
both "another device's addresses" 4 "its addresses are those of dax0.0, which is bound to kmem" plug dax0.1
device dax9.0 4294967296 0 1 device_dax
run "held by another driver: --dry-run" 7 plug --dry-run dax9.0
has err "it is bound to the driver device_dax, not to kmem"

### unplug: can the device be unplugged now?

fresh
blocks dax0.0 4
run "plug" 0 plug dax0.0
mkdir -p "$node"
ln -s ../../memory/memory3{2,3,4,5} "$node"
printf 'Node 1 MemTotal: 524288 kB\nNode 1 MemFree: 421888 kB\nNode 1 MemUsed: 102400 kB\n' >"$node/meminfo"
elsewhere 2048
run "unplug: it fits" 0 unplug --dry-run dax0.0
has out "would be changed (backend blocks)"
has out "up to 25600 pages (100.0 MiB) would move, and about 1.6 GiB are available elsewhere"
has out "note: whether a page is pinned or cannot be moved otherwise is not known"
elsewhere 480
run "unplug: it does not fit" 4 unplug --dry-run dax0.0
has out "may be refused: 100 MiB are in use in it, and about 68 MiB are available elsewhere"
run "unplug: it does not fit: JSON" 4 unplug --dry-run --json dax0.0
has out '"word":"room"'
has out '"used":104857600'
run "doctor: it does not fit" 1 doctor dax0.0
has out "warning  dax0.0: 100 MiB in use on node 1, about 68 MiB available elsewhere"
elsewhere 2048
# pool KB ALL UNUSED: makes a pool of huge pages on node 1
pool() {
	mkdir -p "$node/hugepages/hugepages-$1kB"
	echo "$2" >"$node/hugepages/hugepages-$1kB/nr_hugepages"
	echo "$3" >"$node/hugepages/hugepages-$1kB/free_hugepages"
}
pool 2048 10 10
pool 1048576 0 0
run "unplug: unused huge pages" 0 unplug --dry-run dax0.0
has out "note: 10 unused huge pages of 2 MiB are reserved on node 1; those in this device go with it, and the pool shrinks"
pool 2048 10 4
run "unplug: huge pages in use" 0 unplug --dry-run dax0.0
has out "note: 6 huge pages of 2 MiB are in use on node 1; each needs an unused huge page, or free memory in one piece, elsewhere"
has out "note: 4 unused huge pages of 2 MiB are reserved on node 1; those in this device go with it, and the pool shrinks"
export FAKE_CANNOT_LIST=/node1/hugepages
run "unplug: the pools cannot be listed" 0 unplug --dry-run dax0.0
has out "note: whether huge pages are on node 1 is not known: Not a directory"
export FAKE_CANNOT_LIST=/node/node1
run "unplug: the blocks of the node cannot be listed" 0 unplug --dry-run dax0.0
has out "note: how much of it is in use is not known"
unset FAKE_CANNOT_LIST
pool 1048576 1 0
run "unplug: gigantic pages in use" 4 unplug --dry-run dax0.0
has out "may be refused: 1 huge pages of 1024 MiB are in use on node 1; each needs an unused huge page on another node, and there are too few"
mkdir -p "$DAXPLUG_SYSFS/kernel/mm/hugepages/hugepages-1048576kB"
echo 1 >"$DAXPLUG_SYSFS/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages"
run "unplug: gigantic pages in use, and one elsewhere" 0 unplug --dry-run dax0.0
has out "note: 1 huge pages of 1024 MiB are in use on node 1; they take unused ones of other nodes, and the pool shrinks"
rm -r "$node/hugepages"
echo Normal >"$memory/memory33/valid_zones"
echo online >"$DAXPLUG_RUN/dax0.0"
run "unplug: blocks outside ZONE_MOVABLE" 0 unplug --dry-run dax0.0
has out "note: 1 of its 4 blocks are outside ZONE_MOVABLE: the kernel's own data in them cannot be moved"
echo Movable >"$memory/memory33/valid_zones"
# The second read of this file is that of the check before the unbind.
export FAKE_CANNOT_OPEN=5:memory33/state:2
run "unplug: a block that cannot be read" 4 unplug --dry-run dax0.0
has out "would be refused: its memory blocks cannot be read, so it is not known whether an unbind of the stock driver is safe"
unset FAKE_CANNOT_OPEN
rm -r "$memory/memory33"
both "unplug: a missing block, at which the stock driver would crash" 4 \
	"some of its blocks are missing, and the stock driver would crash the kernel when it is unbound" unplug dax0.0

fresh
device dax0.0 4294967296 0 1 kmem online_movable
printf 'total 32\nabsent 0\noffline 0\nkernel 0\nmovable 32\n' >"$devices/dax0.0/plug/blocks"
: >"$devices/dax0.0/plug/blockers"
run "unplug: nothing in the way" 0 unplug --dry-run dax0.0
printf '%s\n' "last memory33 0x108000 held x" "now memory34 0x110000 poisoned -" >"$devices/dax0.0/plug/blockers"
run "unplug: blockers of the last unplug and bad pages do not count" 0 unplug --dry-run dax0.0
printf '%s\n' "now memory33 0x108000 pinned a process's own memory" >"$devices/dax0.0/plug/blockers"
run "unplug: a pinned page" 4 unplug --dry-run dax0.0
has out "may be refused: memory33: page 0x108000: pinned a process's own memory (backend module)"
run "unplug: a pinned page: JSON" 4 unplug --dry-run --json dax0.0
has out '"word":"blocker"'
has out '"errno":16'
for ((i = 0; i < 20; i++)); do echo "now memory33 0x10800$i pinned x"; done >"$devices/dax0.0/plug/blockers"
run "unplug: twenty pinned pages" 4 unplug --dry-run dax0.0
has out "and 12 more pages that cannot be moved now"
wrote dax0.0 online_movable
run "plug: --replug of a device with a pinned page" 4 plug --dry-run --replug --zone kernel dax0.0
has out "may be refused: memory33"

### not root

if user_may_run "what a user may not do" "$daxplug" --version; then
	chmod 444 "$devices/dax0.0/state"
	name="unplug: not root"
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" DAXPLUG_RUN="$DAXPLUG_RUN" "$daxplug" unplug --dry-run dax0.0 \
		>"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 7 ]; then ok; else fail "exit $code, expected 7"; fi
	has out "would be refused: no permission to change its state"
fi

finish
