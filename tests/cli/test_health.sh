#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug health in a made-up system. The command prints one line: OK, a problem, or unknown.
#
# usage: test_health.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

root=$DAXPLUG_ROOT

# health NAME EXIT TEXT ARGUMENT...: claims that the command ends with EXIT and prints the line TEXT
health() {
	local want=$2 text=$3
	local title=$1
	shift 3
	run "$title" "$want" health "$@"
	out "$text"
	one_line "$title"
}
# one_line NAME: claims that the output is one line of at most 80 characters
one_line() {
	name="$1: one line of at most 80 characters"
	if [ "$(wc -l <"$tmp/out")" -eq 1 ] && ! grep -qE '^.{81}' "$tmp/out"; then ok; else fail; fi
}
policy() {
	mkdir -p "$root/etc/daxplug/daxplug.conf.d"
	printf '%s\n' "$@" >"$root/etc/daxplug/daxplug.conf.d/10.conf"
}
# module DEVICE STATE: makes a device that is bound to the module, with its counts of blocks
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
for i in {10..19}; do device "dax$i.0" 134217728 0 1 kmem offline; done
health "many" 0 "daxplug OK: 14 devices: 2 online_movable, 1 unplugged, 1 other_driver, ..."

### problems

fresh
module dax0.0 inconsistent
health "inconsistent" 1 "daxplug PROBLEM: dax0.0 inconsistent"
module dax1.0 online_movable
sed -i 's/^poisoned 0/poisoned 1/' "$devices/dax1.0/plug/blocks"
health "inconsistent, and poison" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory"
health "poison, only that device" 1 "daxplug PROBLEM: dax1.0 has poisoned memory" dax1.0
for i in {10..19}; do device "dax$i.0" 134217728 0 1 kmem inconsistent; done
health "more problems than fit into the line" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory, 10 more"
for i in {20..120}; do cp -r "$devices/dax10.0" "$devices/dax$i.0"; done
health "many more" 1 "daxplug PROBLEM: dax0.0 inconsistent, dax1.0 has poisoned memory, 99 more"

fresh
module dax0.0 online_movable
health "a device that is not there" 1 "daxplug PROBLEM: dax9.9 is not there" dax9.9
health "a missing device, and a device with a fault" 1 "daxplug PROBLEM: a device that was named is not there" dax9.9 dax0.0

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
health "bound to another driver, which counts as unplugged" 0 "daxplug OK: 1 device: 1 other_driver"
policy '[cxl]' 'device = dax0.*' 'state = onlien' 'state = offlien' 'guard = x'
health "a policy with errors" 1 "daxplug PROBLEM: policy has an error"
rm -r "${root:?}/etc"

# systemctl UNIT STATE COMMAND: makes a systemctl that first runs the shell command COMMAND, and
# then reports STATE for UNIT
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
	name="a problem of another device"
	as_nobody "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 1 ]; then ok; else fail "exit $code, expected 1"; fi
	out "daxplug PROBLEM: dax1.0 inconsistent"
	fresh
	device dax0.0 134217728 0 1 kmem online_movable
	rmdir "$devices/dax0.0/plug"
	chmod 0 "$devices/dax0.0/mapping0/start" "$devices/dax0.0/mapping0/end"
	name="the native driver, and addresses that only root may read"
	as_nobody "$daxplug" health >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
	out "daxplug UNKNOWN: dax0.0 is fully visible to root only"
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
run "health --help" 0 health --help
if [ -w /dev/full ]; then
	name="a line that cannot be written"
	"$daxplug" health >/dev/full 2>"$tmp/err"
	code=$?
	if [ $code -eq 3 ]; then ok; else fail "exit $code, expected 3"; fi
fi

### a read that does not return: the file is a FIFO without data

fresh
module dax0.0 online_movable
rm "$devices/dax0.0/state"
mkfifo "$devices/dax0.0/state"
health "no answer" 3 "daxplug UNKNOWN: no answer within 100 ms" --timeout 100ms
module dax1.0 inconsistent
health "a problem of a device after one that does not answer is not known" 3 \
	"daxplug UNKNOWN: no answer within 100 ms" --timeout 100ms
rm -r "$devices/dax1.0"
# A signal does not end every read in the kernel. Therefore the command reads in a child process.
# While the test waits, it must not open the FIFO of the device, because the child would then read
# an end of file and end by itself.
mkfifo "$tmp/never"
"$daxplug" health --timeout none >"$tmp/out" 2>"$tmp/err" &
parent=$! child=
disown
for ((i = 0; i < 600; i++)); do
	child=$(pgrep -P $parent) && [ "$(readlink "/proc/$child/fd/2")" = /dev/null ] && break
	read -rt 0.1 <>"$tmp/never"
