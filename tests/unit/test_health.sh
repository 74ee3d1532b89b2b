#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# daxplug health in a made-up system: what is fine, a problem or unknown, in one line.
#
# usage: test_health.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

root=$DAXPLUG_ROOT

# health NAME EXIT TEXT ARGUMENT...: with this line, and what must hold of every line
health() {
	local want=$2 text=$3
	local title=$1
	shift 3
	run "$title" "$want" health "$@"
	out "$text"
	one_line "$title"
}
# one_line NAME: of at most 80 characters
one_line() {
	name="$1: one line of at most 80 characters"
	if [ "$(wc -l <"$tmp/out")" -eq 1 ] && ! grep -qE '^.{81}' "$tmp/out"; then ok; else fail; fi
}
policy() {
	mkdir -p "$root/etc/daxplug/daxplug.conf.d"
	printf '%s\n' "$@" >"$root/etc/daxplug/daxplug.conf.d/10.conf"
}
# module DEVICE STATE: one of the module's, with its counts
module() {
	device "$1" 268435456 0 2 kmem "$2"
	printf 'total 2\nabsent 0\noffline 0\nkernel 0\nmovable 2\npoisoned 0\n' >"$devices/$1/plug/blocks"
	: >"$devices/$1/plug/poison"
}

### fine

fresh
health "no device" 0 "daxplug OK: no DAX devices"
module dax0.0 online_movable
health "one device" 0 "daxplug OK: 1 device: 1 online_movable"
module dax1.0 unplugged
module dax2.0 online_movable
device dax3.0 134217728 0 1 device_dax
health "several" 0 "daxplug OK: 4 devices: 2 online_movable, 1 unplugged, 1 other_driver"
health "one of them" 0 "daxplug OK: 1 device: 1 unplugged" dax1.0
find "$DAXPLUG_SYSFS" "$DAXPLUG_ROOT" -newer "$tmp/out" 2>/dev/null >"$tmp/changed"
name="nothing was written"
if [ ! -e "$DAXPLUG_RUN" ] && [ ! -s "$tmp/changed" ]; then ok; else fail; fi
for i in {10..99}; do device "dax$i.0" 134217728 0 1 kmem offline; done
health "many" 0 "daxplug OK: 94 devices: 2 online_movable, 1 unplugged, 1 other_driver, ..."

### problems

fresh
module dax0.0 inconsistent
health "inconsistent" 1 "daxplug PROBLEM: dax0.0 inconsistent"
module dax1.0 online_movable
sed -i 's/^poisoned 0/poisoned 1/' "$devices/dax1.0/plug/blocks"
health "poison besides" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory"
health "poison, only that device" 1 "daxplug PROBLEM: dax1.0 has poisoned memory" dax1.0
for i in {10..19}; do device "dax$i.0" 134217728 0 1 kmem inconsistent; done
health "more than a line has" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory, 10 more"
for i in {20..200}; do device "dax$i.0" 134217728 0 1 kmem inconsistent; done
health "many more" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory, 99 more"

fresh
module dax0.0 online_movable
health "a device that is not there" 1 "daxplug PROBLEM: a device that was named is not there" dax9.9
has err "dax9.9: no such device"
health "and one that is there, with a fault" 1 "daxplug PROBLEM: a device that was named is not there" dax9.9 dax0.0

fresh
answer ""
blocks dax0.0 2
mkdir -p "$memory/memory32" "$memory/memory33"
for i in 32 33; do echo online >"$memory/memory$i/state"; echo Movable >"$memory/memory$i/valid_zones"; done
health "orphaned" 1 "daxplug PROBLEM: dax0.0 online without a driver"

fresh
module dax0.0 unplugged
policy '[cxl]' 'device = dax0.*' 'state = online_movable'
health "not as the policy wants it" 1 "daxplug PROBLEM: dax0.0 unplugged, policy wants online_movable"
run "the doctor finds the same" 0 doctor --id policy-state
has out "warning  dax0.0: unplugged, policy wants online_movable [policy-state]"
has out "next: daxplug apply dax0.0, which says what prevents it; the rule is [cxl] in"
echo online_movable >"$devices/dax0.0/state"
health "as the policy wants it" 0 "daxplug OK: 1 device: 1 online_movable"
rm "$devices/dax0.0/driver"
ln -s ../../../bus/dax/drivers/device_dax "$devices/dax0.0/driver"
rm -r "$devices/dax0.0/state" "$devices/dax0.0/plug"
policy '[cxl]' 'device = dax0.*' 'state = unplugged'
health "in the hands of another driver, which is as good as unplugged" 0 "daxplug OK: 1 device: 1 other_driver"
policy '[cxl]' 'device = dax0.*' 'state = onlien' 'state = offlien' 'guard = x'
health "a policy with errors" 1 "daxplug PROBLEM: policy has an error"
rm -r "${root:?}/etc"

