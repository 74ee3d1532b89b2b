#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# SIGINT at 30 random moments in the plug of a large device: each plug ends within two seconds of
# the guest's time and is undone.
# lab[none, long 6.1 6.12 7.3; make check-long has it]: --icount --dax 64G --mem 3G --cmdline memhp_default_state=offline
. /lab/lib.sh

unplugged
before=$(snap "$DEV")
interrupt "$STATE" online_movable 0 >/tmp/answer
read -r answer limit </tmp/answer
is "$answer" ok "plugged, in $limit us"
unplugged
same "$before" "$(snap "$DEV")" "unplugged: all is as before"

hits=0 late=0 tries=0 longest=0 seed=4711
while [ $hits -lt 30 ] && [ $tries -lt 60 ]; do
	tries=$((tries + 1))
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	moment=$((seed / 7 % limit + 1))
	interrupt "$STATE" online_movable "$moment" >/tmp/answer
	read -r answer us </tmp/answer
	took=$((us - moment))
	case $answer in
	EINTR)
		hits=$((hits + 1))
		[ $took -le $longest ] || longest=$took
		[ $took -le 2000000 ] && pass "EINTR after $moment of $limit us: within 2 s: $took us" ||
			fail "EINTR after $moment of $limit us took $took us"
		[ "$before" = "$(snap "$DEV")" ] && pass "EINTR after $moment us: undone" ||
			same "$before" "$(snap "$DEV")" "EINTR after $moment us: undone"
		;;
	ok)
		late=$((late + 1))
		# The signal came too late if the plug ended within 2 s after it.
		[ $took -le 2000000 ] && pass "the plug ended $took us after a signal at $moment us" ||
			fail "a signal at $moment us had no effect; the plug ended $took us later"
		unplugged
		;;
	early) ;; # the signal came before the write, so try another moment
	*) fail "$answer after $moment us" ;;
	esac
	[ "$(state)" = unplugged ] || unplugged
done
is $hits 30 "$hits signals arrived during a plug ($late more arrived too late)"
echo "# the longest took $longest us"
finish
