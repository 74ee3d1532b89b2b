#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device of 64 GiB is plugged, and SIGINT arrives at 30 random moments of the plug. Each plug must
# end within two seconds of the guest's time after the signal, and must be undone. A module that
# checks for signals too rarely would take longer. A wrong undo would leave blocks.
# lab[none, long 6.1 6.12 7.3; make check-long runs it]: --icount --dax 64G --mem 3G --cmdline memhp_default_state=offline
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
		# A signal just before the end of the plug has no effect. Such a plug must end
		# within 2 s after the signal, too.
		[ $took -le 2000000 ] && pass "the plug ended $took us after a signal at $moment us" ||
			fail "a signal at $moment us had no effect; the plug ended $took us later"
		unplugged
		;;
	early) ;; # The signal came before the write, so try another moment.
	*) fail "$answer after $moment us" ;;
	esac
	[ "$(state)" = unplugged ] || unplugged
done
is $hits 30 "$hits signals arrived during a plug ($late more arrived too late)"
echo "# the longest took $longest us"
finish
