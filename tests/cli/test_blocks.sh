#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the backend that switches single blocks, on a made-up kernel. A change is complete, or it
# is undone. If the undo fails, the command reports the actual state. Also tests that the command
# does not trust the file `state` of the native driver, but reads the blocks.
#
# usage: test_blocks.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"

# counted WORD COUNT: claims that COUNT blocks have WORD in their file state
counted() {
	name="$name: $2 blocks $1"
	if [ "$(find "$memory" -name state -exec cat {} + 2>/dev/null | grep -c -x "$1")" = "$2" ]; then ok; else fail; fi
}
# zone WORD COUNT: claims that COUNT blocks are online in the zone WORD
zone() {
	name="$name: $2 in $1"
	if [ "$(find "$memory" -name valid_zones -exec cat {} + 2>/dev/null | grep -c -x "$1")" = "$2" ]; then ok; else fail; fi
}

fresh
answer ""
blocks dax0.0 16
run "list: no driver" 0 list
has out "dax0.0 2.0 GiB    1 -      -      -       unplugged"
run "plug: --dry-run" 0 plug --dry-run dax0.0
has out "would be bound to kmem, and changed (backend none)"
counted online 0
run "plug" 0 plug dax0.0
has out "dax0.0: unplugged -> online_movable (2.0 GiB)"
has out "done block by block, which other programs can disturb"
# Other tests take an empty file as proof that nothing was written to it. This claim shows that a
# write does leave its text in the file.
holds "$drivers/kmem/bind" dax0.0
counted online 16
zone Movable 16
holds "$memory/auto_online_blocks" online
run "list" 0 list
has out "kmem   blocks  online_movable"
run "plug again" 0 plug dax0.0
has out "nothing to do"
run "plug: another zone" 4 plug --zone kernel dax0.0
has err "it is already plugged in another way (EBUSY); nothing was changed"
run "unplug" 0 unplug dax0.0
holds "$drivers/kmem/unbind" dax0.0
counted online 0
name="unplug: no block is left"
if ls "$memory"/memory* >/dev/null 2>&1; then fail; else ok; fi
run "unplug again" 0 unplug dax0.0
has out "nothing to do"
run "plug: auto, in the zone that the kernel chose" 0 plug --zone auto dax0.0
run "list: the state is online, as requested" 0 list
has out "blocks  online"
zone Normal 16
run "unplug" 0 unplug dax0.0

### a block cannot be switched, and the change is undone

export FAKE_FAIL=40:online_movable:13
run "plug: a block refuses" 4 plug dax0.0
err "\
daxplug: dax0.0: not plugged: memory40 refused to come online (EACCES); nothing was changed, state is still unplugged
daxplug: dax0.0: next: daxplug doctor dax0.0 names what prevents it; then try again"
counted online 0
name="plug: a block refuses: the device has no driver, as before"
if [ -e "$devices/dax0.0/driver" ]; then fail; else ok; fi
unset FAKE_FAIL
export FAKE_FASTER=40
run "plug: another program brings a block online first" 4 plug dax0.0
has err "dax0.0: not plugged: memory40 refused to come online (EBUSY); nothing was changed, state is still unplugged"
unset FAKE_FASTER
counted online 0
run "plug" 0 plug dax0.0
export FAKE_FAIL=47:offline:16
run "unplug: the last block refuses" 4 unplug dax0.0
has err "memory47 refused to go offline (EBUSY); nothing was changed, state is still online_movable"
counted online 16
zone Movable 16
run "unplug: the last block refuses, as JSON" 4 unplug --json dax0.0
has out '"step":"offline"'
has out '"block":47'
has out '"stuck":null'
has out '"outcome":"undone"'

### the undo fails, too

export FAKE_FAIL=47:offline:16,33:online_movable:12
run "unplug: the last block refuses, and the undo fails at another one" 5 unplug dax0.0
has err "memory47 refused to go offline (EBUSY); state was online_movable and is now inconsistent, memory33 could not be changed back"
has err "next: daxplug doctor dax0.0 says how to repair it; its memory stays in use until then"
counted online 15
run "doctor: it is inconsistent" 5 doctor dax0.0
has out "inconsistent: of 16 blocks 15 are movable, 0 kernel, 1 offline, 0 absent"
unset FAKE_FAIL
run "plug: repairs it" 0 plug dax0.0
has out "dax0.0: inconsistent -> online_movable"
counted online 16
echo offline >"$memory/memory35/state"
run "plug: a repair in another zone is refused" 4 plug --zone kernel dax0.0
run "unplug: an inconsistent device" 0 unplug dax0.0

