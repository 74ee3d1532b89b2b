#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the policy files: layers, masks and permissions. Also tests apply --print and
# apply --check-config, which read these files, and plug --persist, which writes one.
#
# usage: test_policy_files.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

etc=$DAXPLUG_ROOT/etc/daxplug usr=$DAXPLUG_ROOT/usr/lib/daxplug run=$DAXPLUG_ROOT/run/daxplug
# rules FILE LINE...: writes one policy file
rules() {
	local file=$1
	shift
	mkdir -p "${file%/*}"
	printf '%s\n' "$@" >"$file"
}
start() {
	fresh
	mkdir -p "$DAXPLUG_ROOT/etc"
	umask 022
	answer ""
	device dax0.0 4294967296 1 1 kmem unplugged
	device dax1.0 1073741824 2 2 kmem unplugged
}

### layers

start
run "no policy at all" 0 apply
out "there is no policy: no rule in /etc/daxplug/daxplug.conf.d/*.conf or the other files of daxplug.conf(5)"
rules "$usr/daxplug.conf" "[all]" "device = all" "state = online"
run "a main file, of the vendor" 0 apply
wrote dax0.0 online
wrote dax1.0 online
start
rules "$usr/daxplug.conf" "[all]" "device = all" "state = online"
rules "$etc/daxplug.conf" "[all]" "device = all" "state = online_kernel"
rules "$usr/daxplug.conf.d/50-x.conf" "[one]" "node = 1" "state = online_movable"
run "the main file of /etc hides it, and a drop-in precedes both" 0 apply
wrote dax0.0 online_movable
wrote dax1.0 online_kernel
start
rules "$usr/daxplug.conf.d/10-x.conf" "[one]" "node = 1" "state = online"
rules "$run/daxplug.conf.d/20-y.conf" "[all]" "device = all" "state = online_kernel"
rules "$etc/daxplug.conf.d/30-z.conf" "[all]" "device = all" "state = online_movable"
run "drop-ins in the order of their names, not of their layers" 0 apply
wrote dax0.0 online
wrote dax1.0 online_kernel
start
rules "$usr/daxplug.conf.d/10-x.conf" "[one]" "device = all" "state = online"
rules "$run/daxplug.conf.d/10-x.conf" "[one]" "device = all" "state = online_kernel"
rules "$etc/daxplug.conf.d/10-x.conf" "[one]" "node = 1" "state = online_movable"
run "a drop-in hides those of its name in the layers below" 0 apply
wrote dax0.0 online_movable
wrote dax1.0 unplugged
ln -sf /dev/null "$etc/daxplug.conf.d/10-x.conf"
run "a link to /dev/null masks them" 0 apply --check
has out "there is no policy"
rm "$etc/daxplug.conf.d/10-x.conf"
: >"$etc/daxplug.conf.d/10-x.conf"
run "an empty file masks them, too" 0 apply --check
has out "there is no policy"
rm "$etc/daxplug.conf.d/10-x.conf"
run "without the mask the next layer counts" 1 apply --check
has out "-> online_kernel: differs [one, $run/daxplug.conf.d/10-x.conf:1]"

### who may write them

# refused WHAT FILE TEXT NEXT: claims that FILE is ignored, with the reason TEXT and the advice NEXT, and
# that the other files are read
refused() {
	run "$1" 2 apply
	err "\
daxplug: $2: refused: $3
daxplug: $2: next: check what it contains, then $4 $2"
	wrote dax0.0 online_movable
	wrote dax1.0 unplugged
}
start
bad=$etc/daxplug.conf.d/10-bad.conf
rules "$bad" "[bad]" "node = 2" "state = online"
rules "$etc/daxplug.conf.d/20-good.conf" "[good]" "node = 1" "state = online_movable"
chmod 666 "$bad"
refused "a file that everybody may write" "$bad" "everybody may write it (mode 0666)" "chmod go-w"
chmod 664 "$bad"
refused "a file that its group may write" "$bad" "its group may write it (mode 0664)" "chmod go-w"
if [ "$(id -u)" -eq 0 ]; then
	chmod 644 "$bad"
	chown 65534 "$bad"
	refused "a file of nobody's" "$bad" "it belongs to the user 65534, not to root" "chown root:root"
	chown 0 "$bad"
