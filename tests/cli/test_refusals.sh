#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the command when the kernel refuses a change or the undo fails: every exit code of a
# change, signals, time limits, and missing rights.
#
# usage: test_refusals.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

fresh
device dax0.0 4294967296 0 1 kmem unplugged
answer 16 unplugged
run "the refusals can be played (not with a static $daxplug)" 4 plug dax0.0
[ $failed -eq 0 ] || exit 1

# start STATE: makes one device in this state
start() {
	fresh
	device dax0.0 4294967296 0 1 kmem "$1"
}

# refused NAME EXIT ERRNO COMMAND STATE TEXT [NEXT]: lets the kernel refuse the change with ERRNO. Claims
# that the command ends with EXIT and prints the reason TEXT, the unchanged STATE, and the advice NEXT
refused() {
	start "$5"
	answer "$3" "$5"
	run "$1" "$2" "$4" dax0.0
	out ""
	err "daxplug: dax0.0: $6; nothing was changed, state is still $5${7:+
daxplug: dax0.0: next: $7}"
}

see="daxplug doctor dax0.0 names what prevents it; then try again"
refused "unplug: EBUSY" 4 16 unplug online_movable \
	"not unplugged: a block refused to go offline (EBUSY)" "$see"
refused "unplug: EINTR" 4 4 unplug online_kernel \
	"not unplugged: interrupted: undone (EINTR)"
refused "unplug: ETIMEDOUT" 6 110 unplug online \
	"not unplugged: the time limit passed: undone (ETIMEDOUT)" \
	"daxplug doctor dax0.0 names what prevents it; or allow more time"
refused "unplug: EACCES of another driver" 4 13 unplug online_movable \
	"not unplugged: another driver refused (EACCES)" "$see"
refused "unplug: ENOMEM" 4 12 unplug online_movable \
	"not unplugged: the kernel has too little memory for its own data about the device (ENOMEM)" \
	"free some memory and try again"
refused "unplug: an errno of no meaning here" 4 33 unplug online_movable \
	"not unplugged: Numerical argument out of domain (errno 33)" \
	"see dmesg for the reason"
refused "plug: EBUSY" 4 16 plug unplugged \
	"not plugged: its range is taken, or a block refused to come online (EBUSY)" "$see"
refused "plug: plugged in another way" 4 16 plug online_kernel \
	"not plugged: it is already plugged in another way (EBUSY)" \
	"daxplug plug --replug dax0.0 unplugs it first"
refused "plug: offline, and it cannot be unplugged" 4 16 plug offline \
	"not plugged: it must be unplugged first, and a block refused to go offline (EBUSY)" "$see"
refused "plug: EINTR" 4 4 plug unplugged \
	"not plugged: interrupted: undone (EINTR)"
refused "plug: EROFS" 7 30 plug unplugged \
	"not plugged: sysfs is mounted read-only here (EROFS)" \
	"run it outside the container, or where sysfs is writable"
refused "plug: EOPNOTSUPP of the driver" 7 95 plug unplugged \
	"not plugged: its driver does not support this (EOPNOTSUPP)" \
	"see dmesg for the reason"
refused "plug: EINVAL" 4 22 plug unplugged \
	"not plugged: the driver refused the request: the device contains no complete memory block, or the zone does not exist (EINVAL)" \
	"see dmesg for the reason"

