#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug apply: the policy files, their errors, and which devices are changed.
#
# usage: test_policy.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

conf=$tmp/conf
apply() {
	local what=$1 want=$2
	shift 2
	run "$what" "$want" apply --config "$conf" "$@"
}
# rules NAME TEXT...: writes one policy file
rules() {
	mkdir -p "$conf"
	local file=$conf/$1
	shift
	printf '%s\n' "$@" >"$file"
}

start() {
	fresh
	rm -rf "$conf"
	answer ""
	device dax0.0 4294967296 1 1 kmem unplugged
	device dax1.0 1073741824 2 2 kmem online_kernel
	echo transition | tee "$devices/dax0.0/plug/guard" >"$devices/dax1.0/plug/guard"
	echo 0 | tee "$devices/dax0.0/plug/timeout_ms" >"$devices/dax1.0/plug/timeout_ms"
}

start
apply "no such directory" 2
err "daxplug: $conf: No such file or directory"
mkdir "$conf"
apply "no policy" 0
out "there is no policy: $conf has no rule in a file *.conf"
apply "no policy: --check" 0 --check
rules 50-a.conf "# a comment" "" "[first]" "device = dax0.0" "state = online_movable" "guard=always" \
	"timeout = 30s ; so long" "[second]" "node = 2" "state: unplugged"
apply "--check: it differs" 1 --check
out "\
dax0.0: guard transition -> always: differs [first, $conf/50-a.conf:3]
dax0.0: timeout 0 ms -> 30000 ms: differs [first, $conf/50-a.conf:3]
dax0.0: state unplugged -> online_movable: differs [first, $conf/50-a.conf:3]
dax1.0: state online_kernel -> unplugged: differs [second, $conf/50-a.conf:8]"
wrote dax0.0 unplugged
apply "--dry-run" 0 --dry-run
wrote dax0.0 unplugged
apply "--check of one" 1 --check dax1.0
apply "--check --json" 1 --check --json
has out '"differs":4'
has out '"outcome":"differs"'
apply "apply" 0
out "\
dax0.0: guard transition -> always: done [first, $conf/50-a.conf:3]
dax0.0: timeout 0 ms -> 30000 ms: done [first, $conf/50-a.conf:3]
dax0.0: state unplugged -> online_movable: done [first, $conf/50-a.conf:3]
dax1.0: state online_kernel -> unplugged: done [second, $conf/50-a.conf:8]"
wrote dax0.0 online_movable
wrote dax1.0 unplugged
holds "$devices/dax0.0/plug/guard" always
holds "$devices/dax0.0/plug/timeout_ms" 30000
apply "apply again" 0
out "every device is as the policy wants it"
apply "--check: as wanted" 0 --check
apply "of one" 0 dax1.0
out "what was named is as the policy wants it"
apply "no such device" 3 dax9.9
out ""
# Without the list of cards a serial number could match two cards, so no rule is applied.
echo default >"$devices/dax0.0/plug/guard"
export FAKE_CANNOT_OPEN=12:/bus/cxl/devices
apply "no memory for the list of cards" 1 dax0.0
has err "daxplug: out of memory"
apply "no memory for the list of cards, and one device is missing" 3 dax0.0 dax9.9
has err "daxplug: out of memory"
holds "$devices/dax0.0/plug/guard" default
apply "no memory for the list of cards, and a serial number on the command line" 1 serial:1
err "daxplug: out of memory
daxplug: out of memory"
unset FAKE_CANNOT_OPEN

### which rule applies to a device

