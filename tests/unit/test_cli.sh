#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The command against a made-up sysfs: tables, messages, exit codes.
#
# A file in a directory takes any word, so the kernel's refusals are played by
# a small library that is preloaded and answers the write to "state" instead:
#   FAKE_ERRNO  the errno to answer with
#   FAKE_STATE  what to leave in the file ("-": remove it)
#   FAKE_WAIT   answer only when a signal comes
#
# usage: test_cli.sh [COMMAND]	(default: build/daxplug); CC is honoured.

set -u

daxplug=$(realpath "${1:-build/daxplug}") || exit 1
[ -x "$daxplug" ] || { echo "no $daxplug: run make first"; exit 1; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

export DAXPLUG_SYSFS=$tmp/sys LC_ALL=C
export ASAN_OPTIONS=verify_asan_link_order=0
devices=$DAXPLUG_SYSFS/bus/dax/devices
number=0
failed=0
preload=

cat >"$tmp/fake.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int path_of(int fd, char *path, size_t len)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, len - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	return n > 6 && !strcmp(path + n - 6, "/state");
}

ssize_t write(int fd, const void *buf, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	const char *err = getenv("FAKE_ERRNO"), *state = getenv("FAKE_STATE");
	char path[4096];

	if (!path_of(fd, path, sizeof(path)))
		return real(fd, buf, len);
	if (getenv("FAKE_WAIT"))
		pause();
	if (state && !strcmp(state, "-"))
		unlink(path);
	else if (ftruncate(fd, 0))
		return -1;
	else if (state)
		dprintf(fd, "%s\n", state);
	else
		real(fd, buf, len);
	errno = err ? atoi(err) : 0;
	return err ? -1 : (ssize_t)len;
}
END
"${CC:-cc}" -shared -fPIC -o "$tmp/fake.so" "$tmp/fake.c" -ldl || exit 1

fail() {
	failed=$((failed + 1))
	echo "not ok $number - $name"
	printf '%s\n' "$@" | sed 's/^/# /'
	sed 's/^/# stdout: /' "$tmp/out"
	sed 's/^/# stderr: /' "$tmp/err"
}

# run NAME EXIT ARGUMENT...: the command's exit code is as it should be
run() {
	local got

	name=$1
	local want=$2
	shift 2
	number=$((number + 1))
	LD_PRELOAD=$preload "$daxplug" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" -ne "$want" ]; then
		fail "daxplug $*: exit $got, expected $want"
		return
	fi
	echo "ok $number - $name"
}

# out TEXT, err TEXT: the last run printed exactly this
out() {
	name="$name: stdout"
	number=$((number + 1))
	if [ "$(cat "$tmp/out")" = "$1" ]; then
		echo "ok $number - $name"
	else
		fail "expected: $1"
	fi
}

err() {
	name="$name: stderr"
	number=$((number + 1))
	if [ "$(cat "$tmp/err")" = "$1" ]; then
		echo "ok $number - $name"
	else
		fail "expected: $1"
	fi
}

# has FILE TEXT: the last run printed this somewhere
has() {
	name="$name: $1 has '$2'"
	number=$((number + 1))
	if grep -qF -- "$2" "$tmp/$1"; then
		echo "ok $number - $name"
	else
		fail "expected somewhere in $1: $2"
	fi
}

# wrote DEVICE WORD: this is what stands in the device's state
wrote() {
	name="$name: state"
	number=$((number + 1))
	if [ "$(head -n1 "$devices/$1/state")" = "$2" ]; then
		echo "ok $number - $name"
	else
		fail "state is $(cat "$devices/$1/state"), expected $2"
	fi
}

