#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug doctor in a made-up system: findings that it must and must not print.
#
# usage: test_doctor.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

root=$DAXPLUG_ROOT
# put FILE LINE...: writes a file of the made-up system
put() {
	mkdir -p "$(dirname "$root$1")"
	local file=$root$1
	shift
	printf '%s\n' "$@" >"$file"
}
# hasnt TEXT: claims that the last run did not print TEXT
hasnt() {
	name="$name: out has no '$1'"
	if grep -qF -- "$1" "$tmp/out"; then fail; else ok; fi
}

fresh
run "nothing at all" 1 doctor
has out "the driver kmem is not loaded"
has out "next: modprobe kmem"
has out "there are no DAX devices"
has out "next: a CXL card needs a region (cxl list -R)"
has out "udev: no rule switches memory blocks"

rm -r "$DAXPLUG_SYSFS"
run "no sysfs" 7 doctor
hasnt "there are no DAX devices"
fresh

put /sys/module/kmem/version 0.0.1
put /sys/module/kmem/parameters/policy ""
device dax0.0 134217728 0 1 kmem unplugged
run "the module" 0 doctor
has out "the daxplug kmem module, version 0.0.1, is loaded"
has out "this daxplug is version"
has out "dax0.0: unplugged, backend module"
has out "next: daxplug plug dax0.0 makes it system RAM"
rm -r "$root/sys/module/kmem/parameters" "$devices/dax0.0/plug"
run "the native driver" 0 doctor
has out "the stock kmem of Linux 7.3 or later is loaded"
rm -r "$devices/dax0.0/state"
run "a stock driver" 0 doctor
has out "which has single blocks only"
has out "next: install daxplug's kmem module: package daxplug-dkms"

### the module's file

# modinfo SRCVERSION: makes a modinfo that shows an installed module with SRCVERSION. The stock
# module has no srcversion, so for it SRCVERSION is empty
modinfo() {
	mkdir -p "$root/usr/sbin"
	cat >"$root/usr/sbin/modinfo" <<-SCRIPT
		#!/bin/sh
		pwd >"$tmp/where"
		env | sort >"$tmp/environment"
		case "\$1 \$2" in
		"-n kmem") echo /installed/kmem.ko ;;
		"-F vermagic") echo "\$(uname -r) SMP" ;;
		"-F srcversion") echo "$1" ;;
		esac
	SCRIPT
	chmod +x "$root/usr/sbin/modinfo"
}
put /sys/module/kmem/srcversion AAAA
modinfo AAAA
run "the module that is installed is loaded" 0 doctor
has out "/installed/kmem.ko is the one for this kernel, and loaded"
modinfo BBBB
run "another build of ours is loaded" 0 doctor
has out "/installed/kmem.ko is not the kmem that is loaded"
has out "next: reboot; or unplug each device, then rmmod kmem; modprobe kmem"
modinfo ""
run "ours is loaded, the kernel's own installed" 0 doctor
has out "next: reboot; or unplug each device, then rmmod kmem; modprobe kmem"
rm "$root/sys/module/kmem/srcversion"
run "the kernel's own, loaded and installed" 0 doctor
has out "/installed/kmem.ko is the one for this kernel"
modinfo BBBB
run "the kernel's own is loaded, ours installed" 0 doctor
has out "/installed/kmem.ko is not the kmem that is loaded"
has out "next: rmmod kmem; modprobe kmem: memory in use is adopted"
name="modinfo runs in no directory of the caller's, with an environment of our own"
if [ "$(cat "$tmp/where")" = / ] && grep -qx 'PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$tmp/environment" &&
	! grep -q DAXPLUG "$tmp/environment"; then ok; else fail "$(cat "$tmp/where" "$tmp/environment")"; fi
rm -r "$root/usr/sbin"
run "no modinfo" 0 doctor
has out "modinfo is not installed, so it is not known which kmem module is installed"

# Root runs the command in a directory of another user, with an empty PATH, or with "." in PATH. The
# command must not run the programs in that directory
mkdir "$tmp/hostile"
for program in modinfo sh env; do
	printf '#!/bin/sh\n/usr/bin/touch "%s/taken"\n' "$tmp" >"$tmp/hostile/$program"
	chmod +x "$tmp/hostile/$program"