# decides STATE LINE...: applies a rule with these matchers to dax0.0, which is unplugged. Claims that
# dax0.0 is in STATE afterwards: online if the rule matches, unplugged if it does not
decides() {
	local want=$1
	shift
	start
	rules a.conf "[rule]" "$@" "state = online"
	apply "match: $*" 0
	wrote dax0.0 "$want"
}
decides online "device = dax0.0"
decides online "device = dax7.0, dax0.0"
decides online "device = all"
decides online "device = dax7.0, all"
decides online "device = dax*"
decides online "device = *0.[0-3]"
decides unplugged "device = dax7*"
decides online "device = dax7.0," "	dax8.0," "" "# more" "  dax0.0 ; and so on"
decides online "device =" "  dax0.0"
decides online "device = $(printf 'dax%d.7, ' {1..200}) dax0.0"
decides online "node = $(seq -s, 2 60), 1"
decides unplugged "device = dax0"
decides unplugged "device = dax1.0"
decides online "node = 1"
decides online "node = 4,3 , 1"
decides unplugged "node = 0"
decides online "size = 4G"
decides online "size = 2G-8G"
decides online "size = -4294967296"
decides online "size = 4096M-"
decides online "size = 4GiB"
decides online "size = 4 GiB"
decides online "size = 1g - 8g"
decides online "size = 1G, 4G"
decides unplugged "size = 1G, 5G-"
decides online "range = 0x0-0xff, 0x100000000-0x1ffffffff"
decides unplugged "origin = cxl, pmem"
decides unplugged "size = 5G-"
decides unplugged "size = 1G-2G"
decides online "range = 0x100000000-0x1ffffffff"
decides unplugged "range = 0x100000001-0x1ffffffff"
decides unplugged "range = 0x0-0xfffffffff" "node = 7"
decides unplugged "origin = cxl"
decides unplugged "region = region0"
decides unplugged "uuid = 92944d13-20ab-4420-9a9c-f84c46fa91cf"
decides unplugged "serial = 1"

start
rules 10-a.conf "[a]" "device = dax0.0" "state = online_kernel"
rules 20-b.conf "[b]" "device = all" "state = online"
rules 30-c.conf.off "[c]" "device = all" "state = unplugged"
rules .hidden.conf "[c]" "device = all" "state = unplugged"
apply "the first rule that matches" 0
wrote dax0.0 online_kernel
wrote dax1.0 online

start
rules a.conf "[rule]" "device = dax1.0" "state = unplugged"
apply "a device without a rule is named if its memory is not in use" 0
out "\
dax0.0: stays unplugged: no rule of the policy matches it
dax1.0: state online_kernel -> unplugged: done [rule, $conf/a.conf:1]"
apply "a device without a rule is not named by --check" 0 --check
out "every device is as the policy wants it"
apply "a device without a rule is not named with --quiet" 0 --quiet
out ""
start
rules a.conf "[rule]" "device = dax0.0" "state = unplugged"
apply "a device without a rule is not named if its memory is in use" 0
out "every device is as the policy wants it"

### values of a rule: lists, upper and lower case, and times

cards() {
	start
	card dax0.0 0 0x1234 0x1235
	card dax1.0 1 7
}
# by WHAT LINE...: claims that this rule matches dax0.0 only, and plugs it
by() {
	what=$1
	shift
	rules a.conf "[rule]" "$@" "state = online"
	apply "$what" 0
	wrote dax0.0 online
	wrote dax1.0 online_kernel
}
cards
by "a list of serial numbers over several lines" "serial = $(seq -s, 100 139)," "  0xffffffffffffffff,0x1235"
cards
by "a list of origins" "origin = pmem, cxl" "node = 1"
cards
echo 92944D13-20ab-4420-9a9c-f84c46fa91cf >"$DAXPLUG_SYSFS/real/root0/decoder0.0/region0/uuid"
by "a UUID in other letters" "uuid = 92944d13-20AB-4420-9a9c-f84c46fa91cf"
run "a UUID in other letters on the command line" 0 show uuid:92944d13-20AB-4420-9a9c-f84c46fa91cf
start
for time in 5sec:5000 1d:86400000 "1h 30min:5400000" "2 minutes:120000" 7m:420000 none:0; do
	rules a.conf "[a]" "node = 1" "timeout = ${time%:*}"
	apply "timeout = ${time%:*}" 0
	holds "$devices/dax0.0/plug/timeout_ms" "${time#*:}"
