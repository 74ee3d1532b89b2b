#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the doctor's findings that are not about a single device: CXL cards without a region,
# memory that the firmware gave to the kernel as RAM, zones, huge pages, tiers, a crash kernel, the
# kernel command line, the policy and its units. Also tests apply --check and plug --dry-run.
#
# usage: test_doctor_memory.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

root=$DAXPLUG_ROOT
put() {
	mkdir -p "$(dirname "$root$1")"
	local file=$root$1
	shift
	printf '%s\n' "$@" >"$file"
}
hasnt() {
	name="$name: out has no '$1'"
	if grep -qF -- "$1" "$tmp/out"; then fail; else ok; fi
}
# found N ID: claims that N findings with ID were printed
found() {
	name="$name: $1 of $2"
	if [ "$(grep -c "\\[$2\\]\$" "$tmp/out")" = "$1" ]; then ok; else fail; fi
}
# systemctl TEXT...: makes a systemctl that prints TEXT
systemctl() {
	mkdir -p "$root/usr/bin" "$root/run/systemd/system"
	rm -f "$tmp/asked"
	printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$tmp/asked'" "/bin/cat <<'END'" "$@" END >"$root/usr/bin/systemctl"
	chmod +x "$root/usr/bin/systemctl"
}
# doctor NAME EXIT ID: runs the doctor, which prints only the findings with ID
doctor() { run "$1" "$2" doctor --id "$3"; }

### CXL cards without a region

# memory_card N RAM PMEM [REGION]: makes the CXL memory device memN with RAM bytes of volatile and PMEM
# bytes of persistent memory. The decoder of its endpoint is in REGION, or in no region.
cxl=$root/sys/bus/cxl/devices
memory_card() {
	local real=$root/sys/real
	mkdir -p "$cxl" "$real/pci/mem$1"/{ram,pmem,driver} "$real/port/endpoint$1/decoder$1.0"
	echo "$2" >"$real/pci/mem$1/ram/size"
	echo "$3" >"$real/pci/mem$1/pmem/size"
	echo 0x12"$1" >"$real/pci/mem$1/serial"
	ln -sfn "../../pci/mem$1" "$real/port/endpoint$1/uport"
	ln -sfn "../../../real/pci/mem$1" "$cxl/mem$1"
	ln -sfn "../../../real/port/endpoint$1/decoder$1.0" "$cxl/decoder$1.0"
	printf '%s\n' "${4-}" >"$real/port/endpoint$1/decoder$1.0/region"
}
# window N RAM PMEM: makes the root decoder decoder0.N. RAM and PMEM are 1 if it takes regions of
# volatile or of persistent memory, else 0
window() {
	mkdir -p "$cxl/decoder0.$1"
	echo "$2" >"$cxl/decoder0.$1/cap_ram"
	echo "$3" >"$cxl/decoder0.$1/cap_pmem"
	[ "$2" = 0 ] || : >"$cxl/decoder0.$1/create_ram_region"
	[ "$3" = 0 ] || : >"$cxl/decoder0.$1/create_pmem_region"
}
fresh
doctor "no CXL" 0 cxl-region
out ""
memory_card 1 0x100000000 0x0
memory_card 2 0x100000000 0x0 region0
memory_card 3 0x0 0x0
memory_card 10 0x0 0x80000000
window 0 1 0
doctor "cards without a region" 0 cxl-region
has out "note     mem1: 4.0 GiB of volatile memory (serial number 0x121), and no region, so it cannot be used [cxl-region]"
has out "next: cxl create-region -m -t ram -d decoder0.0 mem1"
has out "mem10: 2.0 GiB of persistent memory"
has out "next: the firmware has no window for it"
hasnt mem2:
hasnt mem3:
name="$name: in the order of their numbers"
if [ "$(grep -o '^note *mem[0-9]*' "$tmp/out" | grep -o '[0-9]*$' | xargs)" = "1 10" ]; then ok; else fail; fi
window 1 1 1
doctor "two windows" 0 cxl-region
has out "next: cxl create-region -m -t ram mem1 (with -d, one of the 2 windows that cxl list -D -d root shows)"
has out "next: cxl create-region -m -t pmem -d decoder0.1 mem10"
rm -r "$root/sys/real/pci/mem1/driver"
doctor "a card without a driver" 0 cxl-region
has out "next: cxl enable-memdev mem1"
rm -r "$cxl"/decoder0.?
mkdir "$root/sys/real/pci/mem1/driver"
doctor "no window" 0 cxl-region
has out "next: the firmware has no window for it, or this kernel cannot make regions of volatile memory (Linux 6.3 or later)"
for ((i = 20; i < 40; i++)); do memory_card $i 0x10000000 0; done
# Names that the kernel does not use. The doctor must ignore them
mkdir -p "$cxl/mem5\$(reboot)" "$cxl/mem" "$cxl/mem_x" "$cxl/decoder9.0;x" \
	"$cxl/mem$(printf '%0100d' 7)" "$cxl/decoder$(printf '%0100d' 7).0"
