# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Functions for the tests of the command. They make a /sys in a temporary directory, run the command
# on it, and check what the command prints. A test sources this file first and ends with `finish`.

daxplug=$(realpath "${1:-build/daxplug}") || exit 1
[ -x "$daxplug" ] || { echo "no $daxplug: run make first"; exit 1; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"

export DAXPLUG_SYSFS=$tmp/sys DAXPLUG_RUN=$tmp/run DAXPLUG_ROOT=$tmp/root LC_ALL=C
export ASAN_OPTIONS=verify_asan_link_order=0
devices=$DAXPLUG_SYSFS/bus/dax/devices
memory=$DAXPLUG_SYSFS/devices/system/memory
drivers=$DAXPLUG_SYSFS/bus/dax/drivers
number=0
failed=0
preload=
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/fake.so" \
	"$(dirname "${BASH_SOURCE[0]}")"/fake_{kernel,reads}.c || exit 1

ok() {
	number=$((number + 1))
	echo "ok $number - $name"
}

fail() {
	number=$((number + 1))
	failed=$((failed + 1))
	echo "not ok $number - $name"
	printf '%s\n' "$@" | sed 's/^/# /'
	sed 's/^/# stdout: /' "$tmp/out"
	sed 's/^/# stderr: /' "$tmp/err"
}

# run NAME EXIT ARGUMENT...: runs the command and claims that its exit status is EXIT
run() {
	local got
	name=$1
	local want=$2
	shift 2
	LD_PRELOAD=$preload "$daxplug" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" -eq "$want" ]; then
		ok
	else
		fail "daxplug $*: exit $got, expected $want"
	fi
}

# same FILE TEXT: claims that the last run printed exactly TEXT. FILE is out for the standard output,
# or err for the standard error
same() {
	name="$name: $1"
	if [ "$(cat "$tmp/$1")" = "$2" ]; then ok; else fail "expected: $2"; fi
}
out() { same out "$1"; }
err() { same err "$1"; }

# has FILE TEXT: claims that the last run printed TEXT, perhaps among other text. FILE is as in same()
has() {
	name="$name: $1 has '$2'"
	if grep -qF -- "$2" "$tmp/$1"; then ok; else fail "expected somewhere in $1: $2"; fi
}

# holds FILE TEXT: claims that TEXT is the first line of FILE in the made-up /sys
holds() {
	name="$name: ${1##*/}"
	if [ "$(head -n1 "$1")" = "$2" ]; then ok; else fail "it is $(cat "$1"), expected $2"; fi
}
wrote() { holds "$devices/$1/state" "$2"; }

# device NAME SIZE NODE RANGES DRIVER [STATE]: makes a device. If a value is "-", its file is left out.
# With STATE, the device also has the files of daxplug's module. Devices with the same first number,
# such as dax0.0 and dax0.1, have the same addresses. A single range has SIZE bytes. If there are
# several ranges, each has 128 MiB.
device() {
	local dir=$devices/$1 i base region=${1#dax} length=0x8000000

	base=$((0x100000000 + ${region%.*} * 0x1000000000))

	[[ "$4:$2" != 1:[1-9]* ]] || length=$2
	mkdir -p "$dir"
	[ "$2" = - ] || echo "$2" >"$dir/size"
	[ "$3" = - ] || echo "$3" >"$dir/target_node"
	echo 2097152 >"$dir/align"
	for ((i = 0; i < $4; i++)); do
		mkdir "$dir/mapping$i"
		printf '0x%x\n' $((base + i * 0x10000000)) >"$dir/mapping$i/start"
		printf '0x%x\n' $((base + i * 0x10000000 + length - 1)) >"$dir/mapping$i/end"
	done
	[ "$5" = - ] || ln -s "../../../bus/dax/drivers/$5" "$dir/driver"
	[ $# -ge 6 ] || return 0
	echo "$6" >"$dir/state"
	mkdir "$dir/plug"
}

# blocks DEVICE COUNT: makes an unbound device of COUNT blocks of 128 MiB in one range, for a kernel
# that has no attribute `state` and can only switch single blocks
blocks() {
	local dir=$devices/$1

	mkdir -p "$dir/mapping0"
	echo 2097152 >"$dir/align"
	echo $(($2 * 0x8000000)) >"$dir/size"
	echo 1 >"$dir/target_node"
	echo 0x100000000 >"$dir/mapping0/start"
	printf '0x%x\n' $((0x100000000 + $2 * 0x8000000 - 1)) >"$dir/mapping0/end"
	seq 32 $((31 + $2)) >"$dir/fake_blocks"
	mkdir -p "$drivers/kmem"
	touch "$drivers/kmem/bind" "$drivers/kmem/unbind" "$drivers/kmem/new_id" \
		"$drivers/kmem/remove_id"
}

# card DEVICE REGION SERIAL...: puts an existing device into a CXL region. The region has the memory
# devices mem<REGION>0, mem<REGION>1, ... with these serial numbers
card() {
	local device=$1 region=$2 real=$DAXPLUG_SYSFS/real cxl=$DAXPLUG_SYSFS/bus/cxl/devices i=0 id serial

	shift 2
	mkdir -p "$real/root0/decoder0.0/region$region/dax_region$region" "$cxl"
	mv "$devices/$device" "$real/root0/decoder0.0/region$region/dax_region$region/"
	ln -s "../../../real/root0/decoder0.0/region$region/dax_region$region/$device" "$devices/"
	for serial; do
		id=$region$i
		mkdir -p "$real/port1/endpoint$id/decoder$id.0" "$real/pci/mem$id"
		echo "decoder$id.0" >"$real/root0/decoder0.0/region$region/target$i"
		ln -sfn "../../../real/port1/endpoint$id/decoder$id.0" "$cxl/decoder$id.0"
		ln -sfn "../../pci/mem$id" "$real/port1/endpoint$id/uport"
		ln -sfn "../../../real/pci/mem$id" "$cxl/mem$id"
		echo "$serial" >"$real/pci/mem$id/serial"
		i=$((i + 1))
	done
}

fresh() {
	rm -rf "$DAXPLUG_SYSFS" "$DAXPLUG_RUN" "$DAXPLUG_ROOT"
	mkdir -p "$devices" "$memory"
	echo 8000000 >"$memory/block_size_bytes"
	echo online >"$memory/auto_online_blocks"
	unset FAKE_ERRNO FAKE_STATE FAKE_FAIL FAKE_LOG FAKE_REFUSE FAKE_NATIVE
}

# kernel PAGES: makes a /proc/zoneinfo in which PAGES pages more than the high watermark are free
# outside ZONE_MOVABLE
kernel() {
	mkdir -p "$DAXPLUG_ROOT/proc"
	printf '%s\n' "Node 0, zone   Normal" "  per-node stats" "      nr_inactive_file 999999" "  pages free     $(($1 + 100))" \
		"        high     100" "      nr_zone_inactive_file 0" "    cpu: 0" "              high:  378" \
		"Node 0, zone  Movable" "  pages free     999999" "        high     0" >"$DAXPLUG_ROOT/proc/zoneinfo"
}

# answer ERRNO [STATE]: from now on, a write to a file `state` fails with ERRNO, or succeeds if ERRNO
# is empty. After the write the file contains STATE, if STATE is given.
answer() {
	preload=$tmp/fake.so
	export FAKE_ERRNO=$1
	[ -n "$1" ] || unset FAKE_ERRNO
	unset FAKE_STATE
	[ $# -lt 2 ] || export FAKE_STATE=$2
}

# waiting COMMAND...: runs COMMAND in the background, and returns when the made-up kernel waits for a
# signal. The process of COMMAND is $!
waiting() {
	[ -p "$tmp/ready" ] || { mkfifo "$tmp/ready" && exec 8<>"$tmp/ready"; } || exit 1
	FAKE_READY=$tmp/ready LD_PRELOAD=$preload "$@" >"$tmp/out" 2>"$tmp/err" &
	# The limit only ends a test that hangs.
	read -r -t 60 -u 8 || fail "it does not wait"
}

# as_nobody COMMAND...: runs COMMAND without root's rights
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# user_may_run NAME PROGRAM ARGUMENT...: succeeds if a user without root's rights can run PROGRAM. If
# this tree is in a directory that only root may enter, the user cannot. Then the test NAME is skipped.
user_may_run() {
	as_nobody "${@:2}" >/dev/null 2>&1 && return
	echo "skipped $1: only root may run $2 here"
	return 1
}

# has_terminal NAME: succeeds if a pseudo-terminal can be made. Without /dev/pts none can be made. Then
# the test NAME is skipped.
has_terminal() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 && return
	echo "skipped $1: no pseudo-terminal can be made here"
	return 1
}

finish() {
	echo "1..$number"
	[ $failed -eq 0 ] || echo "# $failed of $number failed"
	[ $failed -eq 0 ]
	exit
}
