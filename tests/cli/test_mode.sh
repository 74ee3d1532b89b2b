#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug mode. It shows the driver of a device, or binds the device to another driver. If a
# step fails, it undoes the change. The kernel and /proc are made up.
#
# usage: test_mode.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

proc=$tmp/proc
export DAXPLUG_PROC=$proc
# number_of FILE: prints the device number of FILE. dax0.0 gets the number of /dev/full, because that
# file exists on every machine.
number_of() { printf '%d:%d\n' "0x$(stat -c %t "$1")" "0x$(stat -c %T "$1")"; }

# process PID NAME: makes a process in /proc, with one thread and no open file
process() {
	mkdir -p "$proc/$1/task/$1/fd" "$proc/$1/map_files"
	echo "$2" >"$proc/$1/comm"
	echo "00400000-00401000 r-xp 00000000 08:01 5    /bin/$2" >"$proc/$1/task/$1/maps"
}
# maps PID PATH FILE: lets the process map FILE, which /proc shows as PATH
maps() {
	echo "7f0000000000-7f0000200000 rw-s 00000000 00:06 310    $2" >>"$proc/$1/task/$1/maps"
	[ -z "$3" ] || ln -sf "$3" "$proc/$1/map_files/7f0000000000-7f0000200000"
}

# dax DRIVER: makes dax0.0 of four blocks; "-" is no driver
dax() {
	fresh
	answer ""
	unset FAKE_BIND FAKE_OPENS FAKE_STRAND
	blocks dax0.0 4
	mkdir -p "$drivers/device_dax"
	touch "$drivers/device_dax/"{bind,unbind,new_id,remove_id}
	number_of /dev/full >"$devices/dax0.0/dev"
	rm -rf "$proc"
	process 77 reader
	[ "$1" = - ] || ln -s "../../../bus/dax/drivers/$1" "$devices/dax0.0/driver"
}
# module STATE: binds dax0.0 to daxplug's kmem
module() {
	dax kmem
	with_module
	mkdir -p "$devices/dax0.0/plug"
	echo "$1" >"$devices/dax0.0/state"
	echo always >"$devices/dax0.0/plug/guard"
}
with_module() {
	mkdir -p "$DAXPLUG_SYSFS/module/kmem/parameters"
	echo >"$DAXPLUG_SYSFS/module/kmem/parameters/policy"
}
# mode WORD: claims that the driver of dax0.0 gives this mode
mode() {
	local is
	is=$(readlink "$devices/dax0.0/driver")
	name="$name: then $1"
	case ${is##*/} in kmem) is=system-ram ;; device_dax) is=devdax ;; "") is=none ;; esac
	if [ "$is" = "$1" ]; then ok; else fail "it is $is, expected $1"; fi
}

### show the mode

dax kmem
run "system-ram" 0 mode dax0.0
out "dax0.0: system-ram"
dax device_dax
run "devdax" 0 mode dax0.0
out "dax0.0: devdax"
run "devdax, as JSON" 0 mode --json dax0.0
has out '"mode":"devdax"'
has out '"driver":"device_dax"'
dax -
run "none" 0 mode dax0.0
out "dax0.0: none"
dax fsdev_dax
run "another driver" 0 mode dax0.0
out "dax0.0: other"
run "a device of another driver is refused" 7 mode dax0.0 devdax
has err "it is bound to another driver, neither device_dax nor kmem (EOPNOTSUPP); nothing was changed, mode is still other"
run "no such device" 3 mode dax9.0 devdax
run "no such mode" 2 mode dax0.0 ram
has err "unknown mode 'ram': valid are devdax and system-ram"
run "none is no mode that can be requested" 2 mode dax0.0 none
run "one operand too many" 2 mode dax0.0 devdax dax1.0
run "no device" 2 mode
run "--dry-run without a mode" 2 mode --dry-run dax0.0
run "an option of another command" 2 mode --replug dax0.0

### to system-ram

dax device_dax
run "to system-ram, a dry run" 0 mode --dry-run dax0.0 system-ram
out "dax0.0: devdax -> system-ram: would be changed"
mode devdax
run "to system-ram" 0 mode dax0.0 system-ram
out "dax0.0: devdax -> system-ram
dax0.0: next: daxplug plug dax0.0 brings its memory online"
mode system-ram
holds "$memory/auto_online_blocks" online
holds "$memory/memory32/state" offline
run "to system-ram once more" 0 mode dax0.0 system-ram
out "dax0.0: nothing to do: already system-ram"
run "--quiet" 0 mode --quiet dax0.0 system-ram
out ""
dax device_dax
with_module
run "to system-ram, with the module" 0 mode dax0.0 system-ram
wrote dax0.0 unplugged
dax -
run "from no driver to system-ram" 0 mode --node 1 system-ram
mode system-ram
# If the type of the device does not match kmem, the command writes its name to new_id.
dax device_dax
touch "$devices/dax0.0/fake_no_type"
run "to system-ram by name" 0 mode dax0.0 system-ram
mode system-ram

### refused while the device file is in use. The device number decides, not the name of the file

dax device_dax
ln -s /dev/full "$proc/77/task/77/fd/5"
run "a process has it open" 4 mode dax0.0 system-ram
err "\
daxplug: dax0.0: mode not changed: reader (process 77) has it open (EBUSY); nothing was changed, mode is still devdax
daxplug: dax0.0: next: end that process, then try again"
mode devdax
run "a process has it open: a dry run" 4 mode --dry-run dax0.0 system-ram
out "dax0.0: devdax -> system-ram: would be refused: reader (process 77) has it open (EBUSY)"
for dir in "$proc" /proc/77/task /proc/77/task/77/fd; do
	export FAKE_CANNOT_LIST=$dir
	run "a process has it open, and ${dir#"$tmp"} cannot be listed" 4 mode dax0.0 system-ram
	has err "(ENOTDIR); nothing was changed, mode is still devdax"
	mode devdax
done
unset FAKE_CANNOT_LIST
run "a process has it open: JSON" 4 mode --json dax0.0 system-ram
has out '"step":"users"'
has out '"pid":77'
has out '"outcome":"undone"'
has out '"errno":16'
has out '"after":"devdax"'
for pid in 78 79 80 81 82 83; do
	process $pid other
	ln -s /dev/full "$proc/$pid/task/$pid/fd/5"
done
run "many processes have it open" 4 mode dax0.0 system-ram
has err " and 2 more (EBUSY)"
dax device_dax
mkdir -p "$proc/77/task/99/fd"
: >"$proc/77/task/99/maps"
rm -r "$proc/77/task/77/fd" "$proc/77/task/77/maps"
ln -s /dev/full "$proc/77/task/99/fd/0"
run "a thread has it open, and the first one has ended" 4 mode dax0.0 system-ram
has err "reader (process 77) has it open"
dax device_dax
maps 77 /somewhere/else /dev/full
run "a process has it mapped, under another name" 4 mode dax0.0 system-ram
has err "reader (process 77) has it mapped (EBUSY)"
mode devdax
dax device_dax
maps 77 /dev/dax0.0 ""
run "a process has it mapped, and map_files may not be read" 4 mode dax0.0 system-ram
has err "reader (process 77) has it mapped (EBUSY)"
dax device_dax
echo $'evil\033[2J' >"$proc/77/comm"
ln -s /dev/full "$proc/77/task/77/fd/5"
run "no control characters are printed" 4 mode dax0.0 system-ram
has err "evil?[2J (process 77)"
# A file with the name of the device but another number is not the device.
dax device_dax
: >"$tmp/dax0.0"
ln -s "$tmp/dax0.0" "$proc/77/task/77/fd/5"
maps 77 "$tmp/dax0.0" "$tmp/dax0.0"
ln -s /dev/null "$proc/77/task/77/fd/6"
run "a file of its name, and another device" 0 mode dax0.0 system-ram
mode system-ram
# If the command cannot find out whether a process uses the device, it refuses.
dax device_dax
rm "$devices/dax0.0/dev"
run "the device's number cannot be read" 4 mode dax0.0 system-ram
has err "whether a process has /dev/dax0.0 open cannot be read (ENOENT); nothing was changed"
mode devdax
dax device_dax
rm -r "$proc"
run "no /proc" 4 mode dax0.0 system-ram
mode devdax
# A process opens the device after the command has looked for users, and before the unbind
dax device_dax
export FAKE_OPENS="/dev/full $proc/77/task/77/fd/5"
run "a process opens it right before the unbind" 4 mode dax0.0 system-ram
has err "reader (process 77) has it open (EBUSY); it was undone, mode is still devdax"
mode devdax
# The type of the device matches kmem, so the undo binds it to device_dax by its name.
holds "$drivers/device_dax/new_id" dax0.0

### kmem refuses the device: undone

dax device_dax
export FAKE_BIND=kmem:12
run "kmem refuses the device" 4 mode dax0.0 system-ram
has err "the driver kmem refused the device (ENOMEM); it was undone, mode is still devdax"
mode devdax
holds "$memory/auto_online_blocks" online
export FAKE_BIND=kmem:12,device_dax:16
run "kmem refuses the device, and then device_dax" 5 mode dax0.0 system-ram
err "\
daxplug: dax0.0: mode not changed: the driver kmem refused the device (ENOMEM); its mode was devdax and is now none, which means that no driver has it; its state is unplugged
daxplug: dax0.0: next: remove the reason, then daxplug mode dax0.0 devdax; if its state is not unplugged: daxplug doctor dax0.0"
mode none
run "the mode none is shown" 0 mode dax0.0
out "dax0.0: none"
dax device_dax
export FAKE_BIND=kmem:12,device_dax:16
run "the same as JSON" 5 mode --json dax0.0 system-ram
has out '"outcome":"inconsistent"'
has out '"after":"none"'
dax -
export FAKE_BIND=kmem:12
run "from no driver, and kmem refuses the device" 4 mode dax0.0 system-ram
has err "the driver kmem refused the device (ENOMEM); it was undone, mode is still none"
mode none
dax device_dax
rm -r "$drivers/kmem"
run "kmem is not loaded" 7 mode dax0.0 system-ram
has err "the driver kmem is not loaded (EOPNOTSUPP); nothing was changed, mode is still devdax"
has err "next: modprobe kmem, then try again"
mode devdax
dax device_dax
printf '0x%x\n' $((0x100000000 + 0x1000000)) >"$devices/dax0.0/mapping0/end"
run "smaller than a memory block" 4 mode dax0.0 system-ram
has err "no memory block fits into it (EINVAL)"
mode devdax
dax device_dax
rm "$devices/dax0.0/target_node"
run "on no node" 4 mode dax0.0 system-ram
has err "the firmware gives no node (no SRAT entry, no CFMWS window) for its addresses, or NUMA is off (EINVAL)"
has err "next: boot without numa=off"
mode devdax
dax device_dax
mkdir -p "$memory/memory33"
echo online >"$memory/memory33/state"
run "some of its blocks are orphaned" 4 mode dax0.0 system-ram
has err "some of its memory has no driver (EBUSY); nothing was changed"
mode devdax

### to devdax

module unplugged
run "to devdax, a dry run" 0 mode --dry-run dax0.0 devdax
mode system-ram
run "to devdax" 0 mode dax0.0 devdax
out "dax0.0: system-ram -> devdax"
mode devdax
holds "$drivers/device_dax/remove_id" ""
run "back to system-ram: the name that daxplug wrote is removed from device_dax" 0 mode dax0.0 system-ram
mode system-ram
holds "$drivers/device_dax/remove_id" dax0.0
dax -
run "from no driver to devdax" 0 mode dax0.0 devdax
mode devdax
dax -
touch "$devices/dax0.0/fake_no_type"
run "to devdax by type" 0 mode dax0.0 devdax
mode devdax
run "back to system-ram: a name that daxplug did not write stays" 0 mode dax0.0 system-ram
holds "$drivers/device_dax/remove_id" ""
# If all blocks are offline, the memory is not in use, so the change is allowed
module offline
run "to devdax while offline: a dry run" 0 mode --dry-run dax0.0 devdax
wrote dax0.0 offline
run "to devdax while offline" 0 mode dax0.0 devdax
out "dax0.0: system-ram -> devdax"
mode devdax
# Without its settings, a bind that fails could not be undone completely. So the change is not begun.
for setting in timeout_ms stall_ms guard memmap_on_memory; do
	module unplugged
	for file in timeout_ms stall_ms guard memmap_on_memory; do
		echo 1 >"$devices/dax0.0/plug/$file"
	done
	echo always >"$devices/dax0.0/plug/guard"
	echo default >"$devices/dax0.0/plug/memmap_on_memory"
	export FAKE_CANNOT_OPEN=24:plug/$setting
	run "to devdax, and plug/$setting cannot be read" 4 mode dax0.0 devdax
	has err "its state or a setting in plug/ cannot be read (EMFILE); nothing was changed, mode is still system-ram"
	unset FAKE_CANNOT_OPEN
	mode system-ram
done
# The bind must not be tried if it is not known whether there is memory for the page structures.
module unplugged
export FAKE_CANNOT_OPEN=24:/proc/zoneinfo
echo 2097152 >"$devices/dax0.0/align"
run "to devdax, and the zones cannot be read" 4 mode dax0.0 devdax
has err "(EMFILE); nothing was changed, mode is still system-ram"
unset FAKE_CANNOT_OPEN
mode system-ram
# A write to new_id also binds dax7.0 to device_dax. The command must unbind dax7.0 again
module unplugged
device dax7.0 134217728 1 1 -
touch "$devices/dax7.0/fake_no_type"
run "to devdax, and another device has no driver" 0 mode dax0.0 devdax
mode devdax
name="the other device has no driver again"
if [ ! -e "$devices/dax7.0/driver" ] && [ ! -L "$devices/dax7.0/driver" ]; then ok; else fail; fi

### refused while the memory is in use

for state in online online_movable online_kernel inconsistent; do
	module "$state"
	run "to devdax while $state" 4 mode dax0.0 devdax
	err "\
daxplug: dax0.0: mode not changed: it is not unplugged but $state (EBUSY); nothing was changed, mode is still system-ram
daxplug: dax0.0: next: daxplug unplug dax0.0, then try again"
	mode system-ram
	wrote dax0.0 "$state"
	run "to devdax while $state: a dry run" 4 mode --dry-run dax0.0 devdax
done
dax kmem
for b in 32 33 34 35; do
	mkdir -p "$memory/memory$b"
	echo online >"$memory/memory$b/state"
	echo Movable >"$memory/memory$b/valid_zones"
done
run "to devdax while its blocks are online" 4 mode dax0.0 devdax
has err "it is not unplugged but online_movable (EBUSY)"
dax -
mkdir -p "$memory/memory33"
echo online >"$memory/memory33/state"
echo Movable >"$memory/memory33/valid_zones"
run "to devdax with memory that has no driver" 4 mode dax0.0 devdax
mode none
# If blocks are missing, an unbind of the older stock driver would crash the kernel, so it is refused
dax kmem
run "to devdax is refused if blocks are missing" 4 mode dax0.0 devdax
has err "the driver kmem was not unbound (ENODEV); nothing was changed"
mode system-ram
# A block comes online after the command has read the state, and before the unbind
module unplugged
mkdir -p "$memory/memory33"
export FAKE_STRAND=33
run "a block comes online right before the unbind" 4 mode dax0.0 devdax
has err "another program brought memory of it online (EBUSY); it was undone, mode is still system-ram"
mode system-ram
unset FAKE_STRAND

# A DAX device of 512 MiB with units of 2 MiB keeps two pages of page structures for each unit, which
# is 2 MiB in all
for state in unplugged offline; do
	module $state
	answer ""
	kernel 510
	if [ $state = offline ]; then
		run "offline: its page structures are removed first: --dry-run" 0 mode --dry-run dax0.0 devdax
		continue
	fi
	for option in --dry-run ""; do
		# shellcheck disable=SC2086 # an empty value is no argument
		run "no memory for page structures $option" 4 mode $option dax0.0 devdax
		has "$([ -z "$option" ] && echo err || echo out)" "its page structures need 2.0 MiB, and about 2.0 MiB are available for them"
		mode system-ram
	done
	has err "(ENOMEM); nothing was changed"
	has err "next: free memory, then try again"
	kernel 512
	run "exactly as much memory as it needs: --dry-run" 0 mode --dry-run dax0.0 devdax
	has out "would be"
	kernel 2
	echo 1073741824 >"$devices/dax0.0/align"
	run "units of 1 GiB need almost no memory: --dry-run" 0 mode --dry-run dax0.0 devdax
	kernel 2047
	echo 4096 >"$devices/dax0.0/align"
	run "units of one page need 8 MiB" 4 mode dax0.0 devdax
	has err "its page structures need 8.0 MiB"
done

module unplugged
kernel 2
rm "$devices/dax0.0/size"
run "the size is unknown: --dry-run" 0 mode --dry-run dax0.0 devdax

### device_dax refuses the device: undone

module unplugged
export FAKE_BIND=device_dax:16
run "device_dax refuses the device" 4 mode dax0.0 devdax
has err "the driver device_dax refused the device (EBUSY); it was undone, mode is still system-ram"
mode system-ram
wrote dax0.0 unplugged
holds "$devices/dax0.0/plug/guard" always
mkdir -p "$devices/dax0.0/plug"
echo offline >"$devices/dax0.0/plug/policy"
run "device_dax refuses the device, whose initial state is offline" 4 mode dax0.0 devdax
wrote dax0.0 unplugged
export FAKE_REFUSE=unplugged:16
run "device_dax refuses the device, and the unplug in the undo fails" 5 mode dax0.0 devdax
has err "its mode was system-ram and is now system-ram; its state is offline"
unset FAKE_REFUSE
module offline
echo offline >"$devices/dax0.0/plug/policy"
export FAKE_BIND=device_dax:16
run "device_dax refuses a device that was offline" 4 mode dax0.0 devdax
has err "it was undone, mode is still system-ram"
wrote dax0.0 offline
module offline
export FAKE_REFUSE=unplugged:16
run "the module refuses to remove the blocks" 4 mode dax0.0 devdax
mode system-ram
wrote dax0.0 offline
unset FAKE_REFUSE
module unplugged
export FAKE_BIND=device_dax:16,kmem:12
run "device_dax refuses the device, and then kmem" 5 mode dax0.0 devdax
has err "its mode was system-ram and is now none, which means that no driver has it; its state is unplugged"
mode none
module unplugged
rm -r "$drivers/device_dax"
run "device_dax is not loaded" 7 mode dax0.0 devdax
has err "the driver device_dax is not loaded (EOPNOTSUPP); nothing was changed"
has err "next: modprobe device_dax, then try again"
mode system-ram

### signals and time

dax device_dax
export FAKE_WAIT_BIND=1
run "times out while kmem binds the device" 6 mode -t 200ms dax0.0 system-ram
has err "the time limit passed (ETIMEDOUT); it was undone, mode is still devdax"
mode devdax
holds "$memory/auto_online_blocks" online
unset FAKE_WAIT_BIND
export FAKE_WAIT_DEVDAX=1
name="interrupted during the unbind from device_dax"
waiting "$daxplug" mode dax0.0 system-ram
kill -INT $!
wait $!
code=$?
if [ $code -eq 130 ]; then ok; else fail "exit $code, expected 130"; fi
has err "interrupted (EINTR); it was undone, mode is still devdax"
mode devdax
unset FAKE_WAIT_DEVDAX
dax device_dax
mkdir -p "$DAXPLUG_RUN"
chmod 700 "$DAXPLUG_RUN"
exec 7>"$DAXPLUG_RUN/dax0.0.lock"
flock 7
run "times out while another process changes the device" 6 mode -t 200ms dax0.0 system-ram
has err "nothing was changed, mode is still devdax"
exec 7>&-
mode devdax

### without root's rights

dax device_dax
chmod -R a-w "$drivers"
name="not permitted"
if user_may_run "$name" "$daxplug" --version; then
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" DAXPLUG_RUN="$DAXPLUG_RUN" DAXPLUG_PROC="$proc" \
		"$daxplug" mode dax0.0 system-ram >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 7 ]; then ok; else fail "exit $code, expected 7"; fi
	has err "no permission to bind it to another driver (EACCES); nothing was changed"
	has err "next: run it as root"
	mode devdax
fi
chmod -R u+w "$drivers"

finish
