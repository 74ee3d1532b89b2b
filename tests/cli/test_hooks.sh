#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the hooks of daxplug plug, unplug and apply: their arguments and order, and what the
# command does if a hook refuses, hangs or crashes, or if other users can write its file.
#
# usage: test_hooks.sh [COMMAND]

# shellcheck disable=SC2016 # the hook expands it when it runs
set -u
. "$(dirname "$0")/fake.sh"

etc=$DAXPLUG_ROOT/etc/daxplug/hooks.d
lib=$DAXPLUG_ROOT/usr/lib/daxplug/hooks.d
log=$tmp/log

# hook PATH [LINE]...: makes a hook that logs its arguments and then runs the lines
hook() {
	local path=$1
	shift
	mkdir -p "$(dirname "$path")"
	{
		echo '#!/bin/sh'
		echo "echo \"\${0##*/} \$1 \$DAXPLUG_ACTION \$DAXPLUG_DEVICE\${DAXPLUG_OUTCOME:+ \$DAXPLUG_OUTCOME}\" >>$log"
		printf '%s\n' "$@"
	} >"$path"
	chmod 755 "$path"
}
# logged TEXT: claims that the hooks have logged exactly TEXT since the last call of logged
logged() {
	name="$name: hooks"
	if [ "$(cat "$log")" = "$1" ]; then ok; else fail "expected of the hooks: $1" "$(cat "$log")"; fi
	: >"$log"
}
start() {
	fresh
	rm -rf "$DAXPLUG_ROOT"
	: >"$log"
	preload=$tmp/fake.so
	device dax0.0 4294967296 1 1 kmem unplugged
}

start
run "no hooks" 0 plug dax0.0
wrote dax0.0 online_movable

start
hook "$lib/10-a"
hook "$etc/20-b" 'env | grep ^DAXPLUG_ | sort >'"$tmp/env"
run "two hooks" 0 plug dax0.0
wrote dax0.0 online_movable
logged "10-a check plug dax0.0
20-b check plug dax0.0
10-a pre plug dax0.0
20-b pre plug dax0.0
20-b post plug dax0.0 done
10-a post plug dax0.0 done"
for line in DAXPLUG_ACTION=plug DAXPLUG_DEVICE=dax0.0 DAXPLUG_FROM=unplugged DAXPLUG_TO=online_movable \
	DAXPLUG_NODE=1 DAXPLUG_OUTCOME=done DAXPLUG_ERRNO=0 DAXPLUG_STATE=online_movable; do
	name="a hook is told $line"
	if grep -qx "$line" "$tmp/env"; then ok; else fail "$(cat "$tmp/env")"; fi
done
run "nothing to do: no hook runs" 0 plug dax0.0
logged ""
run "a dry run: no hook runs" 0 unplug --dry-run dax0.0
logged ""

hook "$etc/20-b" '[ "$1" != check ] || { echo "the database needs it"; exit 1; }'
run "a hook refuses" 4 unplug dax0.0
err "the database needs it
daxplug: dax0.0: not unplugged: hook 20-b: the database needs it (ECANCELED); nothing was changed, state is still online_movable
daxplug: dax0.0: next: see daxplug-hooks(7)"
wrote dax0.0 online_movable
logged "10-a check unplug dax0.0
20-b check unplug dax0.0
10-a undo-check unplug dax0.0
20-b post unplug dax0.0 refused
10-a post unplug dax0.0 refused"
run "a hook refuses: --json" 4 unplug --json dax0.0
has out '"outcome":"undone"'
has out '"begun":false'
has out '"step":"consent"'
has out 'hook 20-b: the database needs it'
: >"$log"

hook "$etc/20-b" '[ "$1" != pre ] || exit 3'
run "a hook refuses in pre, without a reason" 4 unplug dax0.0
has err "hook 20-b: it refused without a reason (ECANCELED)"
wrote dax0.0 online_movable
logged "10-a check unplug dax0.0
20-b check unplug dax0.0
10-a pre unplug dax0.0
20-b pre unplug dax0.0
20-b post unplug dax0.0 refused
10-a post unplug dax0.0 refused"

hook "$etc/20-b" '[ "$1" != post ] || { echo "cannot start it again"; exit 1; }'
run "a hook fails in post: the change stays" 0 unplug dax0.0
has err "20-b post failed: cannot start it again"
wrote dax0.0 unplugged
: >"$log"

# If the kernel refuses the change, the hooks are run for the phase post, with the outcome undone.
hook "$etc/20-b"
FAKE_ERRNO=16 FAKE_STATE=unplugged run "the kernel refuses" 4 plug dax0.0
logged "10-a check plug dax0.0
20-b check plug dax0.0
10-a pre plug dax0.0
20-b pre plug dax0.0
20-b post plug dax0.0 undone
10-a post plug dax0.0 undone"