start online_movable
answer 16 inconsistent
run "unplug: the undo failed" 5 unplug dax0.0
err "\
daxplug: dax0.0: not unplugged: a block refused to go offline (EBUSY); state was online_movable and is now inconsistent
daxplug: dax0.0: next: daxplug doctor dax0.0 says how to repair it; its memory stays in use until then"
start online_movable
answer 4 inconsistent
run "unplug: interrupted, the undo failed" 5 unplug dax0.0
has err "not unplugged: interrupted (EINTR); state was online_movable and is now inconsistent"
start inconsistent
answer ""
run "plug: repair" 0 plug dax0.0
out "dax0.0: inconsistent -> online_movable (4.0 GiB)"
start inconsistent
answer 16 inconsistent
run "plug: repair in another way" 4 plug dax0.0
has err "it was last plugged in another way, or a block refused to change (EBUSY); nothing was changed"
has err "next: a plug into the zone that it was last plugged into repairs it; another zone changes nothing"
start unplugged
answer 16 online
run "plug: another program plugged it meanwhile" 5 plug dax0.0
has err "state was unplugged and is now online"
has err "next: another program changes it, too"
start unplugged
answer "" inconsistent
run "plug: the kernel reports success, and the device is inconsistent" 5 plug dax0.0
has err "state was unplugged and is now inconsistent"
start unplugged
answer "" inconsistent
run "plug: the kernel reports success, and the device is inconsistent, as JSON" 5 plug --json dax0.0
has out '"outcome":"inconsistent"'
has out '"exit":5'
start online_movable
answer 16 -
run "unplug: the kernel reports an error, and the device is unplugged" 0 unplug dax0.0
out "dax0.0: online_movable -> unplugged (4.0 GiB)"
start online_movable
answer 19 gone
run "unplug: the device is removed meanwhile" 5 unplug dax0.0
err "\
daxplug: dax0.0: not unplugged: its driver was unbound (ENODEV); state was online_movable and cannot be read any more: the device does not exist any more
daxplug: dax0.0: next: see daxplug list, and dmesg"
run "unplug: the device has been removed" 3 unplug dax0.0
start online_movable
device dax1.0 4294967296 0 1 kmem online_movable
answer 16 online_movable
run "unplug: all, each refused" 4 unplug all
has err "dax0.0: not unplugged"
has err "dax1.0: not unplugged"

### messages from the module's log, and which time limit ended the change

export FAKE_KMSG=$tmp/kmsg
# logged NAME EXIT ERRNO COMMAND STATE LINE...: lets the kernel refuse the change with ERRNO and write
# these lines to its log. Claims that the command ends with EXIT
logged() {
	start "$5"
	answer "$3" "$5"
	echo "6,1,1,-;kmem: dax0.0: $4 undone: offline of memory99: -EBUSY" >"$FAKE_KMSG"
	FAKE_LOG=$(printf '%s\n' "${@:6}")
	export FAKE_LOG
	run "$1" "$2" "$4" dax0.0
	out ""
}

logged "unplug: the block that refused" 4 16 unplug online_movable \
	"kmem: dax0.0: unplug undone: offline of memory34: -EBUSY"
has err "not unplugged: memory34 refused to go offline (EBUSY); nothing was changed"
logged "unplug: another device's line" 4 16 unplug online_movable \
	"kmem: dax0.01: unplug undone: offline of memory34: -EBUSY"
has err "not unplugged: a block refused to go offline (EBUSY)"
logged "plug: no room for page structures" 4 12 plug unplugged \
	"kmem: dax0.0: not plugged: page structures need 402653184 bytes, 231000000 bytes are available"
err "\
daxplug: dax0.0: not plugged: its page structures need 384.0 MiB, and 220.3 MiB are available for them (ENOMEM); nothing was changed, state is still unplugged
daxplug: dax0.0: next: free memory outside ZONE_MOVABLE, or let the device hold them itself, with --memmap-on-memory=yes; see doc/troubleshoot.md"
run "the same as JSON" 4 plug --json dax0.0
has out '"needed":402653184'
has out '"available":231000000'
for bad in "page structures need 402653184 bytes" "page structures need x bytes, y bytes are available" \
	"page structures need 99999999999999999999 bytes, 1 bytes are available" \
	"page structures need 4026531 bytes, 2 pages are available"; do
	logged "plug: a line that says '$bad'" 4 12 plug unplugged "kmem: dax0.0: not plugged: $bad"
	has err "not plugged: the kernel has too little memory for its own data about the device (ENOMEM)"
done
logged "unplug: a block of another driver" 4 16 unplug inconsistent \
	"kmem: dax0.0: not unplugged: memory34 belongs to another driver"
