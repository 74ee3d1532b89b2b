#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the command on a made-up sysfs with the module's attributes: usage, tables, selection of
# devices, messages, and exit codes.
#
# usage: test_cli.sh [COMMAND]	(default: build/daxplug). The variable CC names the compiler.

set -u
. "$(dirname "$0")/fake.sh"

### usage

fresh
run "help" 0 --help
has out "Usage: daxplug COMMAND"
has out "Exit status:"
err ""
run "short help" 0 -h
run "version" 0 --version
has out "daxplug "
for command in list show plug unplug watch apply history doctor help version; do
	run "$command: help" 0 $command --help
	has out "Usage: daxplug $command"
	run "$command: unknown option" 2 $command --frobnicate
	has err "daxplug $command: unrecognized option '--frobnicate'"
	has err "Try 'daxplug $command --help'."
done
run "no command" 2
err "daxplug: no command is given
Try 'daxplug --help'."
run "unknown command" 2 frobnicate
err "daxplug: unknown command 'frobnicate'
Try 'daxplug --help'."
run "unknown option" 2 --frobnicate
run "watch: operand" 2 watch dax0.0
err "daxplug watch: extra operand 'dax0.0'
Try 'daxplug watch --help'."
for version in -V -v version; do
	run "version by $version" 0 $version
	has out "daxplug $(cat "$(dirname "$0")/../../VERSION")"
done
run "help as a command" 0 help
has out "Usage: daxplug COMMAND"
run "help of a command" 0 help plug
has out "Usage: daxplug plug DEV..."
"$daxplug" plug --help >"$tmp/other"
name="$name: as plug --help"
if cmp -s "$tmp/other" "$tmp/out"; then ok; else fail; fi
run "help of no command" 2 help frobnicate
has err "daxplug help: unknown command 'frobnicate'"
name="no line of --help is longer than 80"
for command in '' list show plug unplug watch apply history doctor help version; do
	# shellcheck disable=SC2086 # empty for the program itself
	"$daxplug" $command --help
done | grep -E '^.{81}' >"$tmp/out"
if [ -s "$tmp/out" ]; then fail; else ok; fi
run "list: --json and --metrics" 2 list --json --metrics
for command in plug unplug; do
	run "$command: no device" 2 $command
	err "daxplug $command: no device is given
Try 'daxplug $command --help'."
done
run "plug: unknown zone" 2 plug dax0.0 --zone normal
has err "unknown zone 'normal': valid are movable, kernel and auto"
run "plug: empty zone" 2 plug dax0.0 --zone=
run "plug: zone without a value" 2 plug dax0.0 --zone
run "unplug: no zone" 2 unplug dax0.0 --zone movable
has err "daxplug unplug: option --zone is not valid here
"
for bad in "" x 1x -1 99999999999 1.5s; do
	run "plug: timeout '$bad'" 2 plug dax0.0 --timeout="$bad"
	has err "is not a time"
	run "plug: node '$bad'" 2 plug --node="$bad"
	has err "is not a node number"
done

### list and show

run "list: no devices" 0 list
out ""
err "daxplug: there are no DAX devices; see daxplug doctor"
run "plug all: no devices" 0 plug all
err "daxplug: there are no DAX devices; see daxplug doctor"
rm -rf "$DAXPLUG_SYSFS/bus/dax"
run "list: no dax bus" 0 list
err "daxplug: there are no DAX devices; see daxplug doctor"
rm -rf "$DAXPLUG_SYSFS"
run "list: no sysfs" 7 list
err "daxplug: cannot read the DAX devices in sysfs: no sysfs is mounted"
run "plug: no sysfs" 7 plug all

