#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the sizes that can be plugged, are online, and are in use: in messages, show, JSON and
# metrics, on a made-up sysfs.
#
# usage: test_sizes.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

MiB=$((1024 * 1024))
node=$DAXPLUG_SYSFS/devices/system/node/node1

# meminfo TOTAL USED: makes node 1 with TOTAL MiB, of which USED MiB are in use
meminfo() {
	mkdir -p "$node"
	printf 'Node 1 MemTotal: %10d kB\nNode 1 MemFree: %10d kB\nNode 1 MemUsed: %10d kB\n' \
		$(($1 * 1024)) $((($1 - $2) * 1024)) $(($2 * 1024)) >"$node/meminfo"
}
# link BLOCK...: puts these blocks on node 1
link() {
	local b
	for b in "$@"; do ln -s "../../memory/memory$b" "$node/memory$b"; done
}
counts() { printf 'total %d\nabsent %d\noffline %d\nkernel %d\nmovable %d\n' "$@" >"$devices/dax0.0/plug/blocks"; }

### memory that does not fill a block is not plugged, and not counted as plugged

fresh
answer ""
# A range of 510 MiB that begins 2 MiB after a block boundary contains three complete blocks.
device dax0.0 $((510 * MiB)) 1 1 kmem unplugged
printf '0x%x\n' $((0x100000000 + 2 * MiB)) >"$devices/dax0.0/mapping0/start"
printf '0x%x\n' $((0x100000000 + 512 * MiB - 1)) >"$devices/dax0.0/mapping0/end"
counts 3 3 0 0 0
lost=$((126 * MiB))
run "plug --dry-run: what stays unused, in bytes" 0 plug --dry-run dax0.0
has out "dax0.0: note: $lost bytes (126 MiB) of it stay unused: they fill no memory block of 128 MiB"
run "plug --dry-run: JSON" 0 plug --dry-run --json dax0.0
has out '"word":"ends"'
run "show: what stays unused" 0 show dax0.0
has out "  unusable   126.0 MiB ($lost bytes)"
run "list: how much can be plugged" 0 list --bytes -o SIZE,USABLE
has out "534773760 402653184"
run "plug: 510 MiB in blocks of 128 MiB" 0 plug dax0.0
out "dax0.0: unplugged -> online_movable (384.0 MiB of 510.0 MiB)"
run "plug again" 0 plug dax0.0
out "dax0.0: nothing to do: already online_movable (384.0 MiB of 510.0 MiB)"
counts 3 0 1 0 2
echo inconsistent >"$devices/dax0.0/state"
run "show" 0 show dax0.0
has out "  size       510.0 MiB"
has out "  usable     384.0 MiB"
has out "  online     256.0 MiB"
has out "  used       unknown"
run "show: JSON" 0 show --json dax0.0
has out '"size":534773760'
has out '"usable":402653184'
has out '"online":268435456'
has out '"used":null'
has out '"block_size":134217728'
run "list: JSON" 0 list --json
has out '"usable":402653184'
run "metrics" 0 list --metrics
has out 'daxplug_device_size_bytes{device="dax0.0"} 534773760'
has out 'daxplug_device_usable_bytes{device="dax0.0"} 402653184'
has out 'daxplug_device_online_bytes{device="dax0.0"} 268435456'
name="metrics: no figure for what is not known"
if grep -q '^daxplug_device_used_bytes{' "$tmp/out"; then fail; else ok; fi
run "unplug: JSON" 0 unplug --json dax0.0
has out '"usable":402653184'

# With blocks of 2 GiB, 4 GiB of 7.5 GiB in two ranges can be plugged.
fresh
echo 80000000 >"$memory/block_size_bytes"
device dax0.0 $((7680 * MiB)) 1 2 kmem unplugged
printf '0x%x\n' 0x110000000 >"$devices/dax0.0/mapping0/start"
printf '0x%x\n' 0x21fffffff >"$devices/dax0.0/mapping0/end"
printf '0x%x\n' 0x400000000 >"$devices/dax0.0/mapping1/start"
printf '0x%x\n' 0x4bfffffff >"$devices/dax0.0/mapping1/end"
run "plug: blocks of 2 GiB" 0 plug dax0.0
out "dax0.0: unplugged -> online_movable (4.0 GiB of 7.5 GiB)"
device dax1.0 $((512 * MiB)) 1 1 kmem unplugged
run "show: not one complete block" 0 show dax1.0
has out "  usable     0 B"
device dax2.0 $((4096 * MiB)) 1 1 device_dax
run "show: a device of another driver has a size that can be plugged" 0 show dax2.0
has out "  usable     4.0 GiB"
has out "  online     0 B"
has out "  used       0 B"
rm "$memory/block_size_bytes"
run "show: no memory blocks" 0 show dax0.0
has out "  usable     unknown"

### in use: known only if the node has no other memory

fresh
blocks dax0.0 4
run "plug --dry-run: nothing stays unused" 0 plug --dry-run dax0.0
name="$name: no line about it"
if grep -q "stay unused" "$tmp/out"; then fail; else ok; fi
run "show: nothing stays unused" 0 show dax0.0
name="$name: no line about it"
if grep -q "unusable" "$tmp/out"; then fail; else ok; fi
run "plug: block by block" 0 plug dax0.0
meminfo 512 100
link 32 33 34 35
run "show: all of the node is the device's" 0 show dax0.0
has out "  used       100.0 MiB"
run "metrics: in use" 0 list --metrics
has out "daxplug_device_used_bytes{device=\"dax0.0\"} $((100 * MiB))"
mkdir "$memory/memory7"
echo offline >"$memory/memory7/state"
link 7
run "show: another block of the node, offline" 0 show dax0.0
has out "  used       100.0 MiB"
echo online >"$memory/memory7/state"
run "show: another block of the node, online, that total does not show" 0 show dax0.0
has out "  used       unknown"
meminfo 640 100
run "show: more memory than the device's" 0 show dax0.0
has out "  used       unknown"
meminfo 512 100
rm "$node"/memory*
run "show: it is not known which blocks the node has" 0 show dax0.0
has out "  used       unknown"
for bad in "" "Node 1 MemTotal: kB" "Node 1 MemTotal: 99999999999999999999 kB"; do
	printf '%s\n' "$bad" >"$node/meminfo"
	run "show: meminfo is '$bad'" 0 show dax0.0
	has out "  used       unknown"
done
rm -r "$node"
run "show: no node in sysfs" 0 show dax0.0
has out "  used       unknown"

finish