done
name="the child that reads does not have the monitor's pipe open"
if [ "$(readlink "/proc/$child/fd/1" "/proc/$child/fd/2" | sort -u)" = /dev/null ]; then ok; else fail "$(ls -l "/proc/$child/fd")"; fi
kill -KILL $parent
name="the child is ended with the command"
for ((i = 0; i < 600; i++)); do [ -e "/proc/$child/fd/1" ] || break; read -rt 0.1 <>"$tmp/never"; done
if [ -e "/proc/$child/fd/1" ]; then fail; else ok; fi
fresh
module dax0.0 inconsistent
module dax1.0 online_movable
rm "$devices/dax1.0/state"
mkfifo "$devices/dax1.0/state"
health "a problem is reported although a later device does not answer" 1 "daxplug PROBLEM: dax0.0 inconsistent" --timeout 3s
health "a missing device is reported although another does not answer" 1 "daxplug PROBLEM: a device that was named is not there" --timeout 3s dax7.0 dax1.0
rm -r "$devices/dax1.0"
# systemctl does not end. The command reports the problem nevertheless, because it has found the
# problem before it ran systemctl.
systemctl daxplug.service active "exec cat '$tmp/silent'"
mkfifo "$tmp/silent"
health "a problem is reported although systemctl does not answer" 1 "daxplug PROBLEM: dax0.0 inconsistent" --timeout 3s
name="systemctl is ended with the command"
for ((i = 0; i < 600; i++)); do pgrep -f "cat $tmp/silent" >/dev/null || break; read -rt 0.1 <>"$tmp/never"; done
if pgrep -f "cat $tmp/silent" >/dev/null; then fail; else ok; fi

### a device that is removed while the command reads it

fresh
module dax0.0 online_movable
module dax1.0 online_movable
rm "$devices/dax0.0/state"
mkfifo "$devices/dax0.0/state"
{
	# The open returns when the command opens the FIFO for reading. After the rm, the command's read
	# ends with an end of file.
	exec 7>"$devices/dax0.0/state"
	rm -r "$devices/dax0.0"
	exec 7>&-
} &
health "a device is removed meanwhile" 0 "daxplug OK: 1 device: 1 online_movable" --timeout 60s
wait

### in the middle of a change

fresh
module dax0.0 inconsistent
mkdir -p "$DAXPLUG_RUN"
: >"$DAXPLUG_RUN/dax0.0.lock"
health "a lock file that no process has locked" 1 "daxplug PROBLEM: dax0.0 inconsistent"
exec 7<>"$DAXPLUG_RUN/dax0.0.lock"
flock 7
health "another process has the device's lock" 0 "daxplug OK: 1 device: 1 changing"
exec 7>&-
# thread COMM STATE PARENT: makes a thread in the made-up /proc
thread() { mkdir -p "$root/proc/77" && echo "77 ($1) $2 $3 0 0" >"$root/proc/77/stat"; }
thread kmem/dax0.0 D 2
health "the module's thread is busy" 0 "daxplug OK: 1 device: 1 changing"
thread kmem/dax0.0 I 2
health "the module's thread is idle" 1 "daxplug PROBLEM: dax0.0 inconsistent"
thread kmem/dax0.0 D 1
health "a program with the name of the module's thread" 1 "daxplug PROBLEM: dax0.0 inconsistent"
thread kmem/dax0.01 D 2
health "the thread of another device" 1 "daxplug PROBLEM: dax0.0 inconsistent"

### what ships for monitors

top=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v python3 >/dev/null; then
	echo "skipped what ships for monitors: no python3"
else
	name="Node Problem Detector's monitor: what it validates, and our limits"
	# The second argument is the command in this tree. The monitor's file names the installed command.
	if python3 - "$top/packaging/node-problem-detector/daxplug-monitor.json" "$daxplug" >"$tmp/out" 2>"$tmp/err" <<'PYTHON'; then ok; else fail; fi
import json, subprocess, sys
config = json.load(open(sys.argv[1]))
assert config['plugin'] == 'custom'
assert config['source'] and config['metricsReporting'] is True
limits = config['pluginConfig']
known = {'invoke_interval', 'timeout', 'max_output_length', 'concurrency',
         'enable_message_change_based_condition_update', 'skip_initial_status'}
assert set(limits) <= known, set(limits) - known
def seconds(text):
    return int(text[:-1]) * {'s': 1, 'm': 60}[text[-1]]
types = {c['type'] for c in config['conditions']}
for c in config['conditions']:
    assert set(c) == {'type', 'reason', 'message'} and len(c['message']) <= 80