# device NAME SIZE NODE RANGES DRIVER [STATE]; "-" leaves a thing out
device() {
	local dir=$devices/$1 i

	mkdir -p "$dir"
	[ "$2" = - ] || echo "$2" >"$dir/size"
	[ "$3" = - ] || echo "$3" >"$dir/target_node"
	echo 2097152 >"$dir/align"
	for ((i = 0; i < $4; i++)); do
		mkdir "$dir/mapping$i"
		printf '0x%x\n' $((0x100000000 + i * 0x10000000)) >"$dir/mapping$i/start"
		printf '0x%x\n' $((0x107ffffff + i * 0x10000000)) >"$dir/mapping$i/end"
	done
	[ "$5" = - ] || ln -s "../../../bus/dax/drivers/$5" "$dir/driver"
	[ $# -lt 6 ] || echo "$6" >"$dir/state"
}

fresh() {
	rm -rf "$DAXPLUG_SYSFS"
	mkdir -p "$devices"
}

# The kernel's part: answer ERRNO [STATE LEFT BEHIND]
answer() {
	preload=$tmp/fake.so
	export FAKE_ERRNO=$1
	[ -n "$1" ] || unset FAKE_ERRNO
	unset FAKE_STATE
	[ $# -lt 2 ] || export FAKE_STATE=$2
}

### usage

fresh
run "help" 0 --help
has out "Usage: daxplug COMMAND"
has out "Exit status:"
err ""
run "short help" 0 -h
run "version" 0 --version
has out "daxplug "
for command in list plug unplug; do
	run "$command: help" 0 $command --help
	has out "Usage: daxplug $command"
done
run "no command" 2
err "daxplug: which command?
Try 'daxplug --help'."
run "unknown command" 2 frobnicate
err "daxplug: unknown command 'frobnicate'
Try 'daxplug --help'."
run "unknown option" 2 --frobnicate
run "list: unknown option" 2 list --frobnicate
has err "daxplug list: unrecognized option '--frobnicate'"
run "list: operand" 2 list dax0.0
run "plug: no device" 2 plug
err "daxplug plug: which device?
Try 'daxplug plug --help'."
run "plug: two devices" 2 plug dax0.0 dax1.0
err "daxplug plug: one too many: 'dax1.0'
Try 'daxplug plug --help'."
run "plug: unknown zone" 2 plug dax0.0 --zone normal
has err "unknown zone 'normal': it is movable, kernel or auto"
run "plug: empty zone" 2 plug dax0.0 --zone=
run "plug: zone without a value" 2 plug dax0.0 --zone
run "unplug: no device" 2 unplug
run "unplug: no zone" 2 unplug dax0.0 --zone movable

### list

run "list: no devices" 0 list
out ""
err "daxplug: there are no DAX devices"
rm -rf "$DAXPLUG_SYSFS/bus/dax"
run "list: no dax bus" 0 list
err "daxplug: there are no DAX devices"
rm -rf "$DAXPLUG_SYSFS"
run "list: no sysfs" 7 list
err "daxplug: cannot read the DAX devices in sysfs: no sysfs is mounted"

fresh
device dax10.0 1073741824 1 1 kmem unplugged
device dax2.10 2415919104 0 3 kmem online_movable
device dax2.9 134217728 0 1 device_dax
device dax0.0 0 -1 0 -
run "list: sorted by number" 0 list
out "\
DEVICE           SIZE NODE RANGES DRIVER     STATE
dax0.0            0 B    -      0 -          -
dax2.9      128.0 MiB    0      1 device_dax -
dax2.10       2.2 GiB    0      3 kmem       online_movable
dax10.0       1.0 GiB    1      1 kmem       unplugged"
err ""

fresh
device dax0.0 - - 0 kmem
device dax1.0 "12 bytes" x 0 kmem "half and half"
device dax2.0 99999999999999999999999 4294967295 0 kmem ""
device dax3.0 -1 "" 0 kmem "$(printf 'x%.0s' {1..5000})"
device dax4.0 1099511627775 007 0 kmem offline
device dax5.0 18446744073709551614 2 0 kmem inconsistent
mkdir "$devices/dax6.0" "$devices/dax6.0/state" "$devices/dax6.0/size"
mkdir "$devices/dax5.0/mapping" "$devices/dax5.0/mapping0x" \
	"$devices/dax5.0/mapping7" "$devices/dax5.0/mapping99999999999"
mkdir "$devices/dax" "$devices/dax1" "$devices/dax1." "$devices/dax01.0" \
	"$devices/dax1.0x" "$devices/xdax1.0" "$devices/dax99999999999.0"
ln -s nowhere "$devices/dax7.0"
run "list: missing, malformed and foreign things" 0 list
out "\
DEVICE           SIZE NODE RANGES DRIVER     STATE
dax0.0              ?    -      0 kmem       -
dax1.0              ?    -      0 kmem       ?
dax2.0              ?    -      0 kmem       ?
dax3.0              ?    -      0 kmem       ?
dax4.0        1.0 TiB    -      0 kmem       offline
dax5.0       16.0 EiB    2      1 kmem       inconsistent
dax6.0              ?    -      0 -          ?"

fresh
for ((i = 0; i < 300; i++)); do device dax$i.0 134217728 0 1 kmem unplugged; done
run "list: 300 devices" 0 list
has out "dax299.0"
if [ -w /dev/full ]; then
	number=$((number + 1))
	name="list: output that cannot be written"
	"$daxplug" list >/dev/full 2>"$tmp/err"
	code=$?
	if [ $code -eq 1 ]; then
		echo "ok $number - $name"
	else
		fail "exit $code, expected 1"
	fi
	has err "cannot write output: No space left on device"
fi

### no such device, no state

fresh
device dax0.0 4294967296 0 1 kmem unplugged
for bad in dax9.9 dax0 "" . .. ../devices/dax0.0 dax0.0/ dax00.0 /dev/dax0.0 "$(printf 'x%.0s' {1..5000})"; do
	run "no such device: '${bad:0:20}'" 3 plug "$bad"
	err "daxplug: $bad: no such device; see daxplug list for those there are"
done
run "unplug: no such device" 3 unplug dax9.9

device dax1.0 4294967296 0 1 device_dax
device dax2.0 4294967296 0 1 kmem
device dax3.0 4294967296 0 1 -
run "plug: held by device_dax" 7 plug dax1.0
err "\
daxplug: dax1.0: not plugged: not supported: it is held by the driver device_dax, which has no state
daxplug: dax1.0: next: bind it to kmem: echo dax1.0 > /sys/bus/dax/drivers/device_dax/unbind; modprobe kmem; echo dax1.0 > /sys/bus/dax/drivers/kmem/new_id"
run "unplug: held by the stock kmem" 7 unplug dax2.0
err "\
daxplug: dax2.0: not unplugged: not supported: it is held by the kernel's own kmem driver, which has no state before Linux 7.3
daxplug: dax2.0: next: load daxplug's kmem module in its place, or boot Linux 7.3 or later"
run "plug: held by nobody" 7 plug dax3.0
has err "no driver holds it, so it has no state"
has err "modprobe kmem; echo dax3.0 > /sys/bus/dax/drivers/kmem/new_id"
device dax4.0 4294967296 0 1 kmem frobnicated
run "plug: a state of the future" 7 plug dax4.0
has err "its state cannot be read: a word that this daxplug does not know"
wrote dax4.0 frobnicated

### plug and unplug

answer ""
run "plug" 0 plug dax0.0
out "dax0.0: unplugged -> online_movable (4.0 GiB)"
err ""
wrote dax0.0 online_movable
run "plug again" 0 plug dax0.0
out "dax0.0: nothing to do: already online_movable (4.0 GiB)"
run "unplug" 0 unplug dax0.0
out "dax0.0: online_movable -> unplugged (4.0 GiB)"
wrote dax0.0 unplugged
run "unplug again" 0 unplug dax0.0
out "dax0.0: nothing to do: already unplugged (4.0 GiB)"
for zone in movable:online_movable kernel:online_kernel auto:online; do
	run "plug: zone ${zone%:*}" 0 plug --zone "${zone%:*}" dax0.0
	wrote dax0.0 "${zone#*:}"
	run "unplug" 0 unplug dax0.0
done
rm "$devices/dax0.0/size"
run "plug: size unknown" 0 plug dax0.0 -z kernel
out "dax0.0: unplugged -> online_kernel"

### refused, undone, and worse

fresh
device dax0.0 4294967296 0 1 kmem unplugged
answer 16 unplugged
run "the refusals can be played (not with a static $daxplug)" 4 plug dax0.0
[ $failed -eq 0 ] || exit 1

# start STATE: one device in this state
start() {
	fresh
	device dax0.0 4294967296 0 1 kmem "$1"
}

# refused NAME EXIT ERRNO COMMAND STATE TEXT [NEXT]: unchanged, and says so
refused() {
	start "$5"
	answer "$3" "$5"
	run "$1" "$2" "$4" dax0.0
	out ""
	err "daxplug: dax0.0: $6; nothing was changed, state is still $5${7:+
daxplug: dax0.0: next: $7}"
}

refused "unplug: EBUSY" 4 16 unplug online_movable \
	"not unplugged: a block refused to go offline (EBUSY)" \
	"see dmesg for the block and who refused, then try again"
refused "unplug: EINTR" 4 4 unplug online_kernel \
	"not unplugged: interrupted: undone (EINTR)"
refused "unplug: ETIMEDOUT" 6 110 unplug online \
	"not unplugged: the time limit passed: undone (ETIMEDOUT)" \
	"find what holds the memory, or allow more time"
refused "unplug: EACCES" 7 13 unplug online_movable \
	"not unplugged: you may not change its state (EACCES)" "run it as root"
refused "unplug: ENOMEM" 4 12 unplug online_movable \
	"not unplugged: the kernel has no memory for the bookkeeping of it (ENOMEM)" \
	"free some memory and try again"
refused "unplug: an errno of no meaning here" 4 33 unplug online_movable \
	"not unplugged: Numerical argument out of domain (errno 33)" \
	"see dmesg for the reason"
refused "plug: EBUSY" 4 16 plug unplugged \
	"not plugged: its range is taken, or a block refused to come online (EBUSY)" \
	"see dmesg for the block and who refused, then try again"
refused "plug: plugged in another way" 4 16 plug online_kernel \
	"not plugged: it is plugged in another way (EBUSY)" \
	"daxplug unplug dax0.0, then plug it"
refused "plug: offline" 4 16 plug offline \
	"not plugged: its blocks are there, offline (EBUSY)" \
	"daxplug unplug dax0.0, then plug it"
refused "plug: EINTR" 4 4 plug unplugged \
	"not plugged: interrupted: undone (EINTR)"
refused "plug: EPERM" 7 1 plug unplugged \
	"not plugged: you may not change its state (EPERM)" \
	"run it as root; see dmesg if it says so to root"
refused "plug: EROFS" 7 30 plug unplugged \
	"not plugged: sysfs is mounted read-only here (EROFS)" \
	"run it outside the container, or where sysfs is writable"
refused "plug: EOPNOTSUPP of the driver" 7 95 plug unplugged \
	"not plugged: its driver cannot do that (EOPNOTSUPP)" \
	"see dmesg for the reason"
refused "plug: EINVAL" 4 22 plug unplugged \
	"not plugged: the driver does not take it: no whole memory block in it, or no such zone (EINVAL)" \
	"see dmesg for the reason"
refused "plug: ENOMEM" 4 12 plug unplugged \
	"not plugged: the kernel has no memory for the bookkeeping of it (ENOMEM)" \
	"free some memory and try again"

start online_movable
mkdir "$devices/dax0.0/plug"
touch "$devices/dax0.0/plug/blockers" "$devices/dax0.0/plug/timeout_ms"
answer 16 online_movable
run "unplug: EBUSY, with blockers" 4 unplug dax0.0
has err "next: see $devices/dax0.0/plug/blockers for what holds it"
answer 110 online_movable
run "unplug: ETIMEDOUT, with timeout_ms" 6 unplug dax0.0
has err "or allow more time, in $devices/dax0.0/plug/timeout_ms"

start online_movable
answer 16 inconsistent
run "unplug: the undo failed" 5 unplug dax0.0
err "\
daxplug: dax0.0: not unplugged: a block refused to go offline (EBUSY); state was online_movable and is now inconsistent
daxplug: dax0.0: next: see dmesg for the block, then daxplug unplug dax0.0"
run "unplug: inconsistent before and after" 5 unplug dax0.0
has err "(EBUSY); state is inconsistent, as before"
start online_movable
answer 4 inconsistent
run "unplug: interrupted, the undo failed" 5 unplug dax0.0
has err "not unplugged: interrupted (EINTR); state was online_movable and is now inconsistent"
start inconsistent
answer 13 inconsistent
run "unplug: inconsistent, and not allowed" 7 unplug dax0.0
has err "nothing was changed, state is still inconsistent"
start inconsistent
answer ""
run "plug: repair" 0 plug dax0.0
out "dax0.0: inconsistent -> online_movable (4.0 GiB)"
start unplugged
answer 16 online
run "plug: someone else plugged it" 5 plug dax0.0
has err "state was unplugged and is now online: someone else changes it too"
start unplugged
answer "" inconsistent
run "plug: success that is not true" 5 plug dax0.0
has err "the kernel reported success, but state is inconsistent instead of online_movable"
start online_movable
answer 16 -
run "unplug: the state is gone" 5 unplug dax0.0
has err "its state was online_movable and cannot be read any more"
start online_movable
answer 19 -
run "unplug: unbound before it began" 7 unplug dax0.0
has err "not supported: it is held by the kernel's own kmem driver"

### signals, and the permissions that this user really lacks

# stopped SIGNAL COMMAND STATE: a signal during the write
stopped() {
	local pid code waited=0

	number=$((number + 1))
	name="$2: SIG$1 while it runs"
	start "$3"
	answer 4 "$3"
	# Under nohup SIGHUP is ignored, by whatever is started there.
	FAKE_WAIT=1 LD_PRELOAD=$preload env --default-signal "$daxplug" "$2" dax0.0 \
		>"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until grep -q pause "/proc/$pid/wchan" 2>/dev/null ||
	      [ "$(cut -d' ' -f1 "/proc/$pid/syscall" 2>/dev/null)" = 34 ]; do
		kill -0 $pid 2>/dev/null || break
		sleep 0.05
		[ $((waited += 1)) -lt 40 ] || break
	done
	kill -s "$1" $pid
	wait $pid
	code=$?
	if [ $code -eq 4 ]; then
		echo "ok $number - $name"
	else
		fail "exit $code, expected 4"
	fi
	has err "interrupted: undone (EINTR); nothing was changed, state is still $3"
}

stopped INT plug unplugged
stopped INT unplug online_movable
stopped TERM unplug online_movable
stopped HUP plug unplugged

preload=
if [ "$(id -u)" -ne 0 ]; then
	start unplugged
	chmod 444 "$devices/dax0.0/state"
	run "plug: not root" 7 plug dax0.0
	has err "you may not change its state (EACCES); nothing was changed"
	chmod 000 "$devices"
	run "list: unreadable" 7 list
	has err "cannot read the DAX devices in sysfs: Permission denied"
	chmod 755 "$devices"
else
	echo "# as root, permissions are not lacking: that part was played above"
fi

echo "1..$number"
[ $failed -eq 0 ] || { echo "# $failed of $number failed"; exit 1; }