done
run "--timeout 0 is refused, with the right word" 2 plug --timeout 0 dax0.0
has err "daxplug: '0' is not a time greater than 0: valid are for example 30, 30s, 500ms, 5min, 1h, 1d, and none for no limit"
run "--timeout none" 0 plug --timeout none dax0.0

### [default]

start
rules 10-a.conf "[default]" "state = online_movable" "guard = always" "[one]" "node = 1" "[two]" "node = 2" "guard = off" \
	"state = online_kernel"
rules 20-b.conf "[default]" "guard = off" "timeout = 1min"
apply "what a rule leaves out is that of [default], the first that has it" 0
out "\
dax0.0: guard transition -> always: done [one, $conf/10-a.conf:4]
dax0.0: timeout 0 ms -> 60000 ms: done [one, $conf/10-a.conf:4]
dax0.0: state unplugged -> online_movable: done [one, $conf/10-a.conf:4]
dax1.0: guard transition -> off: done [two, $conf/10-a.conf:6]
dax1.0: timeout 0 ms -> 60000 ms: done [two, $conf/10-a.conf:6]"

### rules and settings without effect

start
rules a.conf "[one]" "node = 1" "state = unplugged" "[typo]" "serial = 0x1243" "state = online"
apply "a rule that matches no device is reported" 0
out "every device is as the policy wants it, as far as it can be: rules or serial numbers without a device: 1, wishes that cannot be met: 0"
err "daxplug: $conf/a.conf:4: [typo]: matches no device"
apply "a rule that matches no device: exit 1 with --strict" 1 --strict
apply "a rule that matches no device: exit 1 with --strict --check" 1 --strict --check
apply "a rule that matches no device: not reported with --quiet" 0 --quiet
err ""
apply "a rule that matches no device: reported with --strict --quiet" 1 --strict --quiet
has err "[typo]: matches no device"
apply "a rule that matches no device: --json" 1 --strict --json
python3 - "$tmp/out" <<-END >"$tmp/got" 2>&1
	import json, sys
	o = json.load(open(sys.argv[1]))
	print(o["unmatched"] == [{"rule": "typo", "file": "$conf/a.conf", "line": 4, "reason": "matches no device"}], o["unmet"])
END
holds "$tmp/got" "True []"
apply "a rule that matches no device: not reported if a device is named" 0 --strict dax0.0
err ""
rules a.conf "[typo]" "serial = 0x1243" "state = online"
apply "no rule at all matches" 0
out "\
dax0.0: stays unplugged: no rule of the policy matches it
no rule of the policy matches a device"
apply "no rule matches the device that is named" 0 dax1.0
out "no rule of the policy matches what was named"
rules a.conf "[one]" "device = dax9*, dax8*" "state = unplugged"
apply "a pattern that matches nothing" 1 --strict
has err "[one]: matches no device"
rules a.conf "[one]" "device = dax0.0" "state = unplugged"
apply "a rule by a device's number gets a warning" 0
err "daxplug: $conf/a.conf:1: [one]: dax0.0 may be another device after the next boot; write serial, uuid, range or size"
apply "a rule by a device's number is no error" 0 --strict

cards
rules a.conf "[one]" "serial = 0" "state = online"
echo 0 >"$DAXPLUG_SYSFS/real/pci/mem00/serial"
apply "serial number 0 matches nothing" 1 --strict
has err "[one]: serial number 0 is that of cards without one: it matches nothing"
wrote dax0.0 unplugged
run "serial numbers on the command line" 3 plug serial:0
has err "serial:0: serial number 0 is that of cards without one; name the device or its region"
cards
rules a.conf "[one]" "serial = 7, 0x1235" "state = online_movable"
echo 0x7 >"$DAXPLUG_SYSFS/real/pci/mem00/serial"
apply "a serial number of two cards matches nothing" 1 --strict
has err "have the serial number 0x7: it matches nothing"
wrote dax0.0 online_movable
wrote dax1.0 online_kernel
run "serial numbers on the command line" 3 unplug serial:7
has err "have the serial number 0x7; name the device or its region"
wrote dax1.0 online_kernel
cards
mkdir "$DAXPLUG_SYSFS/bus/cxl/devices/mem99"
echo 0x7 >"$DAXPLUG_SYSFS/bus/cxl/devices/mem99/serial"
rules a.conf "[one]" "serial = 7" "state = online_movable"
apply "a serial number of two cards, and the second card has no device" 1 --strict
has err "have the serial number 0x7: it matches nothing"
apply "--print: no device has the rule" 0 --print
has out "# dax1.0: no rule"
# Without the list of cards, the command does not know that the second card has this serial number, too.
export FAKE_CANNOT_OPEN=12:/bus/cxl/devices
apply "--print without the list of cards" 1 --print
out "\
# $conf/a.conf
[one]
serial = 7
state = online_movable"
err "daxplug: out of memory"
apply "--print --json without the list of cards" 1 --print --json
for key in devices unmet warnings unmatched; do
	has out "\"$key\":null"