### devices and blocks that disappear, and unknown content of files

run "plug" 0 plug dax0.0
rm -r "$memory/memory38"
run "list: a block is missing" 0 list
has out "inconsistent"
run "plug: a missing block cannot be repaired" 4 plug dax0.0
err "\
daxplug: dax0.0: not plugged: memory38 is missing (ENODEV); nothing was changed, state is still inconsistent
daxplug: dax0.0: next: daxplug doctor dax0.0"
run "unplug: refused, because the stock driver would crash at the missing block" 4 unplug dax0.0
err "\
daxplug: dax0.0: not unplugged: some of its blocks are missing, and the stock driver would crash the kernel when it is unbound (ENODEV); nothing was changed, state is still inconsistent
daxplug: dax0.0: next: leave it bound, and do not unload kmem, until a reboot"
counted online 15
run "doctor: a block is missing" 5 doctor dax0.0
has out "leave it bound, and do not unload kmem, until a reboot"
fresh
blocks dax0.0 16
run "plug" 0 plug dax0.0
# If there is no saved requested state, a repair must use the zone of the blocks that are online.
rm "$DAXPLUG_RUN/dax0.0"
echo offline >"$memory/memory35/state"
run "plug: a repair outside the zone of the other blocks is refused" 4 plug --zone kernel dax0.0
run "plug: a repair in the zone of the other blocks" 0 plug dax0.0
zone Movable 16
# A device that was made offline is inconsistent if another program then brings some blocks online.
# The saved state "offline" names no zone, so a repair must again use the zone of the blocks that
# are online.
echo offline >"$DAXPLUG_RUN/dax0.0"
echo offline >"$memory/memory35/state"
run "plug: a device that was offline and is partly online is not repaired in another zone" 4 \
	plug --zone kernel dax0.0
run "plug: it is repaired in the zone of the blocks that are online" 0 plug dax0.0
zone Movable 16
fresh
blocks dax0.0 16
run "plug" 0 plug dax0.0
echo half-way >"$memory/memory38/state"
run "list: a block in an unknown state" 0 list
has out "blocks  ?"
run "unplug: a block in an unknown state" 7 unplug dax0.0
has err "its state cannot be read: the kernel reports a state that this version of daxplug does not know"
for bad in "" 0 3 zzz 8000000000000000000; do
	echo "$bad" >"$memory/block_size_bytes"
	run "unplug: block_size_bytes is '$bad'" 7 unplug dax0.0
done
echo 8000000 >"$memory/block_size_bytes"
for bad in 0x0-0xffffffffffffffff 0x108000000-0x100000000 x-y -; do
	echo "${bad%-*}" >"$devices/dax0.0/mapping0/start"
	echo "${bad#*-}" >"$devices/dax0.0/mapping0/end"
	run "unplug: a range of $bad" 7 unplug dax0.0
done

### bound by new_id, which also binds other devices

fresh
blocks dax0.0 4
blocks dax1.0 4
seq 64 67 >"$devices/dax1.0/fake_blocks"
echo 0x200000000 >"$devices/dax1.0/mapping0/start"
echo 0x21fffffff >"$devices/dax1.0/mapping0/end"
touch "$devices/dax1.0/fake_no_type"
run "plug: bound by its name" 0 plug dax1.0
run "list: only this device is bound" 0 list
has out "-      -       unplugged"
has out "kmem   blocks  online_movable"
run "unplug: nothing to do for the other device" 0 unplug dax0.0
has out "nothing to do"

### many blocks

fresh
blocks dax0.0 10000
ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
seq -f "$memory/memory%.0f" 32 10031 | xargs mkdir
for ((b = 32; b < 10032; b++)); do
	echo online >"$memory/memory$b/state"
	echo Movable >"$memory/memory$b/valid_zones"