fresh
device dax10.0 1073741824 1 1 kmem unplugged
device dax2.10 2415919104 0 3 kmem online_movable
device dax2.9 134217728 0 1 device_dax
device dax0.0 0 -1 0 -
run "list: sorted by number" 0 list
out "\
NAME         SIZE NODE ORIGIN DRIVER     BACKEND STATE
dax0.0        0 B    - -      -          -       unplugged
dax2.9  128.0 MiB    0 -      device_dax -       other_driver
dax2.10   2.2 GiB    0 -      kmem       module  online_movable
dax10.0   1.0 GiB    1 -      kmem       module  unplugged"
err ""
run "list: some of them" 0 list dax10.0 dax2.9
out "\
NAME         SIZE NODE ORIGIN DRIVER     BACKEND STATE
dax10.0   1.0 GiB    1 -      kmem       module  unplugged
dax2.9  128.0 MiB    0 -      device_dax -       other_driver"
run "list: by node" 0 list --node 1
out "\
NAME       SIZE NODE ORIGIN DRIVER BACKEND STATE
dax10.0 1.0 GiB    1 -      kmem   module  unplugged"
run "list: some of them, as JSON" 0 list --json dax2.9
has out '"state":"other_driver"'
run "list: a device that does not exist" 3 list dax9.9
out ""
run "list: a device that does not exist, and one that exists" 3 list dax9.9 dax2.9
has out other_driver
run "list: metrics of another driver" 0 list --metrics
has out 'daxplug_device_state{device="dax2.9",state="other_driver"} 1'
has out 'daxplug_device_state{device="dax2.9",state="unplugged"} 0'
run "list: --metrics takes no device" 2 list --metrics dax2.9
run "show: all of them, if none is named" 0 show
name="$name: devices of other drivers, too"
if [ "$(grep -c '^dax' "$tmp/out")" = 4 ]; then ok; else fail; fi
run "list: columns" 0 list -o name,GUARD,region,Tier
out "\
NAME    GUARD REGION TIER
dax0.0  -     -         -
dax2.9  -     -         -
dax2.10 -     -         -
dax10.0 -     -         -"
run "list: more columns" 0 list -o +SERIAL dax10.0
out "\
NAME       SIZE NODE ORIGIN DRIVER BACKEND STATE     SERIAL
dax10.0 1.0 GiB    1 -      kmem   module  unplugged -"
run "list: order, bytes, a total" 0 list --output NAME,SIZE --bytes --sort size --total
out "\
NAME          SIZE
dax0.0           0
dax2.9   134217728
dax10.0 1073741824
dax2.10 2415919104
total   3623878656"
run "list: by word" 0 list -o NAME --sort STATE --noheadings
out "\
dax2.10
dax2.9
dax0.0
dax10.0"
run "list: raw" 0 list --raw -o NAME,SIZE,STATE dax2.9
out "\
NAME SIZE STATE
dax2.9 128.0MiB other_driver"
for bad in "" "NAME," ",NAME" FOO "NAME,FOO" "+" "$(printf 'NAME,%.0s' {1..40})NAME"; do
	run "list: columns '${bad:0:10}'" 2 list --output "$bad"
done
run "list: unknown column" 2 list -o FOO
has err "unknown column 'FOO'; valid are NAME SIZE"
run "list: unknown order" 2 list --sort FOO
run "list: JSON has no columns" 2 list --json -o NAME
has err "--json and --metrics print all values and take no options for columns"
mkdir -p "$DAXPLUG_ROOT/sys/devices/virtual/memory_tiering/memory_tier4" \
	"$DAXPLUG_ROOT/sys/devices/virtual/memory_tiering/memory_tier961" \
	"$DAXPLUG_ROOT/sys/devices/virtual/memory_tiering/power" "$tmp/policy"