has err "not unplugged: memory34 belongs to another driver (EBUSY)"
has err "next: let the driver that added it remove it: see /proc/iomem"
logged "plug: a block of another driver" 4 16 plug inconsistent \
	"kmem: dax0.0: memory7 belongs to another driver"
has err "not plugged: memory7 belongs to another driver (EBUSY)"

long=$(printf 'x%.0s' {1..5000})
logged "unplug: a record of 5000 bytes before it" 4 16 unplug online_movable "$long" \
	"6,1,2,-;kmem: dax0.0: unplug undone: offline of memory34: -EBUSY"
has err "not unplugged: memory34 refused to go offline (EBUSY)"
long=$(printf 'x%.0s' {1..10000})
logged "unplug: a record of 10000 bytes before it" 4 16 unplug online_movable "$long" \
	"6,1,2,-;kmem: dax0.0: unplug undone: offline of memory34: -EBUSY"
has err "not unplugged: memory34 refused to go offline (EBUSY)"

# timed_out NAME LINE...: runs an unplug that a time limit of the device ends, with these lines in the
# log. Then sets the limits and the statistics of the device, and runs it again
timed_out() {
	logged "$1" 6 110 unplug online_movable "${@:2}"
	printf 'plugs 1\nstalls 0\n' >"$devices/dax0.0/plug/stats"
	echo 20000 >"$devices/dax0.0/plug/stall_ms"
	echo 0 >"$devices/dax0.0/plug/timeout_ms"
	run "$1" 6 unplug dax0.0
}
line="kmem: dax0.0: unplug undone: offline of memory34: -ETIMEDOUT"
logged "unplug: a limit, and which is not known" 6 110 unplug online_movable "$line"
has err "not unplugged: the time limit passed at memory34: undone (ETIMEDOUT)"
timed_out "unplug: the kernel's dry run does not get the hotplug lock" "kmem: dax0.0: unplug undone: ask of memory34: -ETIMEDOUT"
err "\
daxplug: dax0.0: not unplugged: the kernel's memory hotplug made no progress for as long as plug/stall_ms allows, 20000 ms: undone (ETIMEDOUT); nothing was changed, state is still online_movable
daxplug: dax0.0: next: another user of memory hotplug may hold its lock: try again, or see daxplug doctor"
logged "plug: the kernel does not get the hotplug lock" 6 110 plug unplugged "kmem: dax0.0: plug undone: reserve of memory32: -ETIMEDOUT"
echo 20000 >"$devices/dax0.0/plug/stall_ms"
echo 5000 >"$devices/dax0.0/plug/timeout_ms"
run "plug: the kernel does not get the hotplug lock" 6 plug dax0.0
has err "not plugged: the kernel's memory hotplug made no progress for as long as plug/stall_ms allows, 20000 ms"
export FAKE_STALL=1
timed_out "unplug: a stall" "$line"
err "\
daxplug: dax0.0: not unplugged: no page was migrated out of memory34 for as long as plug/stall_ms allows, 20000 ms: undone (ETIMEDOUT); nothing was changed, state is still online_movable
daxplug: dax0.0: next: daxplug doctor dax0.0 names the page and its user, if it can; end that process, then try again"
echo 0 | tee "$devices/dax0.0/plug/stats" >"$devices/dax0.0/plug/timeout_ms"
run "the same as JSON" 6 unplug --json dax0.0
has out '"limit":"stall_ms"'
has out '"outcome":"timed_out"'
: >"$devices/dax0.0/plug/stats"
FAKE_KMSG=/dev/null run "unplug: a stall, and no log" 6 unplug dax0.0
has err "no page was migrated out of one of its blocks for as long as plug/stall_ms allows"
unset FAKE_STALL
timed_out "unplug: the device's time limit" "$line"
echo 5000 >"$devices/dax0.0/plug/timeout_ms"
run "unplug: the device's time limit" 6 unplug dax0.0
has err "not unplugged: the device's time limit, plug/timeout_ms, passed at memory34: undone (ETIMEDOUT)"
has err "or allow more time: plug/timeout_ms"
run "the same as JSON" 6 unplug --json dax0.0
has out '"limit":"timeout_ms"'
unset FAKE_LOG FAKE_KMSG

