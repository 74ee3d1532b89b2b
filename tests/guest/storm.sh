#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Many tasks do everything at the same time. They plug and unplug two devices, read each file, write
# each setting and each module parameter, switch single blocks, and bind and unbind one device. At
# the end the devices must be complete, `state` must agree with the blocks, and the kernel must have
# logged no warning. Each task reads what another task writes. So the kernel "kcsan" would report a
# data race of the module. With the module that waits before and after it takes its locks
# (tests/races delays), a race would make one of these claims fail.
# lab[kcsan, long 6.1 6.12 7.3; make check-races and make check-long run it]: --dax 1G:3,2 --dax 512M --own-nodes --cmdline "memhp_default_state=offline log_buf_len=1M"
. /lab/lib.sh
bus=/sys/bus/dax
first=$bus/devices/dax0.0 second=$bus/devices/dax1.0
all=$(DIR=$first blocks)
second_blocks=$(DIR=$second blocks)

for dev in $first $second; do
	is "$(put "$dev"/state unplugged)" ok "${dev##*/}: unplugged"
done
mark storm-begin
: >/tmp/on

# The functions below use shell builtins only, because the start of processes would make them slow.
# repeat_to_end COMMAND...: repeat COMMAND until /tmp/on is removed. COMMAND may fail.
repeat_to_end() {
	local n=0
	while [ -e /tmp/on ]; do
		"$@" 2>/dev/null
		n=$((n + 1))
	done
	echo "$n $*" >>/tmp/storm
}
read_files() {
	local file
	for file in "$1"/state "$1"/hotplug "$1"/plug/*; do
		while read -r _; do :; done <"$file"
	done
}
read_parameters() {
	local file
	for file in /sys/module/kmem/parameters/*; do
		while read -r _; do :; done <"$file"
	done
}
# set_to FILE WORD: write WORD to FILE. If FILE does not exist, do nothing, because > would try to
# create it.
set_to() { [ ! -e "$1" ] || echo "$2" >"$1"; }
write_settings() {
	local word
	# Not off, because then other tasks may switch a block during an undo. adversary has that case.
	for word in always transition; do set_to "$1/plug/guard" $word; done
	for word in 30000 0; do set_to "$1/plug/timeout_ms" $word; done
	for word in 19000 20000; do set_to "$1/plug/stall_ms" $word; done
	for word in unplugged default; do set_to "$1/plug/policy" $word; done
	for word in no default; do set_to "$1/plug/memmap_on_memory" $word; done
	set_to "$1/plug/poison" forget
}
write_parameters() {
	local file
	for file in check_space_before_plug dry_run_before_unplug ask_other_notifiers steer_pages_away \
		keep_demotion_out end_unplug_on_oom end_stalled_offline retire_poisoned_pages; do
		set_to /sys/module/kmem/parameters/$file 0
		set_to /sys/module/kmem/parameters/$file 1
	done
	for file in unplugged default; do set_to /sys/module/kmem/parameters/policy hmem:$file; done
	set_to /sys/module/kmem/parameters/policy ''
}
# bind_again: unbind the second device and bind it. First read its files ten times, so that the
# device stays bound for some time and can be plugged.
bind_again() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do read_files $second; done
	set_to $bus/drivers/kmem/unbind dax1.0
	set_to $bus/drivers/kmem/new_id dax1.0
	set_to $bus/drivers/kmem/bind dax1.0
}

pids=''
for what in "read_files $first" "read_files $first" "read_files $second" read_parameters \
	"write_settings $first" "write_settings $second" write_parameters bind_again; do
	# shellcheck disable=SC2086 # a command
	repeat_to_end $what &
	pids="$pids $!"
done
# Switch single blocks online only in ZONE_MOVABLE. In another zone the kernel may put its own pages
# into the first memory of a node, and then that block can never be unplugged.
switchers=''
for block in $all $second_blocks; do
	switcher "$MEMORY/memory$block"/state 20000 offline online_movable >>/tmp/switchers &
	switchers="$switchers $!"
done
times=$(scaled_count 50)
# Plug and unplug the second device until the cycles of the first device have ended. Many of these
# writes fail, because the second device is often unbound.
repeat_to_end cycle dax1.0 1 online_movable >/tmp/second &
pids="$pids $!"
cycle dax0.0 "$times" online_movable >/tmp/first
rm /tmp/on
# shellcheck disable=SC2086 # one word each
kill $switchers
# shellcheck disable=SC2086 # one word each
wait $pids $switchers 2>/dev/null
sed 's/^/# repetitions: /' /tmp/storm
echo "# switches of single blocks, failed ones: $(awk '{ a += $1; b += $2 } END { print a, b }' /tmp/switchers)"
echo "# of $times plugs, those done, those that state agreed with, unplugs: $(cat /tmp/first)"
echo "# with binds between: $(awk '{ a += $1; b += $2; c += $3 } END { print a, b, c }' /tmp/second)"
[ "$(cut -d' ' -f3 /tmp/first)" -gt 0 ] && pass "some plugs and unplugs succeeded" || fail "no unplug succeeded"

[ -e $bus/drivers/kmem/dax1.0 ] || bind_again
for dev in $first $second; do
	is "$(put "$dev"/plug/guard transition)" ok "${dev##*/}: guard: transition"
	its_blocks=$all
	[ "$dev" = "$first" ] || its_blocks=$second_blocks
	# shellcheck disable=SC2034 # lib.sh reads them
	DIR=$dev STATE=$dev/state
	# shellcheck disable=SC2086 # one word each
	want=$(actual_state online_movable $its_blocks)
	# "online" would be wrong also if every block is online, because no task has requested it.
	is "$(state)" "$want" "${dev##*/}: state agrees with the blocks: $want"
	unplugged
	plugged online_movable
	is "$(state)" online_movable "${dev##*/}: plugged"
	unplugged
	is "$(state)" unplugged "${dev##*/}: unplugged"
done
# A task may have begun to bring an offline block online before a transaction begins. If the
# transaction then removes the block, the kernel warns and refuses, and the module takes the block
# offline and removes it with one call.
is "$(warnings_since storm-begin | grep -v -e 'unbound, but its blocks remain' -e 'guard_event: .* callbacks suppressed' \
	-e 'removing memory fails, because memory .* is onlined')" '' "no kernel message of level warning or worse"
rmmod kmem
is $? 0 "the module is unloaded"
finish