done
run "show: 10,000 blocks" 0 show dax0.0
has out "blocks     10000: 10000 movable, 0 kernel, 0 offline, 0 absent"
export FAKE_FAIL=32:offline:16
run "unplug: one of 10,000 refuses" 4 unplug dax0.0
has err "memory32 refused to go offline (EBUSY); nothing was changed"
unset FAKE_FAIL
echo offline >"$memory/memory10031/state"
run "list: one of 10,000 is offline" 0 list
has out "inconsistent"
mkdir -p "$DAXPLUG_RUN"
echo online_movable >"$DAXPLUG_RUN/dax0.0"
run "plug: repairs one of 10,000 blocks" 0 plug dax0.0
counted online 10000

### two commands at once, and a command that is killed

fresh
blocks dax0.0 64
answer ""
for i in 1 2 3 4; do
	LD_PRELOAD=$preload "$daxplug" plug -q dax0.0 >"$tmp/out.$i" 2>&1 &
done
wait
run "plug: after four commands at once" 0 plug dax0.0
has out "nothing to do"
name="plug: four commands at once: none reports an error"
if cat "$tmp"/out.[1-4] | grep -q .; then fail "$(cat "$tmp"/out.[1-4])"; else ok; fi

# held NAME: takes the lock NAME, so that a change has to wait. The lock is released when file
# descriptor 9 is closed.
held() {
	mkdir -p "$DAXPLUG_RUN"
	exec 9>"$DAXPLUG_RUN/$1.lock"
	flock 9
}
run "unplug" 0 unplug dax0.0
held dax0.0
run "plug: times out while another process changes the device" 6 plug -t 200ms dax0.0
has err "the time limit passed while it waited for test_blocks.sh (process $$) to end its change (ETIMEDOUT); nothing was begun, state is still unplugged"
exec 9>&-
held all
run "plug: times out while another process binds a device" 6 plug -t 200ms dax0.0
holds "$memory/auto_online_blocks" online
exec 9>&-
run "plug: the locks are free again" 0 plug dax0.0
run "unplug" 0 unplug dax0.0

# The command is killed by SIGKILL. It cannot catch this signal, so it cannot undo the change.
name="list: a plug that was killed half-way leaves the device inconsistent"
export FAKE_WAIT_BLOCK=40
waiting "$daxplug" plug -q dax0.0
pid=$!
kill -KILL $pid
wait $pid 2>/dev/null
flock -w 60 "$DAXPLUG_RUN/dax0.0.lock" true || fail "the lock is still held"
unset FAKE_WAIT_BLOCK
run "$name" 0 list
has out inconsistent
run "plug: completes the plug that was killed" 0 plug dax0.0
counted online 64

# The command sets auto_online_blocks to offline during a bind. If it is killed before it has
# restored the value, the next change restores the value.
run "unplug" 0 unplug dax0.0
for next in "plug dax0.0" "unplug dax0.0"; do
	export FAKE_WAIT_BIND=1
	waiting "$daxplug" plug -q dax0.0
	pid=$!
	name="killed during the bind: auto_online_blocks is not restored"
	holds "$memory/auto_online_blocks" offline
	kill -KILL $pid
	wait $pid 2>/dev/null
	flock -w 60 "$DAXPLUG_RUN/dax0.0.lock" true || fail "the lock is still held"
	unset FAKE_WAIT_BIND
	run "doctor: reports that auto_online_blocks was not restored" 1 doctor
	has out "a daxplug that was killed while it bound a device has left the value at offline; before it was online"
	# shellcheck disable=SC2086 # splits into a command and its device
	run "$next: restores auto_online_blocks" 0 $next
	holds "$memory/auto_online_blocks" online
	run "unplug" 0 unplug dax0.0
	run "doctor: auto_online_blocks is restored" 1 doctor
	name="$name: no finding about it"
	if grep -q "has left the value at offline" "$tmp/out"; then fail; else ok; fi
done
# If another program has written a value since then, that value is kept.
echo online >"$DAXPLUG_RUN/auto_online_blocks"
echo online_movable >"$memory/auto_online_blocks"
run "plug: another program has set auto_online_blocks since" 0 plug dax0.0
holds "$memory/auto_online_blocks" online_movable
echo offline >"$memory/auto_online_blocks"
run "unplug: an old record restores nothing" 0 unplug dax0.0
holds "$memory/auto_online_blocks" offline
echo online >"$memory/auto_online_blocks"