doctor "many cards" 0 cxl-region
found 17 cxl-region
has out "and 6 more cards have no region"
hasnt reboot

### memory that the firmware gave to the kernel as RAM

fresh
put /proc/iomem "00001000-0009ffff : System RAM" "100000000-1ffffffff : CXL Window 0" "  100000000-17fffffff : region0" \
	"    100000000-17fffffff : dax0.0" "      100000000-17fffffff : System RAM (kmem)" "200000000-2ffffffff : System RAM"
doctor "CXL memory that is a device" 0 firmware-ram
out ""
put /proc/iomem "100000000-1ffffffff : CXL Window 0" "  100000000-17fffffff : region0" "    100000000-17fffffff : System RAM" \
	"  180000000-1bfffffff : System RAM" "200000000-2ffffffff : System RAM"
doctor "CXL memory that is RAM since the boot" 0 firmware-ram
has out "note     firmware: 3.0 GiB of CXL memory are ordinary RAM since boot, and not a DAX device [firmware-ram]"
has out "next: for a DAX device configure the firmware to set the memory aside"
put "/boot/config-$(uname -r)" "CONFIG_EFI=y" "# CONFIG_EFI_SOFT_RESERVE is not set"
doctor "a kernel without soft reserve" 0 firmware-ram
has out "is built without CONFIG_EFI_SOFT_RESERVE"
put /proc/cmdline "quiet efi=debug,nosoftreserve ro"
doctor "nosoftreserve" 0 firmware-ram
has out "next: efi=debug,nosoftreserve on the kernel's command line does that"
put /proc/iomem "00000000-00000000 : CXL Window 0" "  00000000-00000000 : System RAM"
doctor "/proc/iomem as another user sees it" 0 firmware-ram
has out "some of CXL memory are ordinary RAM"
put /proc/iomem "x : CXL Window 0" "  : System RAM" "" " : " "$(printf '%0500d' 0) : CXL Window 0" "        1-2 : System RAM"
put /proc/cmdline "efi=nosoftreserve"
doctor "no CXL window in it" 0 firmware-ram
has out "firmware: efi=nosoftreserve: memory that the firmware sets aside is ordinary RAM"
put /proc/cmdline "quiet -- efi=nosoftreserve"
doctor "a parameter behind -- is not the kernel's" 0 firmware-ram
out ""
put /sys/devices/system/node/has_memory "0-1"
put /sys/devices/system/node/has_cpu "0"
doctor "a node that is only memory" 0 firmware-ram
has out "firmware: node 1 has memory, no processor and no DAX device: if that is a card"
device dax0.0 134217728 1 1 kmem online_movable
doctor "the device's node" 0 firmware-ram
out ""

### zones

