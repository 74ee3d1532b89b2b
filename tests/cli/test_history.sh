#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the journal entries that the command writes for each change, and of daxplug history.
# The command must never wait long for the journal. fake_journal.c receives the entries in place of
# journald, and the test checks their fields. For history, a real systemd-journald runs in its own
# mount namespace.
#
# usage: test_history.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
id=b2cfc6e8b31f41f892437f089df346cc

"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -o "$tmp/fake_journal" "$(dirname "$0")/fake_journal.c" || exit 1

# journal NAME EXIT [syslog|stuck] ARGUMENT...: runs the command with a socket in place of the socket
# of the journal, or of syslog. The entries that the command sends are then in $tmp/entries. With
# stuck, the socket is full and is never read.
journal() {
	local want=$2 kind=take socket=$DAXPLUG_ROOT/run/systemd/journal/socket got
	name=$1
	shift 2
	case $1 in
	stuck) kind=stuck; shift ;;
	syslog) socket=$DAXPLUG_ROOT/dev/log; shift ;;
	esac
	mkdir -p "${socket%/*}"
	# The limit only ends a test that hangs.
	timeout 60 "$tmp/fake_journal" "$kind" "$socket" "$tmp/entries" \
		env LD_PRELOAD="$preload" "$daxplug" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ $got -eq "$want" ]; then ok; else fail "exit $got, expected $want"; fi
}
# entries COUNT: claims that COUNT entries were sent
entries() {
	name="$name: $1 entries"
	if [ "$(grep -c '^--$' "$tmp/entries")" -eq "$1" ]; then ok; else fail "$(cat "$tmp/entries")"; fi
}
# field LINE...: claims that the entries of the last run contain each line
field() {
	local line
	name="$name: $*"
	for line; do
		grep -qxF -- "$line" "$tmp/entries" || { fail "no $line in:" "$(cat "$tmp/entries")"; return; }
	done
	ok
}
# no_field NAME...: claims that the entries of the last run have no such field
no_field() {
	local field
	name="$name: no $*"
	for field; do
		if grep -q "^$field=" "$tmp/entries"; then fail "$(cat "$tmp/entries")"; return; fi
	done
	ok
}
# process UNIT LOGIN: makes the files of /proc in which the command reads its own unit and login
process() {
	mkdir -p "$DAXPLUG_ROOT/proc/self"
	printf 'daxplug\0plug\0dax0.0\0' >"$DAXPLUG_ROOT/proc/self/cmdline"
	echo "0::/system.slice/$1" >"$DAXPLUG_ROOT/proc/self/cgroup"
	printf '%s' "$2" >"$DAXPLUG_ROOT/proc/self/loginuid"
}

### plug and unplug

fresh
answer ""
device dax0.0 1073741824 1 1 kmem unplugged
card dax0.0 3 0x1234 0x5678
process session-3.scope 1000
journal "plug" 0 plug dax0.0
entries 1
field "MESSAGE=dax0.0: unplugged -> online_movable: done" "MESSAGE_ID=$id" PRIORITY=5 SYSLOG_IDENTIFIER=daxplug \
	DAXPLUG_DEVICE=dax0.0 DAXPLUG_SERIAL=0x1234 DAXPLUG_SERIAL=0x5678 DAXPLUG_COMMAND=plug DAXPLUG_WHAT=state \
	DAXPLUG_FROM=unplugged DAXPLUG_TO=online_movable DAXPLUG_AFTER=online_movable DAXPLUG_OUTCOME=done DAXPLUG_EXIT=0 \
	DAXPLUG_BYTES=1073741824 DAXPLUG_BACKEND=module "DAXPLUG_UID=$(id -u)" DAXPLUG_LOGIN_UID=1000 \
	DAXPLUG_UNIT=session-3.scope "DAXPLUG_COMMAND_LINE=daxplug plug dax0.0"