### two devices over the same addresses

start online_movable
device dax0.1 4294967296 0 1 -
mkdir -p "$drivers/kmem"
touch "$drivers/kmem/bind"
answer ""
run "plug: another device has the addresses" 4 plug dax0.1
err "\
daxplug: dax0.1: not plugged: its addresses are those of dax0.0, which is bound to kmem (EBUSY); nothing was changed, state is still unplugged
daxplug: dax0.1: next: use dax0.0 for this memory"
name="$name: nothing is written to the driver's file bind"
if [ ! -s "$drivers/kmem/bind" ]; then ok; else fail; fi
run "unplug: another device has the addresses" 0 unplug dax0.1
mkdir "$memory/memory32"
echo online >"$memory/memory32/state"
echo Movable >"$memory/memory32/valid_zones"
run "plug: the other device's blocks are not its own" 4 plug dax0.1
has err "its addresses are those of dax0.0"
run "unplug: the other device's blocks are not its own" 4 unplug dax0.1
has err "not unplugged: its addresses are those of dax0.0"
name="$name: they are not recorded as orphaned"
if [ ! -e "$DAXPLUG_RUN/dax0.1.left" ]; then ok; else fail; fi

### signals and time limits: the write does not return until a signal interrupts it

# stopped EXIT COMMAND STATE SIGNAL...: sends the signals while the command waits in the write. Claims
# that the command ends with EXIT
stopped() {
	local want=$1 pid code sig

	name="$2: SIG${*:4} while it runs"
	start "$3"
	answer ""
	# A process started under nohup ignores SIGHUP, so reset it to its default.
	waiting env --default-signal "$daxplug" "$2" dax0.0
	pid=$!
	for sig in "${@:4}"; do kill -s "$sig" $pid; done
	wait $pid 2>/dev/null
	code=$?
	if [ $code -eq "$want" ]; then ok; else fail "exit $code, expected $want"; fi
}
undone() { has err "interrupted: undone (EINTR); nothing was changed, state is still $1"; }

export FAKE_WAIT=1
stopped 130 plug unplugged INT
undone unplugged
stopped 130 unplug online_movable INT
undone online_movable
stopped 143 unplug online_movable TERM
undone online_movable
stopped 130 unplug online_movable PIPE INT
undone online_movable
stopped 129 plug unplugged HUP
undone unplugged
name="Ctrl-C stops a shell's loop, after the undo"
start online_movable
# shellcheck disable=SC2016 # the other shell expands it
waiting env --default-signal setsid bash -c 'for i in 1 2; do
	echo "turn $i"
	[ $i = 2 ] || "$0" unplug dax0.0
done' "$daxplug"
kill -INT -- -$!
wait $!
code=$?
if [ $code -eq 130 ]; then ok; else fail "exit $code, expected 130"; fi
out "turn 1"
undone online_movable
name="Ctrl-C: JSON has the devices that were not begun, too"
start online_movable
device dax1.0 134217728 0 1 kmem online_movable
waiting env --default-signal "$daxplug" unplug --json dax0.0 dax1.0
kill -INT $!
wait $!
code=$?
if [ $code -eq 130 ]; then ok; else fail "exit $code, expected 130"; fi
err ""
python3 -c 'import json, sys; print(*[(r["name"], r["outcome"], r["exit"], r["errno"])
	for r in json.load(open(sys.argv[1]))["results"]])' "$tmp/out" >"$tmp/other"
mv "$tmp/other" "$tmp/out"
out "('dax0.0', 'undone', 4, 4) ('dax1.0', 'not_begun', 4, 4)"
export FAKE_WAIT=late
stopped 130 plug unplugged INT
out "dax0.0: unplugged -> online_movable (4.0 GiB)"