echo 0,3-5 >"$DAXPLUG_ROOT/sys/devices/virtual/memory_tiering/memory_tier4/nodelist"
echo 1-2 >"$DAXPLUG_ROOT/sys/devices/virtual/memory_tiering/memory_tier961/nodelist"
printf '[card]\nnode = 1\nstate = unplugged\n' >"$tmp/policy/a.conf"
run "list: tiers and rules" 0 list -o NAME,TIER,RULE --config "$tmp/policy"
out "\
NAME    TIER RULE
dax0.0     - -
dax2.9     4 -
dax2.10    4 -
dax10.0  961 card"
run "list: no such policy" 2 list -o RULE --config "$tmp/nowhere"
if has_terminal "colours on a terminal"; then
	device dax11.0 1073741824 1 1 kmem inconsistent
	# terminal NAME COUNT ENVIRONMENT...: claims that COUNT states are red in the output on a terminal
	terminal() {
		name=$1
		script -qec "env ${*:3} $daxplug list" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"
		if [ "$(grep -c $'\033\\[31minconsistent\033\\[0m' "$tmp/out")" = "$2" ]; then ok; else fail; fi
	}
	terminal "list: red on a terminal" 1 TERM=xterm
	terminal "list: NO_COLOR" 0 TERM=xterm NO_COLOR=1
	terminal "list: an empty NO_COLOR" 1 TERM=xterm NO_COLOR=
	terminal "list: a dumb terminal" 0 TERM=dumb
	TERM=xterm run "list: no colour in a file" 0 list
	name="$name: none"
	if grep -q $'\033' "$tmp/out"; then fail; else ok; fi
	rm -r "$devices/dax11.0"
fi
run "list: again" 0 list
err ""

fresh
device dax0.0 - - 0 kmem ""
device dax1.0 "12 bytes" x 0 kmem "half and half"
device dax2.0 99999999999999999999999 4294967295 0 kmem ""
device dax3.0 -1 "" 0 kmem "$(printf 'x%.0s' {1..5000})"
device dax4.0 1099511627775 007 0 kmem offline
device dax5.0 18446744073709551614 2 0 kmem inconsistent
mkdir "$devices/dax6.0" "$devices/dax6.0/state" "$devices/dax6.0/size"
ln -s kmem "$devices/dax6.0/driver"
mkdir "$devices/dax5.0/mapping" "$devices/dax5.0/mapping0x" \
	"$devices/dax5.0/mapping7" "$devices/dax5.0/mapping99999999999"
mkdir "$devices/dax" "$devices/dax1" "$devices/dax1." "$devices/dax01.0" \
	"$devices/dax1.0x" "$devices/xdax1.0" "$devices/dax99999999999.0"
ln -s nowhere "$devices/dax7.0"
run "list: missing, malformed and foreign things" 0 list
out "\
NAME       SIZE NODE ORIGIN DRIVER BACKEND STATE
dax0.0        ?    - -      kmem   module  ?
dax1.0        ?    - -      kmem   module  ?
dax2.0        ?    - -      kmem   module  ?
dax3.0        ?    - -      kmem   module  ?
dax4.0  1.0 TiB    - -      kmem   module  offline
dax5.0 16.0 EiB    2 -      kmem   module  inconsistent
dax6.0        ?    - -      kmem   native  ?"
run "list: a total with an unknown size" 0 list --total -o NAME,SIZE dax4.0 dax0.0
has out "total        ?"
run "list: the same as JSON" 0 list --json
has out '"state":null'
has out '"size":18446744073709551614'
run "show: the same" 0 show all
run "list: the same as metrics" 0 list --metrics

fresh
for ((i = 0; i < 300; i++)); do device dax$i.0 134217728 0 1 kmem unplugged; done
run "list: 300 devices" 0 list
has out "dax299.0"
if [ -w /dev/full ]; then
	name="list: output that cannot be written"
	for format in "" --json --metrics; do
		"$daxplug" list $format >/dev/full 2>"$tmp/err"
		code=$?
		if [ $code -eq 1 ]; then ok; else fail "exit $code, expected 1"; fi
		has err "cannot write output: No space left on device"
	done
fi

