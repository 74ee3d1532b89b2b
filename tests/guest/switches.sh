#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each optional part of the module has a module parameter. The parts are switched off one at a time,
# and the device is plugged and unplugged with memory in use, which must still work. For six of the
# eight parts the test also shows that the part acts while it is on, and does not act while it is
# off. If a parameter had no effect, the counts of dry runs and of migrated pages, or the result of
# the unplug, would be the same in both cases.
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --dax 768M --mem 1G --timeout 900 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
PLUG=$DIR/plug
param=/sys/module/kmem/parameters
refuse=/sys/module/refuse/parameters
parts='check_space_before_plug dry_run_before_unplug ask_other_notifiers steer_pages_away keep_demotion_out
	end_unplug_on_oom end_stalled_offline retire_poisoned_pages'
count=$(blocks | wc -l)
last=$(blocks | tail -n 1)
insmod /lab/refuse.ko
pages_moved() { awk '$1 == "pages_moved" { print $2 }' "$PLUG/stats"; }
now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# wait_for_line FILE PID: wait until the background process PID has printed a line to FILE, because
# it is ready then
wait_for_line() {
	until [ -s "$1" ]; do
		kill -0 "$2" 2>/dev/null || { fail "set-up: no $1"; finish; }
	done
}

# plug_with_load: plug and start a load. The load uses memory of the device, because the device is
# on the node of the RAM, where the kernel allocates movable memory from ZONE_MOVABLE first.
plug_with_load() {
	plugged online_movable
	rm -f /tmp/load
	/lab/load any 640 1 2 >/tmp/load &
	pid=$!
	wait_for_line /tmp/load $pid
}
end_load() {
	kill $pid
	wait $pid && pass "$*: the load's memory is unchanged" || fail "$*: $(cat /tmp/load)"
}

unplugged
for part in $parts; do
	is "$(cat "$param/$part")" Y "$part is on by default"
	# shellcheck disable=SC2012 # its mode
	is "$(ls -l "$param/$part" | cut -c1-10)" -rw-r--r-- "$part has mode 0644"
	is "$(put "$param/$part" sideways)" EINVAL "$part: EINVAL for an invalid word"
done

# First unplug with all parts on. The counts of offline events and of migrated pages are compared
# with those of the unplugs below.
plug_with_load
echo 0 >$refuse/going_offline
from=$(pages_moved)
is "$(put "$STATE" unplugged)" ok "all on: unplugged"
on_moved=$(($(pages_moved) - from))
on_going=$(cat $refuse/going_offline)
end_load "all on"
[ "$on_going" -gt "$count" ] && pass "all on: $on_going offline events for $count blocks" ||
	fail "all on: $on_going offline events for $count blocks"
[ "$on_moved" -gt 1000 ] && pass "all on: $on_moved pages migrated" || fail "set-up: $on_moved pages migrated"

for part in $parts; do
	echo N >"$param/$part"
	is "$(cat "$param/$part")" N "$part is off"
	plug_with_load
	echo 0 >$refuse/going_offline
	echo 0 >$refuse/cancelled
	from=$(pages_moved)
	is "$(put "$STATE" unplugged)" ok "without $part: unplugged"
	part_moved=$(($(pages_moved) - from))
	going=$(cat $refuse/going_offline) cancelled=$(cat $refuse/cancelled)
	end_load "without $part"
	echo "# without $part: $part_moved pages migrated ($on_moved with it), $going offline events ($on_going with it), $cancelled cancelled"
	case $part in
	dry_run_before_unplug)
		is "$going $cancelled" "$count 0" "without $part: no dry run before a block goes offline" ;;
	ask_other_notifiers)
		# Without this part the module makes a dry run of each block with the kernel's
		# offline. With the part, the first of these dry runs also queries the notifiers
		# about all blocks, so there is at least one event more.
		[ "$going" -lt "$on_going" ] && pass "without $part: $going dry runs and offlines, $on_going with it" ||
			fail "without $part: $going dry runs and offlines, $on_going with it" ;;
	steer_pages_away)
		[ $part_moved -gt $((on_moved * 11 / 10)) ] && pass "without $part: more pages are migrated" ||
			fail "without $part: $part_moved pages are migrated, $on_moved with it" ;;
	esac
	echo Y >"$param/$part"
done

# The last block is vetoed. Without the dry run, pages have been migrated before the veto. The
# unplug must still be undone.
for part in dry_run_before_unplug ask_other_notifiers; do
	plug_with_load
	full=$(snap "$DEV")
	echo "$last" >$refuse/offline
	from=$(pages_moved)
	is "$(put "$STATE" unplugged)" EBUSY "$part on: the last block is vetoed"
	[ $(($(pages_moved) - from)) -lt 100 ] && pass "$part on: vetoed before pages are migrated" ||
		fail "$part on: $(($(pages_moved) - from)) pages were migrated"
	echo N >"$param/$part"
	from=$(pages_moved)
	is "$(put "$STATE" unplugged)" EBUSY "$part off: the last block is vetoed"
	# Without ask_other_notifiers the module still makes a dry run of each block, so it need not
	# migrate a page before the veto. So claim nothing in that case.
	[ $part = ask_other_notifiers ] || [ $(($(pages_moved) - from)) -gt 100 ] && pass "$part off: $(($(pages_moved) - from)) pages were migrated before the veto" ||
		fail "$part off: only $(($(pages_moved) - from)) pages were migrated before the veto"
	same "$full" "$(snap "$DEV")" "$part off: undone"
	echo -1 >$refuse/offline
	echo Y >"$param/$part"
	is "$(put "$STATE" unplugged)" ok "$part on again: unplugged"
	end_load "$part"
