#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged process creates files, puts their pages into a pipe, and unlinks and closes the
# files, while plug/blockers prints the names of such files. Neither a reader of plug/blockers nor an
# unplug that records its blockers may hang. Only root may read plug/blockers, and in the second
# guest a signal must end a long read. A wrong module would hold the lock of a page while it drops
# the last reference to the page's file. It would then remove the file itself and wait for its own
# lock, so the read or the unplug would never return.
# lab[7.3, long 6.1 6.12; make check-long runs the other kernels]: --dax 512M --cmdline memhp_default_state=offline
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --icount --dax 4G:16,8,4 --mem 1G --cmdline memhp_default_state=offline
. /lab/lib.sh
PLUG=$DIR/plug

unplugged
plugged online_movable

# In the second guest one read has to look at many pages. Its time is that of the guest's own clock.
if [ "$(cat "$DIR/size")" -gt $((1 << 30)) ]; then
	start load /lab/load any 2560 1 1
	load=$!
	# shellcheck disable=SC2046 # two words
	set -- $(interrupt "$PLUG/blockers" - 0)
	is "$1" ok "a read without a signal"
	read_us=$2
	[ "$read_us" -gt 5000 ] && pass "it takes $read_us us" || fail "set-up: it takes only $read_us us"
	# shellcheck disable=SC2046 # two words
	set -- $(interrupt "$PLUG/blockers" - $((read_us / 4)))
	is "$1" EINTR "a signal after a quarter of that: EINTR"
	[ "$2" -lt $((read_us / 2)) ] && pass "the read ends soon: after $2 us" || fail "it took $2 us of $read_us"
	kill $load
	wait $load
	unplugged
	finish
fi

is "$(stat -c %a "$PLUG/blockers")" 400 "plug/blockers has mode 0400"
nobody cat "$PLUG/blockers" 2>&1 | grep -q 'Permission denied' &&
	pass "uid 65534 cannot read it" || fail "uid 65534 can read it"

mkdir -p /tmp/data
mount -t tmpfs none /tmp/data
chmod 1777 /tmp/data
nobody unlinker /tmp/data >/tmp/unlinked &
unlinker=$!
within 120 reread "$(scaled_count 20)" "$PLUG/blockers" >/tmp/reads
is $? 0 "blockers is read repeatedly while files are unlinked"
if [ "${failed:-0}" -gt 0 ] && [ ! -s /tmp/reads ]; then
	fail "a read hangs, so everything else would"
	finish
fi
read -r reads longest </tmp/reads
[ "$reads" -gt 10 ] && pass "$reads reads, the longest took $longest us" || fail "only $reads reads: $(cat /tmp/reads)"

# Each unplug ends at its time limit and records its blockers, while another task reads
# plug/blockers.
start page_user page_user pipe any
page_user=$!
echo 300 >"$PLUG/timeout_ms"
rounds=$(scaled_count 20)
within 300 reread "$rounds" "$PLUG/blockers" >/tmp/reads &
reader=$!
for i in $(seq "$rounds"); do
	answer=$(within 120 put "$STATE" unplugged)
	status=$?
	[ $status != 124 ] || { fail "unplug $i hangs"; finish; }
	[ "$answer" = ETIMEDOUT ] || fail "unplug $i: $answer"
done
pass "$rounds unplugs ended at their limit"
wait $reader
is $? 0 "the concurrent reader ended"
kill $unlinker
within 60 sh -c "while [ -e /proc/$unlinker ] && ! grep -q '^State:.Z' /proc/$unlinker/status; do :; done"
is $? 0 "the process that unlinks files ended"
wait $unlinker
[ "$(cat /tmp/unlinked)" -gt "$(scaled_count 100)" ] && pass "there were $(cat /tmp/unlinked) files" ||
	fail "there were only $(cat /tmp/unlinked) files"
kill $page_user
wait $page_user

# More used pages than lines fit into one read, all of them in the last block that is online
start drip page_user drip any 200
page_user=$!
block=$(block_of_frame "$(cat /tmp/drip)")
echo off >"$PLUG/guard"
for b in $(blocks); do
	if [ "$b" -gt "$block" ]; then echo offline >"/sys/devices/system/memory/memory$b/state"; fi
done
lines=$(grep -c "^now memory$block .* held " "$PLUG/blockers")
[ "$lines" -gt 20 ] && [ "$lines" -lt 200 ] && pass "the last online block: plug/blockers lists $lines of its 200 used pages" ||
	fail "the last online block: plug/blockers lists $lines of its 200 used pages"
is "$(tail -n 1 "$PLUG/blockers")" more "and says that there are more"
for b in $(blocks); do
	if [ "$b" -gt "$block" ]; then echo online_movable >"/sys/devices/system/memory/memory$b/state"; fi
done
kill $page_user
wait $page_user
echo 60000 >"$PLUG/timeout_ms"
is "$(within 120 put "$STATE" unplugged)" ok "then the unplug succeeds"
finish