# The number is unique, because the test looks for it among all processes of the machine.
long=98765.$$
hook "$etc/20-b" '[ "$1" != check ] || { trap "" TERM; sleep '"$long"' & wait; }'
export DAXPLUG_HOOK_SECONDS=1
run "a hook hangs" 4 plug dax0.0
has err "hook 20-b did not end within 1 s (ECANCELED)"
wrote dax0.0 unplugged
name="the processes that the hook has started are ended"
if ! pgrep -x -f "sleep $long" >/dev/null; then ok; else fail "it is still there"; fi
hook "$etc/20-b" '[ "$1" != check ] || { (trap "" TERM; exec sleep '"60.$$"') & wait; }'
run "a hook ends at SIGTERM, and a process that it has started does not" 4 plug dax0.0
has err "hook 20-b did not end within 1 s (ECANCELED)"
name="SIGKILL ends that process"
if ! pgrep -x -f "sleep 60.$$" >/dev/null; then ok; else fail "it is still there"; fi
# The hook 20-b hangs in the phase pre, and is killed. Then the command runs the hook 10-a for the
# phase post. 10-a lists the children of its parent, which is the command.
hook "$etc/20-b" '[ "$1" != pre ] || { trap "" TERM; sleep '"$long"' & wait; }'
hook "$etc/10-a" '[ "$1" != post ] || ps -o stat= --ppid $PPID >'"$tmp/children"
run "a hook is killed" 4 plug dax0.0
has err "hook 20-b did not end within 1 s (ECANCELED)"
name="the hook is not left as a zombie"
if [ -s "$tmp/children" ] && ! grep -q Z "$tmp/children"; then ok; else fail "$(cat "$tmp/children")"; fi
rm "$etc/10-a"
hook "$etc/20-b" '[ "$1" != check ] || kill -9 $$'
run "a hook is ended by a signal" 4 plug dax0.0
has err "hook 20-b: it died of signal 9"
export DAXPLUG_HOOK_SECONDS=soon
run "DAXPLUG_HOOK_SECONDS is no number" 4 plug dax0.0
has err "DAXPLUG_HOOK_SECONDS is not a number from 1 to 86400 (EINVAL)"
unset DAXPLUG_HOOK_SECONDS
: >"$log"

# pidfd_open() fails with EMFILE. The end of a hook is still noticed.
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -shared -fPIC -o "$tmp/no_pidfd.so" \
	"$(dirname "$0")/no_pidfd.c" -ldl || exit 1
preload="$tmp/fake.so $tmp/no_pidfd.so"
hook "$etc/20-b" '[ "$1" != check ] || { echo "the database needs it"; exit 1; }'
run "no pidfd: a hook says no" 4 plug dax0.0
has err "hook 20-b: the database needs it (ECANCELED)"
wrote dax0.0 unplugged
hook "$etc/20-b" "[ \"\$1\" != check ] || sleep $long"
DAXPLUG_HOOK_SECONDS=3 run "no pidfd: a hook hangs" 4 plug dax0.0
has err "hook 20-b did not end within 3 s (ECANCELED)"
hook "$etc/20-b"
run "no pidfd: a hook agrees" 0 plug dax0.0
wrote dax0.0 online_movable
run "no pidfd: and agrees again" 0 unplug dax0.0
preload=$tmp/fake.so
: >"$log"

# Send SIGINT while a hook runs in the phase check, before the change begins.
mkfifo "$tmp/ready"
hook "$etc/20-b" "[ \"\$1\" != check ] || { echo >$tmp/ready; sleep $long; }"
LD_PRELOAD=$preload "$daxplug" plug dax0.0 >"$tmp/out" 2>"$tmp/err" &
pid=$!
# The limit only ends a test that hangs.
read -r -t 60 <>"$tmp/ready" || fail "the hook does not run"
kill -INT $pid
wait $pid
status=$?
name="interrupted while a hook runs: the command dies of the signal"
if [ $status -eq 130 ]; then ok; else fail "status $status"; fi
has err "hook 20-b was interrupted (EINTR)"
wrote dax0.0 unplugged
: >"$log"

hook "$etc/20-b"
chmod 775 "$etc/20-b"
run "a hook that other users can write" 4 plug dax0.0
has err "hook $etc/20-b can be written by others than root (EPERM)"
logged ""
chmod 644 "$etc/20-b"
run "a hook that is not executable is ignored" 0 plug dax0.0
logged "10-a check plug dax0.0
10-a pre plug dax0.0
10-a post plug dax0.0 done"
ln -s /dev/null "$etc/10-a"
hook "$etc/20-b~"
hook "$etc/.30-c"
run "a hook in /etc masks the hook of its name in /usr/lib" 0 unplug dax0.0
logged ""

start
hook "$etc/10-a" '[ "$1" != check ] || { echo "not now"; exit 1; }'
mkdir -p "$tmp/conf"
printf '%s\n' '[all]' 'device = dax0.0' 'state = online_movable' >"$tmp/conf/a.conf"
run "apply runs hooks, too" 4 apply --config "$tmp/conf"
has err "hook 10-a: not now"
wrote dax0.0 unplugged

start
hook "$etc/10-a" '[ "$1" != check ] || { echo "not now"; exit 1; }'
export FAKE_CANNOT_LIST=/etc/daxplug/hooks.d
run "the directory cannot be listed" 4 plug dax0.0
has err "hook $etc: Not a directory"
wrote dax0.0 unplugged
unset FAKE_CANNOT_LIST
finish