name="$name: a pid, and how long it took"
if grep -qE '^DAXPLUG_PID=[0-9]+$' "$tmp/entries" && grep -qE '^DAXPLUG_DURATION_MS=[0-9]+$' "$tmp/entries"; then ok; else fail; fi
no_field ERRNO DAXPLUG_ERRNO DAXPLUG_REASON DAXPLUG_STEP DAXPLUG_BLOCK DAXPLUG_RULE
journal "plug once more: nothing to do" 0 plug dax0.0
entries 0
journal "a dry run" 0 unplug --dry-run dax0.0
entries 0
journal "list" 0 list
entries 0
answer 16 online_movable
journal "an unplug that is refused" 4 unplug dax0.0
entries 1
field PRIORITY=4 DAXPLUG_COMMAND=unplug DAXPLUG_FROM=online_movable DAXPLUG_TO=unplugged DAXPLUG_AFTER=online_movable \
	DAXPLUG_OUTCOME=undone ERRNO=16 DAXPLUG_ERRNO=EBUSY DAXPLUG_EXIT=4
name="$name: the reason is that of the message"
if [ "$(sed -n 's/^DAXPLUG_REASON=//p' "$tmp/entries")" = \
	"$(sed -n '1s/^daxplug: dax0.0: //p' "$tmp/err")" ]; then ok; else fail "$(cat "$tmp/entries")"; fi
answer 5 inconsistent
journal "one that ends inconsistent" 5 unplug dax0.0
field PRIORITY=3 DAXPLUG_AFTER=inconsistent DAXPLUG_OUTCOME=inconsistent DAXPLUG_ERRNO=EIO
answer ""
journal "a repair" 0 plug dax0.0
field DAXPLUG_FROM=inconsistent DAXPLUG_TO=online_movable DAXPLUG_OUTCOME=done
device dax2.0 1073741824 1 1 kmem online_movable
journal "two devices" 0 unplug --json dax0.0 dax2.0
entries 2
field DAXPLUG_DEVICE=dax0.0 DAXPLUG_DEVICE=dax2.0

fresh
blocks dax0.0 4
export FAKE_FAIL=34:online_movable:12
answer ""
journal "a block that fails" 4 plug dax0.0
field DAXPLUG_STEP=online DAXPLUG_BLOCK=34 DAXPLUG_ERRNO=ENOMEM DAXPLUG_BACKEND=blocks PRIORITY=4
unset FAKE_FAIL

### values that cannot forge a field

fresh
device dax0.0 1073741824 1 1 kmem unplugged
mkdir -p "$DAXPLUG_ROOT/proc/self"
printf 'daxplug\0plug\0x\nMESSAGE_ID=0\n_UID=0\033[2J\0' >"$DAXPLUG_ROOT/proc/self/cmdline"
printf '4294967295' >"$DAXPLUG_ROOT/proc/self/loginuid"
printf '11:memory:/a.service\n1:name=systemd:/user.slice/user-0.slice/user@0.service/app.slice/x.service\n' >"$DAXPLUG_ROOT/proc/self/cgroup"
journal "an end of line in the command line" 0 plug dax0.0
field "DAXPLUG_COMMAND_LINE=daxplug plug x?MESSAGE_ID=0?_UID=0?[2J" DAXPLUG_UNIT=user@0.service
no_field _UID DAXPLUG_LOGIN_UID
rm -r "$DAXPLUG_ROOT/proc"
journal "no /proc" 0 unplug dax0.0
entries 1
no_field DAXPLUG_COMMAND_LINE DAXPLUG_UNIT DAXPLUG_LOGIN_UID

### apply and mode