fresh
device dax0.0 268435456 1 2 kmem online_movable
echo always >"$devices/dax0.0/plug/guard"
echo 2500 >"$devices/dax0.0/plug/timeout_ms"
echo 0 >"$devices/dax0.0/plug/stall_ms"
printf 'total 2\nabsent 0\noffline 0\nkernel 0\nmovable 2\nfuture 7\n' >"$devices/dax0.0/plug/blocks"
printf 'plugs 3\nvetoes 12\nfuture 7\n' >"$devices/dax0.0/plug/stats"
run "show" 0 show dax0.0
out "\
dax0.0
  state      online_movable
  backend    module
  driver     kmem
  size       256.0 MiB
  usable     256.0 MiB
  online     256.0 MiB
  used       unknown
  node       1
  origin     unknown
  range      0x100000000-0x107ffffff
  range      0x110000000-0x117ffffff
  blocks     2: 2 movable, 0 kernel, 0 offline, 0 absent
  guard      always
  timeout    2500 ms
  stall      none
  so far     plugs 3, unplugs 0, refusals 0, undos 0, failed_undos 0, vetoes 12, pages_moved 0, stalls 0"
run "show: as JSON" 0 show --json dax0.0
has out '"timeout_ms":2500'
has out '"start":"0x110000000"'
has out '"end":"0x117ffffff"'
has out '"address":4563402752'
has out '"size":134217728'
has out '"stall_ms":0'
has out '"poisoned_blocks":null'
has out '"poisoned_pages":null'
echo "poisoned 1" >>"$devices/dax0.0/plug/blocks"
printf '%s\n' "memory33 0x21001" "memory33 0x21002 and more" garbage "memory33" "memoryx 0x1" "memory33 x" more \
	>"$devices/dax0.0/plug/poison"
printf 'vetoes 12\nfuture 7\nstalls 2\n' >"$devices/dax0.0/plug/stats"
echo 20000 >"$devices/dax0.0/plug/stall_ms"
run "show: bad memory" 0 show dax0.0
has out "  blocks     2: 2 movable, 0 kernel, 0 offline, 0 absent"
has out "  poisoned   1 blocks, 2 pages"
has out "  stall      20000 ms"
has out "stalls 2"
run "show: bad memory, as JSON" 0 show --json dax0.0
has out '"poisoned_blocks":1'
has out '"poisoned_pages":2'
has out '"stall_ms":20000'
has out '"stalls":2'
run "list: metrics" 0 list --metrics
has out 'daxplug_device_size_bytes{device="dax0.0"} 268435456'
has out 'daxplug_device_state{device="dax0.0",state="online_movable"} 1'
has out 'daxplug_device_state{device="dax0.0",state="offline"} 0'
has out 'daxplug_device_blocks{device="dax0.0",zone="movable"} 2'
has out 'daxplug_device_vetoes_total{device="dax0.0"} 12'
has out 'daxplug_device_stalls_total{device="dax0.0"} 2'
has out 'daxplug_device_poisoned_blocks{device="dax0.0"} 1'
rm "$devices/dax0.0/plug/poison"
for bad in "total 3" "absent x" "movable 99999999999" "kernel 18446744073709551615"; do
	printf 'total 2\nabsent 0\noffline 0\nkernel 0\nmovable 2\n' |
		sed "s/^${bad% *} .*/$bad/" >"$devices/dax0.0/plug/blocks"
	run "show: plug/blocks with '$bad'" 0 show dax0.0
	name="$name: no counts are shown"
	if grep -q blocks "$tmp/out"; then fail; else ok; fi
done

### which devices

fresh
mkdir -p "$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/dax_region0" \
	"$DAXPLUG_SYSFS/real/port1/endpoint2/decoder2.0" "$DAXPLUG_SYSFS/real/pci/mem7" \
	"$DAXPLUG_SYSFS/real/ndbus0/region1/dax1.0" "$DAXPLUG_SYSFS/real/hmem.3" \
	"$DAXPLUG_SYSFS/bus/cxl/devices"
device dax0.0 1073741824 2 1 kmem unplugged
device dax1.0 1073741824 1 1 kmem unplugged
device dax2.0 1073741824 1 1 kmem unplugged
device dax3.0 1073741824 0 1 device_dax
mv "$devices/dax0.0" "$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/dax_region0/"
mv "$devices/dax1.0" "$DAXPLUG_SYSFS/real/ndbus0/region1/dax1.0/"
mv "$devices/dax2.0" "$DAXPLUG_SYSFS/real/hmem.3/"
ln -s ../../../real/root0/decoder0.0/region0/dax_region0/dax0.0 \
	../../../real/ndbus0/region1/dax1.0/dax1.0 ../../../real/hmem.3/dax2.0 "$devices/"