done
mkdir -p "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d"
cp "$conf/a.conf" "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/"
run "the doctor without the list of cards reports no device that differs" 1 doctor --id policy-state
out ""
err "daxplug: out of memory: findings are missing"
run "health without the list of cards: unknown" 3 health
out "daxplug UNKNOWN: out of memory"
unset FAKE_CANNOT_OPEN

for errno in 24 13; do
	export FAKE_CANNOT_OPEN=$errno:/mem99/serial
	apply "the number of one card cannot be read ($errno)" 1
	has err "daxplug: the serial numbers of the CXL memory devices cannot be read: "
done
run "the doctor: the number of one card cannot be read" 1 doctor --id policy-state
err "daxplug: serial numbers of CXL cards cannot be read: Permission denied: findings are missing"
run "health: the number of one card cannot be read" 3 health
out "daxplug UNKNOWN: serial numbers of CXL cards cannot be read: Permission denied"
run "the metrics: the number of one card cannot be read" 1 list --metrics
out ""
unset FAKE_CANNOT_OPEN
export FAKE_CANNOT_LIST=bus/cxl/devices
apply "the list of cards ends with an error" 1
err "daxplug: the serial numbers of the CXL memory devices cannot be read: Not a directory"
unset FAKE_CANNOT_LIST

start
rm -r "$devices/dax0.0/plug/guard"
rules a.conf "[a]" "node = 1" "guard = always" "state = unplugged"
apply "a guard that the module does not have is reported" 0
out "every device is as the policy wants it, as far as it can be: rules or serial numbers without a device: 0, wishes that cannot be met: 1"
err "daxplug: dax0.0: no guard always: this version of the module has no guard [a, $conf/a.conf:1]"
apply "a guard that the module does not have: exit 1 with --strict and a device" 1 --strict --json dax0.0
has out '"what":"guard"'
has out '"reason":"this version of the module has no guard"'
rm -r "$devices"/dax*
blocks dax0.0 2
rules a.conf "[a]" "node = 1" "guard = always" "state = online_movable"
apply "a guard with the backend blocks" 0
has err "daxplug: dax0.0: no guard always: only daxplug's kmem module has a guard"
rules a.conf "[a]" "node = 1" "guard = off" "state = unplugged"
apply "guard = off is met by a device without a guard" 0 --strict
err ""

### errors in a file