fi
chmod 644 "$bad"
rules "$usr/daxplug.conf.d/10-bad.conf" "[bad]" "node = 2" "state = online"
mv "$bad" "$usr/daxplug.conf.d/"
chmod 777 "$usr/daxplug.conf.d"
refused "a directory that everybody may write" "$usr/daxplug.conf.d" "everybody may write it (mode 0777)" "chmod go-w"
chmod 755 "$usr/daxplug.conf.d"
chmod 775 "$usr"
refused "the directory above it" "$usr" "its group may write it (mode 0775)" "chmod go-w"
chmod 755 "$usr"
run "the permissions are repaired" 0 apply
wrote dax1.0 online
rm -r "$usr" "$etc"
mkdir -p "$etc/daxplug.conf.d"
mkfifo "$etc/daxplug.conf.d/10-fifo.conf"
run "a FIFO" 2 apply
err "daxplug: $etc/daxplug.conf.d/10-fifo.conf: not a regular file"
if [ "$(id -u)" -eq 0 ] && user_may_run "without permission to read the policy, apply --check reports the error" "$daxplug" --version; then
	chmod 700 "$etc"
	name="without permission to read the policy, apply --check reports the error"
	as_nobody "$daxplug" apply --check >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 7 ]; then ok; else fail "exit $code, expected 7"; fi
	has err "daxplug: $etc: Permission denied"
fi

### apply --print, --check-config

start
rules "$etc/daxplug.conf.d/10-a.conf" "[one]" "node = 1" "state = online_movable" "guard = off" "timeout = 5min" \
	"[typo]" "serial = 0x99" "state = online"
rules "$usr/daxplug.conf.d/10-a.conf" "[one]" "node = 1" "state = online"
ln -s /dev/null "$etc/daxplug.conf.d/20-b.conf"
run "--print" 0 apply --print
out "\
# $etc/daxplug.conf.d/10-a.conf
[one]
node = 1
state = online_movable
guard = off
timeout = 5min
[typo]
serial = 0x99
state = online

# $usr/daxplug.conf.d/10-a.conf: not read: hidden by $etc/daxplug.conf.d/10-a.conf

# $etc/daxplug.conf.d/20-b.conf: not read: masked

# dax0.0: state online_movable guard off timeout 300000 ms [one, $etc/daxplug.conf.d/10-a.conf:1]
# dax1.0: no rule"
err "daxplug: $etc/daxplug.conf.d/10-a.conf:6: [typo]: matches no device"
wrote dax0.0 unplugged
mkdir "$tmp/again"
cp "$tmp/out" "$tmp/again/again.conf"
run "the output of --print is a policy with the same meaning" 0 apply --print --config "$tmp/again"
has out "# dax0.0: state online_movable guard off timeout 300000 ms [one, $tmp/again/again.conf:2]"
run "--print --strict" 1 apply --print --strict
run "--print --json" 0 apply --print --json
python3 - "$tmp/out" >"$tmp/got" 2>&1 <<-END
	import json, sys
	o = json.load(open(sys.argv[1]))
	print([f["status"] for f in o["files"]], [(d["name"], d["rule"], d["state"]) for d in o["devices"]],
	      [r["rule"] for r in o["unmatched"]], o["unmet"], o["warnings"])
END
holds "$tmp/got" "['read', 'hidden', 'masked'] [('dax0.0', 'one', 'online_movable'), ('dax1.0', None, None)] ['typo'] [] []"
run "--check-config" 0 apply --check-config
out "files read: 1, rules without an error: 2, files with an error: 0"
rules "$etc/daxplug.conf.d/10-a.conf" "[one]" "node = 1" "stat = online"
run "--check-config: an error" 2 apply --check-config
err "daxplug: $etc/daxplug.conf.d/10-a.conf:3: unknown key 'stat'"
out "files read: 1, rules without an error: 0, files with an error: 1"
run "--print: an error" 2 apply --print
has out "# dax0.0: not changed, its rule has an error [one, "
run "--print with --check" 2 apply --print --check
rm -r "$DAXPLUG_SYSFS"
run "--check-config needs no device" 2 apply --check-config