# zones KERNEL MOVABLE [CMA]: makes a /proc/zoneinfo with MOVABLE MiB in ZONE_MOVABLE and KERNEL MiB in
# other zones. CMA is the part of KERNEL, in MiB, that is reserved for the contiguous memory
# allocator.
zones() {
	put /proc/zoneinfo "Node 0, zone      DMA" "  pages free     999999" "        present  $(($1 * 256))" "        cma      $((${3-0} * 256))" \
		"        high     10" "        protection: ($(printf '%0400d' 0)        present  99999999)" "  pagesets" "    cpu: 0" "              high:  378" \
		"Node 1, zone  Movable" "  pages free     7" "        present  $(($2 * 256))" "        cma      0" \
		"Node 1, zone   Device" "        present  99999999999"
}
fresh
doctor "no zoneinfo" 0 zone-movable
out ""
zones 1024 4096
doctor "4:1" 0 zone-movable
has out "ok       memory: 4.0 GiB in ZONE_MOVABLE, 1.0 GiB for the kernel's own data: not more than 4:1 [zone-movable]"
zones 1024 4101
doctor "more than 4:1" 0 zone-movable
has out "warning  memory: 4.0 GiB in ZONE_MOVABLE, 1.0 GiB for the kernel's own data: more than 4:1"
has out "next: the kernel may run out of memory while much is free"
run "more than 4:1, strictly" 1 doctor --strict --id zone-movable
zones 1024 4000 100
doctor "with CMA" 0 zone-movable
has out "more than 4:1"
answer ""
put /sys/module/kmem/parameters/policy ""
device dax0.0 4294967296 1 1 kmem unplugged
printf 'total 32\nabsent 32\noffline 0\nkernel 0\nmovable 0\n' >"$devices/dax0.0/plug/blocks"
zones 1024 0
run "a plug that leaves enough" 0 plug --dry-run dax0.0
hasnt ZONE_MOVABLE
run "doctor: a plug that leaves enough" 0 doctor --id zone-movable dax0.0
found 1 zone-movable
zones 1023 0
run "a plug that leaves too little: --dry-run" 0 plug --dry-run dax0.0
has out "note: 4096 MiB would be in ZONE_MOVABLE, and 1023 MiB would be left for the kernel's own data: more than 4:1"
run "JSON" 0 plug --dry-run --json dax0.0
has out '"word":"zone-movable"'
run "doctor: a plug that leaves too little" 0 doctor --id zone-movable dax0.0
has out "warning  dax0.0: after a plug 4096 MiB would be in ZONE_MOVABLE, and 1023 MiB would be left"
has out "next: daxplug plug --zone=kernel dax0.0"
run "another zone" 0 plug --dry-run --zone kernel dax0.0
hasnt ZONE_MOVABLE
run "quietly" 0 plug -q dax0.0
err ""
echo unplugged >"$devices/dax0.0/state"
run "a plug that leaves too little" 0 plug dax0.0
err "daxplug: dax0.0: warning: 4096 MiB would be in ZONE_MOVABLE, and 1023 MiB would be left for the kernel's own data: more than 4:1, so that the kernel may run out of memory while much is free"
wrote dax0.0 online_movable
echo online_kernel >"$devices/dax0.0/state"
printf 'total 32\nabsent 0\noffline 0\nkernel 32\nmovable 0\n' >"$devices/dax0.0/plug/blocks"
zones 5000 0
run "its own memory is not left for the kernel" 0 plug --dry-run --replug dax0.0
has out "4096 MiB would be in ZONE_MOVABLE, and 904 MiB would be left"

### huge pages, tier

fresh
node=$DAXPLUG_SYSFS/devices/system/node/node1
blocks dax0.0 4
run "plug" 0 plug dax0.0
mkdir -p "$node/hugepages/hugepages-2048kB" "$DAXPLUG_SYSFS/kernel/mm/hugepages/hugepages-2048kB"
ln -s ../../memory/memory3{2,3,4,5} "$node"
printf 'Node 1 MemTotal: 524288 kB\nNode 1 MemFree: 421888 kB\nNode 1 MemUsed: 102400 kB\n' >"$node/meminfo"
put /proc/meminfo 'MemTotal: 8000000 kB' 'MemAvailable: 4000000 kB' 'SwapFree: 0 kB'
# pool NODE_ALL NODE_FREE FREE RESERVED: makes a pool of huge pages. Node 1 has NODE_ALL of them, and
# NODE_FREE of these are unused. The machine has FREE unused ones, and mappings have reserved RESERVED
pool() {
	echo "$1" >"$node/hugepages/hugepages-2048kB/nr_hugepages"
	echo "$2" >"$node/hugepages/hugepages-2048kB/free_hugepages"
	echo "$3" >"$DAXPLUG_SYSFS/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
	echo "$4" >"$DAXPLUG_SYSFS/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages"
}
pool 0 0 0 0
run "no huge pages" 0 doctor --id hugetlb,memory-tier
out ""
pool 10 10 20 10
run "unused huge pages" 0 doctor --id hugetlb
has out "note     dax0.0: 10 unused huge pages of 2 MiB are reserved on node 1; those in this device go with it, and the pool shrinks [hugetlb]"
found 1 hugetlb
pool 10 10 20 11
run "huge pages that a mapping has reserved" 0 doctor --id hugetlb
has out "warning  dax0.0: prevents an unplug: 10 unused huge pages are on node 1, and mappings have reserved all but 9 of the machine's"
run "unplug: huge pages that a mapping has reserved" 4 unplug --dry-run dax0.0
has out "may be refused: 10 unused huge pages are on node 1"
put /sys/devices/virtual/memory_tiering/memory_tier4/nodelist 0
put /sys/devices/virtual/memory_tiering/memory_tier22/nodelist 1
put /sys/devices/system/node/has_cpu 0
run "a tier of its own" 0 doctor --id memory-tier
has out "ok       dax0.0: node 1 is in memory tier 22 [memory-tier]"
rm -r "$root/sys/devices/virtual/memory_tiering/memory_tier22"
put /sys/devices/virtual/memory_tiering/memory_tier4/nodelist 0-1
run "the processors' tier" 0 doctor --id memory-tier
has out "note     dax0.0: node 1 is in memory tier 4, as is node 0, which has processors"