assert config['rules']
for rule in config['rules']:
    assert rule['type'] == 'permanent' and rule['condition'] in types
    assert rule['path'] == '/usr/sbin/daxplug'
    assert seconds(rule['timeout']) <= seconds(limits['timeout']) < seconds(limits['invoke_interval'])
    ours = [a for a in rule['args'] if a.startswith('--timeout=')]
    assert seconds(ours[0].split('=')[1]) < seconds(rule['timeout'])
    ran = subprocess.run([sys.argv[2]] + rule['args'], capture_output=True, text=True)
    assert ran.returncode == 1 and ran.stdout == 'daxplug PROBLEM: dax0.0 inconsistent\n', ran
    assert len(ran.stdout.strip()) <= limits['max_output_length']
PYTHON
fi

# maas NAME EXIT STATUS DEVICES BYTES HEALTH: claims that the commissioning script ends with EXIT and
# writes these values to its result file
maas() {
	name="MAAS: $1"
	mkdir -p "$tmp/maas"
	ln -sf "$daxplug" "$tmp/maas/daxplug"
	RESULT_PATH=$tmp/result PATH=$tmp/maas:$PATH "$top/packaging/maas/50-daxplug" >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq "$2" ]; then ok; else fail "exit $code, expected $2"; fi
	name="$name: result"
	printf 'status: %s\nresults:\n  devices: %s\n  bytes: %s\n  health: %s\n' "$3" "$4" "$5" "'$6'" >"$tmp/wanted"
	if diff "$tmp/wanted" "$tmp/result" >>"$tmp/out"; then ok; else fail; fi
}
fresh
maas "no device" 0 passed 0 0 "daxplug OK: no DAX devices"
module dax0.0 online_movable
device dax1.0 - 0 1 kmem unplugged
echo 18446744073709551615 >"$devices/dax1.0/size"
maas "a device, and one of a size that cannot be" 0 passed 1 268435456 "daxplug OK: 2 devices: 1 online_movable, 1 unplugged"
echo inconsistent >"$devices/dax0.0/state"
maas "a problem" 1 failed 1 268435456 "daxplug PROBLEM: dax0.0 inconsistent"
rm -r "${devices:?}"/*
maas "a scan of nothing" 0 passed 0 0 "daxplug OK: no DAX devices"
printf '#!/bin/sh\necho "it'"'"'s: {unknown"\nexit 3\n' >"$tmp/unknown"
chmod +x "$tmp/unknown"
daxplug=$tmp/unknown
maas "unknown, without a device" 0 skipped 0 0 "it''s: {unknown"
module dax0.0 online_movable
maas "unknown, with a device" 0 degraded 1 268435456 "it''s: {unknown"
rm "$tmp/maas/daxplug"
name="MAAS: without the command"
PATH=/usr/bin:/bin RESULT_PATH=$tmp/result "$top/packaging/maas/50-daxplug" >"$tmp/out" 2>"$tmp/err"
code=$?
if [ $code -eq 0 ] && grep -qx 'status: degraded' "$tmp/result" && [ ! -s "$tmp/err" ]; then ok; else fail "exit $code"; fi
if ! python3 -c 'import yaml' 2>/dev/null; then
	echo "skipped MAAS: metadata and results are YAML: no python3-yaml (lab/deps --tests installs it)"
else
	name="MAAS: metadata and results are YAML, with the fields that MAAS documents"
	if python3 - "$top/packaging/maas/50-daxplug" "$tmp/result" >"$tmp/out" 2>"$tmp/err" <<'PYTHON'; then ok; else fail; fi
import re, sys, yaml
text = open(sys.argv[1]).read()
found = re.findall(r'^# --- Start MAAS 1\.0 script metadata ---\n(.*?)^# --- End MAAS 1\.0 script metadata ---\n',
                   text, re.S | re.M)
assert len(found) == 1
meta = yaml.safe_load(re.sub(r'^# ?', '', found[0], flags=re.M))
known = {'name', 'title', 'description', 'type', 'timeout', 'destructive', 'parallel', 'may_reboot',
         'recommission', 'script_type', 'tags', 'hardware_type', 'for_hardware', 'parameters', 'results',
         'comment', 'packages'}
assert set(meta) <= known, set(meta) - known
assert meta['script_type'] == 'commissioning' and meta['hardware_type'] == 'memory'
assert meta['parallel'] in ('disabled', 'instance', 'any')
assert meta['destructive'] is False and meta['may_reboot'] is False
# YAML may parse 00:01:00 as the number 60 (base 60). MAAS accepts both.
assert meta['timeout'] == 60 or meta['timeout'] == '00:01:00', meta['timeout']
assert isinstance(meta['tags'], list) and all(isinstance(tag, str) for tag in meta['tags'])
got = yaml.safe_load(open(sys.argv[2]))
assert got['status'] in ('passed', 'failed', 'degraded', 'timedout', 'skipped')
assert set(got['results']) == set(meta['results'])
for result in meta['results'].values():
    assert set(result) <= {'title', 'description'} and result['title']
PYTHON
fi

finish