fresh
device dax0.0 1073741824 1 1 kmem unplugged
echo transition >"$devices/dax0.0/plug/guard"
mkdir -p "$tmp/policy"
printf '[card]\ndevice = dax0.*\nguard = always\nstate = online_movable\n' >"$tmp/policy/a.conf"
journal "apply --check" 1 apply --check --config "$tmp/policy"
entries 0
journal "apply --dry-run" 0 apply --dry-run --config "$tmp/policy"
entries 0
journal "apply" 0 apply --config "$tmp/policy"
entries 3
field "MESSAGE=dax0.0: guard transition -> always: done" DAXPLUG_WHAT=guard DAXPLUG_FROM=transition DAXPLUG_TO=always \
	"MESSAGE=dax0.0: unplugged -> online_movable: done" DAXPLUG_COMMAND=apply DAXPLUG_RULE=card \
	"DAXPLUG_RULE_FILE=$tmp/policy/a.conf" DAXPLUG_RULE_LINE=1
field MESSAGE_ID=0b290b28aaff4899b65f80bae4ef5eab "MESSAGE=dax0.0: as the policy wants it: online_movable" \
	DAXPLUG_EVENT=met DAXPLUG_WANTED=online_movable
journal "apply once more" 0 apply --config "$tmp/policy"
entries 0

### states that differ from the machine's policy

mkdir -p "$DAXPLUG_ROOT/etc/daxplug"
cp "$tmp/policy/a.conf" "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf"
journal "unplugged against the policy" 0 unplug dax0.0
entries 2
field MESSAGE_ID=0b290b28aaff4899b65f80bae4ef5eab PRIORITY=4 DAXPLUG_EVENT=parted DAXPLUG_WANTED=online_movable \
	"MESSAGE=dax0.0: not as the policy wants it: online_movable is wanted, it is unplugged" DAXPLUG_AFTER=unplugged \
	DAXPLUG_RULE=card DAXPLUG_COMMAND=unplug
journal "in another zone: not as wanted before and after" 0 plug --zone kernel dax0.0
entries 1
journal "as wanted again" 0 plug --replug dax0.0
entries 2
field DAXPLUG_EVENT=met PRIORITY=5
answer 16 online_movable
journal "refused: nothing has parted" 4 unplug dax0.0
entries 1
answer ""
journal "to syslog" 0 syslog unplug dax0.0
name="$name: both lines"
if grep -q "it is unplugged" "$tmp/entries" && grep -q "online_movable -> unplugged: done" "$tmp/entries"; then ok; else fail "$(cat "$tmp/entries")"; fi

fresh
blocks dax0.0 4
mkdir -p "$drivers/device_dax"
touch "$drivers/device_dax/"{bind,unbind,new_id,remove_id}
printf '%d:%d\n' "0x$(stat -c %t /dev/full)" "0x$(stat -c %T /dev/full)" >"$devices/dax0.0/dev"
ln -s ../../../bus/dax/drivers/device_dax "$devices/dax0.0/driver"
export DAXPLUG_PROC=$tmp/proc
mkdir -p "$tmp/proc"
journal "mode, a dry run" 0 mode --dry-run dax0.0 system-ram
entries 0
journal "mode" 0 mode dax0.0 system-ram
entries 1
field "MESSAGE=dax0.0: mode devdax -> system-ram: done" DAXPLUG_WHAT=mode DAXPLUG_FROM=devdax DAXPLUG_TO=system-ram \
	DAXPLUG_AFTER=system-ram DAXPLUG_COMMAND=mode PRIORITY=5
journal "mode once more" 0 mode dax0.0 system-ram
entries 0
journal "mode, and which it is" 0 mode dax0.0
entries 0

### no journal, or a journal that does not read its socket