export FAKE_WAIT=1
start online_movable
run "unplug: --timeout" 6 unplug --timeout 300ms dax0.0
err "\
daxplug: dax0.0: not unplugged: the time limit passed: undone (ETIMEDOUT); nothing was changed, state is still online_movable
daxplug: dax0.0: next: daxplug doctor dax0.0 names what prevents it; or allow more time"
run "unplug: --timeout, as JSON" 6 unplug --timeout 300ms --json dax0.0
has out '"outcome":"timed_out"'
has out '"limit":"timeout"'
printf 'total 32\nabsent 0\noffline 8\nkernel 0\nmovable 24\n' >"$devices/dax0.0/plug/blocks"
if has_terminal "a bar on a terminal"; then
	name="unplug: a bar on a terminal"
	script -qec "stty cols 100; LD_PRELOAD=$preload $daxplug unplug -t 1s dax0.0" /dev/null \
		</dev/null >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 6 ]; then ok; else fail "exit $code, expected 6"; fi
	has out "dax0.0 [########"
	has out "8/32 blocks, 0 pages moved"
	has out "s left"
	name="$name: and it is erased before the message"
	if grep -qa $'\r\033\[Kdaxplug: dax0.0: not unplugged' "$tmp/out"; then ok; else fail; fi
fi
name="unplug: lines where there is no terminal"
start online_movable
printf 'total 32\nabsent 0\noffline 8\nkernel 0\nmovable 24\n' >"$devices/dax0.0/plug/blocks"
run "$name" 6 unplug -t 6s dax0.0
has err "dax0.0: 8/32 blocks, 0 pages moved, "
unset FAKE_WAIT

### a change that cannot start

# The stack of a new thread is larger than the memory that this command may have.
cat >"$tmp/limited" <<SCRIPT
#!/bin/bash
ulimit -S -s 4000000 -v 2000000
exec "$daxplug" "\$@"
SCRIPT
chmod 755 "$tmp/limited"
unlimited=$daxplug
daxplug=$tmp/limited
start unplugged
answer "" online_movable
run "plug: no thread" 1 plug dax0.0
err "\
daxplug: dax0.0: not plugged: the thread that does the change cannot be created: Resource temporarily unavailable; nothing was begun
daxplug: dax0.0: next: allow more processes (TasksMax= of the unit, ulimit -u) or memory (ulimit -v), then try again"
wrote dax0.0 unplugged
run "plug --json: no thread" 1 plug --json dax0.0
has out '"outcome":"trouble"'
daxplug=$unlimited

### missing rights

# nobody NAME EXIT ARGUMENT...: does the same as run(), without root's rights
nobody() {
	name=$1
	local want=$2
	shift 2
	as_nobody env DAXPLUG_SYSFS="$DAXPLUG_SYSFS" DAXPLUG_RUN="$DAXPLUG_RUN" "$daxplug" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq "$want" ]; then ok; else fail "exit $code, expected $want"; fi
}

preload=
if ! user_may_run "the rights that a user lacks" "$daxplug" --version; then
	finish
fi
start unplugged
chmod 444 "$devices/dax0.0/state"
nobody "plug: not root" 7 plug dax0.0
has err "no permission to change its state (EACCES); nothing was changed"
has err "next: run it as root"
chmod 000 "$devices"
nobody "list: unreadable" 7 list
has err "cannot read the DAX devices in sysfs: Permission denied"
chmod 755 "$devices"
fresh
blocks dax0.0 4
mkdir -m 777 "$DAXPLUG_RUN"
echo offline >"$memory/auto_online_blocks"
chmod 444 "$drivers/kmem/bind"
nobody "plug: binding is root's" 7 plug dax0.0
has err "no permission to change its state (EACCES); nothing was changed"
chmod 000 "$devices/dax0.0/mapping0/start"
nobody "plug: the addresses are root's" 7 plug dax0.0
has err "its state cannot be read: Permission denied"
nobody "list: the addresses are root's" 0 list
err "daxplug: ?: not known; root may see more"

finish
