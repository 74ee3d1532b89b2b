#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ten processes bind, unbind, load and unload the module, write to `state` and read files of the
# device at the same time. They run for 60 s, or for 20 s on kernels other than 6.12, and longer
# until each action has succeeded once. Nothing may hang, the kernel must log no warning, and at the
# end the device must be complete and `state` must agree with the blocks. A wrong module would crash
# when it is unloaded during a read or write, or would leave the device half changed.
# lab[6.12; the other kernels run for 20 s, in races.2]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=offline log_buf_len=1M test.seconds=60"
# lab[7.3, long 6.1; 6.12 runs for 60 s, in races.1, and make check-long runs 6.1]: --dax 1G:3,2 --own-nodes --cmdline "memhp_default_state=offline log_buf_len=1M test.seconds=20"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
all=$(blocks)
unplugged
empty=$(snap "$DEV")
mark races-begin
seconds=$(scaled_count "$(sed 's/.*test.seconds=\([0-9]*\).*/\1/' /proc/cmdline)")
end=$(($(date +%s) + seconds))
racers='write bind unbind unload load read_file'
mkdir /tmp/succeeded

# may_go_on: succeed while there is time left, or while one of the racers has never succeeded. After
# eleven times the planned time, fail in any case.
may_go_on() {
	local now racer
	now=$(date +%s)
	[ "$now" -ge $end ] || return 0
	[ "$now" -lt $((end + 10 * seconds)) ] || return 1
	for racer in $racers; do
		[ -e "/tmp/succeeded/$racer" ] || return 0
	done
	return 1
}
# repeat_to_end COMMAND...: repeat COMMAND while may_go_on succeeds, and count how often COMMAND
# succeeds
repeat_to_end() {
	local n=0
	while may_go_on; do
		"$@" >/dev/null 2>&1 && n=$((n + 1)) && : >"/tmp/succeeded/$1"
	done
	echo "$n $*" >>/tmp/races
}
read_file() { cat "$1"; }
write() { [ "$(put "$STATE" "$1")" = ok ]; }
# Kernel 6.1 binds only a device whose name was written to new_id, and forgets the name at each
# unload. Later kernels do not need new_id, and the test does not write to it there, because a write
# can leak memory of the kernel. dax_driver_unregister() (drivers/dax/bus.c) frees the names before
# it removes the file new_id. A name that is written in between is never freed, and the debugging
# kernel reports that.
case $(uname -r) in
6.1.*) name_first=yes ;;
*) name_first='' ;;
esac
# bind, unbind, unload, load: succeed only if this call has bound or unbound the device, or unloaded or
# loaded the module. On 6.1 the write to new_id already binds the device. No other task binds it. So
# if it was unbound before that write and is bound afterwards, this call has bound it.
bind() {
	local was_bound=''
	[ -n "$name_first" ] || { [ "$(put $driver/bind "$DEV")" = ok ]; return; }
	[ ! -e "$driver/$DEV" ] || was_bound=yes
	put $driver/new_id "$DEV"
	put $driver/bind "$DEV"
	[ -z "$was_bound" ] && [ -e "$driver/$DEV" ]
}
unbind() { [ "$(put $driver/unbind "$DEV")" = ok ]; }
unload() { rmmod kmem; }
load() { /usr/sbin/modprobe --first-time kmem; }

pids=''
for racer in 'write online_movable' 'write unplugged' 'write online_kernel' \
	bind unbind unload load "read_file $STATE" "read_file $DIR/plug/stats" "read_file $DIR/plug/blocks"; do
	# shellcheck disable=SC2086 # a command
	repeat_to_end $racer &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # one word each
wait $pids
sed "s/^/# in $(($(date +%s) - end + seconds)) s: /" /tmp/races
for racer in $racers; do
	[ "$(awk -v r="$racer" '$2 == r { n += $1 } END { print n }' /tmp/races)" -gt 0 ] &&
		pass "$racer succeeded" || fail "$racer never succeeded"
done

load 2>/dev/null
bind >/dev/null
[ -e "$driver/$DEV" ] && pass "bound at the end" || fail "the device cannot be bound at the end"
# shellcheck disable=SC2086 # one word each
want=$(actual_state online_movable $all)
case $want in
unplugged | offline | online_movable | online_kernel) pass "complete at the end: $want" ;;
*) fail "at the end the blocks are $want" ;;
esac
# "online" would be wrong also if every block is online, because no task has requested it.
is "$(state)" "$want" "state agrees with the blocks"
unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
rmmod kmem
is $? 0 "the module is unloaded"
is "$(warnings_since races-begin | grep -v 'unbound, but its blocks remain')" '' \
	"no kernel message of level warning or worse"
finish