fresh
device dax0.0 1073741824 1 1 kmem unplugged
journal "syslog instead" 0 syslog plug dax0.0
name="$name: one line"
if grep -qE '^<29>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} daxplug\[[0-9]+\]: dax0\.0: unplugged -> online_movable: done--$' "$tmp/entries"; then ok; else fail "$(cat "$tmp/entries")"; fi
rm -r "${DAXPLUG_ROOT:?}/dev"
run "neither" 0 unplug dax0.0
err ""
device dax2.0 1073741824 1 1 kmem unplugged
start=$(date +%s%N)
journal "nobody reads the journal" 0 stuck plug dax0.0 dax2.0
wrote dax0.0 online_movable
wrote dax2.0 online_movable
err ""
name="$name: the command waits once, and not for long"
ms=$((($(date +%s%N) - start) / 1000000))
if [ $ms -ge 500 ] && [ $ms -lt 20000 ]; then ok; else fail "$ms ms"; fi

### history, without a journal

fresh
preload=$tmp/fake.so
export FAKE_CANNOT_LIST=/run/log/journal
mkdir -p "$DAXPLUG_ROOT/run/log/journal"
run "history: the journal's directory cannot be listed" 7 history
err "daxplug: the journal cannot be read: Not a directory"
unset FAKE_CANNOT_LIST
rm -r "$DAXPLUG_ROOT/run/log"
run "history: no journal" 7 history
err "\
daxplug: there is no journal: neither /run/log/journal nor /var/log/journal has one
daxplug: next: systemd-journald writes it; without it daxplug reports changes to syslog"
run "history: no journal, JSON" 7 history --json
has out '"changes":null'
run "history: a number is no time" 2 history --since 2026
has err "'2026' is not a time"
run "history: an unknown option" 2 history --node 1
has err "daxplug history: option --node is not valid here"
run "history: -n" 2 history -n 0
has err "'0' is not a number greater than 0"
run "history: --since" 2 history --since "last week"
has err "'last week' is not a time"
run "another command's -n is --node" 2 plug -n x
has err "'x' is not a node number"
mkdir -p "$DAXPLUG_ROOT/var/log/journal/0123"
echo >"$DAXPLUG_ROOT/var/log/journal/0123/system.journal"
chmod 0 "$DAXPLUG_ROOT/var/log/journal/0123/system.journal"
name="history: a journal that may not be read"
if user_may_run "$name" "$daxplug" --version; then
	as_nobody env DAXPLUG_ROOT="$DAXPLUG_ROOT" "$daxplug" history >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 7 ]; then ok; else fail "exit $code, expected 7"; fi
	has err "the system's journal may not be read, so changes are missing; root and the group systemd-journal may read it"
fi

### history, of a real journal

# shellcheck disable=SC2317 # a trap calls it
stop_journald() { [ -z "${journald:-}" ] || { kill "$journald" 2>/dev/null; wait "$journald" 2>/dev/null; }; }
trap 'stop_journald; rm -rf "$tmp"' EXIT
journald_program=/lib/systemd/systemd-journald
# This journald has its directories and files below $DAXPLUG_ROOT. It reads neither audit messages nor
# the kernel log, and forwards nothing to syslog.
start_journald() {
	local run=$DAXPLUG_ROOT/run
	mkdir -p "$run/log" "$run/systemd/journal"
	printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=\nRateLimitIntervalSec=0\nForwardToSyslog=no\nForwardToWall=no\n' >"$tmp/journald.conf"
	# shellcheck disable=SC2016 # the inner shell's own
	SYSTEMD_LOG_TARGET=null unshare -m --propagation private sh -c '
		mount --bind "$1" /run && mount --bind "$2" /etc/systemd/journald.conf && exec "$3"' \
		sh "$run" "$tmp/journald.conf" "$journald_program" 2>"$tmp/journald" &
	journald=$!
	# Wait until journald listens or has ended. The limit only ends a test that hangs.
	local end=$((SECONDS + 60))
	while kill -0 $journald 2>/dev/null && [ $SECONDS -lt $end ]; do
		"$tmp/fake_journal" send "$run/systemd/journal/socket" </dev/null && return 0
	done
	return 1
}
mkfifo "$tmp/never" && exec 9<>"$tmp/never" || exit 1
# until_history COUNT: waits until the journal has COUNT entries of the command. journald stores an
# entry some time after the command has sent it.
until_history() {
	local n
	for ((n = 0; n < 600; n++)); do
		[ "$("$daxplug" history --json 2>/dev/null | grep -c '"time_us"')" -lt "$1" ] || return 0
		read -r -t 0.1 -u 9
	done
	fail "the journal does not take $1 entries" "$("$daxplug" history)"
}