### crash kernel

put /sys/kernel/kexec_crash_loaded 0
doctor "no crash kernel" 0 crash-kernel
out ""
put /sys/kernel/kexec_crash_loaded 1
doctor "a crash kernel that may be old" 0 crash-kernel
has out "note     crash kernel: loaded, and the kernel does not update its list of memory"
put /sys/devices/system/memory/crash_hotplug 0
doctor "not updated" 0 crash-kernel
has out "note     crash kernel"
put /sys/devices/system/memory/crash_hotplug 1
doctor "updated" 0 crash-kernel
has out "ok       crash kernel: loaded, and the kernel updates its list of memory"
put /sys/devices/system/memory/crash_hotplug 0
mkdir -p "$devices/dax0.0/plug"
printf 'stalls 0\nchanged_ms 90000\n' >"$devices/dax0.0/plug/stats"
doctor "no unit is known to have loaded it" 0 crash-kernel
has out "note     crash kernel: loaded, and the kernel does not update its list of memory"
# crash_units KDUMP KDUMP_TOOLS: makes a systemctl that reports these start times of the two units, in
# microseconds since boot
crash_units() {
	systemctl "Id=kdump.service" "ActiveEnterTimestampMonotonic=$1" "" \
		"ActiveEnterTimestampMonotonic=$2" "Id=kdump-tools.service"
}
crash_units 0 0
doctor "neither unit has been active" 0 crash-kernel
has out "note     crash kernel: loaded, and the kernel does not update its list of memory"
holds "$tmp/asked" "show --property=Id,ActiveEnterTimestampMonotonic -- kdump.service kdump-tools.service"
crash_units 0 30000000
doctor "older than the last plug" 0 crash-kernel
has out "warning  crash kernel: loaded by kdump-tools.service 30 s after boot, before the last plug or unplug (dax0.0, 90 s after boot), and the kernel does not update its list of memory"
has out "next: load it again after each plug and unplug"
crash_units 91000000 30000000
doctor "newer than the last plug" 0 crash-kernel
has out "ok       crash kernel: loaded by kdump.service 91 s after boot, after the last plug or unplug (dax0.0, 90 s after boot) [crash-kernel]"
crash_units 99999999999999999999999 x
doctor "no times" 0 crash-kernel
has out "note     crash kernel: loaded, and the kernel does not update its list of memory"
echo 'changed_ms 0' >"$devices/dax0.0/plug/stats"
crash_units 91000000 0
doctor "nothing has been plugged" 0 crash-kernel
has out "note     crash kernel: loaded, and the kernel does not update its list of memory"
put /sys/devices/system/memory/crash_hotplug 1
doctor "old, but updated" 0 crash-kernel
has out "ok       crash kernel: loaded, and the kernel updates its list of memory"
rm -r "$devices/dax0.0" "$root/run/systemd" "${root:?}/usr"
doctor "no device" 0 crash-kernel
out ""

### the kernel's command line