### names written to new_id

fresh
blocks dax0.0 4
run "plug: bound by its type" 0 plug dax0.0
run "unplug: an id that the administrator wrote stays" 0 unplug dax0.0
name="$name: remove_id"
if [ -s "$drivers/kmem/remove_id" ]; then fail; else ok; fi
touch "$devices/dax0.0/fake_no_type"
run "plug: bound by its name" 0 plug dax0.0
run "unplug: an id that daxplug wrote is removed" 0 unplug dax0.0
holds "$drivers/kmem/remove_id" dax0.0
# The module to which the id was written was unloaded. The driver that is loaded now does not have
# the id, so nothing is removed.
run "plug: bound by its name" 0 plug dax0.0
: >"$drivers/kmem/remove_id"
mv "$drivers/kmem" "$drivers/old"
cp -r "$drivers/old" "$drivers/kmem"
run "unplug: the module that had the id was unloaded" 0 unplug dax0.0
name="$name: remove_id"
if [ -s "$drivers/kmem/remove_id" ]; then fail; else ok; fi

### which processes may delay a change

fresh
blocks dax0.0 4
run "plug" 0 plug dax0.0
name="other users can read the last change, but not open the locks"
if [ "$(stat -c %a "$DAXPLUG_RUN")" = 755 ] &&
	[ "$(find "$DAXPLUG_RUN" -type f ! -name '*.last' -printf '%m\n' | sort -u)" = 600 ] &&
	[ "$(stat -c %a "$DAXPLUG_RUN"/*.last)" = 644 ]; then
	ok
else
	fail "$(ls -la "$DAXPLUG_RUN")"