done
for path in "" . :; do
	name="a hostile directory, PATH '$path'"
	(cd "$tmp/hostile" && PATH=$path "$daxplug" doctor >"$tmp/out" 2>"$tmp/err")
	if [ -e "$tmp/taken" ]; then fail "its program has been run"; else ok; fi
	rm -f "$tmp/taken"
done

put /sys/module/kmem/parameters/policy ""
put /sys/module/kmem/parameters/steer_pages_away N
put /sys/module/kmem/parameters/end_unplug_on_oom Y
run "a part of the module is switched off" 0 doctor
has out "the module parameter steer_pages_away is off"
has out "next: to switch it on: echo Y >$root/sys/module/kmem/parameters/steer_pages_away"
hasnt "end_unplug_on_oom"
rm -r "$root/sys/module/kmem"

### other controllers that switch blocks

put /sys/devices/system/memory/auto_online_blocks online
put /etc/udev/rules.d/40-a.rules '# SUBSYSTEM=="memory", ATTR{state}="online"' \
	'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"'
put /usr/lib/udev/rules.d/40-a.rules 'SUBSYSTEM=="memory", ATTR{state}="online" # masked'
put /usr/lib/udev/rules.d/50-b.rules 'SUBSYSTEM=="memory", ATTR{state}=="offline", TAG+="systemd"'
put /usr/lib/udev/rules.d/60-c.txt 'SUBSYSTEM=="memory", ATTR{state}="online"'
# shellcheck disable=SC2016 # udev's own
put /usr/lib/udev/rules.d/70-d.rules 'SUBSYSTEM=="memory", RUN+="/bin/sh -c echo online >$sys$devpath/state"'
put /usr/lib/udev/rules.d/80-e.rules '# of a distribution' 'SUBSYSTEM!="memory", GOTO="end"' \
	'ATTR{state}=="offline", '"\\" '  ATTR{state}="online"' 'LABEL="end"'
put /usr/lib/udev/rules.d/81-f.rules 'SUBSYSTEM=="cpu", ATTR{state}="online"'
put /etc/daxctl.conf.d/dev.conf '# [reconfigure-device x]' '[reconfigure-device unique]'
put /etc/daxctl.conf.d/other.conf '[core]'
put /proc/77/comm qemu-ga
put /proc/78/comm sh
mkdir -p "$root/proc/79/fd"
put /proc/79/comm onliner
ln -s /sys/devices/system/memory/memory33/state "$root/proc/79/fd/3"
run "controllers" 1 doctor
has out "auto_online_blocks: online: the kernel brings new blocks online by itself"
has out "memhp_default_state=offline on the kernel's command line"
has out "$root/etc/udev/rules.d/40-a.rules:2 switches memory blocks"
has out "70-d.rules:1 switches memory blocks"
has out "80-e.rules:3 switches memory blocks"
hasnt 81-f
hasnt "40-a.rules:1"
hasnt masked
hasnt 50-b
hasnt 60-c
has out "$root/etc/daxctl.conf.d/dev.conf reconfigures devices"
hasnt other.conf
has out "qemu-ga[77] runs, and can switch memory blocks"
has out "onliner[79] is switching memory blocks right now"
hasnt "sh[78]"
mkdir -p "$root/proc/80/fd"
put /proc/80/comm forger
ln -s /tmp/sys/devices/system/memory/memory33/state "$root/proc/80/fd/3"
ln -s /sys/devices/system/memory/memory33/state.txt "$root/proc/80/fd/4"
run "an open file with a similar name switches no block" 1 doctor
hasnt forger

### users of the memory

fresh
device dax0.0 268435456 1 1 kmem online_movable
printf 'total 2\nabsent 0\noffline 0\nkernel 1\nmovable 1\n' >"$devices/dax0.0/plug/blocks"
printf '%s\n' "last memory33 0x108000 pinned a process's own memory" "now memory32 - refused another driver: -EBUSY" \
	"last - - nomemory 51200 pages in use, room for 7 elsewhere" "then memory33 0x108000 held x" "now memory" "now memoryx 0x1 held x" "more" >"$devices/dax0.0/plug/blockers"