# wrong LINE-NUMBER TEXT LINE...: writes a file with these lines. Claims that the command reports the
# error TEXT in line LINE-NUMBER, and that it still applies a rule of another file
wrong() {
	local line=$1 text=$2
	shift 2
	start
	rules 10-bad.conf "$@"
	rules 20-good.conf "[good]" "node = 1" "state = online_movable"
	apply "error: $(printf '%q' "$*")" 2
	err "daxplug: $conf/10-bad.conf:$line: $text"
	wrote dax0.0 online_movable
	wrote dax1.0 online_kernel
}
wrong 2 "unknown key 'stat'" "[r]" "stat = unplugged"
wrong 2 "neither [rule] nor key = value" "[r]" "unplugged"
wrong 1 "']' is missing" "[r" "device = dax1.0" "state = unplugged"
wrong 3 "']' is missing" "[r]" "node = 9" "[s" "device = dax1.0" "state = unplugged"
wrong 4 "a header begins at the beginning of the line" "[r]" "device = dax7.0" "state = online" " [s]" "device = dax1.0"
wrong 1 "'key' stands outside of a rule" "key = value" "other = value" " [s]"
wrong 1 "a rule must have a name: [name]" "[]" "device = dax1.0" "state = unplugged"
wrong 1 "'state' stands outside of a rule" "state = unplugged"
wrong 1 "[r] does not say which device it is for" "[r]" "state = unplugged"
wrong 2 "[r] wants nothing: no state, guard, timeout or memmap_on_memory" "" "[r]" "device = dax7.0"
wrong 2 "[empty] does not say which device it is for" "" "[empty]"
wrong 1 "'x' stands behind the header" "[r] x" "device = dax1.0" "state = unplugged"
wrong 2 "there is no value to continue: a key begins at the beginning of the line" "[r]" "  device = dax1.0" "state = unplugged"
for bad in offline inconsistent Online "" "unplugged # no comment here"; do
	wrong 3 "state = $bad: state takes unplugged, online_movable, online_kernel or online, once in a rule" "[r]" "node = 9" "state = $bad"
done
wrong 4 "state = unplugged: state takes unplugged, online_movable, online_kernel or online, once in a rule" \
	"[r]" "device = dax7.0" "state = online" "state = unplugged"
wrong 4 "an indented line continues the value before: a key begins at the beginning of the line" \
	"[r]" "device = dax7.0" "state = online" "  guard = always"
wrong 3 "guard = never: guard takes off, transition or always, once in a rule" "[r]" "node = 9" "guard = never"
wrong 3 "timeout = soon: timeout takes a time above 0 (30, 30s, 500ms, 5min, 1h, 1d) or none, once in a rule" "[r]" "node = 9" "timeout = soon"
numbers="a number, or several with commas"
declare -A takes=([serial]=$numbers [node]=$numbers [range]="FIRST-LAST, or several with commas"
	[origin]="cxl, pmem or hmem, or several with commas"
	[size]="SIZE (bytes, 512M, 4GiB), FROM-TO, FROM- or -TO, or several with commas"
	[device]="a name, or several with commas" [timeout]="a time above 0 (30, 30s, 500ms, 5min, 1h, 1d) or none")
for bad in "serial = x" "serial = 1,,2" "serial = 1," "node = -1" "size = 4X" "size = 8G-4G" "size = -" \
	"range = 5-4" "range = 0x100000000" "origin = moon" "size = 99999999999999999999" "size = 4GB" \
	"size = 1G," "device = ," "device = dax1.0 \\" "timeout = 0" "timeout = 0s" "timeout = 50d" "timeout = 5 moons" \
	"timeout = -1" "timeout = 5min none"; do
	wrong 2 "$bad: ${bad%% *} takes ${takes[${bad%% *}]}, once in a rule" "[r]" "$bad" "state = unplugged"
done
name="error: a NUL"
start
mkdir -p "$conf"
printf '[r]\nde\0vice = dax1.0\nstate = unplugged\n' >"$conf/a.conf"
apply "$name" 2
err "daxplug: $conf/a.conf:2: a NUL character"

start
rules 10-a.conf "[a]" "device = dax0.0" "state = onlin"
rules 20-b.conf "[b]" "device = all" "state = online_movable"
apply "no other rule applies to the device of a broken rule" 2
has err "daxplug: $conf/10-a.conf:3: state = onlin: state takes unplugged"
out "dax1.0: state online_kernel -> online_movable: done [b, $conf/20-b.conf:1]"
has err "daxplug: dax0.0: not changed: its rule [a] in $conf/10-a.conf:1 has an error"
wrote dax0.0 unplugged
wrote dax1.0 online_movable
apply "the exit status is that of the error, although a device differs" 2 --check
start
mkdir -p "$conf/a.conf"
apply "a directory for a file" 2
has err "daxplug: $conf/a.conf"
rm -rf "$conf"
echo >"$conf"
apply "a file for a directory" 2
has err "daxplug: $conf: Not a directory"
rm "$conf"