fi
# The modes are wrong: every user can write to the directory and read the files. An older version
# created the files with mode 644. A process of another user that opened a lock file at that time may
# still hold the lock.
chmod 777 "$DAXPLUG_RUN"
chmod 644 "$DAXPLUG_RUN"/*
run "unplug: a directory that others can write to" 0 unplug dax0.0
name="the directory is closed to other users"
if [ "$(stat -c %a "$DAXPLUG_RUN")" = 755 ] && [ "$(stat -c %a "$DAXPLUG_RUN/dax0.0")" = 600 ]; then ok; else fail "$(ls -la "$DAXPLUG_RUN")"; fi
if [ "$(id -u)" -eq 0 ] && user_may_run "another user holds a lock file" flock --version; then
	chmod 755 "$DAXPLUG_RUN"
	mkfifo -m 666 "$tmp/has_it"
	for file in dax0.0 dax0.0.lock all.lock; do
		chmod 644 "$DAXPLUG_RUN"/*
		(exec setpriv --reuid=65534 --regid=65534 --clear-groups \
			flock -F -s "$DAXPLUG_RUN/$file" sh -c "echo >$tmp/has_it; exec sleep 1000") &
		holder=$!
		read -r -t 60 _ <>"$tmp/has_it" || fail "the user nobody does not get the lock"
		run "plug: a lock on $file by the user nobody does not delay it" 0 plug -t 20s dax0.0
		run "unplug: a lock on $file by the user nobody does not delay it" 0 unplug -t 20s dax0.0
		chmod 755 "$DAXPLUG_RUN"
		kill $holder
		wait $holder 2>/dev/null
	done
	# A command in a PID namespace of its own does not see the process that holds the lock. Then it
	# cannot find out whether that process is root's, so it waits.
	name="plug: waits for a lock whose holder it does not see"
	if unshare --pid --fork --mount-proc true 2>/dev/null; then
		chmod 644 "$DAXPLUG_RUN/dax0.0.lock"
		exec 9<"$DAXPLUG_RUN/dax0.0.lock"
		flock 9
		LD_PRELOAD=$preload unshare --pid --fork --mount-proc \
			"$daxplug" plug -t 200ms dax0.0 >"$tmp/out" 2>"$tmp/err" 9<&-
		status=$?
		if [ $status -eq 6 ]; then ok; else fail "exit $status, expected 6"; fi
		has err "the time limit passed while it waited"
		exec 9<&-
	else
		echo "skipped $name: no PID namespace can be made here"
	fi
	# This shell, which root runs, holds the lock, but the processes cannot be listed.
	for why in FAKE_CANNOT_LIST=/proc FAKE_CANNOT_OPEN=24:/proc; do
		name="plug: waits for a lock, because the processes cannot be listed ($why)"
		touch "$DAXPLUG_RUN/dax0.0.lock"
		chmod 644 "$DAXPLUG_RUN/dax0.0.lock"
		exec 9<"$DAXPLUG_RUN/dax0.0.lock"
		flock 9
		env "$why" LD_PRELOAD="$preload" "$daxplug" plug -t 200ms dax0.0 >"$tmp/out" 2>"$tmp/err" 9<&-
		status=$?
		if [ $status -eq 6 ]; then ok; else fail "exit $status, expected 6"; fi
		has err "the time limit passed while it waited"
		exec 9<&-
	done
	# A process of root holds the lock, and the user nobody only has the file open.
	name="plug: waits for root's lock, although the user nobody has the file open"
	chmod 644 "$DAXPLUG_RUN/dax0.0.lock"
	(exec flock -F "$DAXPLUG_RUN/dax0.0.lock" sh -c "echo >$tmp/has_it; exec sleep 1000") &
	holder=$!
	read -r -t 60 _ <>"$tmp/has_it" || fail "root does not get the lock"
	(exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		sh -c "exec <$DAXPLUG_RUN/dax0.0.lock; echo >$tmp/has_it; exec sleep 1000") &
	user=$!
	read -r -t 60 _ <>"$tmp/has_it" || fail "the user nobody does not open the file"
	LD_PRELOAD=$preload "$daxplug" plug -t 200ms dax0.0 >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ $status -eq 6 ]; then ok; else fail "exit $status, expected 6"; fi
	has err "while it waited for sleep (process $holder)"
	kill $holder $user
	wait $holder $user 2>/dev/null
	# If all users may write to the directory, another user can create the lock files.
	rm -f "$DAXPLUG_RUN"/*.lock
	chmod 777 "$DAXPLUG_RUN"
	as_nobody sh -c "umask 0; : >$DAXPLUG_RUN/dax0.0.lock; ln -s /dev/null $DAXPLUG_RUN/all.lock"
	run "plug: the lock files belong to the user nobody" 0 plug -t 20s dax0.0
	name="the lock files belong to root afterwards"
	if [ "$(stat -c %U:%a:%F "$DAXPLUG_RUN"/*.lock | sort -u)" = "root:600:regular empty file" ]; then ok; else fail "$(ls -la "$DAXPLUG_RUN")"; fi
	chown 65534 "$DAXPLUG_RUN"
	run "unplug: the directory belongs to the user nobody" 7 unplug dax0.0
	has err "its lock in /run/daxplug cannot be taken: the directory belongs to another user (EPERM); nothing was changed"
	chown 0 "$DAXPLUG_RUN"
	run "unplug" 0 unplug dax0.0
fi
held dax0.0
name="plug: interrupted while it waits for a lock"
LD_PRELOAD=$preload env --default-signal "$daxplug" plug dax0.0 >"$tmp/out" 2>"$tmp/err" &
pid=$!
# Wait until the command reports the process for which it waits. The limit only ends a test that
# hangs. The loop starts no process, because a child would have the lock file open, too. Then the
# command could not find out which process holds the lock.
for ((i = 0; i < 600; i++)); do
	mapfile -t said <"$tmp/err"
	[[ ${said[*]} != *waiting* ]] || break
	read -r -t 0.1 _ <>"$tmp/ready"
done
kill -INT $pid
wait $pid
code=$?
if [ $code -eq 4 ] || [ $code -eq 130 ]; then ok; else fail "exit $code"; fi
has err "dax0.0: waiting for test_blocks.sh (process $$) to end its change"
has err "not plugged: interrupted while it waited for test_blocks.sh (process $$) to end its change (EINTR); nothing was begun, state is still unplugged"
run "plug: times out while it waits for a lock, as JSON" 6 plug --json -t 200ms dax0.0
has out '"begun":false'
has out '"step":"lock"'
has out "\"pid\":$$"
if has_terminal "plug: the wait on a terminal"; then
	name="plug: the wait on a terminal of 80 columns"
	script -qec "stty cols 80; LD_PRELOAD=$preload $daxplug plug -t 1s dax0.0" /dev/null \
		</dev/null >"$tmp/out" 2>"$tmp/err" 9>&-
	has out "dax0.0: waiting for test_blocks.sh (process $$) to end its change"
fi
exec 9>&-

### what the stock driver leaves behind

fresh
blocks dax0.0 8
run "plug" 0 plug dax0.0
export FAKE_STRAND=34
run "unplug: another program brings a block online before the unbind" 5 unplug dax0.0
err "\
daxplug: dax0.0: not unplugged: the range of memory32 could not be removed (EBUSY); state was online_movable and is now inconsistent, memory32 could not be changed back
daxplug: dax0.0: next: daxplug's kmem module adopts it (rmmod kmem; modprobe kmem); otherwise only a reboot helps"
unset FAKE_STRAND
counted online 1
name="unplug: it is not bound to the stock driver again"
if [ -e "$devices/dax0.0/driver" ]; then fail; else ok; fi
run "list: orphaned blocks" 0 list
has out "-      -       inconsistent"
for command in plug unplug; do
	run "$command: orphaned blocks, --dry-run" 4 $command --dry-run dax0.0
	has out "would be refused: some of its memory has no driver (backend none)"
	run "$command: orphaned blocks" 4 $command dax0.0
	has err "some of its memory has no driver (EBUSY); nothing was changed"
	has err "next: daxplug's kmem module adopts it"
done
run "doctor: orphaned blocks" 5 doctor dax0.0
has out "load daxplug's kmem module (rmmod kmem; modprobe kmem), which adopts the memory"
# The device is bound to the stock driver by hand. All its blocks exist, so the device looks
# complete. But the driver has not added the orphaned blocks.
ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
for b in 32 33 34 35 36 37 38 39; do
	mkdir -p "$memory/memory$b"
	echo online >"$memory/memory$b/state"
	echo Movable >"$memory/memory$b/valid_zones"
done
run "unplug: orphaned blocks, and the device was bound by hand" 4 unplug dax0.0
has err "some of its memory was without a driver before, and the stock driver would crash the kernel when it is unbound (EBUSY); nothing was changed"
counted online 8
echo offline >"$memory/memory35/state"
run "plug: repairs a device with orphaned blocks that was bound by hand" 0 plug dax0.0
run "unplug: refused, because the blocks are still the orphaned ones" 4 unplug dax0.0
# Another program has removed the orphaned blocks, and the next plug adds new ones. The directories
# of the old blocks are moved and not deleted, because this file system, unlike sysfs, would give
# their inode numbers to the new ones.
mkdir "$tmp/aside"
mv "$memory"/memory[0-9]* "$tmp/aside"
rm "$devices/dax0.0/driver"
run "plug: the orphaned blocks are gone" 0 plug dax0.0
run "unplug: the orphaned blocks are gone" 0 unplug dax0.0
counted online 0
rm -r "$tmp/aside"
# If the device is bound to daxplug's module, the module adopts the orphaned blocks.
mkdir -p "$DAXPLUG_SYSFS/module/kmem/parameters" "$memory/memory33"
touch "$DAXPLUG_SYSFS/module/kmem/parameters/policy"
echo online >"$memory/memory33/state"
echo Movable >"$memory/memory33/valid_zones"
mkdir -p "$DAXPLUG_ROOT/sys/module/kmem/parameters"
touch "$DAXPLUG_ROOT/sys/module/kmem/parameters/policy"
run "doctor: orphaned blocks, and daxplug's module is loaded" 5 doctor dax0.0
has out "next: bind the device again: daxplug mode dax0.0 system-ram; daxplug's kmem module, which is loaded, adopts"
rm -r "$DAXPLUG_ROOT/sys"
run "plug: bound to daxplug's module, which adopts the blocks" 0 plug dax0.0
has out "dax0.0: inconsistent -> online_movable"
wrote dax0.0 online_movable
# During a bind to the module, the device has no file `state` yet. The backend is nevertheless
# module, not blocks.
rm "$devices/dax0.0/state"
run "list: during a bind" 0 list
has out "kmem   module  inconsistent"
run "plug: times out during a bind" 6 plug -t 200ms dax0.0
has err "the time limit passed (ETIMEDOUT); nothing was begun, state is still inconsistent"

### the native driver reports success, but its blocks have another state

fresh
blocks dax0.0 4
answer ""
run "native: a plug" 0 plug dax0.0
echo online_movable >"$devices/dax0.0/state"
run "native: list" 0 list
has out "kmem   native  online_movable"
echo offline >"$memory/memory34/state"
run "native: list reads the blocks, not the driver's state" 0 list
has out "kmem   native  inconsistent"
run "native: plug repairs the device, which the driver does not" 0 plug dax0.0
has out "dax0.0: inconsistent -> online_movable"
counted online 4
echo offline | tee "$memory/memory33/state" >"$memory/memory34/state"
answer 16 online_movable
export FAKE_STRAND=34
run "native: an unplug is refused, and another program has changed a block" 5 unplug dax0.0
has err "state is still inconsistent, but some of its blocks have changed"
unset FAKE_STRAND
answer ""
echo unplugged >"$devices/dax0.0/state"
for b in 32 33 34 35; do echo offline >"$memory/memory$b/state"; done
run "native: the blocks are offline, although the driver says unplugged" 0 list
has out "kmem   native  offline"
rm -r "$memory"/memory3[2-5]
run "native: a plug after which there is no block is a failure" 4 plug dax0.0
has err "memory32 was not in the requested state at the final check (EBUSY); nothing was changed, state is still unplugged"

### if the saved requested state cannot be read, the state is unknown, not inconsistent

fresh
answer ""
blocks dax0.0 4
run "plug: auto" 0 plug --zone auto dax0.0
echo Movable >"$memory/memory33/valid_zones"
run "list: blocks in two zones" 0 list
has out "blocks  online"
export FAKE_CANNOT_OPEN=24:dax0.0
run "list: the saved state cannot be read" 0 list
has out "blocks  ?"
run "unplug: the saved state cannot be read" 7 unplug dax0.0
has err "dax0.0: not unplugged: its state cannot be read: Too many open files"
unset FAKE_CANNOT_OPEN
holds "$DAXPLUG_RUN/dax0.0" online
counted online 4

### if the driver cannot be read, the device does not count as one without a driver

fresh
answer ""
blocks dax0.0 4
run "plug" 0 plug dax0.0
export FAKE_CANNOT_LINK=5:driver
for command in "plug --dry-run dax0.0" "unplug dax0.0" "mode dax0.0 devdax"; do
	# shellcheck disable=SC2086 # several arguments
	run "$command: the driver cannot be read" 7 $command
	err "daxplug: cannot read the DAX devices in sysfs: Input/output error"
done
counted online 4
unset FAKE_CANNOT_LINK

# The driver is a stock driver, and the memory was orphaned before. An unbind would crash the kernel. In run N
# of the loop, the command's Nth read of the link `driver` fails. The driver must stay bound in every run.
fresh
answer ""
blocks dax0.0 4
mkdir -p "$drivers/device_dax" "$DAXPLUG_RUN"
touch "$drivers/device_dax/bind" "$drivers/device_dax/unbind" "$drivers/device_dax/new_id"
ln -s ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
for b in 32 33 34 35; do
	mkdir "$memory/memory$b"
	echo offline >"$memory/memory$b/state"
	echo "Movable Normal" >"$memory/memory$b/valid_zones"
done
(umask 077 && stat -c 'memory32 %i' "$memory/memory32" >"$DAXPLUG_RUN/dax0.0.left")
for to in unplugged devdax; do
	name="$to: each read of the driver fails, and the driver may not be unbound"
	command=(unplug dax0.0)
	[ $to = unplugged ] || command=(mode dax0.0 devdax)
	wrong=0
	for ((i = 1; i <= 16; i++)); do
		FAKE_CANNOT_LINK=5:driver:$i LD_PRELOAD=$preload "$daxplug" "${command[@]}" >"$tmp/out" 2>"$tmp/err" &&
			wrong=$((wrong + 1))
		[ -L "$devices/dax0.0/driver" ] || wrong=$((wrong + 1))
		ln -sfn ../../../bus/dax/drivers/kmem "$devices/dax0.0/driver"
	done
	if [ $wrong -eq 0 ]; then ok; else fail "$wrong are wrong"; fi
done

finish