done

# A page is referenced, and stall_ms is two seconds. Without the part end_stalled_offline, only a
# signal ends the unplug.
plugged online_movable
/lab/page_user pipe any >/tmp/page_user &
page_user=$!
wait_for_line /tmp/page_user $page_user
block=$(($(cat /tmp/page_user) * PAGE_SIZE / BLOCK_SIZE))
blocks | grep -q -x $block || { fail "set-up: the page is in memory$block"; finish; }
full=$(snap "$DEV")
echo 2000 >"$PLUG/stall_ms"
is "$(put "$STATE" unplugged)" ETIMEDOUT "end_stalled_offline on: ETIMEDOUT"
same "$full" "$(snap "$DEV")" "the unplug is undone"
echo N >$param/end_stalled_offline
begin=$(now_ms)
answer=$(interrupt "$STATE" unplugged 10000000)
is "${answer% *}" EINTR "end_stalled_offline off: a signal ends it, after five times the limit"
us=${answer#* }
[ $((us - 10000000)) -lt 10000000 ] && pass "soon after the signal: $((us / 1000 - 10000)) ms" || fail "late after the signal: $((us / 1000 - 10000)) ms"
same "$full" "$(snap "$DEV")" "the unplug is undone"
echo Y >$param/end_stalled_offline

# The hog uses up all free memory during an unplug, and the OOM killer kills it. With the part
# end_unplug_on_oom, the unplug ends with ENOMEM. Without the part, the unplug continues.
for switch in Y N; do
	echo $switch >$param/end_unplug_on_oom
	echo 0 >"$PLUG/stall_ms"
	rm -f /tmp/answer /tmp/hog
	going_before=$(cat $refuse/going_offline)
	put "$STATE" unplugged >/tmp/answer &
	writer=$!
	until [ "$(cat $refuse/going_offline)" -gt "$going_before" ]; do
		[ ! -s /tmp/answer ] || { fail "set-up: $(cat /tmp/answer)"; kill $page_user; finish; }
	done
	/lab/hog any 8192 >/tmp/hog &
	begin=$(now_ms)
	until [ "$(wc -l </tmp/hog)" -ge 2 ] || [ $(($(now_ms) - begin)) -gt 200000 ]; do :; done
	grep -q '^killed' /tmp/hog && pass "end_unplug_on_oom $switch: the hog is killed" || fail "end_unplug_on_oom $switch: hog: $(cat /tmp/hog)"
	if [ $switch = Y ]; then
		is "$(cat /tmp/answer)" ENOMEM "end_unplug_on_oom Y: the unplug ends with ENOMEM"
		same "$full" "$(snap "$DEV")" "the unplug is undone"
	else
		is "$(cat /tmp/answer)" '' "end_unplug_on_oom N: the unplug continues"
	fi
done
echo Y >$param/end_unplug_on_oom
kill $page_user
wait $page_user
begin=$(now_ms)
until [ -s /tmp/answer ] || [ $(($(now_ms) - begin)) -gt 100000 ]; do :; done
[ -s /tmp/answer ] || kill "$writer"
is "$(cat /tmp/answer)" ok "the unplug succeeds when the page is released"
echo 20000 >"$PLUG/stall_ms"
unplugged

# A page has a memory error. Without the part retire_poisoned_pages, the kernel does not know the
# error any more after an unplug and a plug.
corrupted() { meminfo HardwareCorrupted; }
/usr/sbin/modprobe hwpoison-inject
if [ -e /sys/kernel/debug/hwpoison/corrupt-pfn ]; then
	inject() { echo "$1" >/sys/kernel/debug/hwpoison/corrupt-pfn; }
else
	fail "set-up: no hwpoison-inject"
	finish
fi
frame=$((last * BLOCK_SIZE / PAGE_SIZE + 100))
for switch in Y N; do
	echo $switch >$param/retire_poisoned_pages
	plugged online_movable
	inject $frame
	before=$(corrupted)
	[ "$before" -gt 0 ] && pass "a page has a memory error: $before kB" || fail "set-up: no memory error: $before kB"
	unplugged
	plugged online_movable
	if [ $switch = Y ]; then
		is "$(corrupted)" "$before" "retire_poisoned_pages Y: the page is retired again"
		grep -q . "$PLUG/poison" && pass "plug/poison lists it" || fail "plug/poison does not list it"
		unplugged
		put "$PLUG/poison" forget >/dev/null
	else
		is "$(corrupted)" 0 "retire_poisoned_pages N: the kernel does not count the page any more"
		unplugged
	fi
done
echo Y >$param/retire_poisoned_pages
finish