### plug --persist

start
card dax0.0 0 0x1234 0x1235
card dax1.0 1 7
file=$etc/daxplug.conf.d/10-persist-serial-0x1234.conf
run "--persist --dry-run" 0 plug --persist --dry-run dax0.0
has out "dax0.0: would be persisted by /etc/daxplug/daxplug.conf.d/10-persist-serial-0x1234.conf"
name="$name: there is no file"
if [ -e "$etc" ]; then fail; else ok; fi
(umask 077 && LD_PRELOAD=$preload "$daxplug" plug --persist --zone kernel dax0.0 >"$tmp/out" 2>"$tmp/err")
code=$?
name="--persist"
if [ $code -eq 0 ]; then ok; else fail "exit $code, expected 0"; fi
has out "dax0.0: persisted by /etc/daxplug/daxplug.conf.d/10-persist-serial-0x1234.conf"
name="$name: the rule has serial numbers, not the device's name"
if [ "$(grep -v '^#' "$file")" = "\
[serial 0x1234, 0x1235]
serial = 0x1234, 0x1235
state = online_kernel" ]; then ok; else fail "$(cat "$file")"; fi
name="$name: only root may write the file"
if [ "$(stat -c %a "$file") $(ls -A "${file%/*}")" = "644 ${file##*/}" ]; then ok; else fail "$(ls -lA "${file%/*}")"; fi
run "the policy has it" 0 apply --check --strict
run "--persist again: the policy has the rule" 0 plug --persist --zone kernel dax0.0
has out "dax0.0: the policy already has such a rule"
answer ""
echo unplugged >"$devices/dax0.0/state"
run "another zone and a time limit" 0 plug --persist --timeout 90s --json dax0.0
has out '"file":"/etc/daxplug/daxplug.conf.d/10-persist-serial-0x1234.conf"'
name="$name: the rule is written anew"
if [ "$(tail -n 2 "$file")" = "\
state = online_movable
timeout = 90000ms" ]; then ok; else fail "$(cat "$file")"; fi
run "unplug --persist" 0 unplug --persist dax0.0
has out "dax0.0: persisted by"
name="$name: the state"
if [ "$(tail -n 1 "$file")" = "state = unplugged" ]; then ok; else fail "$(cat "$file")"; fi
echo 92944d13-20ab-4420-9a9c-f84c46fa91cf >"$DAXPLUG_SYSFS/real/root0/decoder0.0/region1/uuid"
run "by UUID where there is one" 0 plug --persist dax1.0
name="$name: the UUID"
if grep -qx "uuid = 92944d13-20ab-4420-9a9c-f84c46fa91cf" \
	"$etc/daxplug.conf.d/10-persist-uuid-92944d13-20ab-4420-9a9c-f84c46fa91cf.conf"; then ok; else fail; fi

# not_persisted WHAT TEXT [EXIT]: claims that plug --persist fails with the message TEXT, and that dax0.0
# is not plugged
not_persisted() {
	run "$1" "${3:-4}" plug --persist dax0.0
	has err "$2"
	wrote dax0.0 unplugged
}
start
not_persisted "a device without a serial number or UUID" \
	"daxplug: dax0.0: no rule can be written for it: it has neither a UUID nor a serial number; nothing was changed"
card dax0.0 0 0
not_persisted "serial number 0" "serial number 0 is that of cards without one; nothing was changed"
start
card dax0.0 0 7
card dax1.0 1 7
not_persisted "a serial number of two cards" "both have the serial number 0x7; nothing was changed"
start
card dax0.0 0 7
rules "$etc/daxplug.conf.d/05-first.conf" "[first]" "node = 1" "state = online"
not_persisted "a rule that comes before" \
	"dax0.0: its rule is [first] in $etc/daxplug.conf.d/05-first.conf:1, which comes before one of --persist; nothing was changed"
rm "$etc/daxplug.conf.d/05-first.conf"
rules "$etc/daxplug.conf" "[by number]" "device = dax0.0" "state = online_movable"
run "a rule by number is not enough" 0 plug --persist dax0.0
has out "dax0.0: persisted by"
echo unplugged >"$devices/dax0.0/state"
rm -r "$etc"
rules "$etc/daxplug.conf.d/99-bad.conf" "[bad"
not_persisted "a policy with an error" "the policy has errors, repair them first; nothing was changed" 2
chmod 777 "$etc/daxplug.conf.d"
not_persisted "a directory that everybody may write" "refused: everybody may write it" 7
chmod 755 "$etc/daxplug.conf.d"
rm "$etc/daxplug.conf.d/99-bad.conf"
answer 16 unplugged
run "a plug that is refused is not persisted" 4 plug --persist dax0.0
name="$name: there is no file"
if [ -e "$etc/daxplug.conf.d/10-persist-serial-0x7.conf" ]; then fail; else ok; fi

### a file that cannot be read to its end

"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/bad_disk.so" \
	"$(dirname "$0")/bad_disk.c" || exit 1
start
card dax0.0 0 7
# The rule of dax0.0 is in the part that cannot be read. Without it the rule for all devices would plug dax0.0.
rules "$etc/daxplug.conf.d/20-x.conf" "[one]" "node = 2" "state = online" "[mine]" "node = 1" "state = unplugged"
rules "$etc/daxplug.conf.d/30-y.conf" "[rest]" "device = all" "state = online_movable"
preload="$tmp/bad_disk.so $tmp/fake.so"
export BAD_DISK=
# not_read NAME LINE: claims that the policy with this file is not applied, and that the line is named
not_read() {
	run "apply: $1" 2 apply
	has err "daxplug: $etc/daxplug.conf.d/20-x.conf:$2: Input/output error"
	wrote dax0.0 unplugged
	wrote dax1.0 unplugged
	run "plug --persist: $1" 2 plug --persist dax0.0
	has err "the policy has errors, repair them first; nothing was changed"
	wrote dax0.0 unplugged
	name="$name: no file is written"
	if [ "$(ls -A "$etc/daxplug.conf.d")" = "20-x.conf
30-y.conf" ]; then ok; else fail "$(ls -A "$etc/daxplug.conf.d")"; fi
	run "apply --print: $1" 2 apply --print
	out ""
	run "doctor: $1" 1 doctor --id policy
	has out "20-x.conf:$2: Input/output error"
}
BAD_DISK=6:/20-x.conf
not_read "the first line is all" 2
BAD_DISK=40:/20-x.conf
not_read "a key is cut" 5
rules "$etc/daxplug.conf.d/20-x.conf" "[one]" "x = 2" "[two]" "node = 2" "state = online" "[mine]" "node = 1" "state = unplugged"
BAD_DISK=50:/20-x.conf
run "another error of the file comes before" 2 apply
has err "20-x.conf:7: Input/output error"
wrote dax0.0 unplugged
unset BAD_DISK
preload=$tmp/fake.so
export FAKE_CANNOT_OPEN=24:/20-x.conf
run "there is no descriptor for a file" 2 apply
err "daxplug: $etc/daxplug.conf.d/20-x.conf: Too many open files"
wrote dax0.0 unplugged
export FAKE_CANNOT_OPEN=13:/20-x.conf
run "a file that may not be read is an error of the file only" 2 apply
wrote dax1.0 online_movable
unset FAKE_CANNOT_OPEN
echo unplugged | tee "$devices"/dax[01].0/state >"$tmp/out"
run "the disk is good again" 2 apply
wrote dax0.0 unplugged
wrote dax1.0 online

finish