echo decoder2.0 >"$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/target0"
ln -s ../../../real/port1/endpoint2/decoder2.0 "$DAXPLUG_SYSFS/bus/cxl/devices/"
ln -s ../../pci/mem7 "$DAXPLUG_SYSFS/real/port1/endpoint2/uport"
echo 0xabcdef0123456789 >"$DAXPLUG_SYSFS/real/pci/mem7/serial"
echo 92944d13-20ab-4420-9a9c-f84c46fa91cf >"$DAXPLUG_SYSFS/real/ndbus0/region1/dax1.0/uuid"
run "list: origins" 0 list
out "\
NAME      SIZE NODE ORIGIN DRIVER     BACKEND STATE
dax0.0 1.0 GiB    2 cxl    kmem       module  unplugged
dax1.0 1.0 GiB    1 pmem   kmem       module  unplugged
dax2.0 1.0 GiB    1 hmem   kmem       module  unplugged
dax3.0 1.0 GiB    0 -      device_dax -       other_driver"
run "list: regions and serial numbers" 0 list -o NAME,REGION,SERIAL
out "\
NAME   REGION  SERIAL
dax0.0 region0 0xabcdef0123456789
dax1.0 region1 -
dax2.0 hmem.3  -
dax3.0 -       -"
# chosen WHAT DEVICE...: claims that WHAT selects these devices
chosen() {
	local what=$1
	shift
	run "selection: $what" 0 show "$what"
	name="$name: $*"
	if [ "$(grep '^dax' "$tmp/out" | tr '\n' ' ')" = "$* " ]; then ok; else fail; fi
}
chosen dax1.0 dax1.0
chosen region0 dax0.0
chosen region:region1 dax1.0
chosen hmem.3 dax2.0
chosen node:1 dax1.0 dax2.0
chosen serial:0xabcdef0123456789 dax0.0
chosen serial:12379813738877118345 dax0.0
chosen uuid:92944d13-20ab-4420-9a9c-f84c46fa91cf dax1.0
chosen all dax0.0 dax1.0 dax2.0
has err "dax3.0: not changed: it is bound to the driver device_dax"
run "selection: --node" 0 show --node 2
has out "memdev     mem7, serial 0xabcdef0123456789"
run "selection: a device that is selected twice is shown once" 0 show dax0.0 node:2 region0
name="$name: one"
if [ "$(grep -c '^dax' "$tmp/out")" = 1 ]; then ok; else fail; fi
for bad in node:7 node: node:x serial:1 serial: region:nowhere uuid: uuid:1 dax9.9 dax0 "" . .. \
	../devices/dax0.0 dax0.0/ dax00.0 /dev/dax0.0 "$(printf 'x%.0s' {1..5000})"; do
	run "no such device: '${bad:0:20}'" 3 plug "$bad"
	see=list
	case $bad in *:*) see="show all" ;; esac
	err "daxplug: $bad: no such device; daxplug $see shows the devices that exist"