fresh
if [ "$(id -u)" -ne 0 ] || ! [ -x $journald_program ] || ! [ -e /etc/systemd/journald.conf ] || ! start_journald; then
	echo "skipped history of a real journal: no $journald_program, or no right to start it: $(cat "$tmp/journald" 2>/dev/null)"
	finish
fi
device dax0.0 1073741824 1 1 kmem unplugged
device dax2.0 1073741824 1 1 kmem unplugged
card dax0.0 3 0x1234
answer ""
run "an empty history" 0 history
out ""
err "daxplug: the journal has no such change"
process daxplug@dax0.0.service 4294967295
run "a unit's" 0 apply --config "$tmp/policy"
until_history 1
process session-3.scope 0
answer 16 online_movable
run "a refused one" 4 unplug dax0.0
until_history 2
answer ""
run "another device's" 0 plug -q dax2.0
until_history 3
run "history" 0 history
name="$name: its lines"
if [ "$(sed -n 1p "$tmp/out" | tr -s ' ')" = "TIME DEVICE FROM TO OUTCOME REASON WHO DURATION" ] &&
	sed -n 2p "$tmp/out" | tr -s ' ' | grep -qE '^20[0-9T:-]+Z dax0.0 unplugged online_movable done - daxplug@dax0.0.service: rule card [0-9]+ ms$' &&
	sed -n 3p "$tmp/out" | tr -s ' ' | grep -qE '^20[0-9T:-]+Z dax0.0 online_movable unplugged undone .*EBUSY.* root: daxplug plug dax0.0 [0-9]+ ms$' &&
	sed -n 4p "$tmp/out" | tr -s ' ' | grep -qE '^20[0-9T:-]+Z dax2.0 unplugged online_movable done - root: daxplug plug dax0.0 [0-9]+ ms$' &&
	[ "$(wc -l <"$tmp/out")" -eq 4 ]; then ok; else fail; fi
run "history: of a device" 0 history dax2.0 --json
for member in '"schema":1' '"command":"history"' '"name":"dax2.0"' '"command":"plug"' '"what":"state"' '"before":"unplugged"' \
	'"want":"online_movable"' '"after":"online_movable"' '"outcome":"done"' '"exit":0' '"errno":null' '"errno_name":null' \
	'"reason":null' '"step":null' '"block":null' '"bytes":1073741824' '"backend":"module"' '"uuid":null' '"serial":null' \
	'"rule":null' '"file":null' '"line":null' '"uid":0' '"login_uid":0' '"unit":"session-3.scope"' \
	'"command_line":"daxplug plug dax0.0"'; do
	has out "$member"
	name="history: JSON"
done
name="$name: one change, with its time and its process"
if [ "$(grep -cE '"time_us":[0-9]{16},' "$tmp/out")" -eq 1 ] && grep -qE '"pid":[0-9]+,' "$tmp/out" &&
	grep -qE '"duration_ms":[0-9]+,' "$tmp/out"; then ok; else fail; fi