# systemctl UNIT STATE: what systemd says
systemctl() {
	mkdir -p "$root/usr/bin" "$root/run/systemd/system"
	cat >"$root/usr/bin/systemctl" <<-SCRIPT
		#!/bin/sh
		$3
		printf '%s\n' Id=$1 LoadState=loaded UnitFileState=enabled ActiveState=$2 Result=exit-code
	SCRIPT
	chmod +x "$root/usr/bin/systemctl"
}
systemctl daxplug.service failed ""
health "a unit has failed" 1 "daxplug PROBLEM: daxplug.service has failed"
systemctl daxplug.service active ""
health "none has failed" 0 "daxplug OK: 1 device: 1 other_driver"

### unknown

fresh
module dax0.0 online_movable
name="what only root may read"
if user_may_run "$name" "$daxplug" --version; then
	chmod 0 "$devices/dax0.0/state"
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
	out "daxplug UNKNOWN: dax0.0 may be read by root only"
	one_line "$name"
	module dax1.0 inconsistent
	name="a problem beside it"
	as_nobody "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 1 ]; then ok; else fail "exit $code, expected 1"; fi
	out "daxplug PROBLEM: dax1.0 inconsistent"
	fresh
	device dax0.0 134217728 0 1 kmem online_movable
	rmdir "$devices/dax0.0/plug"
	chmod 0 "$devices/dax0.0/mapping0/start" "$devices/dax0.0/mapping0/end"
	name="the native driver's word"
	as_nobody "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
	out "daxplug UNKNOWN: dax0.0 is seen whole by root only"
	fresh
	policy '[cxl]' 'device = dax0.*' 'state = unplugged'
	chmod 0 "$root/etc/daxplug/daxplug.conf.d/10.conf"
	name="a policy that only root may read"
	as_nobody "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
	out "daxplug UNKNOWN: policy may be read by root only"
fi

fresh
rm -r "$DAXPLUG_SYSFS"
health "no sysfs" 3 "daxplug UNKNOWN: /sys does not show the devices"
fresh
for arguments in "--nonsense" "--timeout x" "--node x" "--json" "--timeout 0"; do
	# shellcheck disable=SC2086 # words
	run "wrong usage is not a problem of the machine: $arguments" 3 health $arguments
	out ""
done
run "help is help" 0 health --help
if [ -w /dev/full ]; then
	name="a line that cannot be written"
	"$daxplug" health >/dev/full 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
fi

### a read that waits: a FIFO as the file, which nobody writes

fresh
module dax0.0 online_movable
rm "$devices/dax0.0/state"
mkfifo "$devices/dax0.0/state"
health "no answer" 3 "daxplug UNKNOWN: no answer within 100 ms" --timeout 100ms
fresh
module dax0.0 inconsistent
# It would go on for ever, and the problem is known by then.
systemctl daxplug.service active "exec cat '$tmp/never'"
mkfifo "$tmp/never"
health "a problem is one, whatever else does not answer" 1 "daxplug PROBLEM: dax0.0 inconsistent" --timeout 3s
name="and the program that did not answer is ended with it"
for ((i = 0; i < 600; i++)); do pgrep -f "cat $tmp/never" >/dev/null || break; read -rt 0.1 <>"$tmp/never"; done
if pgrep -f "cat $tmp/never" >/dev/null; then fail; else ok; fi

### a device that goes away while it is read

fresh
module dax0.0 online_movable
module dax1.0 online_movable
rm "$devices/dax0.0/state"
mkfifo "$devices/dax0.0/state"
{
	# Opened when somebody reads it, who then gets an end of file.
	exec 7>"$devices/dax0.0/state"
	rm -r "$devices/dax0.0"
	exec 7>&-
} &
health "a device goes away" 0 "daxplug OK: 1 device: 1 online_movable" --timeout 60s
wait

### in the middle of a change

fresh
module dax0.0 inconsistent
mkdir -p "$DAXPLUG_RUN"
: >"$DAXPLUG_RUN/dax0.0.lock"
health "a lock that nobody has" 1 "daxplug PROBLEM: dax0.0 inconsistent"
exec 7<>"$DAXPLUG_RUN/dax0.0.lock"
flock 7
health "somebody has the device's lock" 0 "daxplug OK: 1 device: 1 changing"
exec 7>&-
# thread COMM STATE PARENT
thread() { mkdir -p "$root/proc/77" && echo "77 ($1) $2 $3 0 0" >"$root/proc/77/stat"; }
thread kmem/dax0.0 D 2
health "the module changes it" 0 "daxplug OK: 1 device: 1 changing"
thread kmem/dax0.0 I 2
health "the module's thread is idle" 1 "daxplug PROBLEM: dax0.0 inconsistent"
thread kmem/dax0.0 D 1
health "a program that calls itself so" 1 "daxplug PROBLEM: dax0.0 inconsistent"
thread kmem/dax0.01 D 2
health "the thread of another device" 1 "daxplug PROBLEM: dax0.0 inconsistent"

finish
