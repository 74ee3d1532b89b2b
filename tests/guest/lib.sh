# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions for the tests in a guest, where this file is /lab/lib.sh. A test prints "ok WHAT" or
# "not ok WHAT" for each claim. It ends with `finish`, which exits with 0 if all claims held.

DEV=${DEV:-$(basename "$(find /sys/bus/dax/devices -name 'dax*' | sort | head -n 1)")}
DIR=/sys/bus/dax/devices/$DEV
STATE=$DIR/state
MEMORY=/sys/devices/system/memory
BLOCK_SIZE=$((0x$(cat $MEMORY/block_size_bytes)))
# The page size is 4096, or 16384 with an arm64 kernel of the flavour 16k.
PAGE_SIZE=$(awk '$1 == "KernelPageSize:" { print $2 * 1024; exit }' /proc/self/smaps)
PATH=/lab:$PATH
failed=0

pass() { echo "ok $*"; }
fail() {
	echo "not ok $*"
	failed=$((failed + 1))
}

# is GOT WANTED WHAT...: claims that GOT is WANTED
is() {
	local got=$1 wanted=$2
	shift 2
	if [ "$got" = "$wanted" ]; then
		pass "$@"
	else
		fail "$*"
		printf '#   got:    %s\n#   wanted: %s\n' "$got" "$wanted"
	fi
}

# same BEFORE AFTER WHAT...: claims that two snapshots are equal
same() {
	local before=$1 after=$2
	shift 2
	if [ "$before" = "$after" ]; then
		pass "$@"
	else
		fail "$*"
		echo "$before" >/tmp/before
		echo "$after" >/tmp/after
		differences
	fi
}
differences() { diff /tmp/before /tmp/after | sed 's/^/#   /'; }

state() {
	local word
	read -r word <"$STATE"
	echo "$word"
}

# plugged WORD: plugs the unplugged device with a write of WORD. If that fails, the test ends.
plugged() {
	local answer
	answer=$(put "$STATE" "$1")
	[ "$answer" = ok ] || { fail "set-up: plug as $1: $answer"; finish; }
}

# unplugged: unplugs the device. An unplug that fails is repeated up to 200 times, and then the test
# ends. It is repeated because a block outside ZONE_MOVABLE can have unmovable pages of the
# kernel, some of which are freed later.
unplugged() {
	local tries=0
	until [ "$(put "$STATE" unplugged)" = ok ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { fail "set-up: unplug"; finish; }
		echo 3 >/proc/sys/vm/drop_caches
	done
}

is_slow() { grep -q -w lab.slow=1 /proc/cmdline; }
# scaled_count TIMES: prints TIMES, or a fifth of it in the debugging kernel, which is slow.
scaled_count() {
	if is_slow; then echo $((($1 + 4) / 5)); else echo "$1"; fi
}

# discard_leak_reports: makes kmemleak find what has leaked until now, and discard it, so that it is
# not reported later. kmemleak only finds objects that are at least five seconds old and are
# unchanged in two scans. So there are two scans, and more than five seconds between them.
discard_leak_reports() {
	local leaks=/sys/kernel/debug/kmemleak old now
	[ -e $leaks ] || return 0
	read -r old _ </proc/uptime
	echo scan >$leaks
	now=$old
	until [ "${now%.*}" -gt $((${old%.*} + 6)) ]; do
		read -r now _ </proc/uptime
	done
	echo scan >$leaks
	echo clear >$leaks
}

# load MODULE PARAMETER...: loads the module and binds every device to kmem. The bind is needed
# because Linux 6.1 binds no device to kmem by itself, and no kernel binds devices of persistent
# memory.
load() {
	local dev
	case $1 in
	*/*) insmod "$@" ;;
	*) /usr/sbin/modprobe "$@" ;;
	esac || return
	for dev in $(cd /sys/bus/dax/devices && echo dax*); do
		[ -e /sys/bus/dax/drivers/kmem/"$dev" ] ||
			echo "$dev" >/sys/bus/dax/drivers/kmem/new_id
	done
}

# blocks: prints the numbers of the device's memory blocks, from its mappings
blocks() {
	local m b end
	for m in "$DIR"/mapping[0-9]*; do
		b=$(($(cat "$m/start") / BLOCK_SIZE))
		end=$((($(cat "$m/end") + 1) / BLOCK_SIZE))
		while [ $b -lt $end ]; do
			echo $b
			b=$((b + 1))
		done
	done
}

# run WANTED ARGUMENT...: runs daxplug with these arguments and claims that it exits with WANTED.
# Its output is then in /tmp/out, and its error messages are in /tmp/err.
# says out|err TEXT: claims that TEXT is in /tmp/out or in /tmp/err
run() {
	local wanted=$1 code
	shift
	daxplug "$@" >/tmp/out 2>/tmp/err
	code=$?
	is $code "$wanted" "daxplug $*: exit $wanted"
	[ $code -eq "$wanted" ] || sed 's/^/#   /' /tmp/out /tmp/err
}
says() { grep -q -F -- "$2" "/tmp/$1" && pass "output: $2" || { fail "not in the output: $2"; sed 's/^/#   /' "/tmp/$1"; }; }

# start NAME COMMAND...: runs COMMAND in the background with its output in /tmp/NAME, and waits
# until COMMAND has printed a line, because the programs for a guest print one when they are ready.
# $! is the PID of COMMAND.
start() {
	local name=$1
	shift
	rm -f "/tmp/$name"
	"$@" >"/tmp/$name" &
	until [ -s "/tmp/$name" ]; do
		kill -0 $! 2>/dev/null || { fail "set-up: $*"; finish; }
	done
}

# block_of_frame PFN: prints the number of the device's memory block that has this page frame, or
# nothing if no block has it
block_of_frame() { blocks | grep -x "$(($1 * PAGE_SIZE / BLOCK_SIZE))"; }

meminfo() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }

# mark MARK: writes MARK as a line to the kernel's log
# warnings_since MARK: prints the kernel messages of level warning or worse that follow that line,
# without those that known.txt lists. If the log was too small and has lost the line, the function
# reports that instead, because the log may have lost warnings, too.
mark() { echo "<5>$1" >/dev/kmsg; }
# KCSAN's reports are left out here, because a reported race may be the kernel's own. lab/run checks
# these reports.
warnings_since() {
	dmesg | grep -F -e "$1" >/dev/null || echo "the kernel's log has lost the line $1"
	dmesg -r | sed "1,/$1/d" |
		awk '/BUG: KCSAN: / { inside = 1 } /={60}/ { inside = 0; next } !inside' |
		grep -E '^<[0-4]>' | grep -v -E -f /lab/known.txt
}

# With tests/run --delays, load delay.ko. Its memory notifiers delay some of the memory events.
delay_seed=$(sed -n 's/.*test.delay_seed=\([0-9]*\).*/\1/p' /proc/cmdline)
if [ -n "$delay_seed" ] && insmod /lab/delay.ko seed="$delay_seed"; then
	echo "# delays with seed $delay_seed"
fi

finish() {
	[ -z "$delay_seed" ] || {
		echo "# boundaries, spins, sleeps: $(cat /sys/module/kmem/parameters/delay_counts 2>/dev/null);" \
			"notifiers: $(cat /sys/module/delay/parameters/delays)"
	}
	[ "$failed" -eq 0 ]
	exit
}