run "history: several devices" 0 history dax2.0 dax0.0 -n 2
name="$name: the last two"
if [ "$(awk 'NR > 1 { print $2 }' "$tmp/out" | tr '\n' ' ')" = "dax0.0 dax2.0 " ]; then ok; else fail; fi
run "history: by serial number" 0 history --json serial:4660
name="$name: two"
if [ "$(grep -c '"name":"dax0.0"' "$tmp/out")" -eq 2 ]; then ok; else fail; fi
run "history: -n, more than there are" 0 history --json -n 100
name="$name: all three"
if [ "$(grep -c '"time_us"' "$tmp/out")" -eq 3 ]; then ok; else fail; fi
run "history: --since a while ago" 0 history --json --since 5min
name="$name: all three"
if [ "$(grep -c '"time_us"' "$tmp/out")" -eq 3 ]; then ok; else fail; fi
run "history: --since and -n" 0 history --json --since 400d -n 1
name="$name: the last"
if [ "$(grep -c '"time_us"' "$tmp/out")" -eq 1 ] && grep -q '"name":"dax2.0"' "$tmp/out"; then ok; else fail; fi
run "history: --since a day in the future" 0 history --since 2099-01-01 -n 2
out ""
err "daxplug: the journal has no such change"
run "history: of a device without an entry" 0 history dax9.9
out ""
run "history: a region" 2 history region3
has err "'region3' is not dax0.0, serial:0x1234, uuid:... or all"

# Every user may write to the journal. Therefore history trusts the fields for the user, the login and
# the unit only in entries of root.
printf '%s\n' MESSAGE_ID=$id DAXPLUG_DEVICE=dax3.0 DAXPLUG_UID=0 DAXPLUG_LOGIN_UID=0 DAXPLUG_UNIT=daxplug.service \
	DAXPLUG_OUTCOME=done DAXPLUG_WHAT=state >"$tmp/forged"
# The journal's format for a value with a newline: here the value has 5 bytes
printf 'DAXPLUG_REASON\n\5\0\0\0\0\0\0\0a\n\033[J\n' >>"$tmp/forged"
"$tmp/fake_journal" send "$DAXPLUG_ROOT/run/systemd/journal/socket" <"$tmp/forged"
until_history 4
run "history: a forged entry" 0 history dax3.0
name="$name: it is shown as nobody's, without control characters"
if [ "$(wc -l <"$tmp/out")" -eq 2 ] && grep -q " a??\[J  *nobody" "$tmp/out" && ! grep -q 'root:\|daxplug.service' "$tmp/out"; then ok; else fail; fi
run "history: a forged entry, JSON" 0 history --json dax3.0
has out '"uid":65534'
has out '"login_uid":null'
has out '"unit":null'
name="history: no right to read it"
if user_may_run "$name" "$daxplug" --version; then
	as_nobody env DAXPLUG_ROOT="$DAXPLUG_ROOT" "$daxplug" history >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 7 ]; then ok; else fail "exit $code, expected 7"; fi
	has err "the system's journal may not be read"
fi

### the catalog

catalog=$top/packaging/systemd/daxplug.catalog
name="the catalog explains our message id, which the documents name"
if grep -qx -- "-- $id" "$catalog" && grep -q "$id" "$top/doc/journal.md" && grep -q "$id" "$top/doc/man/daxplug-history.8"; then ok; else fail; fi
for outcome in $(sed -n '/^const char \*get_failure_string/,/^}/s/.*"\([a-z_]*\)".*/\1/p' "$top/cli/json.c") not_begun; do
	name="the catalog explains the outcome $outcome"
	if grep -q "\"$outcome\"" "$catalog"; then ok; else fail; fi
done
if command -v journalctl >/dev/null && mkdir -p "$DAXPLUG_ROOT/usr/lib/systemd/catalog" "$DAXPLUG_ROOT/var/lib/systemd/catalog"; then
	cp "$catalog" "$DAXPLUG_ROOT/usr/lib/systemd/catalog/"
	name="and systemd reads it"
	if journalctl --root="$DAXPLUG_ROOT" --update-catalog >"$tmp/out" 2>"$tmp/err" && [ ! -s "$tmp/err" ] &&
		journalctl --root="$DAXPLUG_ROOT" --list-catalog >"$tmp/out" 2>"$tmp/err" && grep -q "^$id " "$tmp/out"; then ok; else fail; fi
fi

finish