node=$DAXPLUG_SYSFS/devices/system/node/node1
mkdir -p "$node"
ln -s ../../memory/memory32 ../../memory/memory33 "$node"
printf 'Node 1 %s kB\n' "MemTotal: 262144" "MemFree: 62144" "MemUsed: 200000" >"$node/meminfo"
put /proc/meminfo "MemTotal: 4000000 kB" "MemAvailable: 100000 kB"
put /proc/77/comm hog
put /proc/77/numa_maps "7f00 default anon=512 N0=12 N1=500" "7f01 default N1=7"
put /proc/77/status "Name: hog" "VmPin:	    8192 kB"
put /sys/module/kmem/parameters/policy ""
run "users of the memory" 0 doctor dax0.0
has out "prevented the last unplug: memory33: page 0x108000: pinned a process's own memory"
has out "prevents an unplug: memory32: refused another driver: -EBUSY"
has out "prevented the last unplug: nomemory 51200 pages in use, room for 7 elsewhere"
hasnt "held x"
has out "1 of its blocks are outside ZONE_MOVABLE"
has out "next: to have it in ZONE_MOVABLE: daxplug unplug dax0.0, then daxplug plug dax0.0; if that is refused"
has out "195 MiB in use on node 1, about 36 MiB available elsewhere"
has out "hog[77] has 507 pages on its node"
has out "hog[77] pins 8192 kB of memory"
put /proc/78/comm "VmPin:99999"
put /proc/78/status "Name:	VmPin:99999" "VmPin:	       0 kB"
put /proc/79/comm "VmPin: 5 kB"
put /proc/79/status "Name:	VmPin: 5 kB"
run "a process that is named like a line of the kernel's" 0 doctor dax0.0
has out "hog[77] pins"
hasnt "[78] pins"
hasnt "[79] pins"
run "only the findings that were chosen" 0 doctor --id pinned,space dax0.0
name="$name: and nothing else"
if [ "$(grep -c '\[pinned\]$' "$tmp/out")" = 1 ] && [ "$(grep -c '\[space\]$' "$tmp/out")" = 1 ] &&
	[ "$(grep -c '^[a-z]' "$tmp/out")" = 2 ]; then ok; else fail; fi
run "a warning fails with --strict" 1 doctor --strict --id pinned dax0.0
run "--strict: a warning that is not printed does not count" 0 doctor --strict --id kmem-driver dax0.0
run "as JSON" 1 doctor --json --strict --id pinned dax0.0
has out '"id":"pinned"'
name="$name: and nothing else"
if [ "$(grep -c '"id"' "$tmp/out")" = 1 ]; then ok; else fail; fi
for bad in "" "pinned," frob pin; do
	run "no such id: '$bad'" 2 doctor --id "$bad"
	has err "unknown id '"
done
has err "valid are not-root kernel-release"
put /proc/77/comm "$(printf 'h\033[2Jg\377')"
device dax1.0 268435456 1 1 kmem online_movable
printf 'total 2\nabsent 0\noffline 0\nkernel 1\nmovable 1\n' >"$devices/dax1.0/plug/blocks"
printf 'Node 1 %s kB\n' "MemTotal: 524288" "MemFree: 62144" "MemUsed: 200000" >"$node/meminfo"
run "another on the same node" 0 doctor
hasnt "available elsewhere"
has out "dax1.0: node 1 may have other memory as well"
name="a process that pins memory is named once, without control characters"
if [ "$(grep -c 'h?\[2Jg?\[77\] pins' "$tmp/out")" = 1 ]; then ok; else fail; fi
rm -r "$devices/dax1.0"
run "the same as JSON" 0 doctor --json dax0.0
has out '"level":"warning"'
: >"$devices/dax0.0/plug/blockers"
run "nothing in the way" 0 doctor dax0.0
has out "nothing prevents an unplug"

# Only root can read plug/blockers. Another user must get a message, not "nothing prevents"
printf 'pinned\n' >"$devices/dax0.0/plug/blockers"
chmod 400 "$devices/dax0.0/plug/blockers"
name="plug/blockers is for root only"
if user_may_run "$name" "$daxplug" --version; then
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" DAXPLUG_RUN="$DAXPLUG_RUN" DAXPLUG_ROOT="$DAXPLUG_ROOT" \
		"$daxplug" doctor dax0.0 >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 0 ]; then ok; else fail "exit $code, expected 0"; fi
	has out "what would prevent an unplug can be seen by root only"
	hasnt "nothing prevents an unplug"
