#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A process binds the device and gets SIGINT, SIGTERM or SIGKILL at several moments of the bind, as
# a worker of udevd can. Afterwards the device must be bound and in its starting state. Only after
# SIGKILL may the bind have failed, and then the device must not be bound and must have no block. A
# wrong module would report a bind that succeeded and leave the device unplugged, and no program
# would plug it later.
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
unbound=$(snap "$DEV")
us=$(interrupt $driver/bind "$DEV" 0)
is "${us% *}" ok "bound without a signal"
us=${us#* }
same "$full" "$(snap "$DEV")" "bound without a signal: the device is in its starting state"
unplugged
same "$empty" "$(snap "$DEV")" "unplugged after that bind: all is as before"

# check_bind SIGNAL ANSWER US DELAY: check the result of one bind. The signal was sent DELAY
# microseconds after the start of the write. The write took US microseconds, which is known only for
# SIGINT. The answer "early" means that SIGINT came before the write, and "signal" that the signal
# ended the writer. Count the correct results, and the signals that came during a bind.
check_bind() {
	local signal=$1 answer=$2 us=$3 delay=$4 bound=unbound wanted=$unbound
	[ ! -e "$driver/$DEV" ] || bound=bound wanted=$full
	case $signal.$answer.$bound in
	INT.ok.bound) [ "$us" -le "$delay" ] || during=$((during + 1)) ;;
	TERM.signal.bound | KILL.signal.bound) during=$((during + 1)) ;;
	INT.early.unbound | TERM.ok.bound | KILL.ok.bound | KILL.signal.unbound) ;;
	*)
		fail "SIG$signal after $delay us: $answer, and the device is $bound"
		return
		;;
	esac
	if [ "$(snap "$DEV")" = "$wanted" ]; then
		correct=$((correct + 1))
	else
		same "$wanted" "$(snap "$DEV")" "SIG$signal after $delay us: $answer, $bound: the blocks"
	fi
}

moments=$(scaled_count 12)
for signal in INT TERM KILL; do
	correct=0 during=0
	for i in $(seq "$moments"); do
		[ ! -e "$driver/$DEV" ] || { unplugged; unbind; }
		after=$((us * i / moments))
		case $signal in
		INT) answer=$(interrupt $driver/bind "$DEV" $after) ;;
		TERM) answer=$(killed 15 $after $driver/bind "$DEV") ;;
		KILL) answer=$(killed 9 $after $driver/bind "$DEV") ;;
		esac
		check_bind $signal "${answer% *}" "${answer#* }" $after
	done
	is $correct "$moments" "SIG$signal at $moments moments: each result is allowed, and the blocks agree with it"
	[ $during -gt 0 ] && pass "SIG$signal: $during signals came during a bind" || fail "SIG$signal: no signal came during a bind"
done
[ -e "$driver/$DEV" ] || put $driver/bind "$DEV" >/dev/null
unplugged
same "$empty" "$(snap "$DEV")" "unplugged, all is as before"
finish
