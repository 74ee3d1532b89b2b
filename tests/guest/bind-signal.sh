#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process binds the device and gets SIGINT, SIGTERM or SIGKILL at several moments of the bind, as
# a worker of udevd can. Afterwards the device must be bound and in its starting state, or the bind
# must have failed and the device must not be bound. A wrong module would report a bind that
# succeeded and leave the device unplugged, and no program would plug it later.
# lab[6.1, long 6.12 7.3; make check-long runs the other kernels]: --dax 2G --own-nodes --timeout 240 --cmdline "memhp_default_state=offline kmem.policy=hmem:online_movable"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
[ "$(state)" = online_movable ] || fail "set-up: $(state) at first"
full=$(snap "$DEV")
unplugged
empty=$(snap "$DEV")
unbind() { put $driver/unbind "$DEV" >/dev/null; }

# Measure how long a bind takes, in microseconds. The moments of the signals depend on it.
unbind
us=$(interrupt $driver/bind "$DEV" 0)
is "${us% *}" ok "bound without a signal"
us=${us#* }
same "$full" "$(snap "$DEV")" "bound without a signal: the device is in its starting state"
unplugged
same "$empty" "$(snap "$DEV")" "unplugged after that bind: all is as before"

# check_bind ANSWER WHAT...: check the result of one bind
check_bind() {
	local answer=$1 bound=no
	shift
	[ ! -e "$driver/$DEV" ] || bound=yes
	case $answer.$bound in
	ok.yes | signal.yes | EINTR.yes)
		if [ "$full" = "$(snap "$DEV")" ]; then
			correct=$((correct + 1))
		else
			same "$full" "$(snap "$DEV")" "$*: $answer, bound: the starting state"
		fi ;;
	ok.no) fail "$*: the bind succeeded, and the device is not bound" ;;
	*) correct=$((correct + 1)) ;;
	esac
}

moments=$(scaled_count 12)
for signal in INT TERM KILL; do
	correct=0
	for i in $(seq "$moments"); do
		[ ! -e "$driver/$DEV" ] || { unplugged; unbind; }
		after=$((us * i / moments))
		case $signal in
		INT) answer=$(interrupt $driver/bind "$DEV" $after) ;;
		TERM) answer=$(killed 15 $after $driver/bind "$DEV") ;;
		KILL) answer=$(killed 9 $after $driver/bind "$DEV") ;;
		esac
		check_bind "${answer% *}" "SIG$signal after $after us"
	done
	is $correct "$moments" "SIG$signal at $moments moments: bound and in the starting state, or not bound and an error"
done
[ -e "$driver/$DEV" ] || put $driver/bind "$DEV" >/dev/null
unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
finish