fi
mkdir "$tmp/no-file"
rm "$devices/dax0.0/plug/blockers"
ln -s "$tmp/no-file" "$devices/dax0.0/plug/blockers"
run "blockers cannot be read" 0 doctor dax0.0
has out "what would prevent an unplug cannot be read: Is a directory"
hasnt "nothing prevents an unplug"
rm "$devices/dax0.0/plug/blockers"

### bad memory

# plug/blockers lists one poisoned page for the last unplug, and two for now. Poisoned pages do not
# prevent an unplug
printf '%s\n' "last memory33 0x108001 poisoned -" "now memory33 0x108001 poisoned -" "now memory33 0x108002 poisoned -" >"$devices/dax0.0/plug/blockers"
run "bad memory, not remembered" 1 doctor dax0.0
has out "problem  dax0.0: poisoned: memory33: page 0x108001: a memory error was reported for it"
has out "problem  dax0.0: 0 of its blocks have poisoned pages"
hasnt "prevented the last unplug"
has out "nothing prevents an unplug"
printf '%s\n' "memory33 0x108001" "memory33 0x108002" >"$devices/dax0.0/plug/poison"
echo "poisoned 1" >>"$devices/dax0.0/plug/blocks"
run "bad memory" 1 doctor dax0.0
has out "1 of its blocks have poisoned pages; 2 are recorded: $devices/dax0.0/plug/poison"
has out "echo forget >$devices/dax0.0/plug/poison"
echo unplugged >"$devices/dax0.0/state"
printf 'total 2\nabsent 2\noffline 0\nkernel 0\nmovable 0\npoisoned 1\n' >"$devices/dax0.0/plug/blocks"
: >"$devices/dax0.0/plug/blockers"
run "bad memory, unplugged" 1 doctor dax0.0
has out "1 of its blocks have poisoned pages; 2 are recorded"
chmod 600 "$devices/dax0.0/plug/poison"
name="bad memory, seen by a user"
if user_may_run "$name" "$daxplug" --version; then
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" DAXPLUG_RUN="$DAXPLUG_RUN" DAXPLUG_ROOT="$DAXPLUG_ROOT" \
		"$daxplug" doctor dax0.0 >"$tmp/out" 2>"$tmp/err"
	has out "1 of its blocks have poisoned pages; root can see which"
fi

### devices with problems

fresh
device dax0.0 268435456 1 1 kmem inconsistent
device dax1.0 268435456 1 1 device_dax
device dax2.0 268435456 1 1 kmem nonsense
device dax3.0 268435456 1 1 kmem offline
run "an inconsistent device" 5 doctor
has out "problem  dax0.0: inconsistent"
has out "bound to the driver device_dax, so it is not system RAM"
has out "dax2.0: its state cannot be read"
has out "next: daxplug plug dax3.0 makes it system RAM"
# zone KERNEL MOVABLE ZONE: gives dax0.0 KERNEL online blocks outside ZONE_MOVABLE and MOVABLE
# online blocks in ZONE_MOVABLE. Then claims that the doctor first suggests a repair with
# --zone=ZONE
zone() {
	printf 'total 9\nabsent 0\noffline %d\nkernel %d\nmovable %d\n' $((9 - $1 - $2)) "$1" "$2" >"$devices/dax0.0/plug/blocks"
	run "an inconsistent device with $1 blocks outside ZONE_MOVABLE and $2 in it" 5 doctor dax0.0
	has out "next: repair it: daxplug plug dax0.0 --zone=$3, or with another zone if that one is refused, which changes nothing"
	has out "what is online stays in use, so neither unbind it nor reboot, and see doc/troubleshoot.md"
}
zone 0 5 movable
zone 5 0 kernel
zone 2 3 auto
zone 0 0 movable
device dax0.1 268435456 1 1 -
# dax0.1 has no driver. If it were the only device with these addresses, these blocks would be
# orphaned.
for block in 32 33; do
	mkdir "$memory/memory$block"
	echo online >"$memory/memory$block/state"
	echo Movable >"$memory/memory$block/valid_zones"
done
run "without a driver, over the addresses of another device" 5 doctor
has out "dax0.1: its addresses are those of dax0.0, which is bound to kmem"
has out "next: use dax0.0 for this memory"
hasnt "[orphaned]"
put /sys/module/kmem/parameters/policy ""
run "only a device without a problem" 0 doctor dax3.0
run "no such device" 3 doctor dax9.9

finish