### settings that cannot be applied

start
rules a.conf "[a]" "device = dax0.0" "state = online_movable"
answer 16 unplugged
apply "refused" 4
has err "daxplug: dax0.0: not plugged: its range is taken, or a block refused to come online (EBUSY)"
has out "dax0.0: state unplugged -> online_movable: failed [a, $conf/a.conf:1]"
answer 16 inconsistent
apply "inconsistent" 5
answer ""
start
rules a.conf "[a]" "device = dax1.0" "state = online_movable"
apply "from one online state to another" 0
wrote dax1.0 online_movable
rm -r "$devices"/dax*
blocks dax0.0 4
rules a.conf "[a]" "device = dax0.0" "state = online_kernel"
apply "block by block" 0
rules a.conf "[a]" "device = dax0.0" "state = online_movable"
rules a.conf "[a]" "node = 1" "state = online_movable"
export FAKE_FAIL=34:online_movable:13
apply "from one online state to another: refused, and back" 4
err "\
daxplug: dax0.0: not plugged: memory34 refused to come online (EACCES); it was unplugged for the change, and is online_kernel again
daxplug: dax0.0: next: daxplug doctor dax0.0 names what prevents it; then try again"
has out "dax0.0: state online_kernel -> online_movable: failed"
run "list: it is online_kernel again" 0 list
has out "online_kernel"
export FAKE_FAIL=34:online_movable:13,33:online_kernel:12
apply "from one online state to another: refused, and the undo fails" 5
has err "state was online_kernel and is now unplugged"
export FAKE_FAIL=34:online_movable:13
rules a.conf "[a]" "device = dax0.0" "state = online_movable"
unplug_first=$("$daxplug" list -o STATE --noheadings dax0.0)
apply "as JSON: what failed ($unplug_first)" 4 --json
has out '"step":"online"'
has out '"block":34'
has out '"errno":13'
has out '"exit":4'
unset FAKE_FAIL
start
rules a.conf "[a]" "device = dax0.0" "timeout = 1min"
apply "as JSON: a time" 1 --check --json
has out '"want_ms":60000'
has out '"is_ms":0'
has out '"errno":0'
rules a.conf "[a]" "device = dax0.0" "state = movable" "[b]" "device = dax1.0" "state = kernel"
apply "state = movable and kernel" 0
wrote dax0.0 online_movable
wrote dax1.0 online_kernel
start
rules a.conf "[a]" "device = all" "state = online_movable"
export FAKE_WAIT=1
name="interrupted, as JSON"
waiting "$daxplug" apply --json --config "$conf"
kill -INT $!
wait $!
has out '"outcome":"failed"'
has out '"outcome":"not_begun"'
has out '"errno":4'
has out '"name":"dax1.0"'
start
rules a.conf "[a]" "device = all" "state = online_movable"
name="interrupted"
waiting "$daxplug" apply --config "$conf"
kill -INT $!
wait $!
code=$?
unset FAKE_WAIT
if [ $code -eq 130 ]; then ok; else fail "exit $code, expected 130: it died of SIGINT"; fi
has err "dax0.0: not plugged: interrupted: undone (EINTR); nothing was changed"
has err "dax1.0: interrupted before its turn; nothing was changed"
start
device dax2.0 1073741824 2 2 device_dax
rules a.conf "[a]" "device = dax2.0" "state = unplugged"
apply "state = unplugged is met by a device of another driver" 0
rules a.conf "[a]" "device = dax2.0" "state = online"
apply "a device of another driver is not plugged" 7
has err "it is bound to the driver device_dax, not to kmem"
start
rm -r "$devices/dax0.0/plug/guard" "$devices/dax0.0/plug/timeout_ms"
rules a.conf "[a]" "device = dax0.0" "guard = always" "timeout = 1min"
apply "no guard and no time limit where the module has none" 0 --check

finish