fresh
put /sys/devices/system/memory/auto_online_blocks online_kernel
put /proc/cmdline "quiet memhp_default_state=online_kernel"
doctor "which parameter has set auto_online_blocks" 0 auto-online,boot-parameter
has out "online_kernel (memhp_default_state= on the kernel's command line): the kernel brings"
found 0 boot-parameter
put /proc/cmdline "memhp_default_state=offline module-blacklist=foo,kmem modprobe.blacklist=cxl_mem,bar memory_hotplug.online_policy=auto-movable"
doctor "parameters" 0 auto-online,boot-parameter
hasnt "memhp_default_state= on"
has out "warning  command line: module_blacklist=foo,kmem keeps the driver kmem from being loaded [boot-parameter]"
has out "warning  command line: modprobe.blacklist=cxl_mem,bar keeps the driver cxl_mem from being loaded by itself"
has out "note     command line: memory_hotplug.online_policy=auto-movable: with --zone=auto"
found 3 boot-parameter
put /proc/cmdline "xmodule_blacklist=kmem module_blacklist module_blacklist=kmemx,xkmem memory_hotplug.online_policy=contig-zones -- module_blacklist=kmem"
doctor "similar words are no such parameters" 0 boot-parameter
out ""
printf '\033[2J=\377 module_blacklist=kmem,\033[2J' >"$root/proc/cmdline"
doctor "no control characters are printed" 0 boot-parameter
has out "module_blacklist=kmem,?[2J keeps"

### policy