done
run "unplug: no such device" 3 unplug dax9.9
run "unplug: a device that exists, and one that does not" 3 unplug dax0.0 dax9.9
has out "dax0.0: nothing to do"
echo online >"$devices/dax0.0/state"
run "wait: a serial number" 0 wait serial:0xabcdef0123456789 --timeout 60s
mkdir -p "$DAXPLUG_SYSFS/real/pci/mem8"
echo 0xabcdef0123456789 >"$DAXPLUG_SYSFS/real/pci/mem8/serial"
ln -s ../../../real/pci/mem7 ../../../real/pci/mem8 "$DAXPLUG_SYSFS/bus/cxl/devices/"
run "selection: a serial number of two cards" 3 show serial:0xabcdef0123456789
err "daxplug: serial:0xabcdef0123456789: mem7 and mem8 both have the serial number 0xabcdef0123456789; name the device or its region"
run "wait: a serial number of two cards" 6 wait serial:0xabcdef0123456789 --timeout 100ms
err "daxplug: timed out: serial:0xabcdef0123456789: mem7 and mem8 both have the serial number 0xabcdef0123456789"
run "wait: serial number 0" 6 wait serial:0 --timeout 100ms
err "daxplug: timed out: serial:0: serial number 0 is that of cards without one"
rm "$DAXPLUG_SYSFS/bus/cxl/devices/"mem[78]
echo unplugged >"$devices/dax0.0/state"
echo decoder../../x >"$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/target0"
echo nowhere >"$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/target1"
run "show: targets that lead nowhere" 0 show dax0.0
has out "memdev     ?"

### plug and unplug

fresh
answer ""
device dax0.0 4294967296 0 1 kmem unplugged
run "plug" 0 plug dax0.0
out "dax0.0: unplugged -> online_movable (4.0 GiB)"
err ""
wrote dax0.0 online_movable
run "plug again" 0 plug dax0.0
out "dax0.0: nothing to do: already online_movable (4.0 GiB)"
run "plug: --quiet" 0 plug -q dax0.0
out ""
run "unplug: --dry-run" 0 unplug --dry-run dax0.0
has out "dax0.0: online_movable -> unplugged: would be changed (backend module)"
wrote dax0.0 online_movable
run "plug: --dry-run, refused" 4 plug --dry-run --zone kernel dax0.0
has out "would be refused: it is already plugged in another way"
run "unplug" 0 unplug dax0.0
out "dax0.0: online_movable -> unplugged (4.0 GiB)"
wrote dax0.0 unplugged
run "unplug again" 0 unplug dax0.0
out "dax0.0: nothing to do: already unplugged (4.0 GiB)"
for zone in movable:online_movable kernel:online_kernel auto:online online_movable:online_movable \
	online_kernel:online_kernel online:online; do
	run "plug: zone ${zone%:*}" 0 plug --zone "${zone%:*}" dax0.0
	wrote dax0.0 "${zone#*:}"
	run "unplug" 0 unplug dax0.0
done
run "plug: --json" 0 plug --json dax0.0
has out '"outcome":"done"'
has out '"before":"unplugged"'
run "plug: --json again" 0 plug --json dax0.0
has out '"outcome":"nothing"'
run "unplug" 0 unplug dax0.0
rm "$devices/dax0.0/size"
run "plug: size unknown" 0 plug dax0.0 -z kernel
out "dax0.0: unplugged -> online_kernel (4.0 GiB)"
device dax1.0 4294967296 0 1 kmem unplugged
device dax2.0 4294967296 0 1 device_dax
run "unplug: all" 0 unplug all
out "\
dax0.0: online_kernel -> unplugged (4.0 GiB)
dax1.0: nothing to do: already unplugged (4.0 GiB)"
run "plug: bound to device_dax" 7 plug dax2.0
err "\
daxplug: dax2.0: not plugged: it is bound to the driver device_dax, not to kmem
daxplug: dax2.0: next: if no program uses it: daxplug mode dax2.0 system-ram"
device dax3.0 4294967296 0 1 -
run "plug: no driver, and no kmem" 7 plug dax3.0
err "\
daxplug: dax3.0: not plugged: no driver holds it, and the driver kmem is not loaded; nothing was changed, state is still unplugged
daxplug: dax3.0: next: modprobe kmem, then try again"
mv "$memory/block_size_bytes" "$tmp"
run "plug: no memory blocks" 7 plug dax3.0
has err "this kernel has no memory blocks"
mv "$tmp/block_size_bytes" "$memory"
device dax4.0 4294967296 0 1 kmem frobnicated
run "plug: an unknown state" 7 plug dax4.0
has err "its state cannot be read: the kernel reports a state that this version of daxplug does not know"
wrote dax4.0 frobnicated

finish