fresh
device dax0.0 134217728 1 1 kmem unplugged
doctor "no policy" 0 policy,policy-rule,unit
out "ok       policy: there is no policy: devices stay as they are, or as the kernel's settings decide [policy]"
dir=$root/etc/daxplug/daxplug.conf.d
mkdir -p "$dir"
chmod 755 "$root" "$root/etc" "$root/etc/daxplug" "$dir"
rules() { printf '%s\n' "${@:2}" >"$dir/$1.conf"; chmod 644 "$dir/$1.conf"; }
rules 10 '[all]' 'origin = unknown' 'state = online_movable'
rules 10 '[mine]' 'node = 1' 'state = online_movable'
doctor "a policy" 0 policy,policy-rule
out "ok       policy: 1 rules, without an error [policy]"
rules 20 '[no one]' 'serial = 0x99' 'state = online_movable' '[zero]' 'serial = 0' 'state = unplugged'
doctor "rules without a device" 0 policy,policy-rule
has out "warning  policy: $dir/20.conf:1: [no one]: matches no device [policy-rule]"
has out "[zero]: serial number 0 is that of cards without one: it matches nothing [policy-rule]"
run "strictly" 1 doctor --strict --id policy-rule
rules 20 '[dax0.0]' 'device = dax0.0' 'state = unplugged'
doctor "by a name that changes" 0 policy-rule
has out "dax0.0 may be another device after the next boot"
rules 20 '[guarded]' 'size = 128M' 'guard = always' 'state = online_movable'
rm "$dir/10.conf"
rm -r "$devices/dax0.0/plug"
doctor "a wish that cannot be met" 0 policy-rule
has out "warning  dax0.0: $dir/20.conf:1: [guarded]: only daxplug's kmem module has a guard [policy-rule]"
rules 30 '[bad]' 'node = x'
doctor "an error" 1 policy
has out "problem  policy: $dir/30.conf:2: "
has out "next: repair it; until then its rule has no effect"
err ""
rm "$dir/30.conf"
chmod 666 "$dir/20.conf"
doctor "a file that anybody writes" 1 policy,policy-rule
has out "problem  policy: $dir/20.conf: refused: everybody may write it"
for ((i = 0; i < 12; i++)); do rules "5$i" "$(printf '[\033[2J%d]' $i)" 'node = x'; done
doctor "many errors" 1 policy
found 9 policy
has out "and 5 more errors"
rm "$dir"/*

### units

rules 10 '[mine]' 'node = 1' 'state = online_movable'
doctor "no systemd" 0 unit
out ""
systemctl "Id=daxplug.service" "LoadState=loaded" "UnitFileState=enabled" "ActiveState=active" "Result=success" "" \
	"Id=daxplug@dax0.0.service" "LoadState=loaded" "UnitFileState=static" "ActiveState=inactive" "Result=success"
doctor "all is well" 0 unit
out "ok       daxplug.service: enabled, active [unit]"
holds "$tmp/asked" "show --property=Id,LoadState,UnitFileState,ActiveState,Result -- daxplug.service daxplug@dax0.0.service"
systemctl "Id=daxplug.service" "LoadState=loaded" "UnitFileState=disabled" "ActiveState=inactive" "Result=success" "" \
	"Result=exit-code" "Id=daxplug@dax0.0.service" "LoadState=loaded" "UnitFileState=static" "ActiveState=failed"
doctor "not enabled, and one that failed" 0 unit
has out "warning  daxplug.service: disabled: nothing applies the policy at boot [unit]"
has out "next: systemctl enable daxplug"
has out "warning  daxplug@dax0.0.service: it has failed (exit-code) [unit]"
has out "next: journalctl -b -u daxplug@dax0.0.service says why"
systemctl "Id=daxplug.service" "LoadState=not-found" "UnitFileState=" "ActiveState=inactive" "Result=success"
doctor "not installed" 0 unit
has out "note     daxplug.service: not-found: nothing applies the policy at boot"
rm "$dir/10.conf"
doctor "not installed, and no policy" 0 unit
out ""
systemctl "$(printf 'Id=%0500d' 1)" "ActiveState=failed" "" "" "Result=" "ActiveState" "garbage"
doctor "garbage" 0 unit
has out "it has failed ()"
printf '#!/bin/sh\nexit 1\n' >"$root/usr/bin/systemctl"
doctor "systemctl that fails" 0 unit
out ""

### a check that cannot be made

fresh
memory_card 1 0x100000000 0x0
memory_card 2 0x100000000 0x0 region0
preload=$tmp/fake.so
export FAKE_CANNOT_LIST=/bus/cxl/devices
doctor "the decoders cannot be listed, so it is not known which card has a region" 1 cxl-region
out ""
err "daxplug: the check of CXL memory was not completed: Not a directory"
unset FAKE_CANNOT_LIST
export FAKE_CANNOT_OPEN=24:/proc
doctor "no descriptor" 1 pinned
err "daxplug: the check of other programs that switch memory blocks was not completed: Too many open files"
export FAKE_CANNOT_OPEN=12:/proc
doctor "no memory" 1 pinned
err "daxplug: the check of other programs that switch memory blocks was not completed: Cannot allocate memory"
export FAKE_CANNOT_OPEN=13:/proc
doctor "a user without permission to list /proc: no error" 0 pinned
err ""
unset FAKE_CANNOT_OPEN
preload=

### apply --check does not report success for a change that then fails

fresh
blocks dax0.0 4
policy() { mkdir -p "$tmp/policy"; printf '%s\n' "$@" >"$tmp/policy/10.conf"; chmod 755 "$tmp/policy"; chmod 644 "$tmp/policy/10.conf"; }
policy '[mine]' 'node = 1' 'state = online_movable'
rm -r "$drivers/kmem"
run "apply --check: it would fail" 1 apply --check --config "$tmp/policy"
has out "dax0.0: state unplugged -> online_movable: differs"
has err "daxplug: dax0.0: would be refused: no driver holds it, and the driver kmem is not loaded"
run "apply --check: it would fail: JSON" 1 apply --check --json --config "$tmp/policy"
has out '"outcome":"differs"'
has out '"errno":95'
has out 'would be refused: no driver'
run "apply --dry-run: it would fail" 7 apply --dry-run --config "$tmp/policy"
has err "would be refused: no driver holds it"
run "apply: it fails" 7 apply --config "$tmp/policy"
mkdir -p "$drivers/kmem"
touch "$drivers/kmem/bind" "$drivers/kmem/unbind" "$drivers/kmem/new_id"
zones 10 0
run "apply --check: it would be done, with a warning" 1 apply --check --config "$tmp/policy"
has err "daxplug: dax0.0: warning: 512 MiB would be in ZONE_MOVABLE, and 10 MiB would be left"
sed -i 's/free     999999/free     1/' "$root/proc/zoneinfo"
run "apply --dry-run: it may fail" 4 apply --dry-run --config "$tmp/policy"
has err "may be refused: its page structures need 8 MiB"
zones 9999 0
run "apply --check: all is well" 1 apply --check --config "$tmp/policy"
err ""
run "apply --dry-run: all is well" 0 apply --dry-run --config "$tmp/policy"
err ""

finish
